/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-refusals.c: every error that a server answers with, code and phrase; and
 * that whatever is wrong with a cookie is answered as if there were none.
 */
#include "harness.h"

#include <string.h>

#define SECOND ((gint64) G_USEC_PER_SEC)

typedef struct
{
  Harness *h;
  GstFecAddress a;
  GstFecControlMessage request, answer;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  GstFecSessionSettings settings;

  gst_fec_session_settings_init (&settings);
  settings.challenge_rate = 1000000;
  settings.max_channels_per_session = 1;
  settings.max_sessions = 3;
  settings.max_sessions_per_address = 1;
  settings.max_sessions_per_prefix = 2;
  settings.max_egress = 1;
  settings.n_alternates = 1;
  settings.alternates[0] = harness_ipv4 (192, 0, 2, 9, 9);
  f->h = harness_new (&settings);
  harness_add_channels (f->h, 2);
  f->a = harness_ipv4 (10, 0, 0, 1, 1000);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  harness_free (f->h);
}

static void
assert_error (
    Fixture *f, guint code, const gchar *reason, gboolean has_alternate)
{
  g_assert_cmpint (f->answer.klass, ==, GST_FEC_CLASS_ERROR);
  g_assert_cmpuint (f->answer.error_code, ==, code);
  g_assert_cmpstr (f->answer.reason, ==, reason);
  g_assert_true (f->answer.has_alternate == has_alternate);
}

static void
ask_proved (Fixture *f, const GstFecAddress *from)
{
  harness_prove (f->h, &f->request, from);
  g_assert_true (harness_ask (f->h, &f->request, from, &f->answer));
}

static void
connect_from (Fixture *f, const GstFecAddress *from)
{
  harness_begin (&f->request, GST_FEC_METHOD_CONNECT, 0);
  ask_proved (f, from);
}

/* The error of a lease on @channel. */
static guint
join (Fixture *f, guint64 id, const gchar *channel, guint64 end)
{
  harness_begin (&f->request, GST_FEC_METHOD_JOIN, id);
  harness_want (&f->request, channel, 30, end);
  g_assert_true (harness_ask (f->h, &f->request, &f->a, &f->answer));
  g_assert_cmpint (f->answer.klass, ==, GST_FEC_CLASS_SUCCESS);
  return f->answer.grants[0].error;
}

static void
test_errors_of_requests (Fixture *f, gconstpointer data)
{
  guint64 id = harness_connect (f->h, &f->a);
  gchar *text;

  /* 400 */
  harness_begin (&f->request, GST_FEC_METHOD_JOIN, id);
  g_assert_true (harness_ask (f->h, &f->request, &f->a, &f->answer));
  assert_error (f, 400, "Join names no channel", FALSE);
  harness_begin (&f->request, GST_FEC_METHOD_DESCRIBE, id);
  harness_want (&f->request, "one", 0, 0);
  harness_want (&f->request, "two", 0, 0);
  g_assert_true (harness_ask (f->h, &f->request, &f->a, &f->answer));
  assert_error (f, 400, "Describe names several channels", FALSE);
  /* 404 */
  harness_begin (&f->request, GST_FEC_METHOD_DESCRIBE, id);
  harness_want (&f->request, "nine", 0, 0);
  g_assert_true (harness_ask (f->h, &f->request, &f->a, &f->answer));
  assert_error (f, 404, "No Such Channel", FALSE);
  /* 437: proved, but of no session */
  harness_begin (&f->request, GST_FEC_METHOD_JOIN, id + 1);
  harness_want (&f->request, "one", 30, 0);
  memset (f->request.description, ' ', 200);
  g_assert_true (harness_ask (f->h, &f->request, &f->a, &f->answer));
  g_strlcpy (f->request.nonce, f->answer.nonce, sizeof (f->request.nonce));
  g_assert_true (harness_ask (f->h, &f->request, &f->a, &f->answer));
  assert_error (f, 437, "No Such Session", FALSE);
  /* 500 */
  text = g_strnfill (GST_FEC_CONTROL_MAX_DESCRIPTION + 1, 'x');
  gst_fec_session_server_set_description (f->h->server, 1, text);
  g_free (text);
  harness_begin (&f->request, GST_FEC_METHOD_DESCRIBE, id);
  harness_want (&f->request, "one", 0, 0);
  g_assert_true (harness_ask (f->h, &f->request, &f->a, &f->answer));
  assert_error (f, 500, "Description does not fit", FALSE);
}

