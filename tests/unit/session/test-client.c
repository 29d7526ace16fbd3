/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-client.c: the client against answers written by hand: wrong, late,
 * doubled, hostile.
 */
#include "clientfixture.h"

#include <string.h>

static void
test_connect_is_padded_and_names_the_channel (
    ClientFixture *f, gconstpointer data)
{
  g_assert_true (client_ask (f));
  g_assert_cmpint (f->sent.method, ==, GST_FEC_METHOD_CONNECT);
  g_assert_cmpuint (f->size, ==, GST_FEC_CONTROL_CONNECT_SIZE);
  g_assert_cmpuint (f->sent.n_channels, ==, 1);
  g_assert_cmpstr (f->sent.channels[0].name, ==, "live");
  g_assert_cmpuint (f->sent.channels[0].lease_seconds, ==, 60);
  g_assert_cmpstr (f->sent.nonce, ==, "");
  g_assert_cmpuint (f->sent.session_id, ==, 0);
  g_assert_false (client_ask (f));
}

static void
test_retransmits_the_same_with_doubling_intervals (
    ClientFixture *f, gconstpointer data)
{
  GstFecControlMessage first;
  gdouble expected = 0.25;
  guint i;

  g_assert_true (client_ask (f));
  first = f->sent;
  for (i = 0; i < 12; i++) {
    gint64 before = f->now;
    gdouble interval;

    client_wait_and_ask (f, 20 * SECOND);
    interval = (gdouble) (f->now - before) / G_USEC_PER_SEC;
    g_assert_cmpfloat (interval, >=, expected * 0.749);
    g_assert_cmpfloat (interval, <=, expected * 1.251);
    g_assert_cmpmem (&f->sent, sizeof (first), &first, sizeof (first));
    expected = MIN (expected * 2, 8);
  }
  g_assert_cmpuint (client_counter (f, "retransmissions"), ==, 12);
  /* Which of the sendings was answered is not known. */
  client_reply (f, 401);
  g_assert_true (client_ask (f));
  g_assert_cmpstr (f->sent.nonce, ==, "fresh");
}

static void
test_strangers_answers_are_ignored (ClientFixture *f, gconstpointer data)
{
  GstFecControlMessage answer;

  g_assert_true (client_ask (f));
  client_answer_to (&f->sent, 404, &answer);
  answer.transaction[11] ^= 1;
  g_assert_false (client_hand_in (f, &answer));
  client_answer_to (&f->sent, 404, &answer);
  answer.method = GST_FEC_METHOD_JOIN;
  g_assert_false (client_hand_in (f, &answer));
  client_answer_to (&f->sent, 0, &answer);
  answer.klass = GST_FEC_CLASS_REQUEST;
  g_assert_false (client_hand_in (f, &answer));
  g_assert_false (gst_fec_session_client_handle (
      f->client, (const guint8 *) "garbage", 7, f->now));
  g_assert_cmpuint (client_counter (f, "ignored"), ==, 4);
  g_assert_cmpint (client_state (f), ==, GST_FEC_CLIENT_CONNECTING);
}

static void
test_late_and_doubled_answers_are_ignored (ClientFixture *f, gconstpointer data)
{
  GstFecControlMessage old, answer;

  g_assert_true (client_ask (f));
  old = f->sent;
  client_reply (f, 401);
  g_assert_true (client_ask (f));
  /* A second challenge to the first sending is late now. */
  client_answer_to (&old, 401, &answer);
  g_strlcpy (answer.nonce, "stale", sizeof (answer.nonce));
  g_assert_false (client_hand_in (f, &answer));
  g_assert_false (client_ask (f));
  g_assert_true (client_reply (f, 0));
  old = f->sent;
  g_assert_true (client_ask (f));
  g_assert_cmpstr (f->sent.nonce, ==, "fresh");
  client_answer_to (&old, 404, &answer);
  g_assert_false (client_hand_in (f, &answer));
  g_assert_cmpint (client_state (f), ==, GST_FEC_CLIENT_JOINED);
  g_assert_cmpuint (client_counter (f, "ignored"), ==, 2);
}

