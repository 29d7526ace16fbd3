/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-limits.c: networks, bandwidth, other servers and the circuit breaker.
 */
#include "harness.h"
#include "session/breaker.h"

#include <string.h>

#define SECOND ((gint64) G_USEC_PER_SEC)
#define MEGABIT G_GUINT64_CONSTANT (1000000)

static GstFecSessionSettings settings;

static Harness *
new_server (void)
{
  Harness *h;

  settings.challenge_rate = 1000000;
  h = harness_new (&settings);
  harness_add_channels (h, 4);
  return h;
}

static void
reset (void)
{
  gst_fec_session_settings_init (&settings);
}

/* Connects with a cookie, whatever comes of it. */
static void
connect_from (Harness *h, const GstFecAddress *from, const gchar *channel,
    GstFecControlMessage *answer)
{
  GstFecControlMessage request;

  harness_begin (&request, GST_FEC_METHOD_CONNECT, 0);
  if (channel != NULL)
    harness_want (&request, channel, 0, 0);
  harness_prove (h, &request, from);
  g_assert_true (harness_ask (h, &request, from, answer));
}

static GstFecAddress
ipv6 (guint8 a, guint8 b, guint8 c, guint16 port)
{
  guint8 ip[16] = { 0x20, 0x01, 0x0d, 0xb8, 0, 0, a, b };
  GstFecAddress address;

  ip[15] = c;
  gst_fec_address_set_ipv6 (&address, ip, port, 0);
  return address;
}

/* ---- Networks ------------------------------------------------------------ */

static void
test_sessions_of_a_network_are_limited (void)
{
  GstFecControlMessage answer;
  GstFecAddress from;
  guint64 id = 0;
  Harness *h;
  guint i;

  reset ();
  settings.max_sessions_per_address = 2;
  settings.max_sessions_per_prefix = 5;
  h = new_server ();
  for (i = 0; i < 5; i++) {
    from = harness_ipv4 (10, 0, 0, (guint8) i, 1);
    id = harness_connect (h, &from);
  }
  from = harness_ipv4 (10, 0, 0, 200, 1);
  connect_from (h, &from, NULL, &answer);
  g_assert_cmpuint (answer.error_code, ==, 486);
  g_assert_cmpstr (answer.reason, ==, "Too many sessions of this network");
  g_assert_false (answer.has_alternate);
  /* The one next to it is another one, and one that leaves makes room. */
  from = harness_ipv4 (10, 0, 1, 0, 1);
  harness_connect (h, &from);
  from = harness_ipv4 (10, 0, 0, 4, 1);
  harness_request (h, &from, id, GST_FEC_METHOD_LEAVE, NULL, 0, NULL);
  from = harness_ipv4 (10, 0, 0, 200, 1);
  harness_connect (h, &from);
  harness_free (h);
}

static void
test_networks_of_ipv6_are_a_56 (void)
{
  GstFecControlMessage answer;
  GstFecAddress from;
  Harness *h;
  guint i;

  reset ();
  settings.max_sessions_per_address = 1;
  settings.max_sessions_per_prefix = 3;
  h = new_server ();
  for (i = 0; i < 3; i++) {
    from = ipv6 (1, (guint8) (i * 100), (guint8) i, 1);
    harness_connect (h, &from);
  }
  from = ipv6 (1, 7, 7, 1);
  connect_from (h, &from, NULL, &answer);
  g_assert_cmpuint (answer.error_code, ==, 486);
  from = ipv6 (2, 7, 7, 1);
  harness_connect (h, &from);
  harness_free (h);
}

