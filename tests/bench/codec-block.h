/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * codec-block.h: one source block of the codec's benchmark with its right
 * repair symbols, and copies of it that lose symbols. Knows raptorq.h.
 */
#pragma once

#include <glib.h>

#include "raptorq.h"

G_BEGIN_DECLS

/** Repair symbols there are beyond K: for loss patterns and second tries. */
#define CODEC_BLOCK_SPARE 16u

/** What a receiver has: some source symbols in their places, some repair
    symbols. */
typedef struct
{
  guint8 *data; /**< K symbols of T bytes, the lost ones zero */
  guint8 **symbols; /**< K places in data */
  guint *received; /**< ESIs of the source symbols that are there */
  guint n_received;
  guint *lost; /**< ESIs of those that are not */
  guint n_lost;
  guint first_repair; /**< the first repair symbol received: ESI K + this */
} CodecCopy;

typedef struct
{
  guint k;
  guint t; /**< bytes */
  guint8 *source; /**< K symbols, in one piece */
  guint8 **source_symbols;
  guint8 **repair; /**< K + CODEC_BLOCK_SPARE repair symbols, from ESI K */
  CodecCopy *copies;
  guint n_copies;

  guint n_encode; /**< repair symbols that encoding makes: 10 %, at least 1 */
  guint n_outputs; /**< places for such sets, so that each can be compared */
  guint8 **outputs; /**< n_encode symbols of each, one set after the other */

  RqCache *cache; /**< of its own, with the default cache's limit */
  RqEncoder *encoder; /**< with the plan in that cache */

  guint8 *data; /**< what the pointers above point into */
  GRand *random;
} CodecBlock;

CodecBlock *codec_block_new (guint k, guint t);
void codec_block_free (CodecBlock *block);

/** Source symbols that are lost at @percent: at least one, but none at 0. */
guint codec_block_count_lost (const CodecBlock *block, guint percent);

/** Takes @percent of the source symbols at random out of @copy. */
void codec_block_lose (CodecBlock *block, CodecCopy *copy, guint percent);

/** Ends the program when @copy is not the source. */
void codec_block_check_copy (
    const CodecBlock *block, const CodecCopy *copy, const gchar *whose);

/** Zeroes the first @n sets of outputs. */
void codec_block_clear_outputs (CodecBlock *block, guint n);

/** Ends the program when they are not all the right repair symbols. */
void codec_block_check_outputs (
    const CodecBlock *block, guint n, const gchar *whose);

G_END_DECLS