static void
test_final_errors_refuse (ClientFixture *f, gconstpointer data)
{
  static const guint errors[] = { 400, 403, 404, 420, 440, 441, 499 };
  const gchar *reason;
  guint i;

  for (i = 0; i < G_N_ELEMENTS (errors); i++) {
    gst_fec_session_client_restart (f->client, f->now);
    g_assert_true (client_ask (f));
    g_assert_true (client_reply (f, errors[i]));
    g_assert_cmpint (client_state (f), ==, GST_FEC_CLIENT_REFUSED);
    g_assert_cmpuint (
        gst_fec_session_client_get_error (f->client, &reason), ==, errors[i]);
    g_assert_cmpstr (reason, ==, gst_fec_control_reason (errors[i]));
    g_assert_false (client_ask (f));
    g_assert_cmpint (f->next, ==, G_MAXINT64);
  }
}

static void
test_passing_errors_are_tried_again (ClientFixture *f, gconstpointer data)
{
  static const guint errors[] = { 300, 486, 500, 508, 599 };
  guint i;

  for (i = 0; i < 20; i++) {
    client_wait_and_ask (f, 11 * SECOND);
    client_reply (f, errors[i % G_N_ELEMENTS (errors)]);
    g_assert_cmpint (client_state (f), ==, GST_FEC_CLIENT_CONNECTING);
    g_assert_false (client_ask (f));
  }
  g_assert_cmpint (f->now, >, 50 * SECOND + 60 * SECOND);
}

static void
test_a_grant_may_refuse (ClientFixture *f, gconstpointer data)
{
  GstFecControlMessage answer;

  g_assert_true (client_ask (f));
  client_answer_to (&f->sent, 0, &answer);
  answer.grants[0].error = 403;
  g_assert_true (client_hand_in (f, &answer));
  g_assert_cmpint (client_state (f), ==, GST_FEC_CLIENT_REFUSED);
  g_assert_cmpuint (
      gst_fec_session_client_get_error (f->client, NULL), ==, 403);
}

static void
test_a_challenge_without_nonce_refuses (ClientFixture *f, gconstpointer data)
{
  GstFecControlMessage answer;

  g_assert_true (client_ask (f));
  client_answer_to (&f->sent, 401, &answer);
  answer.nonce[0] = '\0';
  g_assert_true (client_hand_in (f, &answer));
  g_assert_cmpint (client_state (f), ==, GST_FEC_CLIENT_REFUSED);
}

static void
test_endless_challenges_are_answered_ever_more_slowly (
    ClientFixture *f, gconstpointer data)
{
  gint64 end = f->now + 60 * SECOND;

  while (f->now < end) {
    client_wait_and_ask (f, 11 * SECOND);
    client_reply (f, f->n_sent % 2 ? 401 : 438);
  }
  g_assert_cmpuint (f->n_sent, <, 20);
  g_assert_cmpuint (client_counter (f, "stale-nonces"), ==, f->n_sent - 1);
}

static void
test_stale_nonce_in_a_session_repeats_the_request (
    ClientFixture *f, gconstpointer data)
{
  GstFecMethod method;

  client_join (f);
  client_wait_and_ask (f, 6 * SECOND);
  method = f->sent.method;
  client_reply (f, 438);
  g_assert_true (client_ask (f));
  g_assert_cmpint (f->sent.method, ==, method);
  g_assert_cmpuint (f->sent.session_id, ==, CLIENT_ID);
  g_assert_cmpstr (f->sent.nonce, ==, "fresh");
}

