/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fecencode-holding.c: tests of what fecencode does so that nothing waits and
 * no block becomes too small: early copies, least repair, key frames ahead.
 */
#include "encodeharness.h"

#define T 100
#define MS(n) ((GstClockTime) (n) *GST_MSECOND)

static EncodeHarness enc;

static void
start (const gchar *properties, gboolean live)
{
  gchar *launch =
      g_strconcat ("fecencode symbol-size=100 first-toi=7 ", properties, NULL);

  encode_setup (&enc, launch, TS_CAPS, live);
  g_free (launch);
}

static void
finish (void)
{
  test_packets_check_numbers (enc.packets);
  encode_teardown (&enc);
}

/* Checks that packet @index is an early copy of the first @size bytes of symbol @esi, which begins with byte @begin. */
static void
check_early (guint index, guint32 esi, guint size, guint8 begin)
{
  const GstFecAlcPacket *alc = encode_packet (&enc, index);

  fail_unless (alc->block_flags & GST_FEC_BLOCK_EARLY);
  fail_unless_equals_int (alc->sbn, GST_FEC_ALC_EARLY_SBN);
  fail_unless_equals_int (alc->esi, esi);
  fail_unless_equals_int (alc->early_size, size);
  fail_if (alc->has_oti);
  for (guint i = 0; i < T; i++)
    fail_unless_equals_int (
        alc->symbol[i], i < size ? (guint8) (begin + i) : 0);
}

GST_START_TEST (held_raw_bytes_go_ahead_in_a_copy)
{
  start ("repair=0 max-hold=20000000", FALSE);
  gst_test_clock_set_time (enc.clock, MS (1000));
  encode_push (&enc, T + 10, 0, FALSE);
  fail_unless_equals_int (encode_pull (&enc), 1);
  encode_crank_until (&enc, 2);
  fail_unless_equals_uint64 (encode_now (&enc), MS (1020));
  check_early (1, 1, 10, T);
  finish ();
}
GST_END_TEST;

GST_START_TEST (the_block_goes_on_after_an_early_copy)
{
  start ("repair=0 max-hold=20000000", FALSE);
  encode_push (&enc, 10, 0, FALSE);
  encode_crank_until (&enc, 1);
  check_early (0, 0, 10, 0);
  gst_test_clock_set_time (enc.clock, MS (30));
  gst_harness_push (enc.harness, encode_buffer (20, 10));
  encode_crank_until (&enc, 2);
  fail_unless_equals_uint64 (encode_now (&enc), MS (50));
  check_early (1, 0, 30, 0);
  gst_harness_push (enc.harness, encode_buffer (T - 30, 30));
  fail_unless_equals_int (encode_pull (&enc), 1);
  fail_unless_equals_int (encode_packet (&enc, 2)->esi, 0);
  fail_unless_equals_int (encode_packet (&enc, 2)->toi, 7);
  fail_if (encode_packet (&enc, 2)->block_flags & GST_FEC_BLOCK_EARLY);
  for (guint i = 0; i < T; i++)
    fail_unless_equals_int (encode_packet (&enc, 2)->symbol[i], i);
  fail_unless_equals_uint64 (encode_stat (&enc, "early-packets"), 2);
  finish ();
}
GST_END_TEST;

GST_START_TEST (a_raw_block_closes_when_input_stalls)
{
  start ("repair=100 repair-min-symbols=0 max-hold=20000000 "
         "block-duration=200000000",
      FALSE);
  encode_push (&enc, T + 10, 0, FALSE);
  encode_crank_until (&enc, 3);
  fail_unless_equals_uint64 (encode_now (&enc), MS (220));
  check_early (1, 1, 10, T);
  fail_unless (encode_packet (&enc, 2)->has_oti);
  fail_unless_equals_uint64 (test_packets_length (enc.packets, 7), T + 10);
  encode_crank_until (&enc, 5);
  fail_unless_equals_int (test_packets_count (enc.packets, 7, 2, 99), 2);
  finish ();
}
GST_END_TEST;

GST_START_TEST (held_bytes_that_get_company_in_time_stay)
{
  start ("repair=0 max-hold=20000000", FALSE);
  encode_push (&enc, 10, 0, FALSE);
  gst_test_clock_set_time (enc.clock, MS (15));
  encode_push (&enc, T, MS (15), FALSE);
  fail_unless_equals_int (encode_pull (&enc), 1);
  /* What is left came at 15 ms. */
  encode_crank_until (&enc, 2);
  fail_unless_equals_uint64 (encode_now (&enc), MS (35));
  finish ();
}
GST_END_TEST;

/* How many repair packets a last block of @symbols gets. */
static guint
count_repair (const gchar *properties, guint symbols)
{
  guint n;

  start (properties, FALSE);
  encode_push (&enc, symbols * T, 0, FALSE);
  gst_harness_push_event (enc.harness, gst_event_new_eos ());
  encode_pull (&enc);
  n = test_packets_count (enc.packets, 7, symbols, 99);
  finish ();
  return n;
}

GST_START_TEST (short_blocks_get_the_least_repair)
{
  fail_unless_equals_int (
      count_repair ("repair=30 repair-min-symbols=4", 2), 4);
}
GST_END_TEST;

GST_START_TEST (long_blocks_get_the_percentage)
{
  fail_unless_equals_int (
      count_repair ("repair=30 repair-min-symbols=4", 20), 6);
}
GST_END_TEST;

GST_START_TEST (no_repair_means_none)
{
  fail_unless_equals_int (count_repair ("repair=0 repair-min-symbols=4", 2), 0);
}
GST_END_TEST;

/* Pictures every 40 ms, a key frame every @gop; returns the number of blocks of the @n pictures. */
static guint
push_pictures (guint n, guint gop)
{
  for (guint i = 0; i < n; i++)
    encode_push (&enc, T, MS (40 * i), i % gop != 0);
  encode_pull (&enc);
  return encode_packet (&enc, enc.packets->len - 1)->toi - 7 + 1;
}

GST_START_TEST (a_block_waits_for_a_key_frame_that_is_near)
{
  start ("repair=0 block-duration=200000000", FALSE);
  /* 6 pictures: the first group makes blocks of 5 and 1, then each makes one. */
  fail_unless_equals_int (push_pictures (24, 6), 2 + 1 + 1 + 1);
  finish ();
}
GST_END_TEST;

GST_START_TEST (a_block_does_not_wait_for_a_key_frame_that_is_far)
{
  start ("repair=0 block-duration=200000000", FALSE);
  /* 9 pictures: a block of 5 and one of 4 each time. */
  fail_unless_equals_int (push_pictures (27, 9), 6);
  finish ();
}
GST_END_TEST;

static Suite *
fecencode_holding_suite (void)
{
  Suite *s = suite_create ("fecencode-holding");
  TCase *tc = tcase_create ("holding");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, held_raw_bytes_go_ahead_in_a_copy);
  tcase_add_test (tc, the_block_goes_on_after_an_early_copy);
  tcase_add_test (tc, a_raw_block_closes_when_input_stalls);
  tcase_add_test (tc, held_bytes_that_get_company_in_time_stay);
  tcase_add_test (tc, short_blocks_get_the_least_repair);
  tcase_add_test (tc, long_blocks_get_the_percentage);
  tcase_add_test (tc, no_repair_means_none);
  tcase_add_test (tc, a_block_waits_for_a_key_frame_that_is_near);
  tcase_add_test (tc, a_block_does_not_wait_for_a_key_frame_that_is_far);
  return s;
}

GST_CHECK_MAIN (fecencode_holding);
