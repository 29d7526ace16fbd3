/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fecencode-states.c: tests of fecencode's states, threads, properties, flushes and queries. */
#include "encodeharness.h"

#define T 100
#define MS(n) ((GstClockTime) (n) *GST_MSECOND)
#define BASE "fecencode symbol-size=100 first-toi=7 "

static EncodeHarness enc;

static void
start (const gchar *properties, gboolean live)
{
  gchar *launch = g_strconcat (BASE, properties, NULL);

  encode_setup (&enc, launch, TS_CAPS, live);
  g_free (launch);
}

static void
send_stream_start (void)
{
  GstSegment segment;
  GstCaps *caps = gst_caps_from_string (TS_CAPS);

  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_harness_push_event (enc.harness, gst_event_new_stream_start ("s"));
  gst_harness_push_event (enc.harness, gst_event_new_caps (caps));
  gst_harness_push_event (enc.harness, gst_event_new_segment (&segment));
  gst_caps_unref (caps);
}

GST_START_TEST (flush_drops_the_block_and_begins_another)
{
  start ("repair=0", FALSE);
  encode_push (&enc, T + 10, 0, FALSE);
  gst_harness_push_event (enc.harness, gst_event_new_flush_start ());
  fail_unless_equals_int (
      gst_harness_push (enc.harness, encode_buffer (10, 0)), GST_FLOW_FLUSHING);
  gst_harness_push_event (enc.harness, gst_event_new_flush_stop (TRUE));
  send_stream_start ();
  encode_push (&enc, T, 0, FALSE);
  encode_pull (&enc);
  fail_unless_equals_int (enc.packets->len, 2);
  fail_unless_equals_int (encode_packet (&enc, 1)->toi, 8);
  fail_unless_equals_int (encode_packet (&enc, 1)->esi, 0);
  fail_unless_equals_int (encode_packet (&enc, 1)->symbol[0], 0);
  fail_unless (GST_BUFFER_FLAG_IS_SET (
      test_packet (enc.packets, 1)->buffer, GST_BUFFER_FLAG_DISCONT));
  test_packets_check_numbers (enc.packets);
  encode_teardown (&enc);
}
GST_END_TEST;

static void
restart (void)
{
  GstElement *element = enc.harness->element;

  fail_unless_equals_int (gst_element_set_state (element, GST_STATE_READY),
      GST_STATE_CHANGE_SUCCESS);
  fail_unless_equals_int (gst_element_set_state (element, GST_STATE_PLAYING),
      GST_STATE_CHANGE_SUCCESS);
  send_stream_start ();
}

GST_START_TEST (a_restarted_sender_goes_on_with_larger_numbers)
{
  guint32 before, after;

  encode_setup (
      &enc, "fecencode symbol-size=100 repair=0 max-symbols=1", TS_CAPS, FALSE);
  encode_push (&enc, 500 * T, 0, FALSE);
  encode_pull (&enc);
  before = encode_packet (&enc, enc.packets->len - 1)->toi;
  restart ();
  encode_push (&enc, T, 0, FALSE);
  fail_unless_equals_int (encode_pull (&enc), 1);
  after = encode_packet (&enc, enc.packets->len - 1)->toi;
  fail_unless ((gint32) (after - before) > 0);
  /* Packet numbers go on: receivers see no loss. */
  test_packets_check_numbers (enc.packets);
  encode_teardown (&enc);
}
GST_END_TEST;

GST_START_TEST (a_given_first_number_is_taken_at_every_start)
{
  start ("repair=0", FALSE);
  encode_push (&enc, T + 1, 0, FALSE);
  restart ();
  encode_push (&enc, T, 0, FALSE);
  fail_unless_equals_int (encode_pull (&enc), 2);
  fail_unless_equals_int (encode_packet (&enc, 1)->toi, 7);
  fail_unless_equals_int (encode_packet (&enc, 1)->esi, 0);
  encode_teardown (&enc);
}
GST_END_TEST;

GST_START_TEST (packet_shape_cannot_change_while_playing)
{
  static const gchar *names[] = { "symbol-size", "tsi", "max-symbols",
    "framing" };
  GstBus *bus = gst_bus_new ();
  GstElement *element;
  guint value;
  gint framing;

  start ("", FALSE);
  element = gst_harness_find_element (enc.harness, "fecencode");
  gst_element_set_bus (element, bus);
  for (guint i = 0; i < 3; i++) {
    GstMessage *message;
    guint before;

    g_object_get (element, names[i], &before, NULL);
    g_object_set (element, names[i], before + 4, NULL);
    g_object_get (element, names[i], &value, NULL);
    fail_unless_equals_int (value, before);
    message = gst_bus_pop_filtered (bus, GST_MESSAGE_WARNING);
    fail_unless (message != NULL, "no warning for %s", names[i]);
    gst_message_unref (message);
  }
  g_object_set (element, names[3], 2, NULL);
  g_object_get (element, names[3], &framing, NULL);
  fail_unless_equals_int (framing, 0);
  gst_element_set_bus (element, NULL);

  fail_unless_equals_int (gst_element_set_state (element, GST_STATE_READY),
      GST_STATE_CHANGE_SUCCESS);
  g_object_set (element, "symbol-size", 200, NULL);
  g_object_get (element, "symbol-size", &value, NULL);
  fail_unless_equals_int (value, 200);
  gst_object_unref (element);
  gst_object_unref (bus);
  encode_teardown (&enc);
}
GST_END_TEST;

