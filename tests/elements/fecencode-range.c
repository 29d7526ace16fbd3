/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fecencode-range.c: tests of esi-range: several senders of one input. */
#include "elements/fecesirange.h"
#include "elements/fecfeedback.h"
#include "encodeharness.h"

#define T 100
#define K 10
#define TOI 7
#define N_BLOCKS 3

static EncodeHarness enc;

static void
start (const gchar *range, const gchar *properties, gboolean live)
{
  gchar *launch = g_strdup_printf (
      "fecencode symbol-size=100 first-toi=7 max-symbols=10 esi-range=%s %s",
      range, properties);

  encode_setup (&enc, launch, TS_CAPS, live);
  g_free (launch);
}

static void
send_block (void)
{
  encode_push (&enc, (gsize) K * T, GST_CLOCK_TIME_NONE, FALSE);
  encode_pull (&enc);
}

static void
end (void)
{
  gst_harness_push_event (enc.harness, gst_event_new_eos ());
  encode_pull (&enc);
}

/* All that sender @range makes of some blocks, with @fresh symbols more of each: block << 32 | ESI. */
static GHashTable *
make (const gchar *range, guint fresh)
{
  GHashTable *made =
      g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  guint i, before;

  start (range, "repair=100", FALSE);
  for (i = 0; i < N_BLOCKS; i++)
    send_block ();
  for (i = 0; i < N_BLOCKS; i++) {
    const FecSymbolsWanted wanted = {
      .tsi = 1,
      .toi = TOI + i,
      .count = fresh,
    };

    before = enc.packets->len;
    gst_harness_push_upstream_event (
        enc.harness, fec_symbols_wanted_event_new (&wanted));
    while (enc.packets->len < before + fresh) {
      encode_pull (&enc);
      g_thread_yield ();
    }
  }
  end ();
  for (i = 0; i < enc.packets->len; i++) {
    const GstFecAlcPacket *alc = encode_packet (&enc, i);
    gint64 key = (gint64) alc->toi << 32 | alc->esi;

    fail_unless (g_hash_table_add (made, g_memdup2 (&key, sizeof (key))) ||
        alc->close_session);
  }
  encode_teardown (&enc);
  return made;
}

GST_START_TEST (two_senders_never_make_the_same_symbol)
{
  GHashTable *first = make ("0/2", 40), *second = make ("1/2", 40);
  GHashTableIter iter;
  gpointer key;

  fail_unless (g_hash_table_size (first) >= N_BLOCKS * (K + 40));
  fail_unless (g_hash_table_size (second) >= N_BLOCKS * (K + 40));
  g_hash_table_iter_init (&iter, first);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    fail_if (g_hash_table_contains (second, key));
  g_hash_table_unref (first);
  g_hash_table_unref (second);
}
GST_END_TEST;

GST_START_TEST (ranges_do_not_meet)
{
  static const guint32 sizes[] = { 1, 10, 4096, RQ_K_MAX };
  guint n, i, j;

  for (n = 1; n <= FEC_ESI_MAX_SENDERS; n++) {
    for (i = 0; i < n; i++) {
      for (j = 0; j < G_N_ELEMENTS (sizes); j++) {
        FecEsiRange range = { .index = i, .count = n };
        FecEsiRange next = { .index = i + 1, .count = n };
        guint32 end = fec_esi_range_first (&range, sizes[j]) +
            fec_esi_range_size (&range, sizes[j]);

        if (i + 1 < n)
          fail_unless_equals_int (end, fec_esi_range_first (&next, sizes[j]));
        fail_unless (end <= RQ_ESI_MAX + 1);
      }
    }
  }
}
GST_END_TEST;

