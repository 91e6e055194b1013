/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Search for the child or the slot inside one node, for the instruction set that this file is
 * compiled for. No branch depends on the keys, because a mispredicted one costs more than the
 * rest of the search.
 */
#ifndef UMAPLE_SEARCH_INTERNAL_H
#define UMAPLE_SEARCH_INTERNAL_H

#include "node_internal.h"

#define GLUE_(a, b) a##_##b
#define GLUE(a, b)  GLUE_(a, b)
#define NAME(call)  GLUE(VARIANT, call) /* external names, once per variant */

#ifdef __AVX2__
#include <immintrin.h>

/* A bit for each word of two lines whose (unsigned) value is below @index. */
#ifdef __AVX512F__
static inline unsigned int words_below(const unsigned long *words, unsigned long index)
{
	const __m512i want = _mm512_set1_epi64((long)index);
	__mmask8 low = _mm512_cmplt_epu64_mask(_mm512_load_si512(words), want);
	__mmask8 high = _mm512_cmplt_epu64_mask(_mm512_load_si512(words + LINE_WORDS), want);

	return _mm512_kunpackb(high, low);
}
#else
static inline unsigned int words_below(const unsigned long *words, unsigned long index)
{
	const __m256i sign = _mm256_set1_epi64x(LONG_MIN);
	const __m256i want = _mm256_xor_si256(_mm256_set1_epi64x((long)index), sign);
	unsigned int mask = 0;

#pragma GCC unroll 4
	for (int i = 0; i < 4; i++) {
		__m256i have = _mm256_load_si256((const __m256i *)words + i);
		__m256i less = _mm256_cmpgt_epi64(want, _mm256_xor_si256(have, sign));

		mask |= (unsigned int)_mm256_movemask_pd(_mm256_castsi256_pd(less)) << (4 * i);
	}
	return mask;
}
#endif

/* Word 0 is meta: drop its bit. Unused pivots hold the node's max (I5) and are never below. */
static inline unsigned long inner_slot(const struct mt_node *node, unsigned long index)
{
	return (unsigned long)__builtin_popcountl(words_below(&node->meta, index) & 0xfffe);
}

static inline unsigned long leaf_slot(const struct mt_node *leaf, unsigned long meta,
				      unsigned long index)
{
	unsigned int low = words_below(&leaf->meta, index);
	unsigned int high = words_below(&leaf->meta + 2 * LINE_WORDS, index);
#ifdef __AVX512F__
	unsigned int mask = (unsigned int)_mm512_kunpackw(high, low);
#else
	unsigned int mask = low | high << (2 * LINE_WORDS);
#endif

	return (unsigned long)__builtin_popcountl(mask >> 1 & below(meta_end(meta)));
}

/* A bit for each child with a gap of at least @size. */
static inline unsigned int gaps_from(const struct mt_node *node, unsigned long size)
{
	return ~words_below(node->gap, size) & 0xffff;
}

static inline void fetch_child(unsigned long ref)
{
}

/*
 * A bit for each slot of a leaf that is at least @size wide. The bits of the first and the last
 * slot mean nothing. The width of slot i is word i + 1 less word i, so the mask comes out one bit
 * too high.
 */
