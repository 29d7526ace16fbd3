/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-clientmissing.c: how the client tells which symbols are missing: when
 * such a Report leaves, what it carries, and its number.
 */
#include "clientfixture.h"

static void
report (ClientFixture *f, guint32 toi, guint32 count)
{
  gst_fec_session_client_report_missing (
      f->client, toi, 0, (guint16) (toi + 7), count, f->now);
}

/* Joined, at a time when no other request is due for a while. */
static void
begin (ClientFixture *f)
{
  client_join (f);
  f->now += 100 * MS;
  g_assert_false (client_ask (f));
}

static void
test_a_report_leaves_at_once (ClientFixture *f, gconstpointer data)
{
  begin (f);
  report (f, 11, 3);
  report (f, 12, 5);
  g_assert_true (client_ask (f));
  g_assert_cmpint (f->sent.method, ==, GST_FEC_METHOD_REPORT);
  g_assert_cmpuint (f->sent.session_id, ==, CLIENT_ID);
  g_assert_cmpuint (f->sent.n_reports, ==, 0);
  g_assert_cmpuint (f->sent.n_missing, ==, 2);
  g_assert_cmpuint (f->sent.missing[0].tsi, ==, 5);
  g_assert_cmpuint (f->sent.missing[0].toi, ==, 11);
  g_assert_cmpuint (f->sent.missing[0].seq, ==, 18);
  g_assert_cmpuint (f->sent.missing[0].count, ==, 3);
  g_assert_cmpuint (f->sent.missing[1].toi, ==, 12);
  g_assert_cmpuint (f->sent.missing[1].count, ==, 5);
  g_assert_false (client_ask (f));
}

static void
test_at_most_one_each_twenty_milliseconds (ClientFixture *f, gconstpointer data)
{
  gint64 end, last = 0;
  guint n = 0;

  begin (f);
  end = f->now + SECOND;
  while (f->now < end) {
    report (f, 11, 3);
    if (client_ask (f)) {
      g_assert_cmpint (f->now - last, >=, 20 * MS);
      last = f->now;
      n++;
    }
    f->now += MS;
  }
  g_assert_cmpuint (n, >=, 49);
  g_assert_cmpuint (client_counter (f, "missing-reports"), ==, n);
}

static void
test_the_last_count_of_an_object_counts (ClientFixture *f, gconstpointer data)
{
  begin (f);
  report (f, 11, 3);
  report (f, 12, 1);
  report (f, 11, 2);
  report (f, 13, 0);
  g_assert_true (client_ask (f));
  g_assert_cmpuint (f->sent.n_missing, ==, 2);
  g_assert_cmpuint (f->sent.missing[1].toi, ==, 11);
  g_assert_cmpuint (f->sent.missing[1].count, ==, 2);
}

static void
test_the_newest_of_many_objects_win (ClientFixture *f, gconstpointer data)
{
  guint32 toi;

  begin (f);
  for (toi = 100; toi < 200; toi++)
    report (f, toi, 1);
  g_assert_true (client_ask (f));
  g_assert_cmpuint (f->sent.n_missing, ==, GST_FEC_CONTROL_MAX_MISSING);
  g_assert_cmpuint (f->sent.missing[0].toi, ==, 168);
  g_assert_cmpuint (f->sent.missing[31].toi, ==, 199);
}

static void
test_each_report_has_the_next_number (ClientFixture *f, gconstpointer data)
{
  guint32 number;
  guint i;

  begin (f);
  report (f, 11, 3);
  g_assert_true (client_ask (f));
  number = f->sent.report_number;
  g_assert_cmpuint (number, >, 0);
  for (i = 0; i < 3; i++) {
    f->now += 20 * MS;
    report (f, 11, 3);
    g_assert_true (client_ask (f));
    g_assert_cmpuint (f->sent.report_number, ==, ++number);
  }
  /* Also across sessions, and the same when it is sent again. */
  gst_fec_session_client_restart (f->client, f->now);
  client_join (f);
  client_wait_and_ask (f, 6 * SECOND);
  g_assert_cmpint (f->sent.method, ==, GST_FEC_METHOD_REPORT);
  g_assert_cmpuint (f->sent.report_number, >, number);
  number = f->sent.report_number;
  client_wait_and_ask (f, SECOND);
  g_assert_cmpuint (f->sent.report_number, ==, number);
}

static void
test_it_is_not_sent_again (ClientFixture *f, gconstpointer data)
{
  gint64 end;

  begin (f);
  report (f, 11, 3);
  g_assert_true (client_ask (f));
  end = f->now + 4 * SECOND;
  while (f->now < end) {
    g_assert_false (client_ask (f));
    f->now = MIN (f->next, end);
  }
}

