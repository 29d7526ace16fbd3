/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fecencode.c: tests of fecencode's packets, blocks and repair in raw framing. */
#include "encodeharness.h"

#define T 100
#define MS(n) ((GstClockTime) (n) *GST_MSECOND)
#define BASE "fecencode symbol-size=100 first-toi=7 repair-min-symbols=0 "

static EncodeHarness enc;

static void
start (const gchar *properties, gboolean live)
{
  gchar *launch = g_strconcat (BASE, properties, NULL);

  encode_setup (&enc, launch, TS_CAPS, live);
  g_free (launch);
}

static void
finish (void)
{
  if (enc.packets->len > 0)
    test_packets_check_numbers (enc.packets);
  encode_teardown (&enc);
}

/* Checks that block @toi is bytes from 0 on, also without its first symbols. */
static void
check_block (guint32 toi, guint64 length, guint32 lost)
{
  GByteArray *block = test_packets_rebuild (enc.packets, toi, lost);

  fail_unless (block != NULL);
  fail_unless_equals_uint64 (block->len, length);
  for (guint i = 0; i < block->len; i++)
    fail_unless_equals_int (block->data[i], (guint8) i);
  g_byte_array_unref (block);
}

GST_START_TEST (source_packets_leave_at_once)
{
  start ("", TRUE);
  encode_push (&enc, 2 * T + 50, 0, FALSE);
  fail_unless_equals_int (encode_pull (&enc), 2);
  encode_push (&enc, 49, 0, FALSE);
  fail_unless_equals_int (encode_pull (&enc), 0);
  encode_push (&enc, 1, 0, FALSE);
  fail_unless_equals_int (encode_pull (&enc), 1);
  for (guint i = 0; i < 3; i++) {
    const GstFecAlcPacket *alc = encode_packet (&enc, i);

    fail_unless_equals_int (alc->esi, i);
    fail_unless_equals_int (alc->toi, 7);
    fail_unless_equals_int (alc->tsi, 1);
    fail_unless_equals_int (alc->symbol_size, T);
    fail_unless_equals_int (alc->block_flags, GST_FEC_BLOCK_RANDOM_ACCESS);
    fail_if (alc->has_oti);
    fail_if (alc->close_session);
  }
  fail_unless_equals_int (encode_packet (&enc, 1)->symbol[3], (guint8) (T + 3));
  finish ();
}
GST_END_TEST;

GST_START_TEST (caps_tell_the_packets)
{
  GstCaps *caps, *want;

  start ("tsi=4000000000", TRUE);
  encode_push (&enc, T, 0, FALSE);
  encode_pull (&enc);
  caps = gst_pad_get_current_caps (enc.harness->sinkpad);
  want = gst_caps_from_string (
      "application/x-fec-alc, tsi=(uint)4000000000, "
      "symbol-size=(int)100, packet-size=(int)140, framing=(string)raw");
  fail_unless (gst_caps_can_intersect (caps, want));
  fail_unless_equals_string (
      gst_structure_get_string (gst_caps_get_structure (caps, 0), "media-caps"),
      "video/mpegts, systemstream=(boolean)true, packetsize=(int)188");
  fail_unless_equals_uint64 (encode_packet (&enc, 0)->tsi, 4000000000u);
  gst_caps_unref (want);
  gst_caps_unref (caps);
  finish ();
}
GST_END_TEST;

GST_START_TEST (input_without_caps_is_raw)
{
  encode_setup (&enc, BASE "repair=0 max-symbols=2", NULL, FALSE);
  encode_push (&enc, 2 * T, GST_CLOCK_TIME_NONE, FALSE);
  fail_unless_equals_int (encode_pull (&enc), 2);
  fail_unless_equals_int (
      encode_packet (&enc, 0)->block_flags & GST_FEC_BLOCK_RECORDS, 0);
  check_block (7, 2 * T, 0);
  finish ();
}
GST_END_TEST;

