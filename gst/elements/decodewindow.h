/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * decodewindow.h: the blocks of a channel that are being received, in order.
 * Decides where a receiver begins, which block a packet belongs to, how long a
 * block with a hole is waited for, when a sender has started anew, and hands
 * on what can be released. Knows blocks, not pads; time is a parameter.
 */
#pragma once

#include "decodeblock.h"
#include "decodestats.h"

G_BEGIN_DECLS

typedef struct
{
  guint max_blocks; /* most blocks pending at once, at least 1 */
  gsize max_memory; /* most bytes stored */
  gboolean live; /* deadlines count; else only newer blocks */
  GstClockTime latency; /* longest that data which came is held back */
} GstFecDecodeWindowConfig;

typedef enum
{
  GST_FEC_DECODE_ITEM_DATA, /* symbols of block to hand on */
  GST_FEC_DECODE_ITEM_LOST, /* a block is given up; rests may follow */
  GST_FEC_DECODE_ITEM_BLOCK_END, /* nothing more of block follows */
  GST_FEC_DECODE_ITEM_END, /* the sender has closed the stream */
} GstFecDecodeItemType;

typedef struct
{
  GstFecDecodeItemType type;
  const GstFecDecodeBlock *block; /* until the next call; NULL: a LOST
                                           block of which nothing came */
  guint32 toi;
  guint32 first; /* DATA: first symbol */
  guint32 count; /* DATA: symbols */
  gboolean after_gap; /* DATA: symbols before it are missing */
} GstFecDecodeItem;

typedef struct _GstFecDecodeWindow GstFecDecodeWindow;

/* @stats is borrowed and counted into. */
GstFecDecodeWindow *gst_fec_decode_window_new (GstFecDecodeStats *stats);
void gst_fec_decode_window_free (GstFecDecodeWindow *window);

void gst_fec_decode_window_configure (
    GstFecDecodeWindow *window, const GstFecDecodeWindowConfig *config);
/* Forgets all blocks and where the stream is; statistics stay. */
void gst_fec_decode_window_reset (GstFecDecodeWindow *window);

/*
 * Takes a packet of the channel and counts what became of it. Afterwards
 * next() may have something to release. Three results ask for more:
 * STRAY: keep the packet (see stray_count()), OVER_LIMIT: press(), release and
 * add it again, RESYNC: drain(), release, reset() and add the packets kept.
 */
GstFecDecodeResult gst_fec_decode_window_add (GstFecDecodeWindow *window,
    const GstFecAlcPacket *packet, const GstFecDecodeTime *time);
/* Whether symbol @esi of block @toi is the very next one to be released. */
gboolean gst_fec_decode_window_expects (
    GstFecDecodeWindow *window, guint32 toi, guint32 esi);
/* Stray packets that agree with each other, the last one added included. */
guint gst_fec_decode_window_stray_count (const GstFecDecodeWindow *window);

/*
 * Memory is short for block @toi: gives up the oldest block. FALSE when that
 * would be the block itself or there is none.
 */
gboolean gst_fec_decode_window_press (GstFecDecodeWindow *window, guint32 toi);
/* From now on nothing is waited for. */
void gst_fec_decode_window_drain (GstFecDecodeWindow *window);

/* What to release next, in order; FALSE: nothing for now. */
gboolean gst_fec_decode_window_next (
    GstFecDecodeWindow *window, GstClockTime now, GstFecDecodeItem *item);
/* When next() should be asked again though no packet comes; NONE: never. */
GstClockTime gst_fec_decode_window_deadline (const GstFecDecodeWindow *window);

/*
 * Blocks that are still worth a packet, those between that nothing came of
 * included: none before the stream has begun and after its end.
 */
guint gst_fec_decode_window_pending (const GstFecDecodeWindow *window);
/* The @i-th of them, from the oldest on; NULL: nothing came of it. */
const GstFecDecodeBlock *gst_fec_decode_window_peek (
    const GstFecDecodeWindow *window, guint i, guint32 *toi);
/* Whether block @toi is one of them; *@block as peek() returns it. */
gboolean gst_fec_decode_window_find (const GstFecDecodeWindow *window,
    guint32 toi, const GstFecDecodeBlock **block);

G_END_DECLS