static void
test_no_session_begins_anew (ClientFixture *f, gconstpointer data)
{
  client_join (f);
  client_wait_and_ask (f, 6 * SECOND);
  g_assert_true (client_reply (f, 437));
  g_assert_cmpint (client_state (f), ==, GST_FEC_CLIENT_CONNECTING);
  g_assert_true (client_ask (f));
  g_assert_cmpint (f->sent.method, ==, GST_FEC_METHOD_CONNECT);
  g_assert_cmpuint (f->sent.session_id, ==, 0);
  g_assert_cmpuint (f->sent.n_channels, ==, 1);
}

static void
test_unanswered_requests_lead_to_connect (ClientFixture *f, gconstpointer data)
{
  guint i;

  client_join (f);
  for (i = 0; i < 3; i++) {
    client_wait_and_ask (f, 6 * SECOND);
    g_assert_cmpint (f->sent.method, ==, GST_FEC_METHOD_REPORT);
  }
  client_wait_and_ask (f, 2 * SECOND);
  g_assert_cmpint (f->sent.method, ==, GST_FEC_METHOD_CONNECT);
  g_assert_cmpuint (f->sent.session_id, ==, CLIENT_ID);
  g_assert_cmpint (client_state (f), ==, GST_FEC_CLIENT_JOINED);
}

static void
test_a_lease_not_renewed_ends (ClientFixture *f, gconstpointer data)
{
  gint64 end;

  client_join (f);
  end = f->now + 60 * SECOND;
  while (f->now < end) {
    g_assert_cmpint (client_state (f), ==, GST_FEC_CLIENT_JOINED);
    client_wait_and_ask (f, 11 * SECOND);
  }
  g_assert_cmpint (client_state (f), ==, GST_FEC_CLIENT_CONNECTING);
  g_assert_cmpuint (f->n_sent, <, 100);
}

static void
test_renews_at_a_third_of_the_lease (ClientFixture *f, gconstpointer data)
{
  gint64 begin;

  client_join (f);
  begin = f->now;
  do {
    client_wait_and_ask (f, 6 * SECOND);
    client_reply (f, 0);
  } while (f->sent.method != GST_FEC_METHOD_JOIN);
  g_assert_cmpint (f->now - begin, ==, 20 * SECOND);
  g_assert_cmpuint (f->sent.channels[0].lease_seconds, ==, 60);
}

/* Answers everything, with @end as the granted end, for a minute. */
static void
run_with_grant (ClientFixture *f, guint n_grants, guint64 end)
{
  gint64 stop = f->now + 60 * SECOND;

  while (f->now < stop) {
    GstFecControlMessage answer;

    if (!client_ask (f)) {
      f->now = MIN (f->next, stop);
      continue;
    }
    client_answer_to (&f->sent, 0, &answer);
    answer.n_grants = MIN (answer.n_grants, n_grants);
    answer.grants[0].lease_end = end;
    client_hand_in (f, &answer);
  }
}

static void
test_absurd_leases_cause_no_flood (ClientFixture *f, gconstpointer data)
{
  static const guint64 ends[] = { 0, 1, G_MAXUINT64, 1000000001 };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (ends); i++) {
    gst_fec_session_client_restart (f->client, f->now);
    f->n_sent = 0;
    run_with_grant (f, 1, ends[i]);
    g_assert_cmpint (client_state (f), ==, GST_FEC_CLIENT_JOINED);
    g_assert_cmpuint (f->n_sent, <, 60 * 4);
  }
  f->n_sent = 0;
  gst_fec_session_client_restart (f->client, f->now);
  run_with_grant (f, 0, 0);
  g_assert_cmpuint (f->n_sent, <, 30);
}