GST_START_TEST (block_closes_at_duration_of_media_time)
{
  start ("repair=50 block-duration=200000000", FALSE);
  for (guint i = 0; i < 10; i++)
    encode_push (&enc, T, MS (40 * i), FALSE);
  encode_pull (&enc);
  fail_unless_equals_int (test_packets_count (enc.packets, 7, 0, 5), 5);
  fail_unless_equals_int (test_packets_count (enc.packets, 7, 5, 99), 2);
  fail_unless_equals_int (test_packets_count (enc.packets, 8, 0, 99), 5);
  fail_unless_equals_uint64 (test_packets_length (enc.packets, 7), 5 * T);
  finish ();
}
GST_END_TEST;

GST_START_TEST (block_closes_at_key_frame)
{
  start ("", FALSE);
  encode_push (&enc, T, 0, FALSE);
  encode_push (&enc, T, MS (1), FALSE);
  encode_push (&enc, T + 30, MS (2), TRUE);
  encode_push (&enc, T, MS (3), FALSE);
  encode_pull (&enc);
  fail_unless_equals_int (test_packets_count (enc.packets, 7, 0, 4), 4);
  fail_unless_equals_uint64 (test_packets_length (enc.packets, 7), 3 * T + 30);
  fail_unless_equals_int (encode_packet (&enc, 3)->esi, 3);
  fail_unless (encode_packet (&enc, 3)->has_oti);
  fail_unless_equals_int (encode_packet (&enc, 4)->toi, 8);
  fail_unless (
      encode_packet (&enc, 4)->block_flags & GST_FEC_BLOCK_RANDOM_ACCESS);
  fail_if (GST_BUFFER_FLAG_IS_SET (
      test_packet (enc.packets, 4)->buffer, GST_BUFFER_FLAG_DELTA_UNIT));
  fail_unless (GST_BUFFER_FLAG_IS_SET (
      test_packet (enc.packets, 3)->buffer, GST_BUFFER_FLAG_DELTA_UNIT));
  finish ();
}
GST_END_TEST;

GST_START_TEST (block_that_starts_within_a_gop_is_no_random_access_point)
{
  start ("max-symbols=2", FALSE);
  encode_push (&enc, 2 * T, 0, FALSE);
  encode_push (&enc, T, 0, TRUE);
  encode_pull (&enc);
  fail_unless_equals_int (encode_packet (&enc, 2)->toi, 8);
  fail_unless_equals_int (encode_packet (&enc, 2)->block_flags, 0);
  finish ();
}
GST_END_TEST;

GST_START_TEST (block_closes_on_new_caps)
{
  GstCaps *caps;

  start ("repair=0", FALSE);
  encode_push (&enc, T + 1, 0, FALSE);
  gst_harness_set_src_caps_str (enc.harness, "video/mpegts, packetsize=192");
  encode_push (&enc, T, 0, FALSE);
  encode_pull (&enc);
  fail_unless_equals_uint64 (test_packets_length (enc.packets, 7), T + 1);
  fail_unless_equals_int (test_packets_count (enc.packets, 8, 0, 9), 1);
  caps = gst_pad_get_current_caps (enc.harness->sinkpad);
  fail_unless_equals_string (
      gst_structure_get_string (gst_caps_get_structure (caps, 0), "media-caps"),
      "video/mpegts, packetsize=(int)192");
  gst_caps_unref (caps);
  finish ();
}
GST_END_TEST;

GST_START_TEST (block_closes_at_max_symbols_and_announces_its_length)
{
  start ("max-symbols=3 repair=0", FALSE);
  encode_push (&enc, 7 * T, 0, FALSE);
  fail_unless_equals_int (encode_pull (&enc), 7);
  fail_if (encode_packet (&enc, 1)->has_oti);
  fail_unless (encode_packet (&enc, 2)->has_oti);
  fail_unless_equals_uint64 (test_packets_length (enc.packets, 7), 3 * T);
  fail_unless_equals_uint64 (test_packets_length (enc.packets, 8), 3 * T);
  fail_unless_equals_int (encode_packet (&enc, 6)->toi, 9);
  finish ();
}
GST_END_TEST;

GST_START_TEST (untimed_live_input_closes_by_the_clock)
{
  start ("repair=0 block-duration=200000000 max-hold=3600000000000", TRUE);
  encode_push (&enc, T, GST_CLOCK_TIME_NONE, FALSE);
  fail_unless_equals_int (encode_pull (&enc), 1);
  encode_crank_until (&enc, 2);
  fail_unless_equals_uint64 (encode_now (&enc), MS (200));
  fail_unless_equals_uint64 (test_packets_length (enc.packets, 7), T);
  finish ();
}
GST_END_TEST;

