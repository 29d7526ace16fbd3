/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * objectdecoder.c: rebuilds a whole object in the caller's memory. Knows
 * decoder, object, cache and parallel.
 *
 * Memory is taken for a block when its first symbol comes and given back when
 * it is whole: a decoder, and places for the symbols that do not lie in the
 * object in one piece.
 */
#include "raptorq.h"

#include <string.h>

#include "alloc.h"
#include "cache.h"

typedef struct
{
  RqDecoder *decoder; /* NULL before the first symbol and when it is whole */
  uint8_t *elsewhere; /* see find_places() */
  bool whole;
} Block;

struct _RqObjectDecoder
{
  RqCache *cache;
  RqOti oti;
  uint8_t *object;
  Block blocks[RQ_Z_MAX];
};

/* ---- Life ----------------------------------------------------------------- */

static RqStatus
check_arguments (const RqOti *oti, const uint8_t *object)
{
  RqStatus status;

  if (oti == NULL || object == NULL)
    return RQ_ERR_ARGUMENT;
  status = rq_oti_check (oti);
  if (status != RQ_OK)
    return status;
  if (oti->transfer_length != (size_t) oti->transfer_length)
    return RQ_ERR_SIZE;
  return RQ_OK;
}

RqObjectDecoder *
rq_object_decoder_new (
    RqCache *cache, const RqOti *oti, uint8_t *object, RqStatus *status)
{
  RqObjectDecoder *decoder = NULL;
  RqStatus result = check_arguments (oti, object);

  if (result == RQ_OK) {
    decoder = rq_calloc (1, sizeof *decoder);
    if (decoder == NULL)
      result = RQ_ERR_MEMORY;
  }
  if (decoder != NULL) {
    decoder->cache = rq_cache_ref (cache);
    decoder->oti = *oti;
    decoder->object = object;
  }
  if (status != NULL)
    *status = result;
  return decoder;
}

static void
clear_block (Block *block)
{
  rq_decoder_free (block->decoder);
  rq_free (block->elsewhere);
  block->decoder = NULL;
  block->elsewhere = NULL;
}

void
rq_object_decoder_free (RqObjectDecoder *decoder)
{
  if (decoder == NULL)
    return;
  for (unsigned sbn = 0; sbn < decoder->oti.source_blocks; sbn++)
    clear_block (&decoder->blocks[sbn]);
  rq_cache_unref (decoder->cache);
  rq_free (decoder);
}

/* ---- A block's memory ----------------------------------------------------- */

/* Whether the object ends within the last symbol of block @sbn. */
static bool
is_cut_short (const RqOti *oti, unsigned sbn)
{
  return rq_oti_block_size (oti, sbn) % oti->symbol_size != 0;
}

/* Says where the symbols of block @sbn are to lie: in the object, but for a last
   one that it has no room for; all of them elsewhere when there are sub-blocks. */
static bool
find_places (RqObjectDecoder *decoder, unsigned sbn, uint8_t **places)
{
  const RqOti *oti = &decoder->oti;
  uint8_t *start = decoder->object + rq_oti_block_offset (oti, sbn);
  uint32_t k = rq_oti_block_symbols (oti, sbn);
  size_t t = oti->symbol_size;
  Block *block = &decoder->blocks[sbn];
  uint32_t n_elsewhere = is_cut_short (oti, sbn) ? 1 : 0;

  if (oti->sub_blocks > 1)
    n_elsewhere = k;
  if (n_elsewhere > 0) {
    if (n_elsewhere > SIZE_MAX / t)
      return false;
    block->elsewhere = rq_malloc (n_elsewhere * t);
    if (block->elsewhere == NULL)
      return false;
  }
  for (uint32_t i = 0; i < k - n_elsewhere; i++)
    places[i] = start + i * t;
  for (uint32_t i = 0; i < n_elsewhere; i++)
    places[k - n_elsewhere + i] = block->elsewhere + i * t;
  return true;
}