static void
test_sessions_that_move_are_counted_where_they_are (void)
{
  GstFecAddress a = harness_ipv4 (10, 0, 0, 1, 1);
  GstFecAddress b = harness_ipv4 (10, 0, 1, 1, 1);
  GstFecAddress c = harness_ipv4 (10, 0, 1, 2, 1);
  GstFecControlMessage request, answer;
  Harness *h;

  reset ();
  settings.max_sessions_per_address = settings.max_sessions_per_prefix = 1;
  h = new_server ();
  harness_begin (&request, GST_FEC_METHOD_CONNECT, harness_connect (h, &a));
  harness_prove (h, &request, &b);
  g_assert_true (harness_ask (h, &request, &b, &answer));
  g_assert_cmpint (answer.klass, ==, GST_FEC_CLASS_SUCCESS);
  connect_from (h, &c, NULL, &answer);
  g_assert_cmpuint (answer.error_code, ==, 486);
  harness_connect (h, &a);
  harness_free (h);
}

/* ---- Bandwidth ----------------------------------------------------------- */

static void
test_bandwidth_is_shared_out (void)
{
  GstFecAddress a = harness_ipv4 (10, 0, 0, 1, 1);
  GstFecAddress b = harness_ipv4 (10, 0, 0, 2, 1);
  GstFecControlMessage answer;
  guint64 id;
  Harness *h;

  reset ();
  settings.max_egress = 10 * MEGABIT;
  h = new_server ();
  gst_fec_session_server_set_rate (h->server, 1, 6 * MEGABIT);
  gst_fec_session_server_set_rate (h->server, 2, 4 * MEGABIT);
  gst_fec_session_server_set_rate (h->server, 3, 1);
  id = harness_connect_to (h, &a, "one");
  g_assert_cmpuint (
      harness_request (h, &a, id, GST_FEC_METHOD_JOIN, "two", 30, NULL), ==, 0);
  g_assert_cmpuint (harness_counter (h, "egress"), ==, 10 * MEGABIT);
  g_assert_cmpuint (
      harness_request (h, &a, id, GST_FEC_METHOD_JOIN, "three", 30, &answer),
      ==, 508);
  g_assert_cmpint (answer.klass, ==, GST_FEC_CLASS_SUCCESS);
  g_assert_false (answer.has_alternate);
  /* What is not known costs nothing, and what is had is renewed. */
  g_assert_cmpuint (
      harness_request (h, &a, id, GST_FEC_METHOD_JOIN, "four", 30, NULL), ==,
      0);
  g_assert_cmpuint (
      harness_request (h, &a, id, GST_FEC_METHOD_JOIN, "one", 30, NULL), ==, 0);
  connect_from (h, &b, "two", &answer);
  g_assert_cmpuint (answer.grants[0].error, ==, 508);
  g_assert_cmpuint (answer.grants[0].lease_end, ==, 0);
  harness_assert_changes (h, "+1@10.0.0.1:1 +2@10.0.0.1:1 +4@10.0.0.1:1 ");

  /* Room comes with whatever ends, and with channels that become smaller. */
  harness_request (h, &a, id, GST_FEC_METHOD_LEAVE, "two", 0, NULL);
  connect_from (h, &b, "two", &answer);
  g_assert_cmpuint (answer.grants[0].error, ==, 0);
  gst_fec_session_server_set_rate (h->server, 1, 5 * MEGABIT);
  g_assert_cmpuint (harness_counter (h, "egress"), ==, 9 * MEGABIT);
  gst_fec_session_server_remove_channel (h->server, 1, h->now);
  g_assert_cmpuint (harness_counter (h, "egress"), ==, 4 * MEGABIT);
  gst_fec_session_server_remove_client (h->server, NULL, h->now);
  g_assert_cmpuint (harness_counter (h, "egress"), ==, 0);
  harness_free (h);
}