GST_START_TEST (others_than_the_first_send_repair_alone)
{
  const guint32 begin = K + (RQ_ESI_MAX + 1 - K) / 2;
  GByteArray *block;
  guint i;

  start ("1/2", "repair=20 repair-min-symbols=0", FALSE);
  send_block ();
  /* The first tells the block's length at once. */
  fail_unless_equals_int (enc.packets->len, 1);
  end ();
  fail_unless_equals_int (enc.packets->len, K + 2);
  for (i = 0; i < enc.packets->len; i++) {
    fail_unless_equals_int (encode_packet (&enc, i)->esi, begin + i);
    fail_unless (encode_packet (&enc, i)->has_oti);
  }
  test_packets_check_numbers (enc.packets);
  fail_unless (encode_packet (&enc, K + 1)->block_flags & GST_FEC_BLOCK_LAST);
  fail_unless_equals_uint64 (encode_stat (&enc, "source-packets"), 0);
  block = test_packets_rebuild (enc.packets, TOI, 0);
  fail_unless (block != NULL);
  for (i = 0; i < block->len; i++)
    fail_unless_equals_int (block->data[i], (guint8) i);
  g_byte_array_unref (block);
  encode_teardown (&enc);
}
GST_END_TEST;

GST_START_TEST (others_spread_their_repair_and_send_no_early_copies)
{
  start ("1/2", "repair=0 block-duration=200000000 max-hold=1000000", TRUE);
  encode_push (&enc, (gsize) K * T - 1, 0, FALSE);
  gst_test_clock_set_time (enc.clock, 100 * GST_MSECOND);
  encode_push (&enc, 1, 100 * GST_MSECOND, FALSE);
  encode_pull (&enc);
  fail_unless_equals_int (enc.packets->len, 1);
  encode_crank_until (&enc, K);
  fail_unless_equals_int (enc.packets->len, K);
  fail_unless (encode_now (&enc) >= 300 * GST_MSECOND);
  fail_unless_equals_uint64 (encode_stat (&enc, "early-packets"), 0);
  fail_unless_equals_int (test_packets_count (enc.packets, TOI, 0, K), 0);
  encode_teardown (&enc);
}
GST_END_TEST;

GST_START_TEST (the_end_is_told_when_all_has_left)
{
  start ("2/3", "repair=0 repair-min-symbols=0", FALSE);
  send_block ();
  encode_crank_until (&enc, K);
  end ();
  fail_unless_equals_int (enc.packets->len, K + 1);
  fail_unless_equals_int (
      encode_packet (&enc, K)->esi, encode_packet (&enc, 0)->esi);
  fail_unless (memcmp (encode_packet (&enc, K)->symbol,
                   encode_packet (&enc, 0)->symbol, T) == 0);
  fail_unless (encode_packet (&enc, K)->block_flags & GST_FEC_BLOCK_LAST);
  fail_unless (encode_packet (&enc, K)->close_session);
  encode_teardown (&enc);
}
GST_END_TEST;

GST_START_TEST (only_ranges_are_taken)
{
  static const gchar *const wrong[] = { "", "1", "1/1", "2/2", "-1/2", "0/65",
    "0/0", "0/2/3", "a/b", "0 /2" };
  GstElement *element = gst_element_factory_make ("fecencode", NULL);
  gchar *text;
  guint i;

  g_object_set (element, "esi-range", "1/2", NULL);
  for (i = 0; i < G_N_ELEMENTS (wrong); i++) {
    g_object_set (element, "esi-range", wrong[i], NULL);
    g_object_get (element, "esi-range", &text, NULL);
    fail_unless_equals_string (text, "1/2");
    g_free (text);
  }
  g_object_set (element, "esi-range", "63/64", NULL);
  g_object_get (element, "esi-range", &text, NULL);
  fail_unless_equals_string (text, "63/64");
  g_free (text);
  gst_object_unref (element);
}
GST_END_TEST;

static Suite *
fecencode_range_suite (void)
{
  Suite *s = suite_create ("fecencode-range");
  TCase *tc = tcase_create ("range");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, two_senders_never_make_the_same_symbol);
  tcase_add_test (tc, ranges_do_not_meet);
  tcase_add_test (tc, others_than_the_first_send_repair_alone);
  tcase_add_test (tc, others_spread_their_repair_and_send_no_early_copies);
  tcase_add_test (tc, the_end_is_told_when_all_has_left);
  tcase_add_test (tc, only_ranges_are_taken);
  return s;
}

GST_CHECK_MAIN (fecencode_range);
