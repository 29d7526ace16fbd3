/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fec-stream-chain.c: a table from media type to a parser, and the encoders for the rest.
 */
#include "fec-stream-chain.h"

/* The timestampers add the decoding times that Matroska does not hold and a transport stream needs. */
#define PARSED_H264                                                            \
  "h264parse config-interval=-1 ! "                                            \
  "video/x-h264,stream-format=byte-stream,alignment=au ! h264timestamper"
#define PARSED_H265                                                            \
  "h265parse config-interval=-1 ! "                                            \
  "video/x-h265,stream-format=byte-stream,alignment=au ! h265timestamper"
#define PARSED_AAC "aacparse ! capsfilter caps=audio/mpeg,stream-format=adts"

typedef struct
{
  const gchar *caps;
  const gchar *chain;
} Copy;

/* What mpegtsmux takes (its sink template, GStreamer 1.22) and players know. */
static const Copy copies[] = {
  { "video/x-h264", PARSED_H264 },
  { "video/x-h265", PARSED_H265 },
  { "video/mpeg, mpegversion=(int){1,2}, systemstream=(boolean)false",
      "mpegvideoparse" },
  { "video/mpeg, mpegversion=(int)4, systemstream=(boolean)false",
      "mpeg4videoparse config-interval=1" },
  { "audio/mpeg, mpegversion=(int)1", "mpegaudioparse" },
  { "audio/mpeg, mpegversion=(int){2,4}", PARSED_AAC },
  { "audio/x-ac3", "ac3parse" },
  { "audio/x-dts", "dcaparse" },
  { "audio/x-opus", "opusparse" },
};

/* Encoders in the order of preference. */
static const Copy video_encoders[] = {
  { "x264enc", "x264enc speed-preset=veryfast bitrate=4000 key-int-max=50" },
  { "openh264enc", "openh264enc bitrate=4000000 gop-size=50" },
};

static const Copy audio_encoders[] = {
  { "avenc_aac", "avenc_aac bitrate=160000 ! " PARSED_AAC },
  { "voaacenc", "voaacenc bitrate=160000 ! " PARSED_AAC },
  { "lamemp3enc", "lamemp3enc target=bitrate bitrate=192 ! mpegaudioparse" },
};

static const gchar *
find_copy (const GstCaps *caps)
{
  const gchar *chain = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (copies) && chain == NULL; i++) {
    GstCaps *known = gst_caps_from_string (copies[i].caps);

    if (gst_caps_can_intersect (caps, known))
      chain = copies[i].chain;
    gst_caps_unref (known);
  }
  return chain;
}

static const gchar *
find_encoder (const Copy *encoders, guint n)
{
  for (guint i = 0; i < n; i++) {
    GstElementFactory *factory = gst_element_factory_find (encoders[i].caps);

    if (factory != NULL) {
      gst_object_unref (factory);
      return encoders[i].chain;
    }
  }
  return NULL;
}

static const gchar *
media_type (const GstCaps *caps)
{
  if (gst_caps_is_any (caps) || gst_caps_is_empty (caps))
    return "";
  return gst_structure_get_name (gst_caps_get_structure (caps, 0));
}

GstFecStreamFate
gst_fec_stream_fate (const GstCaps *caps)
{
  const gchar *type = media_type (caps);

  if (find_copy (caps) != NULL)
    return GST_FEC_STREAM_COPY;
  if (g_str_has_prefix (type, "video/") || g_str_has_prefix (type, "audio/") ||
      g_str_has_prefix (type, "image/"))
    return GST_FEC_STREAM_ENCODE;
  return GST_FEC_STREAM_DROP;
}

static gchar *
describe_encoding (const GstCaps *caps, GError **error)
{
  gboolean audio = g_str_has_prefix (media_type (caps), "audio/");
  const gchar *encoder = audio
      ? find_encoder (audio_encoders, G_N_ELEMENTS (audio_encoders))
      : find_encoder (video_encoders, G_N_ELEMENTS (video_encoders));

  if (encoder == NULL) {
    g_set_error (error, GST_CORE_ERROR, GST_CORE_ERROR_MISSING_PLUGIN,
        "%s does not fit a transport stream and there is no encoder for it: "
        "install %s",
        media_type (caps),
        audio ? "avenc_aac or voaacenc" : "x264enc or openh264enc");
    return NULL;
  }
  if (audio)
    return g_strdup_printf ("decodebin ! audioconvert ! audioresample ! "
                            "audio/x-raw,rate=48000,channels=(int)[1,2] ! %s",
        encoder);
  return g_strdup_printf ("decodebin ! videoconvert ! "
                          "video/x-raw,format=I420 ! %s ! " PARSED_H264,
      encoder);
}

/* The chain begins with an element called "first": a decodebin leaves more than one sink pad unlinked for now. */
static gboolean
add_ghost_pads (GstElement *bin)
{
  GstElement *first = gst_bin_get_by_name (GST_BIN (bin), "first");
  GstPad *sink = gst_element_get_static_pad (first, "sink");
  GstPad *src = gst_bin_find_unlinked_pad (GST_BIN (bin), GST_PAD_SRC);
  gboolean found = src != NULL;

  if (found) {
    gst_element_add_pad (bin, gst_ghost_pad_new ("sink", sink));
    gst_element_add_pad (bin, gst_ghost_pad_new ("src", src));
    gst_object_unref (src);
  }
  gst_object_unref (sink);
  gst_object_unref (first);
  return found;
}

GstElement *
gst_fec_stream_chain_new (const GstCaps *caps, GError **error)
{
  GError *parse_error = NULL;
  GstElement *bin;
  gchar *chain = g_strdup (find_copy (caps));
  gchar *description;

  if (chain == NULL)
    chain = describe_encoding (caps, error);
  if (chain == NULL)
    return NULL;
  description = g_strconcat ("identity name=first ! ", chain, NULL);
  g_free (chain);

  bin = gst_parse_bin_from_description_full (
      description, FALSE, NULL, GST_PARSE_FLAG_FATAL_ERRORS, &parse_error);
  g_free (description);
  if (bin == NULL) {
    g_propagate_error (error, parse_error);
    return NULL;
  }
  g_clear_error (&parse_error);
  if (!add_ghost_pads (bin)) {
    g_set_error (error, GST_CORE_ERROR, GST_CORE_ERROR_PAD, "no chain for %s",
        media_type (caps));
    gst_object_unref (gst_object_ref_sink (bin));
    return NULL;
  }
  return bin;
}