GST_START_TEST (repair_changes_with_the_next_block)
{
  start ("repair=0 max-symbols=4", FALSE);
  encode_push (&enc, T, 0, FALSE);
  gst_harness_set (enc.harness, "fecencode", "repair", "100", NULL);
  encode_push (&enc, 3 * T, 0, FALSE);
  encode_push (&enc, 4 * T, 0, FALSE);
  gst_harness_push_event (enc.harness, gst_event_new_eos ());
  encode_pull (&enc);
  fail_unless_equals_int (test_packets_count (enc.packets, 7, 4, 99), 0);
  fail_unless_equals_int (test_packets_count (enc.packets, 8, 4, 99), 4);
  encode_teardown (&enc);
}
GST_END_TEST;

GST_START_TEST (max_hold_is_latency_of_live_pipelines)
{
  start ("max-hold=30000000", TRUE);
  gst_harness_set_upstream_latency (enc.harness, MS (5));
  fail_unless_equals_uint64 (gst_harness_query_latency (enc.harness), MS (35));
  encode_teardown (&enc);

  start ("max-hold=30000000", FALSE);
  fail_unless_equals_uint64 (gst_harness_query_latency (enc.harness), 0);
  encode_teardown (&enc);
}
GST_END_TEST;

/* ---- Blocked neighbours ---- */

typedef struct
{
  GMutex lock;
  GCond cond;
  guint blocked;
} Blocker;

static GstPadProbeReturn
on_blocked (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  Blocker *blocker = user_data;

  g_mutex_lock (&blocker->lock);
  blocker->blocked++;
  g_cond_signal (&blocker->cond);
  g_mutex_unlock (&blocker->lock);
  return GST_PAD_PROBE_OK;
}

static void
wait_until_blocked (Blocker *blocker)
{
  gint64 end = g_get_monotonic_time () + 10 * G_TIME_SPAN_SECOND;

  g_mutex_lock (&blocker->lock);
  while (blocker->blocked == 0)
    fail_unless (g_cond_wait_until (&blocker->cond, &blocker->lock, end));
  g_mutex_unlock (&blocker->lock);
}

static void
block_pad (Blocker *blocker, const gchar *name)
{
  GstElement *element = gst_harness_find_element (enc.harness, "fecencode");
  GstPad *pad = gst_element_get_static_pad (element, name);

  g_mutex_init (&blocker->lock);
  g_cond_init (&blocker->cond);
  blocker->blocked = 0;
  gst_pad_add_probe (pad,
      GST_PAD_PROBE_TYPE_BLOCK | GST_PAD_PROBE_TYPE_BUFFER |
          GST_PAD_PROBE_TYPE_BUFFER_LIST,
      on_blocked, blocker, NULL);
  gst_object_unref (pad);
  gst_object_unref (element);
}

static gpointer
push_one (gpointer user_data)
{
  return GINT_TO_POINTER (gst_harness_push (
      enc.harness, encode_buffer (GPOINTER_TO_UINT (user_data), 0)));
}

static void
stop_element (void)
{
  fail_unless_equals_int (
      gst_element_set_state (enc.harness->element, GST_STATE_NULL),
      GST_STATE_CHANGE_SUCCESS);
}

GST_START_TEST (stops_while_a_push_is_blocked_downstream)
{
  Blocker blocker;
  GThread *thread;

  start ("", FALSE);
  block_pad (&blocker, "src");
  thread = g_thread_new ("push", push_one, GUINT_TO_POINTER (3 * T + 1));
  wait_until_blocked (&blocker);
  stop_element ();
  fail_unless_equals_int (
      GPOINTER_TO_INT (g_thread_join (thread)), GST_FLOW_FLUSHING);
  encode_teardown (&enc);
}
GST_END_TEST;

GST_START_TEST (stops_while_the_timer_is_blocked_downstream)
{
  Blocker blocker;

  start ("repair=0 max-hold=20000000", FALSE);
  block_pad (&blocker, "src");
  encode_push (&enc, 10, 0, FALSE);
  gst_test_clock_crank (enc.clock);
  wait_until_blocked (&blocker);
  stop_element ();
  encode_teardown (&enc);
}
GST_END_TEST;

