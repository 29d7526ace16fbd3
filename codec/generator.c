/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * generator.c: the dense generator matrix of a K'. Knows program and alloc.
 *
 * It is what the program makes of unit vectors.
 */
#include "generator.h"

#include "alloc.h"

static size_t
row_bytes (const RqParams *params)
{
  return (params->k_prime + RQ_SLICE_UNIT - 1) / RQ_SLICE_UNIT * RQ_SLICE_UNIT;
}

size_t
rq_generator_bytes (const RqParams *params)
{
  return sizeof (RqGenerator) + (params->l + 1) * row_bytes (params);
}

const uint8_t *
rq_unit_vectors (uint8_t *units, size_t n)
{
  units[n] = 1;
  return units + n;
}

static bool
fill (RqGenerator *generator)
{
  const RqProgram *program = generator->program;
  uint32_t k_prime = program->params.k_prime;
  RqArena scratch = { 0 };
  RqArena inputs_memory = { 0 };
  const uint8_t **inputs =
      rq_arena_take (&inputs_memory, k_prime, sizeof *inputs);
  uint8_t *units =
      rq_arena_take_zeroed (&inputs_memory, k_prime + generator->stride, 1);
  RqStatus status = RQ_ERR_MEMORY;

  if (inputs != NULL && units != NULL) {
    const uint8_t *unit = rq_unit_vectors (units, k_prime);

    for (uint32_t i = 0; i < k_prime; i++)
      inputs[i] = unit - i;
    status = rq_program_run (program, inputs, k_prime, generator->stride, NULL,
        generator->rows, generator->stride, &scratch);
  }
  rq_arena_clear (&scratch);
  rq_arena_clear (&inputs_memory);
  return status == RQ_OK;
}

RqGenerator *
rq_generator_new (const RqProgram *program)
{
  RqGenerator *generator = rq_malloc (sizeof *generator);

  if (generator == NULL)
    return NULL;
  generator->program = program;
  generator->stride = row_bytes (&program->params);
  generator->rows =
      rq_malloc_aligned ((program->params.l + 1) * generator->stride);
  if (generator->rows == NULL || !fill (generator)) {
    rq_generator_free (generator);
    return NULL;
  }
  return generator;
}

void
rq_generator_free (RqGenerator *generator)
{
  if (generator == NULL)
    return;
  rq_free (generator->rows);
  rq_free (generator);
}

void
rq_generator_row (const RqGenerator *generator, uint32_t isi, uint8_t *row)
{
  const RqSlots rows = { generator->rows, generator->stride };
  uint16_t slots[RQ_ROW_COLUMNS_MAX];
  uint8_t shape;
  unsigned n = rq_program_symbol (generator->program, isi, slots, &shape);

  rq_kernels ()->gather (row, NULL, &rows, slots, n, generator->stride);
}
