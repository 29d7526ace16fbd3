/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * decodereport.c: warnings about blocks that could not be rebuilt, with numbers,
 * at most one message a second: what is lost in between is summed up. Knows
 * messages, nothing of how blocks are decoded.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "decodereport.h"

GST_DEBUG_CATEGORY_EXTERN (gst_fec_decode_debug);
#define GST_CAT_DEFAULT gst_fec_decode_debug

void
gst_fec_decode_report_post (
    GstFecDecodeReport *report, GstElement *element, gboolean force)
{
  gint64 now = g_get_monotonic_time ();

  if (report->blocks == 0 ||
      (!force && report->posted && now - report->posted < G_USEC_PER_SEC))
    return;
  GST_ELEMENT_WARNING_WITH_DETAILS (element, STREAM, DECODE,
      ("Too many packets were lost to rebuild %u block(s) of the stream.",
          report->blocks),
      ("blocks %u to %u: %" G_GUINT64_FORMAT
       " symbols received, at least %" G_GUINT64_FORMAT " needed",
          report->first_toi, report->last_toi, report->received,
          report->needed),
      ("blocks", G_TYPE_UINT, report->blocks, "first-block", G_TYPE_UINT,
          report->first_toi, "last-block", G_TYPE_UINT, report->last_toi,
          "symbols-received", G_TYPE_UINT64, report->received, "symbols-needed",
          G_TYPE_UINT64, report->needed, NULL));
  *report = (GstFecDecodeReport){ .posted = now };
}

void
gst_fec_decode_report_lost (GstFecDecodeReport *report, GstElement *element,
    const GstFecDecodeItem *item)
{
  if (report->blocks++ == 0)
    report->first_toi = item->toi;
  report->last_toi = item->toi;
  if (item->block) {
    report->received += gst_fec_decode_block_have (item->block) +
        gst_fec_decode_block_repair (item->block);
    report->needed += MAX (gst_fec_decode_block_k (item->block),
        gst_fec_decode_block_span (item->block));
  }
  gst_fec_decode_report_post (report, element, FALSE);
}
