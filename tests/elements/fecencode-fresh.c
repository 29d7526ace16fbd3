/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fecencode-fresh.c: tests of the symbols that fecencode makes when a sink says that listeners lack some. */
#include "elements/fecfeedback.h"
#include "encodeharness.h"

#define T 100
#define K 10
#define TOI 7

static EncodeHarness enc;

static void
start (const gchar *properties)
{
  gchar *launch =
      g_strconcat ("fecencode symbol-size=100 first-toi=7 repair-min-symbols=0 "
                   "max-symbols=10 ",
          properties, NULL);

  encode_setup (&enc, launch, TS_CAPS, FALSE);
  g_free (launch);
}

/* A whole block of K symbols. */
static void
send_block (void)
{
  encode_push (&enc, (gsize) K * T, GST_CLOCK_TIME_NONE, FALSE);
  encode_pull (&enc);
}

static void
want_of (guint32 toi, guint8 sbn, guint32 count, guint32 order)
{
  const FecSymbolsWanted wanted = {
    .tsi = 1,
    .toi = toi,
    .sbn = sbn,
    .count = count,
    .order = order,
  };

  fail_unless (gst_harness_push_upstream_event (
      enc.harness, fec_symbols_wanted_event_new (&wanted)));
}

static void
want (guint32 count, guint32 order)
{
  want_of (TOI, 0, count, order);
}

/* Waits without a limit of its own: the test's time ends it. */
static void
wait_for_packets (guint n)
{
  while (enc.packets->len < n) {
    encode_pull (&enc);
    g_thread_yield ();
  }
  fail_unless_equals_int (enc.packets->len, n);
}

static void
wait_for_stat (const gchar *field, guint64 value)
{
  while (encode_stat (&enc, field) < value)
    g_thread_yield ();
  fail_unless_equals_uint64 (encode_stat (&enc, field), value);
}

/* Packets from @begin on are @n repair packets of an order, ESIs from @esi. */
static void
check_order (guint begin, guint n, guint32 esi, guint32 order, guint32 index)
{
  guint16 seq = encode_packet (&enc, begin - 1)->seq;
  guint i;

  for (i = 0; i < n; i++) {
    const GstFecAlcPacket *alc = encode_packet (&enc, begin + i);
    guint32 marked;

    fail_unless_equals_int (
        fec_order_of (test_packet (enc.packets, begin + i)->buffer, &marked),
        order);
    fail_unless_equals_int (marked, index + i);
    fail_unless_equals_int (alc->toi, TOI);
    fail_unless_equals_int (alc->esi, esi + i);
    fail_unless_equals_int (alc->seq, seq);
    fail_unless (alc->block_flags & GST_FEC_BLOCK_REPLACEMENT);
    fail_unless (alc->has_oti);
  }
}

/* Packets from @begin on are @n repair packets for all, ESIs from @esi. */
static void
check_for_all (guint begin, guint n, guint32 esi)
{
  guint16 seq = encode_packet (&enc, begin - 1)->seq;
  guint i;

  for (i = 0; i < n; i++) {
    const GstFecAlcPacket *alc = encode_packet (&enc, begin + i);

    fail_unless_equals_int (
        fec_order_of (test_packet (enc.packets, begin + i)->buffer, NULL),
        FEC_ORDER_ALL);
    fail_unless_equals_int (alc->esi, esi + i);
    fail_unless_equals_int (alc->seq, (guint16) (seq + 1 + i));
    fail_if (alc->block_flags & GST_FEC_BLOCK_REPLACEMENT);
  }
}

/* The block is there without its first @lost symbols. */
static void
check_rebuilt (guint32 lost)
{
  GByteArray *block = test_packets_rebuild (enc.packets, TOI, lost);

  fail_unless (block != NULL);
  fail_unless_equals_int (block->len, K * T);
  for (guint i = 0; i < block->len; i++)
    fail_unless_equals_int (block->data[i], (guint8) i);
  g_byte_array_unref (block);
}

GST_START_TEST (symbols_of_an_order_are_new_and_marked)
{
  start ("repair=0");
  send_block ();
  fail_unless_equals_int (enc.packets->len, K);
  want (4, 9);
  wait_for_packets (K + 4);
  check_order (K, 4, K, 9, 0);
  want (3, 10);
  wait_for_packets (K + 7);
  check_order (K + 4, 3, K + 4, 10, 0);
  fail_unless_equals_uint64 (encode_stat (&enc, "fresh-packets"), 7);
  check_rebuilt (6);
  encode_teardown (&enc);
}
GST_END_TEST;

