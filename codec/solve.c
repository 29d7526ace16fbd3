/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * solve.c: solves for the inactive columns. Knows peel, program, hdpc, invert
 * and kernels.
 */
#include "solve.h"

#include <string.h>

#include "hdpc.h"
#include "invert.h"

/* Rows of bits are whole units, so that kernels add them. */
#define UNIT_WORDS (RQ_SLICE_UNIT / 8)

/* Rows of the basis are added by so many words, in the few steps that most
   blocks need. */
#define BASIS_STEP 4u

#define NO_ROW UINT32_MAX

typedef struct
{
  const RqRows *rows;
  const RqPeeling *peeling;
  const RqProgram *program;
  const RqKernels *kernels;
  uint32_t words; /* of a row over the inactive columns */
  RqSlots bits; /* each slot over the inactive columns */
  uint32_t basis_words; /* of them that count; an even number */
  RqSlots basis; /* coefficients, then sum of which residuals */
  uint64_t *row; /* one row over the inactive columns */
  uint32_t *row_of; /* basis row whose pivot is this column */
  uint16_t *list;
} Solver;

static inline uint64_t *
slot_words (const RqSlots *slots, uint32_t i)
{
  return (uint64_t *) (slots->base + i * slots->stride);
}

static inline bool
bit (const uint64_t *words, uint32_t i)
{
  return words[i / 64] >> (i % 64) & 1;
}

static inline void
flip_bit (uint64_t *words, uint32_t i)
{
  words[i / 64] ^= (uint64_t) 1 << (i % 64);
}

/* The program's own sums, run on unit vectors, tell what the pivots are over
   the inactive columns. */
static void
express_pivots (const Solver *s)
{
  const RqSums *pivots = &s->program->pivots;
  RqSlots unit = s->bits;
  const RqSumJob job = { .slots = &unit,
    .to = &unit,
    .runs = pivots->runs,
    .n_runs = pivots->n_runs,
    .list = pivots->list };

  memset (slot_words (&s->bits, pivots->n), 0,
      (s->peeling->n_inactive + 1) * s->bits.stride);
  for (uint32_t i = 0; i < s->peeling->n_inactive; i++)
    flip_bit (slot_words (&s->bits, pivots->n + i), i);
  for (uint32_t w = 0; w < s->words; w += UNIT_WORDS) {
    s->kernels->sums (&job, 1);
    unit.base += RQ_SLICE_UNIT;
  }
}

/* Writes row @r over the inactive columns. */
static void
express_row (const Solver *s, uint32_t r, uint64_t *to)
{
  RqRow row = rq_rows_get (s->rows, r);

  for (uint32_t i = 0; i < row.n; i++)
    s->list[i] = s->program->slot[row.columns[i]];
  s->kernels->gather ((uint8_t *) s->row, NULL, &s->bits, s->list, row.n,
      s->words * sizeof *to);
  memcpy (to, s->row, s->basis_words * sizeof *to);
}

/* Adds @n words, a multiple of BASIS_STEP. */
static inline void
add_words (uint64_t *to, const uint64_t *from, uint32_t n)
{
  for (uint32_t i = 0; i < n; i += BASIS_STEP) {
    for (uint32_t k = i; k < i + BASIS_STEP; k++)
      to[k] ^= from[k];
  }
}

/* The lowest column that is set from @from on; the width when there is none. */
static uint32_t
next_set (const uint64_t *words, uint32_t from, uint32_t n_words)
{
  uint32_t w = from / 64;
  uint64_t rest;

  if (w >= n_words)
    return n_words * 64;
  rest = words[w] & (UINT64_MAX << (from % 64));
  while (rest == 0) {
    if (++w == n_words)
      return n_words * 64;
    rest = words[w];
  }
  return w * 64 + (uint32_t) __builtin_ctzll (rest);
}

