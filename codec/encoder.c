/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * encoder.c: makes symbols of one source block (RFC 6330 section 5.3). Knows
 * cache, program and wanted.
 *
 * The first call that wants repair symbols runs the program and writes them
 * straight to the caller. When a second call comes for the same source, the
 * intermediate symbols are kept, and later calls cost a few sums a symbol.
 */
#include "raptorq.h"

#include <string.h>

#include "alloc.h"
#include "cache.h"
#include "kernels.h"
#include "wanted.h"

/* Repair symbols made in one run, at least; more if the block is larger. */
#define BATCH_MIN 256u

struct _RqEncoder
{
  RqCache *cache;
  RqCacheEntry *entry; /* NULL until repair symbols are wanted */
  uint32_t k;
  uint32_t t;
  uint32_t k_prime;

  bool has_source;
  const uint8_t **symbols; /* K' of them, those from K on NULL */
  uint32_t symbols_capacity;
  uint8_t *last_symbol; /* filled up with zeros, when it was short */
  size_t last_symbol_capacity;

  bool was_run; /* for this source */
  bool has_intermediate;
  uint8_t *intermediate; /* L symbols, in the order of the slots */
  size_t intermediate_capacity;
  size_t intermediate_stride;

  RqWantedList wanted;
  RqArena scratch;
};

RqEncoder *
rq_encoder_new (RqCache *cache, uint32_t k, uint32_t t, RqStatus *status)
{
  RqEncoder *encoder = rq_calloc (1, sizeof *encoder);
  RqStatus result = RQ_ERR_MEMORY;

  if (encoder != NULL) {
    encoder->cache = rq_cache_ref (cache);
    result = rq_encoder_reset (encoder, k, t);
  }
  if (status != NULL)
    *status = result;
  if (result == RQ_OK)
    return encoder;
  rq_encoder_free (encoder);
  return NULL;
}

void
rq_encoder_free (RqEncoder *encoder)
{
  if (encoder == NULL)
    return;
  rq_cache_entry_unref (encoder->entry);
  rq_cache_unref (encoder->cache);
  rq_free (encoder->symbols);
  rq_free (encoder->last_symbol);
  rq_free (encoder->intermediate);
  rq_wanted_clear (&encoder->wanted);
  rq_arena_clear (&encoder->scratch);
  rq_free (encoder);
}

RqStatus
rq_encoder_reset (RqEncoder *encoder, uint32_t k, uint32_t t)
{
  uint32_t k_prime;

  if (encoder == NULL)
    return RQ_ERR_ARGUMENT;
  if (k == 0 || k > RQ_K_MAX)
    return RQ_ERR_K;
  if (t == 0 || t > RQ_T_MAX)
    return RQ_ERR_T;
  k_prime = rq_params_k_prime (k);
  if (k_prime > encoder->symbols_capacity) {
    const uint8_t **symbols =
        rq_realloc_array (encoder->symbols, k_prime, sizeof *symbols);

    if (symbols == NULL)
      return RQ_ERR_MEMORY;
    encoder->symbols = symbols;
    encoder->symbols_capacity = k_prime;
  }
  if (k_prime != encoder->k_prime) {
    rq_cache_entry_unref (encoder->entry);
    encoder->entry = NULL;
  }
  encoder->k = k;
  encoder->t = t;
  encoder->k_prime = k_prime;
  encoder->has_source = false;
  return RQ_OK;
}

/* The source symbols are known from now on. */
static void
start_source (RqEncoder *encoder)
{
  for (uint32_t i = encoder->k; i < encoder->k_prime; i++)
    encoder->symbols[i] = NULL;
  encoder->has_source = true;
  encoder->was_run = false;
  encoder->has_intermediate = false;
}

RqStatus
rq_encoder_set_source (RqEncoder *encoder, const uint8_t *const *symbols)
{
  if (encoder == NULL || symbols == NULL)
    return RQ_ERR_ARGUMENT;
  for (uint32_t i = 0; i < encoder->k; i++) {
    if (symbols[i] == NULL)
      return RQ_ERR_ARGUMENT;
  }
  memcpy (encoder->symbols, symbols, encoder->k * sizeof *symbols);
  start_source (encoder);
  return RQ_OK;
}

/* A copy of the last symbol, of which there are @size bytes. */
static bool
fill_last_symbol (RqEncoder *encoder, const uint8_t *data, size_t size)
{
  if (encoder->last_symbol_capacity < encoder->t) {
    uint8_t *memory = rq_malloc (encoder->t);

    if (memory == NULL)
      return false;
    rq_free (encoder->last_symbol);
    encoder->last_symbol = memory;
    encoder->last_symbol_capacity = encoder->t;
  }
  memcpy (encoder->last_symbol, data, size);
  memset (encoder->last_symbol + size, 0, encoder->t - size);
  return true;
}

