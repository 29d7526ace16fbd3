/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-table.c: the session table against a GHashTable, and the limiter.
 */
#include "session/limits.h"
#include "session/sessiontable.h"
#include "harness.h"

#define SECOND ((gint64) G_USEC_PER_SEC)

static GstFecAddress
numbered (guint n)
{
  return harness_ipv4 (10, (guint8) (n >> 16), (guint8) (n >> 8), (guint8) n,
      (guint16) (1 + n % 3));
}

static void
test_finds_what_was_added_and_nothing_else (void)
{
  const guint n = 5000;
  GstFecSessionTable *table = gst_fec_session_table_new ();
  GstFecSession **sessions = g_new0 (GstFecSession *, n);
  GRand *rand = g_rand_new_with_seed (1);
  guint step, i, present = 0, place, seen = 0;

  for (step = 0; step < 30000; step++) {
    GstFecAddress address;

    i = (guint) g_rand_int_range (rand, 0, (gint32) n);
    address = numbered (i);
    g_assert_true (gst_fec_session_table_find (table, &address) == sessions[i]);
    if (sessions[i] == NULL) {
      sessions[i] = gst_fec_session_table_add (table, &address, 0);
      present++;
    } else {
      guint64 id = sessions[i]->id;

      g_assert_true (gst_fec_session_table_find_id (table, id) == sessions[i]);
      gst_fec_session_table_remove (table, sessions[i]);
      g_assert_null (gst_fec_session_table_find_id (table, id));
      sessions[i] = NULL;
      present--;
    }
    g_assert_cmpuint (
        gst_fec_session_table_get_n_sessions (table), ==, present);
  }
  for (place = 0; gst_fec_session_table_next (table, &place); place++)
    seen++;
  g_assert_cmpuint (seen, ==, present);
  gst_fec_session_table_free (table);
  g_rand_free (rand);
  g_free (sessions);
}

static void
test_counts_sessions_of_an_address_over_all_ports (void)
{
  GstFecSessionTable *table = gst_fec_session_table_new ();
  GstFecAddress a = harness_ipv4 (10, 0, 0, 1, 1);
  GstFecAddress b = harness_ipv4 (10, 0, 0, 1, 2);
  GstFecAddress c = harness_ipv4 (10, 0, 0, 2, 1);
  GstFecSession *first = gst_fec_session_table_add (table, &a, 0);

  gst_fec_session_table_add (table, &b, 0);
  g_assert_cmpuint (gst_fec_session_table_count_address (table, &b), ==, 2);
  gst_fec_session_table_move (table, first, &c);
  g_assert_cmpuint (gst_fec_session_table_count_address (table, &a), ==, 1);
  g_assert_cmpuint (gst_fec_session_table_count_address (table, &c), ==, 1);
  g_assert_null (gst_fec_session_table_find (table, &a));
  g_assert_true (gst_fec_session_table_find (table, &c) == first);
  gst_fec_session_table_remove (table, first);
  g_assert_cmpuint (gst_fec_session_table_count_address (table, &c), ==, 0);
  gst_fec_session_table_free (table);
}

static void
test_leases_belong_to_their_session (void)
{
  GstFecSessionTable *table = gst_fec_session_table_new ();
  GstFecAddress a = numbered (1), b = numbered (2);
  GstFecSession *first = gst_fec_session_table_add (table, &a, 0);
  GstFecSession *second = gst_fec_session_table_add (table, &b, 0);
  guint tsi;

  for (tsi = 1; tsi <= 5; tsi++)
    gst_fec_session_table_add_lease (table, first, tsi, tsi);
  gst_fec_session_table_add_lease (table, second, 3, 33);
  gst_fec_session_table_remove_lease (table, first, 3);
  gst_fec_session_table_remove_lease (table, first, 99);
  g_assert_null (gst_fec_session_table_find_lease (table, first, 3));
  g_assert_cmpint (
      gst_fec_session_table_find_lease (table, first, 5)->end, ==, 5);
  g_assert_cmpint (
      gst_fec_session_table_find_lease (table, second, 3)->end, ==, 33);
  g_assert_cmpuint (gst_fec_session_table_count_leases (table, first), ==, 4);
  gst_fec_session_table_remove (table, first);
  g_assert_cmpuint (gst_fec_session_table_get_n_leases (table), ==, 1);
  gst_fec_session_table_free (table);
}

