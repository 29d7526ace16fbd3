/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* encodeharness.c: for tests of fecencode: the element in a harness, with a test clock. */
#include "encodeharness.h"

static gboolean
not_live_query (GstPad *pad, GstObject *parent, GstQuery *query)
{
  if (GST_QUERY_TYPE (query) != GST_QUERY_LATENCY)
    return gst_pad_query_default (pad, parent, query);
  gst_query_set_latency (query, FALSE, 0, GST_CLOCK_TIME_NONE);
  return TRUE;
}

void
encode_setup (EncodeHarness *encode, const gchar *launch, const gchar *caps,
    gboolean live)
{
  encode->clock = GST_TEST_CLOCK (gst_test_clock_new_with_start_time (0));
  gst_system_clock_set_default (GST_CLOCK (encode->clock));
  encode->harness = gst_harness_new_parse (launch);
  encode->packets = test_packets_new ();
  if (!live)
    gst_pad_set_query_function (encode->harness->srcpad, not_live_query);
  if (caps) {
    gst_harness_set_src_caps_str (encode->harness, caps);
  } else {
    GstSegment segment;

    gst_segment_init (&segment, GST_FORMAT_BYTES);
    gst_harness_play (encode->harness);
    gst_harness_push_event (encode->harness, gst_event_new_stream_start ("s"));
    gst_harness_push_event (encode->harness, gst_event_new_segment (&segment));
  }
}

void
encode_teardown (EncodeHarness *encode)
{
  g_array_unref (encode->packets);
  gst_harness_teardown (encode->harness);
  gst_system_clock_set_default (NULL);
  gst_object_unref (encode->clock);
}

GstBuffer *
encode_buffer (gsize size, guint8 first)
{
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, size, NULL);
  GstMapInfo map;

  gst_buffer_map (buffer, &map, GST_MAP_WRITE);
  for (gsize i = 0; i < size; i++)
    map.data[i] = (guint8) (first + i);
  gst_buffer_unmap (buffer, &map);
  return buffer;
}

void
encode_push (
    EncodeHarness *encode, gsize size, GstClockTime pts, gboolean delta)
{
  GstBuffer *buffer = encode_buffer (size, 0);

  GST_BUFFER_PTS (buffer) = pts;
  if (delta)
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DELTA_UNIT);
  fail_unless_equals_int (
      gst_harness_push (encode->harness, buffer), GST_FLOW_OK);
}

guint
encode_pull (EncodeHarness *encode)
{
  return test_packets_pull (encode->packets, encode->harness);
}

void
encode_crank_until (EncodeHarness *encode, guint n)
{
  for (;;) {
    /* Looked at first: a timer that waits has put out all it had to. */
    guint waiting = gst_test_clock_peek_id_count (encode->clock);

    encode_pull (encode);
    if (encode->packets->len >= n)
      return;
    if (waiting > 0)
      gst_test_clock_crank (encode->clock);
    else
      g_thread_yield ();
  }
}

GstClockTime
encode_now (EncodeHarness *encode)
{
  return gst_clock_get_time (GST_CLOCK (encode->clock));
}

const GstFecAlcPacket *
encode_packet (EncodeHarness *encode, guint index)
{
  return &test_packet (encode->packets, index)->alc;
}

guint64
encode_stat (EncodeHarness *encode, const gchar *field)
{
  GstElement *element = gst_harness_find_element (encode->harness, "fecencode");
  GstStructure *stats = NULL;
  const GValue *value;
  guint64 number;

  g_object_get (element, "stats", &stats, NULL);
  value = gst_structure_get_value (stats, field);
  fail_unless (value != NULL, "no field %s", field);
  number = G_VALUE_HOLDS_UINT (value) ? g_value_get_uint (value)
                                      : g_value_get_uint64 (value);
  gst_structure_free (stats);
  gst_object_unref (element);
  return number;
}