static void
test_errors_of_malformed_requests (Fixture *f, gconstpointer data)
{
  static const guint8 value[4] = { 1, 2, 3, 4 };
  guint8 bytes[GST_FEC_CONTROL_MAX_SIZE];
  gsize size;

  harness_begin (&f->request, GST_FEC_METHOD_CONNECT, 0);
  size = gst_fec_control_write (&f->request, bytes, sizeof (bytes));
  size = harness_insert (bytes, size, 0x7f02, value, 4);
  g_assert_cmpuint (harness_send (f->h, bytes, size, &f->a, &f->answer), >, 0);
  assert_error (f, 400, "Bad Request", FALSE);
  size = gst_fec_control_write (&f->request, bytes, sizeof (bytes));
  size = harness_insert (bytes, size, 0x7abc, value, 4);
  g_assert_cmpuint (harness_send (f->h, bytes, size, &f->a, &f->answer), >, 0);
  assert_error (f, 420, "Unknown Attribute", FALSE);
  g_assert_cmpuint (f->answer.unknown[0], ==, 0x7abc);
}

static void
test_errors_of_logins (Fixture *f, gconstpointer data)
{
  static const gchar *const some[] = { "two", NULL };
  GstFecCredentials *credentials = gst_fec_credentials_new ("home");
  guint8 key[GST_FEC_CONTROL_KEY_SIZE];

  gst_fec_credentials_add_user (credentials, "ann", "sesame", some);
  gst_fec_session_server_set_credentials (f->h->server, credentials);
  gst_fec_credentials_unref (credentials);
  harness_begin (&f->request, GST_FEC_METHOD_CONNECT, 0);
  g_assert_true (harness_ask (f->h, &f->request, &f->a, &f->answer));
  assert_error (f, 401, "Unauthenticated", FALSE);
  g_assert_cmpuint (strlen (f->answer.nonce), ==, 32);
  g_assert_cmpstr (f->answer.realm, ==, "home");
  connect_from (f, &f->a);
  assert_error (f, 401, "Login required", FALSE);
  harness_sign (&f->request, "ann", "open", key);
  g_assert_true (harness_ask (f->h, &f->request, &f->a, &f->answer));
  assert_error (f, 401, "Login refused", FALSE);
  harness_sign (&f->request, "ann", "sesame", key);
  g_assert_true (harness_ask (f->h, &f->request, &f->a, &f->answer));
  g_assert_cmpint (f->answer.klass, ==, GST_FEC_CLASS_SUCCESS);

  harness_begin (&f->request, GST_FEC_METHOD_DESCRIBE, f->answer.session_id);
  harness_want (&f->request, "one", 0, 0);
  g_strlcpy (f->request.realm, "home", sizeof (f->request.realm));
  harness_sign (&f->request, "ann", "sesame", key);
  g_assert_true (harness_ask (f->h, &f->request, &f->a, &f->answer));
  assert_error (f, 403, "Forbidden", FALSE);
}

static void
test_errors_of_sessions (Fixture *f, gconstpointer data)
{
  GstFecAddress from = harness_ipv4 (10, 0, 0, 1, 2000);

  harness_connect (f->h, &f->a);
  connect_from (f, &from);
  assert_error (f, 486, "Too many sessions of this address", FALSE);
  from = harness_ipv4 (10, 0, 0, 2, 1);
  harness_connect (f->h, &from);
  from = harness_ipv4 (10, 0, 0, 3, 1);
  connect_from (f, &from);
  assert_error (f, 486, "Too many sessions of this network", FALSE);
  from = harness_ipv4 (10, 0, 1, 1, 1);
  harness_connect (f->h, &from);
  from = harness_ipv4 (10, 0, 2, 1, 1);
  connect_from (f, &from);
  assert_error (f, 503, "Server Is Full", TRUE);
}