GST_START_TEST (stops_while_both_threads_are_blocked_downstream)
{
  Blocker blocker;
  GThread *thread;

  start ("repair=0 max-hold=20000000", FALSE);
  block_pad (&blocker, "src");
  encode_push (&enc, 10, 0, FALSE);
  gst_test_clock_crank (enc.clock);
  wait_until_blocked (&blocker);
  thread = g_thread_new ("push", push_one, GUINT_TO_POINTER (T));
  stop_element ();
  fail_unless_equals_int (
      GPOINTER_TO_INT (g_thread_join (thread)), GST_FLOW_FLUSHING);
  encode_teardown (&enc);
}
GST_END_TEST;

GST_START_TEST (stops_while_the_input_is_blocked_and_repair_is_due)
{
  Blocker blocker;
  GThread *thread;
  guint n;

  start ("repair=100 max-symbols=2", FALSE);
  encode_push (&enc, 2 * T, 0, FALSE);
  n = encode_pull (&enc);
  block_pad (&blocker, "sink");
  thread = g_thread_new ("push", push_one, GUINT_TO_POINTER (T));
  wait_until_blocked (&blocker);
  /* The timer does its work although the input cannot. */
  encode_crank_until (&enc, n + 1);
  stop_element ();
  fail_unless_equals_int (
      GPOINTER_TO_INT (g_thread_join (thread)), GST_FLOW_FLUSHING);
  encode_teardown (&enc);
}
GST_END_TEST;

GST_START_TEST (stats_can_be_read_while_a_push_is_blocked)
{
  Blocker blocker;
  GThread *thread;

  start ("", FALSE);
  block_pad (&blocker, "src");
  thread = g_thread_new ("push", push_one, GUINT_TO_POINTER (3 * T));
  wait_until_blocked (&blocker);
  fail_unless_equals_uint64 (encode_stat (&enc, "source-packets"), 3);
  stop_element ();
  g_thread_join (thread);
  encode_teardown (&enc);
}
GST_END_TEST;

GST_START_TEST (an_error_the_timer_meets_is_told_upstream)
{
  GstElement *element;
  GstPad *pad;

  start ("repair=100 max-symbols=2", FALSE);
  encode_push (&enc, 2 * T, 0, FALSE);
  element = gst_harness_find_element (enc.harness, "fecencode");
  pad = gst_element_get_static_pad (element, "src");
  gst_pad_set_active (enc.harness->sinkpad, FALSE);
  /* The next repair meets a pad that takes nothing. */
  gst_test_clock_crank (enc.clock);
  gst_test_clock_wait_for_next_pending_id (enc.clock, NULL);
  fail_unless_equals_int (
      gst_harness_push (enc.harness, encode_buffer (T, 0)), GST_FLOW_FLUSHING);
  gst_object_unref (pad);
  gst_object_unref (element);
  encode_teardown (&enc);
}
GST_END_TEST;

GST_START_TEST (many_restarts_with_work_pending_come_to_an_end)
{
  start ("repair=100 max-symbols=3 max-hold=1000000", FALSE);
  for (guint i = 0; i < 50; i++) {
    encode_push (&enc, 4 * T + 10, MS (i), FALSE);
    restart ();
  }
  encode_teardown (&enc);
}
GST_END_TEST;

static Suite *
fecencode_states_suite (void)
{
  Suite *s = suite_create ("fecencode-states");
  TCase *tc = tcase_create ("states");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, flush_drops_the_block_and_begins_another);
  tcase_add_test (tc, a_restarted_sender_goes_on_with_larger_numbers);
  tcase_add_test (tc, a_given_first_number_is_taken_at_every_start);
  tcase_add_test (tc, packet_shape_cannot_change_while_playing);
  tcase_add_test (tc, repair_changes_with_the_next_block);
  tcase_add_test (tc, max_hold_is_latency_of_live_pipelines);
  tcase_add_test (tc, stops_while_a_push_is_blocked_downstream);
  tcase_add_test (tc, stops_while_the_timer_is_blocked_downstream);
  tcase_add_test (tc, stops_while_both_threads_are_blocked_downstream);
  tcase_add_test (tc, stops_while_the_input_is_blocked_and_repair_is_due);
  tcase_add_test (tc, stats_can_be_read_while_a_push_is_blocked);
  tcase_add_test (tc, an_error_the_timer_meets_is_told_upstream);
  tcase_add_test (tc, many_restarts_with_work_pending_come_to_an_end);
  return s;
}

GST_CHECK_MAIN (fecencode_states);
