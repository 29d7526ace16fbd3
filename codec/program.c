/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * program.c: runs programs. Knows params, tuple, arena and kernels.
 *
 * Symbols are worked on in slices of columns, so that the slots of a slice stay
 * in the caches: the whole program for the first bytes of all symbols, then for
 * the next. Every slot is written once, from all its sources at a time.
 *
 *  1. pivots, as if the inactive columns were zero
 *  2. HDPC sums of these pivots
 *  3. residuals of the basis rows, and from them the bound columns
 *  4. free columns from the HDPC sums, and what they add to the bound ones
 *  5. pivots again, with the inactive columns
 *  6. the symbols wanted
 */
#include "program.h"

#include <string.h>

#include "kernels.h"
#include "tables.h"
#include "tuple.h"

/* Tables of residuals are used for so many bytes at a time, to stay near. */
#define TABLE_WIDTH 128u

/* Symbols are fetched into the cache so many pivots ahead. */
#define FETCH_AHEAD 12u

/* Widths of slices: wider ones cost less for each sum, but a slice of all slots
   should stay within the second level cache. */
#define SLICE_MAX 512u
#define SLICE_MIN 256u
#define SLICES_BYTES (1024u * 1024u)

typedef struct
{
  const RqProgram *program;
  const RqKernels *kernels;
  const uint8_t *const *inputs;
  size_t at; /* first byte of the slice */
  size_t bytes; /* of the symbols in the slice */
  size_t width; /* of slots */
  RqSlots slots;
  RqSlots residuals;
  RqSlots sums; /* HDPC sums */
  RqSlots tables;
  uint8_t *acc;
  uint8_t *short_input; /* the last slice of an input, filled up */
  uint8_t *short_output;
} Run;

unsigned
rq_program_symbol (const RqProgram *program, uint32_t isi, uint16_t *slots)
{
  unsigned lt;
  unsigned n = rq_tuple_columns (&program->params, isi, slots, &lt);

  for (unsigned i = 0; i < n; i++)
    slots[i] = program->slot[slots[i]];
  return n;
}

static size_t
round_up (size_t n)
{
  return (n + RQ_SLICE_UNIT - 1) / RQ_SLICE_UNIT * RQ_SLICE_UNIT;
}

static size_t
slice_width (const RqProgram *program, size_t t)
{
  size_t most = SLICES_BYTES / program->params.l;
  size_t slices;

  if (most > SLICE_MAX)
    most = SLICE_MAX;
  if (most < SLICE_MIN)
    most = SLICE_MIN;
  slices = (t + most - 1) / most;
  return round_up ((t + slices - 1) / slices);
}

static inline uint8_t *
slot_at (const RqSlots *slots, size_t i)
{
  return slots->base + i * slots->stride;
}

static inline uint8_t *
inactive_slot (const Run *run, uint32_t i)
{
  return slot_at (&run->slots, run->program->pivots.n + i);
}

/* The slice of an input; only the last slice of a symbol may be short. */
static inline const uint8_t *
input_slice (const Run *run, uint32_t input)
{
  const uint8_t *symbol;

  if (input == RQ_NO_INPUT || run->inputs[input] == NULL)
    return NULL;
  symbol = run->inputs[input] + run->at;
  if (run->bytes == run->width)
    return symbol;
  memcpy (run->short_input, symbol, run->bytes);
  return run->short_input;
}

static inline void
fetch_input (const Run *run, uint32_t input)
{
  const uint8_t *symbol;

  if (input == RQ_NO_INPUT || run->inputs[input] == NULL)
    return;
  symbol = run->inputs[input] + run->at;
  for (size_t i = 0; i < run->bytes; i += 64)
    __builtin_prefetch (symbol + i);
}

static void
sum_pivots (const Run *run, const uint32_t *ends)
{
  const RqSums *pivots = &run->program->pivots;

  for (uint32_t i = 0; i < pivots->n; i++) {
    uint32_t start = pivots->start[i];

    if (i + FETCH_AHEAD < pivots->n)
      fetch_input (run, pivots->input[i + FETCH_AHEAD]);
    run->kernels->gather (slot_at (&run->slots, i),
        input_slice (run, pivots->input[i]), &run->slots, pivots->list + start,
        ends[i] - start, run->width);
  }
}

