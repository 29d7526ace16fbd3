/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fecdecode-missing.c: what fecdecode asks upstream for: which blocks, how many
 * symbols, when, how often, and when not.
 */
#include "decodeharness.h"

#include "../../gst/elements/fecfeedback.h"

#define K 6
#define ASK "request-missing=true "
#define MS GST_MSECOND

/* The next request; FALSE when there is none. */
static gboolean
pop_request (DecodeHarness *decode, FecSymbolsWanted *wanted)
{
  GstEvent *event;
  gboolean found = FALSE;

  while (!found &&
      (event = gst_harness_try_pull_upstream_event (decode->harness))) {
    found = fec_symbols_missing_event_parse (event, wanted);
    gst_event_unref (event);
  }
  return found;
}

static void
expect_request (DecodeHarness *decode, guint32 toi, guint32 count)
{
  FecSymbolsWanted wanted;

  fail_unless (pop_request (decode, &wanted), "nothing was asked for");
  fail_unless_equals_int (wanted.tsi, TEST_TSI);
  fail_unless_equals_int (wanted.toi, toi);
  fail_unless_equals_int (wanted.sbn, 0);
  fail_unless_equals_int (wanted.count, count);
  fail_unless_equals_int (wanted.order, FEC_ORDER_ALL);
}

static void
expect_no_request (DecodeHarness *decode)
{
  FecSymbolsWanted wanted;

  fail_if (pop_request (decode, &wanted), "asked for %u of block %u",
      wanted.count, wanted.toi);
}

/* Lets the timer fire at its next deadline and the element do what is due. */
static GstClockTime
crank_and_wait (DecodeHarness *decode)
{
  GstPad *pad = GST_PAD_PEER (decode->harness->srcpad);
  GstClockID id = NULL;

  decode_crank (decode);
  /* it waits again when it has done what was due */
  gst_test_clock_wait_for_next_pending_id (decode->clock, &id);
  gst_clock_id_unref (id);
  GST_PAD_STREAM_LOCK (pad);
  GST_PAD_STREAM_UNLOCK (pad);
  return gst_clock_get_time (GST_CLOCK (decode->clock));
}

/* Lets the timer fire until something is asked for; it may fire in vain. */
static GstClockTime
wait_for_request (DecodeHarness *decode, guint32 toi, guint32 count)
{
  guint64 before = decode_stat (decode, "requests");
  GstClockTime time = 0;

  while (decode_stat (decode, "requests") == before)
    time = crank_and_wait (decode);
  expect_request (decode, toi, count);
  return time;
}

static GstClockTime
now (DecodeHarness *decode)
{
  return gst_clock_get_time (GST_CLOCK (decode->clock));
}

/* Pushes the source symbols of @block but @holes of them, from 1 on. */
static void
push_with_holes (DecodeHarness *decode, const TestBlock *block, guint32 holes)
{
  decode_push_range (decode, block, 0, 1);
  decode_push_range (decode, block, 1 + holes, test_block_k (block) - 1);
  decode_push (
      decode, test_block_packet (block, test_block_k (block) - 1, TRUE));
}

GST_START_TEST (test_a_block_with_holes_is_asked_for_when_the_next_begins)
{
  TestBlock *block = test_block_new (1, K * TEST_T);
  TestBlock *next = test_block_new (2, K * TEST_T);
  DecodeHarness decode;

  decode_setup (&decode, ASK, TRUE);
  push_with_holes (&decode, block, 2);
  expect_no_request (&decode);
  decode_push_range (&decode, next, 0, 1);
  expect_request (&decode, 1, 2);
  decode_push_range (&decode, next, 1, 3);
  expect_no_request (&decode);
  fail_unless_equals_int (decode_stat (&decode, "requests"), 1);
  fail_unless_equals_int (decode_stat (&decode, "symbols-requested"), 2);
  decode_teardown (&decode);
  test_block_free (block);
  test_block_free (next);
}
GST_END_TEST;

