/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * solve.c: solves for the inactive columns. Knows peel, gf256 and kernels.
 */
#include "solve.h"

#include <string.h>

#include "gf256.h"
#include "hdpc.h"
#include "kernels.h"

/* Rows of bits are as wide as the kernels need, and added by them. */
#define WORDS_UNIT (RQ_SLICE_UNIT / 8)

#define NO_ROW UINT32_MAX

typedef struct
{
  const RqRows *rows;
  const RqPeeling *peeling;
  const uint16_t *place;
  const RqKernels *kernels;
  uint32_t words; /* of a row over the inactive columns */
  RqSlots pivots; /* each pivot over the inactive columns */
  RqSlots basis; /* coefficients, then sum of which residuals */
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

/* Writes row @r over the inactive columns; @skip is a pivot's own number. */
static void
reduce_row (Solver *s, uint32_t r, uint32_t skip, uint64_t *to)
{
  RqRow row = rq_rows_get (s->rows, r);
  uint32_t n_pivots = s->peeling->n_pivots;
  size_t n = 0;

  memset (to, 0, s->words * sizeof *to);
  for (uint32_t i = 0; i < row.n; i++) {
    uint16_t at = s->place[row.columns[i]];

    if (at >= n_pivots)
      flip_bit (to, at - n_pivots);
    else if (at != skip)
      s->list[n++] = at;
  }
  s->kernels->gather ((uint8_t *) to, (uint8_t *) to, &s->pivots, s->list, n,
      s->words * sizeof *to);
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
  uint32_t u = s->peeling->n_inactive;

  memset (row + s->words, 0, s->words * sizeof *row);
  flip_bit (row + s->words, rank);
  for (uint32_t c = next_set (row, 0, s->words); c < u;
       c = next_set (row, c + 1, s->words)) {
    uint16_t other;

    if (s->row_of[c] == NO_ROW) {
      s->row_of[c] = rank;
      return true;
    }
    other = (uint16_t) s->row_of[c];
    s->kernels->gather ((uint8_t *) row, (uint8_t *) row, &s->basis, &other, 1,
        s->basis.stride);
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

    reduce_row (s, r, NO_ROW, slot_words (&s->basis, out->rank));
    if (add_to_basis (s, out->rank))
      out->basis_row[out->rank++] = r;
  }
}

/* Clears every pivot's column in all other basis rows, from the last pivot
   back: the rows added have nothing but their pivot and free columns then. */
static void
substitute_back (Solver *s)
{
  for (uint32_t c = s->peeling->n_inactive; c-- > 0;) {
    uint64_t *row;
    size_t n = 0;

    if (s->row_of[c] == NO_ROW)
      continue;
    row = slot_words (&s->basis, s->row_of[c]);
    for (uint32_t d = next_set (row, c + 1, s->words);
         d < s->peeling->n_inactive; d = next_set (row, d + 1, s->words)) {
      if (s->row_of[d] != NO_ROW)
        s->list[n++] = (uint16_t) s->row_of[d];
    }
    s->kernels->gather ((uint8_t *) row, (uint8_t *) row, &s->basis, s->list, n,
        s->basis.stride);
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
}

static bool
copy_basis (const Solver *s, RqSolution *out, RqArena *arena)
{
  out->words = (out->rank + 63) / 64;
  out->inverse = rq_arena_take (
      arena, (size_t) out->rank * out->words, sizeof *out->inverse);
  out->back = rq_arena_take (arena, out->rank, out->n_free);
  if (out->inverse == NULL || out->back == NULL)
    return false;
  for (uint32_t k = 0; k < out->rank; k++) {
    const uint64_t *row = slot_words (&s->basis, k);

    memcpy (out->inverse + (size_t) k * out->words, row + s->words,
        out->words * sizeof *row);
    for (uint32_t f = 0; f < out->n_free; f++)
      out->back[k * out->n_free + f] = bit (row, out->order[out->rank + f]);
  }
  return true;
}

/* The bound columns put into the HDPC rows leave H rows over the free columns,
   which are inverted. */
static bool
solve_free (const Solver *s, RqSolution *out, RqArena *arena)
{
  uint32_t h_count = s->rows->constraint->params.h;
  uint32_t rank = out->rank;
  uint32_t n_free = out->n_free;
  uint32_t u = s->peeling->n_inactive;
  uint8_t matrix[RQ_H_MAX][2 * RQ_H_MAX] = { { 0 } };
  const uint8_t *sums = rq_hdpc_over_inactive (
      s->rows->constraint, s->peeling, s->place, &s->pivots, arena);
  unsigned found;

  out->bound = rq_arena_take (arena, h_count, rank);
  out->free = rq_arena_take (arena, n_free, h_count);
  if (sums == NULL || out->bound == NULL || out->free == NULL)
    return false;
  for (uint32_t h = 0; h < h_count; h++) {
    const uint8_t *sum = sums + (size_t) h * u;
    uint8_t *bound = out->bound + (size_t) h * rank;

    for (uint32_t k = 0; k < rank; k++)
      bound[k] = sum[out->order[k]];
    for (uint32_t f = 0; f < n_free; f++) {
      matrix[h][f] = sum[out->order[rank + f]];
      for (uint32_t k = 0; k < rank; k++) {
        if (out->back[k * n_free + f])
          matrix[h][f] ^= bound[k];
      }
    }
    matrix[h][n_free + h] = 1;
  }
  found = rq_gf_reduce (
      matrix[0], h_count, n_free + h_count, sizeof matrix[0], n_free);
  out->deficiency = n_free - found;
  for (uint32_t f = 0; f < n_free; f++)
    memcpy (out->free + (size_t) f * h_count, matrix[f] + n_free, h_count);
  return true;
}

static bool
take_memory (Solver *s, RqSolution *out, RqArena *arena)
{
  uint32_t u = s->peeling->n_inactive;
  uint32_t longest = s->rows->constraint->params.l;

  s->words = (u + 63) / 64;
  s->words = (s->words + WORDS_UNIT - 1) / WORDS_UNIT * WORDS_UNIT;
  s->pivots.stride = s->words * sizeof (uint64_t);
  s->pivots.base =
      rq_arena_take (arena, s->peeling->n_pivots, s->pivots.stride);
  s->basis.stride = 2 * s->pivots.stride;
  s->basis.base = rq_arena_take (arena, (size_t) u + 1, s->basis.stride);
  s->row_of = rq_arena_take (arena, u, sizeof *s->row_of);
  s->list = rq_arena_take (arena, longest, sizeof *s->list);
  out->basis_row = rq_arena_take (arena, u, sizeof *out->basis_row);
  out->order = rq_arena_take (arena, u, sizeof *out->order);
  return s->pivots.base != NULL && s->basis.base != NULL && s->row_of != NULL &&
      s->list != NULL && out->basis_row != NULL && out->order != NULL;
}

bool
rq_solve (RqSolution *out, const RqRows *rows, const RqPeeling *peeling,
    const uint16_t *place, RqArena *arena)
{
  Solver s = {
    .rows = rows, .peeling = peeling, .place = place, .kernels = rq_kernels ()
  };
  uint32_t h_count = rows->constraint->params.h;

  memset (out, 0, sizeof *out);
  if (!take_memory (&s, out, arena))
    return false;
  for (uint32_t i = 0; i < peeling->n_pivots; i++)
    reduce_row (&s, peeling->pivot_row[i], i, slot_words (&s.pivots, i));
  find_basis (&s, out);
  out->n_free = peeling->n_inactive - out->rank;
  if (out->n_free > h_count) {
    out->deficiency = out->n_free - h_count;
    return true;
  }
  substitute_back (&s);
  order_columns (&s, out);
  if (!copy_basis (&s, out, arena))
    return false;
  return out->n_free == 0 || solve_free (&s, out, arena);
}
