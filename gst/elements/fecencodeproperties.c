/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fecencodeproperties.c: the properties of fecencode: names, ranges, defaults
 * and values.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "fecencodeproperties.h"

#define DEFAULT_SYMBOL_SIZE GST_FEC_DEFAULT_SYMBOL_SIZE
#define DEFAULT_BLOCK_DURATION (200 * GST_MSECOND)
#define DEFAULT_REPAIR 20
#define DEFAULT_REPAIR_TEXT G_STRINGIFY (DEFAULT_REPAIR)
#define DEFAULT_REPAIR_MIN 5
#define DEFAULT_REPAIR_MAX 100
#define DEFAULT_REPAIR_MIN_SYMBOLS 4
#define DEFAULT_FRAMING GST_FEC_FRAMING_AUTO
#define DEFAULT_TSI 1
#define DEFAULT_FIRST_TOI (-1)
#define DEFAULT_MAX_HOLD (20 * GST_MSECOND)
#define DEFAULT_MAX_SYMBOLS 4096

#define DEFAULT_HISTORY 2000
#define DEFAULT_HISTORY_BYTES (16 << 20)
#define DEFAULT_ESI_RANGE "0/1"

#define MIN_SYMBOL_SIZE 4
#define MAX_REPAIR 1000
#define MAX_REPAIR_MIN_SYMBOLS 1000
#define MAX_HISTORY (3600 * 1000)
#define MAX_DURATION (3600 * GST_SECOND)

/* All repair ESIs of the largest block are within 24 bits. */
G_STATIC_ASSERT (RQ_K_MAX + RQ_K_MAX / 100ull * MAX_REPAIR < RQ_ESI_MAX);

enum
{
  PROP_0,
  PROP_SYMBOL_SIZE,
  PROP_BLOCK_DURATION,
  PROP_REPAIR,
  PROP_REPAIR_MIN,
  PROP_REPAIR_MAX,
  PROP_REPAIR_MIN_SYMBOLS,
  PROP_FRAMING,
  PROP_TSI,
  PROP_FIRST_TOI,
  PROP_MAX_HOLD,
  PROP_MAX_SYMBOLS,
  PROP_HISTORY,
  PROP_HISTORY_BYTES,
  PROP_ESI_RANGE,
  PROP_STATS,
};

GType
gst_fec_framing_get_type (void)
{
  static const GEnumValue values[] = {
    { GST_FEC_FRAMING_AUTO, "Raw for byte streams, else records", "auto" },
    { GST_FEC_FRAMING_RAW, "Bytes only", "raw" },
    { GST_FEC_FRAMING_RECORDS, "Buffers and events", "records" },
    { 0, NULL, NULL },
  };
  static GType type = 0;

  if (g_once_init_enter (&type))
    g_once_init_leave (&type, g_enum_register_static ("GstFecFraming", values));
  return type;
}

static void
install_packet_properties (GObjectClass *klass)
{
  const GParamFlags flags =
      G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY;

  /**
   * GstFecEncode:symbol-size:
   *
   * Bytes of media in a packet (T); a packet is 40 bytes longer. A multiple of
   * 4 is coded fastest. UDP over Ethernet takes up to 1432 without being cut.
   */
  g_object_class_install_property (klass, PROP_SYMBOL_SIZE,
      g_param_spec_uint ("symbol-size", "Symbol size",
          "Bytes of media in a packet (T)", MIN_SYMBOL_SIZE,
          GST_FEC_ALC_MAX_SYMBOL, DEFAULT_SYMBOL_SIZE, flags));
  /**
   * GstFecEncode:framing:
   *
   * How the media lie in the blocks.
   */
  g_object_class_install_property (klass, PROP_FRAMING,
      g_param_spec_enum ("framing", "Framing",
          "How the media lie in the blocks", GST_TYPE_FEC_FRAMING,
          DEFAULT_FRAMING, flags));
  /**
   * GstFecEncode:tsi:
   *
   * Number of the channel (Transport Session Identifier, RFC 5651).
   */
  g_object_class_install_property (klass, PROP_TSI,
      g_param_spec_uint ("tsi", "TSI", "Number of the channel", 0, G_MAXUINT32,
          DEFAULT_TSI, flags));
  /**
   * GstFecEncode:first-toi:
   *
   * Number of the first block (Transport Object Identifier, RFC 5651). -1: the
   * wall clock in units of 10 ms, so that receivers take the blocks of a sender
   * that was started anew for later ones, as long as it makes no more than 100
   * blocks a second.
   */
  g_object_class_install_property (klass, PROP_FIRST_TOI,
      g_param_spec_int64 ("first-toi", "First TOI",
          "Number of the first block (-1 = from the wall clock)", -1,
          G_MAXUINT32, DEFAULT_FIRST_TOI, flags));
  /**
   * GstFecEncode:max-symbols:
   *
   * Largest number of packets of media in a block (K). Memory for twice as
   * many packets, and their repair, may be in use.
   */
  g_object_class_install_property (klass, PROP_MAX_SYMBOLS,
      g_param_spec_uint ("max-symbols", "Maximum symbols",
          "Largest number of symbols in a block (K)", 1, RQ_K_MAX,
          DEFAULT_MAX_SYMBOLS, flags));
  /**
   * GstFecEncode:esi-range:
   *
   * "i/n": this is sender i, 0 to n - 1, of n senders (64 at most) of the same
   * input with the same @first-toi, which all make other repair symbols. Those
   * above 0 send no source symbols, but as many repair symbols more.
   */
  g_object_class_install_property (klass, PROP_ESI_RANGE,
      g_param_spec_string ("esi-range", "ESI range",
          "i/n: which of n senders of the same input this is",
          DEFAULT_ESI_RANGE, flags));
}

