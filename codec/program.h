/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * program.h: what a plan comes to: a list of sums that turns the symbols that
 * are there into any symbols wanted. Knows params, arena and kernels.
 *
 * Every intermediate symbol has a slot: the pivots in their order, then the
 * bound, then the free inactive columns. A program is immutable and runs on
 * any number of threads.
 */
#ifndef RQ_PROGRAM_H
#define RQ_PROGRAM_H

#include "arena.h"
#include "params.h"
#include "raptorq.h"

/** The input of a row that has no symbol. */
#define RQ_NO_INPUT UINT32_MAX

/** Residuals are added by tables of the sums of four; tables made at a time. */
#define RQ_PROGRAM_GROUP 4u
#define RQ_PROGRAM_TABLES 32u

/** Sums of slots: sum i is input[i] and list[start[i]] to list[start[i+1]]. */
typedef struct
{
  uint32_t n;
  uint32_t *input;
  uint32_t *start;
  uint16_t *list;
} RqSums;

typedef struct
{
  RqParams params;
  uint16_t *slot; /**< of each intermediate symbol */

  RqSums pivots;
  uint32_t *pivot_middle; /**< where a pivot's inactive slots begin */

  uint32_t rank; /**< bound inactive columns */
  RqSums residuals; /**< of the basis rows; rank of them */
  /** Entries of the tables of the batch'th 32 tables that give bound column k:
      from solve_start[batch * rank + k] in solve_list. */
  uint32_t *solve_start;
  uint16_t *solve_list;

  uint32_t n_free; /**< free inactive columns, at most H */
  uint16_t *horner; /**< slots of columns 0 to K' + S - 1 */
  const uint8_t *hdpc_pairs; /**< of the constraint, which must stay */
  uint8_t *bound; /**< as in RqSolution */
  uint8_t *free;
  uint32_t *back_start; /**< free slots to add to bound column k */
  uint16_t *back_list;
} RqProgram;

/** Encoding symbols wanted: the slots they are sums of, and where they go. */
typedef struct
{
  uint32_t n;
  uint32_t *start; /**< n + 1 places in list */
  uint16_t *list;
  uint8_t *const *to;
} RqWanted;

/**
 * Writes the slots that encoding symbol @isi is the sum of to @slots (of
 * RQ_TUPLE_COLUMNS_MAX) and returns their number.
 */
unsigned rq_program_symbol (
    const RqProgram *program, uint32_t isi, uint16_t *slots);

/**
 * Runs @program on @inputs, symbols of @t bytes (NULL: zero).
 *
 * @param wanted   symbols to write, may be NULL
 * @param all      when not NULL, all slots are written there, @all_stride
 *                 bytes apart
 * @param scratch  for working memory, given back before returning
 * @return RQ_OK or RQ_ERR_MEMORY, before anything was written
 */
RqStatus rq_program_run (const RqProgram *program, const uint8_t *const *inputs,
    size_t t, const RqWanted *wanted, uint8_t *all, size_t all_stride,
    RqArena *scratch);

/** Writes @wanted from the slots that rq_program_run() wrote to @all. */
void rq_program_write (
    const uint8_t *all, size_t all_stride, size_t t, const RqWanted *wanted);

#endif
