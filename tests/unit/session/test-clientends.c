/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-clientends.c: the client where reception shall end by itself, where the
 * server is full or the way congested, and over a transport that loses nothing.
 */
#include "clientfixture.h"

#define BEGIN (50 * SECOND)
/* What the server's clock says more than the client's. */
#define AHEAD (950 * SECOND)

static void
set_up_with_end (ClientFixture *f, gint64 end)
{
  GstFecClientSettings settings;

  gst_fec_client_settings_init (&settings);
  settings.channel = "live";
  settings.lease_end = (guint64) (end + AHEAD);
  client_renew (f, &settings);
}

static void
test_reception_ends_at_the_time_wished_for (
    ClientFixture *f, gconstpointer data)
{
  set_up_with_end (f, BEGIN + 42 * SECOND);
  client_join (f);
  g_assert_cmpuint (f->sent.n_channels + f->sent.n_reports, ==, 1);
  client_run (f, BEGIN + 42 * SECOND - 1);
  g_assert_cmpint (client_state (f), ==, GST_FEC_CLIENT_JOINED);
  client_run (f, BEGIN + 42 * SECOND);
  g_assert_false (client_ask (f));
  g_assert_cmpint (client_state (f), ==, GST_FEC_CLIENT_ENDED);
  g_assert_cmpint (f->next, ==, G_MAXINT64);
}

static void
test_the_end_is_asked_for_and_not_renewed (ClientFixture *f, gconstpointer data)
{
  guint n = 0;

  set_up_with_end (f, BEGIN + 42 * SECOND);
  while (f->now < BEGIN + 42 * SECOND) {
    if (!client_ask (f)) {
      f->now = MIN (f->next, BEGIN + 42 * SECOND);
      continue;
    }
    if (f->sent.n_channels > 0 && f->sent.method != GST_FEC_METHOD_DESCRIBE) {
      g_assert_cmpuint (f->sent.channels[0].lease_end, ==,
          (guint64) (BEGIN + AHEAD + 42 * SECOND));
      n++;
    }
    client_reply (f, 0);
  }
  g_assert_cmpuint (n, ==, 1);
}

/* As a server does that grants a minute at most. */
static void
test_a_far_end_is_reached_by_renewals (ClientFixture *f, gconstpointer data)
{
  const gint64 end = BEGIN + 200 * SECOND;
  GstFecControlMessage answer;

  set_up_with_end (f, end);
  while (f->now < end) {
    g_assert_cmpint (client_state (f), !=, GST_FEC_CLIENT_ENDED);
    if (!client_ask (f)) {
      f->now = MIN (f->next, end);
      continue;
    }
    client_answer_to (&f->sent, 0, &answer);
    answer.server_time = (guint64) (f->now + AHEAD);
    answer.grants[0].lease_end =
        MIN (answer.server_time + 60 * SECOND, (guint64) (end + AHEAD));
    client_hand_in (f, &answer);
  }
  client_ask (f);
  g_assert_cmpint (client_state (f), ==, GST_FEC_CLIENT_ENDED);
}

static void
test_a_longer_grant_is_left_at_the_end (ClientFixture *f, gconstpointer data)
{
  GstFecControlMessage answer;

  set_up_with_end (f, BEGIN + 3 * SECOND);
  g_assert_true (client_ask (f));
  client_answer_to (&f->sent, 0, &answer);
  answer.grants[0].lease_end = (guint64) (BEGIN + AHEAD + 10 * SECOND);
  client_hand_in (f, &answer);
  client_run (f, BEGIN + 3 * SECOND);
  g_assert_true (client_ask (f));
  g_assert_cmpint (f->sent.method, ==, GST_FEC_METHOD_LEAVE);
  g_assert_cmpint (client_state (f), ==, GST_FEC_CLIENT_ENDED);
  client_reply (f, 0);
  g_assert_false (client_ask (f));
}

