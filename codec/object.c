/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * object.c: object transmission information and how objects are cut (RFC 6330
 * sections 3.3, 4.3 and 4.4.1.2). Knows params.
 */
#include "raptorq.h"

#include <stdbool.h>
#include <string.h>

#include "params.h"

/* Partition[I, J]: @n_large parts of @large, the others one less. */
typedef struct
{
  uint64_t large;
  uint64_t small;
  uint64_t n_large;
} Partition;

static uint64_t
divide_up (uint64_t a, uint64_t b)
{
  return a / b + (a % b != 0);
}

static Partition
partition (uint64_t i, uint64_t j)
{
  Partition parts;

  parts.small = i / j;
  parts.large = divide_up (i, j);
  parts.n_large = i - parts.small * j;
  return parts;
}

static uint64_t
total_symbols (const RqOti *oti)
{
  return divide_up (oti->transfer_length, oti->symbol_size);
}

static Partition
source_blocks (const RqOti *oti)
{
  return partition (total_symbols (oti), oti->source_blocks);
}

/* Symbols before source block @sbn. */
static uint64_t
symbols_before (const RqOti *oti, unsigned sbn)
{
  Partition blocks = source_blocks (oti);
  uint64_t large = sbn < blocks.n_large ? sbn : blocks.n_large;

  return large * blocks.large + (sbn - large) * blocks.small;
}

/* ---- Deriving and checking ------------------------------------------------ */

/* KL(n) of section 4.3. */
static uint32_t
largest_block (uint64_t max_memory, uint32_t t, uint32_t al, uint32_t n)
{
  uint64_t sub_symbol = (uint64_t) al * divide_up (t, (uint64_t) al * n);

  return rq_params_largest_k_prime (max_memory / sub_symbol);
}

RqStatus
rq_oti_derive (RqOti *oti, uint64_t length, uint16_t max_payload,
    uint8_t alignment, uint16_t min_sub, uint64_t max_memory)
{
  uint32_t t;
  uint32_t n_max;
  uint32_t kl;
  uint64_t kt;
  uint64_t z;

  if (oti == NULL || alignment == 0 || min_sub == 0)
    return RQ_ERR_ARGUMENT;
  t = (uint32_t) max_payload / alignment * alignment;
  if (t == 0)
    return RQ_ERR_T;
  if (length == 0 || length > RQ_F_MAX)
    return RQ_ERR_OTI;
  /* A symbol smaller than the least sub-symbol is not divided at all. */
  n_max = t / ((uint32_t) min_sub * alignment);
  if (n_max == 0)
    n_max = 1;
  kt = divide_up (length, t);
  kl = largest_block (max_memory, t, alignment, n_max);
  if (kl == 0)
    return RQ_ERR_OTI;
  z = divide_up (kt, kl);
  if (z > RQ_Z_MAX)
    return RQ_ERR_OTI;
  for (uint32_t n = 1; n <= n_max; n++) {
    if (divide_up (kt, z) > largest_block (max_memory, t, alignment, n))
      continue;
    oti->transfer_length = length;
    oti->symbol_size = (uint16_t) t;
    oti->source_blocks = (uint8_t) z;
    oti->sub_blocks = (uint16_t) n;
    oti->alignment = alignment;
    return RQ_OK;
  }
  return RQ_ERR_OTI;
}

RqStatus
rq_oti_check (const RqOti *oti)
{
  uint64_t kt;

  if (oti == NULL || oti->alignment == 0)
    return RQ_ERR_OTI;
  if (oti->symbol_size == 0 || oti->symbol_size % oti->alignment != 0)
    return RQ_ERR_T;
  if (oti->transfer_length == 0 || oti->transfer_length > RQ_F_MAX)
    return RQ_ERR_OTI;
  if (oti->sub_blocks == 0 ||
      (uint32_t) oti->sub_blocks * oti->alignment > oti->symbol_size)
    return RQ_ERR_OTI;
  kt = total_symbols (oti);
  if (oti->source_blocks == 0 || oti->source_blocks > kt ||
      divide_up (kt, oti->source_blocks) > RQ_K_MAX)
    return RQ_ERR_OTI;
  return RQ_OK;
}

/* ---- Over the wire -------------------------------------------------------- */

void
rq_oti_write (const RqOti *oti, uint8_t out[RQ_OTI_SIZE])
{
  if (oti == NULL || out == NULL)
    return;
  for (unsigned i = 0; i < 5; i++)
    out[i] = (uint8_t) (oti->transfer_length >> (8 * (4 - i)));
  out[5] = 0;
  out[6] = (uint8_t) (oti->symbol_size >> 8);
  out[7] = (uint8_t) oti->symbol_size;
  out[8] = oti->source_blocks;
  out[9] = (uint8_t) (oti->sub_blocks >> 8);
  out[10] = (uint8_t) oti->sub_blocks;
  out[11] = oti->alignment;
}

