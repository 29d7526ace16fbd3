/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-login.c: a server that wants its clients to log in: who gets a session,
 * who keeps it, and what he may have.
 */
#include "harness.h"
#include "session/sessionserver-private.h"

#include <string.h>

#define SECOND ((gint64) G_USEC_PER_SEC)

typedef struct
{
  Harness *h;
  GstFecCredentials *credentials;
  GstFecAddress a, b;
  GstFecControlMessage request, answer;
  guint8 key[GST_FEC_CONTROL_KEY_SIZE];
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  GstFecSessionSettings settings;

  gst_fec_session_settings_init (&settings);
  settings.challenge_rate = 1000000;
  f->h = harness_new (&settings);
  harness_add_channels (f->h, 3);
  f->credentials = gst_fec_credentials_new (NULL);
  g_assert_true (gst_fec_credentials_add_users (
      f->credentials, "ann:sesame,bob:open:t*", NULL));
  gst_fec_credentials_set_secret (f->credentials, "north", NULL);
  gst_fec_session_server_set_credentials (f->h->server, f->credentials);
  f->a = harness_ipv4 (10, 0, 0, 1, 1000);
  f->b = harness_ipv4 (10, 0, 0, 2, 2000);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  gst_fec_credentials_unref (f->credentials);
  harness_free (f->h);
}

/* Connects with a cookie and a signature; the answer is in @f. */
static void
log_in (Fixture *f, const GstFecAddress *from, const gchar *user,
    const gchar *password, const gchar *channel)
{
  harness_begin (&f->request, GST_FEC_METHOD_CONNECT, 0);
  if (channel != NULL)
    harness_want (&f->request, channel, 0, 0);
  harness_prove (f->h, &f->request, from);
  if (user != NULL)
    harness_sign (&f->request, user, password, f->key);
  g_assert_true (harness_ask (f->h, &f->request, from, &f->answer));
}

static guint64
session_of (Fixture *f, const GstFecAddress *from, const gchar *user,
    const gchar *password, const gchar *channel)
{
  log_in (f, from, user, password, channel);
  g_assert_cmpint (f->answer.klass, ==, GST_FEC_CLASS_SUCCESS);
  return f->answer.session_id;
}

static void
assert_refused (Fixture *f, const gchar *reason)
{
  g_assert_cmpuint (f->answer.error_code, ==, 401);
  g_assert_cmpstr (f->answer.reason, ==, reason);
  g_assert_cmpstr (f->answer.realm, ==, "gst-fec");
  g_assert_cmpstr (f->answer.nonce, ==, "");
  g_assert_cmpuint (f->answer.session_id, ==, 0);
}

static void
test_the_cookie_is_asked_for_first (Fixture *f, gconstpointer data)
{
  GstFecControlMessage unsigned_answer;

  harness_begin (&f->request, GST_FEC_METHOD_CONNECT, 0);
  g_assert_true (harness_ask (f->h, &f->request, &f->a, &unsigned_answer));
  g_assert_cmpuint (unsigned_answer.error_code, ==, 401);
  g_assert_cmpuint (strlen (unsigned_answer.nonce), ==, 32);
  /* A signature changes nothing of that, right or wrong. */
  harness_sign (&f->request, "ann", "sesame", f->key);
  g_assert_true (harness_ask (f->h, &f->request, &f->a, &f->answer));
  g_assert_cmpstr (f->answer.reason, ==, unsigned_answer.reason);
  g_assert_cmpuint (strlen (f->answer.nonce), ==, 32);
  g_assert_false (f->answer.has_integrity);
  g_assert_cmpuint (f->h->answer_size, <=, f->h->request_size);
  g_assert_cmpuint (harness_counter (f->h, "logins-refused"), ==, 0);
}

