/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * program.c: runs programs. Knows params, tuple, arena and kernels.
 *
 * Symbols are worked on in slices of columns, so that the slots of a slice stay
 * in the caches: the whole program for the first bytes of all symbols, then for
 * the next. Every slot is written once, from all its sources at a time.
 *
 *  1. pivots, the inactive columns being zero
 *  2. HDPC sums of these pivots
 *  3. residuals of the basis rows, and from them the bound columns
 *  4. free columns from the HDPC sums, and what they add to the bound ones
 *  5. pivots again, with the inactive columns
 *  6. the symbols wanted
 */
#include "program.h"

#include <string.h>

#include "tables.h"

#define UNIT RQ_SLICE_UNIT

#define WIDE_UNITS 4u
#define WIDE_BYTES (320u * 1024u)

uint8_t rq_zero_symbol[RQ_T_MAX + 1];

typedef struct
{
  const RqProgram *program;
  const RqKernels *kernels;
  const uint8_t *const *inputs;
  size_t at; /* first byte of the slice in the inputs */
  unsigned units; /* of the slice */
  RqSlots slots;
  RqSlots residuals;
  RqSlots tables;
  RqSlots solved; /* bound columns, then free ones */
  RqSlots sums; /* HDPC sums */
  uint8_t **solved_at;
  uint8_t **sums_at;
  uint8_t *pair_sums; /* of the pairs of HDPC rows, and a spare one */
  uint8_t *acc;
  uint8_t *spare; /* the end of an output */
} Run;

unsigned
rq_program_symbol (
    const RqProgram *program, uint32_t isi, uint16_t *slots, uint8_t *shape)
{
  const RqConstraint *c = program->constraint;
  uint16_t generated[RQ_ROW_COLUMNS_MAX];
  const uint16_t *columns = generated;
  RqRowHead head;
  unsigned n;

  if (isi < program->params.k_prime) {
    uint32_t r = program->params.s + isi;

    columns = c->row_columns + c->row_start[r];
    n = c->row_start[r + 1] - c->row_start[r];
    head = c->head[r];
  } else {
    n = rq_symbol_row (&program->params, isi, generated, &head);
  }
  for (unsigned i = 0; i < n; i++)
    slots[i] = program->slot[columns[i]];
  *shape = (uint8_t) head.shape;
  return n;
}

/* Wide slices cost less for each sum; the widest only pay as long as all slots
   of a slice lie well within the second level cache. */
static unsigned
slice_units (const RqProgram *program, const RqKernels *kernels, size_t t)
{
  unsigned units = kernels->units_max;

  if (units > WIDE_UNITS && program->params.l * units * UNIT > WIDE_BYTES)
    units = WIDE_UNITS;
  while (units > 1 && units * UNIT > t)
    units /= 2;
  return units;
}

static inline uint8_t *
slot_at (const RqSlots *slots, size_t i)
{
  return slots->base + i * slots->stride;
}

static uint32_t
n_groups (const RqProgram *program)
{
  return (program->rank + RQ_PROGRAM_GROUP - 1) / RQ_PROGRAM_GROUP;
}

static void
sum_pivots (const Run *run, bool first_pass)
{
  const RqSums *pivots = &run->program->pivots;
  const RqSumJob job = { .slots = &run->slots,
    .to = &run->slots,
    .runs = pivots->runs,
    .n_runs = pivots->n_runs,
    .list = pivots->list,
    .input = pivots->input,
    .symbols = run->inputs,
    .at = run->at,
    .first_pass = first_pass };

  run->kernels->sums (&job, run->units);
}

/* Every column but the last adds to the two rows of a pair. So sums of pairs are
   made, one more for what is of no use, and then those of rows. */
static void
sum_hdpc (const Run *run)
{
  const RqProgram *program = run->program;
  const RqParams *p = &program->params;
  size_t width = run->units * UNIT;
  uint32_t last = p->k_prime + p->s - 1;
  uint32_t pairs = RQ_HDPC_PAIRS (p->h);
  const uint8_t spare = (uint8_t) pairs;
  const RqSlots pair_sums = { run->pair_sums, width };
  const RqRun rows = { .count = (uint16_t) p->h, .all = (uint16_t) (p->h - 1) };
  const RqSumJob job = { .slots = &pair_sums,
    .to = &run->sums,
    .runs = &rows,
    .n_runs = 1,
    .list = program->constraint->pairs_of_rows };
  const uint8_t *const acc[] = { run->acc };
  const RqProducts products = { .out = run->sums_at,
    .init = (const uint8_t *const *) run->sums_at,
    .n_out = p->h,
    .in = acc,
    .n_in = 1,
    .factors = rq_oct_exp,
    .stride = 1 };

  memset (run->pair_sums, 0, pairs * width);
  memset (run->acc, 0, width);
  run->kernels->horner (run->acc, run->pair_sums,
      program->constraint->hdpc_pair, &run->slots, program->slot, last,
      run->units);
  run->kernels->sums (&job, run->units);
  /* The last column adds to all rows, with a power of alpha each. */
  run->kernels->horner (run->acc, run->pair_sums, &spare, &run->slots,
      program->slot + last, 1, run->units);
  run->kernels->multiply (&products, 0, width);
}

