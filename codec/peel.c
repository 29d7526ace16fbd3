/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * peel.c: peeling with inactivation. Knows rows.
 *
 * A row of which one active column is left gives that column, which the XOR of
 * the row's active columns names. When there is no such row, a column is made
 * inactive: the one that most rows with two active columns have, because each
 * of these rows becomes one with a single column then. LDPC rows are used only
 * when there is no other, because they have no symbol to be read.
 */
#include "peel.h"

#include <string.h>

/* Columns are kept by how many rows of degree two they have, up to here. */
#define BUCKETS 256u
#define NONE UINT16_MAX

enum
{
  COLUMN_ACTIVE,
  COLUMN_DONE,
};

typedef struct
{
  uint32_t *rows;
  uint32_t head;
  uint32_t tail;
} Queue;

typedef struct
{
  const RqRows *rows;
  RqPeeling *out;
  uint8_t *used; /* rows that are pivots or absent */
  uint16_t *degree; /* active columns of a row */
  uint16_t *sum; /* XOR of them */
  uint8_t *column_state;
  Queue ready; /* rows of degree one with a symbol */
  Queue ready_ldpc;

  /* Doubly linked lists of columns by their count of rows of degree two. */
  uint16_t *pairs;
  uint16_t *next;
  uint16_t *previous;
  uint16_t bucket[BUCKETS];
  unsigned highest;

  /* All columns by falling number of rows, made when first needed. */
  uint16_t *by_weight;
  uint32_t by_weight_at;
} Peeler;

static unsigned
bucket_of (const Peeler *peeler, uint16_t column)
{
  uint16_t count = peeler->pairs[column];

  return count < BUCKETS ? count : BUCKETS - 1;
}

/* Columns without a pair are in no list. */
static void
unlink_column (Peeler *peeler, uint16_t column)
{
  uint16_t next = peeler->next[column];
  uint16_t previous = peeler->previous[column];

  if (peeler->pairs[column] == 0)
    return;
  if (previous == NONE)
    peeler->bucket[bucket_of (peeler, column)] = next;
  else
    peeler->next[previous] = next;
  if (next != NONE)
    peeler->previous[next] = previous;
}

static void
link_column (Peeler *peeler, uint16_t column)
{
  unsigned b = bucket_of (peeler, column);
  uint16_t first = peeler->bucket[b];

  if (peeler->pairs[column] == 0)
    return;
  peeler->next[column] = first;
  peeler->previous[column] = NONE;
  if (first != NONE)
    peeler->previous[first] = column;
  peeler->bucket[b] = column;
  if (b > peeler->highest)
    peeler->highest = b;
}

static void
count_pair (Peeler *peeler, uint16_t column, int change)
{
  unlink_column (peeler, column);
  peeler->pairs[column] = (uint16_t) (peeler->pairs[column] + change);
  link_column (peeler, column);
}

static void
queue_push (Queue *queue, uint32_t row)
{
  queue->rows[queue->tail++] = row;
}

static void
row_is_ready (Peeler *peeler, uint32_t r)
{
  if (r < peeler->rows->constraint->params.s)
    queue_push (&peeler->ready_ldpc, r);
  else
    queue_push (&peeler->ready, r);
}

static void
row_is_pair (Peeler *peeler, uint32_t r)
{
  RqRow row = rq_rows_get (peeler->rows, r);
  uint32_t lt = peeler->rows->degree[r];

  for (uint32_t i = 0; i < lt; i++) {
    if (peeler->column_state[row.columns[i]] == COLUMN_ACTIVE)
      count_pair (peeler, row.columns[i], 1);
  }
}

/* Row @r loses the active column @column. */
static inline void
row_loses (Peeler *peeler, uint32_t r, uint16_t column)
{
  unsigned degree;

  if (peeler->used[r])
    return;
  peeler->sum[r] ^= column;
  degree = --peeler->degree[r];
  if (degree == 1) {
    count_pair (peeler, peeler->sum[r], -1);
    row_is_ready (peeler, r);
  } else if (degree == 2) {
    row_is_pair (peeler, r);
  }
}

