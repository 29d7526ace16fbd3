/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-sessions.c: how sessions stay, move and end.
 */
#include "harness.h"

#define SECOND ((gint64) G_USEC_PER_SEC)
#define TICK (10 * G_TIME_SPAN_MILLISECOND)

typedef struct
{
  Harness *h;
  GstFecAddress a, b;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  f->h = harness_new (NULL);
  harness_add_channels (f->h, 3);
  f->a = harness_ipv4 (10, 0, 0, 1, 1000);
  f->b = harness_ipv4 (10, 0, 0, 2, 2000);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  harness_free (f->h);
}

static void
test_silence_ends_the_session (Fixture *f, gconstpointer data)
{
  harness_connect_to (f->h, &f->a, "one");
  harness_advance (f->h, 30 * SECOND - 1);
  harness_assert_changes (f->h, "+1@10.0.0.1:1000 ");
  harness_advance (f->h, TICK);
  harness_assert_changes (f->h, "-1@10.0.0.1:1000:silent ");
  g_assert_cmpuint (harness_number (f->h, "sessions"), ==, 0);
  g_assert_cmpuint (harness_counter (f->h, "silent"), ==, 1);
}

static void
test_reports_keep_consent_and_are_told (Fixture *f, gconstpointer data)
{
  GstFecControlMessage request, answer;
  GValue clients = G_VALUE_INIT;
  guint64 id = harness_connect_to (f->h, &f->a, "one");
  const GstStructure *client, *channel;
  guint received = 0, lost = 0, jitter = 0, tsi = 0;
  guint64 idle = 0, remaining = 0, told_id = 0;

  harness_stay_awake (f->h, &f->a, id, 45 * SECOND);
  harness_begin (&request, GST_FEC_METHOD_REPORT, id);
  request.n_reports = 2;
  request.reports[0].received = 100;
  request.reports[0].lost = 7;
  request.reports[0].jitter_us = 300;
  request.reports[1].received = G_MAXUINT32 - 50;
  request.reports[1].lost = 1;
  request.reports[1].jitter_us = 200;
  g_assert_true (harness_ask (f->h, &request, &f->a, &answer));
  g_assert_cmpint (answer.klass, ==, GST_FEC_CLASS_SUCCESS);
  harness_advance (f->h, SECOND);
  harness_assert_changes (f->h, "+1@10.0.0.1:1000 ");

  gst_fec_session_server_get_clients (f->h->server, f->h->now, &clients);
  g_assert_cmpuint (gst_value_list_get_size (&clients), ==, 1);
  client = gst_value_get_structure (gst_value_list_get_value (&clients, 0));
  g_assert_cmpstr (
      gst_structure_get_string (client, "address"), ==, "10.0.0.1:1000");
  g_assert_true (gst_structure_get (client, "session-id", G_TYPE_UINT64,
      &told_id, "packets-received", G_TYPE_UINT, &received, "packets-lost",
      G_TYPE_UINT, &lost, "jitter-us", G_TYPE_UINT, &jitter, "idle-ms",
      G_TYPE_UINT64, &idle, NULL));
  g_assert_cmpuint (told_id, ==, id);
  g_assert_cmpuint (received, ==, G_MAXUINT32);
  g_assert_cmpuint (lost, ==, 8);
  g_assert_cmpuint (jitter, ==, 300);
  g_assert_cmpuint (idle, ==, 1000);
  channel = gst_value_get_structure (gst_value_list_get_value (
      gst_structure_get_value (client, "channels"), 0));
  g_assert_true (gst_structure_get (channel, "tsi", G_TYPE_UINT, &tsi,
      "lease-remaining-ms", G_TYPE_UINT64, &remaining, NULL));
  g_assert_cmpuint (tsi, ==, 1);
  g_assert_cmpuint (remaining, ==, 14000);
  g_assert_cmpstr (gst_structure_get_string (channel, "name"), ==, "one");
  g_value_unset (&clients);
}