static void
test_who_logs_in_gets_signed_answers (Fixture *f, gconstpointer data)
{
  guint64 id = session_of (f, &f->a, "ann", "sesame", "one");

  g_assert_true (
      gst_fec_control_check_integrity (f->h->reply, f->h->answer_size, f->key));
  harness_assert_changes (f->h, "+1@10.0.0.1:1000 ");
  g_assert_cmpstr (f->h->told->str, ==, "ann?1 ");

  harness_begin (&f->request, GST_FEC_METHOD_DESCRIBE, id);
  harness_want (&f->request, "two", 0, 0);
  harness_sign (&f->request, "ann", "sesame", f->key);
  g_assert_true (harness_ask (f->h, &f->request, &f->a, &f->answer));
  g_assert_nonnull (strstr (f->answer.description, "two"));
  g_assert_true (
      gst_fec_control_check_integrity (f->h->reply, f->h->answer_size, f->key));

  /* So are errors. */
  g_strlcpy (f->request.channels[0].name, "nine", 8);
  g_assert_true (harness_ask (f->h, &f->request, &f->a, &f->answer));
  g_assert_cmpuint (f->answer.error_code, ==, 404);
  g_assert_true (
      gst_fec_control_check_integrity (f->h->reply, f->h->answer_size, f->key));
  g_assert_cmpuint (harness_counter (f->h, "logins"), ==, 1);
}

static void
test_wrong_logins_are_all_refused_alike (Fixture *f, gconstpointer data)
{
  static const gchar *const wrong[][2] = { { "ann", "open" },
    { "eve", "sesame" }, { "1700000060:ann", "sesame" }, { "", "sesame" } };
  gsize size = 0;
  guint i;

  for (i = 0; i < G_N_ELEMENTS (wrong); i++) {
    log_in (f, &f->a, wrong[i][0], wrong[i][1], "one");
    assert_refused (f, "Login refused");
    g_assert_true (size == 0 || f->h->answer_size == size);
    size = f->h->answer_size;
  }
  log_in (f, &f->a, NULL, NULL, "one");
  assert_refused (f, "Login required");
  /* A name without signature proves nothing. */
  harness_begin (&f->request, GST_FEC_METHOD_CONNECT, 0);
  harness_prove (f->h, &f->request, &f->a);
  harness_sign (&f->request, "ann", "sesame", f->key);
  f->request.key = NULL;
  g_assert_true (harness_ask (f->h, &f->request, &f->a, &f->answer));
  assert_refused (f, "Login required");

  g_assert_cmpuint (harness_counter (f->h, "logins-refused"), ==, 6);
  g_assert_cmpuint (harness_number (f->h, "sessions"), ==, 0);
  harness_assert_changes (f->h, "");
  g_assert_cmpstr (f->h->told->str, ==, "");
}

static void
test_a_wrong_realm_is_refused (Fixture *f, gconstpointer data)
{
  harness_begin (&f->request, GST_FEC_METHOD_CONNECT, 0);
  harness_prove (f->h, &f->request, &f->a);
  g_strlcpy (f->request.realm, "other", sizeof (f->request.realm));
  harness_sign (&f->request, "ann", "sesame", f->key);
  g_assert_true (harness_ask (f->h, &f->request, &f->a, &f->answer));
  assert_refused (f, "Login refused");
  /* Also when the key is made with the right one. */
  gst_fec_control_make_key ("ann", "gst-fec", "sesame", f->key);
  g_assert_true (harness_ask (f->h, &f->request, &f->a, &f->answer));
  assert_refused (f, "Login refused");
}

