/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-credentials.c: users, names that are good until a time, and what they
 * may have, without a server.
 */
#include "session/credentials.h"

#include <string.h>

#define SECOND ((gint64) G_USEC_PER_SEC)
#define NOW (1700000000 * SECOND)

/* Whether a request that is signed so is accepted. */
static gboolean
accepts (const GstFecCredentials *credentials, const gchar *user,
    const gchar *realm, const gchar *password, gint64 wall)
{
  GstFecControlMessage message, parsed;
  guint8 key[GST_FEC_CONTROL_KEY_SIZE], answer_key[GST_FEC_CONTROL_KEY_SIZE];
  guint8 bytes[GST_FEC_CONTROL_MAX_SIZE];
  gboolean accepted;
  gsize size;

  gst_fec_control_init (
      &message, GST_FEC_METHOD_CONNECT, GST_FEC_CLASS_REQUEST, NULL);
  g_strlcpy (message.username, user, sizeof (message.username));
  g_strlcpy (message.realm, realm, sizeof (message.realm));
  gst_fec_control_make_key (user, realm, password, key);
  message.key = key;
  size = gst_fec_control_write (&message, bytes, sizeof (bytes));
  g_assert_cmpint (
      gst_fec_control_parse (&parsed, bytes, size), ==, GST_FEC_CONTROL_OK);
  accepted = gst_fec_credentials_check (
      credentials, &parsed, bytes, size, wall, answer_key);
  if (accepted)
    g_assert_cmpmem (key, sizeof (key), answer_key, sizeof (answer_key));
  return accepted;
}

static gboolean
adds (GstFecCredentials *credentials, const gchar *text)
{
  GError *error = NULL;
  gboolean ok = gst_fec_credentials_add_users (credentials, text, &error);

  g_assert_true (ok == (error == NULL));
  if (error != NULL) {
    g_assert_error (error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_INVALID_VALUE);
    g_assert_null (strstr (error->message, "sesame"));
  }
  g_clear_error (&error);
  return ok;
}

static void
test_the_key_is_that_of_rfc_8489 (void)
{
  /* Section 9.2.2: user, realm and pass give this key. */
  static const guint8 expected[GST_FEC_CONTROL_KEY_SIZE] = { 0x84, 0x93, 0xfb,
    0xc5, 0x3b, 0xa5, 0x82, 0xfb, 0x4c, 0x04, 0x4c, 0x45, 0x6b, 0xdc, 0x40,
    0xeb };
  guint8 key[GST_FEC_CONTROL_KEY_SIZE];

  gst_fec_control_make_key ("user", "realm", "pass", key);
  g_assert_cmpmem (key, sizeof (key), expected, sizeof (expected));
}

static void
test_users_need_their_own_password (void)
{
  GstFecCredentials *credentials = gst_fec_credentials_new (NULL);

  g_assert_true (
      gst_fec_credentials_add_user (credentials, "ann", "sesame", NULL));
  g_assert_true (
      gst_fec_credentials_add_user (credentials, "bob", "open", NULL));
  g_assert_true (accepts (credentials, "ann", "gst-fec", "sesame", NOW));
  g_assert_true (accepts (credentials, "bob", "gst-fec", "open", NOW));
  g_assert_false (accepts (credentials, "ann", "gst-fec", "open", NOW));
  g_assert_false (accepts (credentials, "ann", "gst-fec", "", NOW));
  g_assert_false (accepts (credentials, "eve", "gst-fec", "sesame", NOW));
  g_assert_false (accepts (credentials, "Ann", "gst-fec", "sesame", NOW));
  g_assert_false (accepts (credentials, "ann", "other", "sesame", NOW));
  /* A new password takes the old one's place. */
  gst_fec_credentials_add_user (credentials, "ann", "new", NULL);
  g_assert_false (accepts (credentials, "ann", "gst-fec", "sesame", NOW));
  g_assert_true (accepts (credentials, "ann", "gst-fec", "new", NOW));
  gst_fec_credentials_unref (credentials);
}

