/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * alloc.h: all memory of the codec is taken here. Knows libc only.
 *
 * The tests' build of the library (RQ_TEST_ALLOC) can make any allocation fail.
 */
#ifndef RQ_ALLOC_H
#define RQ_ALLOC_H

#include <stddef.h>

void *rq_malloc (size_t size);

/** Zeroed memory for @n items; NULL also when the product overflows. */
void *rq_calloc (size_t n, size_t size);

/** As realloc() for @n items of @size bytes, neither 0; checks the product. */
void *rq_realloc_array (void *memory, size_t n, size_t size);

/** Memory that starts at a multiple of 64 bytes, freed with rq_free(). */
void *rq_malloc_aligned (size_t size);

void rq_free (void *memory);

#ifdef RQ_TEST_ALLOC
/** Lets @count allocations pass and the next one fail; negative: none fails. */
void rq_test_fail_alloc_after (long count);

/** Allocations tried since the last rq_test_fail_alloc_after(). */
long rq_test_alloc_count (void);
#endif

#endif