/* Makes a basis row of the row at place @rank if it is independent. */
static bool
add_to_basis (Solver *s, uint32_t rank)
{
  uint64_t *row = slot_words (&s->basis, rank);
  uint32_t words = s->basis_words;

  memset (row + words, 0, words * sizeof *row);
  flip_bit (row + words, rank);
  for (uint32_t w = 0; w < words; w++) {
    while (row[w] != 0) {
      uint32_t c = w * 64 + (uint32_t) __builtin_ctzll (row[w]);

      if (s->row_of[c] == NO_ROW) {
        s->row_of[c] = rank;
        return true;
      }
      add_words (row, slot_words (&s->basis, s->row_of[c]), 2 * words);
    }
  }
  return false;
}

static void
find_basis (Solver *s, RqSolution *out)
{
  uint32_t u = s->peeling->n_inactive;

  for (uint32_t c = 0; c < u; c++)
    s->row_of[c] = NO_ROW;
  for (uint32_t i = 0; i < s->peeling->n_left && out->rank < u; i++) {
    uint32_t r = s->peeling->left_row[i];

    express_row (s, r, slot_words (&s->basis, out->rank));
    if (add_to_basis (s, out->rank))
      out->basis_row[out->rank++] = r;
  }
}

/* Clears every pivot's column in all other basis rows, from the last pivot
   back: the rows added have nothing but their pivot and free columns then. */
static void
substitute_back (Solver *s)
{
  uint32_t words = s->basis_words;

  for (uint32_t c = s->peeling->n_inactive; c-- > 0;) {
    uint64_t *row;

    if (s->row_of[c] == NO_ROW)
      continue;
    row = slot_words (&s->basis, s->row_of[c]);
    for (uint32_t d = next_set (row, c + 1, words); d < s->peeling->n_inactive;
         d = next_set (row, d + 1, words)) {
      if (s->row_of[d] != NO_ROW)
        add_words (row, slot_words (&s->basis, s->row_of[d]), 2 * words);
    }
  }
}

/* Numbers the bound columns as their basis rows, the free ones after them. */
static void
order_columns (const Solver *s, RqSolution *out)
{
  uint32_t at = out->rank;

  for (uint32_t c = 0; c < s->peeling->n_inactive; c++) {
    if (s->row_of[c] != NO_ROW)
      out->order[s->row_of[c]] = (uint16_t) c;
    else
      out->order[at++] = (uint16_t) c;
  }
  for (uint32_t k = 0; k < out->rank; k++) {
    const uint64_t *row = slot_words (&s->basis, k);
    uint8_t *back = out->back.base + k * out->back.stride;

    for (uint32_t f = 0; f < out->n_free; f++)
      back[f] = bit (row, out->order[out->rank + f]);
  }
  out->inverse = (RqSlots){ s->basis.base + s->basis_words * sizeof (uint64_t),
    s->basis.stride };
}

/* Puts the bound columns into the HDPC rows @sums; what they are over the free
   columns goes to @free. */
static bool
reduce_to_free (const Solver *s, const RqSlots *sums, RqSolution *out,
    const RqSlots *free, RqArena *arena)
{
  uint32_t h_count = s->rows->constraint->params.h;
  uint32_t rank = out->rank;
  const uint8_t **back = rq_arena_take (arena, rank, sizeof *back);
  uint8_t *rows[RQ_H_MAX];
  const RqProducts products = { .out = rows,
    .init = (const uint8_t *const *) rows,
    .n_out = h_count,
    .in = back,
    .n_in = rank,
    .factors = out->bound,
    .stride = rank };

  if (back == NULL)
    return false;
  for (uint32_t k = 0; k < rank; k++)
    back[k] = out->back.base + k * out->back.stride;
  memset (free->base, 0, h_count * free->stride);
  for (uint32_t h = 0; h < h_count; h++) {
    const uint8_t *sum = sums->base + h * sums->stride;

    rows[h] = free->base + h * free->stride;
    for (uint32_t k = 0; k < rank; k++)
      out->bound[(size_t) h * rank + k] = sum[out->order[k]];
    for (uint32_t f = 0; f < out->n_free; f++)
      rows[h][f] = sum[out->order[rank + f]];
  }
  s->kernels->multiply (&products, 0, free->stride);
  return true;
}

