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

/* LT symbols in their order, and the first of their three LDPC rows; the others
   are @step rows further each (section 5.3.3.3). */
typedef struct
{
  uint32_t first;
  uint32_t step;
} LdpcPlace;

static inline void
next_place (const RqParams *params, LdpcPlace *place)
{
  if (++place->first == params->s) {
    place->first = 0;
    place->step++;
  }
}

static inline void
ldpc_rows (const RqParams *params, LdpcPlace place, uint32_t rows[LDPC_TIMES])
{
  uint32_t row = place.first;

  for (unsigned k = 0; k < LDPC_TIMES; k++) {
    rows[k] = row;
    row += place.step;
    row -= row >= params->s ? params->s : 0;
  }
}

unsigned
rq_symbol_row (
    const RqParams *params, uint32_t isi, uint16_t *columns, RqRowHead *head)
{
  unsigned lt;
  unsigned n = rq_tuple_columns (params, isi, columns, &lt);
  unsigned shape = rq_row_shape (lt);
  uint16_t sum = 0;

  for (unsigned i = 0; i < lt; i++)
    sum ^= columns[i];
  while (n < rq_shape_all (shape) + 1)
    columns[n++] = (uint16_t) params->l;
  *head = (RqRowHead){ (uint16_t) lt, sum, (uint16_t) shape };
  return n;
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
  LdpcPlace place = { 0, 1 };
  uint32_t rows[LDPC_TIMES];
  uint32_t at = 0;

  memset (cursor, 0, p->s * sizeof *cursor);
  for (uint32_t i = 0; i < p->b; i++, next_place (p, &place)) {
    ldpc_rows (p, place, rows);
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
  LdpcPlace place = { 0, 1 };
  uint32_t rows[LDPC_TIMES];

  for (uint32_t i = 0; i < p->b; i++, next_place (p, &place)) {
    ldpc_rows (p, place, rows);
    for (unsigned k = 0; k < LDPC_TIMES; k++)
      c->row_columns[cursor[rows[k]]++] = (uint16_t) i;
  }
  for (uint32_t r = 0; r < p->s; r++) {
    uint16_t *columns = c->row_columns + cursor[r];

    columns[0] = (uint16_t) (p->b + r);
    columns[1] = (uint16_t) (p->w + r % p->p);
    columns[2] = (uint16_t) (p->w + (r + 1) % p->p);
    c->head[r].lt = (uint16_t) (c->row_start[r + 1] - c->row_start[r] - 2);
    c->head[r].shape = RQ_SHAPE_LDPC;
    c->head[r].sum = 0;
    for (columns = c->row_columns + c->row_start[r]; *columns < p->w; columns++)
      c->head[r].sum ^= *columns;
  }
}

/* The tuples are made once to know the size and the place of all rows, and the
   columns are kept; so the rows are made in memory of the greatest size. */
static bool
fill_rows (RqConstraint *c)
{
  const RqParams *p = &c->params;
  size_t most = ldpc_size (p) + (size_t) p->k_prime * RQ_ROW_COLUMNS_MAX;
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
    at += rq_symbol_row (p, isi, columns + at, &c->head[p->s + isi]);
    c->row_start[p->s + isi + 1] = at;
  }
  c->row_columns = rq_arena_take (&c->arena, at, sizeof *columns);
  if (c->row_columns != NULL)
    memcpy (c->row_columns, columns, at * sizeof *columns);
  rq_arena_clear (&scratch);
  return c->row_columns != NULL;
}

/* The transpose of the LT columns. */
static bool
fill_columns (RqConstraint *c)
{
  uint32_t w = c->params.w;
  uint32_t *start = c->column_start;
  uint32_t total = 0;

  memset (start, 0, (w + 1) * sizeof *start);
  for (uint32_t r = 0; r < c->n_rows; r++) {
    const uint16_t *columns = c->row_columns + c->row_start[r];

    for (uint32_t i = 0; i < c->head[r].lt; i++)
      start[columns[i]]++;
    total += c->head[r].lt;
  }
  c->column_rows = rq_arena_take (&c->arena, total, sizeof *c->column_rows);
  if (c->column_rows == NULL)
    return false;
  /* Ends first; filling from the last row makes them beginnings. */
  for (uint32_t col = 1; col <= w; col++)
    start[col] += start[col - 1];
  for (uint32_t r = c->n_rows; r-- > 0;) {
    const uint16_t *columns = c->row_columns + c->row_start[r];

    for (uint32_t i = 0; i < c->head[r].lt; i++)
      c->column_rows[--start[columns[i]]] = (uint16_t) r;
  }
  return true;
}

/* Pairs are numbered (0, 1), (0, 2), (1, 2), (0, 3) and so on. */
static uint8_t
pair_number (uint32_t a, uint32_t b)
{
  uint32_t low = a < b ? a : b;
  uint32_t high = a < b ? b : a;

  return (uint8_t) (RQ_HDPC_PAIRS (high) + low);
}

static void
fill_hdpc_pairs (RqConstraint *c)
{
  const RqParams *p = &c->params;
  uint8_t pair[RQ_H_MAX][RQ_H_MAX] = { { 0 } };
  uint16_t *list = c->pairs_of_rows;

  for (uint32_t a = 0; a < p->h; a++) {
    for (uint32_t b = 0; b < p->h; b++) {
      if (a != b)
        *list++ = pair[a][b] = pair_number (a, b);
    }
  }
  for (uint32_t j = 0; j + 1 < p->k_prime + p->s; j++) {
    uint32_t first = rq_rand (j + 1, 6, p->h);
    uint32_t second = first + rq_rand (j + 1, 7, p->h - 1) + 1;

    second -= second >= p->h ? p->h : 0;
    c->hdpc_pair[j] = pair[first][second];
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
  c->head = rq_arena_take (arena, c->n_rows, sizeof *c->head);
  c->hdpc_pair = rq_arena_take (arena, c->n_rows, 1);
  c->pairs_of_rows =
      rq_arena_take (arena, 2 * RQ_HDPC_PAIRS (p->h), sizeof *c->pairs_of_rows);
  if (c->row_start == NULL || c->column_start == NULL || c->head == NULL ||
      c->hdpc_pair == NULL || c->pairs_of_rows == NULL || !fill_rows (c) ||
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
