/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * recover.h: gets back a few missing source symbols by solving a small dense
 * system for them, without a plan of the block. Knows program, generator and
 * invert.
 *
 * What a repair symbol is over the missing source symbols is a row of a matrix;
 * less the source symbols that are there, it is the right side. Two engines
 * differ in how they come by both:
 *
 *   dense  from the generator matrix; all symbols are read once, and the missing
 *          ones are written where they belong
 *   zeros  by running the program for encoding: on the block with zeros in the
 *          missing places, and on unit vectors in these places
 */
#ifndef RQ_RECOVER_H
#define RQ_RECOVER_H

#include "generator.h"

/** A repair symbol that was received. */
typedef struct
{
  uint32_t esi;
  const uint8_t *symbol;
} RqRepair;

typedef struct
{
  const RqProgram *program; /**< the one for encoding */
  const RqGenerator *generator; /**< dense: needed; zeros: may be NULL */
  uint32_t k;
  uint32_t t;
  uint8_t *const *symbols; /**< K places of source symbols */
  const uint8_t *has; /**< K flags */
  uint32_t missing; /**< at least 1 */
  const RqRepair *repair;
  uint32_t n_repair; /**< used, at least missing */
  RqArena *memory; /**< two arenas, reset at first */
  RqArena *scratch;
} RqRecovery;

/**
 * Writes the missing symbols to their places.
 *
 * @param deficiency  with RQ_NEED_MORE: repair symbols that are missing
 * @return RQ_OK; or RQ_NEED_MORE when the repair symbols are not independent, or
 *   RQ_ERR_MEMORY, and then nothing was written
 */
RqStatus rq_recover_dense (const RqRecovery *recovery, uint32_t *deficiency);
RqStatus rq_recover_zeros (const RqRecovery *recovery, uint32_t *deficiency);

#endif
