/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * decoderequest.c: asks upstream for what is missing, by an event for each
 * block, and counts. Knows the sink pad; what is missing is decodemissing's.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "decoderequest.h"
#include "fecfeedback.h"

GST_DEBUG_CATEGORY_EXTERN (gst_fec_decode_debug);
#define GST_CAT_DEFAULT gst_fec_decode_debug

void
gst_fec_decode_request_missing (GstFecDecodeMissing *missing,
    const GstFecDecodeWindow *window, GstPad *sinkpad, guint32 tsi,
    GstClockTime now, GstFecDecodeStats *stats)
{
  FecSymbolsWanted wanted = { .tsi = tsi, .order = FEC_ORDER_ALL };

  while (gst_fec_decode_missing_next (
      missing, window, now, &wanted.toi, &wanted.count)) {
    GST_LOG_OBJECT (
        sinkpad, "block %u lacks %u symbols", wanted.toi, wanted.count);
    if (!gst_pad_push_event (sinkpad, fec_symbols_missing_event_new (&wanted)))
      continue;
    stats->requests++;
    stats->symbols_requested += wanted.count;
  }
}