static void
test_rates_never_overflow (void)
{
  GstFecAddress a = harness_ipv4 (10, 0, 0, 1, 1);
  guint64 id;
  Harness *h;

  reset ();
  settings.max_egress = G_MAXUINT64 - 1;
  h = new_server ();
  id = harness_connect (h, &a);
  gst_fec_session_server_set_rate (h->server, 1, G_MAXUINT64);
  gst_fec_session_server_set_rate (h->server, 2, G_MAXUINT64);
  harness_request (h, &a, id, GST_FEC_METHOD_JOIN, "one", 30, NULL);
  harness_request (h, &a, id, GST_FEC_METHOD_JOIN, "two", 30, NULL);
  g_assert_cmpuint (harness_counter (h, "egress"), >, G_MAXUINT32);
  harness_request (h, &a, id, GST_FEC_METHOD_LEAVE, NULL, 0, NULL);
  g_assert_cmpuint (harness_counter (h, "egress"), ==, 0);
  harness_free (h);
}

/* ---- Other servers ------------------------------------------------------- */

static void
set_alternates (void)
{
  settings.alternates[0] = harness_ipv4 (192, 0, 2, 7, 7000);
  settings.alternates[1] = ipv6 (9, 9, 9, 8000);
  settings.alternates[2] = harness_ipv4 (192, 0, 2, 8, 8000);
  settings.n_alternates = 3;
}

static void
test_full_servers_name_others_in_turn (void)
{
  GstFecAddress a = harness_ipv4 (10, 0, 0, 1, 1), b = ipv6 (1, 1, 1, 1);
  GstFecControlMessage answer;
  Harness *h;
  guint i;

  reset ();
  set_alternates ();
  settings.max_sessions = 0;
  h = new_server ();
  for (i = 0; i < 4; i++) {
    connect_from (h, &a, "one", &answer);
    g_assert_cmpuint (answer.error_code, ==, 503);
    g_assert_cmpstr (answer.reason, ==, "Server Is Full");
    g_assert_true (answer.has_alternate);
    g_assert_true (gst_fec_address_equal (
        &answer.alternate, &settings.alternates[i % 2 == 0 ? 0 : 2]));
  }
  /* A client of IPv6 cannot ask a server of IPv4. */
  for (i = 0; i < 2; i++) {
    connect_from (h, &b, "one", &answer);
    g_assert_true (answer.has_alternate);
    g_assert_true (
        gst_fec_address_equal (&answer.alternate, &settings.alternates[1]));
  }
  harness_free (h);
}

static void
test_no_room_for_a_channel_names_another_server (void)
{
  GstFecAddress a = harness_ipv4 (10, 0, 0, 1, 1);
  GstFecControlMessage answer;
  Harness *h;

  reset ();
  set_alternates ();
  settings.max_egress = 1;
  h = new_server ();
  gst_fec_session_server_set_rate (h->server, 1, 2);
  connect_from (h, &a, "one", &answer);
  g_assert_cmpint (answer.klass, ==, GST_FEC_CLASS_SUCCESS);
  g_assert_cmpuint (answer.grants[0].error, ==, 508);
  g_assert_true (answer.has_alternate);
  connect_from (h, &a, "two", &answer);
  g_assert_cmpuint (answer.grants[0].error, ==, 0);
  g_assert_false (answer.has_alternate);
  harness_free (h);
}

static void
test_new_clients_are_sent_away (void)
{
  GstFecAddress a = harness_ipv4 (10, 0, 0, 1, 1), b = ipv6 (1, 1, 1, 1);
  GstFecControlMessage answer;
  Harness *h;

  reset ();
  set_alternates ();
  settings.n_alternates = 1;
  settings.redirect = TRUE;
  h = new_server ();
  connect_from (h, &a, "one", &answer);
  g_assert_cmpuint (answer.error_code, ==, 300);
  g_assert_cmpstr (answer.reason, ==, "Try Alternate");
  g_assert_true (
      gst_fec_address_equal (&answer.alternate, &settings.alternates[0]));
  g_assert_cmpuint (harness_number (h, "sessions"), ==, 0);
  g_assert_cmpuint (harness_counter (h, "redirected"), ==, 1);
  /* Whom nobody else serves is served. */
  connect_from (h, &b, "one", &answer);
  g_assert_cmpint (answer.klass, ==, GST_FEC_CLASS_SUCCESS);
  harness_free (h);

  settings.n_alternates = 0;
  h = new_server ();
  connect_from (h, &a, "one", &answer);
  g_assert_cmpint (answer.klass, ==, GST_FEC_CLASS_SUCCESS);
  harness_free (h);
}