static void
test_bad_descriptions_cause_no_flood (ClientFixture *f, gconstpointer data)
{
  gint64 stop = f->now + 60 * SECOND;
  guint described = 0;

  while (f->now < stop) {
    GstFecControlMessage answer;

    if (!client_ask (f)) {
      f->now = MIN (f->next, stop);
      continue;
    }
    client_answer_to (&f->sent, 0, &answer);
    if (f->sent.method == GST_FEC_METHOD_DESCRIBE) {
      described++;
      g_strlcpy (answer.description, described % 2 ? "rubbish" : "",
          sizeof (answer.description));
    }
    client_hand_in (f, &answer);
  }
  g_assert_cmpuint (described, >, 3);
  g_assert_cmpuint (described, <, 30);
  g_assert_null (gst_fec_session_client_get_description (f->client));
  g_assert_cmpint (client_state (f), ==, GST_FEC_CLIENT_JOINED);
}

static void
test_errors_of_reports_are_not_final (ClientFixture *f, gconstpointer data)
{
  client_join (f);
  client_wait_and_ask (f, 6 * SECOND);
  g_assert_cmpint (f->sent.method, ==, GST_FEC_METHOD_REPORT);
  g_assert_false (client_reply (f, 403));
  g_assert_cmpint (client_state (f), ==, GST_FEC_CLIENT_JOINED);
  client_wait_and_ask (f, 6 * SECOND);
  g_assert_cmpint (f->sent.method, ==, GST_FEC_METHOD_REPORT);
}

static void
test_a_channel_that_has_not_begun_is_asked_for_each_second (
    ClientFixture *f, gconstpointer data)
{
  guint i;

  g_assert_true (client_ask (f));
  client_reply (f, 401);
  g_assert_true (client_ask (f));
  for (i = 0; i < 20; i++) {
    client_reply (f, 504);
    g_assert_cmpint (client_state (f), ==, GST_FEC_CLIENT_CONNECTING);
    client_wait_and_ask (f, SECOND);
  }
  client_reply (f, 0);
  g_assert_cmpint (client_state (f), ==, GST_FEC_CLIENT_JOINED);
}

/* Answers all that is asked; the description names a group. */
static void
answer_with_group (ClientFixture *f)
{
  const guint8 ip[4] = { 232, 1, 2, 3 };
  GstFecDescription description = {
    .name = (gchar *) "live", .tsi = 5, .has_group = TRUE
  };
  GstFecControlMessage answer;

  gst_fec_address_set_ipv4 (&description.group, ip, 6330);
  while (client_ask (f)) {
    client_answer_to (&f->sent, 0, &answer);
    if (f->sent.method == GST_FEC_METHOD_DESCRIBE) {
      gchar *sdp =
          gst_fec_description_to_sdp (&description, &description.group);

      g_strlcpy (answer.description, sdp, sizeof (answer.description));
      g_free (sdp);
    }
    client_hand_in (f, &answer);
  }
}

static void
test_a_listener_of_the_group_alone_reports (
    ClientFixture *f, gconstpointer data)
{
  answer_with_group (f);
  gst_fec_session_client_set_join (f->client, FALSE, f->now);
  answer_with_group (f);
  /* Nothing has come yet. */
  g_assert_cmpint (f->next, >, f->now + 60 * SECOND);
  gst_fec_session_client_set_reception (f->client, 1000, 900, 100, 5);
  client_wait_and_ask (f, 6 * SECOND);
  g_assert_cmpint (f->sent.method, ==, GST_FEC_METHOD_REPORT);
  g_assert_cmpuint (f->sent.reports[0].tsi, ==, 5);
  g_assert_cmpuint (f->sent.reports[0].received, ==, 900);
  g_assert_cmpuint (f->sent.reports[0].lost, ==, 100);
  client_reply (f, 0);
  gst_fec_session_client_set_reception (f->client, 1010, 910, 100, 5);
  client_wait_and_ask (f, 6 * SECOND);
  g_assert_cmpuint (f->sent.reports[0].received, ==, 10);
}

