/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * peel.c: peeling with inactivation. Knows rows.
 *
 * A row of which one active column is left gives that column, which the XOR of
 * the row's active columns names. When there is no such row, a column is made
 * inactive: the one that most rows with two active columns have, because each
 * of these rows becomes one with a single column then. LDPC rows are used only
 * when there is no other, because they have no symbol to be read.
 *
 * Which of the rows that are ready comes first is free. They are taken shape by
 * shape, so that the program has long runs of sums of one shape.
 */
#include "peel.h"

#include <string.h>

#define NONE UINT32_MAX

/* Columns that are searched at a time. */
#define STRETCH 64u

/* Added to the degree of absent rows, which so never become ready. */
#define ABSENT 0x8000u

/* Rows that are ready, of one shape, first come first served. */
typedef struct
{
  uint32_t first;
  uint32_t last;
} Queue;

typedef struct
{
  const RqRows *rows;
  RqPeeling *out;
  RqRowHead *rest; /* what is left of each row: its active columns */
  uint8_t *done; /* columns that are given or inactive */
  int16_t *pairs; /* rows of degree two of each active column, else 0 */
  uint32_t *new_pair; /* rows that came to degree two and are not counted yet */
  uint32_t n_new_pairs;

  Queue ready[RQ_SHAPES];
  uint16_t n_ready[RQ_SHAPES]; /* rows of each shape */
  uint32_t shapes; /* that have ready rows */
  unsigned shape; /* taken from last */
  uint32_t *next; /* of each ready row */

  /* All columns by falling number of rows, made when first needed. */
  uint16_t *by_weight;
  uint32_t by_weight_at;
} Peeler;

static void
row_is_ready (Peeler *peeler, uint32_t r)
{
  unsigned shape = peeler->rest[r].shape;
  Queue *queue = &peeler->ready[shape];

  if (peeler->shapes >> shape & 1)
    peeler->next[queue->last] = r;
  else
    queue->first = r;
  queue->last = r;
  peeler->next[r] = NONE;
  peeler->n_ready[shape]++;
  peeler->shapes |= 1u << shape;
}

/* Counts the rows of degree two for their columns: only when it matters, since
   most rows have lost another column by then. */
static void
count_pairs (Peeler *peeler)
{
  for (uint32_t i = 0; i < peeler->n_new_pairs; i++) {
    uint32_t r = peeler->new_pair[i];
    const uint16_t *columns;

    if (peeler->rest[r].lt != 2)
      continue;
    columns = rq_rows_get (peeler->rows, r).columns;
    while (peeler->done[*columns])
      columns++;
    peeler->pairs[*columns]++;
    peeler->pairs[*columns ^ peeler->rest[r].sum]++;
  }
  peeler->n_new_pairs = 0;
}

/* Row @r loses the active column @column. When it comes to degree two it is
   written to @pair, the next place in the list; returns the place after it. */
static inline uint32_t *
row_loses (Peeler *peeler, RqRowHead *rest, uint32_t r, uint16_t column,
    uint32_t *pair)
{
  RqRowHead *row = &rest[r];
  uint16_t lt = (uint16_t) (row->lt - 1);

  row->sum ^= column;
  row->lt = lt;
  *pair = r;
  if (lt == 1)
    row_is_ready (peeler, r);
  return pair + (lt == 2);
}

/* Takes @column out of the active ones, and so out of all rows. */
static void
retire_column (Peeler *peeler, uint16_t column)
{
  const RqRows *rows = peeler->rows;
  const RqConstraint *c = rows->constraint;
  const uint16_t *row = c->column_rows + c->column_start[column];
  const uint16_t *end = c->column_rows + c->column_start[column + 1];
  const uint32_t *repair = rows->repair_of + rows->repair_of_start[column];
  const uint32_t *repair_end =
      rows->repair_of + rows->repair_of_start[column + 1];
  RqRowHead *rest = peeler->rest;
  uint32_t *pair = peeler->new_pair + peeler->n_new_pairs;

  peeler->done[column] = 1;
  peeler->pairs[column] = 0;
  for (; row < end; row++)
    pair = row_loses (peeler, rest, *row, column, pair);
  for (; repair < repair_end; repair++)
    pair = row_loses (peeler, rest, c->n_rows + *repair, column, pair);
  peeler->n_new_pairs = (uint32_t) (pair - peeler->new_pair);
}

