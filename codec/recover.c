/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * recover.c: gets back a few missing source symbols. Knows program, generator,
 * invert and wanted.
 */
#include "recover.h"

#include <string.h>

#include "invert.h"
#include "tuple.h"
#include "wanted.h"

typedef struct
{
  const RqRecovery *r;
  uint32_t *esis; /* of the missing symbols */
  uint8_t **places;
  RqMatrix matrix; /* repair symbols over the missing ones, then its inverse */
  uint32_t *row_of; /* repair symbol of each missing one */
} System;

static size_t
whole_units (size_t n)
{
  return (n + RQ_SLICE_UNIT - 1) / RQ_SLICE_UNIT * RQ_SLICE_UNIT;
}

static uint32_t
isi_of (const RqRecovery *r, uint32_t esi)
{
  return esi < r->k ? esi : esi + r->program->params.k_prime - r->k;
}

static bool
take_slots (RqSlots *slots, size_t n, size_t bytes, RqArena *arena)
{
  slots->stride = whole_units (bytes);
  slots->base = rq_arena_take (arena, n, slots->stride);
  return slots->base != NULL;
}

static bool
start (System *system, const RqRecovery *r)
{
  uint32_t n = 0;

  rq_arena_reset (r->memory);
  system->r = r;
  system->esis = rq_arena_take (r->memory, r->missing, sizeof *system->esis);
  system->places =
      rq_arena_take (r->memory, r->missing, sizeof *system->places);
  system->row_of =
      rq_arena_take (r->memory, r->missing, sizeof *system->row_of);
  system->matrix.n_rows = r->n_repair;
  system->matrix.n = r->missing;
  if (system->esis == NULL || system->places == NULL ||
      system->row_of == NULL ||
      !take_slots (&system->matrix.rows, r->n_repair, r->missing, r->memory))
    return false;
  for (uint32_t i = 0; i < r->k; i++) {
    if (!r->has[i]) {
      system->esis[n] = i;
      system->places[n++] = r->symbols[i];
    }
  }
  return true;
}

static RqStatus
solve (System *system, uint32_t *deficiency)
{
  uint32_t rank;

  if (!rq_invert (&system->matrix, system->row_of, &rank, system->r->memory))
    return RQ_ERR_MEMORY;
  *deficiency = system->matrix.n - rank;
  return *deficiency > 0 ? RQ_NEED_MORE : RQ_OK;
}

/* Factors of repair symbol @i over all source symbols, of which the matrix takes
   those of the missing ones. */
static void
take_generator_row (System *system, uint32_t i, uint8_t *row)
{
  const RqRecovery *r = system->r;
  uint8_t *to = system->matrix.rows.base + i * system->matrix.rows.stride;

  rq_generator_row (r->generator, isi_of (r, r->repair[i].esi), row);
  for (uint32_t j = 0; j < r->missing; j++)
    to[j] = row[system->esis[j]];
  memset (to + r->missing, 0, system->matrix.rows.stride - r->missing);
}

/* The inverse in the order of the missing symbols: row c gives symbol c from the
   right sides row_of[0], row_of[1] and so on. */
static uint8_t *
ordered_inverse (const System *system)
{
  uint32_t n = system->matrix.n;
  uint8_t *inverse = rq_arena_take (system->r->memory, n, n);

  for (uint32_t c = 0; inverse != NULL && c < n; c++)
    memcpy (inverse + (size_t) c * n,
        system->matrix.rows.base +
            system->row_of[c] * system->matrix.rows.stride,
        n);
  return inverse;
}

/* ---- Dense ----------------------------------------------------------------- */

/* What each missing symbol is: in the places of the symbols that are there
   factors of these, in those of the missing ones factors of the repair symbols.
   @rows are those of the generator, used up. */
static bool
combine_factors (
    const System *system, const RqSlots *rows, const RqSlots *factors)
{
  uint32_t n = system->matrix.n;
  uint8_t *inverse = ordered_inverse (system);
  uint8_t **out = rq_arena_take (system->r->memory, n, sizeof *out);
  const uint8_t **in = rq_arena_take (system->r->memory, n, sizeof *in);
  const RqProducts products = {
    .out = out, .n_out = n, .in = in, .n_in = n, .factors = inverse, .stride = n
  };

  if (inverse == NULL || out == NULL || in == NULL)
    return false;
  for (uint32_t i = 0; i < n; i++) {
    in[i] = rows->base + system->row_of[i] * rows->stride;
    out[i] = factors->base + i * factors->stride;
  }
  rq_kernels ()->multiply (&products, 0, factors->stride);
  for (uint32_t i = 0; i < n; i++) {
    for (uint32_t j = 0; j < n; j++)
      out[i][system->esis[j]] = inverse[i * n + j];
  }
  return true;
}

RqStatus
rq_recover_dense (const RqRecovery *r, uint32_t *deficiency)
{
  System system;
  RqSlots rows;
  RqSlots factors;
  const uint8_t **in;
  RqProducts products;
  RqStatus status;

  if (!start (&system, r) ||
      !take_slots (&rows, r->n_repair, r->generator->stride, r->memory) ||
      !take_slots (&factors, r->missing, r->generator->stride, r->memory))
    return RQ_ERR_MEMORY;
  in = rq_arena_take (r->memory, r->k, sizeof *in);
  if (in == NULL)
    return RQ_ERR_MEMORY;
  for (uint32_t i = 0; i < r->n_repair; i++)
    take_generator_row (&system, i, rows.base + i * rows.stride);
  status = solve (&system, deficiency);
  if (status != RQ_OK)
    return status;
  if (!combine_factors (&system, &rows, &factors))
    return RQ_ERR_MEMORY;
  memcpy (in, r->symbols, r->k * sizeof *in);
  for (uint32_t j = 0; j < r->missing; j++)
    in[system.esis[j]] = r->repair[system.row_of[j]].symbol;
  products = (RqProducts){ .out = system.places,
    .n_out = r->missing,
    .in = in,
    .n_in = r->k,
    .factors = factors.base,
    .stride = factors.stride };
  rq_kernels ()->multiply (&products, 0, r->t);
  return RQ_OK;
}

