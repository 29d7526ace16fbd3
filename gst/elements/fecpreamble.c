/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fecpreamble.c: the records every block begins with in framing=records.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "fecpreamble.h"
#include "wire/record.h"

/* Only one stream goes through an element with one sink pad. */
#define STREAM 0

/* TRUE when there is no such event or it was written. */
static gboolean
write_sticky (GByteArray *out, GstPad *pad, GstEventType type)
{
  GstEvent *event = gst_pad_get_sticky_event (pad, type, 0);
  gboolean ok = TRUE;

  if (event) {
    ok = gst_fec_record_write_event (out, STREAM, event);
    gst_event_unref (event);
  }
  return ok;
}

static void
write_tags (GByteArray *out, GstPad *pad)
{
  GstEvent *event;

  for (guint i = 0;
       (event = gst_pad_get_sticky_event (pad, GST_EVENT_TAG, i)) != NULL;
       i++) {
    if (!gst_fec_record_write_event (out, STREAM, event))
      GST_WARNING_OBJECT (pad, "tags do not fit a record, left out");
    gst_event_unref (event);
  }
}

gboolean
fec_preamble_write (GByteArray *out, GstPad *pad, GstClockTime running_time)
{
  if (!write_sticky (out, pad, GST_EVENT_STREAM_START) ||
      !write_sticky (out, pad, GST_EVENT_CAPS) ||
      !write_sticky (out, pad, GST_EVENT_SEGMENT))
    return FALSE;
  write_tags (out, pad);
  gst_fec_record_write_clock (out, STREAM, running_time,
      (GstClockTime) g_get_real_time () * GST_USECOND);
  return TRUE;
}