static void
test_names_must_fit_a_message (void)
{
  GstFecCredentials *credentials = gst_fec_credentials_new ("bad\nrealm");
  gchar *name = g_strnfill (GST_FEC_CONTROL_MAX_NAME + 1, 'n');

  g_assert_cmpstr (gst_fec_credentials_get_realm (credentials), ==, "gst-fec");
  g_assert_false (gst_fec_credentials_add_user (credentials, name, "p", NULL));
  g_assert_false (gst_fec_credentials_add_user (credentials, "", "p", NULL));
  g_assert_false (
      gst_fec_credentials_add_user (credentials, "a\001", "p", NULL));
  g_assert_false (
      gst_fec_credentials_add_user (credentials, "\xff", "p", NULL));
  name[GST_FEC_CONTROL_MAX_NAME] = '\0';
  g_assert_true (gst_fec_credentials_add_user (credentials, name, "p", NULL));
  g_assert_true (accepts (credentials, name, "gst-fec", "p", NOW));
  g_free (name);
  gst_fec_credentials_unref (credentials);
}

static void
test_names_are_good_until_their_time (void)
{
  /* As coturn's users make them:
     printf %s 1700000060:joe | openssl dgst -sha1 -hmac north -binary | base64 */
  static const gchar password[] = "T76YQ/EJatSIgi5dBcvMSl7aYf4=";
  GstFecCredentials *credentials = gst_fec_credentials_new ("realm");

  g_assert_false (
      accepts (credentials, "1700000060:joe", "realm", password, NOW));
  gst_fec_credentials_set_secret (credentials, "north", NULL);
  g_assert_true (
      accepts (credentials, "1700000060:joe", "realm", password, NOW));
  g_assert_true (accepts (
      credentials, "1700000060:joe", "realm", password, NOW + 60 * SECOND - 1));
  g_assert_false (accepts (
      credentials, "1700000060:joe", "realm", password, NOW + 60 * SECOND));
  g_assert_false (
      accepts (credentials, "1700000061:joe", "realm", password, NOW));
  g_assert_false (
      accepts (credentials, "1700000060:jo", "realm", password, NOW));
  gst_fec_credentials_set_secret (credentials, "south", NULL);
  g_assert_false (
      accepts (credentials, "1700000060:joe", "realm", password, NOW));
  gst_fec_credentials_set_secret (credentials, "", NULL);
  g_assert_false (
      accepts (credentials, "1700000060:joe", "realm", password, NOW));
  gst_fec_credentials_unref (credentials);
}

static gchar *
timed_password (const gchar *secret, const gchar *name)
{
  GHmac *hmac =
      g_hmac_new (G_CHECKSUM_SHA1, (const guchar *) secret, strlen (secret));
  guint8 code[20];
  gsize size = sizeof (code);

  g_hmac_update (hmac, (const guchar *) name, -1);
  g_hmac_get_digest (hmac, code, &size);
  g_hmac_unref (hmac);
  return g_base64_encode (code, size);
}

static void
test_only_names_with_a_time_are_good_by_secret (void)
{
  static const struct
  {
    const gchar *name;
    gboolean good;
  } names[] = { { "1700000060", TRUE }, { "1700000060:", TRUE },
    { "1700000060:a:b", TRUE }, { "99999999999999999999999999:x", TRUE },
    { "1699999999:joe", FALSE }, { "joe", FALSE }, { ":joe", FALSE },
    { " 1700000060:joe", FALSE }, { "+1700000060", FALSE },
    { "1700000060joe", FALSE }, { "0", FALSE }, { "-1:joe", FALSE } };
  GstFecCredentials *credentials = gst_fec_credentials_new (NULL);
  guint i;

  gst_fec_credentials_set_secret (credentials, "north", NULL);
  for (i = 0; i < G_N_ELEMENTS (names); i++) {
    gchar *password = timed_password ("north", names[i].name);

    g_assert_true (names[i].good ==
        accepts (credentials, names[i].name, "gst-fec", password, NOW));
    g_free (password);
  }
  gst_fec_credentials_unref (credentials);
}

