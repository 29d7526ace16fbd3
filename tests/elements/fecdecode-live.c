/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fecdecode-live.c: tests of fecdecode's times and states: deadlines while the
 * input is silent, times of arrival, latency, end of stream, flush, restart.
 */
#include "decodeharness.h"

static GstBuffer *
at (GstBuffer *packet, GstClockTime pts)
{
  GST_BUFFER_PTS (packet) = pts;
  return packet;
}

GST_START_TEST (test_a_hole_is_waited_for_as_long_as_latency_says)
{
  TestBlock *block = test_block_new (1, 6 * TEST_T);
  GstBuffer *buffer;
  GstMessage *message;
  DecodeHarness decode;

  decode_setup (&decode, "latency=300", TRUE);
  decode_push_range (&decode, block, 0, 2);
  gst_test_clock_set_time (decode.clock, 1100 * GST_MSECOND);
  decode_push_range (&decode, block, 3, 5);
  decode_expect (&decode, block, 0, 2 * TEST_T);
  decode_crank (&decode);
  buffer = gst_harness_pull (decode.harness);
  fail_unless_equals_uint64 (
      gst_clock_get_time (GST_CLOCK (decode.clock)), 1400 * GST_MSECOND);
  fail_unless (GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DISCONT));
  gst_buffer_unref (buffer);
  gst_buffer_unref (gst_harness_pull (decode.harness));
  message = gst_bus_timed_pop_filtered (
      decode.bus, 10 * GST_SECOND, GST_MESSAGE_WARNING);
  fail_unless (message != NULL);
  gst_message_unref (message);
  decode_teardown (&decode);
  test_block_free (block);
}
GST_END_TEST;

GST_START_TEST (test_a_whole_block_that_is_missing_is_waited_for_as_long)
{
  TestBlock *first = test_block_new (1, 2 * TEST_T);
  TestBlock *third = test_block_new (3, 2 * TEST_T);
  DecodeHarness decode;

  decode_setup (&decode, "latency=300", TRUE);
  decode_push_block (&decode, first);
  decode_expect_block (&decode, first);
  decode_push_block (&decode, third);
  decode_expect_nothing (&decode);
  decode_crank (&decode);
  gst_buffer_unref (gst_harness_pull (decode.harness));
  gst_buffer_unref (gst_harness_pull (decode.harness));
  fail_unless_equals_uint64 (
      gst_clock_get_time (GST_CLOCK (decode.clock)), 1300 * GST_MSECOND);
  decode_teardown (&decode);
  test_block_free (first);
  test_block_free (third);
}
GST_END_TEST;

GST_START_TEST (test_live_raw_bytes_have_the_times_their_packets_came)
{
  TestBlock *block = test_block_new (1, 4 * TEST_T);
  static const guint64 wanted[] = { 2000, 2010, 2010, 2030 };
  DecodeHarness decode;

  decode_setup (&decode, "", TRUE);
  decode_push (
      &decode, at (test_block_packet (block, 0, FALSE), 2000 * GST_MSECOND));
  decode_push (
      &decode, at (test_block_packet (block, 1, FALSE), 2010 * GST_MSECOND));
  decode_push (
      &decode, at (test_block_packet (block, 3, FALSE), 2030 * GST_MSECOND));
  decode_push (
      &decode, at (test_block_packet (block, 4, TRUE), 2040 * GST_MSECOND));
  for (guint i = 0; i < 4; i++) {
    GstBuffer *buffer = gst_harness_pull (decode.harness);

    fail_unless (buffer != NULL);
    fail_unless_equals_uint64 (
        GST_BUFFER_PTS (buffer), wanted[i] * GST_MSECOND);
    gst_buffer_unref (buffer);
  }
  decode_teardown (&decode);
  test_block_free (block);
}
GST_END_TEST;

/* A block with a preamble and an empty buffer at each of the @times, in ms. */
static TestBlock *
timed_block (guint32 toi, GstClockTime time)
{
  GByteArray *bytes = g_byte_array_new ();
  GstBuffer *buffer = gst_buffer_new ();
  GstSegment segment;
  GstEvent *event;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  segment.start = 3600 * GST_SECOND;
  event = gst_event_new_segment (&segment);
  fail_unless (gst_fec_record_write_event (bytes, 0, event));
  gst_event_unref (event);
  GST_BUFFER_PTS (buffer) = segment.start + time;
  gst_fec_record_write_buffer_header (bytes, 0, buffer, 0, FALSE);
  gst_buffer_unref (buffer);
  return test_block_new_with (toi, bytes, GST_FEC_BLOCK_RECORDS);
}