GST_START_TEST (symbols_for_all_are_packets_like_others)
{
  start ("repair=20");
  send_block ();
  want (7, FEC_ORDER_ALL);
  wait_for_packets (K + 7);
  check_for_all (K, 7, K);
  /* What follows has the next numbers. */
  send_block ();
  test_packets_check_numbers (enc.packets);
  encode_teardown (&enc);
}
GST_END_TEST;

GST_START_TEST (planned_repair_goes_first_and_counts)
{
  start ("repair=50");
  send_block ();
  want (3, 9);
  wait_for_packets (K + 3);
  check_for_all (K, 3, K);
  fail_unless_equals_uint64 (encode_stat (&enc, "fresh-packets"), 0);
  want (6, 10);
  wait_for_packets (K + 9);
  check_for_all (K + 3, 2, K + 3);
  check_order (K + 5, 4, K + 5, 10, 2);
  fail_unless_equals_uint64 (encode_stat (&enc, "fresh-packets"), 4);
  fail_unless_equals_uint64 (encode_stat (&enc, "repair-packets"), 5);
  check_rebuilt (9);
  encode_teardown (&enc);
}
GST_END_TEST;

GST_START_TEST (blocks_before_the_last_are_still_there)
{
  guint n;

  start ("repair=30");
  send_block ();
  send_block ();
  send_block ();
  n = enc.packets->len;
  want (5, 9);
  wait_for_packets (n + 5);
  check_order (n, 5, K + 3, 9, 0);
  check_rebuilt (8);
  encode_teardown (&enc);
}
GST_END_TEST;

GST_START_TEST (what_is_not_there_is_counted)
{
  start ("repair=0");
  send_block ();
  want_of (TOI + 1, 0, 2, 9);
  wait_for_stat ("fresh-unknown", 2);
  want_of (TOI, 1, 3, 9);
  wait_for_stat ("fresh-unknown", 5);
  /* A block that is still open has symbols to come. */
  encode_push (&enc, T, GST_CLOCK_TIME_NONE, FALSE);
  want_of (TOI + 1, 0, 1, 9);
  wait_for_stat ("fresh-unknown", 6);
  fail_unless_equals_uint64 (encode_stat (&enc, "fresh-packets"), 0);
  encode_teardown (&enc);
}
GST_END_TEST;

GST_START_TEST (blocks_become_too_old)
{
  start ("repair=0 history=500");
  send_block ();
  gst_test_clock_set_time (enc.clock, 499 * GST_MSECOND);
  want (1, 9);
  wait_for_packets (K + 1);
  gst_test_clock_set_time (enc.clock, 500 * GST_MSECOND);
  want (1, 9);
  wait_for_stat ("fresh-unknown", 1);
  encode_teardown (&enc);
}
GST_END_TEST;

GST_START_TEST (blocks_of_too_many_bytes_are_not_kept)
{
  /* Two blocks of 10 packets of 140 bytes and no more. */
  start ("repair=0 history-bytes=2999");
  send_block ();
  send_block ();
  want (1, 9);
  wait_for_packets (2 * K + 1);
  send_block ();
  want (1, 9);
  wait_for_stat ("fresh-unknown", 1);
  encode_teardown (&enc);
  start ("repair=0 history-bytes=1399");
  send_block ();
  want (1, 9);
  wait_for_stat ("fresh-unknown", 1);
  encode_teardown (&enc);
}
GST_END_TEST;

GST_START_TEST (a_block_has_a_bound)
{
  const guint bound = 2 * K + 64;

  start ("repair=0");
  send_block ();
  want (80, 9);
  wait_for_packets (K + 80);
  want (G_MAXUINT32, 10);
  wait_for_packets (K + bound);
  want (1, 11);
  wait_for_stat ("fresh-refused", G_MAXUINT32 - (bound - 80) + 1ull);
  encode_pull (&enc);
  fail_unless_equals_int (enc.packets->len, K + bound);
  encode_teardown (&enc);
}
GST_END_TEST;

GST_START_TEST (nothing_follows_the_end_of_the_stream)
{
  start ("repair=0");
  send_block ();
  gst_harness_push_event (enc.harness, gst_event_new_eos ());
  encode_pull (&enc);
  want (5, 9);
  /* A new stream goes on, and knows the blocks before it. */
  gst_harness_push_event (enc.harness, gst_event_new_stream_start ("next"));
  gst_harness_set_src_caps_str (enc.harness, TS_CAPS);
  send_block ();
  want_of (TOI + 1, 0, 1, 9);
  wait_for_stat ("fresh-packets", 1);
  encode_teardown (&enc);
}
GST_END_TEST;