GST_START_TEST (test_replacements_heal_the_block_and_are_no_losses)
{
  TestBlock *block = test_block_new (1, K * TEST_T);
  TestBlock *next = test_block_new (2, K * TEST_T);
  guint64 lost;
  DecodeHarness decode;

  decode_setup (&decode, ASK, TRUE);
  push_with_holes (&decode, block, 2);
  decode_push_range (&decode, next, 0, 1);
  lost = decode_stat (&decode, "packets-lost");
  decode_push (&decode, test_block_replacement (block, K + 10));
  decode_push (&decode, test_block_replacement (block, K + 11));
  decode_push_range (&decode, next, 1, K - 1);
  decode_push (&decode, test_block_packet (next, K - 1, TRUE));
  fail_unless_equals_int (decode_stat (&decode, "packets-lost"), lost);
  fail_unless_equals_int (decode_stat (&decode, "blocks-complete"), 2);
  fail_unless_equals_int (decode_stat (&decode, "symbols-recovered"), 2);
  decode_teardown (&decode);
  test_block_free (block);
  test_block_free (next);
}
GST_END_TEST;

/* They have the number of a packet that was sent to all, and may have been lost. */
GST_START_TEST (test_replacements_do_not_hide_losses)
{
  TestBlock *block = test_block_new (1, K * TEST_T);
  DecodeHarness decode;

  decode_setup (&decode, ASK, TRUE);
  decode_push_range (&decode, block, 0, 2);
  gst_buffer_unref (test_block_packet (block, 2, FALSE));
  decode_push (&decode, test_block_replacement (block, K));
  decode_push_range (&decode, block, 3, 5);
  fail_unless_equals_int (decode_stat (&decode, "packets-lost"), 1);
  decode_teardown (&decode);
  test_block_free (block);
}
GST_END_TEST;

GST_START_TEST (test_whole_blocks_are_not_asked_for)
{
  TestBlock *whole = test_block_new (1, K * TEST_T);
  TestBlock *repaired = test_block_new (2, K * TEST_T);
  TestBlock *next = test_block_new (3, K * TEST_T);
  DecodeHarness decode;

  decode_setup (&decode, ASK, TRUE);
  decode_push_block (&decode, whole);
  push_with_holes (&decode, repaired, 1);
  decode_push_range (&decode, repaired, K, K + 1);
  decode_push_range (&decode, next, 0, 2);
  fail_unless_equals_int (decode_stat (&decode, "blocks-complete"), 2);
  expect_no_request (&decode);
  decode_teardown (&decode);
  test_block_free (whole);
  test_block_free (repaired);
  test_block_free (next);
}
GST_END_TEST;

/* A carousel: one object, repair without an end. */
GST_START_TEST (test_an_object_whose_packets_come_is_not_asked_for)
{
  TestBlock *block = test_block_new (1, 40 * TEST_T);
  DecodeHarness decode;

  decode_setup (&decode, ASK, FALSE);
  decode_push_range (&decode, block, 0, 1);
  for (guint32 esi = 100; esi < 130; esi++) {
    gst_test_clock_advance_time (decode.clock, 90 * MS);
    decode_push_range (&decode, block, esi, esi + 1);
  }
  expect_no_request (&decode);
  decode_teardown (&decode);
  test_block_free (block);
}
GST_END_TEST;

GST_START_TEST (test_the_last_block_is_asked_for_when_nothing_comes)
{
  TestBlock *block = test_block_new (1, K * TEST_T);
  DecodeHarness decode;
  GstClockTime begun;

  decode_setup (&decode, ASK "latency=5000", TRUE);
  push_with_holes (&decode, block, 3);
  begun = now (&decode);
  fail_unless_equals_uint64 (
      wait_for_request (&decode, 1, 3) - begun, 100 * MS);
  decode_teardown (&decode);
  test_block_free (block);
}
GST_END_TEST;

/* What is still open most likely goes on, so it is asked for later and less. */
GST_START_TEST (test_an_open_block_is_asked_for_after_longer_silence)
{
  TestBlock *block = test_block_new (1, K * TEST_T);
  DecodeHarness decode;
  GstClockTime begun;

  decode_setup (&decode, ASK "latency=60000", TRUE);
  decode_push_range (&decode, block, 0, 2);
  decode_push_range (&decode, block, 4, 5);
  begun = now (&decode);
  fail_unless_equals_uint64 (
      wait_for_request (&decode, 1, 2) - begun, 500 * MS);
  wait_for_request (&decode, 1, 2);
  wait_for_request (&decode, 1, 2);
  /* What it waits for now is the end of its latency. */
  decode_crank (&decode);
  fail_unless_equals_uint64 (now (&decode) - begun, 60 * GST_SECOND);
  expect_no_request (&decode);
  decode_teardown (&decode);
  test_block_free (block);
}
GST_END_TEST;