static void
test_an_unanswered_leave_at_the_end_is_given_up (
    ClientFixture *f, gconstpointer data)
{
  GstFecControlMessage answer;
  guint before;

  set_up_with_end (f, BEGIN + 3 * SECOND);
  client_ask (f);
  client_reply (f, 401);
  client_ask (f);
  client_answer_to (&f->sent, 0, &answer);
  answer.grants[0].lease_end = (guint64) (BEGIN + AHEAD + 60 * SECOND);
  client_hand_in (f, &answer);
  client_run (f, BEGIN + 3 * SECOND);
  before = f->n_sent;
  while (client_ask (f) || f->next != G_MAXINT64) {
    if (f->next != G_MAXINT64)
      f->now = MAX (f->now, f->next);
  }
  g_assert_cmpuint (f->n_sent - before, ==, 3);
  g_assert_cmpint (client_state (f), ==, GST_FEC_CLIENT_ENDED);
}

static void
test_a_multicast_listener_ends_too (ClientFixture *f, gconstpointer data)
{
  set_up_with_end (f, BEGIN + 42 * SECOND);
  gst_fec_session_client_set_join (f->client, FALSE, f->now);
  g_assert_true (client_ask (f));
  client_reply (f, 0);
  client_run (f, BEGIN + 42 * SECOND - 1);
  g_assert_cmpint (client_state (f), ==, GST_FEC_CLIENT_DESCRIBED);
  client_run (f, BEGIN + 42 * SECOND);
  client_ask (f);
  g_assert_cmpint (client_state (f), ==, GST_FEC_CLIENT_ENDED);
}

static void
test_an_end_in_the_past_is_the_end (ClientFixture *f, gconstpointer data)
{
  GstFecControlMessage answer;

  set_up_with_end (f, BEGIN - SECOND);
  g_assert_true (client_ask (f));
  client_answer_to (&f->sent, 0, &answer);
  answer.grants[0].lease_end = 0;
  answer.grants[0].error = GST_FEC_ERROR_BAD_LEASE;
  g_assert_true (client_hand_in (f, &answer));
  g_assert_cmpint (client_state (f), ==, GST_FEC_CLIENT_ENDED);
}

static void
test_one_lease_is_enough_without_renewal (ClientFixture *f, gconstpointer data)
{
  GstFecClientSettings settings;

  gst_fec_client_settings_init (&settings);
  settings.channel = "live";
  settings.renew = FALSE;
  client_renew (f, &settings);
  client_join (f);
  client_run (f, BEGIN + 20 * SECOND);
  /* The server forgot us: what is left of the lease is asked for, no more. */
  gst_fec_session_client_restart (f->client, f->now);
  g_assert_true (client_ask (f));
  g_assert_cmpuint (f->sent.channels[0].lease_seconds, ==, 40);
  client_reply (f, 0);
  client_run (f, BEGIN + 60 * SECOND - 1);
  g_assert_cmpint (client_state (f), ==, GST_FEC_CLIENT_JOINED);
  client_run (f, BEGIN + 60 * SECOND);
  client_ask (f);
  g_assert_cmpint (client_state (f), ==, GST_FEC_CLIENT_ENDED);
}

/* ---- Servers that cannot take us -------------------------------------------- */

static gboolean
reply_with_alternate (
    ClientFixture *f, guint error, const guint8 ip[4], guint16 port)
{
  GstFecControlMessage answer;

  client_answer_to (&f->sent, error, &answer);
  answer.has_alternate = TRUE;
  gst_fec_address_set_ipv4 (&answer.alternate, ip, port);
  return client_hand_in (f, &answer);
}

static void
test_an_alternate_server_is_told (ClientFixture *f, gconstpointer data)
{
  static const guint errors[] = { 300, 503, 508 };
  const guint8 ip[4] = { 192, 0, 2, 7 };
  GstFecAddress expected, alternate;
  guint i;

  gst_fec_address_set_ipv4 (&expected, ip, 6331);
  for (i = 0; i < G_N_ELEMENTS (errors); i++) {
    gst_fec_session_client_restart (f->client, f->now);
    g_assert_false (
        gst_fec_session_client_get_alternate (f->client, &alternate));
    g_assert_true (client_ask (f));
    g_assert_true (reply_with_alternate (f, errors[i], ip, 6331));
    g_assert_true (
        gst_fec_session_client_get_alternate (f->client, &alternate));
    g_assert_true (gst_fec_address_equal (&alternate, &expected));
    g_assert_cmpint (client_state (f), ==, GST_FEC_CLIENT_CONNECTING);
    client_wait_and_ask (f, SECOND);
  }
  client_reply (f, 0);
  g_assert_false (gst_fec_session_client_get_alternate (f->client, &alternate));
}

