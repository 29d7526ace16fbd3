/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-clientlogin.c: the client's credentials: what is signed, whose answers
 * count, and when a login is given up.
 */
#include "clientfixture.h"

#include <string.h>

static guint8 right_key[GST_FEC_CONTROL_KEY_SIZE];

static void
set_up (ClientFixture *f, gconstpointer data)
{
  GstFecClientSettings settings;
  gchar user[] = "alice", password[] = "secret";

  client_set_up (f, data);
  gst_fec_client_settings_init (&settings);
  settings.channel = "live";
  settings.user = user;
  settings.password = password;
  client_renew (f, &settings);
  /* They are copied. */
  memset (user, 'x', strlen (user));
  memset (password, 'x', strlen (password));
  gst_fec_control_make_key ("alice", "gst-fec", "secret", right_key);
}

static void
assert_signed (ClientFixture *f)
{
  g_assert_true (
      gst_fec_control_check_integrity (f->bytes, f->size, right_key));
  g_assert_cmpstr (f->sent.username, ==, "alice");
  g_assert_cmpstr (f->sent.realm, ==, "gst-fec");
  g_assert_cmpstr (f->sent.nonce, ==, "fresh");
}

static void
test_requests_are_signed_once_the_realm_is_known (
    ClientFixture *f, gconstpointer data)
{
  guint8 bytes[GST_FEC_CONTROL_MAX_SIZE];
  gsize size;

  g_assert_true (client_ask (f));
  g_assert_false (f->sent.has_integrity);
  g_assert_cmpstr (f->sent.username, ==, "");
  client_reply (f, 401);
  g_assert_true (client_ask (f));
  assert_signed (f);
  g_assert_cmpuint (f->size, ==, GST_FEC_CONTROL_CONNECT_SIZE);
  f->key = right_key;
  g_assert_true (client_reply (f, 0));
  while (client_ask (f)) {
    assert_signed (f);
    client_reply (f, 0);
  }
  g_assert_cmpint (client_state (f), ==, GST_FEC_CLIENT_JOINED);
  size = gst_fec_session_client_leave (f->client, bytes, sizeof (bytes));
  g_assert_true (gst_fec_control_check_integrity (bytes, size, right_key));
}

static void
test_answers_that_are_not_signed_right_are_ignored (
    ClientFixture *f, gconstpointer data)
{
  guint8 wrong[GST_FEC_CONTROL_KEY_SIZE];

  gst_fec_control_make_key ("alice", "gst-fec", "guess", wrong);
  g_assert_true (client_ask (f));
  client_reply (f, 401);
  g_assert_true (client_ask (f));
  g_assert_false (client_reply (f, 0));
  g_assert_false (client_reply (f, 403));
  f->key = wrong;
  g_assert_false (client_reply (f, 0));
  g_assert_false (client_reply (f, 403));
  g_assert_cmpuint (client_counter (f, "ignored"), ==, 4);
  g_assert_cmpint (client_state (f), ==, GST_FEC_CLIENT_CONNECTING);
  f->key = right_key;
  g_assert_true (client_reply (f, 0));
  g_assert_cmpint (client_state (f), ==, GST_FEC_CLIENT_JOINED);
}

static void
test_a_server_without_logins_is_given_up (ClientFixture *f, gconstpointer data)
{
  const gchar *reason;
  guint i;

  g_assert_true (client_ask (f));
  client_reply (f, 401);
  for (i = 0; i < 5; i++) {
    g_assert_cmpint (client_state (f), ==, GST_FEC_CLIENT_CONNECTING);
    client_wait_and_ask (f, 11 * SECOND);
    g_assert_cmpint (client_reply (f, 0), ==, i == 4);
  }
  g_assert_cmpint (client_state (f), ==, GST_FEC_CLIENT_REFUSED);
  g_assert_cmpuint (
      gst_fec_session_client_get_error (f->client, &reason), ==, 401);
  g_assert_cmpstr (reason, ==, "Server does not know logins");
}

/* Somebody who hears the requests must not be able to end the session. */
static void
test_a_server_that_signed_is_not_given_up (ClientFixture *f, gconstpointer data)
{
  guint i;

  g_assert_true (client_ask (f));
  client_reply (f, 401);
  g_assert_true (client_ask (f));
  f->key = right_key;
  client_reply (f, 0);
  f->key = NULL;
  for (i = 0; i < 20; i++) {
    client_wait_and_ask (f, 11 * SECOND);
    client_reply (f, 403);
    g_assert_cmpint (client_state (f), ==, GST_FEC_CLIENT_JOINED);
  }
}

