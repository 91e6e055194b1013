// SPDX-License-Identifier: GPL-2.0-only
/*
 * A large Android app under memory pressure: 600 MiB, half of its anonymous pages in zram.
 *
 * The kinds of VMAs, their order, sizes and names follow published smaps of Android 12 to 15
 * processes; docs/layouts.md names them and says what is measured there and what is chosen
 * here. Everything is computed from fixed numbers: the layout is the same on every machine.
 */
#include <string.h>

#include "layout_internal.h"
#include "vma/vm_flags.h"

#define KIB(n) ((uint64_t)(n) << 10)
#define MIB(n) ((uint64_t)(n) << 20)
#define GIB(n) ((uint64_t)(n) << 30)

/* 480 MiB anonymous, 120 MiB of files. */
#define ANON_PAGES (MIB(480) >> PAGE_SHIFT)
#define FILE_PAGES (MIB(120) >> PAGE_SHIFT)

#define MAY	 (VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC)
#define ANON_RW	 (VM_READ | VM_WRITE | MAY | VM_ACCOUNT)
#define RESERVED (MAY | VM_NORESERVE)
#define TEXT	 (VM_READ | VM_EXEC | MAY)
#define RODATA	 (VM_READ | MAY)
#define RELRO	 (VM_READ | MAY | VM_ACCOUNT)
#define SHARED_R (VM_READ | VM_MAYREAD | VM_MAYEXEC | VM_MAYSHARE)
#define SHARED_W (VM_READ | VM_WRITE | MAY | VM_SHARED | VM_MAYSHARE)
#define GPU	 (SHARED_W | VM_PFNMAP | VM_IO | VM_DONTCOPY | VM_DONTEXPAND)

/* The address space as far as it has been built, from below. */
struct gen {
	struct layout_builder b;
	struct layout_vma vma; /* the open one */
	struct page_mix mix;   /* all anonymous pages of the process */
	uint64_t at;	       /* where the next VMA goes */
	uint64_t anon, file;   /* pages still to place */
	uint64_t draws;
};

/* A number from @lo to @hi, the next of a fixed sequence. */
static uint64_t draw(struct gen *g, uint64_t lo, uint64_t hi)
{
	return lo + layout_hash(0xa5d201dULL + g->draws++) % (hi - lo + 1);
}

/* Many small ones and few large: the cube of a uniform number. */
static uint64_t draw_skewed(struct gen *g, uint64_t lo, uint64_t hi)
{
	uint64_t u = draw(g, 0, 1023);

	return lo + ((hi - lo) * (u * u * u >> 10) >> 20);
}

static void vma(struct gen *g, uint64_t bytes, uint64_t flags, bool file, uint64_t pgoff,
		const char *name)
{
	g->vma = (struct layout_vma){
		.start = g->at,
		.end = g->at + bytes,
		.vm_flags = flags,
		.pgoff = pgoff,
		.file = file,
	};
	g->at += bytes;
	builder_vma(&g->b, &g->vma, name, strlen(name));
}

static void anon_vma(struct gen *g, uint64_t bytes, const char *name)
{
	vma(g, bytes, ANON_RW, false, 0, name);
}

static void reserve(struct gen *g, uint64_t bytes, const char *name)
{
	vma(g, bytes, RESERVED, false, 0, name);
}

/* Touch pages [first, first + n) of the open VMA; the mix decides which of them are swapped. */
static void touch(struct gen *g, uint64_t first, uint64_t n)
{
	uint64_t at = g->vma.start + (first << PAGE_SHIFT);
	enum layout_kind kind;

	if (n > g->anon)
		n = g->anon;
	g->anon -= n;
	while (n) {
		uint64_t len = mix_next(&g->mix, n, &kind);

		builder_run(&g->b, at, at + (len << PAGE_SHIFT), kind);
		at += len << PAGE_SHIFT;
		n -= len;
	}
}

/* Read @n pages of the file mapped by the open VMA. */
static void read_file(struct gen *g, uint64_t n, enum place_pattern pattern)
{
	struct page_mix mix;

	if (n > g->file)
		n = g->file;
	g->file -= n;
	mix_init(&mix, 0, 0, n);
	if (!g->b.error)
		place_pages(&g->b, &g->vma, 0, pattern, &mix);
}