static void
test_a_changed_request_is_refused (Fixture *f, gconstpointer data)
{
  GstFecAddress c = harness_ipv4 (10, 0, 0, 3, 3000);
  guint8 bytes[GST_FEC_CONTROL_MAX_SIZE], copy[GST_FEC_CONTROL_MAX_SIZE];
  guint refused = 0;
  gsize size, i;

  harness_begin (&f->request, GST_FEC_METHOD_CONNECT, 0);
  harness_want (&f->request, "one", 0, 0);
  harness_prove (f->h, &f->request, &c);
  harness_sign (&f->request, "ann", "sesame", f->key);
  size = gst_fec_control_write (&f->request, bytes, sizeof (bytes));
  for (i = 0; i < (size - 8) * 8; i++) {
    if (i / 8 == 2 || i / 8 == 3) /* the length, which is put right */
      continue;
    memcpy (copy, bytes, size);
    copy[i / 8] ^= (guint8) (1 << i % 8);
    harness_seal (copy, size);
    if (harness_send (f->h, copy, size, &c, &f->answer) == 0)
      continue;
    g_assert_cmpint (f->answer.klass, ==, GST_FEC_CLASS_ERROR);
    refused += f->answer.error_code == 401 && f->answer.nonce[0] == '\0';
  }
  g_assert_cmpuint (refused, >, 1000);
  harness_assert_changes (f->h, "");
  g_assert_cmpuint (harness_number (f->h, "sessions"), ==, 0);
  g_assert_cmpuint (harness_send (f->h, bytes, size, &c, &f->answer), >, 0);
  g_assert_cmpint (f->answer.klass, ==, GST_FEC_CLASS_SUCCESS);
}

static void
test_a_signature_does_not_fit_another_nonce (Fixture *f, gconstpointer data)
{
  guint8 bytes[GST_FEC_CONTROL_MAX_SIZE];
  gchar nonce[GST_FEC_CONTROL_MAX_NONCE + 1];
  gsize size, i;

  harness_begin (&f->request, GST_FEC_METHOD_CONNECT, 0);
  harness_prove (f->h, &f->request, &f->b);
  g_strlcpy (nonce, f->request.nonce, sizeof (nonce));
  harness_prove (f->h, &f->request, &f->a);
  harness_sign (&f->request, "ann", "sesame", f->key);
  size = gst_fec_control_write (&f->request, bytes, sizeof (bytes));

  /* Heard on its way, and sent from elsewhere: the cookie is wrong there. */
  g_assert_cmpuint (harness_send (f->h, bytes, size, &f->b, &f->answer), >, 0);
  g_assert_cmpuint (f->answer.error_code, ==, 401);
  g_assert_cmpuint (strlen (f->answer.nonce), ==, 32);
  /* With the cookie that is right there, the signature is wrong. */
  for (i = 0; memcmp (bytes + i, f->request.nonce, 32) != 0; i++)
    g_assert_cmpuint (i + 32, <, size);
  memcpy (bytes + i, nonce, 32);
  harness_seal (bytes, size);
  g_assert_cmpuint (harness_send (f->h, bytes, size, &f->b, &f->answer), >, 0);
  assert_refused (f, "Login refused");
  g_assert_cmpuint (harness_number (f->h, "sessions"), ==, 0);
}

static void
test_every_request_of_a_session_is_signed (Fixture *f, gconstpointer data)
{
  static const GstFecMethod methods[] = { GST_FEC_METHOD_CONNECT,
    GST_FEC_METHOD_JOIN, GST_FEC_METHOD_LEAVE, GST_FEC_METHOD_DESCRIBE,
    GST_FEC_METHOD_REPORT };
  guint64 id = session_of (f, &f->a, "ann", "sesame", "one");
  guint i;

  g_string_truncate (f->h->changes, 0);
  for (i = 0; i < G_N_ELEMENTS (methods); i++) {
    harness_begin (&f->request, methods[i], id);
    harness_want (&f->request, "two", 30, 0);
    g_assert_true (harness_ask (f->h, &f->request, &f->a, &f->answer));
    assert_refused (f, "Login required");
    harness_sign (&f->request, "bob", "open", f->key);
    g_assert_true (harness_ask (f->h, &f->request, &f->a, &f->answer));
    assert_refused (f, "Login refused");
    harness_sign (&f->request, "ann", "open", f->key);
    g_assert_true (harness_ask (f->h, &f->request, &f->a, &f->answer));
    assert_refused (f, "Login refused");
  }
  harness_assert_changes (f->h, "");
  /* None of them has kept it awake. */
  harness_advance (f->h, 31 * SECOND);
  harness_assert_changes (f->h, "-1@10.0.0.1:1000:silent ");
}

