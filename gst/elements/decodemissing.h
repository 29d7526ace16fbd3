/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * decodemissing.h: which blocks cannot be rebuilt with what has come, how many
 * symbols they lack, and when to ask for these. Knows blocks and packets, not
 * who is asked; time is a parameter (nanoseconds of any clock).
 *
 * A block is asked for once it can be told that its own packets do not suffice:
 * when a packet of a later block has come, or, for the newest one, when nothing
 * has come for a while. Packets that come of it anyway cost nothing: whoever
 * answers knows what is on its way.
 */
#pragma once

#include "decodestats.h"
#include "decodewindow.h"

G_BEGIN_DECLS

/* Most blocks that are asked for at once, and most times one is. */
#define GST_FEC_DECODE_MISSING_BLOCKS 32
#define GST_FEC_DECODE_MISSING_REQUESTS 16

typedef struct _GstFecDecodeMissing GstFecDecodeMissing;

/* @stats is borrowed; the round trip is noted there. */
GstFecDecodeMissing *gst_fec_decode_missing_new (GstFecDecodeStats *stats);
void gst_fec_decode_missing_free (GstFecDecodeMissing *missing);
/* Forgets what was asked for; the round trip stays. */
void gst_fec_decode_missing_reset (GstFecDecodeMissing *missing);

/*
 * @enabled: FALSE: nothing is asked for (the default). @interval: between two
 * requests of a block; 0: twice the round trip, 50 ms at least.
 */
void gst_fec_decode_missing_configure (
    GstFecDecodeMissing *missing, gboolean enabled, GstClockTime interval);

/* A packet of the channel came at @now. */
void gst_fec_decode_missing_note (GstFecDecodeMissing *missing,
    const GstFecAlcPacket *packet, GstClockTime now);

/*
 * The next block of @window that is to be asked for at @now, and for how many
 * symbols at least; from then on it counts as asked for. FALSE: none.
 */
gboolean gst_fec_decode_missing_next (GstFecDecodeMissing *missing,
    const GstFecDecodeWindow *window, GstClockTime now, guint32 *toi,
    guint32 *count);
/* When next() should be asked though no packet comes; NONE: never. */
GstClockTime gst_fec_decode_missing_deadline (
    const GstFecDecodeMissing *missing, const GstFecDecodeWindow *window);

G_END_DECLS