static RqStatus
start_block (RqObjectDecoder *decoder, unsigned sbn)
{
  Block *block = &decoder->blocks[sbn];
  uint32_t k = rq_oti_block_symbols (&decoder->oti, sbn);
  uint8_t **places = rq_realloc_array (NULL, k, sizeof *places);
  RqStatus status = RQ_ERR_MEMORY;

  if (places != NULL && find_places (decoder, sbn, places))
    block->decoder =
        rq_decoder_new (decoder->cache, k, decoder->oti.symbol_size, &status);
  if (block->decoder != NULL)
    status = rq_decoder_set_block (block->decoder, places);
  rq_free (places);
  if (status != RQ_OK)
    clear_block (block);
  return status;
}

/* Copies what lies elsewhere into the object. */
static void
finish_block (RqObjectDecoder *decoder, unsigned sbn)
{
  const RqOti *oti = &decoder->oti;
  uint8_t *start = decoder->object + rq_oti_block_offset (oti, sbn);
  uint32_t k = rq_oti_block_symbols (oti, sbn);
  Block *block = &decoder->blocks[sbn];
  const uint8_t *symbol = block->elsewhere;
  uint32_t esi = oti->sub_blocks > 1 ? 0 : k - 1;

  /* Cannot fail: @oti was checked. */
  for (; symbol != NULL && esi < k; esi++, symbol += oti->symbol_size)
    (void) rq_oti_put_symbol (oti, sbn, esi, symbol, start);
  clear_block (block);
  block->whole = true;
}

/* ---- Use ------------------------------------------------------------------ */

RqStatus
rq_object_decoder_add (
    RqObjectDecoder *decoder, unsigned sbn, uint32_t esi, const uint8_t *symbol)
{
  Block *block;

  if (decoder == NULL || symbol == NULL)
    return RQ_ERR_ARGUMENT;
  if (sbn >= decoder->oti.source_blocks)
    return RQ_ERR_OTI;
  if (esi > RQ_ESI_MAX)
    return RQ_ERR_ESI;
  block = &decoder->blocks[sbn];
  if (block->whole)
    return RQ_OK;
  if (block->decoder == NULL) {
    RqStatus status = start_block (decoder, sbn);

    if (status != RQ_OK)
      return status;
  }
  return rq_decoder_add (block->decoder, esi, symbol);
}

/* What @ask says of block @sbn, if it has begun. */
static uint32_t
ask_block (const RqObjectDecoder *decoder, unsigned sbn,
    uint32_t (*ask) (const RqDecoder *decoder))
{
  const Block *block;

  if (decoder == NULL || sbn >= decoder->oti.source_blocks)
    return 0;
  block = &decoder->blocks[sbn];
  if (block->whole)
    return 0;
  if (block->decoder == NULL)
    return rq_oti_block_symbols (&decoder->oti, sbn);
  return ask (block->decoder);
}

uint32_t
rq_object_decoder_missing (const RqObjectDecoder *decoder, unsigned sbn)
{
  return ask_block (decoder, sbn, rq_decoder_missing);
}

uint32_t
rq_object_decoder_needed (const RqObjectDecoder *decoder, unsigned sbn)
{
  return ask_block (decoder, sbn, rq_decoder_needed);
}

RqStatus
rq_object_decoder_decode (RqObjectDecoder *decoder, unsigned n_threads)
{
  RqDecoder *ready[RQ_Z_MAX] = { NULL };
  RqStatus statuses[RQ_Z_MAX];
  unsigned sbns[RQ_Z_MAX];
  unsigned n = 0;
  bool all = true;
  RqStatus status;

  if (decoder == NULL)
    return RQ_ERR_ARGUMENT;
  for (unsigned sbn = 0; sbn < decoder->oti.source_blocks; sbn++) {
    if (decoder->blocks[sbn].whole)
      continue;
    if (rq_object_decoder_needed (decoder, sbn) > 0) {
      all = false;
      continue;
    }
    ready[n] = decoder->blocks[sbn].decoder;
    sbns[n++] = sbn;
  }
  status = rq_decoders_decode (ready, statuses, n, n_threads);
  for (unsigned i = 0; i < n; i++) {
    if (statuses[i] == RQ_OK)
      finish_block (decoder, sbns[i]);
  }
  return status == RQ_OK && !all ? RQ_NEED_MORE : status;
}