static void
test_answers_to_older_ones_are_recognised (ClientFixture *f, gconstpointer data)
{
  GstFecControlMessage first, answer;

  begin (f);
  report (f, 11, 3);
  g_assert_true (client_ask (f));
  first = f->sent;
  f->now += 20 * MS;
  report (f, 11, 3);
  g_assert_true (client_ask (f));
  client_answer_to (&first, 0, &answer);
  client_hand_in (f, &answer);
  client_reply (f, 0);
  g_assert_cmpuint (client_counter (f, "ignored"), ==, 0);
  client_answer_to (&first, 0, &answer);
  answer.transaction[3] ^= 1;
  client_hand_in (f, &answer);
  g_assert_cmpuint (client_counter (f, "ignored"), ==, 1);
}

static void
test_it_does_not_disturb_the_counts_of_reports (
    ClientFixture *f, gconstpointer data)
{
  begin (f);
  gst_fec_session_client_set_reception (f->client, 1000, 900, 100, 5);
  report (f, 11, 3);
  g_assert_true (client_ask (f));
  client_reply (f, 0);
  client_wait_and_ask (f, 6 * SECOND);
  g_assert_cmpuint (f->sent.n_reports, ==, 1);
  g_assert_cmpuint (f->sent.reports[0].received, ==, 900);
  g_assert_cmpuint (f->sent.reports[0].lost, ==, 100);
}

/* A multicast listener has no lease, and its session may be forgotten. */
static void
test_without_a_lease_the_session_is_asked_for_anew (
    ClientFixture *f, gconstpointer data)
{
  gst_fec_session_client_set_join (f->client, FALSE, f->now);
  g_assert_true (client_ask (f));
  client_reply (f, 0);
  while (client_ask (f))
    client_reply (f, 0);
  report (f, 11, 3);
  g_assert_true (client_ask (f));
  g_assert_cmpuint (f->sent.n_missing, ==, 1);
  client_reply (f, 0);
  f->now += 31 * SECOND;
  report (f, 12, 4);
  g_assert_true (client_ask (f));
  g_assert_cmpint (f->sent.method, ==, GST_FEC_METHOD_CONNECT);
  client_reply (f, 401);
  g_assert_true (client_ask (f));
  client_reply (f, 0);
  while (client_ask (f) && f->sent.n_missing == 0)
    client_reply (f, 0);
  g_assert_cmpuint (f->sent.missing[0].toi, ==, 12);
}

static void
test_after_no_session_it_is_told_again (ClientFixture *f, gconstpointer data)
{
  begin (f);
  report (f, 11, 3);
  g_assert_true (client_ask (f));
  client_reply (f, 437);
  f->now += 20 * MS;
  g_assert_true (client_ask (f));
  g_assert_cmpint (f->sent.method, ==, GST_FEC_METHOD_CONNECT);
  client_reply (f, 0);
  while (client_ask (f) && f->sent.n_missing == 0)
    client_reply (f, 0);
  g_assert_cmpuint (f->sent.missing[0].toi, ==, 11);
}

static void
test_a_silent_server_is_connected_to_anew (ClientFixture *f, gconstpointer data)
{
  gint64 begun;

  gst_fec_session_client_set_join (f->client, FALSE, f->now);
  g_assert_true (client_ask (f));
  client_reply (f, 0);
  while (client_ask (f))
    client_reply (f, 0);
  begun = f->now;
  do {
    f->now += 30 * MS;
    report (f, 11, 3);
    client_ask (f);
    g_assert_cmpint (f->now - begun, <, 3 * SECOND);
  } while (f->sent.method != GST_FEC_METHOD_CONNECT);
}

static void
test_what_could_not_be_told_for_long_is_forgotten (
    ClientFixture *f, gconstpointer data)
{
  report (f, 11, 3);
  client_ask (f);
  f->now += 2 * SECOND;
  report (f, 12, 3);
  client_ask (f);
  client_reply (f, 0);
  while (client_ask (f) && f->sent.n_missing == 0)
    client_reply (f, 0);
  g_assert_cmpuint (f->sent.n_missing, ==, 1);
  g_assert_cmpuint (f->sent.missing[0].toi, ==, 12);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gst_init (&argc, &argv);
#define ADD(name)                                                              \
  g_test_add ("/client/missing/" #name, ClientFixture, NULL, client_set_up,    \
      test_##name, client_tear_down)
  ADD (a_report_leaves_at_once);
  ADD (at_most_one_each_twenty_milliseconds);
  ADD (the_last_count_of_an_object_counts);
  ADD (the_newest_of_many_objects_win);
  ADD (each_report_has_the_next_number);
  ADD (it_is_not_sent_again);
  ADD (answers_to_older_ones_are_recognised);
  ADD (it_does_not_disturb_the_counts_of_reports);
  ADD (without_a_lease_the_session_is_asked_for_anew);
  ADD (after_no_session_it_is_told_again);
  ADD (a_silent_server_is_connected_to_anew);
  ADD (what_could_not_be_told_for_long_is_forgotten);
  return g_test_run ();
}