GST_START_TEST (test_what_is_still_missing_is_asked_for_again)
{
  TestBlock *block = test_block_new (1, K * TEST_T);
  TestBlock *next = test_block_new (2, K * TEST_T);
  DecodeHarness decode;
  GstClockTime begun;

  decode_setup (&decode, ASK "latency=5000 request-interval=200", TRUE);
  push_with_holes (&decode, block, 3);
  decode_push_block (&decode, next);
  expect_request (&decode, 1, 3);
  begun = now (&decode);
  gst_test_clock_set_time (decode.clock, begun + 50 * MS);
  decode_push (&decode, test_block_replacement (block, K));
  expect_no_request (&decode);
  fail_unless_equals_uint64 (
      wait_for_request (&decode, 1, 2) - begun, 200 * MS);
  fail_unless_equals_uint64 (
      wait_for_request (&decode, 1, 2) - begun, 400 * MS);
  decode_push (&decode, test_block_replacement (block, K + 1));
  decode_push (&decode, test_block_replacement (block, K + 2));
  fail_unless_equals_int (decode_stat (&decode, "blocks-complete"), 2);
  decode_push_range (&decode, block, K, K + 1);
  expect_no_request (&decode);
  decode_teardown (&decode);
  test_block_free (block);
  test_block_free (next);
}
GST_END_TEST;

/* While the answer comes nothing more is asked for. */
GST_START_TEST (test_packets_of_the_block_put_the_next_request_off)
{
  TestBlock *block = test_block_new (1, 20 * TEST_T);
  TestBlock *next = test_block_new (2, K * TEST_T);
  DecodeHarness decode;
  GstClockTime begun;

  decode_setup (&decode, ASK "latency=5000 request-interval=50", TRUE);
  push_with_holes (&decode, block, 15);
  decode_push_block (&decode, next);
  expect_request (&decode, 1, 15);
  begun = now (&decode);
  for (guint i = 1; i <= 6; i++) {
    gst_test_clock_set_time (decode.clock, begun + i * 15 * MS);
    decode_push (&decode, test_block_replacement (block, 20 + i));
  }
  expect_no_request (&decode);
  fail_unless_equals_uint64 (
      wait_for_request (&decode, 1, 9) - begun, 110 * MS);
  decode_teardown (&decode);
  test_block_free (block);
  test_block_free (next);
}
GST_END_TEST;

GST_START_TEST (test_the_interval_follows_the_round_trip)
{
  TestBlock *first = test_block_new (1, K * TEST_T);
  TestBlock *second = test_block_new (2, K * TEST_T);
  TestBlock *third = test_block_new (3, K * TEST_T);
  DecodeHarness decode;
  GstClockTime begun;

  decode_setup (&decode, ASK "latency=5000", TRUE);
  push_with_holes (&decode, first, 1);
  push_with_holes (&decode, second, 1);
  expect_request (&decode, 1, 1);
  gst_test_clock_advance_time (decode.clock, 80 * MS);
  decode_push (&decode, test_block_replacement (first, K));
  decode_push_block (&decode, third);
  expect_request (&decode, 2, 1);
  begun = now (&decode);
  fail_unless_equals_uint64 (
      wait_for_request (&decode, 2, 1) - begun, 160 * MS);
  decode_teardown (&decode);
  test_block_free (first);
  test_block_free (second);
  test_block_free (third);
}
GST_END_TEST;

/* How long it is cannot be known: one symbol tells, and then the rest. */
GST_START_TEST (test_a_block_nothing_came_of_is_asked_for_by_and_by)
{
  TestBlock *first = test_block_new (1, K * TEST_T);
  TestBlock *lost = test_block_new (2, K * TEST_T);
  TestBlock *third = test_block_new (3, K * TEST_T);
  DecodeHarness decode;

  decode_setup (&decode, ASK, TRUE);
  decode_push_block (&decode, first);
  decode_push_block (&decode, third);
  expect_request (&decode, 2, 1);
  expect_no_request (&decode);
  decode_push (&decode, test_block_replacement (lost, K));
  expect_request (&decode, 2, K - 1);
  for (guint32 i = 1; i < K; i++)
    decode_push (&decode, test_block_replacement (lost, K + i));
  fail_unless_equals_int (decode_stat (&decode, "blocks-complete"), 3);
  expect_no_request (&decode);
  decode_teardown (&decode);
  test_block_free (first);
  test_block_free (lost);
  test_block_free (third);
}
GST_END_TEST;