static void
sum_hdpc (const Run *run)
{
  const RqProgram *program = run->program;
  const RqParams *p = &program->params;
  const RqSlots acc = { run->acc, 0 };
  uint32_t last = p->k_prime + p->s - 1;
  const uint8_t alpha = 2;
  uint8_t *product = run->short_output;
  uint16_t slot = program->horner[last];

  memset (run->sums.base, 0, p->h * run->sums.stride);
  memset (run->acc, 0, run->width);
  run->kernels->horner (run->acc, &run->sums, program->hdpc_pairs, &run->slots,
      program->horner, last, run->width);
  /* The last column adds to all rows, with a power of alpha each. */
  memset (product, 0, run->width);
  run->kernels->multiply_add (product, &acc, &alpha, 1, run->width);
  run->kernels->gather (
      run->acc, product, &run->slots, &slot, slot != RQ_NO_SLOT, run->width);
  for (uint32_t h = 0; h < p->h; h++)
    run->kernels->multiply_add (
        slot_at (&run->sums, h), &acc, &rq_oct_exp[h], 1, run->width);
}

static void
sum_residuals (const Run *run)
{
  const RqSums *residuals = &run->program->residuals;

  for (uint32_t i = 0; i < residuals->n; i++) {
    uint32_t start = residuals->start[i];

    run->kernels->gather (slot_at (&run->residuals, i),
        input_slice (run, residuals->input[i]), &run->slots,
        residuals->list + start, residuals->start[i + 1] - start, run->width);
  }
}

/* The table of a group: all sums of its four residuals, or of those it has. */
static void
make_table (
    const Run *run, uint32_t group, uint8_t *table, size_t at, size_t width)
{
  RqSlots residuals = { run->residuals.base + at, run->residuals.stride };
  uint32_t first = group * RQ_PROGRAM_GROUP;
  uint32_t count = run->program->rank - first;
  unsigned entries =
      1u << (count < RQ_PROGRAM_GROUP ? count : RQ_PROGRAM_GROUP);

  memset (table, 0, width);
  for (unsigned i = 1; i < entries; i++) {
    uint16_t residual = (uint16_t) (first + (uint32_t) __builtin_ctz (i));

    run->kernels->gather (table + i * TABLE_WIDTH,
        table + (i & (i - 1)) * TABLE_WIDTH, &residuals, &residual, 1, width);
  }
}

/* Bound columns, as if the free ones were zero, for some bytes of the slice. */
static void
solve_bound_part (const Run *run, size_t at, size_t width)
{
  const RqProgram *program = run->program;
  uint32_t groups = (program->rank + RQ_PROGRAM_GROUP - 1) / RQ_PROGRAM_GROUP;
  const uint32_t *start = program->solve_start;

  for (uint32_t first = 0; first < groups; first += RQ_PROGRAM_TABLES) {
    for (uint32_t i = 0; i < RQ_PROGRAM_TABLES && first + i < groups; i++)
      make_table (
          run, first + i, slot_at (&run->tables, (size_t) i * 16), at, width);
    for (uint32_t k = 0; k < program->rank; k++, start++) {
      uint8_t *bound = inactive_slot (run, k) + at;

      run->kernels->gather (bound, first > 0 ? bound : NULL, &run->tables,
          program->solve_list + start[0], start[1] - start[0], width);
    }
  }
}

static void
solve_bound (const Run *run)
{
  for (size_t at = 0; at < run->width; at += TABLE_WIDTH) {
    size_t rest = run->width - at;

    solve_bound_part (run, at, rest < TABLE_WIDTH ? rest : TABLE_WIDTH);
  }
}

static void
solve_free (const Run *run)
{
  const RqProgram *program = run->program;
  const RqSlots bound = { inactive_slot (run, 0), run->slots.stride };
  uint32_t rank = program->rank;
  uint32_t h_count = program->params.h;

  for (uint32_t h = 0; h < h_count; h++)
    run->kernels->multiply_add (slot_at (&run->sums, h), &bound,
        program->bound + (size_t) h * rank, rank, run->width);
  for (uint32_t f = 0; f < program->n_free; f++) {
    uint8_t *free_slot = inactive_slot (run, rank + f);

    memset (free_slot, 0, run->width);
    run->kernels->multiply_add (free_slot, &run->sums,
        program->free + (size_t) f * h_count, h_count, run->width);
  }
  for (uint32_t k = 0; k < rank; k++) {
    uint32_t start = program->back_start[k];
    uint8_t *to = inactive_slot (run, k);

    run->kernels->gather (to, to, &run->slots, program->back_list + start,
        program->back_start[k + 1] - start, run->width);
  }
}

