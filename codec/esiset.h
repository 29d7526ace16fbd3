/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * esiset.h: a set of ESIs, to find duplicates. Knows alloc only.
 */
#ifndef RQ_ESISET_H
#define RQ_ESISET_H

#include <stdbool.h>
#include <stdint.h>

/** All zero is an empty set. */
typedef struct
{
  uint32_t *table; /**< ESI + 1, or 0 */
  uint32_t capacity; /**< a power of two, or 0 */
  uint32_t n;
} RqEsiSet;

bool rq_esi_set_has (const RqEsiSet *set, uint32_t esi);

/** Makes room for one more ESI; false when out of memory. */
bool rq_esi_set_prepare (RqEsiSet *set);

/** Adds an ESI that is not in it, after rq_esi_set_prepare(). */
void rq_esi_set_add (RqEsiSet *set, uint32_t esi);

/** Empties @set and keeps its memory. */
void rq_esi_set_reset (RqEsiSet *set);

void rq_esi_set_clear (RqEsiSet *set);

#endif
