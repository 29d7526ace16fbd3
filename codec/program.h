/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * program.h: what a plan comes to: a list of sums that turns the symbols that
 * are there into any symbols wanted. Knows constraint,
 * arena and kernels.
 *
 * Every intermediate symbol has a slot: the pivots in their order, then the
 * inactive columns; slot L is always zero. A program is immutable and runs on any number of threads.
 */
#ifndef RQ_PROGRAM_H
#define RQ_PROGRAM_H

#include "arena.h"
#include "constraint.h"
#include "kernels.h"
#include "raptorq.h"

/** Residuals are added by tables of the sums of four. */
#define RQ_PROGRAM_GROUP 4u

/** Sums of slots, as kernels take them. */
typedef struct
{
  uint32_t n;
  RqRun *runs;
  uint32_t n_runs;
  uint32_t *input; /**< of those that have one, and RQ_FETCH_AHEAD more */
  uint16_t *list;
} RqSums;

typedef struct
{
  RqParams params;
  const RqConstraint *constraint; /**< must stay */
  uint16_t *slot; /**< of each intermediate symbol, and slot[L] = L */

  /** What the pivots are sums of. In the first pass the inactive columns are
      zero, and those every row has (PI columns), listed last, are left out. */
  RqSums pivots;

  uint32_t rank; /**< bound inactive columns */
  uint32_t n_free; /**< free inactive columns, at most H */
  /** Slots of the bound, then of the free columns. */
  uint16_t *solved_slot;

  RqSums residuals; /**< of the basis rows; rank of them */
  /** For each bound column and each group of four residuals the entry of the
      group's table to be added, counted from the first table's. */
  uint16_t *solve_list;

  uint8_t *bound; /**< as in RqSolution */
  uint8_t *free;
  uint32_t *back_start; /**< free columns to add to bound column k */
  uint16_t *back_list;
} RqProgram;

/** Encoding symbols wanted, those of one shape together: the slots they are sums
    of, and where they go. */
typedef struct
{
  uint32_t n;
  RqRun *runs;
  uint32_t n_runs;
  uint16_t *list;
  uint8_t **to;
} RqWanted;

/** Zeros, for inputs that are zero: RQ_T_MAX bytes, never written to. */
extern uint8_t rq_zero_symbol[RQ_T_MAX + 1];

/**
 * Writes the slots that encoding symbol @isi is the sum of to @slots (of
 * RQ_ROW_COLUMNS_MAX), zeros included, and its shape; returns their number.
 */
unsigned rq_program_symbol (
    const RqProgram *program, uint32_t isi, uint16_t *slots, uint8_t *shape);

/**
 * Runs @program on the @n_inputs symbols @inputs of @t bytes, none NULL.
 *
 * @param wanted   symbols to write, may be NULL
 * @param all      when not NULL, all slots, L + 1 of them, are written there,
 *                 @all_stride bytes apart
 * @param scratch  for working memory, given back before returning
 * @return RQ_OK or RQ_ERR_MEMORY, before anything was written
 */
RqStatus rq_program_run (const RqProgram *program, const uint8_t *const *inputs,
    uint32_t n_inputs, size_t t, const RqWanted *wanted, uint8_t *all,
    size_t all_stride, RqArena *scratch);

/** Writes @wanted from the slots that rq_program_run() wrote to @all. */
void rq_program_write (
    const uint8_t *all, size_t all_stride, size_t t, const RqWanted *wanted);

#endif