/* Writes @bytes of the symbols wanted from slots that hold @width bytes. */
static void
write_wanted (const RqKernels *kernels, const RqSlots *slots,
    const RqWanted *wanted, size_t at, size_t bytes, size_t width,
    uint8_t *spare)
{
  for (uint32_t i = 0; i < wanted->n; i++) {
    const uint16_t *list = wanted->list + wanted->start[i];
    size_t n = wanted->start[i + 1] - wanted->start[i];
    uint8_t *to = wanted->to[i] + at;

    if (bytes == width) {
      kernels->gather (to, NULL, slots, list, n, width);
    } else {
      kernels->gather (spare, NULL, slots, list, n, width);
      memcpy (to, spare, bytes);
    }
  }
}

static void
run_slice (const Run *run)
{
  const RqProgram *program = run->program;

  sum_pivots (run, program->pivot_middle);
  if (program->n_free > 0)
    sum_hdpc (run);
  sum_residuals (run);
  solve_bound (run);
  if (program->n_free > 0)
    solve_free (run);
  sum_pivots (run, program->pivots.start + 1);
}

static bool
take_memory (Run *run, RqArena *arena)
{
  const RqProgram *program = run->program;
  size_t width = run->width;

  run->slots =
      (RqSlots){ rq_arena_take (arena, program->params.l, width), width };
  run->residuals =
      (RqSlots){ rq_arena_take (arena, program->rank, width), width };
  run->sums =
      (RqSlots){ rq_arena_take (arena, program->params.h, width), width };
  run->tables =
      (RqSlots){ rq_arena_take (arena, RQ_PROGRAM_TABLES * 16, TABLE_WIDTH),
        TABLE_WIDTH };
  run->acc = rq_arena_take (arena, 1, width);
  run->short_input = rq_arena_take_zeroed (arena, 1, width);
  run->short_output = rq_arena_take (arena, 1, width);
  return run->slots.base != NULL && run->residuals.base != NULL &&
      run->sums.base != NULL && run->tables.base != NULL && run->acc != NULL &&
      run->short_input != NULL && run->short_output != NULL;
}

RqStatus
rq_program_run (const RqProgram *program, const uint8_t *const *inputs,
    size_t t, const RqWanted *wanted, uint8_t *all, size_t all_stride,
    RqArena *scratch)
{
  Run run = { .program = program,
    .kernels = rq_kernels (),
    .inputs = inputs,
    .width = slice_width (program, t) };
  RqStatus status = RQ_ERR_MEMORY;

  rq_arena_reset (scratch);
  if (take_memory (&run, scratch)) {
    for (run.at = 0; run.at < t; run.at += run.width) {
      run.bytes = t - run.at < run.width ? t - run.at : run.width;
      run_slice (&run);
      if (wanted != NULL)
        write_wanted (run.kernels, &run.slots, wanted, run.at, run.bytes,
            run.width, run.short_output);
      for (uint32_t i = 0; all != NULL && i < program->params.l; i++)
        memcpy (
            all + i * all_stride + run.at, slot_at (&run.slots, i), run.bytes);
    }
    status = RQ_OK;
  }
  rq_arena_reset (scratch);
  return status;
}

void
rq_program_write (
    const uint8_t *all, size_t all_stride, size_t t, const RqWanted *wanted)
{
  uint8_t spare[SLICE_MAX];

  for (size_t at = 0; at < t; at += SLICE_MAX) {
    const RqSlots slots = { (uint8_t *) all + at, all_stride };
    size_t bytes = t - at < SLICE_MAX ? t - at : SLICE_MAX;

    write_wanted (
        rq_kernels (), &slots, wanted, at, bytes, round_up (bytes), spare);
  }
}
