/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * esiset.c: a hash set of ESIs with open addressing, at most half full. Knows
 * alloc only.
 */
#include "esiset.h"

#include <string.h>

#include "alloc.h"

#define CAPACITY_MIN 64u

/* ESIs mostly follow each other; the multiplication spreads chosen ones. */
static uint32_t
first_place (const RqEsiSet *set, uint32_t esi)
{
  uint64_t hash = (esi + 1) * UINT64_C (0x9e3779b97f4a7c15);

  return (uint32_t) (hash >> 32) & (set->capacity - 1);
}

static uint32_t
place_of (const RqEsiSet *set, uint32_t esi)
{
  uint32_t at = first_place (set, esi);

  while (set->table[at] != 0 && set->table[at] != esi + 1)
    at = (at + 1) & (set->capacity - 1);
  return at;
}

bool
rq_esi_set_has (const RqEsiSet *set, uint32_t esi)
{
  return set->n > 0 && set->table[place_of (set, esi)] != 0;
}

bool
rq_esi_set_prepare (RqEsiSet *set)
{
  RqEsiSet larger = { 0 };

  if (2 * (set->n + 1) <= set->capacity)
    return true;
  larger.capacity = set->capacity > 0 ? 2 * set->capacity : CAPACITY_MIN;
  larger.table = rq_calloc (larger.capacity, sizeof *larger.table);
  if (larger.table == NULL)
    return false;
  for (uint32_t i = 0; i < set->capacity; i++) {
    if (set->table[i] != 0)
      rq_esi_set_add (&larger, set->table[i] - 1);
  }
  rq_free (set->table);
  *set = larger;
  return true;
}

void
rq_esi_set_add (RqEsiSet *set, uint32_t esi)
{
  set->table[place_of (set, esi)] = esi + 1;
  set->n++;
}

void
rq_esi_set_reset (RqEsiSet *set)
{
  if (set->n > 0)
    memset (set->table, 0, set->capacity * sizeof *set->table);
  set->n = 0;
}

void
rq_esi_set_clear (RqEsiSet *set)
{
  rq_free (set->table);
  memset (set, 0, sizeof *set);
}