GST_START_TEST (late_timed_live_input_is_not_waited_for)
{
  start ("repair=0 block-duration=200000000 max-hold=20000000", TRUE);
  encode_push (&enc, T, MS (5), FALSE);
  encode_crank_until (&enc, 2);
  fail_unless_equals_uint64 (encode_now (&enc), MS (220));
  fail_unless_equals_uint64 (test_packets_length (enc.packets, 7), T);
  finish ();
}
GST_END_TEST;

GST_START_TEST (untimed_input_that_is_not_live_closes_by_size_only)
{
  start ("repair=0 max-symbols=9", FALSE);
  encode_push (&enc, T, GST_CLOCK_TIME_NONE, FALSE);
  gst_test_clock_set_time (enc.clock, 10 * GST_SECOND);
  encode_push (&enc, T, GST_CLOCK_TIME_NONE, FALSE);
  encode_pull (&enc);
  fail_unless_equals_int (encode_packet (&enc, 1)->toi, 7);
  finish ();
}
GST_END_TEST;

GST_START_TEST (repair_rebuilds_the_block)
{
  start ("repair=30 block-duration=100000000", FALSE);
  encode_push (&enc, 10 * T - 1, 0, FALSE);
  encode_push (&enc, 1, MS (100), FALSE);
  encode_push (&enc, 1, MS (200), FALSE);
  encode_pull (&enc);
  fail_unless_equals_int (test_packets_count (enc.packets, 7, 10, 99), 3);
  check_block (7, 10 * T - 1, 3);
  fail_unless (test_packets_rebuild (enc.packets, 7, 4) == NULL);
  finish ();
}
GST_END_TEST;

GST_START_TEST (repair_of_more_than_all_is_possible)
{
  start ("repair=1000 max-symbols=4", FALSE);
  encode_push (&enc, 4 * T, 0, FALSE);
  gst_harness_push_event (enc.harness, gst_event_new_eos ());
  encode_pull (&enc);
  fail_unless_equals_int (test_packets_count (enc.packets, 7, 4, 99), 40);
  check_block (7, 4 * T, 4);
  finish ();
}
GST_END_TEST;

GST_START_TEST (repair_percent_is_rounded_up)
{
  start ("repair=1 max-symbols=4", FALSE);
  encode_push (&enc, 4 * T, 0, FALSE);
  gst_harness_push_event (enc.harness, gst_event_new_eos ());
  encode_pull (&enc);
  fail_unless_equals_int (test_packets_count (enc.packets, 7, 4, 99), 1);
  finish ();
}
GST_END_TEST;

GST_START_TEST (repair_leaves_spread_when_the_input_stalls)
{
  start ("repair=50 max-symbols=8 block-duration=200000000", FALSE);
  gst_test_clock_set_time (enc.clock, MS (1000));
  encode_push (&enc, 8 * T, 0, FALSE);
  fail_unless_equals_int (encode_pull (&enc), 8);
  for (guint i = 1; i <= 4; i++) {
    encode_crank_until (&enc, 8 + i);
    fail_unless_equals_int (enc.packets->len, 8 + i);
    fail_unless_equals_uint64 (encode_now (&enc), MS (1000 + 50 * i));
    fail_unless (encode_packet (&enc, 7 + i)->has_oti);
    fail_unless_equals_int (encode_packet (&enc, 7 + i)->esi, 7 + i);
  }
  check_block (7, 8 * T, 4);
  finish ();
}
GST_END_TEST;

GST_START_TEST (repair_follows_the_media_time_of_the_next_block)
{
  start ("repair=40 block-duration=200000000", FALSE);
  for (guint i = 0; i < 10; i++)
    encode_push (&enc, T, MS (20 * i), FALSE);
  encode_pull (&enc);
  for (guint i = 0; i < 10; i++) {
    /* Four repair symbols: due at 50, 100, 150 and 200 ms of the block. */
    encode_push (&enc, T, MS (200 + 20 * i), FALSE);
    encode_pull (&enc);
    fail_unless_equals_int (
        test_packets_count (enc.packets, 7, 10, 99), MAX (1, 20 * i / 50));
  }
  encode_push (&enc, T, MS (400), FALSE);
  encode_pull (&enc);
  fail_unless_equals_int (test_packets_count (enc.packets, 7, 10, 99), 4);
  finish ();
}
GST_END_TEST;

