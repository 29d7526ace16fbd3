/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * decodeproperties.c: the properties of fecdecode: their ranges, defaults and
 * documentation. Knows settings and statistics, no locks: the element has them.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "decodeproperties.h"

#define DEFAULT_LATENCY 500
#define DEFAULT_MAX_BLOCKS 16
#define MIN_MAX_BLOCKS 4
#define MAX_MAX_BLOCKS 1024
#define DEFAULT_MAX_MEMORY (64u << 20)
#define MIN_MAX_MEMORY (256u << 10)
#define DEFAULT_TSI 0
#define DEFAULT_TIMESTAMP_MODE GST_FEC_DECODE_TIMESTAMPS_AUTO
#define DEFAULT_PACKET_SIZE 0
#define DEFAULT_BLOCK_EVENTS FALSE
#define DEFAULT_REQUEST_MISSING TRUE
#define DEFAULT_REQUEST_INTERVAL 0

enum
{
  PROP_0,
  PROP_LATENCY,
  PROP_MEDIA_CAPS,
  PROP_MAX_BLOCKS,
  PROP_MAX_MEMORY,
  PROP_TSI,
  PROP_TIMESTAMP_MODE,
  PROP_PACKET_SIZE,
  PROP_BLOCK_EVENTS,
  PROP_REQUEST_MISSING,
  PROP_REQUEST_INTERVAL,
  PROP_STATS,
};

#define GST_TYPE_FEC_DECODE_TIMESTAMP_MODE                                     \
  (gst_fec_decode_timestamp_mode_get_type ())
static GType
gst_fec_decode_timestamp_mode_get_type (void)
{
  static gsize type = 0;
  static const GEnumValue values[] = {
    { GST_FEC_DECODE_TIMESTAMPS_AUTO,
        "The time of arrival when upstream is live, else the sender's",
        "auto" },
    { GST_FEC_DECODE_TIMESTAMPS_SENDER, "The sender's timestamps as they are",
        "sender" },
    { GST_FEC_DECODE_TIMESTAMPS_ARRIVAL,
        "The sender's timestamps moved to the time of arrival", "arrival" },
    { 0, NULL, NULL },
  };

  if (g_once_init_enter (&type))
    g_once_init_leave (
        &type, g_enum_register_static ("GstFecDecodeTimestampMode", values));
  return type;
}

