/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fecalccaps.c: the caps of packets between elements, and which media are byte streams. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "fecalccaps.h"

GstCaps *
fec_alc_caps_new (
    const FecChannelConfig *config, gboolean records, const GstCaps *media_caps)
{
  gint symbol_size = (gint) config->symbol_size;
  GstCaps *caps = gst_caps_new_simple (GST_FEC_ALC_MEDIA_TYPE, "tsi",
      G_TYPE_UINT, config->tsi, "symbol-size", G_TYPE_INT, symbol_size,
      "packet-size", G_TYPE_INT, symbol_size + GST_FEC_ALC_HEADER_SIZE,
      "framing", G_TYPE_STRING, records ? "records" : "raw", NULL);

  if (media_caps) {
    gchar *text = gst_caps_to_string (media_caps);

    gst_caps_set_simple (caps, "media-caps", G_TYPE_STRING, text, NULL);
    g_free (text);
  }
  return caps;
}

gboolean
fec_caps_are_byte_stream (const GstCaps *caps)
{
  const GstStructure *structure;
  gboolean system_stream = FALSE;

  if (!caps || gst_caps_is_any (caps) || gst_caps_is_empty (caps))
    return TRUE;
  structure = gst_caps_get_structure (caps, 0);
  if (gst_structure_has_name (structure, "video/mpeg"))
    gst_structure_get_boolean (structure, "systemstream", &system_stream);
  return system_stream || gst_structure_has_name (structure, "video/mpegts") ||
      gst_structure_has_name (structure, "application/octet-stream");
}
