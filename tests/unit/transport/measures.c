/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* measures.c: tests of what only counts: the pacer's token bucket and the reception's losses. */
#include <gst/gst.h>

#include "transport/pacer.h"
#include "transport/reception.h"

static void
test_pacer_holds_the_rate_after_the_burst (void)
{
  GstFecPacer pacer;
  gint64 now = 1000000, wait = 0;
  guint i;

  /* 8 Mbit/s are 1 byte a microsecond. */
  gst_fec_pacer_init (&pacer, 8000000, 5000);
  for (i = 0; i < 5; i++)
    g_assert_cmpint (gst_fec_pacer_take (&pacer, 1000, now), ==, 0);
  for (i = 1; i <= 3; i++) {
    wait = gst_fec_pacer_take (&pacer, 1000, now);
    g_assert_cmpint (wait, ==, i * 1000);
  }
  now += wait;
  g_assert_cmpint (gst_fec_pacer_take (&pacer, 1000, now), ==, 1000);
  now += 60 * G_USEC_PER_SEC;
  g_assert_cmpint (gst_fec_pacer_take (&pacer, 5000, now), ==, 0);
  g_assert_cmpint (gst_fec_pacer_take (&pacer, 1, now), ==, 1);
}

static void
test_pacer_without_a_rate_never_waits (void)
{
  GstFecPacer pacer;
  guint i;

  gst_fec_pacer_init (&pacer, 0, 0);
  for (i = 0; i < 1000; i++)
    g_assert_cmpint (gst_fec_pacer_take (&pacer, G_MAXUINT16, 5), ==, 0);
}

static void
test_pacer_survives_extreme_rates (void)
{
  GstFecPacer pacer;

  gst_fec_pacer_init (&pacer, 1, G_MAXUINT32);
  g_assert_cmpint (gst_fec_pacer_take (&pacer, 1000, 1), ==, 0);
  gst_fec_pacer_init (&pacer, G_MAXUINT64, 0);
  g_assert_cmpint (gst_fec_pacer_take (&pacer, 1000, 1), <=, 1);
}

static void
add_range (GstFecReception *reception, guint from, guint n, guint step)
{
  guint i;

  for (i = 0; i < n; i++)
    gst_fec_reception_add (
        reception, (guint16) (from + i * step), 1000 * (gint64) i);
}

static void
test_reception_counts_gaps_across_the_wrap (void)
{
  GstFecReception reception = { 0 };

  /* Every other packet, from 65500 on. */
  add_range (&reception, 65500, 100, 2);
  g_assert_cmpuint (reception.received, ==, 100);
  g_assert_cmpuint (gst_fec_reception_get_lost (&reception), ==, 99);
  g_assert_cmpuint (reception.highest, ==, 65500 + 198);
}

static void
test_reception_takes_late_packets_back (void)
{
  GstFecReception reception = { 0 };

  add_range (&reception, 10, 5, 1);
  gst_fec_reception_add (&reception, 20, 0);
  g_assert_cmpuint (gst_fec_reception_get_lost (&reception), ==, 5);
  gst_fec_reception_add (&reception, 16, 0);
  gst_fec_reception_add (&reception, 15, 0);
  g_assert_cmpuint (gst_fec_reception_get_lost (&reception), ==, 3);
  g_assert_cmpuint (reception.highest, ==, 20);
}

static void
test_a_new_sender_is_no_loss (void)
{
  GstFecReception reception = { 0 };

  add_range (&reception, 100, 10, 2);
  add_range (&reception, 30000, 10, 1);
  g_assert_cmpuint (gst_fec_reception_get_lost (&reception), ==, 9);
  gst_fec_reception_resync (&reception);
  add_range (&reception, 30100, 10, 1);
  g_assert_cmpuint (gst_fec_reception_get_lost (&reception), ==, 9);
  g_assert_cmpuint (reception.received, ==, 30);
}

static void
test_duplicates_never_make_losses_negative (void)
{
  GstFecReception reception = { 0 };

  add_range (&reception, 5, 10, 0);
  g_assert_cmpuint (gst_fec_reception_get_lost (&reception), ==, 0);
}

static void
test_jitter_is_zero_for_even_arrivals (void)
{
  GstFecReception reception = { 0 };

  add_range (&reception, 0, 1000, 1);
  g_assert_cmpuint (gst_fec_reception_get_jitter_us (&reception), <, 20);
  gst_fec_reception_add (&reception, 1000, 2000000);
  g_assert_cmpuint (gst_fec_reception_get_jitter_us (&reception), >, 10000);
}

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/pacer/rate", test_pacer_holds_the_rate_after_the_burst);
  g_test_add_func ("/pacer/no-rate", test_pacer_without_a_rate_never_waits);
  g_test_add_func ("/pacer/extremes", test_pacer_survives_extreme_rates);
  g_test_add_func (
      "/reception/gaps", test_reception_counts_gaps_across_the_wrap);
  g_test_add_func ("/reception/late", test_reception_takes_late_packets_back);
  g_test_add_func ("/reception/new-sender", test_a_new_sender_is_no_loss);
  g_test_add_func (
      "/reception/duplicates", test_duplicates_never_make_losses_negative);
  g_test_add_func ("/reception/jitter", test_jitter_is_zero_for_even_arrivals);
  return g_test_run ();
}