static void
test_errors_of_channels (Fixture *f, gconstpointer data)
{
  guint64 id = harness_connect (f->h, &f->a);

  g_assert_cmpuint (join (f, id, "nine", 0), ==, 404);
  g_assert_cmpuint (join (f, id, "one", (guint64) f->h->wall), ==, 440);
  gst_fec_session_server_set_rate (f->h->server, 1, 2);
  g_assert_cmpuint (join (f, id, "one", 0), ==, 508);
  g_assert_true (f->answer.has_alternate);
  f->h->allow = FALSE;
  g_assert_cmpuint (join (f, id, "two", 0), ==, 403);
  f->h->allow = TRUE;
  g_assert_cmpuint (join (f, id, "two", 0), ==, 0);
  g_assert_cmpuint (join (f, id, "one", 0), ==, 441);
  g_assert_cmpuint (harness_counter (f->h, "refused"), ==, 5);
}

static void
test_a_channel_that_has_not_begun_is_no_unknown_one (
    Fixture *f, gconstpointer data)
{
  GstFecSessionServer *server = f->h->server;
  guint64 id = harness_connect (f->h, &f->a);

  gst_fec_session_server_expect_channel (server, "soon", TRUE);
  gst_fec_session_server_expect_channel (server, "soon", TRUE);
  gst_fec_session_server_expect_channel (server, "soon", FALSE);
  g_assert_cmpuint (join (f, id, "soon", 0), ==, 504);
  g_assert_cmpuint (join (f, id, "sooner", 0), ==, 404);
  harness_begin (&f->request, GST_FEC_METHOD_DESCRIBE, id);
  harness_want (&f->request, "soon", 0, 0);
  g_assert_true (harness_ask (f->h, &f->request, &f->a, &f->answer));
  assert_error (f, 504, "Channel Has Not Begun", FALSE);
  g_assert_true (
      gst_fec_session_server_add_channel (server, 77, "soon", "v=0\r\n"));
  g_assert_cmpuint (join (f, id, "soon", 0), ==, 0);
  gst_fec_session_server_remove_channel (server, 77, f->h->now);
  g_assert_cmpuint (join (f, id, "soon", 0), ==, 504);
  gst_fec_session_server_expect_channel (server, "soon", FALSE);
  g_assert_cmpuint (join (f, id, "soon", 0), ==, 404);
}

/* 300 and 510 are seen by test-limits.c, where what leads to them is. */

static void
test_each_error_has_its_phrase (Fixture *f, gconstpointer data)
{
  static const guint codes[] = { 300, 400, 401, 403, 404, 420, 437, 438, 440,
    441, 486, 500, 503, 504, 508, 510 };
  guint i, j;

  for (i = 0; i < G_N_ELEMENTS (codes); i++) {
    g_assert_cmpstr (gst_fec_control_reason (codes[i]), !=, "Error");
    for (j = 0; j < i; j++)
      g_assert_cmpstr (gst_fec_control_reason (codes[i]), !=,
          gst_fec_control_reason (codes[j]));
  }
}

/* ---- Cookies -------------------------------------------------------------- */

/* Asks with @nonce; the answer must be what the request without one got, but
   for the transaction, the cookie and what is made of them. */