RqStatus
rq_encoder_set_source_block (
    RqEncoder *encoder, const uint8_t *data, size_t size, size_t stride)
{
  uint32_t last;
  size_t there;

  if (encoder == NULL || data == NULL)
    return RQ_ERR_ARGUMENT;
  last = encoder->k - 1;
  if (stride < encoder->t || stride > SIZE_MAX / encoder->k ||
      size <= last * stride)
    return RQ_ERR_SIZE;
  there = size - last * stride;
  if (there < encoder->t &&
      !fill_last_symbol (encoder, data + last * stride, there))
    return RQ_ERR_MEMORY;
  for (uint32_t i = 0; i < encoder->k; i++)
    encoder->symbols[i] = data + i * stride;
  if (there < encoder->t)
    encoder->symbols[last] = encoder->last_symbol;
  start_source (encoder);
  return RQ_OK;
}

static uint32_t
batch_size (const RqEncoder *encoder)
{
  return encoder->k > BATCH_MIN ? encoder->k : BATCH_MIN;
}

/* Runs the program and keeps the intermediate symbols; false: no memory. */
static bool
keep_intermediate (RqEncoder *encoder)
{
  const RqProgram *program = rq_cache_entry_program (encoder->entry);
  size_t stride =
      ((size_t) encoder->t + RQ_SLICE_UNIT - 1) / RQ_SLICE_UNIT * RQ_SLICE_UNIT;
  size_t size;

  if (stride > SIZE_MAX / program->params.l)
    return false;
  size = stride * program->params.l;
  if (size > encoder->intermediate_capacity) {
    uint8_t *memory = rq_malloc_aligned (size);

    if (memory == NULL)
      return false;
    rq_free (encoder->intermediate);
    encoder->intermediate = memory;
    encoder->intermediate_capacity = size;
  }
  if (rq_program_run (program, encoder->symbols, encoder->t, NULL,
          encoder->intermediate, stride, &encoder->scratch) != RQ_OK)
    return false;
  encoder->intermediate_stride = stride;
  encoder->has_intermediate = true;
  return true;
}

/* Writes one batch of repair symbols. */
static RqStatus
write_batch (
    RqEncoder *encoder, uint32_t esi, uint32_t count, uint8_t *const *out)
{
  const RqProgram *program = rq_cache_entry_program (encoder->entry);
  uint32_t padding = encoder->k_prime - encoder->k;

  if (!rq_wanted_prepare (&encoder->wanted, count))
    return RQ_ERR_MEMORY;
  for (uint32_t i = 0; i < count; i++)
    rq_wanted_add (&encoder->wanted, program, esi + i + padding);
  encoder->wanted.wanted.to = out;
  if (encoder->has_intermediate) {
    rq_program_write (encoder->intermediate, encoder->intermediate_stride,
        encoder->t, &encoder->wanted.wanted);
    return RQ_OK;
  }
  return rq_program_run (program, encoder->symbols, encoder->t,
      &encoder->wanted.wanted, NULL, 0, &encoder->scratch);
}

static RqStatus
write_repair (
    RqEncoder *encoder, uint32_t esi, uint32_t count, uint8_t *const *out)
{
  uint32_t batch = batch_size (encoder);

  if (encoder->entry == NULL) {
    encoder->entry = rq_cache_get (encoder->cache, encoder->k_prime, true);
    if (encoder->entry == NULL)
      return RQ_ERR_MEMORY;
  }
  /* Without memory for the intermediate symbols it goes on, only slower. */
  if (!encoder->has_intermediate && (encoder->was_run || count > batch))
    (void) keep_intermediate (encoder);
  while (count > 0) {
    uint32_t n = count < batch ? count : batch;
    RqStatus status = write_batch (encoder, esi, n, out);

    if (status != RQ_OK)
      return status;
    encoder->was_run = true;
    esi += n;
    count -= n;
    out += n;
  }
  return RQ_OK;
}

RqStatus
rq_encoder_write (
    RqEncoder *encoder, uint32_t esi, uint32_t count, uint8_t *const *out)
{
  if (encoder == NULL || !encoder->has_source || (out == NULL && count > 0))
    return RQ_ERR_ARGUMENT;
  if (esi > RQ_ESI_MAX || count > RQ_ESI_MAX + 1 - esi)
    return RQ_ERR_ESI;
  for (uint32_t i = 0; i < count; i++) {
    if (out[i] == NULL)
      return RQ_ERR_ARGUMENT;
  }
  for (; count > 0 && esi < encoder->k; esi++, count--, out++)
    memcpy (out[0], encoder->symbols[esi], encoder->t);
  return count > 0 ? write_repair (encoder, esi, count, out) : RQ_OK;
}