/* The shape of most ready rows; LDPC rows come last. */
static unsigned
most_ready_shape (const Peeler *peeler)
{
  unsigned best = RQ_SHAPE_LDPC;
  unsigned most = 0;

  for (uint32_t shapes = peeler->shapes & ~(1u << RQ_SHAPE_LDPC); shapes != 0;
       shapes &= shapes - 1) {
    unsigned shape = (unsigned) __builtin_ctz (shapes);

    if (peeler->n_ready[shape] > most) {
      most = peeler->n_ready[shape];
      best = shape;
    }
  }
  return best;
}

/* Goes on with the shape taken last as long as there is one. */
static bool
take_ready_row (Peeler *peeler)
{
  RqPeeling *out = peeler->out;
  Queue *queue;
  uint16_t column;
  uint32_t r;

  if (peeler->shapes == 0)
    return false;
  if (!(peeler->shapes >> peeler->shape & 1) || peeler->shape == RQ_SHAPE_LDPC)
    peeler->shape = most_ready_shape (peeler);
  queue = &peeler->ready[peeler->shape];
  r = queue->first;
  queue->first = peeler->next[r];
  peeler->n_ready[peeler->shape]--;
  if (queue->first == NONE)
    peeler->shapes &= ~(1u << peeler->shape);
  /* Another row may have given its column meanwhile. */
  if (peeler->rest[r].lt != 1)
    return true;
  column = peeler->rest[r].sum;
  peeler->next[r] = r; /* marks a pivot */
  out->pivot_row[out->n_pivots] = r;
  out->pivot_column[out->n_pivots++] = column;
  retire_column (peeler, column);
  return true;
}

static uint32_t
column_weight (const RqRows *rows, uint16_t column)
{
  const RqConstraint *c = rows->constraint;
  uint32_t weight =
      rows->repair_of_start[column + 1] - rows->repair_of_start[column];

  for (uint32_t i = c->column_start[column]; i < c->column_start[column + 1];
       i++)
    weight += !rows->absent[c->column_rows[i]];
  return weight;
}

/* Sorts all columns by weight, the heaviest first, by counting. */
static bool
sort_by_weight (Peeler *peeler, RqArena *arena)
{
  uint32_t w = peeler->rows->constraint->params.w;
  uint32_t *weight = rq_arena_take (arena, w, sizeof *weight);
  uint32_t *place;
  uint32_t most = 0;

  peeler->by_weight = rq_arena_take (arena, w, sizeof *peeler->by_weight);
  if (weight == NULL || peeler->by_weight == NULL)
    return false;
  for (uint32_t column = 0; column < w; column++) {
    weight[column] = column_weight (peeler->rows, (uint16_t) column);
    if (weight[column] > most)
      most = weight[column];
  }
  place = rq_arena_take_zeroed (arena, (size_t) most + 2, sizeof *place);
  if (place == NULL)
    return false;
  for (uint32_t column = 0; column < w; column++)
    place[most - weight[column] + 1]++;
  for (uint32_t i = 1; i <= most; i++)
    place[i] += place[i - 1];
  for (uint32_t column = 0; column < w; column++)
    peeler->by_weight[place[most - weight[column]]++] = (uint16_t) column;
  return true;
}

/* The column with most pairs; W when no column has any. The compiler makes
   vectors of the loop over a stretch; W and more columns up to whole stretches
   are there. */
static uint32_t
most_pairs (const int16_t *pairs, uint32_t w)
{
  uint32_t best = 0;
  int16_t most = 0;

  for (uint32_t at = 0; at < w; at += STRETCH) {
    const int16_t *stretch = pairs + at;
    int16_t here = 0;

    for (unsigned i = 0; i < STRETCH; i++)
      here = stretch[i] > here ? stretch[i] : here;
    if (here > most) {
      most = here;
      best = at;
    }
  }
  if (most == 0)
    return w;
  while (pairs[best] != most)
    best++;
  return best;
}

