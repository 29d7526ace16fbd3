/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz-oti.c: object transmission information from anywhere. Knows raptorq.h.
 *
 * Input: 12 bytes of OTI, then parameters for deriving one. Whatever passes the
 * check must cut its object without gaps.
 */
#include "raptorq.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* Symbols are taken only of blocks that are small. */
#define BLOCK_MAX 65536u

static void
must (bool condition)
{
  if (!condition)
    abort ();
}

static void
take_and_put (const RqOti *oti, unsigned sbn)
{
  size_t size = (size_t) rq_oti_block_size (oti, sbn);
  uint8_t *block = malloc (size);
  uint8_t *copy = calloc (size, 1);
  uint8_t *symbol = malloc (oti->symbol_size);

  for (size_t i = 0; i < size; i++)
    block[i] = (uint8_t) (i * 7 + 1);
  for (uint32_t esi = 0; esi < rq_oti_block_symbols (oti, sbn); esi++) {
    must (rq_oti_take_symbol (oti, sbn, esi, block, symbol) == RQ_OK);
    must (rq_oti_put_symbol (oti, sbn, esi, symbol, copy) == RQ_OK);
  }
  must (memcmp (block, copy, size) == 0);
  free (block);
  free (copy);
  free (symbol);
}

static void
check_blocks (const RqOti *oti)
{
  uint64_t offset = 0;

  for (unsigned sbn = 0; sbn < oti->source_blocks; sbn++) {
    uint32_t k = rq_oti_block_symbols (oti, sbn);
    uint64_t size = rq_oti_block_size (oti, sbn);

    must (k >= 1 && k <= RQ_K_MAX);
    must (rq_oti_block_offset (oti, sbn) == offset);
    must (size > 0 && size <= (uint64_t) k * oti->symbol_size);
    offset += size;
  }
  must (offset == oti->transfer_length);
  must (rq_oti_block_symbols (oti, oti->source_blocks) == 0);
  if (rq_oti_block_size (oti, oti->source_blocks - 1u) <= BLOCK_MAX)
    take_and_put (oti, oti->source_blocks - 1u);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  uint8_t wire[RQ_OTI_SIZE];
  RqOti oti;

  if (size < RQ_OTI_SIZE)
    return 0;
  if (rq_oti_read (&oti, data) == RQ_OK) {
    check_blocks (&oti);
    rq_oti_write (&oti, wire);
    must (memcmp (wire, data, 5) == 0);
    must (memcmp (wire + 6, data + 6, 6) == 0);
  }
  if (size >= RQ_OTI_SIZE + 16) {
    uint64_t length, memory = 0;
    uint16_t payload, min_sub;

    memcpy (&length, data + 12, 8);
    memcpy (&payload, data + 20, 2);
    memcpy (&min_sub, data + 22, 2);
    memcpy (&memory, data + 24, 4);
    if (rq_oti_derive (&oti, length & UINT64_C (0xffffffffff), payload,
            data[11], min_sub, memory << 4) == RQ_OK) {
      must (rq_oti_check (&oti) == RQ_OK);
      check_blocks (&oti);
    }
  }
  return 0;
}
