/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * codec-cells.h: what the codec's benchmark times. Knows codec-block and
 * raptorq.h.
 */
#pragma once

#include "codec-block.h"

G_BEGIN_DECLS

typedef enum
{
  CODEC_ENCODE_CACHED, /**< 10 % repair symbols, encoder and plan at hand */
  CODEC_ENCODE_COLD, /**< the same with an empty cache and a new encoder */
  CODEC_DECODE_LOSS, /**< new decoder until the block is whole */
  CODEC_DECODE_REPAIR_ONLY, /**< the same without any source symbol */
} CodecCellKind;

typedef struct
{
  CodecCellKind kind;
  guint loss; /**< percent of the source symbols */
  guint overhead; /**< symbols received beyond K */
} CodecCell;

/** Decodes that were tried, and those that needed more symbols than given. */
typedef struct
{
  guint tries;
  guint failures;
} CodecTries;

gboolean codec_cell_is_encode (const CodecCell *cell);

/** Repair symbols made, or source symbols recovered. */
guint codec_cell_symbols (const CodecCell *cell, const CodecBlock *block);

/**
 * Does what @cell says until @least seconds of it were timed, and compares all
 * that came out (not timed). Ends the program when it is wrong.
 *
 * @return seconds for one block, the median
 */
gdouble codec_cell_run (
    const CodecCell *cell, CodecBlock *block, gdouble least, CodecTries *tries);

G_END_DECLS