static void
test_a_session_moves_with_its_client (Fixture *f, gconstpointer data)
{
  GstFecControlMessage request, answer;
  guint64 id = harness_connect_to (f->h, &f->a, "one");

  harness_request (f->h, &f->a, id, GST_FEC_METHOD_JOIN, "two", 30, NULL);
  g_string_truncate (f->h->changes, 0);
  harness_begin (&request, GST_FEC_METHOD_CONNECT, id);
  g_assert_true (harness_ask (f->h, &request, &f->b, &answer));
  g_assert_cmpuint (answer.error_code, ==, 401);
  harness_assert_changes (f->h, "");
  g_strlcpy (request.nonce, answer.nonce, sizeof (request.nonce));
  g_assert_true (harness_ask (f->h, &request, &f->b, &answer));
  g_assert_cmpuint (answer.session_id, ==, id);
  harness_assert_changes (f->h,
      "-2@10.0.0.1:1000:moved -1@10.0.0.1:1000:moved "
      "+2@10.0.0.2:2000 +1@10.0.0.2:2000 ");
  g_assert_cmpuint (harness_number (f->h, "sessions"), ==, 1);
  g_assert_cmpuint (harness_counter (f->h, "moved"), ==, 1);
}

static void
test_each_method_moves_the_session (Fixture *f, gconstpointer data)
{
  static const GstFecMethod methods[] = { GST_FEC_METHOD_JOIN,
    GST_FEC_METHOD_DESCRIBE, GST_FEC_METHOD_REPORT };
  guint64 id = harness_connect_to (f->h, &f->a, "one");
  guint i;

  for (i = 0; i < G_N_ELEMENTS (methods); i++) {
    GstFecAddress to = harness_ipv4 (10, 0, 9, (guint8) i, 1);
    GstFecControlMessage request, answer;
    gchar channel[64];

    harness_begin (&request, GST_FEC_METHOD_CONNECT, 0);
    harness_ask (f->h, &request, &to, &answer);
    g_string_truncate (f->h->changes, 0);
    harness_begin (&request, methods[i], id);
    harness_want (&request, "one", 30, 0);
    g_strlcpy (request.nonce, answer.nonce, sizeof (request.nonce));
    g_assert_true (harness_ask (f->h, &request, &to, &answer));
    g_assert_cmpint (answer.klass, ==, GST_FEC_CLASS_SUCCESS);
    g_snprintf (channel, sizeof (channel), "+1@10.0.9.%u:1 ", i);
    g_assert_true (g_str_has_suffix (f->h->changes->str, channel));
    g_assert_cmpuint (f->h->listeners, ==, 1);
  }
}

static void
test_moving_displaces_who_was_there (Fixture *f, gconstpointer data)
{
  GstFecControlMessage request, answer;
  guint64 id = harness_connect_to (f->h, &f->a, "one");

  harness_connect_to (f->h, &f->b, "two");
  g_string_truncate (f->h->changes, 0);
  harness_begin (&request, GST_FEC_METHOD_CONNECT, id);
  g_assert_true (harness_ask (f->h, &request, &f->b, &answer));
  g_strlcpy (request.nonce, answer.nonce, sizeof (request.nonce));
  g_assert_true (harness_ask (f->h, &request, &f->b, &answer));
  harness_assert_changes (
      f->h, "-2@10.0.0.2:2000:moved -1@10.0.0.1:1000:moved +1@10.0.0.2:2000 ");
  g_assert_cmpuint (harness_number (f->h, "sessions"), ==, 1);
}