void
gst_fec_decode_properties_install (GObjectClass *klass)
{
  const GParamFlags flags =
      G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING;

  /**
   * GstFecDecode:latency:
   *
   * Longest time in milliseconds that data which came is held back in a live
   * pipeline for repair of what is missing before it. Twice the sender's
   * block-duration and some for the network's jitter.
   */
  g_object_class_install_property (klass, PROP_LATENCY,
      g_param_spec_uint ("latency", "Latency",
          "Longest wait for repair in live pipelines, in ms", 0, 3600000,
          DEFAULT_LATENCY, flags));
  /**
   * GstFecDecode:media-caps:
   *
   * Caps of the bytes in raw framing, where the field media-caps of the
   * packets' caps does not tell them. NULL: their type is found in the first
   * 64 KiB.
   */
  g_object_class_install_property (klass, PROP_MEDIA_CAPS,
      g_param_spec_boxed ("media-caps", "Media caps",
          "Caps of raw bytes where the packets' caps do not tell them "
          "(NULL: find the type)",
          GST_TYPE_CAPS, flags));
  /**
   * GstFecDecode:max-blocks:
   *
   * Most blocks that are received at once; when the last of them begins the
   * oldest is given up.
   */
  g_object_class_install_property (klass, PROP_MAX_BLOCKS,
      g_param_spec_uint ("max-blocks", "Maximum blocks",
          "Most blocks kept at once", MIN_MAX_BLOCKS, MAX_MAX_BLOCKS,
          DEFAULT_MAX_BLOCKS, flags));
  /**
   * GstFecDecode:max-memory:
   *
   * Most bytes of symbols stored. Working memory of the codec while it
   * rebuilds a block, and what downstream keeps, come on top.
   */
  g_object_class_install_property (klass, PROP_MAX_MEMORY,
      g_param_spec_uint ("max-memory", "Maximum memory",
          "Most bytes of symbols kept at once", MIN_MAX_MEMORY, G_MAXUINT,
          DEFAULT_MAX_MEMORY, flags));
  /**
   * GstFecDecode:tsi:
   *
   * The channel (TSI) to decode; packets of others are dropped and counted. 0:
   * the channel that the packets' caps tell, else the first one heard.
   */
  g_object_class_install_property (klass, PROP_TSI,
      g_param_spec_uint ("tsi", "TSI",
          "Channel to decode (0: the caps', else the first one heard)", 0,
          G_MAXUINT, DEFAULT_TSI, flags));
  /**
   * GstFecDecode:timestamp-mode:
   *
   * Whether buffers have the sender's time or that of their arrival.
   */
  g_object_class_install_property (klass, PROP_TIMESTAMP_MODE,
      g_param_spec_enum ("timestamp-mode", "Timestamp mode",
          "Whose time buffers have", GST_TYPE_FEC_DECODE_TIMESTAMP_MODE,
          DEFAULT_TIMESTAMP_MODE, flags));
  /**
   * GstFecDecode:packet-size:
   *
   * Bytes of a packet in a stream of bytes; 0: found by the header that
   * repeats.
   */
  g_object_class_install_property (klass, PROP_PACKET_SIZE,
      g_param_spec_uint ("packet-size", "Packet size",
          "Bytes of a packet in a byte stream (0: find out)", 0,
          GST_FEC_ALC_MAX_PACKET, DEFAULT_PACKET_SIZE, flags));
  /**
   * GstFecDecode:block-events:
   *
   * Whether an event “fec-block-end” follows the bytes of each block, for who
   * has to know which packets are not needed any more.
   */
  g_object_class_install_property (klass, PROP_BLOCK_EVENTS,
      g_param_spec_boolean ("block-events", "Block events",
          "Push an event behind the bytes of each block", DEFAULT_BLOCK_EVENTS,
          flags));
  /**
   * GstFecDecode:request-missing:
   *
   * Whether upstream is asked for symbols that a block lacks.
   */
  g_object_class_install_property (klass, PROP_REQUEST_MISSING,
      g_param_spec_boolean ("request-missing", "Request missing",
          "Ask upstream for symbols that are missing", DEFAULT_REQUEST_MISSING,
          flags));
  /**
   * GstFecDecode:request-interval:
   *
   * Milliseconds until a block that still lacks symbols is asked for again; 0:
   * twice the time that answers take, 50 ms at least.
   */
  g_object_class_install_property (klass, PROP_REQUEST_INTERVAL,
      g_param_spec_uint ("request-interval", "Request interval",
          "Time until a block is asked for again, in ms (0: by how long "
          "answers take)",
          0, 60000, DEFAULT_REQUEST_INTERVAL, flags));
  /**
   * GstFecDecode:stats:
   *
   * Counters since the element left READY; docs/elements/fecdecode.md says
   * what each field means.
   */
  g_object_class_install_property (klass, PROP_STATS,
      g_param_spec_boxed ("stats", "Statistics", "Statistics",
          GST_TYPE_STRUCTURE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
  gst_type_mark_as_plugin_api (GST_TYPE_FEC_DECODE_TIMESTAMP_MODE, 0);
}

void
gst_fec_decode_properties_init (GstFecDecodeSettings *settings)
{
  settings->latency = DEFAULT_LATENCY * GST_MSECOND;
  settings->max_blocks = DEFAULT_MAX_BLOCKS;
  settings->max_memory = DEFAULT_MAX_MEMORY;
  settings->tsi = DEFAULT_TSI;
  settings->timestamps = DEFAULT_TIMESTAMP_MODE;
  settings->packet_size = DEFAULT_PACKET_SIZE;
  settings->block_events = DEFAULT_BLOCK_EVENTS;
  settings->request_missing = DEFAULT_REQUEST_MISSING;
  settings->request_interval = DEFAULT_REQUEST_INTERVAL;
}

void
gst_fec_decode_properties_clear (GstFecDecodeSettings *settings)
{
  gst_clear_caps (&settings->media_caps);
}

gboolean
gst_fec_decode_properties_set (
    GstFecDecodeSettings *settings, guint prop_id, const GValue *value)
{
  switch (prop_id) {
    case PROP_LATENCY:
      settings->latency = g_value_get_uint (value) * GST_MSECOND;
      break;
    case PROP_MEDIA_CAPS:
      gst_caps_replace (
          &settings->media_caps, (GstCaps *) gst_value_get_caps (value));
      break;
    case PROP_MAX_BLOCKS:
      settings->max_blocks = g_value_get_uint (value);
      break;
    case PROP_MAX_MEMORY:
      settings->max_memory = g_value_get_uint (value);
      break;
    case PROP_TSI:
      settings->tsi = g_value_get_uint (value);
      break;
    case PROP_TIMESTAMP_MODE:
      settings->timestamps = g_value_get_enum (value);
      break;
    case PROP_PACKET_SIZE:
      settings->packet_size = g_value_get_uint (value);
      break;
    case PROP_BLOCK_EVENTS:
      settings->block_events = g_value_get_boolean (value);
      break;
    case PROP_REQUEST_MISSING:
      settings->request_missing = g_value_get_boolean (value);
      break;
    case PROP_REQUEST_INTERVAL:
      settings->request_interval = g_value_get_uint (value) * GST_MSECOND;
      break;
    default:
      return FALSE;
  }
  return TRUE;
}

gboolean
gst_fec_decode_properties_get (const GstFecDecodeSettings *settings,
    const GstFecDecodeStats *stats, guint prop_id, GValue *value)
{
  switch (prop_id) {
    case PROP_LATENCY:
      g_value_set_uint (value, settings->latency / GST_MSECOND);
      break;
    case PROP_MEDIA_CAPS:
      gst_value_set_caps (value, settings->media_caps);
      break;
    case PROP_MAX_BLOCKS:
      g_value_set_uint (value, settings->max_blocks);
      break;
    case PROP_MAX_MEMORY:
      g_value_set_uint (value, settings->max_memory);
      break;
    case PROP_TSI:
      g_value_set_uint (value, settings->tsi);
      break;
    case PROP_TIMESTAMP_MODE:
      g_value_set_enum (value, settings->timestamps);
      break;
    case PROP_PACKET_SIZE:
      g_value_set_uint (value, settings->packet_size);
      break;
    case PROP_BLOCK_EVENTS:
      g_value_set_boolean (value, settings->block_events);
      break;
    case PROP_REQUEST_MISSING:
      g_value_set_boolean (value, settings->request_missing);
      break;
    case PROP_REQUEST_INTERVAL:
      g_value_set_uint (
          value, (guint) (settings->request_interval / GST_MSECOND));
      break;
    case PROP_STATS:
      g_value_take_boxed (value, gst_fec_decode_stats_to_structure (stats));
      break;
    default:
      return FALSE;
  }
  return TRUE;
}