GST_START_TEST (a_flush_forgets_the_blocks)
{
  start ("repair=0");
  send_block ();
  gst_harness_push_event (enc.harness, gst_event_new_flush_start ());
  gst_harness_push_event (enc.harness, gst_event_new_flush_stop (TRUE));
  want (1, 9);
  wait_for_stat ("fresh-unknown", 1);
  encode_teardown (&enc);
}
GST_END_TEST;

GST_START_TEST (other_channels_events_go_on)
{
  const FecSymbolsWanted wanted = { .tsi = 2, .toi = TOI, .count = 1 };
  GstEvent *event;

  start ("repair=0");
  send_block ();
  gst_harness_push_upstream_event (
      enc.harness, fec_symbols_wanted_event_new (&wanted));
  do
    event = gst_harness_pull_upstream_event (enc.harness);
  while (GST_EVENT_TYPE (event) != GST_EVENT_CUSTOM_UPSTREAM &&
      (gst_event_unref (event), TRUE));
  gst_event_unref (event);
  encode_teardown (&enc);
}
GST_END_TEST;

/* ---- Neighbours that block ---- */

static GMutex gate;
static GCond gate_changed;
static gboolean gate_open, gate_reached;

static GstPadProbeReturn
wait_at_gate (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  g_mutex_lock (&gate);
  gate_reached = TRUE;
  g_cond_broadcast (&gate_changed);
  while (!gate_open)
    g_cond_wait (&gate_changed, &gate);
  g_mutex_unlock (&gate);
  return GST_PAD_PROBE_OK;
}

static gpointer
push_block (gpointer user_data)
{
  encode_push (&enc, (gsize) K * T, GST_CLOCK_TIME_NONE, FALSE);
  return NULL;
}

/* Events must return although the streaming thread stands in a push. */
GST_START_TEST (asking_never_waits_for_a_push)
{
  GThread *streaming;
  GstElement *element;
  GstPad *pad;
  guint i;

  start ("repair=0");
  send_block ();
  gate_open = gate_reached = FALSE;
  element = gst_harness_find_element (enc.harness, "fecencode");
  pad = gst_element_get_static_pad (element, "src");
  gst_pad_add_probe (pad,
      GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST, wait_at_gate,
      NULL, NULL);
  streaming = g_thread_new ("streaming", push_block, NULL);
  g_mutex_lock (&gate);
  while (!gate_reached)
    g_cond_wait (&gate_changed, &gate);
  g_mutex_unlock (&gate);
  /* More than can wait; the others are counted. */
  for (i = 0; i < 1000; i++)
    want (1, 1 + i);
  g_mutex_lock (&gate);
  gate_open = TRUE;
  g_cond_broadcast (&gate_changed);
  g_mutex_unlock (&gate);
  g_thread_join (streaming);
  while (encode_stat (&enc, "fresh-packets") +
          encode_stat (&enc, "fresh-refused") <
      1000)
    g_thread_yield ();
  fail_unless (encode_stat (&enc, "fresh-packets") >= 64);
  fail_unless (encode_stat (&enc, "fresh-packets") <= 2 * K + 64);
  gst_object_unref (pad);
  gst_object_unref (element);
  encode_teardown (&enc);
}
GST_END_TEST;

static Suite *
fecencode_fresh_suite (void)
{
  Suite *s = suite_create ("fecencode-fresh");
  TCase *tc = tcase_create ("fresh");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, symbols_of_an_order_are_new_and_marked);
  tcase_add_test (tc, symbols_for_all_are_packets_like_others);
  tcase_add_test (tc, planned_repair_goes_first_and_counts);
  tcase_add_test (tc, blocks_before_the_last_are_still_there);
  tcase_add_test (tc, what_is_not_there_is_counted);
  tcase_add_test (tc, blocks_become_too_old);
  tcase_add_test (tc, blocks_of_too_many_bytes_are_not_kept);
  tcase_add_test (tc, a_block_has_a_bound);
  tcase_add_test (tc, nothing_follows_the_end_of_the_stream);
  tcase_add_test (tc, a_flush_forgets_the_blocks);
  tcase_add_test (tc, other_channels_events_go_on);
  tcase_add_test (tc, asking_never_waits_for_a_push);
  return s;
}

GST_CHECK_MAIN (fecencode_fresh);
