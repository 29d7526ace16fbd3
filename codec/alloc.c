/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * alloc.c: memory from libc. Knows libc only.
 */
#include "alloc.h"

#include <stdint.h>
#include <stdlib.h>

#ifdef RQ_TEST_ALLOC
#include <stdatomic.h>
#include <stdbool.h>

static atomic_long fail_after = -1;
static atomic_long tried;

void
rq_test_fail_alloc_after (long count)
{
  atomic_store (&tried, 0);
  atomic_store (&fail_after, count);
}

long
rq_test_alloc_count (void)
{
  return atomic_load (&tried);
}

static bool
must_fail (void)
{
  return atomic_fetch_add (&tried, 1) == atomic_load (&fail_after);
}
#else
#define must_fail() 0
#endif

void *
rq_malloc (size_t size)
{
  return must_fail () ? NULL : malloc (size);
}

void *
rq_calloc (size_t n, size_t size)
{
  return must_fail () ? NULL : calloc (n, size);
}

void *
rq_realloc_array (void *memory, size_t n, size_t size)
{
  if (n == 0 || size == 0 || n > SIZE_MAX / size)
    return NULL;
  return must_fail () ? NULL : realloc (memory, n * size);
}

void *
rq_malloc_aligned (size_t size)
{
  if (size > SIZE_MAX - 63)
    return NULL;
  return must_fail () ? NULL : aligned_alloc (64, (size + 63) & ~(size_t) 63);
}

void
rq_free (void *memory)
{
  free (memory);
}
