/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-server.c: what the requests of a proved client do.
 */
#include "harness.h"

#include <string.h>

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
test_connect_grants_leases_at_once (Fixture *f, gconstpointer data)
{
  GstFecControlMessage request, answer;

  harness_begin (&request, GST_FEC_METHOD_CONNECT, 0);
  harness_want (&request, "two", 0, 0);
  harness_want (&request, "three", 20, 0);
  g_assert_true (harness_ask (f->h, &request, &f->a, &answer));
  g_assert_cmpuint (answer.error_code, ==, 401);
  g_assert_cmpstr (answer.realm, ==, "gst-fec");
  harness_assert_changes (f->h, "");

  g_strlcpy (request.nonce, answer.nonce, sizeof (request.nonce));
  g_assert_true (harness_ask (f->h, &request, &f->a, &answer));
  g_assert_cmpint (answer.klass, ==, GST_FEC_CLASS_SUCCESS);
  g_assert_cmpuint (answer.lifetime_seconds, ==, 30);
  g_assert_cmpuint (answer.server_time, ==, f->h->wall);
  g_assert_cmpuint (answer.n_grants, ==, 2);
  g_assert_cmpuint (answer.grants[0].tsi, ==, 2);
  g_assert_cmpuint (answer.grants[0].lease_end, ==, f->h->wall + 60 * SECOND);
  g_assert_cmpuint (answer.grants[1].tsi, ==, 3);
  g_assert_cmpuint (answer.grants[1].lease_end, ==, f->h->wall + 20 * SECOND);
  harness_assert_changes (f->h, "+2@10.0.0.1:1000 +3@10.0.0.1:1000 ");
}

static void
test_connect_again_finds_the_session (Fixture *f, gconstpointer data)
{
  guint64 id = harness_connect_to (f->h, &f->a, "one");

  harness_advance (f->h, SECOND);
  g_assert_cmpuint (harness_connect_to (f->h, &f->a, "one"), ==, id);
  g_assert_cmpuint (harness_number (f->h, "sessions"), ==, 1);
  harness_assert_changes (f->h, "+1@10.0.0.1:1000 ");
}

static void
test_retransmissions_get_equal_answers (Fixture *f, gconstpointer data)
{
  GstFecControlMessage request, first, second;
  guint64 id = harness_connect (f->h, &f->a);

  harness_begin (&request, GST_FEC_METHOD_JOIN, id);
  harness_want (&request, "one", 30, 0);
  harness_want (&request, "nine", 30, 0);
  g_assert_true (harness_ask (f->h, &request, &f->a, &first));
  harness_advance (f->h, 3 * SECOND);
  g_assert_true (harness_ask (f->h, &request, &f->a, &second));
  g_assert_cmpmem (first.grants, sizeof (first.grants), second.grants,
      sizeof (second.grants));
  g_assert_cmpuint (first.grants[0].error, ==, 0);
  g_assert_cmpuint (first.grants[1].error, ==, 404);
  g_assert_cmpuint (harness_counter (f->h, "renewals"), ==, 0);
  harness_assert_changes (f->h, "+1@10.0.0.1:1000 ");

  harness_begin (&request, GST_FEC_METHOD_LEAVE, id);
  harness_want (&request, "one", 0, 0);
  g_assert_true (harness_ask (f->h, &request, &f->a, &first));
  g_assert_true (harness_ask (f->h, &request, &f->a, &second));
  g_assert_cmpint (first.klass, ==, GST_FEC_CLASS_SUCCESS);
  g_assert_cmpint (second.klass, ==, GST_FEC_CLASS_SUCCESS);
  harness_assert_changes (f->h, "-1@10.0.0.1:1000:left ");
}

static void
test_retransmitted_connect_gets_the_same_session (
    Fixture *f, gconstpointer data)
{
  GstFecControlMessage request, first, second;

  harness_begin (&request, GST_FEC_METHOD_CONNECT, 0);
  harness_want (&request, "one", 0, 0);
  g_assert_true (harness_ask (f->h, &request, &f->a, &first));
  g_strlcpy (request.nonce, first.nonce, sizeof (request.nonce));
  g_assert_true (harness_ask (f->h, &request, &f->a, &first));
  harness_advance (f->h, 2 * SECOND);
  g_assert_true (harness_ask (f->h, &request, &f->a, &second));
  g_assert_cmpuint (first.session_id, ==, second.session_id);
  g_assert_cmpuint (first.grants[0].lease_end, ==, second.grants[0].lease_end);
  harness_assert_changes (f->h, "+1@10.0.0.1:1000 ");
}