/* The HDPC rows over the free columns, inverted, give these. */
static bool
solve_free (const Solver *s, RqSolution *out, RqArena *arena)
{
  const RqConstraint *constraint = s->rows->constraint;
  uint32_t h_count = constraint->params.h;
  RqMatrix matrix = { .n_rows = h_count, .n = out->n_free };
  uint32_t row_of[RQ_H_MAX];
  RqSlots sums;
  uint32_t found;

  matrix.rows.stride = RQ_SLICE_UNIT;
  matrix.rows.base = rq_arena_take (arena, h_count, RQ_SLICE_UNIT);
  out->bound = rq_arena_take (arena, h_count, out->rank);
  out->free = rq_arena_take_zeroed (arena, out->n_free, h_count);
  if (matrix.rows.base == NULL || out->bound == NULL || out->free == NULL ||
      !rq_hdpc_over_inactive (constraint, s->program->slot, &s->bits,
          s->basis_words, &sums, arena) ||
      !reduce_to_free (s, &sums, out, &matrix.rows, arena) ||
      !rq_invert (&matrix, row_of, &found, arena))
    return false;
  out->deficiency = out->n_free - found;
  for (uint32_t f = 0; out->deficiency == 0 && f < out->n_free; f++) {
    const uint8_t *row = matrix.rows.base + row_of[f] * RQ_SLICE_UNIT;

    for (uint32_t d = 0; d < out->n_free; d++)
      out->free[f * h_count + row_of[d]] = row[d];
  }
  return true;
}

static bool
take_memory (Solver *s, RqSolution *out, RqArena *arena)
{
  uint32_t u = s->peeling->n_inactive;
  uint32_t longest = s->rows->constraint->params.l;

  s->basis_words = ((u + 63) / 64 + 1) & ~1u;
  s->words = (s->basis_words + UNIT_WORDS - 1) / UNIT_WORDS * UNIT_WORDS;
  s->bits.stride = s->words * sizeof (uint64_t);
  s->bits.base =
      rq_arena_take (arena, s->program->params.l + 1, s->bits.stride);
  s->basis.stride = 2 * s->basis_words * sizeof (uint64_t);
  s->basis.base = rq_arena_take (arena, (size_t) u + 1, s->basis.stride);
  s->row_of = rq_arena_take (arena, u, sizeof *s->row_of);
  s->row = rq_arena_take (arena, s->words, sizeof *s->row);
  s->list = rq_arena_take (arena, longest, sizeof *s->list);
  out->basis_row = rq_arena_take (arena, u, sizeof *out->basis_row);
  out->order = rq_arena_take (arena, u, sizeof *out->order);
  return s->bits.base != NULL && s->basis.base != NULL && s->row_of != NULL &&
      s->row != NULL && s->list != NULL && out->basis_row != NULL &&
      out->order != NULL;
}

bool
rq_solve (RqSolution *out, const RqRows *rows, const RqPeeling *peeling,
    const RqProgram *program, RqArena *arena)
{
  Solver s = { .rows = rows,
    .peeling = peeling,
    .program = program,
    .kernels = rq_kernels () };
  uint32_t h_count = rows->constraint->params.h;

  memset (out, 0, sizeof *out);
  if (!take_memory (&s, out, arena))
    return false;
  express_pivots (&s);
  find_basis (&s, out);
  out->n_free = peeling->n_inactive - out->rank;
  if (out->n_free > h_count) {
    out->deficiency = out->n_free - h_count;
    return true;
  }
  substitute_back (&s);
  out->back.stride = RQ_SLICE_UNIT;
  out->back.base = rq_arena_take_zeroed (arena, out->rank, RQ_SLICE_UNIT);
  if (out->back.base == NULL)
    return false;
  order_columns (&s, out);
  return out->n_free == 0 || solve_free (&s, out, arena);
}