static void
assert_like_missing (Fixture *f, const GstFecAddress *from, const gchar *nonce)
{
  guint8 missing[GST_FEC_CONTROL_MAX_SIZE];
  GstFecControlMessage missing_answer;
  gsize size, n;

  harness_begin (&f->request, GST_FEC_METHOD_CONNECT, 0);
  harness_want (&f->request, "one", 0, 0);
  g_assert_true (harness_ask (f->h, &f->request, from, &missing_answer));
  g_assert_cmpuint (missing_answer.error_code, ==, 401);
  size = f->h->answer_size;
  memcpy (missing, f->h->reply, size);

  g_strlcpy (f->request.nonce, nonce, sizeof (f->request.nonce));
  g_assert_true (harness_ask (f->h, &f->request, from, &f->answer));
  g_assert_cmpuint (f->h->answer_size, ==, size);
  g_assert_cmpuint (size, <=, f->h->request_size);
  g_assert_cmpuint (strlen (f->answer.nonce), ==, 32);
  for (n = 0; n + 32 <= size; n++) {
    if (memcmp (missing + n, missing_answer.nonce, 32) == 0)
      memcpy (missing + n, f->answer.nonce, 32);
  }
  memcpy (missing + 8, f->h->reply + 8, 12);
  /* FINGERPRINT goes with the rest. */
  g_assert_cmpmem (missing, size - 4, f->h->reply, size - 4);
  g_assert_cmpuint (harness_number (f->h, "sessions"), ==, 0);
  harness_assert_changes (f->h, "");
}

static void
cookie_of (Harness *h, const GstFecAddress *from, gchar *nonce)
{
  GstFecControlMessage request;

  harness_begin (&request, GST_FEC_METHOD_CONNECT, 0);
  harness_prove (h, &request, from);
  strcpy (nonce, request.nonce);
}

static void
test_cookies_of_others_are_like_none (Fixture *f, gconstpointer data)
{
  GstFecAddress port = f->a, ip = harness_ipv4 (10, 0, 0, 2, 1000);
  GstFecAddress tcp = f->a, server = f->h->address;
  gchar nonce[GST_FEC_CONTROL_MAX_NONCE + 1];
  Harness *other = harness_new (NULL);

  port.port++;
  cookie_of (f->h, &port, nonce);
  assert_like_missing (f, &f->a, nonce);
  cookie_of (f->h, &ip, nonce);
  assert_like_missing (f, &f->a, nonce);
  tcp.transport = GST_FEC_TRANSPORT_TCP;
  cookie_of (f->h, &tcp, nonce);
  assert_like_missing (f, &f->a, nonce);

  /* Another server: another address of this one, and another key. */
  f->h->address.port++;
  cookie_of (f->h, &f->a, nonce);
  f->h->address = server;
  assert_like_missing (f, &f->a, nonce);
  cookie_of (other, &f->a, nonce);
  assert_like_missing (f, &f->a, nonce);
  harness_free (other);
}

static void
test_changed_cookies_are_like_none (Fixture *f, gconstpointer data)
{
  gchar nonce[GST_FEC_CONTROL_MAX_NONCE + 1];
  gchar changed[GST_FEC_CONTROL_MAX_NONCE + 1];
  guint i;

  cookie_of (f->h, &f->a, nonce);
  for (i = 0; i < 32; i++) {
    g_strlcpy (changed, nonce, i + 1);
    assert_like_missing (f, &f->a, changed);
    strcpy (changed, nonce);
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    assert_like_missing (f, &f->a, changed);
  }
  g_snprintf (changed, sizeof (changed), "%sA", nonce);
  assert_like_missing (f, &f->a, changed);
  memset (changed, 'A', GST_FEC_CONTROL_MAX_NONCE);
  changed[GST_FEC_CONTROL_MAX_NONCE] = '\0';
  assert_like_missing (f, &f->a, changed);
}

static void
test_cookies_of_another_time_are_like_none (Fixture *f, gconstpointer data)
{
  gchar nonce[GST_FEC_CONTROL_MAX_NONCE + 1];

  cookie_of (f->h, &f->a, nonce);
  harness_advance (f->h, 30 * SECOND + 1000);
  assert_like_missing (f, &f->a, nonce);
  /* Of a time to come: the clock was set back. */
  cookie_of (f->h, &f->a, nonce);
  f->h->now -= SECOND / 2;
  assert_like_missing (f, &f->a, nonce);
  f->h->now += SECOND / 2;
  /* Of a key that is forgotten. */
  harness_advance (f->h, 600 * SECOND);
  assert_like_missing (f, &f->a, nonce);
}

