/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fecrecode.c: fecencode with whole objects of another sender as input; see fecrecode.h. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "fecalccaps.h"
#include "fecrecode.h"

GST_DEBUG_CATEGORY_EXTERN (gst_fec_encode_debug);
#define GST_CAT_DEFAULT gst_fec_encode_debug

gboolean
fec_recode_answer_caps (GstQuery *query)
{
  GstCaps *filter, *objects, *answer;

  gst_query_parse_caps (query, &filter);
  if (!filter || gst_caps_is_any (filter))
    return FALSE;
  objects = gst_caps_new_empty_simple (FEC_OBJECT_MEDIA_TYPE);
  answer = gst_caps_merge (
      gst_caps_intersect (objects, filter), gst_caps_ref (filter));
  gst_query_set_caps_result (query, answer);
  gst_caps_unref (answer);
  gst_caps_unref (objects);
  return TRUE;
}

gboolean
fec_recode_configure (FecChannelConfig *config, const GstCaps *caps)
{
  FecObjectStream stream;

  if (!fec_object_caps_parse (caps, &stream))
    return FALSE;
  config->tsi = stream.tsi;
  config->symbol_size = stream.symbol_size;
  config->max_symbols = RQ_K_MAX;
  return TRUE;
}

GstCaps *
fec_recode_packet_caps (const FecChannelConfig *config, const GstCaps *caps)
{
  FecObjectStream stream;
  GstCaps *packets;

  fec_object_caps_parse (caps, &stream);
  packets = fec_alc_caps_new (config, stream.records, NULL);
  if (stream.media_caps)
    gst_caps_set_simple (
        packets, "media-caps", G_TYPE_STRING, stream.media_caps, NULL);
  return packets;
}

GstFlowReturn
fec_recode_take (FecEncoder *encoder, const FecChannelConfig *config,
    GstBuffer *buffer, GstClockTime position, GstClockTime now)
{
  FecObject object;

  if (!fec_object_of (buffer, &object) ||
      object.oti.symbol_size != config->symbol_size) {
    GST_WARNING ("dropping %" GST_PTR_FORMAT ": not an object of this channel",
        (gpointer) buffer);
    return GST_FLOW_OK;
  }
  return fec_encoder_take_object (encoder, buffer, &object, position, now);
}