GST_START_TEST (repair_follows_the_size_of_untimed_input)
{
  start ("repair=50 max-symbols=8", FALSE);
  encode_push (&enc, 8 * T, GST_CLOCK_TIME_NONE, FALSE);
  for (guint i = 0; i < 8; i++) {
    fail_unless_equals_int (test_packets_count (enc.packets, 7, 8, 99), i / 2);
    encode_push (&enc, T, GST_CLOCK_TIME_NONE, FALSE);
    encode_pull (&enc);
  }
  fail_unless_equals_int (test_packets_count (enc.packets, 7, 8, 99), 4);
  finish ();
}
GST_END_TEST;

GST_START_TEST (without_repair_the_last_source_packet_tells_the_length)
{
  start ("repair=0 block-duration=100000000", FALSE);
  encode_push (&enc, 2 * T, 0, FALSE);
  fail_unless_equals_int (encode_pull (&enc), 2);
  encode_push (&enc, T + 1, MS (100), FALSE);
  fail_unless_equals_int (encode_pull (&enc), 2);
  fail_unless_equals_int (encode_packet (&enc, 2)->toi, 7);
  fail_unless_equals_int (encode_packet (&enc, 2)->esi, 1);
  fail_unless_equals_uint64 (test_packets_length (enc.packets, 7), 2 * T);
  check_block (7, 2 * T, 0);
  /* A block that ends within a symbol needs no repetition. */
  encode_push (&enc, T, MS (200), FALSE);
  fail_unless_equals_int (encode_pull (&enc), 2);
  fail_unless_equals_uint64 (test_packets_length (enc.packets, 8), T + 1);
  fail_unless_equals_int (encode_packet (&enc, 5)->toi, 9);
  fail_unless_equals_uint64 (encode_stat (&enc, "repeated-packets"), 1);
  finish ();
}
GST_END_TEST;

GST_START_TEST (end_of_stream_is_protected_and_marked)
{
  start ("repair=50 block-duration=100000000", FALSE);
  encode_push (&enc, 4 * T, 0, FALSE);
  encode_push (&enc, 3 * T + 5, MS (100), FALSE);
  gst_harness_push_event (enc.harness, gst_event_new_eos ());
  encode_pull (&enc);
  fail_unless_equals_int (test_packets_count (enc.packets, 7, 4, 99), 2);
  fail_unless_equals_int (test_packets_count (enc.packets, 8, 4, 99), 2);
  for (guint i = 0; i < enc.packets->len; i++) {
    const GstFecAlcPacket *alc = encode_packet (&enc, i);
    gboolean last = alc->toi == 8 && alc->esi >= 3;

    fail_unless_equals_int (alc->close_session, last);
    fail_unless_equals_int (!!(alc->block_flags & GST_FEC_BLOCK_LAST), last);
    fail_unless (!last || alc->has_oti);
  }
  check_block (8, 3 * T + 5, 2);
  fail_unless (GST_PAD_IS_EOS (enc.harness->sinkpad));
  finish ();
}
GST_END_TEST;

GST_START_TEST (end_of_stream_marks_the_block_closed_before)
{
  start ("repair=50 max-symbols=4", FALSE);
  encode_push (&enc, 4 * T, 0, FALSE);
  encode_pull (&enc);
  gst_harness_push_event (enc.harness, gst_event_new_eos ());
  fail_unless_equals_int (encode_pull (&enc), 2);
  fail_unless (encode_packet (&enc, 5)->close_session);
  check_block (7, 4 * T, 2);
  finish ();
}
GST_END_TEST;