static void
sum_residuals (const Run *run)
{
  const RqSums *residuals = &run->program->residuals;
  const RqSumJob job = { .slots = &run->slots,
    .to = &run->residuals,
    .runs = residuals->runs,
    .n_runs = residuals->n_runs,
    .list = residuals->list,
    .input = residuals->input,
    .symbols = run->inputs,
    .at = run->at };

  run->kernels->sums (&job, run->units);
}

/* Bound columns, as if the free ones were zero, for one unit of the slice. */
static void
solve_bound_unit (const Run *run, size_t at)
{
  const RqProgram *program = run->program;
  uint32_t groups = n_groups (program);
  const RqSlots to = { run->solved.base + at, run->solved.stride };
  const RqRun solve = { .count = (uint16_t) program->rank,
    .all = (uint16_t) groups };
  const RqSumJob job = { .slots = &run->tables,
    .to = &to,
    .runs = &solve,
    .n_runs = 1,
    .list = program->solve_list };

  for (uint32_t g = 0; g < groups; g++) {
    uint32_t first = g * RQ_PROGRAM_GROUP;
    uint32_t count = program->rank - first;
    const RqSlots group = { slot_at (&run->residuals, first) + at,
      run->residuals.stride };

    run->kernels->subsets (slot_at (&run->tables, (size_t) g * 16), &group,
        count < RQ_PROGRAM_GROUP ? count : RQ_PROGRAM_GROUP);
  }
  run->kernels->sums (&job, 1);
}

static void
solve_free (const Run *run)
{
  const RqProgram *program = run->program;
  uint32_t h = program->params.h;
  const RqProducts bound = { .out = run->sums_at,
    .init = (const uint8_t *const *) run->sums_at,
    .n_out = h,
    .in = (const uint8_t *const *) run->solved_at,
    .n_in = program->rank,
    .factors = program->bound,
    .stride = program->rank };
  const RqProducts free = { .out = run->solved_at + program->rank,
    .n_out = program->n_free,
    .in = (const uint8_t *const *) run->sums_at,
    .n_in = h,
    .factors = program->free,
    .stride = h };

  run->kernels->multiply (&bound, 0, run->units * UNIT);
  run->kernels->multiply (&free, 0, run->units * UNIT);
}

/* Puts the solved columns into their slots. */
static void
place_solved (const Run *run)
{
  const RqProgram *program = run->program;
  size_t width = run->units * UNIT;
  uint32_t rank = program->rank;

  for (uint32_t k = 0; k < rank; k++) {
    uint32_t start = program->back_start[k];

    run->kernels->gather (slot_at (&run->slots, program->solved_slot[k]),
        slot_at (&run->solved, k), &run->solved, program->back_list + start,
        program->back_start[k + 1] - start, width);
  }
  for (uint32_t k = rank; k < rank + program->n_free; k++)
    memcpy (slot_at (&run->slots, program->solved_slot[k]),
        slot_at (&run->solved, k), width);
}

/* Writes @bytes of the symbols wanted, from slots of more bytes. */
static void
write_end (const RqKernels *kernels, const RqSlots *slots,
    const RqWanted *wanted, size_t at, size_t bytes, uint8_t *spare)
{
  size_t width = (bytes + UNIT - 1) / UNIT * UNIT;
  const uint16_t *list = wanted->list;
  uint8_t *const *to = wanted->to;

  for (uint32_t r = 0; r < wanted->n_runs; r++) {
    size_t n = wanted->runs[r].all;

    for (uint32_t i = wanted->runs[r].count; i > 0; i--) {
      kernels->gather (spare, NULL, slots, list, n, width);
      memcpy (*to++ + at, spare, bytes);
      list += n;
    }
  }
}

/* Writes a whole slice of the symbols wanted. */
static void
write_slice (const Run *run, const RqWanted *wanted, size_t at)
{
  const RqSumJob job = { .slots = &run->slots,
    .runs = wanted->runs,
    .n_runs = wanted->n_runs,
    .list = wanted->list,
    .out = wanted->to,
    .at = at };

  run->kernels->sums (&job, run->units);
}

static void
run_slice (const Run *run)
{
  const RqProgram *program = run->program;
  size_t first_inactive = program->pivots.n;

  memset (slot_at (&run->slots, first_inactive), 0,
      (program->params.l + 1 - first_inactive) * run->slots.stride);
  sum_pivots (run, true);
  if (program->n_free > 0)
    sum_hdpc (run);
  sum_residuals (run);
  for (unsigned u = 0; u < run->units; u++)
    solve_bound_unit (run, u * UNIT);
  if (program->n_free > 0)
    solve_free (run);
  place_solved (run);
  sum_pivots (run, false);
}

