/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * planner.c: peels, solves, and writes the program down. Knows solve and
 * program.
 */
#include "planner.h"

#include <string.h>

#include "kernels.h"
#include "solve.h"

typedef struct
{
  const RqRows *rows;
  const RqPeeling *peeling;
  const RqSolution *solution;
  RqProgram *program;
  uint32_t n_batches; /* of tables */
  uint32_t n_solve; /* entries of solve_list */
  uint32_t n_back;
} Writer;

/* Columns of @n rows in all. */
static uint32_t
count_columns (const RqRows *rows, const uint32_t *numbers, uint32_t n)
{
  uint32_t total = 0;

  for (uint32_t i = 0; i < n; i++)
    total += rq_rows_get (rows, numbers[i]).n;
  return total;
}

/* Four bits of row @k of the inverse: which of a group's residuals. */
static unsigned
group_bits (const RqSolution *solution, uint32_t k, uint32_t group)
{
  const uint64_t *row = solution->inverse + (size_t) k * solution->words;
  uint32_t at = group * RQ_PROGRAM_GROUP;

  return (unsigned) (row[at / 64] >> (at % 64)) & 15;
}

static void
count_lists (Writer *writer)
{
  const RqSolution *s = writer->solution;
  uint32_t groups = (s->rank + RQ_PROGRAM_GROUP - 1) / RQ_PROGRAM_GROUP;

  writer->n_batches = (groups + RQ_PROGRAM_TABLES - 1) / RQ_PROGRAM_TABLES;
  for (uint32_t k = 0; k < s->rank; k++) {
    for (uint32_t g = 0; g < groups; g++)
      writer->n_solve += group_bits (s, k, g) != 0;
    for (uint32_t f = 0; f < s->n_free; f++)
      writer->n_back += s->back[k * s->n_free + f];
  }
}

/* Takes the memory of the program in one piece. */
static bool
take_memory (Writer *writer, RqArena *arena)
{
  RqProgram *program = writer->program;
  const RqParams *p = &program->params;
  uint32_t np = program->pivots.n;
  uint32_t rank = program->rank;
  uint32_t pivot_list =
      count_columns (writer->rows, writer->peeling->pivot_row, np);
  uint32_t residual_list =
      count_columns (writer->rows, writer->solution->basis_row, rank);
  struct
  {
    void *to;
    size_t n;
    size_t size;
  } parts[] = {
    { &program->slot, p->l, sizeof *program->slot },
    { &program->pivots.input, np, sizeof *program->pivots.input },
    { &program->pivots.start, np + 1, sizeof *program->pivots.start },
    { &program->pivots.list, pivot_list, sizeof *program->pivots.list },
    { &program->pivot_middle, np, sizeof *program->pivot_middle },
    { &program->residuals.input, rank, sizeof *program->residuals.input },
    { &program->residuals.start, rank + 1, sizeof *program->residuals.start },
    { &program->residuals.list, residual_list,
        sizeof *program->residuals.list },
    { &program->solve_start, (size_t) writer->n_batches * rank + 1,
        sizeof *program->solve_start },
    { &program->solve_list, writer->n_solve, sizeof *program->solve_list },
    { &program->horner, p->k_prime + p->s, sizeof *program->horner },
    { &program->bound, (size_t) p->h * rank, 1 },
    { &program->free, (size_t) p->h * program->n_free, 1 },
    { &program->back_start, rank + 1, sizeof *program->back_start },
    { &program->back_list, writer->n_back, sizeof *program->back_list },
  };
  size_t bytes = 0;

  for (unsigned i = 0; i < sizeof parts / sizeof *parts; i++)
    bytes += rq_arena_need (parts[i].n, parts[i].size);
  if (rq_arena_reserve (arena, bytes) != 0)
    return false;
  for (unsigned i = 0; i < sizeof parts / sizeof *parts; i++) {
    void *memory = rq_arena_take (arena, parts[i].n, parts[i].size);

    memcpy (parts[i].to, &memory, sizeof memory);
  }
  return true;
}

static void
number_slots (Writer *writer)
{
  RqProgram *program = writer->program;
  const RqPeeling *peeling = writer->peeling;
  uint16_t np = (uint16_t) peeling->n_pivots;

  for (uint32_t i = 0; i < peeling->n_pivots; i++)
    program->slot[peeling->pivot_column[i]] = (uint16_t) i;
  for (uint32_t i = 0; i < peeling->n_inactive; i++) {
    uint16_t column = peeling->inactive[writer->solution->order[i]];

    program->slot[column] = (uint16_t) (np + i);
  }
}

/* Active slots first, so that the first pass can stop in the middle. */
static void
write_pivots (Writer *writer)
{
  RqProgram *program = writer->program;
  RqSums *pivots = &program->pivots;
  uint32_t at = 0;

  for (uint32_t i = 0; i < pivots->n; i++) {
    uint32_t r = writer->peeling->pivot_row[i];
    RqRow row = rq_rows_get (writer->rows, r);

    pivots->start[i] = at;
    pivots->input[i] = writer->rows->input[r];
    for (uint32_t k = 0; k < row.n; k++) {
      uint16_t slot = program->slot[row.columns[k]];

      if (slot < i)
        pivots->list[at++] = slot;
    }
    program->pivot_middle[i] = at;
    for (uint32_t k = 0; k < row.n; k++) {
      uint16_t slot = program->slot[row.columns[k]];

      if (slot >= pivots->n)
        pivots->list[at++] = slot;
    }
  }
  pivots->start[pivots->n] = at;
}

