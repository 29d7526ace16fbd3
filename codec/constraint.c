/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * constraint.c: makes the constraint matrix of a K'. Knows tuple, params and
 * arena.
 */
#include "constraint.h"

#include <string.h>

#include "tuple.h"

/* Each LDPC row has besides its LT columns its own symbol and two PI symbols;
   each LT symbol that is no LDPC symbol comes in three LDPC rows. */
#define LDPC_TIMES 3u
#define LDPC_EXTRA 3u

/* Calls for the three LDPC rows of LT symbol i (section 5.3.3.3). */
static void
ldpc_rows (const RqParams *params, uint32_t i, uint32_t rows[LDPC_TIMES])
{
  uint32_t a = 1 + i / params->s;
  uint32_t b = i % params->s;

  for (unsigned k = 0; k < LDPC_TIMES; k++) {
    rows[k] = b;
    b = (b + a) % params->s;
  }
}

static size_t
ldpc_size (const RqParams *params)
{
  return (size_t) LDPC_TIMES * params->b + (size_t) LDPC_EXTRA * params->s;
}

/* Places of the LDPC rows; @cursor is left at the first free place of each. */
static void
place_ldpc_rows (RqConstraint *c, uint32_t *cursor)
{
  const RqParams *p = &c->params;
  uint32_t rows[LDPC_TIMES];
  uint32_t at = 0;

  memset (cursor, 0, p->s * sizeof *cursor);
  for (uint32_t i = 0; i < p->b; i++) {
    ldpc_rows (p, i, rows);
    for (unsigned k = 0; k < LDPC_TIMES; k++)
      cursor[rows[k]]++;
  }
  for (uint32_t r = 0; r < p->s; r++) {
    uint32_t count = cursor[r] + LDPC_EXTRA;

    c->row_start[r] = cursor[r] = at;
    at += count;
  }
  c->row_start[p->s] = at;
}

static void
fill_ldpc_rows (RqConstraint *c, uint32_t *cursor)
{
  const RqParams *p = &c->params;
  uint32_t rows[LDPC_TIMES];

  for (uint32_t i = 0; i < p->b; i++) {
    ldpc_rows (p, i, rows);
    for (unsigned k = 0; k < LDPC_TIMES; k++)
      c->row_columns[cursor[rows[k]]++] = (uint16_t) i;
  }
  for (uint32_t r = 0; r < p->s; r++) {
    uint16_t *columns = c->row_columns + cursor[r];

    columns[0] = (uint16_t) (p->b + r);
    columns[1] = (uint16_t) (p->w + r % p->p);
    columns[2] = (uint16_t) (p->w + (r + 1) % p->p);
    c->degree[r] = (uint16_t) (c->row_start[r + 1] - c->row_start[r] - 2);
  }
}

/* The tuples are made once to know the size and the place of all rows, and the
   columns are kept; so the rows are made in memory of the greatest size. */
static bool
fill_rows (RqConstraint *c)
{
  const RqParams *p = &c->params;
  size_t most = ldpc_size (p) + (size_t) p->k_prime * RQ_TUPLE_COLUMNS_MAX;
  RqArena scratch = { 0 };
  uint16_t *columns = rq_arena_take (&scratch, most, sizeof *columns);
  uint32_t *cursor = rq_arena_take (&scratch, p->s, sizeof *cursor);
  uint32_t at;

  if (columns == NULL || cursor == NULL) {
    rq_arena_clear (&scratch);
    return false;
  }
  c->row_columns = columns;
  place_ldpc_rows (c, cursor);
  fill_ldpc_rows (c, cursor);
  at = c->row_start[p->s];
  for (uint32_t isi = 0; isi < p->k_prime; isi++) {
    unsigned lt;

    at += rq_tuple_columns (p, isi, columns + at, &lt);
    c->degree[p->s + isi] = (uint16_t) lt;
    c->row_start[p->s + isi + 1] = at;
  }
  c->row_columns = rq_arena_take (&c->arena, at, sizeof *columns);
  if (c->row_columns != NULL)
    memcpy (c->row_columns, columns, at * sizeof *columns);
  rq_arena_clear (&scratch);
  return c->row_columns != NULL;
}

/* The transpose of the LT columns, and the sum of the columns of each row. */
static bool
fill_columns (RqConstraint *c)
{
  uint32_t w = c->params.w;
  uint32_t *start = c->column_start;
  uint32_t total = 0;

  memset (start, 0, (w + 1) * sizeof *start);
  for (uint32_t r = 0; r < c->n_rows; r++) {
    const uint16_t *columns = c->row_columns + c->row_start[r];
    uint16_t sum = 0;

    for (uint32_t i = 0; i < c->degree[r]; i++) {
      start[columns[i]]++;
      sum ^= columns[i];
    }
    c->column_sum[r] = sum;
    total += c->degree[r];
  }
  c->column_rows = rq_arena_take (&c->arena, total, sizeof *c->column_rows);
  if (c->column_rows == NULL)
    return false;
  /* Ends first; filling from the last row makes them beginnings. */
  for (uint32_t col = 1; col <= w; col++)
    start[col] += start[col - 1];
  for (uint32_t r = c->n_rows; r-- > 0;) {
    const uint16_t *columns = c->row_columns + c->row_start[r];

    for (uint32_t i = 0; i < c->degree[r]; i++)
      c->column_rows[--start[columns[i]]] = (uint16_t) r;
  }
  return true;
}

static void
fill_hdpc_pairs (RqConstraint *c)
{
  const RqParams *p = &c->params;

  for (uint32_t j = 0; j + 1 < p->k_prime + p->s; j++) {
    uint32_t first = rq_rand (j + 1, 6, p->h);
    uint32_t second = (first + rq_rand (j + 1, 7, p->h - 1) + 1) % p->h;

    c->hdpc_pairs[2 * j] = (uint8_t) first;
    c->hdpc_pairs[2 * j + 1] = (uint8_t) second;
  }
}

bool
rq_constraint_init (RqConstraint *c, uint32_t k_prime)
{
  RqArena *arena = &c->arena;
  const RqParams *p = &c->params;

  memset (c, 0, sizeof *c);
  rq_params_init (&c->params, k_prime);
  c->n_rows = p->s + p->k_prime;
  c->row_start = rq_arena_take (arena, c->n_rows + 1, sizeof *c->row_start);
  c->column_start = rq_arena_take (arena, p->w + 1, sizeof *c->column_start);
  c->degree = rq_arena_take (arena, c->n_rows, sizeof *c->degree);
  c->column_sum = rq_arena_take (arena, c->n_rows, sizeof *c->column_sum);
  c->hdpc_pairs = rq_arena_take (arena, c->n_rows, 2);
  if (c->row_start == NULL || c->column_start == NULL || c->degree == NULL ||
      c->column_sum == NULL || c->hdpc_pairs == NULL || !fill_rows (c) ||
      !fill_columns (c)) {
    rq_constraint_clear (c);
    return false;
  }
  fill_hdpc_pairs (c);
  return true;
}

void
rq_constraint_clear (RqConstraint *constraint)
{
  rq_arena_clear (&constraint->arena);
}