static GstClockTime
pull_running_time (DecodeHarness *decode)
{
  GstBuffer *buffer = gst_harness_pull (decode->harness);
  GstPad *pad = GST_PAD_PEER (decode->harness->sinkpad);
  GstEvent *event = gst_pad_get_sticky_event (pad, GST_EVENT_SEGMENT, 0);
  const GstSegment *segment;
  GstClockTime time;

  fail_unless (buffer != NULL && event != NULL);
  gst_event_parse_segment (event, &segment);
  time = gst_segment_to_running_time (
      segment, GST_FORMAT_TIME, GST_BUFFER_PTS (buffer));
  gst_buffer_unref (buffer);
  gst_event_unref (event);
  return time;
}

static void
push_timed (
    DecodeHarness *decode, guint32 toi, GstClockTime time, GstClockTime pts)
{
  TestBlock *block = timed_block (toi, time);
  guint32 k = test_block_k (block);

  for (guint32 esi = 0; esi < k; esi++)
    decode_push (
        decode, at (test_block_packet (block, esi, esi == k - 1), pts));
  test_block_free (block);
}

GST_START_TEST (test_live_records_are_due_when_the_first_packet_came)
{
  DecodeHarness decode;

  decode_setup (&decode, "", TRUE);
  push_timed (&decode, 1, 20 * GST_SECOND, 2 * GST_SECOND);
  fail_unless_equals_uint64 (pull_running_time (&decode), 2 * GST_SECOND);
  /* jitter of the network is not the sender's */
  push_timed (&decode, 2, 21 * GST_SECOND, 3100 * GST_MSECOND);
  fail_unless_equals_uint64 (pull_running_time (&decode), 3 * GST_SECOND);
  /* but a sender that paused is */
  push_timed (&decode, 3, 22 * GST_SECOND, 14 * GST_SECOND);
  fail_unless_equals_uint64 (pull_running_time (&decode), 14 * GST_SECOND);
  decode_teardown (&decode);
}
GST_END_TEST;

GST_START_TEST (test_timestamp_mode_sender_leaves_the_senders_times)
{
  DecodeHarness decode;

  decode_setup (&decode, "timestamp-mode=sender", TRUE);
  push_timed (&decode, 1, 20 * GST_SECOND, 2 * GST_SECOND);
  fail_unless_equals_uint64 (pull_running_time (&decode), 20 * GST_SECOND);
  decode_teardown (&decode);
}
GST_END_TEST;

GST_START_TEST (test_latency_is_added_in_live_pipelines_only)
{
  DecodeHarness decode;

  decode_setup (&decode, "latency=250", TRUE);
  gst_harness_set_upstream_latency (decode.harness, 20 * GST_MSECOND);
  fail_unless_equals_uint64 (
      gst_harness_query_latency (decode.harness), 270 * GST_MSECOND);
  decode_teardown (&decode);
  decode_setup (&decode, "latency=250", FALSE);
  fail_unless_equals_uint64 (gst_harness_query_latency (decode.harness), 0);
  decode_teardown (&decode);
}
GST_END_TEST;

static gboolean
pull_eos (DecodeHarness *decode)
{
  GstEvent *event;
  gboolean eos = FALSE;

  while (!eos && (event = gst_harness_try_pull_event (decode->harness))) {
    eos = GST_EVENT_TYPE (event) == GST_EVENT_EOS;
    gst_event_unref (event);
  }
  return eos;
}

GST_START_TEST (test_end_of_stream_releases_what_is_there)
{
  TestBlock *block = test_block_new (1, 5 * TEST_T);
  DecodeHarness decode;

  decode_setup (&decode, "", FALSE);
  decode_push_range (&decode, block, 0, 1);
  decode_push_range (&decode, block, 3, 5);
  decode_expect (&decode, block, 0, TEST_T);
  fail_unless (gst_harness_push_event (decode.harness, gst_event_new_eos ()));
  decode_expect (&decode, block, 3 * TEST_T, 5 * TEST_T);
  fail_unless (pull_eos (&decode));
  decode_teardown (&decode);
  test_block_free (block);
}
GST_END_TEST;

GST_START_TEST (test_the_last_block_ends_the_stream)
{
  TestBlock *block = test_block_new (1, 5 * TEST_T);
  DecodeHarness decode;

  block->flags = GST_FEC_BLOCK_LAST;
  decode_setup (&decode, "", TRUE);
  decode_push_range (&decode, block, 0, 4);
  fail_if (pull_eos (&decode));
  fail_unless_equals_int (
      decode_push (&decode, test_block_packet (block, 4, TRUE)), GST_FLOW_EOS);
  decode_expect_block (&decode, block);
  while (!pull_eos (&decode))
    g_thread_yield ();
  fail_unless_equals_int (
      decode_push (&decode, test_block_packet (block, 5, TRUE)), GST_FLOW_EOS);
  decode_teardown (&decode);
  test_block_free (block);
}
GST_END_TEST;