static inline unsigned int slots_from(const struct mt_node *leaf, unsigned long size)
{
	const unsigned long *words = &leaf->meta;
	unsigned int narrow = 0;
#ifdef __AVX512F__
	const __m512i want = _mm512_set1_epi64((long)size);
	__m512i prev = want;

#pragma GCC unroll 4
	for (int i = 0; i < 4; i++) {
		__m512i last = _mm512_load_si512(words + LINE_WORDS * i);
		__m512i before = _mm512_alignr_epi64(last, prev, 7);

		narrow |=
			(unsigned int)_mm512_cmplt_epu64_mask(_mm512_sub_epi64(last, before), want)
			<< (LINE_WORDS * i);
		prev = last;
	}
#else
	const __m256i sign = _mm256_set1_epi64x(LONG_MIN);
	const __m256i want = _mm256_xor_si256(_mm256_set1_epi64x((long)size), sign);

#pragma GCC unroll 8
	for (int i = 0; i < 8; i++) {
		__m256i last = _mm256_load_si256((const __m256i *)words + i), before, less;

		if (i)
			before = _mm256_loadu_si256((const __m256i *)(words + 4 * i - 1));
		else
			before = _mm256_permute4x64_epi64(last, _MM_SHUFFLE(2, 1, 0, 0));
		less = _mm256_cmpgt_epi64(want,
					  _mm256_xor_si256(_mm256_sub_epi64(last, before), sign));
		narrow |= (unsigned int)_mm256_movemask_pd(_mm256_castsi256_pd(less)) << (4 * i);
	}
#endif
	return ~narrow >> 1;
}
#else
/* Two steps without a branch. The comparisons of one step do not wait for one another. */
static inline unsigned long inner_slot(const struct mt_node *node, unsigned long index)
{
	unsigned int at = 4 * ((node->pivot[3] < index) + (node->pivot[7] < index) +
			       (node->pivot[11] < index));

	return at + (node->pivot[at] < index) + (node->pivot[at + 1] < index) +
	       (node->pivot[at + 2] < index);
}

/* Words after the used pivots are read and ignored, except under ThreadSanitizer. */
static inline unsigned int pivot_below(const struct mt_node *leaf, unsigned int end, unsigned int i,
				       unsigned long index)
{
#ifdef PORT_TSAN
	return i < end && leaf->key[i] < index;
#else
	return (i < end) & (leaf->key[i] < index);
#endif
}

static inline unsigned long leaf_slot(const struct mt_node *leaf, unsigned long meta,
				      unsigned long index)
{
	unsigned int end = meta_end(meta), at;

	at = 8 * (pivot_below(leaf, end, 7, index) + pivot_below(leaf, end, 15, index) +
		  pivot_below(leaf, end, 23, index));
	return at + pivot_below(leaf, end, at, index) + pivot_below(leaf, end, at + 1, index) +
	       pivot_below(leaf, end, at + 2, index) + pivot_below(leaf, end, at + 3, index) +
	       pivot_below(leaf, end, at + 4, index) + pivot_below(leaf, end, at + 5, index) +
	       pivot_below(leaf, end, at + 6, index);
}

static inline unsigned int gaps_from(const struct mt_node *node, unsigned long size)
{
	unsigned int mask = 0;

	/* In this form an add with carry takes each bit. @size is not 0. */
#pragma GCC unroll 16
	for (unsigned int i = CHILDREN; i--;)
		mask += mask + (size - 1 < port_read_once(node->gap[i]));
	return mask;
}

/* The loads above wait for one another. With vectors all loads of a node go out at once. */
static inline void fetch_child(unsigned long ref)
{
	prefetch_leaf(ref); /* an inner node has these lines too */
}

static inline unsigned int slots_from(const struct mt_node *leaf, unsigned long size)
{
	return ~0u; /* the caller looks at each, which costs the same here */
}
#endif

/* The largest width among @slots of a leaf. The first and the last slot must not be in it. */
static inline unsigned long widest(const struct mt_node *leaf, unsigned int slots)
{
	const unsigned long *words = &leaf->meta;
#ifdef __AVX512F__
	__m512i most = _mm512_setzero_si512(), prev = most;

	slots <<= 1; /* the width of slot i is word i + 1 less word i */
#pragma GCC unroll 4
	for (unsigned int i = 0; i < 4; i++, slots >>= LINE_WORDS) {
		__m512i last = _mm512_load_si512(words + LINE_WORDS * i);
		__m512i before = _mm512_alignr_epi64(last, prev, 7);

		most = _mm512_mask_max_epu64(most, (__mmask8)slots, most,
					     _mm512_sub_epi64(last, before));
		prev = last;
	}
	return _mm512_reduce_max_epu64(most);
#else
	unsigned long most = 0;

	for (; slots; slots &= slots - 1) {
		unsigned int slot = (unsigned int)__builtin_ctz(slots);

		most = max_ul(most, words[slot + 1] - words[slot]);
	}
	return most;
#endif
}

void NAME(path)(struct path *path, unsigned long ref, unsigned long index);
int NAME(write)(struct ma_state *mas, void *entry, void **old, bool erase);

#endif