static void
test_users_come_from_a_text (void)
{
  GstFecCredentials *credentials = gst_fec_credentials_new (NULL);

  g_assert_true (adds (credentials, ""));
  g_assert_true (
      adds (credentials, "ann:sesame,bob:a%3Ab%2C%25:live/*:film,carl:"));
  g_assert_true (accepts (credentials, "ann", "gst-fec", "sesame", NOW));
  g_assert_true (accepts (credentials, "bob", "gst-fec", "a:b,%", NOW));
  g_assert_true (accepts (credentials, "carl", "gst-fec", "", NOW));
  g_assert_true (gst_fec_credentials_may (credentials, "ann", "anything"));
  g_assert_true (gst_fec_credentials_may (credentials, "bob", "live/a/b"));
  g_assert_true (gst_fec_credentials_may (credentials, "bob", "film"));
  g_assert_false (gst_fec_credentials_may (credentials, "bob", "films"));
  g_assert_false (gst_fec_credentials_may (credentials, "bob", "live"));

  g_assert_false (adds (credentials, "ann"));
  g_assert_false (adds (credentials, ":sesame"));
  g_assert_false (adds (credentials, "dora:sesame,"));
  g_assert_false (adds (credentials, "dora:sesame%4"));
  g_assert_false (adds (credentials, "dora:sesame%00"));
  g_assert_false (adds (credentials, "\xff:sesame"));
  gst_fec_credentials_unref (credentials);
}

static void
test_permissions_are_patterns (void)
{
  static const gchar *const some[] = { "live/*", "cam?", NULL };
  static const gchar *const none[] = { NULL };
  GstFecCredentials *credentials = gst_fec_credentials_new (NULL);

  g_assert_false (gst_fec_credentials_may (credentials, NULL, "free"));
  g_assert_false (gst_fec_credentials_is_anonymous_allowed (credentials));
  gst_fec_credentials_add_user (credentials, "ann", "p", some);
  gst_fec_credentials_add_user (credentials, "bob", "p", none);
  g_assert_true (gst_fec_credentials_may (credentials, "ann", "cam1"));
  g_assert_false (gst_fec_credentials_may (credentials, "ann", "cam10"));
  g_assert_false (gst_fec_credentials_may (credentials, "bob", "cam1"));
  g_assert_false (gst_fec_credentials_may (credentials, "bob", ""));
  g_assert_false (gst_fec_credentials_may (credentials, "eve", "cam1"));
  g_assert_false (gst_fec_credentials_may (credentials, NULL, "cam1"));

  gst_fec_credentials_set_secret (credentials, "north", some);
  g_assert_true (gst_fec_credentials_may (credentials, "9:joe", "live/x"));
  g_assert_false (gst_fec_credentials_may (credentials, "9:joe", "film"));
  gst_fec_credentials_allow_anonymous (credentials, some + 1);
  g_assert_true (gst_fec_credentials_is_anonymous_allowed (credentials));
  g_assert_true (gst_fec_credentials_may (credentials, NULL, "cam1"));
  g_assert_false (gst_fec_credentials_may (credentials, NULL, "live/x"));
  gst_fec_credentials_unref (credentials);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name) g_test_add_func ("/credentials/" #name, test_##name)
  ADD (the_key_is_that_of_rfc_8489);
  ADD (users_need_their_own_password);
  ADD (names_must_fit_a_message);
  ADD (names_are_good_until_their_time);
  ADD (only_names_with_a_time_are_good_by_secret);
  ADD (users_come_from_a_text);
  ADD (permissions_are_patterns);
  return g_test_run ();
}