GST_START_TEST (end_of_stream_is_told_when_all_has_left)
{
  start ("repair=0 max-symbols=4", FALSE);
  encode_push (&enc, 4 * T, 0, FALSE);
  encode_pull (&enc);
  gst_harness_push_event (enc.harness, gst_event_new_eos ());
  fail_unless_equals_int (encode_pull (&enc), 1);
  fail_unless_equals_int (encode_packet (&enc, 4)->esi, 3);
  fail_unless (encode_packet (&enc, 4)->close_session);
  fail_unless (encode_packet (&enc, 4)->has_oti);
  finish ();
}
GST_END_TEST;

GST_START_TEST (end_of_stream_without_data_is_only_forwarded)
{
  start ("", FALSE);
  gst_harness_push_event (enc.harness, gst_event_new_eos ());
  fail_unless_equals_int (encode_pull (&enc), 0);
  fail_unless (GST_PAD_IS_EOS (enc.harness->sinkpad));
  finish ();
}
GST_END_TEST;

GST_START_TEST (empty_and_tiny_buffers_are_fine)
{
  start ("repair=100 max-symbols=300", FALSE);
  encode_push (&enc, 0, 0, FALSE);
  fail_unless_equals_int (encode_pull (&enc), 0);
  for (guint i = 0; i < 150; i++) {
    GstBuffer *buffer = encode_buffer (1, (guint8) i);

    fail_unless_equals_int (
        gst_harness_push (enc.harness, buffer), GST_FLOW_OK);
    encode_push (&enc, 0, GST_CLOCK_TIME_NONE, FALSE);
  }
  gst_harness_push_event (enc.harness, gst_event_new_eos ());
  encode_pull (&enc);
  check_block (7, 150, 2);
  finish ();
}
GST_END_TEST;

GST_START_TEST (buffer_lists_and_scattered_memory_are_taken_in_order)
{
  GstBufferList *list;
  GstBuffer *buffer;

  start ("repair=100", FALSE);
  list = gst_buffer_list_new ();
  gst_buffer_list_add (list, encode_buffer (70, 0));
  buffer = gst_buffer_append (encode_buffer (70, 70), encode_buffer (150, 140));
  gst_buffer_list_add (list, buffer);
  fail_unless_equals_int (
      gst_pad_push_list (enc.harness->srcpad, list), GST_FLOW_OK);
  gst_harness_push_event (enc.harness, gst_event_new_eos ());
  encode_pull (&enc);
  check_block (7, 290, 3);
  finish ();
}
GST_END_TEST;

GST_START_TEST (largest_and_smallest_symbols_work)
{
  static const guint sizes[] = { 4, 5, 1346, GST_FEC_ALC_MAX_SYMBOL };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
    gchar *launch = g_strdup_printf (
        "fecencode symbol-size=%u repair=100 repair-min-symbols=0 "
        "first-toi=4294967295",
        sizes[i]);

    encode_setup (&enc, launch, TS_CAPS, FALSE);
    g_free (launch);
    encode_push (&enc, 3 * sizes[i] - 1, 0, FALSE);
    gst_harness_push_event (enc.harness, gst_event_new_eos ());
    encode_pull (&enc);
    fail_unless_equals_int (enc.packets->len, 6);
    check_block (G_MAXUINT32, 3 * sizes[i] - 1, 3);
    finish ();
  }
}
GST_END_TEST;

GST_START_TEST (packets_carry_the_time_of_their_last_byte)
{
  start ("repair=0", FALSE);
  encode_push (&enc, T + 1, MS (40), FALSE);
  encode_push (&enc, T, MS (60), FALSE);
  /* An earlier timestamp does not lead back. */
  encode_push (&enc, T, MS (50), FALSE);
  encode_pull (&enc);
  fail_unless_equals_uint64 (
      GST_BUFFER_PTS (test_packet (enc.packets, 0)->buffer), MS (40));
  fail_unless_equals_uint64 (
      GST_BUFFER_PTS (test_packet (enc.packets, 1)->buffer), MS (60));
  fail_unless_equals_uint64 (
      GST_BUFFER_DTS (test_packet (enc.packets, 2)->buffer), MS (60));
  finish ();
}
GST_END_TEST;

