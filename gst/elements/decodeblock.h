/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * decodeblock.h: one source block being received. Keeps the symbols that came,
 * rebuilds the missing ones as soon as it can, and tells which bytes are there.
 * Knows the codec and the packets; nothing of other blocks, pads or time: what
 * the times given to it mean is the caller's business.
 *
 * Symbols lie in chunks of neighbouring symbols, allocated when the first of
 * them comes: a packet with an absurd ESI costs one chunk, and the bytes of a
 * chunk can be handed on without a copy. Everything is charged to a budget.
 */
#pragma once

#include <gst/gst.h>
#include <wire/alc.h>

G_BEGIN_DECLS

/* What all blocks of a channel may take, in bytes, and what they take. */
typedef struct
{
  gsize used;
  gsize peak;
  gsize max;
} GstFecDecodeBudget;

/* What became of a packet. */
typedef enum
{
  GST_FEC_DECODE_ADDED, /* it was taken */
  GST_FEC_DECODE_DUPLICATE, /* its symbol was there already */
  GST_FEC_DECODE_WASTED, /* its block was whole already */
  GST_FEC_DECODE_INCONSISTENT, /* it contradicts its block, or is not ours */
  GST_FEC_DECODE_OVER_LIMIT, /* no memory is left for it in the budget */
  GST_FEC_DECODE_LATE, /* its block was given up already */
  GST_FEC_DECODE_STRAY, /* too far from the blocks expected */
  GST_FEC_DECODE_RESYNC, /* the sender goes on elsewhere: start anew */
} GstFecDecodeResult;

/* When a symbol came. */
typedef struct
{
  GstClockTime received; /* NONE: it did not come, it was rebuilt */
  GstClockTime pts; /* time of arrival to give its bytes */
} GstFecDecodeTime;

typedef struct _GstFecDecodeBlock GstFecDecodeBlock;

/*
 * A block for packets like @packet (its T and framing count from now on).
 * @budget is charged and must outlive the block.
 */
GstFecDecodeBlock *gst_fec_decode_block_new (const GstFecAlcPacket *packet,
    const GstFecDecodeTime *time, GstFecDecodeBudget *budget);
/* NULL is allowed. Bytes handed out by wrap() stay valid. */
void gst_fec_decode_block_free (GstFecDecodeBlock *block);

/*
 * Takes what @packet says and carries; its symbol is copied. Rebuilds the block
 * when that has become possible. With OVER_LIMIT nothing was changed, or the
 * symbol was taken and only the rebuilding had to be put off.
 */
GstFecDecodeResult gst_fec_decode_block_add (GstFecDecodeBlock *block,
    const GstFecAlcPacket *packet, const GstFecDecodeTime *time);

guint32 gst_fec_decode_block_toi (const GstFecDecodeBlock *block);
/* F, T, Z, N and Al as they were announced; valid when K is known. */
const RqOti *gst_fec_decode_block_oti (const GstFecDecodeBlock *block);
/* GstFecBlockFlags seen so far; LAST and RANDOM_ACCESS may come later. */
guint8 gst_fec_decode_block_flags (const GstFecDecodeBlock *block);
/* T, in bytes. */
guint32 gst_fec_decode_block_symbol_size (const GstFecDecodeBlock *block);
/* K; 0 while it is not known. */
guint32 gst_fec_decode_block_k (const GstFecDecodeBlock *block);
/* Source symbols that are there, and how many of these were rebuilt. */
guint32 gst_fec_decode_block_have (const GstFecDecodeBlock *block);
guint32 gst_fec_decode_block_recovered (const GstFecDecodeBlock *block);
/* Repair symbols kept. */
guint32 gst_fec_decode_block_repair (const GstFecDecodeBlock *block);
/* Largest source ESI that came, plus one: K is at least that. */
guint32 gst_fec_decode_block_span (const GstFecDecodeBlock *block);
/* All K source symbols are there. */
gboolean gst_fec_decode_block_is_complete (const GstFecDecodeBlock *block);
/* How many source symbols are there without a gap from ESI 0. */
guint32 gst_fec_decode_block_prefix (const GstFecDecodeBlock *block);
/* The first run of symbols at or behind @from; FALSE when there is none. */
gboolean gst_fec_decode_block_find_run (const GstFecDecodeBlock *block,
    guint32 from, guint32 *first, guint32 *count);

/* When the first packet came, and when F became known (NONE: not yet). */
GstClockTime gst_fec_decode_block_first_time (const GstFecDecodeBlock *block);
GstClockTime gst_fec_decode_block_closed_time (const GstFecDecodeBlock *block);
/* Times of a source symbol that is there. */
GstFecDecodeTime gst_fec_decode_block_time (
    const GstFecDecodeBlock *block, guint32 esi);

/* Bytes of the block that end with symbol @esi - 1: F cuts the padding off. */
guint64 gst_fec_decode_block_bytes (
    const GstFecDecodeBlock *block, guint32 esi);
/*
 * The bytes from @offset as they lie in memory; *@size is set to how many are
 * side by side. All symbols touched must be there.
 */
const guint8 *gst_fec_decode_block_peek (
    const GstFecDecodeBlock *block, guint64 offset, gsize *size);
/* Copies @size bytes from @offset to @out; all symbols must be there. */
void gst_fec_decode_block_copy (
    const GstFecDecodeBlock *block, guint64 offset, guint8 *out, gsize size);
/*
 * Read-only memory of the bytes from @offset, at most *@size, without a copy;
 * *@size is set to what it holds. The memory may outlive the block.
 */
GstMemory *gst_fec_decode_block_wrap (
    const GstFecDecodeBlock *block, guint64 offset, gsize *size);

G_END_DECLS