/* Takes @column out of the active ones, and so out of all rows. */
static void
retire_column (Peeler *peeler, uint16_t column)
{
  const RqRows *rows = peeler->rows;
  const RqConstraint *c = rows->constraint;

  unlink_column (peeler, column);
  peeler->pairs[column] = 0;
  peeler->column_state[column] = COLUMN_DONE;
  for (uint32_t i = c->column_start[column]; i < c->column_start[column + 1];
       i++)
    row_loses (peeler, c->column_rows[i], column);
  for (uint32_t i = rows->repair_of_start[column];
       i < rows->repair_of_start[column + 1]; i++)
    row_loses (peeler, c->n_rows + rows->repair_of[i], column);
}

static bool
take_ready_row (Peeler *peeler)
{
  Queue *queue = &peeler->ready;
  RqPeeling *out = peeler->out;
  uint16_t column;
  uint32_t r;

  if (queue->head == queue->tail)
    queue = &peeler->ready_ldpc;
  if (queue->head == queue->tail)
    return false;
  r = queue->rows[queue->head++];
  /* Another row may have given its column meanwhile. */
  if (peeler->degree[r] != 1)
    return true;
  column = peeler->sum[r];
  peeler->used[r] = 1;
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

static bool
inactivate (Peeler *peeler, RqArena *arena)
{
  RqPeeling *out = peeler->out;
  uint16_t column;

  while (peeler->highest > 0 && peeler->bucket[peeler->highest] == NONE)
    peeler->highest--;
  if (peeler->highest > 0) {
    column = peeler->bucket[peeler->highest];
  } else {
    if (peeler->by_weight == NULL && !sort_by_weight (peeler, arena))
      return false;
    while (peeler->column_state[peeler->by_weight[peeler->by_weight_at]] !=
        COLUMN_ACTIVE)
      peeler->by_weight_at++;
    column = peeler->by_weight[peeler->by_weight_at++];
  }
  out->inactive[out->n_inactive++] = column;
  retire_column (peeler, column);
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
  peeler->used = rq_arena_take (arena, n, 1);
  peeler->degree = rq_arena_take (arena, n, sizeof *peeler->degree);
  peeler->sum = rq_arena_take (arena, n, sizeof *peeler->sum);
  peeler->column_state = rq_arena_take_zeroed (arena, p->w, 1);
  peeler->ready.rows = rq_arena_take (arena, n, sizeof *peeler->ready.rows);
  peeler->ready_ldpc.rows =
      rq_arena_take (arena, p->s, sizeof *peeler->ready_ldpc.rows);
  peeler->pairs = rq_arena_take_zeroed (arena, p->w, sizeof *peeler->pairs);
  peeler->next = rq_arena_take (arena, p->w, sizeof *peeler->next);
  peeler->previous = rq_arena_take (arena, p->w, sizeof *peeler->previous);
  return out->pivot_row != NULL && out->pivot_column != NULL &&
      out->inactive != NULL && out->left_row != NULL && peeler->used != NULL &&
      peeler->degree != NULL && peeler->sum != NULL &&
      peeler->column_state != NULL && peeler->ready.rows != NULL &&
      peeler->ready_ldpc.rows != NULL && peeler->pairs != NULL &&
      peeler->next != NULL && peeler->previous != NULL;
}

static void
start (Peeler *peeler)
{
  const RqRows *rows = peeler->rows;
  const RqConstraint *c = rows->constraint;
  RqPeeling *out = peeler->out;

  memcpy (peeler->used, rows->absent, rows->n_rows);
  memcpy (peeler->degree, rows->degree, rows->n_rows * sizeof *peeler->degree);
  memcpy (peeler->sum, c->column_sum, c->n_rows * sizeof *peeler->sum);
  memcpy (peeler->sum + c->n_rows, rows->repair_sum,
      rows->n_repair * sizeof *peeler->sum);
  for (unsigned i = 0; i < BUCKETS; i++)
    peeler->bucket[i] = NONE;
  for (uint32_t column = c->params.w; column < c->params.l; column++)
    out->inactive[out->n_inactive++] = (uint16_t) column;
  for (uint32_t r = 0; r < rows->n_rows; r++) {
    if (peeler->used[r])
      continue;
    if (peeler->degree[r] == 1)
      row_is_ready (peeler, r);
    else if (peeler->degree[r] == 2)
      row_is_pair (peeler, r);
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
    if (!peeler.used[r])
      peeling->left_row[peeling->n_left++] = r;
  }
  return true;
}