static void
test_the_key_before_is_accepted (Fixture *f, gconstpointer data)
{
  gchar nonce[GST_FEC_CONTROL_MAX_NONCE + 1];

  /* A key is used 60 s from 0 on: 1000 s is 40 s into one. */
  harness_advance (f->h, 15 * SECOND);
  cookie_of (f->h, &f->a, nonce);
  harness_advance (f->h, 10 * SECOND);
  harness_begin (&f->request, GST_FEC_METHOD_CONNECT, 0);
  g_strlcpy (f->request.nonce, nonce, sizeof (f->request.nonce));
  g_assert_true (harness_ask (f->h, &f->request, &f->a, &f->answer));
  g_assert_cmpint (f->answer.klass, ==, GST_FEC_CLASS_SUCCESS);
}

/* ---- Length --------------------------------------------------------------- */

static void
test_no_answer_is_longer_than_an_unproved_request (
    Fixture *f, gconstpointer data)
{
  static const GstFecMethod methods[] = { GST_FEC_METHOD_CONNECT,
    GST_FEC_METHOD_JOIN, GST_FEC_METHOD_LEAVE, GST_FEC_METHOD_DESCRIBE,
    GST_FEC_METHOD_REPORT };
  static const guint8 zeros[GST_FEC_CONTROL_MAX_SIZE];
  GstFecCredentials *credentials;
  gchar *realm = g_strnfill (GST_FEC_CONTROL_MAX_NAME, 'r');
  guint with_realm, m, length, answered = 0, silent = 0;

  credentials = gst_fec_credentials_new (realm);
  for (with_realm = 0; with_realm < 2; with_realm++) {
    for (m = 0; m < G_N_ELEMENTS (methods); m++) {
      /* Of every size that a message can have: the padding is ignored. */
      for (length = 0; length <= 3000; length += 4) {
        guint8 bytes[GST_FEC_CONTROL_MAX_SIZE];
        gsize size;

        harness_begin (&f->request, methods[m], length % 8 ? 77 : 0);
        size = gst_fec_control_write (&f->request, bytes, sizeof (bytes));
        size = harness_insert (bytes, size, 0x0026, zeros, (guint16) length);
        harness_send (f->h, bytes, size, &f->a, &f->answer);
        g_assert_cmpuint (f->h->answer_size, <=, size);
        answered += f->h->answer_size > 0;
        silent += f->h->answer_size == 0;
        /* A Connect is always long enough. */
        if (methods[m] == GST_FEC_METHOD_CONNECT)
          g_assert_cmpuint (f->h->answer_size, >, 0);
      }
    }
    gst_fec_session_server_set_credentials (f->h->server, credentials);
  }
  g_assert_cmpuint (answered, >, 0);
  g_assert_cmpuint (silent, >, 0);
  gst_fec_credentials_unref (credentials);
  g_free (realm);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gst_init (&argc, &argv);
#define ADD(name)                                                              \
  g_test_add ("/refusals/" #name, Fixture, NULL, set_up, test_##name, tear_down)
  ADD (errors_of_requests);
  ADD (errors_of_malformed_requests);
  ADD (errors_of_logins);
  ADD (errors_of_sessions);
  ADD (errors_of_channels);
  ADD (a_channel_that_has_not_begun_is_no_unknown_one);
  ADD (each_error_has_its_phrase);
  ADD (cookies_of_others_are_like_none);
  ADD (changed_cookies_are_like_none);
  ADD (cookies_of_another_time_are_like_none);
  ADD (the_key_before_is_accepted);
  ADD (no_answer_is_longer_than_an_unproved_request);
  return g_test_run ();
}