/* Packets of others may come by the same pad: they must not be told to stop. */
GST_START_TEST (test_the_end_of_a_chosen_channel_is_not_that_of_others)
{
  TestBlock *block = test_block_new (1, 5 * TEST_T);
  DecodeHarness decode;

  block->flags = GST_FEC_BLOCK_LAST;
  decode_setup (&decode, "tsi=" G_STRINGIFY (TEST_TSI), TRUE);
  decode_push_range (&decode, block, 0, 4);
  fail_unless_equals_int (
      decode_push (&decode, test_block_packet (block, 4, TRUE)), GST_FLOW_OK);
  decode_expect_block (&decode, block);
  while (!pull_eos (&decode))
    g_thread_yield ();
  fail_unless_equals_int (
      decode_push (&decode, test_block_packet (block, 5, TRUE)), GST_FLOW_OK);
  decode_teardown (&decode);
  test_block_free (block);
}
GST_END_TEST;

GST_START_TEST (test_a_last_block_that_stays_broken_ends_the_stream_in_time)
{
  TestBlock *block = test_block_new (1, 5 * TEST_T);
  DecodeHarness decode;

  block->flags = GST_FEC_BLOCK_LAST;
  decode_setup (&decode, "latency=200", TRUE);
  decode_push_range (&decode, block, 0, 4);
  decode_expect (&decode, block, 0, 4 * TEST_T);
  decode_crank (&decode);
  while (!pull_eos (&decode))
    g_thread_yield ();
  fail_unless_equals_uint64 (
      gst_clock_get_time (GST_CLOCK (decode.clock)), 1200 * GST_MSECOND);
  decode_teardown (&decode);
  test_block_free (block);
}
GST_END_TEST;

GST_START_TEST (test_flush_forgets_what_was_received)
{
  TestBlock *block = test_block_new (1, 5 * TEST_T);
  TestBlock *other = test_block_new (900, 3 * TEST_T);
  GstSegment segment;
  DecodeHarness decode;

  decode_setup (&decode, "", FALSE);
  decode_push_range (&decode, block, 0, 1);
  decode_push_range (&decode, block, 3, 5);
  decode_expect (&decode, block, 0, TEST_T);
  gst_harness_push_event (decode.harness, gst_event_new_flush_start ());
  gst_harness_push_event (decode.harness, gst_event_new_flush_stop (TRUE));
  fail_unless_equals_uint64 (decode_stat (&decode, "blocks-pending"), 0);
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_harness_push_event (decode.harness, gst_event_new_segment (&segment));
  decode_push_block (&decode, other);
  decode_expect_block (&decode, other);
  decode_teardown (&decode);
  test_block_free (block);
  test_block_free (other);
}
GST_END_TEST;

GST_START_TEST (test_the_element_starts_again_after_it_was_stopped)
{
  TestBlock *block = test_block_new (50, 5 * TEST_T);
  TestBlock *other = test_block_new (3, 3 * TEST_T);
  GstElement *element;
  DecodeHarness decode;

  decode_setup (&decode, "", FALSE);
  element = decode.harness->element;
  decode_push_block (&decode, block);
  decode_expect_block (&decode, block);
  fail_unless_equals_int (gst_element_set_state (element, GST_STATE_READY),
      GST_STATE_CHANGE_SUCCESS);
  fail_unless_equals_int (gst_element_set_state (element, GST_STATE_PLAYING),
      GST_STATE_CHANGE_SUCCESS);
  fail_unless_equals_uint64 (decode_stat (&decode, "packets-received"), 0);
  gst_harness_push_event (decode.harness, gst_event_new_stream_start ("x"));
  gst_harness_set_src_caps_str (decode.harness, GST_FEC_ALC_MEDIA_TYPE);
  decode_push_block (&decode, other);
  decode_expect_block (&decode, other);
  decode_teardown (&decode);
  test_block_free (block);
  test_block_free (other);
}
GST_END_TEST;

static gpointer
push_blocked (gpointer data)
{
  DecodeHarness *decode = data;
  TestBlock *block = test_block_new (1, 5 * TEST_T);
  GstFlowReturn flow =
      decode_push (decode, test_block_packet (block, 0, FALSE));

  test_block_free (block);
  return GINT_TO_POINTER (flow);
}

