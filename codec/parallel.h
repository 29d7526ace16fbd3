/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * parallel.h: work on numbered items, shared among threads. Knows libc only.
 */
#ifndef RQ_PARALLEL_H
#define RQ_PARALLEL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

/** Items 0 to @n - 1, each of which is taken once, by whichever thread comes. */
typedef struct
{
  atomic_size_t next;
  size_t n;
} RqItems;

void rq_items_init (RqItems *items, size_t n);

/** Gives the next item; false when none is left. */
bool rq_items_take (RqItems *items, size_t *item);

/**
 * Calls @work (@data) on up to @n_threads threads, of which the caller's is one,
 * and returns when all have returned. @work takes items until none is left, so
 * that it does not matter how many threads there are: no more than @n_items, and
 * less when the system gives no more.
 *
 * @param n_threads  0: as many as processors are online
 */
void rq_parallel_run (
    void (*work) (void *data), void *data, size_t n_items, unsigned n_threads);

#endif