static void
test_unknown_sessions_are_told_so (Fixture *f, gconstpointer data)
{
  GstFecControlMessage request, answer;
  guint i;

  for (i = 0; i < 2; i++) {
    harness_begin (&request, GST_FEC_METHOD_CONNECT, 0);
    harness_ask (f->h, &request, &f->a, &answer);
    harness_begin (&request, GST_FEC_METHOD_JOIN, i == 0 ? 0 : 1234);
    harness_want (&request, "one", 30, 0);
    g_strlcpy (request.nonce, answer.nonce, sizeof (request.nonce));
    g_assert_true (harness_ask (f->h, &request, &f->a, &answer));
    g_assert_cmpuint (answer.error_code, ==, 437);
  }
  /* A Connect with an id that is unknown makes a session. */
  harness_begin (&request, GST_FEC_METHOD_CONNECT, 1234);
  harness_ask (f->h, &request, &f->a, &answer);
  g_strlcpy (request.nonce, answer.nonce, sizeof (request.nonce));
  g_assert_true (harness_ask (f->h, &request, &f->a, &answer));
  g_assert_cmpint (answer.klass, ==, GST_FEC_CLASS_SUCCESS);
  g_assert_cmpuint (answer.session_id, !=, 1234);
}

static void
test_address_and_session_id_must_match (Fixture *f, gconstpointer data)
{
  GstFecControlMessage request, answer;
  guint64 id = harness_connect_to (f->h, &f->a, "one");

  /* Another address with the id, or the address with another id. */
  harness_begin (&request, GST_FEC_METHOD_CONNECT, id);
  g_assert_true (harness_ask (f->h, &request, &f->b, &answer));
  g_assert_cmpuint (answer.error_code, ==, 401);
  harness_begin (&request, GST_FEC_METHOD_CONNECT, id + 1);
  g_assert_true (harness_ask (f->h, &request, &f->a, &answer));
  g_assert_cmpuint (answer.error_code, ==, 401);
  harness_begin (&request, GST_FEC_METHOD_LEAVE, id);
  g_assert_false (harness_ask (f->h, &request, &f->b, &answer));
  harness_assert_changes (f->h, "+1@10.0.0.1:1000 ");
}

static void
test_removing_a_channel_ends_its_leases (Fixture *f, gconstpointer data)
{
  guint64 id = harness_connect_to (f->h, &f->a, "one");

  harness_request (f->h, &f->a, id, GST_FEC_METHOD_JOIN, "two", 30, NULL);
  harness_connect_to (f->h, &f->b, "one");
  g_string_truncate (f->h->changes, 0);
  gst_fec_session_server_remove_channel (f->h->server, 1, f->h->now);
  harness_assert_changes (
      f->h, "-1@10.0.0.1:1000:removed -1@10.0.0.2:2000:removed ");
  g_assert_cmpuint (
      harness_request (f->h, &f->a, id, GST_FEC_METHOD_JOIN, "one", 30, NULL),
      ==, 404);
  g_assert_true (
      gst_fec_session_server_add_channel (f->h->server, 1, "one", "v=0\r\n"));
}

static void
test_removing_clients (Fixture *f, gconstpointer data)
{
  GstFecAddress c = harness_ipv4 (10, 0, 0, 3, 3);

  harness_connect_to (f->h, &f->a, "one");
  harness_connect_to (f->h, &f->b, "one");
  g_string_truncate (f->h->changes, 0);
  g_assert_cmpuint (
      gst_fec_session_server_remove_client (f->h->server, &c, f->h->now), ==,
      0);
  g_assert_cmpuint (
      gst_fec_session_server_remove_client (f->h->server, &f->a, f->h->now), ==,
      1);
  harness_assert_changes (f->h, "-1@10.0.0.1:1000:removed ");
  g_assert_cmpuint (
      gst_fec_session_server_remove_client (f->h->server, NULL, f->h->now), ==,
      1);
  harness_assert_changes (f->h, "-1@10.0.0.2:2000:removed ");
}

static void
test_a_broken_connection_ends_its_session_alone (Fixture *f, gconstpointer data)
{
  GstFecAddress tcp = f->a;
  guint64 id;

  tcp.transport = GST_FEC_TRANSPORT_TCP;
  harness_connect_to (f->h, &f->a, "one");
  g_assert_false (
      gst_fec_session_server_disconnect (f->h->server, &tcp, f->h->now));
  id = harness_connect_to (f->h, &tcp, "two");
  harness_assert_changes (f->h, "+1@10.0.0.1:1000 +2@10.0.0.1:1000/tcp ");
  g_assert_true (
      gst_fec_session_server_disconnect (f->h->server, &tcp, f->h->now));
  harness_assert_changes (f->h, "-2@10.0.0.1:1000/tcp:disconnected ");
  g_assert_cmpuint (harness_number (f->h, "sessions"), ==, 1);
  g_assert_false (
      gst_fec_session_server_disconnect (f->h->server, &tcp, f->h->now));

  /* Whoever had it may come again, as somebody new. */
  g_assert_cmpuint (harness_connect_to (f->h, &tcp, "two"), !=, id);
}