static void
test_a_signed_error_counts (ClientFixture *f, gconstpointer data)
{
  g_assert_true (client_ask (f));
  client_reply (f, 401);
  g_assert_true (client_ask (f));
  f->key = right_key;
  g_assert_true (client_reply (f, 403));
  g_assert_cmpint (client_state (f), ==, GST_FEC_CLIENT_REFUSED);
}

static void
test_a_wrong_login_is_given_up (ClientFixture *f, gconstpointer data)
{
  guint signed_requests = 0;

  while (client_state (f) != GST_FEC_CLIENT_REFUSED) {
    client_wait_and_ask (f, 2 * SECOND);
    signed_requests += f->sent.has_integrity;
    client_reply (f, 401);
  }
  g_assert_cmpuint (signed_requests, ==, 3);
  g_assert_cmpuint (
      gst_fec_session_client_get_error (f->client, NULL), ==, 401);
  g_assert_false (client_ask (f));
  g_assert_cmpint (f->next, ==, G_MAXINT64);
}

static void
test_a_refused_login_is_not_tried_again (ClientFixture *f, gconstpointer data)
{
  GstFecControlMessage answer;

  g_assert_true (client_ask (f));
  client_reply (f, 401);
  g_assert_true (client_ask (f));
  client_answer_to (&f->sent, 401, &answer);
  answer.nonce[0] = '\0';
  g_strlcpy (answer.reason, "Login refused", sizeof (answer.reason));
  g_assert_true (client_hand_in (f, &answer));
  g_assert_cmpint (client_state (f), ==, GST_FEC_CLIENT_REFUSED);
  g_assert_false (client_ask (f));
}

/* A nonce that went stale says nothing of the login. */
static void
test_stale_nonces_do_not_refuse (ClientFixture *f, gconstpointer data)
{
  guint i;

  for (i = 0; i < 12; i++) {
    client_wait_and_ask (f, 11 * SECOND);
    client_reply (f, i % 2 == 0 ? 401 : 438);
    g_assert_cmpint (client_state (f), ==, GST_FEC_CLIENT_CONNECTING);
  }
  f->key = right_key;
  client_wait_and_ask (f, 11 * SECOND);
  client_reply (f, 0);
  g_assert_cmpint (client_state (f), ==, GST_FEC_CLIENT_JOINED);
}

static void
test_without_a_realm_nothing_is_signed (ClientFixture *f, gconstpointer data)
{
  GstFecControlMessage answer;

  g_assert_true (client_ask (f));
  client_answer_to (&f->sent, 401, &answer);
  answer.realm[0] = '\0';
  client_hand_in (f, &answer);
  g_assert_true (client_ask (f));
  g_assert_false (f->sent.has_integrity);
  g_assert_true (client_reply (f, 0));
}

static void
test_another_realm_makes_another_key (ClientFixture *f, gconstpointer data)
{
  GstFecControlMessage answer;
  guint8 other[GST_FEC_CONTROL_KEY_SIZE];

  gst_fec_control_make_key ("alice", "elsewhere", "secret", other);
  client_ask (f);
  client_reply (f, 401);
  client_ask (f);
  client_answer_to (&f->sent, 438, &answer);
  g_strlcpy (answer.realm, "elsewhere", sizeof (answer.realm));
  client_hand_in (f, &answer);
  g_assert_true (client_ask (f));
  g_assert_true (gst_fec_control_check_integrity (f->bytes, f->size, other));
  g_assert_cmpstr (f->sent.realm, ==, "elsewhere");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gst_init (&argc, &argv);
#define ADD(name)                                                              \
  g_test_add ("/client/login/" #name, ClientFixture, NULL, set_up,             \
      test_##name, client_tear_down)
  ADD (requests_are_signed_once_the_realm_is_known);
  ADD (answers_that_are_not_signed_right_are_ignored);
  ADD (a_server_without_logins_is_given_up);
  ADD (a_server_that_signed_is_not_given_up);
  ADD (a_signed_error_counts);
  ADD (a_wrong_login_is_given_up);
  ADD (a_refused_login_is_not_tried_again);
  ADD (stale_nonces_do_not_refuse);
  ADD (without_a_realm_nothing_is_signed);
  ADD (another_realm_makes_another_key);
  return g_test_run ();
}
