/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * wanted.c: lists of encoding symbols for a program to write. Knows program and
 * alloc.
 */
#include "wanted.h"

#include <string.h>

#include "alloc.h"
#include "tuple.h"

bool
rq_wanted_prepare (RqWantedList *list, uint32_t capacity)
{
  if (list->capacity < capacity) {
    RqWanted *w = &list->wanted;

    rq_wanted_clear (list);
    w->start = rq_malloc (((size_t) capacity + 1) * sizeof *w->start);
    w->list =
        rq_malloc ((size_t) capacity * RQ_TUPLE_COLUMNS_MAX * sizeof *w->list);
    if (w->start == NULL || w->list == NULL) {
      rq_wanted_clear (list);
      return false;
    }
    list->capacity = capacity;
  }
  list->wanted.n = 0;
  if (list->wanted.start != NULL)
    list->wanted.start[0] = 0;
  return true;
}

void
rq_wanted_add (RqWantedList *list, const RqProgram *program, uint32_t isi)
{
  RqWanted *w = &list->wanted;
  uint32_t at = w->start[w->n];

  w->start[++w->n] = at + rq_program_symbol (program, isi, w->list + at);
}

void
rq_wanted_clear (RqWantedList *list)
{
  rq_free (list->wanted.start);
  rq_free (list->wanted.list);
  memset (list, 0, sizeof *list);
}