/* ---- Circuit breaker ----------------------------------------------------- */

typedef struct
{
  Harness *h;
  GstFecAddress from;
  guint64 id;
  guint32 number;
} Listener;

static void
listener_begin (Listener *l)
{
  reset ();
  l->h = new_server ();
  l->from = harness_ipv4 (10, 0, 0, 1, 1);
  l->id = harness_connect_to (l->h, &l->from, "one");
  l->number = 0;
  g_string_truncate (l->h->changes, 0);
}

/* A report of @tsi; returns the error of the answer. */
static guint
report (Listener *l, guint32 tsi, guint32 received, guint32 lost)
{
  GstFecControlMessage request, answer;

  harness_begin (&request, GST_FEC_METHOD_REPORT, l->id);
  request.report_number = ++l->number;
  request.n_reports = 1;
  request.reports[0] =
      (GstFecChannelReport){ .tsi = tsi, .received = received, .lost = lost };
  g_assert_true (harness_ask (l->h, &request, &l->from, &answer));
  return answer.error_code;
}

static guint
report_for (
    Listener *l, guint seconds, guint32 tsi, guint32 received, guint32 lost)
{
  guint error = 0, i;

  for (i = 0; i < seconds && error == 0; i++) {
    harness_advance (l->h, SECOND);
    error = report (l, tsi, received, lost);
  }
  return error;
}

static void
test_too_much_loss_ends_the_session (void)
{
  GstFecControlMessage request, answer;
  GstFecAddress same_host = harness_ipv4 (10, 0, 0, 1, 2);
  GstFecAddress other_host = harness_ipv4 (10, 0, 0, 2, 1);
  GstFecAddress by_tcp = same_host;
  Listener l;

  by_tcp.transport = GST_FEC_TRANSPORT_TCP;

  listener_begin (&l);
  /* The window begins with the first report: 15 s after it. */
  g_assert_cmpuint (report_for (&l, 15, 1, 40, 60), ==, 0);
  harness_assert_changes (l.h, "");
  harness_advance (l.h, SECOND);
  harness_begin (&request, GST_FEC_METHOD_REPORT, l.id);
  request.report_number = ++l.number;
  request.n_reports = 1;
  request.reports[0] =
      (GstFecChannelReport){ .tsi = 1, .received = 40, .lost = 60 };
  g_assert_true (harness_ask (l.h, &request, &l.from, &answer));
  g_assert_cmpuint (answer.error_code, ==, 510);
  g_assert_cmpstr (answer.reason, ==, "Too Much Loss");
  harness_assert_changes (l.h, "-1@10.0.0.1:1:congested ");
  g_assert_cmpuint (harness_number (l.h, "sessions"), ==, 0);
  g_assert_cmpuint (harness_counter (l.h, "congested"), ==, 1);

  /* It has to wait, also when it comes with another port; TCP slows down by itself. */
  connect_from (l.h, &l.from, "one", &answer);
  g_assert_cmpuint (answer.error_code, ==, 510);
  connect_from (l.h, &same_host, "one", &answer);
  g_assert_cmpuint (answer.error_code, ==, 510);
  harness_connect (l.h, &other_host);
  harness_connect (l.h, &by_tcp);
  harness_advance (l.h, 30 * SECOND - 1);
  connect_from (l.h, &l.from, "one", &answer);
  g_assert_cmpuint (answer.error_code, ==, 510);
  harness_advance (l.h, 1);
  harness_connect (l.h, &l.from);
  harness_free (l.h);
}