static uint64_t pages_of(const struct gen *g)
{
	return (g->vma.end - g->vma.start) >> PAGE_SHIFT;
}

/*
 * The Java heap: ART's region space hands out 256 KiB regions. The lower part is in use throughout;
 * above it only single regions are.
 */
static void java_heap(struct gen *g)
{
	const uint64_t region = KIB(256) >> PAGE_SHIFT;
	uint64_t nr, i;

	g->at = 0x12c00000;
	anon_vma(g, MIB(512), "[anon:dalvik-main space (region space)]");
	nr = pages_of(g) / region;
	touch(g, 0, 384 * region);
	for (i = 384; i < nr; i += 13)
		touch(g, i * region, region);
	anon_vma(g, MIB(512), "[anon:dalvik-free list large object space]");
	/* Objects above 12 KiB, with freed ones between. */
	for (i = 0; i < MIB(72) >> PAGE_SHIFT;) {
		uint64_t n = draw_skewed(g, 4, 512);

		touch(g, i, n);
		i += n + draw_skewed(g, 1, 256);
	}
}

/* One oat file: headers, code, .bss, vdex, relocated and written data; all side by side. */
static void oat(struct gen *g, const char *name, uint64_t code)
{
	vma(g, KIB(16) + code / 5 / PAGE_SIZE * PAGE_SIZE, RODATA, true, 0, name);
	read_file(g, pages_of(g) * 2 / 5, PLACE_PACKED);
	vma(g, code, TEXT, true, 64, name);
	read_file(g, pages_of(g) * 3 / 5, PLACE_WINDOWS);
	anon_vma(g, KIB(4), "[anon:.bss]");
	touch(g, 0, 1);
	vma(g, KIB(8) + code / 64 / PAGE_SIZE * PAGE_SIZE, ANON_RW, true, 0, name);
	read_file(g, pages_of(g), PLACE_PACKED);
	vma(g, KIB(4), RODATA, true, 1024, name);
	vma(g, KIB(4), ANON_RW, true, 1025, name);
	touch(g, 0, 1);
}

/* The boot image, which every app inherits from the zygote, at its fixed low address. */
static void boot_image(struct gen *g)
{
	static const struct {
		const char *name;
		unsigned int art, code; /* KiB */
	} parts[] = {
		{"boot", 2408, 3456},
		{"boot-core-libart", 260, 300},
		{"boot-okhttp", 152, 232},
		{"boot-bouncycastle", 208, 64},
		{"boot-apache-xml", 4, 4},
		{"boot-core-icu4j", 1568, 612},
		{"boot-framework", 15056, 9224},
		{"boot-ext", 192, 68},
		{"boot-telephony-common", 1520, 44},
		{"boot-voip-common", 672, 8},
		{"boot-ims-common", 304, 8},
		{"boot-framework-graphics", 16, 8},
	};
	const size_t nr = sizeof(parts) / sizeof(*parts);
	char name[96];

	g->at = 0x70000000;
	for (size_t i = 0; i < nr; i++) {
		snprintf(name, sizeof(name), "[anon:dalvik-/system/framework/%s.art]",
			 parts[i].name);
		anon_vma(g, KIB(parts[i].art), name);
		touch(g, 0, pages_of(g));
	}
	for (size_t i = 0; i < nr; i++) {
		snprintf(name, sizeof(name), "/system/framework/arm64/%s.oat", parts[i].name);
		oat(g, name, KIB(parts[i].code));
	}
	anon_vma(g, KIB(6804), "[anon:dalvik-zygote space]");
	touch(g, 0, pages_of(g));
	anon_vma(g, KIB(2048), "[anon:dalvik-non moving space]");
	touch(g, 0, 320);
	reserve(g, MIB(46), "[anon:dalvik-non moving space]");
	anon_vma(g, KIB(8188), "[anon:dalvik-non moving space]");
}

