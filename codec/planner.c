/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * planner.c: peels, solves, and writes the program down. Knows solve and
 * program.
 */
#include "planner.h"

#include <string.h>

#include "solve.h"

typedef struct
{
  const RqRows *rows;
  const RqPeeling *peeling;
  const RqSolution *solution;
  RqProgram *program;
} Writer;

/* A piece of memory to be taken, and where its address goes. */
typedef struct
{
  void *to;
  size_t n;
  size_t size;
} Piece;

/* Takes pieces that lie behind each other. */
static bool
take_pieces (const Piece *pieces, size_t n, RqArena *arena)
{
  size_t bytes = 0;

  for (size_t i = 0; i < n; i++)
    bytes += rq_arena_need (pieces[i].n, pieces[i].size);
  if (rq_arena_reserve (arena, bytes) != 0)
    return false;
  for (size_t i = 0; i < n; i++) {
    void *memory = rq_arena_take (arena, pieces[i].n, pieces[i].size);

    memcpy (pieces[i].to, &memory, sizeof memory);
  }
  return true;
}

/* Adds a sum to the list's last run, or begins another. */
static void
add_sum (RqSums *sums, uint32_t first, uint32_t all, bool has_input)
{
  RqRun *run = &sums->runs[sums->n_runs];

  if (sums->n_runs > 0 && run[-1].first == first && run[-1].all == all &&
      run[-1].has_input == has_input && run[-1].count < UINT16_MAX) {
    run[-1].count++;
  } else {
    *run = (RqRun){ 1, (uint16_t) first, (uint16_t) all, has_input };
    sums->n_runs++;
  }
  sums->n++;
}

/* Ends the list of inputs with valid ones that may be fetched ahead. */
static void
end_inputs (RqSums *sums, uint32_t n)
{
  for (uint32_t i = 0; i < RQ_FETCH_AHEAD; i++)
    sums->input[n + i] = 0;
}

/* ---- Pivots ---------------------------------------------------------------- */

static bool
take_pivots (Writer *writer, RqArena *arena)
{
  RqProgram *program = writer->program;
  uint32_t np = writer->peeling->n_pivots;
  uint32_t last = 0;
  size_t columns = 0;
  size_t runs = 0;

  for (uint32_t i = 0; i < np; i++) {
    uint32_t n = rq_rows_get (writer->rows, writer->peeling->pivot_row[i]).n;

    columns += n;
    runs += n != last;
    last = n;
  }
  {
    const Piece pieces[] = {
      { &program->slot, program->params.l + 1, sizeof *program->slot },
      /* An LDPC row, without input, breaks a run of rows of its length. */
      { &program->pivots.runs, runs + 2 * program->params.s,
          sizeof *program->pivots.runs },
      { &program->pivots.input, np + RQ_FETCH_AHEAD,
          sizeof *program->pivots.input },
      { &program->pivots.list, columns + 1, sizeof *program->pivots.list },
    };

    return take_pieces (pieces, sizeof pieces / sizeof *pieces, arena);
  }
}

static void
number_slots (Writer *writer)
{
  RqProgram *program = writer->program;
  const RqPeeling *peeling = writer->peeling;

  for (uint32_t i = 0; i < peeling->n_pivots; i++)
    program->slot[peeling->pivot_column[i]] = (uint16_t) i;
  for (uint32_t i = 0; i < peeling->n_inactive; i++)
    program->slot[peeling->inactive[i]] = (uint16_t) (peeling->n_pivots + i);
  program->slot[program->params.l] = (uint16_t) program->params.l;
}

static void
write_pivots (Writer *writer)
{
  RqProgram *program = writer->program;
  const RqPeeling *peeling = writer->peeling;
  RqSums *pivots = &program->pivots;
  uint16_t *list = pivots->list;
  uint32_t n_inputs = 0;

  for (uint32_t i = 0; i < peeling->n_pivots; i++) {
    uint32_t r = peeling->pivot_row[i];
    RqRow row = rq_rows_get (writer->rows, r);
    RqRowHead head = rq_rows_head (writer->rows, r);
    uint16_t own = peeling->pivot_column[i];
    uint32_t input = writer->rows->input[r];

    /* Its own column is written over by the next one's. */
    for (uint32_t k = 0; k < row.n; k++) {
      *list = program->slot[row.columns[k]];
      list += row.columns[k] != own;
    }
    pivots->input[n_inputs] = input;
    n_inputs += input != RQ_NO_INPUT;
    add_sum (pivots,
        head.shape == RQ_SHAPE_LDPC ? head.lt - 1u : rq_shape_lt (head.shape),
        row.n - 1, input != RQ_NO_INPUT);
  }
  end_inputs (pivots, n_inputs);
}

/* ---- What follows from solving ---------------------------------------------- */

