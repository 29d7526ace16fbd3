/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-listenerloss.c: what share of their packets nine of ten listeners lose at most. */
#include "session/listenerloss.h"

#define SECOND G_USEC_PER_SEC

static gdouble
worst_tenth (GstFecListenerLoss *loss, gint64 now, guint expected_listeners)
{
  guint listeners;
  gdouble share = gst_fec_listener_loss_worst_tenth (loss, now, &listeners);

  g_assert_cmpuint (listeners, ==, expected_listeners);
  return share;
}

static void
nobody_loses_nothing (void)
{
  GstFecListenerLoss *loss = gst_fec_listener_loss_new ();

  g_assert_cmpfloat (worst_tenth (loss, 0, 0), ==, 0);
  /* A report of no packets says nothing. */
  gst_fec_listener_loss_report (loss, 1, 0, 0, 0);
  g_assert_cmpfloat (worst_tenth (loss, 0, 0), ==, 0);
  gst_fec_listener_loss_free (loss);
}

static void
nine_of_ten_lose_at_most_so_much (void)
{
  GstFecListenerLoss *loss = gst_fec_listener_loss_new ();
  guint i;

  gst_fec_listener_loss_report (loss, 1, 75, 25, 0);
  g_assert_cmpfloat (worst_tenth (loss, 0, 1), ==, 0.25);
  /* Ten that lose 1 to 10 %: nine lose at most 9 %. */
  for (i = 1; i <= 10; i++)
    gst_fec_listener_loss_report (
        loss, i, i == 1 ? 9924 : 100 - i, i == 1 ? 76 : i, 0);
  g_assert_cmpfloat_with_epsilon (worst_tenth (loss, 0, 10), 0.09, 1e-9);
  /* An eleventh: ten of eleven are needed for nine tenths. */
  gst_fec_listener_loss_report (loss, 11, 50, 50, 0);
  g_assert_cmpfloat_with_epsilon (worst_tenth (loss, 0, 11), 0.10, 1e-9);
  gst_fec_listener_loss_free (loss);
}

static void
who_is_silent_is_forgotten (void)
{
  GstFecListenerLoss *loss = gst_fec_listener_loss_new ();

  gst_fec_listener_loss_report (loss, 1, 50, 50, 0);
  gst_fec_listener_loss_report (loss, 2, 90, 10, SECOND);
  g_assert_cmpfloat (worst_tenth (loss, 15 * SECOND, 2), ==, 0.5);
  g_assert_cmpfloat_with_epsilon (
      worst_tenth (loss, 15 * SECOND + 1, 1), 0.1, 1e-9);
  g_assert_cmpfloat (worst_tenth (loss, 16 * SECOND + 1, 0), ==, 0);
  gst_fec_listener_loss_free (loss);
}

static void
reports_close_to_each_other_are_taken_together (void)
{
  GstFecListenerLoss *loss = gst_fec_listener_loss_new ();
  gint64 now;

  /* 10 %, then a report every 20 ms with one packet lost at last. */
  gst_fec_listener_loss_report (loss, 1, 90, 10, 0);
  for (now = 0; now < SECOND; now += SECOND / 50)
    gst_fec_listener_loss_report (loss, 1, 18, 2, now);
  gst_fec_listener_loss_report (loss, 1, 0, 1, now);
  g_assert_cmpfloat_with_epsilon (worst_tenth (loss, now, 1), 0.1, 0.001);
  /* What is older than that goes. */
  gst_fec_listener_loss_report (loss, 1, 100, 0, 3 * SECOND);
  gst_fec_listener_loss_report (loss, 1, 100, 0, 6 * SECOND);
  g_assert_cmpfloat (worst_tenth (loss, 6 * SECOND, 1), ==, 0);
  gst_fec_listener_loss_free (loss);
}

static void
too_many_listeners_are_not_counted (void)
{
  GstFecListenerLoss *loss = gst_fec_listener_loss_new ();
  guint i;

  for (i = 0; i < 3 * GST_FEC_LOSS_MAX_LISTENERS; i++)
    gst_fec_listener_loss_report (loss, i, 99, 1, 0);
  worst_tenth (loss, 0, GST_FEC_LOSS_MAX_LISTENERS);
  gst_fec_listener_loss_report (loss, 5, G_MAXUINT32, G_MAXUINT32, 0);
  worst_tenth (loss, 0, GST_FEC_LOSS_MAX_LISTENERS);
  gst_fec_listener_loss_free (loss);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name) g_test_add_func ("/listenerloss/" #name, name)
  ADD (nobody_loses_nothing);
  ADD (nine_of_ten_lose_at_most_so_much);
  ADD (who_is_silent_is_forgotten);
  ADD (reports_close_to_each_other_are_taken_together);
  ADD (too_many_listeners_are_not_counted);
  return g_test_run ();
}