static void
test_names_and_tsis_are_unique (Fixture *f, gconstpointer data)
{
  gchar *name = g_strnfill (GST_FEC_CONTROL_MAX_NAME + 1, 'n');
  GstFecSessionServer *server = f->h->server;

  g_assert_false (gst_fec_session_server_add_channel (server, 1, "x", ""));
  g_assert_false (gst_fec_session_server_add_channel (server, 9, "one", ""));
  g_assert_false (gst_fec_session_server_add_channel (server, 9, name, ""));
  name[GST_FEC_CONTROL_MAX_NAME] = '\0';
  g_assert_true (gst_fec_session_server_add_channel (server, 9, name, ""));
  g_free (name);
}

static void
test_wall_clock_jumps_do_not_end_leases (Fixture *f, gconstpointer data)
{
  guint64 id = harness_connect_to (f->h, &f->a, "one");

  f->h->wall += 86400 * SECOND;
  harness_stay_awake (f->h, &f->a, id, 59 * SECOND);
  f->h->wall -= 10 * 86400 * SECOND;
  harness_assert_changes (f->h, "+1@10.0.0.1:1000 ");
  harness_stay_awake (f->h, &f->a, id, 2 * SECOND);
  harness_assert_changes (f->h, "-1@10.0.0.1:1000:expired ");
}

/* Who leaves before the answer to Connect has come has no SESSION-ID. */
static void
test_the_cookie_alone_leaves (Fixture *f, gconstpointer data)
{
  GstFecControlMessage request, answer;
  gchar nonce[GST_FEC_CONTROL_MAX_NONCE + 1];

  harness_begin (&request, GST_FEC_METHOD_CONNECT, 0);
  harness_prove (f->h, &request, &f->a);
  g_strlcpy (nonce, request.nonce, sizeof (nonce));
  harness_want (&request, "one", 60, 0);
  g_assert_true (harness_ask (f->h, &request, &f->a, &answer));
  harness_assert_changes (f->h, "+1@10.0.0.1:1000 ");
  harness_begin (&request, GST_FEC_METHOD_LEAVE, 0);
  g_assert_false (harness_ask (f->h, &request, &f->a, &answer));
  harness_assert_changes (f->h, "");
  g_strlcpy (request.nonce, nonce, sizeof (request.nonce));
  g_assert_true (harness_ask (f->h, &request, &f->a, &answer));
  g_assert_cmpint (answer.klass, ==, GST_FEC_CLASS_SUCCESS);
  harness_assert_changes (f->h, "-1@10.0.0.1:1000:left ");
  g_assert_cmpuint (harness_number (f->h, "sessions"), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gst_init (&argc, &argv);
#define ADD(name)                                                              \
  g_test_add ("/sessions/" #name, Fixture, NULL, set_up, test_##name, tear_down)
  ADD (silence_ends_the_session);
  ADD (reports_keep_consent_and_are_told);
  ADD (a_session_moves_with_its_client);
  ADD (each_method_moves_the_session);
  ADD (moving_displaces_who_was_there);
  ADD (unknown_sessions_are_told_so);
  ADD (address_and_session_id_must_match);
  ADD (removing_a_channel_ends_its_leases);
  ADD (removing_clients);
  ADD (a_broken_connection_ends_its_session_alone);
  ADD (names_and_tsis_are_unique);
  ADD (wall_clock_jumps_do_not_end_leases);
  ADD (the_cookie_alone_leaves);
  return g_test_run ();
}