RqStatus
rq_oti_read (RqOti *oti, const uint8_t in[RQ_OTI_SIZE])
{
  if (oti == NULL || in == NULL)
    return RQ_ERR_ARGUMENT;
  oti->transfer_length = 0;
  for (unsigned i = 0; i < 5; i++)
    oti->transfer_length = oti->transfer_length << 8 | in[i];
  oti->symbol_size = (uint16_t) (in[6] << 8 | in[7]);
  oti->source_blocks = in[8];
  oti->sub_blocks = (uint16_t) (in[9] << 8 | in[10]);
  oti->alignment = in[11];
  return rq_oti_check (oti);
}

/* ---- Source blocks -------------------------------------------------------- */

/* Whether @oti can be computed with, true or not. */
static bool
can_be_cut (const RqOti *oti)
{
  return oti != NULL && oti->symbol_size != 0 && oti->source_blocks != 0;
}

uint32_t
rq_oti_block_symbols (const RqOti *oti, unsigned sbn)
{
  Partition blocks;

  if (!can_be_cut (oti) || sbn >= oti->source_blocks)
    return 0;
  blocks = source_blocks (oti);
  return (uint32_t) (sbn < blocks.n_large ? blocks.large : blocks.small);
}

uint64_t
rq_oti_block_offset (const RqOti *oti, unsigned sbn)
{
  if (!can_be_cut (oti))
    return 0;
  if (sbn >= oti->source_blocks)
    return oti->transfer_length;
  return symbols_before (oti, sbn) * oti->symbol_size;
}

uint64_t
rq_oti_block_size (const RqOti *oti, unsigned sbn)
{
  if (!can_be_cut (oti) || sbn >= oti->source_blocks)
    return 0;
  return rq_oti_block_offset (oti, sbn + 1) - rq_oti_block_offset (oti, sbn);
}

/* ---- Sub-blocks ----------------------------------------------------------- */

/* Where sub-symbol @n of a symbol lies, in the symbol and in the block. */
typedef struct
{
  size_t in_symbol;
  uint64_t in_block;
  size_t size;
  size_t there; /* bytes of it before the object's end */
} SubSymbol;

static SubSymbol
locate (const RqOti *oti, unsigned sbn, uint32_t esi, uint32_t n)
{
  Partition subs =
      partition (oti->symbol_size / oti->alignment, oti->sub_blocks);
  uint64_t block_size = rq_oti_block_size (oti, sbn);
  uint64_t large = n < subs.n_large ? n : subs.n_large;
  SubSymbol sub;

  sub.in_symbol =
      (size_t) (large * subs.large + (n - large) * subs.small) * oti->alignment;
  sub.size =
      (size_t) (n < subs.n_large ? subs.large : subs.small) * oti->alignment;
  sub.in_block = (uint64_t) rq_oti_block_symbols (oti, sbn) * sub.in_symbol +
      (uint64_t) esi * sub.size;
  sub.there = sub.size;
  if (sub.in_block >= block_size)
    sub.there = 0;
  else if (block_size - sub.in_block < sub.size)
    sub.there = (size_t) (block_size - sub.in_block);
  return sub;
}

RqStatus
rq_oti_take_symbol (const RqOti *oti, unsigned sbn, uint32_t esi,
    const uint8_t *block, uint8_t *symbol)
{
  if (rq_oti_check (oti) != RQ_OK || sbn >= oti->source_blocks)
    return RQ_ERR_OTI;
  if (block == NULL || symbol == NULL)
    return RQ_ERR_ARGUMENT;
  if (esi >= rq_oti_block_symbols (oti, sbn))
    return RQ_ERR_ESI;
  for (uint32_t n = 0; n < oti->sub_blocks; n++) {
    SubSymbol sub = locate (oti, sbn, esi, n);
    uint8_t *to = symbol + sub.in_symbol;

    if (sub.there > 0)
      memcpy (to, block + sub.in_block, sub.there);
    memset (to + sub.there, 0, sub.size - sub.there);
  }
  return RQ_OK;
}

RqStatus
rq_oti_put_symbol (const RqOti *oti, unsigned sbn, uint32_t esi,
    const uint8_t *symbol, uint8_t *block)
{
  if (rq_oti_check (oti) != RQ_OK || sbn >= oti->source_blocks)
    return RQ_ERR_OTI;
  if (block == NULL || symbol == NULL)
    return RQ_ERR_ARGUMENT;
  if (esi >= rq_oti_block_symbols (oti, sbn))
    return RQ_ERR_ESI;
  for (uint32_t n = 0; n < oti->sub_blocks; n++) {
    SubSymbol sub = locate (oti, sbn, esi, n);

    if (sub.there > 0)
      memcpy (block + sub.in_block, symbol + sub.in_symbol, sub.there);
  }
  return RQ_OK;
}