static void
test_join_renews (Fixture *f, gconstpointer data)
{
  guint64 id = harness_connect_to (f->h, &f->a, "one");
  GstFecControlMessage answer;

  harness_stay_awake (f->h, &f->a, id, 50 * SECOND);
  g_assert_cmpuint (harness_request (f->h, &f->a, id, GST_FEC_METHOD_JOIN,
                        "one", 40, &answer),
      ==, 0);
  g_assert_cmpuint (answer.grants[0].lease_end, ==, f->h->wall + 40 * SECOND);
  harness_stay_awake (f->h, &f->a, id, 39 * SECOND);
  harness_assert_changes (f->h, "+1@10.0.0.1:1000 ");
  harness_stay_awake (f->h, &f->a, id, 2 * SECOND);
  harness_assert_changes (f->h, "-1@10.0.0.1:1000:expired ");
  g_assert_cmpuint (harness_number (f->h, "sessions"), ==, 1);
}

static void
test_join_can_shorten (Fixture *f, gconstpointer data)
{
  guint64 id = harness_connect_to (f->h, &f->a, "one");

  harness_request (f->h, &f->a, id, GST_FEC_METHOD_JOIN, "one", 10, NULL);
  harness_advance (f->h, 10 * SECOND);
  harness_assert_changes (f->h, "+1@10.0.0.1:1000 -1@10.0.0.1:1000:expired ");
}

static void
test_leases_end_exact_to_a_tick (Fixture *f, gconstpointer data)
{
  static const gint64 offsets[] = { 0, 1, TICK / 2, TICK - 1 };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (offsets); i++) {
    gint64 end, tick, next;
    guint64 id;

    f->h->now += offsets[i];
    id = harness_connect (f->h, &f->a);
    harness_request (f->h, &f->a, id, GST_FEC_METHOD_JOIN, "one", 17, NULL);
    end = f->h->now + 17 * SECOND;
    tick = (end + TICK - 1) / TICK * TICK;
    g_string_truncate (f->h->changes, 0);
    gst_fec_session_server_tick (f->h->server, tick - 1);
    harness_assert_changes (f->h, "");
    next = gst_fec_session_server_tick (f->h->server, tick - 1);
    g_assert_cmpint (next, ==, tick);
    gst_fec_session_server_tick (f->h->server, tick);
    harness_assert_changes (f->h, "-1@10.0.0.1:1000:expired ");
    f->h->now = tick;
    harness_request (f->h, &f->a, id, GST_FEC_METHOD_LEAVE, NULL, 0, NULL);
  }
}

static void
test_each_channel_has_its_own_end (Fixture *f, gconstpointer data)
{
  guint64 id = harness_connect_to (f->h, &f->a, "one");

  harness_advance (f->h, SECOND);
  harness_request (f->h, &f->a, id, GST_FEC_METHOD_JOIN, "two", 10, NULL);
  harness_request (f->h, &f->a, id, GST_FEC_METHOD_JOIN, "three", 15, NULL);
  g_string_truncate (f->h->changes, 0);
  harness_stay_awake (f->h, &f->a, id, 12 * SECOND);
  harness_assert_changes (f->h, "-2@10.0.0.1:1000:expired ");
  harness_stay_awake (f->h, &f->a, id, 5 * SECOND);
  harness_assert_changes (f->h, "-3@10.0.0.1:1000:expired ");
  harness_stay_awake (f->h, &f->a, id, 60 * SECOND);
  harness_assert_changes (f->h, "-1@10.0.0.1:1000:expired ");
}

static guint64
granted_length (Fixture *f, guint64 id, guint32 seconds, guint64 end)
{
  GstFecControlMessage request, answer;

  harness_begin (&request, GST_FEC_METHOD_JOIN, id);
  harness_want (&request, "one", seconds, end);
  g_assert_true (harness_ask (f->h, &request, &f->a, &answer));
  g_assert_cmpuint (answer.n_grants, ==, 1);
  g_assert_cmpuint (answer.grants[0].error, ==, 0);
  return (answer.grants[0].lease_end - (guint64) f->h->wall) / G_USEC_PER_SEC;
}

