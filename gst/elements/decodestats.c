/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * decodestats.c: what fecdecode counts, and how it is shown. Plain numbers of
 * the thread that decodes; knows packets' errors, nothing of blocks or pads.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "decodestats.h"

/* A jump further than this is a sender that started anew, not loss. */
#define MAX_DROPOUT 16384

static const gchar *const malformed_fields[GST_FEC_ALC_N_ERRORS] = {
  [GST_FEC_ALC_TOO_SHORT] = "malformed-too-short",
  [GST_FEC_ALC_TOO_LONG] = "malformed-too-long",
  [GST_FEC_ALC_VERSION] = "malformed-version",
  [GST_FEC_ALC_CODEPOINT_UNKNOWN] = "malformed-codepoint",
  [GST_FEC_ALC_FLAGS] = "malformed-flags",
  [GST_FEC_ALC_HDR_LEN] = "malformed-header-length",
  [GST_FEC_ALC_EXTENSION] = "malformed-extension",
  [GST_FEC_ALC_OTI] = "malformed-oti",
  [GST_FEC_ALC_PAYLOAD_ID] = "malformed-payload-id",
};

static gboolean
sequence_test_and_set (GstFecDecodeSequence *sequence, guint16 seq)
{
  guint8 bit = 1 << (seq & 7);
  gboolean was = (sequence->seen[seq >> 3] & bit) != 0;

  sequence->seen[seq >> 3] |= bit;
  return was;
}

gboolean
gst_fec_decode_sequence_note (
    GstFecDecodeSequence *sequence, guint16 seq, GstFecDecodeStats *stats)
{
  gint16 ahead = (gint16) (guint16) (seq - sequence->next);

  if (!sequence->started || ahead > MAX_DROPOUT || ahead < -MAX_DROPOUT) {
    memset (sequence->seen, 0, sizeof sequence->seen);
    sequence->started = TRUE;
    sequence->next = seq + 1;
    sequence_test_and_set (sequence, seq);
    return FALSE;
  }
  if (ahead >= 0) {
    while (sequence->next != seq) {
      sequence->seen[sequence->next >> 3] &= ~(1 << (sequence->next & 7));
      sequence->next++;
      stats->packets_lost++;
    }
    sequence->next = seq + 1;
    sequence->seen[seq >> 3] |= 1 << (seq & 7);
    return FALSE;
  }
  if (sequence_test_and_set (sequence, seq))
    return TRUE;
  if (stats->packets_lost > 0)
    stats->packets_lost--;
  return FALSE;
}

void
gst_fec_decode_stats_note_delay (
    GstFecDecodeStats *stats, GstClockTime received, GstClockTime now)
{
  if (!GST_CLOCK_TIME_IS_VALID (received) || received > now)
    return;
  stats->delay_sum += now - received;
  stats->delay_max = MAX (stats->delay_max, now - received);
  stats->delay_count++;
}

GstStructure *
gst_fec_decode_stats_to_structure (const GstFecDecodeStats *stats)
{
  gdouble delay_avg = 0.0;
  GstStructure *s;
  guint i;

  if (stats->delay_count > 0)
    delay_avg =
        (gdouble) stats->delay_sum / (gdouble) stats->delay_count / GST_MSECOND;
  s = gst_structure_new ("application/x-fecdecode-stats", "packets-received",
      G_TYPE_UINT64, stats->packets_received, "packets-lost", G_TYPE_UINT64,
      stats->packets_lost, "packets-late", G_TYPE_UINT64, stats->packets_late,
      "packets-duplicate", G_TYPE_UINT64, stats->packets_duplicate,
      "packets-malformed", G_TYPE_UINT64, stats->packets_malformed,
      "packets-inconsistent", G_TYPE_UINT64, stats->packets_inconsistent,
      "packets-over-limit", G_TYPE_UINT64, stats->packets_over_limit,
      "packets-other-channel", G_TYPE_UINT64, stats->packets_other_channel,
      "packets-stray", G_TYPE_UINT64, stats->packets_stray, "bytes-skipped",
      G_TYPE_UINT64, stats->bytes_skipped, "blocks-complete", G_TYPE_UINT64,
      stats->blocks_complete, "blocks-repaired", G_TYPE_UINT64,
      stats->blocks_repaired, "blocks-lost", G_TYPE_UINT64, stats->blocks_lost,
      "blocks-skipped", G_TYPE_UINT64, stats->blocks_skipped, "blocks-pending",
      G_TYPE_UINT, stats->blocks_pending, "symbols-recovered", G_TYPE_UINT64,
      stats->symbols_recovered, "symbols-wasted", G_TYPE_UINT64,
      stats->symbols_wasted, "records-broken", G_TYPE_UINT64,
      stats->records_broken, "resyncs", G_TYPE_UINT64, stats->resyncs,
      "requests", G_TYPE_UINT64, stats->requests, "symbols-requested",
      G_TYPE_UINT64, stats->symbols_requested, "round-trip-ms", G_TYPE_DOUBLE,
      (gdouble) stats->round_trip / GST_MSECOND, "bytes-out", G_TYPE_UINT64,
      stats->bytes_out, "buffers-out", G_TYPE_UINT64, stats->buffers_out,
      "latency-ms", G_TYPE_DOUBLE, delay_avg, "latency-max-ms", G_TYPE_DOUBLE,
      (gdouble) stats->delay_max / GST_MSECOND, "memory-bytes", G_TYPE_UINT64,
      (guint64) stats->memory, "memory-max-bytes", G_TYPE_UINT64,
      (guint64) stats->memory_max, NULL);
  for (i = 0; i < GST_FEC_ALC_N_ERRORS; i++) {
    if (malformed_fields[i])
      gst_structure_set (
          s, malformed_fields[i], G_TYPE_UINT64, stats->malformed[i], NULL);
  }
  return s;
}