static void
test_places_are_used_again (void)
{
  GstFecSessionTable *table = gst_fec_session_table_new ();
  gsize memory = 0;
  guint round, i;

  for (round = 0; round < 20; round++) {
    for (i = 0; i < 3000; i++) {
      GstFecAddress address = numbered (round * 3000 + i);
      GstFecSession *session = gst_fec_session_table_add (table, &address, 0);

      gst_fec_session_table_add_lease (table, session, i, 0);
    }
    if (round == 0)
      memory = gst_fec_session_table_get_memory (table);
    g_assert_cmpuint (gst_fec_session_table_get_memory (table), ==, memory);
    for (i = 0; i < 3000; i++) {
      GstFecAddress address = numbered (round * 3000 + i);

      gst_fec_session_table_remove (
          table, gst_fec_session_table_find (table, &address));
    }
    g_assert_cmpuint (gst_fec_session_table_get_n_leases (table), ==, 0);
  }
  gst_fec_session_table_free (table);
}

static void
test_limiter_gives_a_burst_and_then_the_rate (void)
{
  GstFecLimiter *limiter = g_new (GstFecLimiter, 1);
  GstFecAddress client = harness_ipv4 (10, 0, 0, 1, 1);
  gint64 now = 100 * SECOND;
  guint i, given = 0;

  gst_fec_limiter_init (limiter, 50);
  for (i = 0; i < 1000; i++)
    given += gst_fec_limiter_take (limiter, &client, now);
  g_assert_cmpuint (given, ==, 50);
  for (i = 0; i < 10000; i++) {
    now += SECOND / 1000;
    given += gst_fec_limiter_take (limiter, &client, now);
  }
  g_assert_cmpuint (given, ==, 50 + 10 * 50);
  g_free (limiter);
}

static void
test_limiter_knows_prefixes (void)
{
  GstFecLimiter *limiter = g_new (GstFecLimiter, 1);
  GstFecAddress a = harness_ipv4 (10, 0, 0, 1, 1);
  GstFecAddress b = harness_ipv4 (10, 0, 0, 200, 2);
  const guint8 ip[2][16] = { { 0x20, 1, 0xd, 0xb8, 0, 0, 1, 0 },
    { 0x20, 1, 0xd, 0xb8, 0, 0, 1, 0xff, 9 } };
  GstFecAddress d, e;

  gst_fec_address_set_ipv6 (&d, ip[0], 1, 0);
  gst_fec_address_set_ipv6 (&e, ip[1], 1, 0);
  gst_fec_limiter_init (limiter, 1);
  g_assert_true (gst_fec_limiter_take (limiter, &a, 0));
  g_assert_false (gst_fec_limiter_take (limiter, &b, 0));
  gst_fec_limiter_init (limiter, 1);
  g_assert_true (gst_fec_limiter_take (limiter, &d, 0));
  g_assert_false (gst_fec_limiter_take (limiter, &e, 0));
  g_free (limiter);
}

static void
test_limiter_keeps_prefixes_apart (void)
{
  GstFecLimiter *limiter = g_new (GstFecLimiter, 1);
  guint i, given = 0;

  gst_fec_limiter_init (limiter, 1);
  for (i = 0; i < 1000; i++) {
    GstFecAddress client =
        harness_ipv4 (10, (guint8) (i >> 8), (guint8) i, 1, 1);

    given += gst_fec_limiter_take (limiter, &client, 0);
  }
  /* Of 1000 in 16384 buckets some 30 share one. */
  g_assert_cmpuint (given, >, 900);
  g_free (limiter);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name) g_test_add_func ("/table/" #name, test_##name)
  ADD (finds_what_was_added_and_nothing_else);
  ADD (counts_sessions_of_an_address_over_all_ports);
  ADD (leases_belong_to_their_session);
  ADD (places_are_used_again);
  ADD (limiter_gives_a_burst_and_then_the_rate);
  ADD (limiter_knows_prefixes);
  ADD (limiter_keeps_prefixes_apart);
  return g_test_run ();
}