static bool
inactivate (Peeler *peeler, RqArena *arena)
{
  RqPeeling *out = peeler->out;
  uint32_t w = peeler->rows->constraint->params.w;
  uint32_t column;

  count_pairs (peeler);
  column = most_pairs (peeler->pairs, w);
  if (column == w) {
    if (peeler->by_weight == NULL && !sort_by_weight (peeler, arena))
      return false;
    while (peeler->done[peeler->by_weight[peeler->by_weight_at]])
      peeler->by_weight_at++;
    column = peeler->by_weight[peeler->by_weight_at++];
  }
  out->inactive[out->n_inactive++] = (uint16_t) column;
  retire_column (peeler, (uint16_t) column);
  return true;
}

static bool
take_memory (Peeler *peeler, RqArena *arena)
{
  const RqParams *p = &peeler->rows->constraint->params;
  RqPeeling *out = peeler->out;
  uint32_t n = peeler->rows->n_rows;

  out->pivot_row = rq_arena_take (arena, p->w, sizeof *out->pivot_row);
  out->pivot_column = rq_arena_take (arena, p->w, sizeof *out->pivot_column);
  out->inactive = rq_arena_take (arena, p->l, sizeof *out->inactive);
  out->left_row = rq_arena_take (arena, n, sizeof *out->left_row);
  peeler->rest = rq_arena_take (arena, n, sizeof *peeler->rest);
  peeler->done = rq_arena_take_zeroed (arena, p->w, 1);
  peeler->pairs =
      rq_arena_take_zeroed (arena, p->w + STRETCH, sizeof *peeler->pairs);
  peeler->next = rq_arena_take (arena, n, sizeof *peeler->next);
  /* One more, which is written to without being counted. */
  peeler->new_pair = rq_arena_take (arena, n + 1, sizeof *peeler->new_pair);
  return out->pivot_row != NULL && out->pivot_column != NULL &&
      out->inactive != NULL && out->left_row != NULL && peeler->rest != NULL &&
      peeler->done != NULL && peeler->pairs != NULL && peeler->next != NULL &&
      peeler->new_pair != NULL;
}

static void
start (Peeler *peeler)
{
  const RqRows *rows = peeler->rows;
  const RqConstraint *c = rows->constraint;
  RqPeeling *out = peeler->out;

  for (uint32_t column = c->params.w; column < c->params.l; column++)
    out->inactive[out->n_inactive++] = (uint16_t) column;
  memcpy (peeler->rest, c->head, c->n_rows * sizeof *c->head);
  memcpy (peeler->rest + c->n_rows, rows->repair_head,
      rows->n_repair * sizeof *c->head);
  for (uint32_t r = 0; r < rows->n_rows; r++) {
    RqRowHead *rest = &peeler->rest[r];

    rest->lt = (uint16_t) (rest->lt + rows->absent[r] * ABSENT);
    peeler->next[r] = NONE;
    peeler->new_pair[peeler->n_new_pairs] = r;
    peeler->n_new_pairs += rest->lt == 2;
    if (rest->lt == 1)
      row_is_ready (peeler, r);
  }
}

/*
 * More inactive columns than symbols chosen at random ever leave (P and up to
 * 2 * sqrt (L) were seen over thousands of decodes): who sends only symbols of
 * the highest degrees shall not make the receiver solve a system of that size.
 */
static uint32_t
most_inactive (const RqParams *p)
{
  uint32_t root = 0;

  while (root * root < p->l)
    root++;
  return p->l - p->w + 16 * root + 64;
}

bool
rq_peel (RqPeeling *peeling, const RqRows *rows, RqArena *arena)
{
  Peeler peeler = { .rows = rows, .out = peeling };
  const RqParams *p = &rows->constraint->params;
  uint32_t limit = most_inactive (p);

  memset (peeling, 0, sizeof *peeling);
  if (!take_memory (&peeler, arena))
    return false;
  start (&peeler);
  while (peeling->n_pivots + peeling->n_inactive < p->l) {
    if (!take_ready_row (&peeler) && !inactivate (&peeler, arena))
      return false;
    if (peeling->n_inactive > limit) {
      peeling->too_dense = true;
      return true;
    }
  }
  for (uint32_t r = 0; r < rows->n_rows; r++) {
    if (!rows->absent[r] && peeler.next[r] != r)
      peeling->left_row[peeling->n_left++] = r;
  }
  return true;
}
