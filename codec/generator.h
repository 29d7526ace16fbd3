/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * generator.h: the dense generator matrix of a K': what every intermediate
 * symbol, and so every encoding symbol, is over the K' source symbols. Knows
 * program. Immutable once made.
 */
#ifndef RQ_GENERATOR_H
#define RQ_GENERATOR_H

#include "program.h"

typedef struct
{
  const RqProgram *program;
  size_t stride; /**< octets of a row: K' and zeros up to whole units */
  uint8_t *rows; /**< L + 1 rows, as the slots of the program */
} RqGenerator;

/** Bytes that a generator of @params has. */
size_t rq_generator_bytes (const RqParams *params);

/**
 * The generator of @program, the one for encoding, which must stay. Freed with
 * rq_generator_free(); NULL when out of memory.
 */
RqGenerator *rq_generator_new (const RqProgram *program);

void rq_generator_free (RqGenerator *generator);

/** Writes the @generator->stride factors of encoding symbol @isi to @row. */
void rq_generator_row (
    const RqGenerator *generator, uint32_t isi, uint8_t *row);

/**
 * Unit vectors as inputs of a program: @units is @n + @width zeroed octets, of
 * which this sets one; the return value less i is the unit vector i < @n, of
 * @width octets.
 */
const uint8_t *rq_unit_vectors (uint8_t *units, size_t n);

#endif