GST_START_TEST (test_blocks_of_before_it_began_are_not_asked_for)
{
  TestBlock *before = test_block_new (1, K * TEST_T);
  TestBlock *first = test_block_new (2, K * TEST_T);
  TestBlock *next = test_block_new (3, K * TEST_T);
  DecodeHarness decode;

  decode_setup (&decode, ASK, TRUE);
  decode_push_range (&decode, before, 4, 5);
  decode_push (&decode, test_block_packet (before, 5, TRUE));
  decode_push_block (&decode, first);
  decode_push_block (&decode, next);
  expect_no_request (&decode);
  fail_unless_equals_int (decode_stat (&decode, "blocks-complete"), 2);
  decode_teardown (&decode);
  test_block_free (before);
  test_block_free (first);
  test_block_free (next);
}
GST_END_TEST;

GST_START_TEST (test_a_block_is_not_asked_for_without_end)
{
  TestBlock *block = test_block_new (1, K * TEST_T);
  TestBlock *next = test_block_new (2, K * TEST_T);
  DecodeHarness decode;
  guint n;

  decode_setup (&decode, ASK "latency=600000", TRUE);
  push_with_holes (&decode, block, 1);
  decode_push_block (&decode, next);
  expect_request (&decode, 1, 1);
  for (n = 1; n < 16; n++)
    wait_for_request (&decode, 1, 1);
  /* What it waits for now is the end of its latency. */
  decode_crank (&decode);
  fail_unless_equals_uint64 (now (&decode), 601 * GST_SECOND);
  decode_teardown (&decode);
  test_block_free (block);
  test_block_free (next);
}
GST_END_TEST;

GST_START_TEST (test_at_most_32_blocks_are_asked_for)
{
  TestBlock *first = test_block_new (1, K * TEST_T);
  TestBlock *far = test_block_new (60, K * TEST_T);
  FecSymbolsWanted wanted;
  DecodeHarness decode;
  guint n = 0;

  decode_setup (&decode, ASK "max-blocks=64", TRUE);
  decode_push_block (&decode, first);
  decode_push_range (&decode, far, 0, 1);
  while (pop_request (&decode, &wanted)) {
    n++;
    fail_unless_equals_int (wanted.toi, 1 + n);
  }
  fail_unless_equals_int (n, 32);
  decode_teardown (&decode);
  test_block_free (first);
  test_block_free (far);
}
GST_END_TEST;

GST_START_TEST (test_a_block_given_up_is_not_asked_for_any_more)
{
  TestBlock *block = test_block_new (1, K * TEST_T);
  TestBlock *next = test_block_new (2, K * TEST_T);
  TestBlock *third = test_block_new (3, K * TEST_T);
  FecSymbolsWanted wanted;
  DecodeHarness decode;
  GstClockTime begun;

  decode_setup (&decode, ASK "latency=250 request-interval=100", TRUE);
  begun = now (&decode);
  push_with_holes (&decode, block, 1);
  decode_push_block (&decode, next);
  expect_request (&decode, 1, 1);
  wait_for_request (&decode, 1, 1);
  wait_for_request (&decode, 1, 1);
  decode_crank (&decode);
  fail_unless_equals_uint64 (now (&decode) - begun, 250 * MS);
  while (decode_stat (&decode, "blocks-lost") == 0)
    g_thread_yield ();
  gst_test_clock_advance_time (decode.clock, 300 * MS);
  decode_push_block (&decode, third);
  fail_if (pop_request (&decode, &wanted));
  decode_teardown (&decode);
  test_block_free (block);
  test_block_free (next);
  test_block_free (third);
}
GST_END_TEST;