static GstPadProbeReturn
note_blocked (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  g_atomic_int_set ((gint *) data, TRUE);
  return GST_PAD_PROBE_OK;
}

static gulong
block_source_pad (DecodeHarness *decode, gint *blocked)
{
  GstPad *pad = gst_element_get_static_pad (decode->harness->element, "src");
  gulong id = gst_pad_add_probe (pad,
      GST_PAD_PROBE_TYPE_BLOCK | GST_PAD_PROBE_TYPE_BUFFER |
          GST_PAD_PROBE_TYPE_BUFFER_LIST,
      note_blocked, blocked, NULL);

  gst_object_unref (pad);
  return id;
}

/* What the push that is blocked returns when the element is stopped. */
static GstFlowReturn
stop_blocked (gboolean live)
{
  gint blocked = FALSE;
  GThread *thread;
  DecodeHarness decode;
  GstFlowReturn flow;

  decode_setup (&decode, "", live);
  block_source_pad (&decode, &blocked);
  thread = g_thread_new ("push", push_blocked, &decode);
  while (!g_atomic_int_get (&blocked))
    g_thread_yield ();
  fail_unless_equals_int (
      gst_element_set_state (decode.harness->element, GST_STATE_NULL),
      GST_STATE_CHANGE_SUCCESS);
  flow = (GstFlowReturn) GPOINTER_TO_INT (g_thread_join (thread));
  decode_teardown (&decode);
  return flow;
}

GST_START_TEST (test_stopping_while_downstream_blocks_does_not_hang)
{
  fail_unless_equals_int (stop_blocked (FALSE), GST_FLOW_FLUSHING);
  /* Where it is live, nobody but our own thread is blocked. */
  fail_unless_equals_int (stop_blocked (TRUE), GST_FLOW_OK);
}
GST_END_TEST;

GST_START_TEST (test_a_sink_that_waits_does_not_stop_the_reception)
{
  TestBlock *block = test_block_new (1, 5 * TEST_T);
  TestBlock *other = test_block_new (2, 5 * TEST_T);
  gint blocked = FALSE;
  DecodeHarness decode;
  GstPad *pad;
  gulong id;

  decode_setup (&decode, "", TRUE);
  id = block_source_pad (&decode, &blocked);
  decode_push_block (&decode, block);
  while (!g_atomic_int_get (&blocked))
    g_thread_yield ();
  decode_push_block (&decode, other);
  fail_unless_equals_uint64 (decode_stat (&decode, "blocks-complete"), 2);
  fail_unless_equals_int (gst_harness_buffers_received (decode.harness), 0);
  pad = gst_element_get_static_pad (decode.harness->element, "src");
  gst_pad_remove_probe (pad, id);
  gst_object_unref (pad);
  for (guint n = 0; n < 10 * TEST_T;) {
    GstBuffer *buffer = gst_harness_pull (decode.harness);

    fail_unless (buffer != NULL);
    n += gst_buffer_get_size (buffer);
    gst_buffer_unref (buffer);
  }
  decode_teardown (&decode);
  test_block_free (block);
  test_block_free (other);
}
GST_END_TEST;

static Suite *
fecdecode_live_suite (void)
{
  Suite *suite = suite_create ("fecdecode-live");
  TCase *tc = tcase_create ("live");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_a_hole_is_waited_for_as_long_as_latency_says);
  tcase_add_test (tc, test_a_whole_block_that_is_missing_is_waited_for_as_long);
  tcase_add_test (tc, test_live_raw_bytes_have_the_times_their_packets_came);
  tcase_add_test (tc, test_live_records_are_due_when_the_first_packet_came);
  tcase_add_test (tc, test_timestamp_mode_sender_leaves_the_senders_times);
  tcase_add_test (tc, test_latency_is_added_in_live_pipelines_only);
  tcase_add_test (tc, test_end_of_stream_releases_what_is_there);
  tcase_add_test (tc, test_the_last_block_ends_the_stream);
  tcase_add_test (tc, test_the_end_of_a_chosen_channel_is_not_that_of_others);
  tcase_add_test (
      tc, test_a_last_block_that_stays_broken_ends_the_stream_in_time);
  tcase_add_test (tc, test_flush_forgets_what_was_received);
  tcase_add_test (tc, test_the_element_starts_again_after_it_was_stopped);
  tcase_add_test (tc, test_stopping_while_downstream_blocks_does_not_hang);
  tcase_add_test (tc, test_a_sink_that_waits_does_not_stop_the_reception);
  return suite;
}

GST_CHECK_MAIN (fecdecode_live);