static bool
take_slots (RqSlots *slots, size_t n, size_t stride, RqArena *arena)
{
  slots->base = rq_arena_take (arena, n, stride);
  slots->stride = stride;
  return slots->base != NULL;
}

static bool
take_memory (Run *run, RqArena *arena)
{
  const RqProgram *program = run->program;
  size_t width = run->units * UNIT;
  uint32_t n_solved = program->rank + program->n_free;
  uint32_t n_sums = program->params.h;

  run->solved_at = rq_arena_take (arena, n_solved, sizeof *run->solved_at);
  run->sums_at = rq_arena_take (arena, n_sums, sizeof *run->sums_at);
  run->pair_sums =
      rq_arena_take (arena, RQ_HDPC_PAIRS (program->params.h) + 1, width);
  run->acc = rq_arena_take (arena, 1, width);
  run->spare = rq_arena_take (arena, 1, width);
  if (run->solved_at == NULL || run->sums_at == NULL ||
      run->pair_sums == NULL || run->acc == NULL || run->spare == NULL ||
      !take_slots (&run->slots, program->params.l + 1, width, arena) ||
      !take_slots (&run->residuals, program->rank, width, arena) ||
      !take_slots (
          &run->tables, (size_t) n_groups (program) * 16, UNIT, arena) ||
      !take_slots (&run->solved, n_solved, width, arena) ||
      !take_slots (&run->sums, n_sums, width, arena))
    return false;
  for (uint32_t i = 0; i < n_solved; i++)
    run->solved_at[i] = slot_at (&run->solved, i);
  for (uint32_t i = 0; i < n_sums; i++)
    run->sums_at[i] = slot_at (&run->sums, i);
  return true;
}

/* Copies of the last @bytes bytes of all inputs, filled up to a unit. */
static const uint8_t *const *
copy_ends (const uint8_t *const *inputs, uint32_t n, size_t at, size_t bytes,
    RqArena *arena)
{
  uint8_t *ends = rq_arena_take (arena, n, UNIT);
  const uint8_t **ends_at = rq_arena_take (arena, n, sizeof *ends_at);

  if (ends == NULL || ends_at == NULL)
    return NULL;
  for (uint32_t i = 0; i < n; i++, ends += UNIT) {
    memcpy (ends, inputs[i] + at, bytes);
    memset (ends + bytes, 0, UNIT - bytes);
    ends_at[i] = ends;
  }
  return ends_at;
}

/* One slice and what is wanted of it; @at is its place in the outputs. */
static void
run_and_write (const Run *run, size_t at, size_t bytes, const RqWanted *wanted,
    uint8_t *all, size_t all_stride)
{
  run_slice (run);
  if (wanted != NULL && bytes == run->units * UNIT)
    write_slice (run, wanted, at);
  else if (wanted != NULL)
    write_end (run->kernels, &run->slots, wanted, at, bytes, run->spare);
  for (uint32_t i = 0; all != NULL && i <= run->program->params.l; i++)
    memcpy (all + i * all_stride + at, slot_at (&run->slots, i), bytes);
}

RqStatus
rq_program_run (const RqProgram *program, const uint8_t *const *inputs,
    uint32_t n_inputs, size_t t, const RqWanted *wanted, uint8_t *all,
    size_t all_stride, RqArena *scratch)
{
  Run run = { .program = program, .kernels = rq_kernels (), .inputs = inputs };
  size_t end = t % UNIT;
  const uint8_t *const *ends = NULL;
  RqStatus status = RQ_ERR_MEMORY;

  run.units = slice_units (program, run.kernels, t);
  rq_arena_reset (scratch);
  if (end > 0)
    ends = copy_ends (inputs, n_inputs, t - end, end, scratch);
  if ((end == 0 || ends != NULL) && take_memory (&run, scratch)) {
    while (run.at + UNIT <= t) {
      while (run.at + run.units * UNIT > t)
        run.units /= 2;
      run.slots.stride = run.units * UNIT;
      run_and_write (&run, run.at, run.units * UNIT, wanted, all, all_stride);
      run.at += run.units * UNIT;
    }
    if (end > 0) {
      run.inputs = ends;
      run.at = 0;
      run.units = 1;
      run.slots.stride = UNIT;
      run_and_write (&run, t - end, end, wanted, all, all_stride);
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
  const size_t width = RQ_UNITS_MAX * UNIT;
  uint8_t spare[RQ_UNITS_MAX * UNIT];

  for (size_t at = 0; at < t; at += width) {
    const RqSlots slots = { (uint8_t *) all + at, all_stride };

    write_end (rq_kernels (), &slots, wanted, at,
        t - at < width ? t - at : width, spare);
  }
}