static void
test_lengths_are_clamped (Fixture *f, gconstpointer data)
{
  guint64 id = harness_connect (f->h, &f->a);

  g_assert_cmpuint (granted_length (f, id, 1, 0), ==, 10);
  g_assert_cmpuint (granted_length (f, id, 10, 0), ==, 10);
  g_assert_cmpuint (granted_length (f, id, 11, 0), ==, 11);
  g_assert_cmpuint (granted_length (f, id, 3600, 0), ==, 3600);
  g_assert_cmpuint (granted_length (f, id, 3601, 0), ==, 3600);
  g_assert_cmpuint (granted_length (f, id, G_MAXUINT32, 0), ==, 3600);
}

static void
test_absolute_ends (Fixture *f, gconstpointer data)
{
  guint64 id = harness_connect (f->h, &f->a);
  guint64 wall = (guint64) f->h->wall;

  g_assert_cmpuint (granted_length (f, id, 0, wall + 77000000), ==, 77);
  g_assert_cmpuint (granted_length (f, id, 0, wall + 1), ==, 10);
  g_assert_cmpuint (granted_length (f, id, 0, G_MAXUINT64), ==, 3600);
  /* The absolute end counts when both are given. */
  g_assert_cmpuint (granted_length (f, id, 20, wall + 50000000), ==, 50);
}

static void
test_a_time_in_the_past_spoils_only_its_channel (Fixture *f, gconstpointer data)
{
  GstFecControlMessage request, answer;
  guint64 id = harness_connect_to (f->h, &f->a, "one");
  guint64 wall = (guint64) f->h->wall;

  g_string_truncate (f->h->changes, 0);
  harness_begin (&request, GST_FEC_METHOD_JOIN, id);
  harness_want (&request, "one", 0, wall);
  harness_want (&request, "two", 0, wall - 1);
  harness_want (&request, "three", 30, 0);
  g_assert_true (harness_ask (f->h, &request, &f->a, &answer));
  g_assert_cmpint (answer.klass, ==, GST_FEC_CLASS_SUCCESS);
  g_assert_cmpuint (answer.grants[0].error, ==, 440);
  g_assert_cmpuint (answer.grants[1].error, ==, 440);
  g_assert_cmpuint (answer.grants[2].error, ==, 0);
  /* The lease that was there goes on as it was, and the answer says so. */
  g_assert_cmpuint (answer.grants[0].lease_end, ==, wall + 60 * SECOND);
  g_assert_cmpuint (answer.grants[1].lease_end, ==, 0);
  harness_assert_changes (f->h, "+3@10.0.0.1:1000 ");
}

static void
test_join_with_no_length_leaves (Fixture *f, gconstpointer data)
{
  GstFecControlMessage answer;
  guint64 id = harness_connect_to (f->h, &f->a, "one");

  harness_request (f->h, &f->a, id, GST_FEC_METHOD_JOIN, "two", 30, NULL);
  g_string_truncate (f->h->changes, 0);
  g_assert_cmpuint (
      harness_request (f->h, &f->a, id, GST_FEC_METHOD_JOIN, "one", 0, &answer),
      ==, 0);
  g_assert_cmpuint (answer.grants[0].lease_end, ==, 0);
  harness_assert_changes (f->h, "-1@10.0.0.1:1000:left ");
  g_assert_cmpuint (harness_number (f->h, "leases"), ==, 1);
}

static void
test_unknown_channel_spoils_only_itself (Fixture *f, gconstpointer data)
{
  GstFecControlMessage request, answer;
  guint64 id = harness_connect (f->h, &f->a);

  harness_begin (&request, GST_FEC_METHOD_JOIN, id);
  harness_want (&request, "nine", 30, 0);
  harness_want (&request, "one", 30, 0);
  request.channels[request.n_channels].tsi = 99;
  request.channels[request.n_channels++].lease_seconds = 30;
  g_assert_true (harness_ask (f->h, &request, &f->a, &answer));
  g_assert_cmpuint (answer.grants[0].error, ==, 404);
  g_assert_cmpuint (answer.grants[1].error, ==, 0);
  g_assert_cmpuint (answer.grants[2].error, ==, 404);
  g_assert_cmpuint (answer.grants[2].tsi, ==, 99);
  harness_assert_changes (f->h, "+1@10.0.0.1:1000 ");
}