static void
test_only_its_user_moves_a_session (Fixture *f, gconstpointer data)
{
  guint64 id = session_of (f, &f->a, "ann", "sesame", "one");

  harness_begin (&f->request, GST_FEC_METHOD_CONNECT, id);
  harness_prove (f->h, &f->request, &f->b);
  harness_sign (&f->request, "bob", "open", f->key);
  g_assert_true (harness_ask (f->h, &f->request, &f->b, &f->answer));
  assert_refused (f, "Login refused");
  harness_assert_changes (f->h, "+1@10.0.0.1:1000 ");
  harness_sign (&f->request, "ann", "sesame", f->key);
  g_assert_true (harness_ask (f->h, &f->request, &f->b, &f->answer));
  g_assert_cmpuint (f->answer.session_id, ==, id);
  harness_assert_changes (f->h, "-1@10.0.0.1:1000:moved +1@10.0.0.2:2000 ");
}

static void
test_another_user_begins_anew_at_an_address (Fixture *f, gconstpointer data)
{
  guint64 id = session_of (f, &f->a, "ann", "sesame", "one");

  g_assert_cmpuint (session_of (f, &f->a, "bob", "open", "two"), !=, id);
  harness_assert_changes (
      f->h, "+1@10.0.0.1:1000 -1@10.0.0.1:1000:moved +2@10.0.0.1:1000 ");
  g_assert_cmpuint (harness_number (f->h, "sessions"), ==, 1);
}

static void
test_permissions_are_asked_per_channel (Fixture *f, gconstpointer data)
{
  guint64 id;

  harness_begin (&f->request, GST_FEC_METHOD_CONNECT, 0);
  harness_want (&f->request, "one", 30, 0);
  harness_want (&f->request, "two", 30, 0);
  harness_prove (f->h, &f->request, &f->a);
  harness_sign (&f->request, "bob", "open", f->key);
  g_assert_true (harness_ask (f->h, &f->request, &f->a, &f->answer));
  g_assert_cmpint (f->answer.klass, ==, GST_FEC_CLASS_SUCCESS);
  g_assert_cmpuint (f->answer.grants[0].error, ==, 403);
  g_assert_cmpuint (f->answer.grants[1].error, ==, 0);
  id = f->answer.session_id;
  harness_assert_changes (f->h, "+2@10.0.0.1:1000 ");
  g_assert_cmpstr (f->h->told->str, ==, "bob?2 ");

  harness_begin (&f->request, GST_FEC_METHOD_DESCRIBE, id);
  harness_want (&f->request, "one", 0, 0);
  harness_sign (&f->request, "bob", "open", f->key);
  g_assert_true (harness_ask (f->h, &f->request, &f->a, &f->answer));
  g_assert_cmpuint (f->answer.error_code, ==, 403);
  g_assert_cmpstr (f->answer.description, ==, "");

  /* Nor are symbols of it made for him. */
  g_string_truncate (f->h->told, 0);
  harness_begin (&f->request, GST_FEC_METHOD_REPORT, id);
  f->request.report_number = 1;
  f->request.n_missing = 2;
  f->request.missing[0] = (GstFecMissing){ .tsi = 1, .count = 5 };
  f->request.missing[1] = (GstFecMissing){ .tsi = 3, .count = 6 };
  harness_sign (&f->request, "bob", "open", f->key);
  g_assert_true (harness_ask (f->h, &f->request, &f->a, &f->answer));
  g_assert_cmpint (f->answer.klass, ==, GST_FEC_CLASS_SUCCESS);
  g_assert_cmpstr (f->h->told->str, ==, "bob?3 3:6 ");
}