/* The first of K repair symbols in a row that do not suffice. */
static guint32
find_unlucky (const TestBlock *block)
{
  guint32 k = test_block_k (block), first;

  for (first = k;; first++) {
    RqDecoder *decoder = rq_decoder_new (NULL, k, block->t, NULL);
    guint8 symbols[K][TEST_T], out[K][TEST_T], *places[K];
    RqStatus status;

    for (guint32 i = 0; i < k; i++)
      places[i] = out[i];
    rq_decoder_set_block (decoder, places);

    for (guint32 i = 0; i < k; i++) {
      GstBuffer *packet = test_block_packet (block, first + i, TRUE);
      GstMapInfo map;

      gst_buffer_map (packet, &map, GST_MAP_READ);
      memcpy (symbols[i], map.data + GST_FEC_ALC_HEADER_SIZE, TEST_T);
      rq_decoder_add (decoder, first + i, symbols[i]);
      gst_buffer_unmap (packet, &map);
      gst_buffer_unref (packet);
    }
    status = rq_decoder_decode (decoder);
    rq_decoder_free (decoder);
    if (status != RQ_OK)
      return first;
  }
}

GST_START_TEST (test_one_more_is_asked_for_when_k_symbols_do_not_suffice)
{
  TestBlock *first = test_block_new (1, TEST_T);
  TestBlock *block = test_block_new (2, K * TEST_T);
  TestBlock *next = test_block_new (3, TEST_T);
  guint32 unlucky = find_unlucky (block);
  DecodeHarness decode;

  decode_setup (&decode, ASK "latency=5000", TRUE);
  decode_push_block (&decode, first);
  decode_push_range (&decode, block, unlucky, unlucky + K);
  fail_unless_equals_int (decode_stat (&decode, "blocks-complete"), 1);
  decode_push_block (&decode, next);
  expect_request (&decode, 2, 1);
  wait_for_request (&decode, 2, 2);
  decode_push (&decode, test_block_replacement (block, unlucky + 1000));
  decode_push (&decode, test_block_replacement (block, unlucky + 1001));
  fail_unless_equals_int (decode_stat (&decode, "blocks-complete"), 3);
  decode_teardown (&decode);
  test_block_free (first);
  test_block_free (block);
  test_block_free (next);
}
GST_END_TEST;

GST_START_TEST (test_nothing_is_asked_for_when_it_is_switched_off)
{
  TestBlock *block = test_block_new (1, K * TEST_T);
  TestBlock *next = test_block_new (2, K * TEST_T);
  DecodeHarness decode;

  decode_setup (&decode, "", TRUE);
  push_with_holes (&decode, block, 2);
  decode_push_block (&decode, next);
  expect_no_request (&decode);
  g_object_set (decode.harness->element, "request-missing", TRUE, NULL);
  decode_push_range (&decode, next, 0, 1);
  expect_request (&decode, 1, 2);
  decode_teardown (&decode);
  test_block_free (block);
  test_block_free (next);
}
GST_END_TEST;

static Suite *
fecdecode_missing_suite (void)
{
  Suite *suite = suite_create ("fecdecode-missing");
  TCase *tcase = tcase_create ("missing");

  suite_add_tcase (suite, tcase);
  tcase_add_test (
      tcase, test_a_block_with_holes_is_asked_for_when_the_next_begins);
  tcase_add_test (tcase, test_replacements_heal_the_block_and_are_no_losses);
  tcase_add_test (tcase, test_replacements_do_not_hide_losses);
  tcase_add_test (tcase, test_whole_blocks_are_not_asked_for);
  tcase_add_test (tcase, test_an_object_whose_packets_come_is_not_asked_for);
  tcase_add_test (tcase, test_the_last_block_is_asked_for_when_nothing_comes);
  tcase_add_test (tcase, test_an_open_block_is_asked_for_after_longer_silence);
  tcase_add_test (tcase, test_what_is_still_missing_is_asked_for_again);
  tcase_add_test (tcase, test_packets_of_the_block_put_the_next_request_off);
  tcase_add_test (tcase, test_the_interval_follows_the_round_trip);
  tcase_add_test (tcase, test_a_block_nothing_came_of_is_asked_for_by_and_by);
  tcase_add_test (tcase, test_blocks_of_before_it_began_are_not_asked_for);
  tcase_add_test (tcase, test_a_block_is_not_asked_for_without_end);
  tcase_add_test (tcase, test_at_most_32_blocks_are_asked_for);
  tcase_add_test (tcase, test_a_block_given_up_is_not_asked_for_any_more);
  tcase_add_test (
      tcase, test_one_more_is_asked_for_when_k_symbols_do_not_suffice);
  tcase_add_test (tcase, test_nothing_is_asked_for_when_it_is_switched_off);
  return suite;
}

GST_CHECK_MAIN (fecdecode_missing);
