/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Allocations that fail on request, for a test program that is linked with --wrap for each of the
 * functions below. While @armed is true, number @fail_at
 * fails, counted by @calls from 0; @live is the balance of all that were granted and freed.
 */
#ifndef UMAPLE_FAILING_ALLOC_H
#define UMAPLE_FAILING_ALLOC_H

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Linked with --wrap for each of these, so what the code under test allocates comes here. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
void *__real_reallocarray(void *old, size_t n, size_t size);
char *__real_strdup(const char *s);
void __real_free(void *p);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_reallocarray(void *old, size_t n, size_t size);
char *__wrap_strdup(const char *s);
int __wrap_asprintf(char **out, const char *format, ...);
void __wrap_free(void *p);

static bool armed;
static long calls, fail_at, live;

/* May this allocation succeed? Counts it if so. */
static bool granted(void)
{
	if (armed && calls++ == fail_at) {
		errno = ENOMEM;
		return false;
	}
	live++;
	return true;
}

void *__wrap_malloc(size_t size)
{
	return granted() ? __real_malloc(size) : NULL;
}

void *__wrap_calloc(size_t n, size_t size)
{
	return granted() ? __real_calloc(n, size) : NULL;
}

void *__wrap_realloc(void *old, size_t size)
{
	if (!granted())
		return NULL;
	live -= old != NULL;
	return __real_realloc(old, size);
}

void *__wrap_reallocarray(void *old, size_t n, size_t size)
{
	if (!granted())
		return NULL;
	live -= old != NULL;
	return __real_reallocarray(old, n, size);
}

char *__wrap_strdup(const char *s)
{
	return granted() ? __real_strdup(s) : NULL;
}

int __wrap_asprintf(char **out, const char *format, ...)
{
	va_list args;
	int n;

	if (!granted())
		return -1;
	va_start(args, format);
	n = vasprintf(out, format, args);
	va_end(args);
	return n;
}

void __wrap_free(void *p)
{
	live -= p != NULL;
	__real_free(p);
}

#endif
