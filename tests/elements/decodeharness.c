/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * decodeharness.c: for tests of fecdecode: the element in a harness with a test
 * clock, and packets of blocks made for it.
 */
#include "decodeharness.h"

static guint16 next_seq;

TestBlock *
test_block_new_with (guint32 toi, GByteArray *bytes, guint8 flags)
{
  TestBlock *block = g_new0 (TestBlock, 1);

  block->toi = toi;
  block->t = TEST_T;
  block->flags = flags;
  block->bytes = bytes;
  return block;
}

TestBlock *
test_block_new (guint32 toi, gsize size)
{
  GByteArray *bytes = g_byte_array_new ();

  g_byte_array_set_size (bytes, size);
  for (gsize i = 0; i < size; i++)
    bytes->data[i] = (guint8) (1 + toi * 57 + i * 31 + i / 256);
  return test_block_new_with (toi, bytes, 0);
}

void
test_block_free (TestBlock *block)
{
  g_byte_array_unref (block->bytes);
  g_free (block);
}

guint32
test_block_k (const TestBlock *block)
{
  return (block->bytes->len + block->t - 1) / block->t;
}

static void
write_symbol (const TestBlock *block, guint32 esi, guint8 *out)
{
  RqEncoder *encoder =
      rq_encoder_new (NULL, test_block_k (block), block->t, NULL);
  guint8 *outs[] = { out };

  fail_unless_equals_int (rq_encoder_set_source_block (encoder,
                              block->bytes->data, block->bytes->len, block->t),
      RQ_OK);
  fail_unless_equals_int (rq_encoder_write (encoder, esi, 1, outs), RQ_OK);
  rq_encoder_free (encoder);
}

GstBuffer *
test_packet_raw (const GstFecAlcPacket *alc, gsize size)
{
  guint8 *data = g_malloc0 (GST_FEC_ALC_HEADER_SIZE + size);

  gst_fec_alc_write_header (alc, data);
  return gst_buffer_new_wrapped (data, GST_FEC_ALC_HEADER_SIZE + size);
}

static GstBuffer *
make_packet (const TestBlock *block, guint32 esi, gboolean fti, guint16 seq,
    guint8 flags)
{
  guint32 k = test_block_k (block);
  GstFecAlcPacket alc = {
    .tsi = TEST_TSI,
    .toi = block->toi,
    .seq = seq,
    .has_block = TRUE,
    .block_flags = block->flags | flags,
    .close_session = (block->flags & GST_FEC_BLOCK_LAST) != 0,
    .has_oti =
        fti || esi >= k || (esi == k - 1 && block->bytes->len % block->t),
    .oti = { .transfer_length = block->bytes->len,
        .symbol_size = (guint16) block->t,
        .source_blocks = 1,
        .sub_blocks = 1,
        .alignment = gst_fec_alc_alignment (block->t) },
    .has_symbol = TRUE,
    .esi = esi,
    .symbol_size = block->t,
  };
  GstBuffer *buffer = test_packet_raw (&alc, block->t);
  GstMapInfo map;

  gst_buffer_map (buffer, &map, GST_MAP_WRITE);
  write_symbol (block, esi, map.data + GST_FEC_ALC_HEADER_SIZE);
  gst_buffer_unmap (buffer, &map);
  return buffer;
}

GstBuffer *
test_block_packet (const TestBlock *block, guint32 esi, gboolean fti)
{
  return make_packet (block, esi, fti, next_seq++, 0);
}

GstBuffer *
test_block_replacement (const TestBlock *block, guint32 esi)
{
  return make_packet (
      block, esi, TRUE, (guint16) (next_seq - 1), GST_FEC_BLOCK_REPLACEMENT);
}

static gboolean
not_live_query (GstPad *pad, GstObject *parent, GstQuery *query)
{
  if (GST_QUERY_TYPE (query) != GST_QUERY_LATENCY)
    return gst_pad_query_default (pad, parent, query);
  gst_query_set_latency (query, FALSE, 0, GST_CLOCK_TIME_NONE);
  return TRUE;
}