static void
test_a_burst_of_loss_is_no_congestion (void)
{
  Listener l;
  guint i;

  listener_begin (&l);
  for (i = 0; i < 10; i++) {
    g_assert_cmpuint (report_for (&l, 7, 1, 0, 100), ==, 0);
    g_assert_cmpuint (report_for (&l, 8, 1, 100, 0), ==, 0);
    harness_request (l.h, &l.from, l.id, GST_FEC_METHOD_JOIN, "one", 60, NULL);
  }
  harness_assert_changes (l.h, "");
  harness_free (l.h);
}

static void
test_loss_up_to_the_limit_is_borne (void)
{
  Listener l;

  listener_begin (&l);
  g_assert_cmpuint (report_for (&l, 50, 1, 50, 50), ==, 0);
  harness_free (l.h);
}

static void
test_only_what_is_sent_to_it_counts (void)
{
  Listener l;

  listener_begin (&l);
  g_assert_cmpuint (report_for (&l, 50, 2, 0, 100), ==, 0);
  harness_assert_changes (l.h, "");
  /* Nothing that came and nothing that is missing says nothing. */
  g_assert_cmpuint (report_for (&l, 5, 1, 0, 0), ==, 0);
  harness_free (l.h);
}

static void
test_a_repeated_report_counts_once (void)
{
  Listener l;
  guint i;

  listener_begin (&l);
  for (i = 0; i < 4; i++) {
    g_assert_cmpuint (report_for (&l, 5, 1, 100, 0), ==, 0);
    l.number--;
    g_assert_cmpuint (report (&l, 1, 0, 10000), ==, 0);
  }
  harness_free (l.h);
}

static void
test_the_breaker_can_be_off (void)
{
  Listener l;

  listener_begin (&l);
  harness_free (l.h);
  settings.breaker_loss = 0;
  l.h = new_server ();
  l.id = harness_connect_to (l.h, &l.from, "one");
  g_assert_cmpuint (report_for (&l, 40, 1, 0, G_MAXUINT32), ==, 0);
  harness_free (l.h);
}

static void
test_pauses_need_no_more_memory (void)
{
  GstFecPauses *pauses = g_new (GstFecPauses, 1);
  guint i, waiting = 0;

  gst_fec_pauses_init (pauses);
  for (i = 0; i < 20 * GST_FEC_PAUSES; i++) {
    GstFecAddress address =
        harness_ipv4 (10, (guint8) (i >> 16), (guint8) (i >> 8), (guint8) i, 1);

    g_assert_false (gst_fec_pauses_contain (pauses, &address, 0));
    gst_fec_pauses_add (pauses, &address, 100);
    g_assert_true (gst_fec_pauses_contain (pauses, &address, 99));
    g_assert_false (gst_fec_pauses_contain (pauses, &address, 100));
  }
  for (i = 0; i < 20 * GST_FEC_PAUSES; i++) {
    GstFecAddress address =
        harness_ipv4 (10, (guint8) (i >> 16), (guint8) (i >> 8), (guint8) i, 1);

    waiting += gst_fec_pauses_contain (pauses, &address, 0);
  }
  g_assert_cmpuint (waiting, >, GST_FEC_PAUSES / 2);
  g_assert_cmpuint (waiting, <=, GST_FEC_PAUSES);
  g_free (pauses);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gst_init (&argc, &argv);
#define ADD(name) g_test_add_func ("/limits/" #name, test_##name)
  ADD (sessions_of_a_network_are_limited);
  ADD (networks_of_ipv6_are_a_56);
  ADD (sessions_that_move_are_counted_where_they_are);
  ADD (bandwidth_is_shared_out);
  ADD (rates_never_overflow);
  ADD (full_servers_name_others_in_turn);
  ADD (no_room_for_a_channel_names_another_server);
  ADD (new_clients_are_sent_away);
  ADD (too_much_loss_ends_the_session);
  ADD (a_burst_of_loss_is_no_congestion);
  ADD (loss_up_to_the_limit_is_borne);
  ADD (only_what_is_sent_to_it_counts);
  ADD (a_repeated_report_counts_once);
  ADD (the_breaker_can_be_off);
  ADD (pauses_need_no_more_memory);
  return g_test_run ();
}
