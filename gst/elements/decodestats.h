/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * decodestats.h: what fecdecode counts, and how it is shown. Plain numbers of
 * the thread that decodes; knows packets' errors, nothing of blocks or pads.
 */
#pragma once

#include <gst/gst.h>
#include <wire/alc.h>

G_BEGIN_DECLS

/* Counters since the element left READY; see docs/elements/fecdecode.md. */
typedef struct
{
  guint64 packets_received;
  guint64 packets_lost;
  guint64 packets_late;
  guint64 packets_duplicate;
  guint64 packets_malformed;
  guint64 malformed[GST_FEC_ALC_N_ERRORS];
  guint64 packets_inconsistent;
  guint64 packets_over_limit;
  guint64 packets_other_channel;
  guint64 packets_stray;
  guint64 bytes_skipped;
  guint64 blocks_complete;
  guint64 blocks_repaired;
  guint64 blocks_lost;
  guint64 blocks_skipped;
  guint64 symbols_recovered;
  guint64 symbols_wasted;
  guint64 records_broken;
  guint64 resyncs;
  guint64 requests;
  guint64 symbols_requested;
  GstClockTime round_trip;
  guint64 bytes_out;
  guint64 buffers_out;
  GstClockTime delay_sum;
  GstClockTime delay_max;
  guint64 delay_count;
  gsize memory;
  gsize memory_max;
  guint blocks_pending;
} GstFecDecodeStats;

/* Which sequence numbers of a channel were seen: tells loss and duplicates. */
typedef struct
{
  gboolean started;
  guint16 next;
  guint8 seen[65536 / 8];
} GstFecDecodeSequence;

/*
 * Notes that a packet with @seq came; @stats' packets_lost grows by the numbers
 * jumped over and shrinks when one of them comes after all. Returns TRUE when
 * the number was seen before, not long ago.
 */
gboolean gst_fec_decode_sequence_note (
    GstFecDecodeSequence *sequence, guint16 seq, GstFecDecodeStats *stats);

/* Notes that a symbol that came at @received (NONE: it did not) leaves @now. */
void gst_fec_decode_stats_note_delay (
    GstFecDecodeStats *stats, GstClockTime received, GstClockTime now);

/* The "stats" property; transfer full. */
GstStructure *gst_fec_decode_stats_to_structure (
    const GstFecDecodeStats *stats);

G_END_DECLS