/* ART's tables about its heap: large, mostly empty. */
static void art_tables(struct gen *g)
{
	static const struct {
		const char *name;
		unsigned int kib, pages;
	} tables[] = {
		{"card table", 4100, 36},
		{"region space live bitmap", 24576, 67},
		{"region-space inter region ref bitmap", 24576, 0},
		{"large object free list space allocation info map", 1024, 113},
		{"concurrent copying gc mark stack", 16384, 2},
		{"rb copying gc mark stack", 4096, 0},
		{"allocation stack", 8196, 6},
		{"live stack", 8196, 9},
		{"thread local mark stack", 8192, 0},
		{"CompilerMetadata", 12544, 700},
		{"indirect ref table", 800, 4},
		{"mark stack", 256, 0},
		{"LinearAlloc", 8192, 1600},
		{"LinearAlloc", 3328, 536},
		{"classes.dex extracted in memory", 9736, 2434},
		{"classes2.dex extracted in memory", 500, 125},
	};
	char name[80];

	for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++) {
		snprintf(name, sizeof(name), "[anon:dalvik-%s]", tables[i].name);
		anon_vma(g, KIB(tables[i].kib), name);
		touch(g, 0, tables[i].pages);
		g->at += draw(g, 1, 16) << PAGE_SHIFT;
	}
	vma(g, MIB(64), SHARED_W | VM_DONTCOPY, true, 0, "/memfd:jit-cache (deleted)");
	read_file(g, 800, PLACE_PACKED);
	vma(g, MIB(32), SHARED_R | VM_EXEC, true, 8192, "/memfd:jit-zygote-cache (deleted)");
	read_file(g, 1000, PLACE_WINDOWS);
}

/* A shared library: read-only data, code, relocated data, written data, often .bss. */
static void library(struct gen *g, unsigned int i)
{
	uint64_t ro = draw_skewed(g, 1, 200), code = draw_skewed(g, 1, 900);
	uint64_t relro = 1 + ro / 16, data = 1 + draw_skewed(g, 0, 12), bss;
	bool used = draw(g, 0, 3) != 0;
	char name[64];

	snprintf(name, sizeof(name), "/%s/lib64/lib%03u.so",
		 i % 3 == 0 ? "vendor" : (i % 3 == 1 ? "system" : "data/app/base"), i);
	vma(g, ro << PAGE_SHIFT, RODATA, true, 0, name);
	read_file(g, used ? (ro + 1) / 2 : 0, PLACE_PACKED);
	vma(g, code << PAGE_SHIFT, TEXT, true, ro, name);
	read_file(g, used ? (code + 2) / 3 : 0, PLACE_WINDOWS);
	vma(g, relro << PAGE_SHIFT, RELRO, true, ro + code, name);
	touch(g, 0, relro);
	vma(g, data << PAGE_SHIFT, ANON_RW, true, ro + code + relro, name);
	touch(g, 0, data);
	if (draw(g, 0, 2) == 0) {
		bss = draw_skewed(g, 1, 64);
		anon_vma(g, bss << PAGE_SHIFT, "[anon:.bss]");
		touch(g, 0, (bss + 1) / 2);
	}
}

/* A thread: its guard, its stack, touched at the top only, and the guard above. */
static void thread(struct gen *g, unsigned int tid)
{
	uint64_t used = draw_skewed(g, 3, 22);
	char name[40];

	snprintf(name, sizeof(name), "[anon:stack_and_tls:%u]", tid);
	reserve(g, KIB(4), name);
	vma(g, KIB(draw(g, 0, 1) ? 1008 : 1056), VM_READ | VM_WRITE | MAY | VM_NORESERVE, false, 0,
	    name);
	touch(g, pages_of(g) - used, used);
	reserve(g, KIB(4), "");
}

/* A block of the native heap too large for the size classes, between its guards. */
static void scudo_secondary(struct gen *g)
{
	uint64_t n = draw_skewed(g, 17, 1024);

	reserve(g, KIB(4), "");
	anon_vma(g, n << PAGE_SHIFT, "[anon:scudo:secondary]");
	touch(g, 0, n - n / 8);
	g->at += KIB(4);
}

