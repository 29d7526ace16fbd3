/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * rows.c: the rows of one plan. Knows constraint, tuple and arena.
 */
#include "rows.h"

#include <string.h>

#include "tuple.h"

static bool
take_memory (RqRows *rows, RqArena *arena)
{
  uint32_t n = rows->n_rows;
  uint32_t repair = rows->n_repair;
  size_t most = (size_t) repair * RQ_ROW_COLUMNS_MAX;

  rows->absent = rq_arena_take (arena, n, 1);
  rows->input = rq_arena_take (arena, n, sizeof *rows->input);
  rows->repair_head = rq_arena_take (arena, repair, sizeof *rows->repair_head);
  rows->repair_start =
      rq_arena_take (arena, repair + 1, sizeof *rows->repair_start);
  rows->repair_columns =
      rq_arena_take (arena, most, sizeof *rows->repair_columns);
  rows->repair_of_start = rq_arena_take_zeroed (
      arena, rows->constraint->params.w + 1, sizeof *rows->repair_of_start);
  return rows->absent != NULL && rows->input != NULL &&
      rows->repair_head != NULL && rows->repair_start != NULL &&
      rows->repair_columns != NULL && rows->repair_of_start != NULL;
}

static void
fill_repair_row (RqRows *rows, uint32_t i, uint32_t isi)
{
  uint32_t start = rows->repair_start[i];
  uint16_t *columns = rows->repair_columns + start;

  rows->repair_start[i + 1] = start +
      rq_symbol_row (
          &rows->constraint->params, isi, columns, &rows->repair_head[i]);
  for (uint32_t k = 0; k < rows->repair_head[i].lt; k++)
    rows->repair_of_start[columns[k]]++;
}

static bool
transpose_repair (RqRows *rows, RqArena *arena)
{
  uint32_t *start = rows->repair_of_start;
  uint32_t w = rows->constraint->params.w;

  for (uint32_t column = 1; column <= w; column++)
    start[column] += start[column - 1];
  rows->repair_of = rq_arena_take (arena, start[w], sizeof *rows->repair_of);
  if (rows->repair_of == NULL)
    return false;
  for (uint32_t i = rows->n_repair; i-- > 0;) {
    const uint16_t *columns = rows->repair_columns + rows->repair_start[i];

    for (uint32_t k = 0; k < rows->repair_head[i].lt; k++)
      rows->repair_of[--start[columns[k]]] = i;
  }
  return true;
}

bool
rq_rows_init (RqRows *rows, const RqConstraint *constraint,
    const uint32_t *isis, uint32_t n, RqArena *arena)
{
  const RqParams *p = &constraint->params;
  uint32_t repair = 0;

  memset (rows, 0, sizeof *rows);
  rows->constraint = constraint;
  for (uint32_t i = 0; i < n; i++)
    rows->n_repair += isis[i] >= p->k_prime;
  rows->n_rows = constraint->n_rows + rows->n_repair;
  if (!take_memory (rows, arena))
    return false;

  memset (rows->absent, 0, rows->n_rows);
  memset (rows->absent + p->s, 1, p->k_prime);
  for (uint32_t r = 0; r < p->s; r++)
    rows->input[r] = RQ_NO_INPUT;
  rows->repair_start[0] = 0;
  for (uint32_t i = 0; i < n; i++) {
    uint32_t r = p->s + isis[i];

    if (isis[i] >= p->k_prime) {
      r = constraint->n_rows + repair;
      fill_repair_row (rows, repair++, isis[i]);
    }
    rows->absent[r] = 0;
    rows->input[r] = i;
  }
  return transpose_repair (rows, arena);
}