static void
write_residuals (Writer *writer)
{
  RqProgram *program = writer->program;
  RqSums *residuals = &program->residuals;
  uint32_t at = 0;

  for (uint32_t i = 0; i < residuals->n; i++) {
    uint32_t r = writer->solution->basis_row[i];
    RqRow row = rq_rows_get (writer->rows, r);

    residuals->start[i] = at;
    residuals->input[i] = writer->rows->input[r];
    for (uint32_t k = 0; k < row.n; k++) {
      uint16_t slot = program->slot[row.columns[k]];

      if (slot < program->pivots.n)
        residuals->list[at++] = slot;
    }
  }
  residuals->start[residuals->n] = at;
}

static void
write_solve (Writer *writer)
{
  RqProgram *program = writer->program;
  const RqSolution *s = writer->solution;
  uint32_t groups = (s->rank + RQ_PROGRAM_GROUP - 1) / RQ_PROGRAM_GROUP;
  uint32_t at = 0;

  for (uint32_t batch = 0; batch < writer->n_batches; batch++) {
    uint32_t first = batch * RQ_PROGRAM_TABLES;
    uint32_t end = first + RQ_PROGRAM_TABLES;

    if (end > groups)
      end = groups;
    for (uint32_t k = 0; k < s->rank; k++) {
      program->solve_start[batch * s->rank + k] = at;
      for (uint32_t g = first; g < end; g++) {
        unsigned bits = group_bits (s, k, g);

        if (bits != 0)
          program->solve_list[at++] = (uint16_t) ((g - first) * 16 + bits);
      }
    }
  }
  program->solve_start[writer->n_batches * s->rank] = at;
}

static void
write_back (Writer *writer)
{
  RqProgram *program = writer->program;
  const RqSolution *s = writer->solution;
  uint32_t first_free = program->pivots.n + s->rank;
  uint32_t at = 0;

  for (uint32_t k = 0; k < s->rank; k++) {
    program->back_start[k] = at;
    for (uint32_t f = 0; f < s->n_free; f++) {
      if (s->back[k * s->n_free + f])
        program->back_list[at++] = (uint16_t) (first_free + f);
    }
  }
  program->back_start[s->rank] = at;
}

static void
write_hdpc (Writer *writer)
{
  RqProgram *program = writer->program;
  const RqSolution *s = writer->solution;
  const RqParams *p = &program->params;

  for (uint32_t j = 0; j < p->k_prime + p->s; j++) {
    uint16_t slot = program->slot[j];

    program->horner[j] = slot < program->pivots.n ? slot : RQ_NO_SLOT;
  }
  program->hdpc_pairs = writer->rows->constraint->hdpc_pairs;
  if (s->n_free > 0) {
    memcpy (program->bound, s->bound, (size_t) p->h * s->rank);
    memcpy (program->free, s->free, (size_t) p->h * s->n_free);
  }
}

static bool
write_program (Writer *writer, RqArena *arena)
{
  RqProgram *program = writer->program;

  memset (program, 0, sizeof *program);
  program->params = writer->rows->constraint->params;
  program->pivots.n = writer->peeling->n_pivots;
  program->rank = program->residuals.n = writer->solution->rank;
  program->n_free = writer->solution->n_free;
  count_lists (writer);
  if (!take_memory (writer, arena))
    return false;
  number_slots (writer);
  write_pivots (writer);
  write_residuals (writer);
  write_solve (writer);
  write_back (writer);
  write_hdpc (writer);
  return true;
}

/* Where each column is: its pivot, or after the pivots its inactive index. */
static uint16_t *
column_places (const RqPeeling *peeling, uint32_t l, RqArena *arena)
{
  uint16_t *place = rq_arena_take (arena, l, sizeof *place);
  uint32_t np = peeling->n_pivots;

  if (place == NULL)
    return NULL;
  for (uint32_t i = 0; i < np; i++)
    place[peeling->pivot_column[i]] = (uint16_t) i;
  for (uint32_t i = 0; i < peeling->n_inactive; i++)
    place[peeling->inactive[i]] = (uint16_t) (np + i);
  return place;
}

static RqStatus
plan (RqProgram *program, const RqConstraint *constraint, const uint32_t *isis,
    uint32_t n, RqArena *result, RqArena *scratch, uint32_t *deficiency)
{
  RqRows rows;
  RqPeeling peeling;
  RqSolution solution;
  Writer writer = { &rows, &peeling, &solution, program, 0, 0, 0 };
  const uint16_t *place;

  if (!rq_rows_init (&rows, constraint, isis, n, scratch) ||
      !rq_peel (&peeling, &rows, scratch))
    return RQ_ERR_MEMORY;
  if (peeling.too_dense) {
    *deficiency = 1;
    return RQ_NEED_MORE;
  }
  place = column_places (&peeling, constraint->params.l, scratch);
  if (place == NULL || !rq_solve (&solution, &rows, &peeling, place, scratch))
    return RQ_ERR_MEMORY;
  *deficiency = solution.deficiency;
  if (solution.deficiency > 0)
    return RQ_NEED_MORE;
  return write_program (&writer, result) ? RQ_OK : RQ_ERR_MEMORY;
}

RqStatus
rq_plan (RqProgram *program, const RqConstraint *constraint,
    const uint32_t *isis, uint32_t n, RqArena *result, RqArena *scratch,
    uint32_t *deficiency)
{
  RqStatus status;

  rq_arena_reset (scratch);
  status = plan (program, constraint, isis, n, result, scratch, deficiency);
  rq_arena_reset (scratch);
  return status;
}