/* Memory shared with other processes or the GPU. The GPU's has no struct pages to free. */
static void shared(struct gen *g, unsigned int i)
{
	switch (i % 3) {
	case 0:
		vma(g, KIB(draw_skewed(g, 4, 512) & ~3ULL), GPU, true, i, "/dev/kgsl-3d0");
		break;
	case 1:
		vma(g, KIB(128), SHARED_R, true, 0, "/dev/__properties__/u:object_r:prop:s0");
		read_file(g, 1 + i % 4, PLACE_PACKED);
		break;
	default:
		vma(g, KIB(draw_skewed(g, 4, 2048) & ~3ULL), SHARED_W, true, 0,
		    "/dev/ashmem/shared (deleted)");
		read_file(g, (pages_of(g) + 1) / 2, PLACE_PACKED);
	}
}

/* Class files and resources, mapped for reading. */
static void archive(struct gen *g, unsigned int i)
{
	char name[64];

	snprintf(name, sizeof(name), i % 8 ? "/system/framework/lib%02u.jar" : "/data/app/%02u.apk",
		 i);
	vma(g, draw_skewed(g, 8, i % 8 ? 1200 : 9000) << PAGE_SHIFT, SHARED_R, true, 0, name);
	read_file(g, (pages_of(g) + 2) / 3, PLACE_PACKED);
}

/*
 * The mmap region: an app maps files and libraries in no particular order, so the kinds are mixed.
 * Linkers and kernels leave small holes.
 */
static void mmap_area(struct gen *g)
{
	unsigned int libs = 0, threads = 0, shares = 0, archives = 0;

	g->at = 0x7300000000;
	art_tables(g);
	for (unsigned int i = 0; i < 460; i++) {
		switch (i % 11) {
		case 0:
		case 3:
		case 6:
		case 9:
			library(g, libs++);
			break;
		case 1:
		case 5:
			thread(g, 3000 + threads++);
			break;
		case 2:
		case 7:
			scudo_secondary(g);
			break;
		case 4:
		case 8:
			shared(g, shares++);
			break;
		default:
			archive(g, archives++);
		}
		g->at += draw_skewed(g, 1, 64) << PAGE_SHIFT;
	}
}

/*
 * The native heap's size classes: 256 MiB of address space each, filled from a start of its own in
 * steps of 256 KiB. They take the anonymous pages that are still missing from the total.
 */
static void scudo_primary(struct gen *g, uint64_t keep)
{
	const unsigned int classes = 33;
	const uint64_t step = KIB(256) >> PAGE_SHIFT;

	g->at = 0x7500000000;
	for (unsigned int i = 0; i < classes; i++) {
		uint64_t share = (g->anon - keep) / (classes - i), size, before = draw(g, 0, 15);

		/* Uneven, but an average class gets the average. */
		if (i + 1 < classes)
			share = share * draw(g, 1, 199) / 100;
		if (share > (g->anon - keep))
			share = g->anon - keep;
		size = (share + step) / step * step << PAGE_SHIFT;
		if (before)
			reserve(g, before << PAGE_SHIFT, "[anon:scudo:primary_reserve]");
		anon_vma(g, size, "[anon:scudo:primary]");
		touch(g, 0, share);
		reserve(g, MIB(256) - (before << PAGE_SHIFT) - size,
			"[anon:scudo:primary_reserve]");
	}
}

struct layout *builtin_android(struct layout_error *err)
{
	const uint64_t stack = 29;
	struct gen g = {.anon = ANON_PAGES, .file = FILE_PAGES};

	builder_init(&g.b, "android");
	mix_init(&g.mix, ANON_PAGES / 2, ANON_PAGES / 2, 0);
	java_heap(&g);
	boot_image(&g);
	mmap_area(&g);
	scudo_primary(&g, stack);
	g.at = 0x7ee0000000;
	vma(&g, g.file << PAGE_SHIFT, SHARED_R, true, 0, "/system/framework/framework-res.apk");
	read_file(&g, g.file, PLACE_PACKED);
	g.at = 0x7fe0000000;
	vma(&g, KIB(8188), ANON_RW | VM_GROWSDOWN, false, 0, "[stack]");
	touch(&g, pages_of(&g) - stack, stack);
	return builder_finish(
		&g.b,
		"shape after published smaps of Android apps (docs/layouts.md); 480 MiB "
		"anonymous, half of it swapped, in runs of 1 to 64 pages; "
		"120 MiB of files",
		err);
}
