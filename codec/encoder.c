/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * encoder.c: makes symbols of one source block (RFC 6330 section 5.3). Knows
 * cache, selector, program, generator and wanted.
 *
 * Few repair symbols are made with the generator matrix, as long as that costs
 * less than the program. Else the program is run and they are written straight
 * to the caller. When more are wanted of the same source, it is run once more
 * and the intermediate symbols are kept: later ones cost a few sums each.
 */
#include "raptorq.h"

#include <string.h>

#include "alloc.h"
#include "cache.h"
#include "selector.h"
#include "wanted.h"

/* Products are made for so many symbols at a time with hardly more work for each
   than for many: the source is read once for all of them. */
#define DENSE_PORTION 10u

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
  const uint8_t **symbols; /* K' of them, those from K on zero */
  uint32_t symbols_capacity;
  uint8_t *last_symbol; /* filled up with zeros, when it was short */
  size_t last_symbol_capacity;

  uint32_t n_dense; /* repair symbols made with the generator, of this source */
  uint8_t *rows; /* of the generator: n_rows from row_isi on, of rows_k_prime */
  size_t rows_capacity;
  uint32_t rows_k_prime;
  uint32_t row_isi;
  uint32_t n_rows;

  bool was_run; /* for this source */
  bool has_intermediate;
  uint8_t *intermediate; /* all slots of the program */
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
  rq_free (encoder->rows);
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
  k_prime = k == encoder->k ? encoder->k_prime : rq_params_k_prime (k);
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
    encoder->symbols[i] = rq_zero_symbol;
  encoder->has_source = true;
  encoder->n_dense = 0;
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

  if (stride > SIZE_MAX / (program->params.l + 1))
    return false;
  size = stride * (program->params.l + 1);
  if (size > encoder->intermediate_capacity) {
    uint8_t *memory = rq_malloc_aligned (size);

    if (memory == NULL)
      return false;
    rq_free (encoder->intermediate);
    encoder->intermediate = memory;
    encoder->intermediate_capacity = size;
  }
  if (rq_program_run (program, encoder->symbols, encoder->k_prime, encoder->t,
          NULL, encoder->intermediate, stride, &encoder->scratch) != RQ_OK)
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
    rq_wanted_add (&encoder->wanted, program, esi + i + padding, out[i]);
  rq_wanted_finish (&encoder->wanted);
  if (encoder->has_intermediate) {
    rq_program_write (encoder->intermediate, encoder->intermediate_stride,
        encoder->t, &encoder->wanted.wanted);
    return RQ_OK;
  }
  return rq_program_run (program, encoder->symbols, encoder->k_prime,
      encoder->t, &encoder->wanted.wanted, NULL, 0, &encoder->scratch);
}

static bool
get_entry (RqEncoder *encoder)
{
  if (encoder->entry == NULL)
    encoder->entry = rq_cache_get (encoder->cache, encoder->k_prime);
  return encoder->entry != NULL;
}

/* ---- With the generator ---------------------------------------------------- */

/* Rows of @count repair symbols from @isi on; those made last are kept, because
   blocks of a stream mostly want the same ones. */
static bool
prepare_rows (RqEncoder *encoder, const RqGenerator *generator, uint32_t isi,
    uint32_t count)
{
  size_t bytes = count * generator->stride;

  if (encoder->rows_k_prime == encoder->k_prime && encoder->row_isi == isi &&
      encoder->n_rows >= count)
    return true;
  if (bytes > encoder->rows_capacity) {
    uint8_t *rows = rq_malloc_aligned (bytes);

    if (rows == NULL)
      return false;
    rq_free (encoder->rows);
    encoder->rows = rows;
    encoder->rows_capacity = bytes;
  }
  for (uint32_t i = 0; i < count; i++)
    rq_generator_row (
        generator, isi + i, encoder->rows + i * generator->stride);
  encoder->rows_k_prime = encoder->k_prime;
  encoder->row_isi = isi;
  encoder->n_rows = count;
  return true;
}

/* False when it cannot be done for want of memory: then the program may do. */
static bool
write_dense (
    RqEncoder *encoder, uint32_t esi, uint32_t count, uint8_t *const *out)
{
  const RqGenerator *generator =
      rq_cache_make_generator (encoder->cache, encoder->entry);
  RqProducts products = {
    .out = out, .n_out = count, .in = encoder->symbols, .n_in = encoder->k
  };

  if (generator == NULL ||
      !prepare_rows (
          encoder, generator, esi + encoder->k_prime - encoder->k, count))
    return false;
  products.factors = encoder->rows;
  products.stride = generator->stride;
  rq_kernels ()->multiply (&products, 0, encoder->t);
  encoder->n_dense += count;
  return true;
}

/* Whether @total repair symbols of this source, those made before included, are
   cheaper this way: what is made one by one must not cost more in the end than
   all at once. */
static bool
dense_is_cheaper (const RqEncoder *encoder, uint32_t total)
{
  RqCacheEntry *entry = encoder->entry;
  RqSituation situation = { .kernels = rq_kernels (),
    .params = &rq_cache_entry_constraint (entry)->params,
    .t = encoder->t,
    .has_program = rq_cache_entry_program (entry) != NULL,
    .has_generator = rq_cache_entry_generator (entry) != NULL };

  if (encoder->was_run || total > RQ_ESI_MAX)
    return false;
  if (!situation.has_generator)
    situation.asked = rq_cache_entry_ask (entry);
  return rq_select_encoding (&situation, total) == RQ_ENGINE_DENSE;
}

/* ---- With the program ------------------------------------------------------ */

static RqStatus
write_by_program (
    RqEncoder *encoder, uint32_t esi, uint32_t count, uint8_t *const *out)
{
  uint32_t batch = batch_size (encoder);

  if (rq_cache_make_program (encoder->cache, encoder->entry) == NULL)
    return RQ_ERR_MEMORY;
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

static RqStatus
write_repair (
    RqEncoder *encoder, uint32_t esi, uint32_t count, uint8_t *const *out)
{
  if (!get_entry (encoder))
    return RQ_ERR_MEMORY;
  if (dense_is_cheaper (encoder, encoder->n_dense + count) &&
      write_dense (encoder, esi, count, out))
    return RQ_OK;
  return write_by_program (encoder, esi, count, out);
}

uint32_t
rq_encoder_portion (RqEncoder *encoder, uint32_t total)
{
  if (encoder == NULL || !encoder->has_source || total == 0)
    return 0;
  if (!get_entry (encoder))
    return total;
  /* Intermediate symbols that are kept serve one symbol as well as many. */
  if (encoder->has_intermediate)
    return 1;
  if (dense_is_cheaper (encoder, total))
    return total < DENSE_PORTION ? total : DENSE_PORTION;
  return total;
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