/* ---- Encode with zeros ----------------------------------------------------- */

/* Lists the repair symbols @order (NULL: all of them, in order). */
static bool
want_repair (RqWantedList *wanted, const RqRecovery *r, const uint32_t *order,
    uint32_t n, uint8_t **to)
{
  if (!rq_wanted_prepare (wanted, n))
    return false;
  for (uint32_t i = 0; i < n; i++)
    rq_wanted_add (wanted, r->program,
        isi_of (r, r->repair[order != NULL ? order[i] : i].esi), to[i]);
  rq_wanted_finish (wanted);
  return true;
}

/* The repair symbols over the missing ones, by a run on unit vectors. */
static RqStatus
fill_by_units (System *system, const uint8_t **inputs, RqWantedList *wanted)
{
  const RqRecovery *r = system->r;
  size_t width = system->matrix.rows.stride;
  uint8_t *units = rq_arena_take_zeroed (r->memory, r->missing + width, 1);
  uint8_t **to = rq_arena_take (r->memory, r->n_repair, sizeof *to);
  const uint8_t *unit;

  if (units == NULL || to == NULL)
    return RQ_ERR_MEMORY;
  for (uint32_t i = 0; i < r->n_repair; i++)
    to[i] = system->matrix.rows.base + i * width;
  if (!want_repair (wanted, r, NULL, r->n_repair, to))
    return RQ_ERR_MEMORY;
  for (uint32_t i = 0; i < r->program->params.k_prime; i++)
    inputs[i] = rq_zero_symbol;
  unit = rq_unit_vectors (units, r->missing);
  for (uint32_t j = 0; j < r->missing; j++)
    inputs[system->esis[j]] = unit - j;
  return rq_program_run (r->program, inputs, r->program->params.k_prime, width,
      &wanted->wanted, NULL, 0, r->scratch);
}

static RqStatus
fill_matrix (System *system, const uint8_t **inputs, RqWantedList *wanted)
{
  const RqRecovery *r = system->r;
  uint8_t *row;

  if (r->generator == NULL)
    return fill_by_units (system, inputs, wanted);
  row = rq_arena_take (r->memory, 1, r->generator->stride);
  if (row == NULL)
    return RQ_ERR_MEMORY;
  for (uint32_t i = 0; i < r->n_repair; i++)
    take_generator_row (system, i, row);
  return RQ_OK;
}

/* What the repair symbols used would be, were the missing symbols zero. */
static RqStatus
encode_known (System *system, const uint8_t **inputs, uint8_t **sides,
    RqWantedList *wanted)
{
  const RqRecovery *r = system->r;

  if (!want_repair (wanted, r, system->row_of, r->missing, sides))
    return RQ_ERR_MEMORY;
  for (uint32_t i = 0; i < r->program->params.k_prime; i++)
    inputs[i] = i < r->k && r->has[i] ? r->symbols[i] : rq_zero_symbol;
  return rq_program_run (r->program, inputs, r->program->params.k_prime, r->t,
      &wanted->wanted, NULL, 0, r->scratch);
}

static void
add_octets (uint8_t *restrict to, const uint8_t *restrict from, size_t n)
{
  for (size_t i = 0; i < n; i++)
    to[i] ^= from[i];
}

static RqStatus
recover_zeros (System *system, RqWantedList *wanted, uint32_t *deficiency)
{
  const RqRecovery *r = system->r;
  uint32_t k_prime = r->program->params.k_prime;
  const uint8_t **inputs = rq_arena_take (r->memory, k_prime, sizeof *inputs);
  uint8_t **sides = rq_arena_take (r->memory, r->missing, sizeof *sides);
  uint8_t *inverse;
  RqSlots memory;
  RqProducts products;
  RqStatus status;

  if (inputs == NULL || sides == NULL ||
      !take_slots (&memory, r->missing, r->t, r->memory))
    return RQ_ERR_MEMORY;
  for (uint32_t j = 0; j < r->missing; j++)
    sides[j] = memory.base + j * memory.stride;
  status = fill_matrix (system, inputs, wanted);
  if (status == RQ_OK)
    status = solve (system, deficiency);
  if (status != RQ_OK)
    return status;
  inverse = ordered_inverse (system);
  if (inverse == NULL)
    return RQ_ERR_MEMORY;
  status = encode_known (system, inputs, sides, wanted);
  if (status != RQ_OK)
    return status;
  for (uint32_t j = 0; j < r->missing; j++)
    add_octets (sides[j], r->repair[system->row_of[j]].symbol, r->t);
  products = (RqProducts){ .out = system->places,
    .n_out = r->missing,
    .in = (const uint8_t *const *) sides,
    .n_in = r->missing,
    .factors = inverse,
    .stride = r->missing };
  rq_kernels ()->multiply (&products, 0, r->t);
  return RQ_OK;
}

RqStatus
rq_recover_zeros (const RqRecovery *r, uint32_t *deficiency)
{
  RqWantedList wanted = { 0 };
  System system;
  RqStatus status = RQ_ERR_MEMORY;

  if (start (&system, r))
    status = recover_zeros (&system, &wanted, deficiency);
  rq_wanted_clear (&wanted);
  return status;
}
