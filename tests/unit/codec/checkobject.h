/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * checkobject.h: objects for tests, with the symbols of their blocks made one by
 * one. Knows check.h.
 */
#ifndef CODEC_CHECK_OBJECT_H
#define CODEC_CHECK_OBJECT_H

#include "check.h"

/** Objects cut in ways that differ. */
enum
{
  ONE_BYTE,
  ONE_PADDED,
  ONE_SYMBOL_A_BLOCK,
  MANY_BLOCKS,
  CUT_SHORT,
  ODD_SYMBOLS,
  SUB_BLOCKS,
  ODD_SUB_BLOCKS,
  EVEN_SUB_BLOCKS,
  MOST_BLOCKS,
  CHECK_OTIS,
};

static const RqOti check_otis[CHECK_OTIS] = {
  [ONE_BYTE] = { 1, 1, 1, 1, 1 },
  [ONE_PADDED] = { 1, 8, 1, 4, 2 },
  [ONE_SYMBOL_A_BLOCK] = { 640, 64, 10, 1, 4 },
  [MANY_BLOCKS] = { 6400, 64, 7, 1, 4 },
  [CUT_SHORT] = { 6401, 64, 7, 1, 4 },
  [ODD_SYMBOLS] = { 20011, 61, 4, 1, 1 },
  [SUB_BLOCKS] = { 10007, 64, 3, 5, 4 },
  [ODD_SUB_BLOCKS] = { 9999, 33, 2, 11, 3 },
  [EVEN_SUB_BLOCKS] = { 10240, 128, 8, 2, 8 },
  [MOST_BLOCKS] = { 30003, 20, 255, 1, 4 },
};

/** An object and, of each block, its symbols from ESI 0 to K + n_repair - 1. */
typedef struct
{
  RqOti oti;
  uint8_t *data;
  uint32_t n_repair;
  CheckSymbols symbols[RQ_Z_MAX];
} CheckObject;

static inline uint32_t
check_object_k (const CheckObject *object, unsigned sbn)
{
  return rq_oti_block_symbols (&object->oti, sbn);
}

/** Random bytes, in memory that ends where the object does. */
static inline CheckObject *
check_object_new (const RqOti *oti, uint32_t n_repair)
{
  CheckObject *object = calloc (1, sizeof *object);

  CHECK (object != NULL);
  CHECK_EQUAL (rq_oti_check (oti), RQ_OK);
  object->oti = *oti;
  object->n_repair = n_repair;
  object->data = malloc (oti->transfer_length);
  CHECK (object->data != NULL);
  for (uint64_t i = 0; i < oti->transfer_length; i++)
    object->data[i] = (uint8_t) check_random ();
  for (unsigned sbn = 0; sbn < oti->source_blocks; sbn++) {
    const uint8_t *block = object->data + rq_oti_block_offset (oti, sbn);
    uint32_t k = rq_oti_block_symbols (oti, sbn);
    CheckSymbols *symbols = &object->symbols[sbn];
    CheckSymbols source;
    RqEncoder *encoder;

    *symbols = check_symbols_new (k + n_repair, oti->symbol_size);
    for (uint32_t esi = 0; esi < k; esi++)
      CHECK_EQUAL (
          rq_oti_take_symbol (oti, sbn, esi, block, symbols->at[esi]), RQ_OK);
    source = *symbols;
    source.n = k;
    encoder = check_encoder (NULL, &source);
    CHECK_EQUAL (
        rq_encoder_write (encoder, k, n_repair, symbols->at + k), RQ_OK);
    rq_encoder_free (encoder);
  }
  return object;
}

static inline void
check_object_free (CheckObject *object)
{
  for (unsigned sbn = 0; sbn < object->oti.source_blocks; sbn++)
    check_symbols_free (&object->symbols[sbn]);
  free (object->data);
  free (object);
}

#endif
