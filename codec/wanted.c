/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * wanted.c: lists of encoding symbols for a program to write. Knows program and
 * alloc.
 */
#include "wanted.h"

#include <string.h>

#include "alloc.h"

/* Memory for @n symbols; what could not be had is NULL. */
static bool
take_memory (RqWantedList *list, size_t n)
{
  RqWanted *w = &list->wanted;

  w->runs = rq_malloc (RQ_SHAPES * sizeof *w->runs);
  w->list = rq_malloc (n * RQ_ROW_COLUMNS_MAX * sizeof *w->list);
  w->to = rq_malloc (n * sizeof *w->to);
  list->start = rq_malloc ((n + 1) * sizeof *list->start);
  list->shape = rq_malloc (n);
  list->list = rq_malloc (n * RQ_ROW_COLUMNS_MAX * sizeof *list->list);
  list->to = rq_malloc (n * sizeof *list->to);
  return w->runs != NULL && w->list != NULL && w->to != NULL &&
      list->start != NULL && list->shape != NULL && list->list != NULL &&
      list->to != NULL;
}

bool
rq_wanted_prepare (RqWantedList *list, uint32_t capacity)
{
  if (list->capacity < capacity) {
    rq_wanted_clear (list);
    if (!take_memory (list, capacity)) {
      rq_wanted_clear (list);
      return false;
    }
    list->capacity = capacity;
  }
  list->n = 0;
  if (list->start != NULL)
    list->start[0] = 0;
  return true;
}

void
rq_wanted_add (
    RqWantedList *list, const RqProgram *program, uint32_t isi, uint8_t *to)
{
  uint32_t i = list->n++;
  uint32_t start = list->start[i];

  list->start[i + 1] = start +
      rq_program_symbol (program, isi, list->list + start, &list->shape[i]);
  list->to[i] = to;
}

void
rq_wanted_finish (RqWantedList *list)
{
  RqWanted *w = &list->wanted;
  uint32_t count[RQ_SHAPES] = { 0 };
  uint32_t place[RQ_SHAPES];
  uint16_t *shape_list[RQ_SHAPES];
  uint16_t *next = w->list;
  uint32_t at = 0;

  for (uint32_t i = 0; i < list->n; i++)
    count[list->shape[i]]++;
  w->n = list->n;
  w->n_runs = 0;
  for (unsigned shape = 0; shape < RQ_SHAPES; shape++) {
    size_t columns = rq_shape_all (shape) + 1;

    place[shape] = at;
    shape_list[shape] = next;
    at += count[shape];
    next += count[shape] * columns;
    if (count[shape] > 0)
      w->runs[w->n_runs++] = (RqRun){ .count = (uint16_t) count[shape],
        .all = (uint16_t) columns };
  }
  for (uint32_t i = 0; i < list->n; i++) {
    unsigned shape = list->shape[i];
    size_t n = list->start[i + 1] - list->start[i];

    memcpy (
        shape_list[shape], list->list + list->start[i], n * sizeof *list->list);
    shape_list[shape] += n;
    w->to[place[shape]++] = list->to[i];
  }
}

void
rq_wanted_clear (RqWantedList *list)
{
  rq_free (list->wanted.runs);
  rq_free (list->wanted.list);
  rq_free (list->wanted.to);
  rq_free (list->start);
  rq_free (list->shape);
  rq_free (list->list);
  rq_free (list->to);
  memset (list, 0, sizeof *list);
}