static void
test_what_is_not_permitted_any_more_is_not_renewed (
    Fixture *f, gconstpointer data)
{
  guint64 id = session_of (f, &f->a, "bob", "open", "two");
  guint64 end = f->answer.grants[0].lease_end;
  GstFecCredentials *narrower = gst_fec_credentials_new (NULL);

  gst_fec_credentials_add_users (narrower, "bob:open:three", NULL);
  gst_fec_session_server_set_credentials (f->h->server, narrower);
  gst_fec_credentials_unref (narrower);
  harness_begin (&f->request, GST_FEC_METHOD_JOIN, id);
  harness_want (&f->request, "two", 600, 0);
  harness_sign (&f->request, "bob", "open", f->key);
  g_assert_true (harness_ask (f->h, &f->request, &f->a, &f->answer));
  g_assert_cmpuint (f->answer.grants[0].error, ==, 403);
  g_assert_cmpuint (f->answer.grants[0].lease_end, ==, end);
}

static void
test_names_run_out_in_their_session (Fixture *f, gconstpointer data)
{
  /* printf %s 1700000060:joe | openssl dgst -sha1 -hmac north -binary | base64 */
  static const gchar password[] = "T76YQ/EJatSIgi5dBcvMSl7aYf4=";
  guint64 id = session_of (f, &f->a, "1700000060:joe", password, "one");

  harness_begin (&f->request, GST_FEC_METHOD_REPORT, id);
  harness_sign (&f->request, "1700000060:joe", password, f->key);
  harness_advance (f->h, 25 * SECOND);
  g_assert_true (harness_ask (f->h, &f->request, &f->a, &f->answer));
  harness_advance (f->h, 25 * SECOND);
  g_assert_true (harness_ask (f->h, &f->request, &f->a, &f->answer));
  g_assert_cmpint (f->answer.klass, ==, GST_FEC_CLASS_SUCCESS);
  harness_advance (f->h, 9 * SECOND);
  harness_assert_changes (f->h, "+1@10.0.0.1:1000 ");
  f->h->wall += SECOND;
  g_assert_true (harness_ask (f->h, &f->request, &f->a, &f->answer));
  assert_refused (f, "Login refused");
}

static void
test_anonymous_clients_get_what_they_may (Fixture *f, gconstpointer data)
{
  static const gchar *const some[] = { "o*", NULL };
  guint64 id;

  gst_fec_credentials_allow_anonymous (f->credentials, some);
  harness_begin (&f->request, GST_FEC_METHOD_CONNECT, 0);
  harness_want (&f->request, "one", 30, 0);
  harness_want (&f->request, "two", 30, 0);
  harness_prove (f->h, &f->request, &f->a);
  g_assert_true (harness_ask (f->h, &f->request, &f->a, &f->answer));
  g_assert_cmpint (f->answer.klass, ==, GST_FEC_CLASS_SUCCESS);
  g_assert_false (f->answer.has_integrity);
  g_assert_cmpuint (f->answer.grants[0].error, ==, 0);
  g_assert_cmpuint (f->answer.grants[1].error, ==, 403);
  id = f->answer.session_id;
  g_assert_cmpstr (f->h->told->str, ==, "?1 ");

  /* A wrong login is no anonymous one. */
  log_in (f, &f->b, "ann", "open", "one");
  assert_refused (f, "Login refused");
  /* Nor does who logs in later get the session of nobody in particular. */
  harness_begin (&f->request, GST_FEC_METHOD_JOIN, id);
  harness_want (&f->request, "two", 30, 0);
  harness_sign (&f->request, "ann", "sesame", f->key);
  g_assert_true (harness_ask (f->h, &f->request, &f->a, &f->answer));
  assert_refused (f, "Login refused");
  g_assert_cmpuint (session_of (f, &f->a, "ann", "sesame", "two"), !=, id);
}