static bool
take_solution (Writer *writer, RqArena *arena)
{
  RqProgram *program = writer->program;
  const RqSolution *s = writer->solution;
  uint32_t rank = s->rank;
  uint32_t h = program->params.h;
  size_t groups = (rank + RQ_PROGRAM_GROUP - 1) / RQ_PROGRAM_GROUP;
  size_t columns = 0;
  size_t back = 0;

  for (uint32_t i = 0; i < rank; i++)
    columns += rq_rows_get (writer->rows, s->basis_row[i]).n;
  for (size_t i = 0; i < rank * s->back.stride; i++)
    back += s->back.base[i];
  {
    const Piece pieces[] = {
      { &program->solved_slot, rank + s->n_free, sizeof *program->solved_slot },
      { &program->residuals.runs, rank, sizeof *program->residuals.runs },
      { &program->residuals.input, rank + RQ_FETCH_AHEAD,
          sizeof *program->residuals.input },
      { &program->residuals.list, columns, sizeof *program->residuals.list },
      { &program->solve_list, rank * groups, sizeof *program->solve_list },
      { &program->bound, (size_t) h * rank, 1 },
      { &program->free, (size_t) h * s->n_free, 1 },
      { &program->back_start, rank + 1, sizeof *program->back_start },
      { &program->back_list, back, sizeof *program->back_list },
    };

    return take_pieces (pieces, sizeof pieces / sizeof *pieces, arena);
  }
}

static void
write_residuals (Writer *writer)
{
  RqProgram *program = writer->program;
  RqSums *residuals = &program->residuals;
  uint32_t n_inputs = 0;
  uint32_t at = 0;

  for (uint32_t i = 0; i < program->rank; i++) {
    uint32_t r = writer->solution->basis_row[i];
    RqRow row = rq_rows_get (writer->rows, r);
    uint32_t input = writer->rows->input[r];
    uint32_t start = at;

    for (uint32_t k = 0; k < row.n; k++) {
      uint16_t slot = program->slot[row.columns[k]];

      if (slot < program->pivots.n)
        residuals->list[at++] = slot;
    }
    residuals->input[n_inputs] = input;
    n_inputs += input != RQ_NO_INPUT;
    add_sum (residuals, at - start, at - start, input != RQ_NO_INPUT);
  }
  end_inputs (residuals, n_inputs);
}

static void
write_solve (Writer *writer)
{
  RqProgram *program = writer->program;
  const RqSolution *s = writer->solution;
  uint32_t groups = (s->rank + RQ_PROGRAM_GROUP - 1) / RQ_PROGRAM_GROUP;
  uint16_t *list = program->solve_list;

  for (uint32_t k = 0; k < s->rank; k++) {
    const uint64_t *row =
        (const uint64_t *) (s->inverse.base + k * s->inverse.stride);

    for (uint32_t g = 0; g < groups; g++)
      *list++ = (uint16_t) (g * 16 + (row[g / 16] >> (g % 16 * 4) & 15));
  }
}

static void
write_back (Writer *writer)
{
  RqProgram *program = writer->program;
  const RqSolution *s = writer->solution;
  uint32_t at = 0;

  for (uint32_t k = 0; k < s->rank; k++) {
    program->back_start[k] = at;
    for (uint32_t f = 0; f < s->n_free; f++) {
      if (s->back.base[k * s->back.stride + f])
        program->back_list[at++] = (uint16_t) (s->rank + f);
    }
  }
  program->back_start[s->rank] = at;
}

static bool
write_solution (Writer *writer, RqArena *arena)
{
  RqProgram *program = writer->program;
  const RqSolution *s = writer->solution;

  program->rank = s->rank;
  program->n_free = s->n_free;
  if (!take_solution (writer, arena))
    return false;
  for (uint32_t i = 0; i < s->rank + s->n_free; i++)
    program->solved_slot[i] = (uint16_t) (program->pivots.n + s->order[i]);
  write_residuals (writer);
  write_solve (writer);
  write_back (writer);
  if (s->n_free > 0) {
    memcpy (program->bound, s->bound, (size_t) program->params.h * s->rank);
    memcpy (program->free, s->free, (size_t) program->params.h * s->n_free);
  }
  return true;
}

static RqStatus
plan (RqProgram *program, const RqConstraint *constraint, const uint32_t *isis,
    uint32_t n, RqArena *result, RqArena *scratch, uint32_t *deficiency)
{
  RqRows rows;
  RqPeeling peeling;
  RqSolution solution;
  Writer writer = { &rows, &peeling, &solution, program };

  memset (program, 0, sizeof *program);
  program->params = constraint->params;
  program->constraint = constraint;
  if (!rq_rows_init (&rows, constraint, isis, n, scratch) ||
      !rq_peel (&peeling, &rows, scratch))
    return RQ_ERR_MEMORY;
  if (peeling.too_dense) {
    *deficiency = 1;
    return RQ_NEED_MORE;
  }
  if (!take_pivots (&writer, result))
    return RQ_ERR_MEMORY;
  number_slots (&writer);
  write_pivots (&writer);
  if (!rq_solve (&solution, &rows, &peeling, program, scratch))
    return RQ_ERR_MEMORY;
  *deficiency = solution.deficiency;
  if (solution.deficiency > 0)
    return RQ_NEED_MORE;
  return write_solution (&writer, result) ? RQ_OK : RQ_ERR_MEMORY;
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
