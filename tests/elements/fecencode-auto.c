/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fecencode-auto.c: tests of repair=auto, by hand and by decoding at the loss that was told. */
#include "elements/fecfeedback.h"
#include "elements/fecrepairrule.h"
#include "encodeharness.h"

#define T 100
#define K 100

static EncodeHarness enc;

static void
start (const gchar *properties)
{
  gchar *launch =
      g_strconcat ("fecencode symbol-size=100 first-toi=7 max-symbols=100 ",
          properties, NULL);

  encode_setup (&enc, launch, TS_CAPS, FALSE);
  g_free (launch);
}

static void
tell (gdouble worst_tenth)
{
  const FecLoss loss = {
    .tsi = 1, .listeners = 10, .worst_tenth = worst_tenth
  };

  fail_unless (gst_harness_push_upstream_event (
      enc.harness, fec_loss_event_new (&loss)));
}

/* R of a block that is sent now. */
static guint64
send_block (void)
{
  encode_push (&enc, (gsize) K * T, GST_CLOCK_TIME_NONE, FALSE);
  return encode_stat (&enc, "last-repair-symbols");
}

GST_START_TEST (repair_rises_at_once_and_falls_slowly)
{
  guint64 at_20, at_0 = 5, between;

  start ("repair=auto");
  fail_unless_equals_uint64 (send_block (), 20);
  tell (0.2);
  at_20 = send_block ();
  fail_unless_equals_uint64 (at_20, 42);
  tell (0);
  fail_unless_equals_uint64 (send_block (), at_20);
  gst_test_clock_set_time (enc.clock, 10 * GST_SECOND);
  between = send_block ();
  fail_unless_equals_uint64 (between, 22); /* as at 10 % */
  tell (0.3);
  fail_unless_equals_uint64 (send_block (), 67);
  tell (0);
  gst_test_clock_set_time (enc.clock, 300 * GST_SECOND);
  fail_unless_equals_uint64 (send_block (), at_0);
  encode_teardown (&enc);
}
GST_END_TEST;

GST_START_TEST (repair_stays_within_its_bounds)
{
  start ("repair=auto repair-min=12 repair-max=30");
  tell (0);
  fail_unless_equals_uint64 (send_block (), 12);
  tell (1);
  fail_unless_equals_uint64 (send_block (), 30);
  encode_teardown (&enc);
  start ("repair=auto repair-min=0 repair-min-symbols=9");
  tell (0);
  fail_unless_equals_uint64 (send_block (), 9);
  encode_teardown (&enc);
}
GST_END_TEST;

GST_START_TEST (a_percentage_does_not_follow)
{
  start ("repair=30");
  tell (0.5);
  fail_unless_equals_uint64 (send_block (), 30);
  gst_harness_set (enc.harness, "fecencode", "repair", "auto", NULL);
  fail_unless_equals_uint64 (send_block (), 100);
  encode_teardown (&enc);
}
GST_END_TEST;

GST_START_TEST (stats_show_what_is_followed)
{
  GstStructure *stats;
  gdouble loss, percent;

  start ("repair=auto");
  tell (0.2);
  send_block ();
  gst_harness_get (enc.harness, "fecencode", "stats", &stats, NULL);
  fail_unless (gst_structure_get (stats, "loss-worst-tenth", G_TYPE_DOUBLE,
      &loss, "repair-percent", G_TYPE_DOUBLE, &percent, NULL));
  fail_unless_equals_float (loss, 0.2);
  fail_unless_equals_float (percent, 42);
  gst_structure_free (stats);
  encode_teardown (&enc);
}
GST_END_TEST;

GST_START_TEST (words_that_say_nothing_change_nothing)
{
  static const gchar *const words[] = { "", "Auto", "-1", "1001", "20 %",
    "5x" };
  gchar *text;
  guint i;

  start ("repair=33");
  for (i = 0; i < G_N_ELEMENTS (words); i++) {
    gst_harness_set (enc.harness, "fecencode", "repair", words[i], NULL);
    gst_harness_get (enc.harness, "fecencode", "repair", &text, NULL);
    fail_unless_equals_string (text, "33");
    g_free (text);
  }
  gst_harness_set (enc.harness, "fecencode", "repair", "1000", NULL);
  gst_harness_get (enc.harness, "fecencode", "repair", &text, NULL);
  fail_unless_equals_string (text, "1000");
  g_free (text);
  encode_teardown (&enc);
}
GST_END_TEST;

/* The rule's promise: of 1000 blocks at that loss one lacks symbols or so. */
GST_START_TEST (blocks_have_enough_at_the_loss)
{
  static const gdouble losses[] = { 0.01, 0.05, 0.1, 0.2, 0.4 };
  static const guint32 sizes[] = { 20, 100, 1000 };
  GRand *rand = g_rand_new_with_seed (6330);
  guint i, j, trial;

  for (i = 0; i < G_N_ELEMENTS (losses); i++) {
    for (j = 0; j < G_N_ELEMENTS (sizes); j++) {
      const FecRepairRule rule = {
        .automatic = TRUE,
        .min_percent = 0,
        .max_percent = 1000,
        .min_symbols = 4,
        .loss = losses[i],
      };
      guint32 r = fec_repair_rule_count (&rule, sizes[j]);
      guint short_of = 0;

      for (trial = 0; trial < 2000; trial++) {
        guint32 came = 0, n;

        for (n = 0; n < sizes[j] + r; n++)
          came += g_rand_double (rand) >= losses[i];
        short_of += came < sizes[j];
      }
      /* 2.7 are expected of so many; small blocks are a little worse. */
      fail_unless (short_of <= 14, "%u of 2000 blocks of %u at %g", short_of,
          sizes[j], losses[i]);
    }
  }
  g_rand_free (rand);
}
GST_END_TEST;

static Suite *
fecencode_auto_suite (void)
{
  Suite *s = suite_create ("fecencode-auto");
  TCase *tc = tcase_create ("auto");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, repair_rises_at_once_and_falls_slowly);
  tcase_add_test (tc, repair_stays_within_its_bounds);
  tcase_add_test (tc, a_percentage_does_not_follow);
  tcase_add_test (tc, stats_show_what_is_followed);
  tcase_add_test (tc, words_that_say_nothing_change_nothing);
  tcase_add_test (tc, blocks_have_enough_at_the_loss);
  return s;
}

GST_CHECK_MAIN (fecencode_auto);