static void
test_without_credentials_logins_do_not_count (Fixture *f, gconstpointer data)
{
  gst_fec_session_server_set_credentials (f->h->server, NULL);
  log_in (f, &f->a, "anybody", "anything", "one");
  g_assert_cmpint (f->answer.klass, ==, GST_FEC_CLASS_SUCCESS);
  g_assert_false (f->answer.has_integrity);
  harness_assert_changes (f->h, "+1@10.0.0.1:1000 ");
  g_assert_cmpstr (f->h->told->str, ==, "?1 ");
}

static void
test_names_are_kept_once (Fixture *f, gconstpointer data)
{
  guint64 ids[10];
  GValue clients = G_VALUE_INIT;
  guint i;

  for (i = 0; i < G_N_ELEMENTS (ids); i++) {
    GstFecAddress from = harness_ipv4 (10, 0, (guint8) i, 1, 1000);

    ids[i] = session_of (
        f, &from, i % 2 ? "ann" : "bob", i % 2 ? "sesame" : "open", NULL);
  }
  g_assert_cmpuint (gst_fec_usernames_get_n (f->h->server->usernames), ==, 2);
  gst_fec_session_server_get_clients (f->h->server, f->h->now, &clients);
  g_assert_cmpstr (
      gst_structure_get_string (
          gst_value_get_structure (gst_value_list_get_value (&clients, 3)),
          "user"),
      ==, "ann");
  g_value_unset (&clients);
  for (i = 0; i < G_N_ELEMENTS (ids); i += 2) {
    GstFecAddress from = harness_ipv4 (10, 0, (guint8) i, 1, 1000);

    harness_begin (&f->request, GST_FEC_METHOD_LEAVE, ids[i]);
    harness_sign (&f->request, "bob", "open", f->key);
    g_assert_true (harness_ask (f->h, &f->request, &from, &f->answer));
    g_assert_cmpint (f->answer.klass, ==, GST_FEC_CLASS_SUCCESS);
  }
  g_assert_cmpuint (gst_fec_usernames_get_n (f->h->server->usernames), ==, 1);
  gst_fec_session_server_remove_client (f->h->server, NULL, f->h->now);
  g_assert_cmpuint (gst_fec_usernames_get_n (f->h->server->usernames), ==, 0);
}

static void
test_guessing_is_limited (Fixture *f, gconstpointer data)
{
  GstFecSessionSettings settings;
  guint i, answered = 0;

  gst_fec_session_server_free (f->h->server);
  gst_fec_session_settings_init (&settings);
  settings.challenge_rate = 20;
  f->h->server = gst_fec_session_server_new (
      &settings, &(GstFecSessionCallbacks){ NULL }, f->h);
  gst_fec_session_server_set_credentials (f->h->server, f->credentials);
  harness_begin (&f->request, GST_FEC_METHOD_CONNECT, 0);
  harness_prove (f->h, &f->request, &f->a);
  harness_sign (&f->request, "ann", "guess", f->key);
  for (i = 0; i < 100; i++)
    answered += harness_ask (f->h, &f->request, &f->a, &f->answer);
  g_assert_cmpuint (answered, ==, 19);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gst_init (&argc, &argv);
#define ADD(name)                                                              \
  g_test_add ("/login/" #name, Fixture, NULL, set_up, test_##name, tear_down)
  ADD (the_cookie_is_asked_for_first);
  ADD (who_logs_in_gets_signed_answers);
  ADD (wrong_logins_are_all_refused_alike);
  ADD (a_wrong_realm_is_refused);
  ADD (a_changed_request_is_refused);
  ADD (a_signature_does_not_fit_another_nonce);
  ADD (every_request_of_a_session_is_signed);
  ADD (only_its_user_moves_a_session);
  ADD (another_user_begins_anew_at_an_address);
  ADD (permissions_are_asked_per_channel);
  ADD (what_is_not_permitted_any_more_is_not_renewed);
  ADD (names_run_out_in_their_session);
  ADD (anonymous_clients_get_what_they_may);
  ADD (without_credentials_logins_do_not_count);
  ADD (names_are_kept_once);
  ADD (guessing_is_limited);
  return g_test_run ();
}
