/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * reception.h: what was received and lost, from the packets' sequence numbers and times of arrival. Pure; no memory.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** Sequence numbers below the highest that a second packet is known by. */
#define GST_FEC_RECEPTION_WINDOW 1024

typedef struct
{
  gboolean started;
  guint32 base; /**< extended sequence number of the first packet */
  guint32 highest; /**< extended highest sequence number */
  guint64 received; /**< packets since the first */
  guint64 received_since_base;
  guint64 lost_before_base;
  gint64 last_arrival;
  gint64 spacing_q4; /**< mean time between arrivals, microseconds times 16 */
  gint64 jitter_q4; /**< mean deviation from it, microseconds times 16 */
  guint64 seen[GST_FEC_RECEPTION_WINDOW / 64]; /**< bits of the newest ones */
} GstFecReception;

/**
 * Counts a packet with sequence number @seq that came at @arrival (microseconds). FALSE: it came before (by another
 * way), and is not counted again.
 */
gboolean gst_fec_reception_add (
    GstFecReception *reception, guint16 seq, gint64 arrival);
/** Packets that never came, of those before the highest; a late one lowers it. */
guint64 gst_fec_reception_get_lost (const GstFecReception *reception);
/**
 * Mean deviation of the time between arrivals from its own mean, smoothed like RFC 3550's jitter, microseconds. (Our
 * packets carry no time of sending that RFC 3550 could be followed with.)
 */
guint32 gst_fec_reception_get_jitter_us (const GstFecReception *reception);
/** Another source of the same packets begins: what was lost so far stays lost, the gap until then is not. */
void gst_fec_reception_resync (GstFecReception *reception);

G_END_DECLS