static void
test_alternates_that_cannot_be_are_ignored (
    ClientFixture *f, gconstpointer data)
{
  static const struct
  {
    guint error;
    guint8 ip[4];
    guint16 port;
  } cases[] = { { 300, { 239, 1, 2, 3 }, 6330 }, { 300, { 0, 0, 0, 0 }, 6330 },
    { 300, { 255, 255, 255, 255 }, 6330 }, { 300, { 192, 0, 2, 1 }, 0 },
    { 500, { 192, 0, 2, 1 }, 6330 }, { 401, { 192, 0, 2, 1 }, 6330 } };
  GstFecAddress alternate;
  guint i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++) {
    gst_fec_session_client_restart (f->client, f->now);
    g_assert_true (client_ask (f));
    g_assert_false (
        reply_with_alternate (f, cases[i].error, cases[i].ip, cases[i].port));
    g_assert_false (
        gst_fec_session_client_get_alternate (f->client, &alternate));
  }
}

static void
test_congestion_ends_the_lease_and_is_waited_for (
    ClientFixture *f, gconstpointer data)
{
  gint64 since;
  guint i;

  client_join (f);
  client_wait_and_ask (f, 6 * SECOND);
  g_assert_cmpint (f->sent.method, ==, GST_FEC_METHOD_REPORT);
  for (i = 0; i < 4; i++) {
    g_assert_cmpint (client_reply (f, 510), ==, i == 0);
    g_assert_cmpint (client_state (f), ==, GST_FEC_CLIENT_CONNECTING);
    since = f->now;
    client_wait_and_ask (f, 16 * SECOND);
    g_assert_cmpint (f->now - since, >=, 5 * SECOND);
    g_assert_cmpint (f->sent.method, ==, GST_FEC_METHOD_CONNECT);
  }
  client_reply (f, 0);
  g_assert_cmpint (client_state (f), ==, GST_FEC_CLIENT_JOINED);
}

/* ---- A transport that loses nothing ------------------------------------------ */

static void
test_over_tcp_an_answer_is_waited_for_longer (
    ClientFixture *f, gconstpointer data)
{
  guint i;

  gst_fec_session_client_set_reliable (f->client, TRUE);
  g_assert_true (client_ask (f));
  for (i = 0; i < 3; i++) {
    g_assert_false (client_ask (f));
    g_assert_cmpint (f->next, ==, f->now + 8 * SECOND);
    f->now = f->next;
    g_assert_true (client_ask (f));
  }
  /* What is asked anew does not wait so long. */
  client_reply (f, 500);
  client_wait_and_ask (f, 8 * SECOND - 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gst_init (&argc, &argv);
#define ADD(name)                                                              \
  g_test_add ("/client/ends/" #name, ClientFixture, NULL, client_set_up,       \
      test_##name, client_tear_down)
  ADD (reception_ends_at_the_time_wished_for);
  ADD (the_end_is_asked_for_and_not_renewed);
  ADD (a_far_end_is_reached_by_renewals);
  ADD (a_longer_grant_is_left_at_the_end);
  ADD (an_unanswered_leave_at_the_end_is_given_up);
  ADD (a_multicast_listener_ends_too);
  ADD (an_end_in_the_past_is_the_end);
  ADD (one_lease_is_enough_without_renewal);
  ADD (an_alternate_server_is_told);
  ADD (alternates_that_cannot_be_are_ignored);
  ADD (congestion_ends_the_lease_and_is_waited_for);
  ADD (over_tcp_an_answer_is_waited_for_longer);
  return g_test_run ();
}