void
decode_setup (DecodeHarness *decode, const gchar *properties, gboolean live)
{
  gchar *launch = g_strdup_printf (
      "fecdecode media-caps=" RAW_CAPS " request-missing=false %s", properties);
  GstElement *element;

  decode->clock =
      GST_TEST_CLOCK (gst_test_clock_new_with_start_time (GST_SECOND));
  gst_system_clock_set_default (GST_CLOCK (decode->clock));
  element = gst_parse_launch (launch, NULL);
  gst_object_ref_sink (element);
  decode->harness = gst_harness_new_with_element (element, "sink", "src");
  gst_object_unref (element);
  decode->bus = gst_bus_new ();
  gst_element_set_bus (element, decode->bus);
  gst_element_set_clock (element, GST_CLOCK (decode->clock));
  gst_element_set_base_time (element, 0);
  if (!live)
    gst_pad_set_query_function (decode->harness->srcpad, not_live_query);
  gst_harness_set_src_caps_str (decode->harness, GST_FEC_ALC_MEDIA_TYPE);
  g_free (launch);
}

void
decode_teardown (DecodeHarness *decode)
{
  gst_element_set_bus (decode->harness->element, NULL);
  gst_harness_teardown (decode->harness);
  gst_bus_set_flushing (decode->bus, TRUE);
  gst_object_unref (decode->bus);
  gst_system_clock_set_default (NULL);
  gst_object_unref (decode->clock);
}

GstFlowReturn
decode_push (DecodeHarness *decode, GstBuffer *packet)
{
  return gst_harness_push (decode->harness, packet);
}

void
decode_push_range (
    DecodeHarness *decode, const TestBlock *block, guint32 from, guint32 to)
{
  for (guint32 esi = from; esi < to; esi++)
    fail_unless_equals_int (
        decode_push (decode, test_block_packet (block, esi, FALSE)),
        GST_FLOW_OK);
}

void
decode_push_block (DecodeHarness *decode, const TestBlock *block)
{
  guint32 last = test_block_k (block) - 1;

  decode_push_range (decode, block, 0, last);
  decode_push (decode, test_block_packet (block, last, TRUE));
}

void
decode_settle (DecodeHarness *decode)
{
  while (gst_harness_buffers_received (decode->harness) <
      decode_stat (decode, "buffers-out"))
    g_thread_yield ();
}

GByteArray *
decode_pull_bytes (DecodeHarness *decode)
{
  GByteArray *bytes = g_byte_array_new ();
  GstBuffer *buffer;
  GstMapInfo map;

  decode_settle (decode);
  while ((buffer = gst_harness_try_pull (decode->harness))) {
    gst_buffer_map (buffer, &map, GST_MAP_READ);
    g_byte_array_append (bytes, map.data, map.size);
    gst_buffer_unmap (buffer, &map);
    gst_buffer_unref (buffer);
  }
  return bytes;
}

void
decode_expect (
    DecodeHarness *decode, const TestBlock *block, gsize from, gsize to)
{
  GByteArray *bytes = decode_pull_bytes (decode);

  fail_unless_equals_int (bytes->len, to - from);
  fail_unless (memcmp (bytes->data, block->bytes->data + from, to - from) == 0);
  g_byte_array_unref (bytes);
}

void
decode_expect_block (DecodeHarness *decode, const TestBlock *block)
{
  decode_expect (decode, block, 0, block->bytes->len);
}

void
decode_expect_nothing (DecodeHarness *decode)
{
  decode_settle (decode);
  fail_unless_equals_int (gst_harness_buffers_in_queue (decode->harness), 0);
}

void
decode_crank (DecodeHarness *decode)
{
  gst_test_clock_wait_for_next_pending_id (decode->clock, NULL);
  fail_unless (gst_test_clock_crank (decode->clock));
}

guint64
decode_stat (DecodeHarness *decode, const gchar *field)
{
  GstStructure *stats;
  const GValue *value;
  guint64 number;

  g_object_get (decode->harness->element, "stats", &stats, NULL);
  value = gst_structure_get_value (stats, field);
  fail_unless (value != NULL, "no field %s", field);
  number = G_VALUE_HOLDS_UINT (value) ? g_value_get_uint (value)
                                      : g_value_get_uint64 (value);
  gst_structure_free (stats);
  return number;
}

GstMessage *
decode_pop_warning (DecodeHarness *decode)
{
  return gst_bus_pop_filtered (decode->bus, GST_MESSAGE_WARNING);
}