static void
test_channels_are_found_by_tsi (Fixture *f, gconstpointer data)
{
  GstFecControlMessage request, answer;
  guint64 id = harness_connect (f->h, &f->a);

  harness_begin (&request, GST_FEC_METHOD_JOIN, id);
  request.channels[0].tsi = 2;
  request.channels[0].lease_seconds = 30;
  request.n_channels = 1;
  g_assert_true (harness_ask (f->h, &request, &f->a, &answer));
  harness_assert_changes (f->h, "+2@10.0.0.1:1000 ");
}

static void
test_the_only_channel_needs_no_name (Fixture *f, gconstpointer data)
{
  guint64 id = harness_connect (f->h, &f->a);

  g_assert_cmpuint (
      harness_request (f->h, &f->a, id, GST_FEC_METHOD_JOIN, "", 30, NULL), ==,
      404);
  gst_fec_session_server_remove_channel (f->h->server, 1, f->h->now);
  gst_fec_session_server_remove_channel (f->h->server, 2, f->h->now);
  g_assert_cmpuint (
      harness_request (f->h, &f->a, id, GST_FEC_METHOD_JOIN, "", 30, NULL), ==,
      0);
  harness_assert_changes (f->h, "+3@10.0.0.1:1000 ");
}

static void
test_may_join_refuses_one_channel (Fixture *f, gconstpointer data)
{
  guint64 id = harness_connect_to (f->h, &f->a, "one");

  f->h->allow = FALSE;
  g_assert_cmpuint (
      harness_request (f->h, &f->a, id, GST_FEC_METHOD_JOIN, "two", 30, NULL),
      ==, 403);
  /* What was begun may be renewed. */
  g_assert_cmpuint (
      harness_request (f->h, &f->a, id, GST_FEC_METHOD_JOIN, "one", 30, NULL),
      ==, 0);
  harness_assert_changes (f->h, "+1@10.0.0.1:1000 ");
}

static void
test_leave_one_channel (Fixture *f, gconstpointer data)
{
  guint64 id = harness_connect_to (f->h, &f->a, "one");

  harness_request (f->h, &f->a, id, GST_FEC_METHOD_JOIN, "two", 30, NULL);
  g_string_truncate (f->h->changes, 0);
  g_assert_cmpuint (
      harness_request (f->h, &f->a, id, GST_FEC_METHOD_LEAVE, "two", 0, NULL),
      ==, 0);
  harness_assert_changes (f->h, "-2@10.0.0.1:1000:left ");
  g_assert_cmpuint (
      harness_request (f->h, &f->a, id, GST_FEC_METHOD_LEAVE, "nine", 0, NULL),
      ==, 404);
  g_assert_cmpuint (harness_number (f->h, "sessions"), ==, 1);
}

static void
test_leave_all_ends_the_session (Fixture *f, gconstpointer data)
{
  GstFecControlMessage answer;
  guint64 id = harness_connect_to (f->h, &f->a, "one");

  g_assert_cmpuint (
      harness_request (f->h, &f->a, id, GST_FEC_METHOD_LEAVE, NULL, 0, &answer),
      ==, 0);
  harness_assert_changes (f->h, "+1@10.0.0.1:1000 -1@10.0.0.1:1000:left ");
  g_assert_cmpuint (harness_number (f->h, "sessions"), ==, 0);
  g_assert_cmpint (
      gst_fec_session_server_tick (f->h->server, f->h->now), ==, G_MAXINT64);
}

static void
test_describe_gives_the_description (Fixture *f, gconstpointer data)
{
  GstFecControlMessage answer;
  guint64 id = harness_connect (f->h, &f->a);

  g_assert_cmpuint (harness_request (f->h, &f->a, id, GST_FEC_METHOD_DESCRIBE,
                        "two", 0, &answer),
      ==, 0);
  g_assert_nonnull (strstr (answer.description, "two"));
  gst_fec_session_server_set_description (f->h->server, 2, "v=0\r\nnew\r\n");
  harness_request (f->h, &f->a, id, GST_FEC_METHOD_DESCRIBE, "two", 0, &answer);
  g_assert_cmpstr (answer.description, ==, "v=0\r\nnew\r\n");
  g_assert_cmpuint (harness_request (f->h, &f->a, id, GST_FEC_METHOD_DESCRIBE,
                        "nine", 0, &answer),
      ==, 404);
}