static void
test_no_more_than_three_requests_are_outstanding (
    ClientFixture *f, gconstpointer data)
{
  guint8 seen[16][12];
  guint n = 0, i, step;

  g_assert_true (client_ask (f));
  client_reply (f, 0);
  for (step = 0; step < 6; step++) {
    client_wait_and_ask (f, 6 * SECOND);
    if (f->sent.method == GST_FEC_METHOD_CONNECT)
      break;
    for (i = 0; i < n && memcmp (seen[i], f->sent.transaction, 12); i++)
      ;
    if (i == n)
      memcpy (seen[n++], f->sent.transaction, 12);
  }
  g_assert_cmpuint (n, <=, 3);
}

static void
test_round_trip_time_is_measured (ClientFixture *f, gconstpointer data)
{
  GstStructure *stats;
  guint rtt = 0;

  g_assert_true (client_ask (f));
  f->now += 33 * MS;
  client_reply (f, 401);
  stats = gst_fec_session_client_get_stats (f->client);
  g_assert_true (gst_structure_get_uint (stats, "rtt-us", &rtt));
  g_assert_cmpuint (rtt, ==, 33000);
  g_assert_cmpstr (gst_structure_get_string (stats, "state"), ==, "connecting");
  gst_structure_free (stats);
}

static void
test_leave_without_a_session_says_nothing (ClientFixture *f, gconstpointer data)
{
  guint8 bytes[GST_FEC_CONTROL_MAX_SIZE];

  g_assert_true (client_ask (f));
  g_assert_cmpuint (
      gst_fec_session_client_leave (f->client, bytes, sizeof (bytes)), ==, 0);
  g_assert_cmpint (client_state (f), ==, GST_FEC_CLIENT_LEFT);
  g_assert_false (client_ask (f));
}

/* Its id is on the way: the address and the cookie say which session it is. */
static void
test_leave_ends_a_session_that_was_only_asked_for (
    ClientFixture *f, gconstpointer data)
{
  guint8 bytes[GST_FEC_CONTROL_MAX_SIZE];
  GstFecControlMessage leave;
  gsize size;

  g_assert_true (client_ask (f));
  client_reply (f, 401);
  g_assert_true (client_ask (f));
  size = gst_fec_session_client_leave (f->client, bytes, sizeof (bytes));
  g_assert_cmpint (
      gst_fec_control_parse (&leave, bytes, size), ==, GST_FEC_CONTROL_OK);
  g_assert_cmpint (leave.method, ==, GST_FEC_METHOD_LEAVE);
  g_assert_cmpuint (leave.session_id, ==, 0);
  g_assert_cmpstr (leave.nonce, ==, "fresh");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gst_init (&argc, &argv);
#define ADD(name)                                                              \
  g_test_add ("/client/" #name, ClientFixture, NULL, client_set_up,            \
      test_##name, client_tear_down)
  ADD (connect_is_padded_and_names_the_channel);
  ADD (retransmits_the_same_with_doubling_intervals);
  ADD (strangers_answers_are_ignored);
  ADD (late_and_doubled_answers_are_ignored);
  ADD (final_errors_refuse);
  ADD (passing_errors_are_tried_again);
  ADD (a_grant_may_refuse);
  ADD (a_challenge_without_nonce_refuses);
  ADD (endless_challenges_are_answered_ever_more_slowly);
  ADD (stale_nonce_in_a_session_repeats_the_request);
  ADD (no_session_begins_anew);
  ADD (unanswered_requests_lead_to_connect);
  ADD (a_lease_not_renewed_ends);
  ADD (renews_at_a_third_of_the_lease);
  ADD (absurd_leases_cause_no_flood);
  ADD (bad_descriptions_cause_no_flood);
  ADD (errors_of_reports_are_not_final);
  ADD (a_listener_of_the_group_alone_reports);
  ADD (a_channel_that_has_not_begun_is_asked_for_each_second);
  ADD (no_more_than_three_requests_are_outstanding);
  ADD (round_trip_time_is_measured);
  ADD (leave_without_a_session_says_nothing);
  ADD (leave_ends_a_session_that_was_only_asked_for);
  return g_test_run ();
}