static void
install_block_properties (GObjectClass *klass)
{
  const GParamFlags flags =
      G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING;

  /**
   * GstFecEncode:block-duration:
   *
   * Length of a block in nanoseconds, of media time where buffers have
   * timestamps. Longer blocks stand longer bursts of loss; repair of a loss
   * takes up to twice this time. A change takes effect with the next block.
   */
  g_object_class_install_property (klass, PROP_BLOCK_DURATION,
      g_param_spec_uint64 ("block-duration", "Block duration",
          "Length of a block (ns)", GST_MSECOND, MAX_DURATION,
          DEFAULT_BLOCK_DURATION, flags));
  /**
   * GstFecEncode:repair:
   *
   * Repair packets in percent of the source packets of a block, rounded up: a
   * number from 0 to 1000, or "auto": what nine of ten listeners need at the
   * loss they report, which a sink that hears their reports tells. A change
   * takes effect with the next block.
   */
  g_object_class_install_property (klass, PROP_REPAIR,
      g_param_spec_string ("repair", "Repair",
          "Repair packets in percent of the source packets, or auto",
          DEFAULT_REPAIR_TEXT, flags));
  /**
   * GstFecEncode:repair-min:
   *
   * Least repair in percent when @repair is "auto". A change takes effect with
   * the next block.
   */
  g_object_class_install_property (klass, PROP_REPAIR_MIN,
      g_param_spec_uint ("repair-min", "Least repair",
          "Least repair in percent when repair is auto", 0, MAX_REPAIR,
          DEFAULT_REPAIR_MIN, flags));
  /**
   * GstFecEncode:repair-max:
   *
   * Most repair in percent when @repair is "auto"; @repair-min when that is
   * more. A change takes effect with the next block.
   */
  g_object_class_install_property (klass, PROP_REPAIR_MAX,
      g_param_spec_uint ("repair-max", "Most repair",
          "Most repair in percent when repair is auto", 0, MAX_REPAIR,
          DEFAULT_REPAIR_MAX, flags));
  /**
   * GstFecEncode:repair-min-symbols:
   *
   * Least number of repair packets of a block, where @repair is not 0: a block
   * of few symbols would have nearly none by the percentage. A change takes
   * effect with the next block.
   */
  g_object_class_install_property (klass, PROP_REPAIR_MIN_SYMBOLS,
      g_param_spec_uint ("repair-min-symbols", "Least repair symbols",
          "Least number of repair packets of a block", 0,
          MAX_REPAIR_MIN_SYMBOLS, DEFAULT_REPAIR_MIN_SYMBOLS, flags));
  /**
   * GstFecEncode:max-hold:
   *
   * Longest time in nanoseconds that bytes wait for others to fill a packet.
   * A change takes effect with the next block.
   */
  g_object_class_install_property (klass, PROP_MAX_HOLD,
      g_param_spec_uint64 ("max-hold", "Maximum hold",
          "Longest time bytes wait for a packet to be full (ns)", 0,
          MAX_DURATION, DEFAULT_MAX_HOLD, flags));
  /**
   * GstFecEncode:history:
   *
   * How long in milliseconds closed blocks are kept, so that symbols which
   * nobody was sent before can be made when listeners lack some; 0: not at all.
   * A change takes effect with the next block.
   */
  g_object_class_install_property (klass, PROP_HISTORY,
      g_param_spec_uint ("history", "History",
          "How long closed blocks are kept for fresh symbols (ms)", 0,
          MAX_HISTORY, DEFAULT_HISTORY, flags));
  /**
   * GstFecEncode:history-bytes:
   *
   * Most bytes of packets of closed blocks that are kept; the oldest go first.
   * A change takes effect with the next block.
   */
  g_object_class_install_property (klass, PROP_HISTORY_BYTES,
      g_param_spec_uint64 ("history-bytes", "History bytes",
          "Most bytes of closed blocks that are kept for fresh symbols", 0,
          G_MAXUINT64, DEFAULT_HISTORY_BYTES, flags));
  /**
   * GstFecEncode:stats:
   *
   * Counters since the last start, a #GstStructure "fecencode-stats" with
   * the fields blocks, source-packets, repair-packets, repeated-packets,
   * early-packets, fresh-packets, fresh-unknown, fresh-refused, bytes-in, bytes-out, padding-bytes, unprotected-blocks, encode-time-us and
   * last-encode-time-us (guint64), last-toi, last-symbols, last-repair-symbols
   * (guint), repair-percent and loss-worst-tenth (gdouble).
   */
  g_object_class_install_property (klass, PROP_STATS,
      g_param_spec_boxed ("stats", "Statistics", "Counters since the start",
          GST_TYPE_STRUCTURE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
}

void
fec_encode_properties_install (GObjectClass *klass)
{
  install_packet_properties (klass);
  install_block_properties (klass);
  gst_type_mark_as_plugin_api (GST_TYPE_FEC_FRAMING, 0);
}

void
fec_encode_properties_init (FecEncodeProperties *properties)
{
  properties->config.tsi = DEFAULT_TSI;
  properties->config.symbol_size = DEFAULT_SYMBOL_SIZE;
  properties->config.max_symbols = DEFAULT_MAX_SYMBOLS;
  properties->settings.repair = (FecRepairRule){
    .percent = DEFAULT_REPAIR,
    .min_percent = DEFAULT_REPAIR_MIN,
    .max_percent = DEFAULT_REPAIR_MAX,
    .min_symbols = DEFAULT_REPAIR_MIN_SYMBOLS,
  };
  properties->settings.block_duration = DEFAULT_BLOCK_DURATION;
  properties->settings.max_hold = DEFAULT_MAX_HOLD;
  properties->settings.history = DEFAULT_HISTORY * GST_MSECOND;
  properties->settings.history_bytes = DEFAULT_HISTORY_BYTES;
  properties->framing = DEFAULT_FRAMING;
  properties->first_toi = DEFAULT_FIRST_TOI;
}

typedef enum
{
  TAKEN,
  BAD_VALUE, /* a text that says nothing we know */
  UNKNOWN,
} Result;

static Result
set_value (FecEncodeProperties *properties, guint id, const GValue *value)
{
  FecRepairRule *repair = &properties->settings.repair;

  switch (id) {
    case PROP_SYMBOL_SIZE:
      properties->config.symbol_size = g_value_get_uint (value);
      break;
    case PROP_BLOCK_DURATION:
      properties->settings.block_duration = g_value_get_uint64 (value);
      break;
    case PROP_REPAIR_MIN_SYMBOLS:
      repair->min_symbols = g_value_get_uint (value);
      break;
    case PROP_REPAIR_MIN:
      repair->min_percent = g_value_get_uint (value);
      break;
    case PROP_REPAIR_MAX:
      repair->max_percent = g_value_get_uint (value);
      break;
    case PROP_REPAIR:
      if (!fec_repair_rule_parse (
              repair, g_value_get_string (value), MAX_REPAIR))
        return BAD_VALUE;
      break;
    case PROP_FRAMING:
      properties->framing = g_value_get_enum (value);
      break;
    case PROP_TSI:
      properties->config.tsi = g_value_get_uint (value);
      break;
    case PROP_FIRST_TOI:
      properties->first_toi = g_value_get_int64 (value);
      break;
    case PROP_MAX_HOLD:
      properties->settings.max_hold = g_value_get_uint64 (value);
      break;
    case PROP_MAX_SYMBOLS:
      properties->config.max_symbols = g_value_get_uint (value);
      break;
    case PROP_HISTORY:
      properties->settings.history = g_value_get_uint (value) * GST_MSECOND;
      break;
    case PROP_HISTORY_BYTES:
      properties->settings.history_bytes = g_value_get_uint64 (value);
      break;
    case PROP_ESI_RANGE:
      if (!fec_esi_range_parse (
              &properties->config.esi_range, g_value_get_string (value)))
        return BAD_VALUE;
      break;
    default:
      return UNKNOWN;
  }
  return TAKEN;
}

/* What fixes the shape of packets cannot change once they are made. */
static gboolean
may_change (GstElement *element, GParamSpec *pspec)
{
  gboolean running;

  if (!(pspec->flags & GST_PARAM_MUTABLE_READY))
    return TRUE;
  GST_OBJECT_LOCK (element);
  running = GST_STATE (element) > GST_STATE_READY ||
      GST_STATE_NEXT (element) > GST_STATE_READY;
  GST_OBJECT_UNLOCK (element);
  if (running)
    GST_ELEMENT_WARNING (element, LIBRARY, SETTINGS,
        ("Property \"%s\" was not changed: set it in state NULL or READY.",
            pspec->name),
        (NULL));
  return !running;
}

static void
warn_bad_value (GstElement *element, GParamSpec *pspec, const GValue *value)
{
  const gchar *text = g_value_get_string (value);

  GST_ELEMENT_WARNING (element, LIBRARY, SETTINGS,
      ("Property \"%s\" was not changed: \"%s\" is no value of it.",
          pspec->name, GST_STR_NULL (text)),
      (NULL));
}

gboolean
fec_encode_properties_change (FecEncodeProperties *properties,
    GstElement *element, guint id, const GValue *value, GParamSpec *pspec)
{
  Result result;
  GstClockTime hold_before, hold;

  if (!may_change (element, pspec))
    return TRUE;
  GST_OBJECT_LOCK (element);
  hold_before = properties->settings.max_hold;
  result = set_value (properties, id, value);
  hold = properties->settings.max_hold;
  GST_OBJECT_UNLOCK (element);

  if (result == BAD_VALUE)
    warn_bad_value (element, pspec, value);
  if (hold != hold_before)
    gst_element_post_message (
        element, gst_message_new_latency (GST_OBJECT (element)));
  return result != UNKNOWN;
}

static GstStructure *
make_stats (const FecEncodeStats *stats, const FecHeldLoss *loss)
{
  return gst_structure_new ("fecencode-stats", "blocks", G_TYPE_UINT64,
      stats->blocks, "source-packets", G_TYPE_UINT64, stats->source_packets,
      "repair-packets", G_TYPE_UINT64, stats->repair_packets,
      "repeated-packets", G_TYPE_UINT64, stats->repeated_packets,
      "early-packets", G_TYPE_UINT64, stats->early_packets, "fresh-packets",
      G_TYPE_UINT64, stats->fresh_packets, "fresh-unknown", G_TYPE_UINT64,
      stats->fresh_unknown, "fresh-refused", G_TYPE_UINT64,
      stats->fresh_refused, "bytes-in", G_TYPE_UINT64, stats->bytes_in,
      "bytes-out", G_TYPE_UINT64, stats->bytes_out, "padding-bytes",
      G_TYPE_UINT64, stats->padding_bytes, "unprotected-blocks", G_TYPE_UINT64,
      stats->unprotected_blocks, "last-toi", G_TYPE_UINT, stats->last_toi,
      "last-symbols", G_TYPE_UINT, stats->last_symbols, "last-repair-symbols",
      G_TYPE_UINT, stats->last_repair, "last-encode-time-us", G_TYPE_UINT64,
      stats->last_encode_time, "encode-time-us", G_TYPE_UINT64,
      stats->encode_time, "repair-percent", G_TYPE_DOUBLE,
      100.0 * stats->last_repair / MAX (stats->last_symbols, 1),
      "loss-worst-tenth", G_TYPE_DOUBLE, loss->told, NULL);
}

gboolean
fec_encode_properties_get (
    const FecEncodeProperties *properties, guint id, GValue *value)
{
  const FecRepairRule *repair = &properties->settings.repair;

  switch (id) {
    case PROP_SYMBOL_SIZE:
      g_value_set_uint (value, properties->config.symbol_size);
      break;
    case PROP_BLOCK_DURATION:
      g_value_set_uint64 (value, properties->settings.block_duration);
      break;
    case PROP_REPAIR_MIN_SYMBOLS:
      g_value_set_uint (value, repair->min_symbols);
      break;
    case PROP_REPAIR_MIN:
      g_value_set_uint (value, repair->min_percent);
      break;
    case PROP_REPAIR_MAX:
      g_value_set_uint (value, repair->max_percent);
      break;
    case PROP_REPAIR:
      g_value_take_string (value, fec_repair_rule_format (repair));
      break;
    case PROP_FRAMING:
      g_value_set_enum (value, properties->framing);
      break;
    case PROP_TSI:
      g_value_set_uint (value, properties->config.tsi);
      break;
    case PROP_FIRST_TOI:
      g_value_set_int64 (value, properties->first_toi);
      break;
    case PROP_MAX_HOLD:
      g_value_set_uint64 (value, properties->settings.max_hold);
      break;
    case PROP_MAX_SYMBOLS:
      g_value_set_uint (value, properties->config.max_symbols);
      break;
    case PROP_HISTORY:
      g_value_set_uint (
          value, (guint) (properties->settings.history / GST_MSECOND));
      break;
    case PROP_HISTORY_BYTES:
      g_value_set_uint64 (value, properties->settings.history_bytes);
      break;
    case PROP_ESI_RANGE:
      g_value_take_string (
          value, fec_esi_range_format (&properties->config.esi_range));
      break;
    case PROP_STATS:
      g_value_take_boxed (
          value, make_stats (&properties->stats, &properties->loss));
      break;
    default:
      return FALSE;
  }
  return TRUE;
}