static void
test_a_description_that_does_not_fit_is_an_error (
    Fixture *f, gconstpointer data)
{
  GstFecControlMessage answer;
  guint64 id = harness_connect (f->h, &f->a);
  gchar *sdp = g_strnfill (GST_FEC_CONTROL_MAX_DESCRIPTION + 1, 'x');

  gst_fec_session_server_set_description (f->h->server, 1, sdp);
  g_assert_cmpuint (harness_request (f->h, &f->a, id, GST_FEC_METHOD_DESCRIBE,
                        "one", 0, &answer),
      ==, 500);
  g_assert_cmpstr (answer.reason, ==, "Description does not fit");
  sdp[GST_FEC_CONTROL_MAX_DESCRIPTION] = '\0';
  gst_fec_session_server_set_description (f->h->server, 1, sdp);
  g_assert_cmpuint (harness_request (f->h, &f->a, id, GST_FEC_METHOD_DESCRIBE,
                        "one", 0, &answer),
      ==, 0);
  g_assert_cmpstr (answer.description, ==, sdp);
  g_free (sdp);
}

static void
test_an_answer_that_does_not_fit_is_an_error (Fixture *f, gconstpointer data)
{
  GstFecControlMessage request, answer;
  guint8 bytes[GST_FEC_CONTROL_MAX_SIZE], reply[128];
  guint64 id = harness_connect (f->h, &f->a);
  gsize size;

  harness_begin (&request, GST_FEC_METHOD_DESCRIBE, id);
  harness_want (&request, "one", 0, 0);
  size = gst_fec_control_write (&request, bytes, sizeof (bytes));
  size = gst_fec_session_server_handle (f->h->server, bytes, size, &f->a,
      &f->h->address, f->h->now, f->h->wall, reply, sizeof (reply));
  g_assert_cmpint (
      gst_fec_control_parse (&answer, reply, size), ==, GST_FEC_CONTROL_OK);
  g_assert_cmpuint (answer.error_code, ==, 500);
  g_assert_cmpstr (answer.reason, ==, "Answer does not fit");
}

static void
test_requests_that_say_nothing_are_bad (Fixture *f, gconstpointer data)
{
  GstFecControlMessage request, answer;
  guint64 id = harness_connect (f->h, &f->a);

  g_assert_cmpuint (
      harness_request (f->h, &f->a, id, GST_FEC_METHOD_JOIN, NULL, 0, &answer),
      ==, 400);
  harness_begin (&request, GST_FEC_METHOD_DESCRIBE, id);
  harness_want (&request, "one", 0, 0);
  harness_want (&request, "two", 0, 0);
  g_assert_true (harness_ask (f->h, &request, &f->a, &answer));
  g_assert_cmpuint (answer.error_code, ==, 400);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gst_init (&argc, &argv);
#define ADD(name)                                                              \
  g_test_add ("/server/" #name, Fixture, NULL, set_up, test_##name, tear_down)
  ADD (connect_grants_leases_at_once);
  ADD (connect_again_finds_the_session);
  ADD (retransmissions_get_equal_answers);
  ADD (retransmitted_connect_gets_the_same_session);
  ADD (join_renews);
  ADD (join_can_shorten);
  ADD (leases_end_exact_to_a_tick);
  ADD (each_channel_has_its_own_end);
  ADD (lengths_are_clamped);
  ADD (absolute_ends);
  ADD (a_time_in_the_past_spoils_only_its_channel);
  ADD (join_with_no_length_leaves);
  ADD (unknown_channel_spoils_only_itself);
  ADD (channels_are_found_by_tsi);
  ADD (the_only_channel_needs_no_name);
  ADD (may_join_refuses_one_channel);
  ADD (leave_one_channel);
  ADD (leave_all_ends_the_session);
  ADD (describe_gives_the_description);
  ADD (a_description_that_does_not_fit_is_an_error);
  ADD (an_answer_that_does_not_fit_is_an_error);
  ADD (requests_that_say_nothing_are_bad);
  return g_test_run ();
}