GST_START_TEST (packets_stay_within_the_segment)
{
  GstSegment segment;

  start ("repair=0", FALSE);
  gst_segment_init (&segment, GST_FORMAT_TIME);
  segment.start = MS (1000);
  segment.stop = MS (1100);
  gst_harness_push_event (enc.harness, gst_event_new_segment (&segment));
  encode_push (&enc, T, MS (990), FALSE);
  encode_push (&enc, T, MS (1200), FALSE);
  encode_pull (&enc);
  /* Sinks drop what is outside. */
  fail_unless_equals_uint64 (
      GST_BUFFER_PTS (test_packet (enc.packets, 0)->buffer), MS (1000));
  fail_unless (
      GST_BUFFER_PTS (test_packet (enc.packets, 1)->buffer) < MS (1100));
  finish ();
}
GST_END_TEST;

GST_START_TEST (stats_count_packets_and_bytes)
{
  start ("repair=50 max-symbols=4", FALSE);
  encode_push (&enc, 6 * T + 10, 0, FALSE);
  gst_harness_push_event (enc.harness, gst_event_new_eos ());
  encode_pull (&enc);
  fail_unless_equals_uint64 (encode_stat (&enc, "blocks"), 2);
  fail_unless_equals_uint64 (encode_stat (&enc, "source-packets"), 7);
  fail_unless_equals_uint64 (encode_stat (&enc, "repair-packets"), 4);
  fail_unless_equals_uint64 (encode_stat (&enc, "bytes-in"), 6 * T + 10);
  fail_unless_equals_uint64 (encode_stat (&enc, "bytes-out"), 11 * (T + 40));
  fail_unless_equals_uint64 (encode_stat (&enc, "padding-bytes"), 90);
  fail_unless_equals_uint64 (encode_stat (&enc, "last-toi"), 8);
  fail_unless_equals_uint64 (encode_stat (&enc, "last-symbols"), 3);
  fail_unless_equals_uint64 (encode_stat (&enc, "last-repair-symbols"), 2);
  fail_unless_equals_uint64 (encode_stat (&enc, "unprotected-blocks"), 0);
  finish ();
}
GST_END_TEST;

static Suite *
fecencode_suite (void)
{
  Suite *s = suite_create ("fecencode");
  TCase *tc = tcase_create ("raw");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, source_packets_leave_at_once);
  tcase_add_test (tc, caps_tell_the_packets);
  tcase_add_test (tc, input_without_caps_is_raw);
  tcase_add_test (tc, block_closes_at_duration_of_media_time);
  tcase_add_test (tc, block_closes_at_key_frame);
  tcase_add_test (tc, block_that_starts_within_a_gop_is_no_random_access_point);
  tcase_add_test (tc, block_closes_on_new_caps);
  tcase_add_test (tc, block_closes_at_max_symbols_and_announces_its_length);
  tcase_add_test (tc, untimed_live_input_closes_by_the_clock);
  tcase_add_test (tc, late_timed_live_input_is_not_waited_for);
  tcase_add_test (tc, untimed_input_that_is_not_live_closes_by_size_only);
  tcase_add_test (tc, repair_rebuilds_the_block);
  tcase_add_test (tc, repair_of_more_than_all_is_possible);
  tcase_add_test (tc, repair_percent_is_rounded_up);
  tcase_add_test (tc, repair_leaves_spread_when_the_input_stalls);
  tcase_add_test (tc, repair_follows_the_media_time_of_the_next_block);
  tcase_add_test (tc, repair_follows_the_size_of_untimed_input);
  tcase_add_test (tc, without_repair_the_last_source_packet_tells_the_length);
  tcase_add_test (tc, end_of_stream_is_protected_and_marked);
  tcase_add_test (tc, end_of_stream_marks_the_block_closed_before);
  tcase_add_test (tc, end_of_stream_is_told_when_all_has_left);
  tcase_add_test (tc, end_of_stream_without_data_is_only_forwarded);
  tcase_add_test (tc, empty_and_tiny_buffers_are_fine);
  tcase_add_test (tc, buffer_lists_and_scattered_memory_are_taken_in_order);
  tcase_add_test (tc, largest_and_smallest_symbols_work);
  tcase_add_test (tc, packets_carry_the_time_of_their_last_byte);
  tcase_add_test (tc, packets_stay_within_the_segment);
  tcase_add_test (tc, stats_count_packets_and_bytes);
  return s;
}

GST_CHECK_MAIN (fecencode);
