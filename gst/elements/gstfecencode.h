/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gstfecencode.h: the element `fecencode`: media to ALC packets with RaptorQ repair. */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/**
 * GstFecFraming:
 * @GST_FEC_FRAMING_AUTO: raw for byte streams (no caps, video/mpegts, MPEG program streams,
 *   application/octet-stream), records for everything else
 * @GST_FEC_FRAMING_RAW: the bytes of the buffers and nothing else
 * @GST_FEC_FRAMING_RECORDS: buffers with timestamps and flags, caps, tags and other events
 *
 * How media lie in the blocks.
 */
typedef enum
{
  GST_FEC_FRAMING_AUTO,
  GST_FEC_FRAMING_RAW,
  GST_FEC_FRAMING_RECORDS,
} GstFecFraming;

#define GST_TYPE_FEC_FRAMING (gst_fec_framing_get_type ())
GType gst_fec_framing_get_type (void);

#define GST_TYPE_FEC_ENCODE (gst_fec_encode_get_type ())
G_DECLARE_FINAL_TYPE (GstFecEncode, gst_fec_encode, GST, FEC_ENCODE, GstElement)

GST_ELEMENT_REGISTER_DECLARE (fecencode);

G_END_DECLS
