/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * config-auth.c: sections and keys become logins.
 */
#include "config-auth.h"

#include <string.h>

#define AUTH_SECTION "auth"
#define USER_PREFIX "user "

static const gchar *const auth_keys[] = { "realm", "secret", "secret-channels",
  "anonymous-channels", NULL };
static const gchar *const user_keys[] = { "password", "channels", NULL };

typedef struct
{
  GKeyFile *keys;
  const gchar *section;
  ConfigAuthReport report;
  gpointer user_data;
} Reading;

gboolean
config_auth_is_section (const gchar *section)
{
  return strcmp (section, AUTH_SECTION) == 0 ||
      g_str_has_prefix (section, USER_PREFIX);
}

static void
report (const Reading *reading, const gchar *key, const gchar *message)
{
  reading->report (reading->user_data, reading->section, key, message);
}

static void
refuse_unknown_keys (const Reading *reading, const gchar *const *known)
{
  gchar **names =
      g_key_file_get_keys (reading->keys, reading->section, NULL, NULL);
  gchar *list = g_strjoinv (", ", (gchar **) known);

  for (gchar **name = names; name != NULL && *name != NULL; name++) {
    gchar *message;

    if (g_strv_contains (known, *name))
      continue;
    message = g_strdup_printf ("is unknown; known are %s", list);
    report (reading, *name, message);
    g_free (message);
  }
  g_free (list);
  g_strfreev (names);
}

/* The value as it stands there; NULL, and reported if it is there, when there is nothing. */
static gchar *
get_value (const Reading *reading, const gchar *key)
{
  gchar *text =
      g_key_file_get_value (reading->keys, reading->section, key, NULL);

  if (text == NULL || g_strstrip (text)[0] != '\0')
    return text;
  report (reading, key, "there is nothing behind the =");
  g_free (text);
  return NULL;
}

/* Patterns, separated by commas; NULL: no such key, or it is wrong. */
static gchar **
get_channels (const Reading *reading, const gchar *key)
{
  gchar *text = get_value (reading, key);
  gchar **channels = text != NULL ? g_strsplit (text, ",", -1) : NULL;

  for (gchar **channel = channels; channel != NULL && *channel != NULL;
       channel++) {
    if (g_strstrip (*channel)[0] == '\0') {
      report (reading, key, "there is no channel between two commas");
      break;
    }
  }
  g_free (text);
  return channels;
}

static void
forget (gchar *text)
{
  if (text != NULL)
    explicit_bzero (text, strlen (text));
  g_free (text);
}

static void
read_auth (const Reading *reading, GstFecAuth *auth)
{
  gchar *realm = get_value (reading, "realm");
  gchar *secret = get_value (reading, "secret"), *used;
  gchar **of_secret = get_channels (reading, "secret-channels");
  gchar **of_anybody = get_channels (reading, "anonymous-channels");

  refuse_unknown_keys (reading, auth_keys);
  if (realm != NULL) {
    gst_fec_auth_set_realm (auth, realm);
    used = gst_fec_auth_get_realm (auth);
    if (strcmp (used, realm) != 0)
      report (reading, "realm",
          "is not 1 to 255 bytes of UTF-8 without control characters");
    g_free (used);
  }
  if (secret != NULL)
    gst_fec_auth_set_secret (auth, secret, (const gchar *const *) of_secret);
  else if (of_secret != NULL)
    report (reading, "secret-channels", "there is no secret");
  if (of_anybody != NULL)
    gst_fec_auth_set_anonymous (auth, TRUE, (const gchar *const *) of_anybody);
  g_strfreev (of_anybody);
  g_strfreev (of_secret);
  forget (secret);
  g_free (realm);
}

static void
read_user (const Reading *reading, GstFecAuth *auth)
{
  const gchar *name = reading->section + strlen (USER_PREFIX);
  gchar *password = get_value (reading, "password");
  gchar **channels = get_channels (reading, "channels");

  name += strspn (name, " ");
  refuse_unknown_keys (reading, user_keys);
  if (password == NULL &&
      !g_key_file_has_key (reading->keys, reading->section, "password", NULL))
    report (reading, NULL, "has no password");
  if (!gst_fec_auth_add_user (auth, name, password != NULL ? password : "",
          (const gchar *const *) channels))
    report (reading, NULL,
        "the name of a user is 1 to 255 bytes of UTF-8 without control "
        "characters");
  g_strfreev (channels);
  forget (password);
}

void
config_auth_read (GKeyFile *keys, const gchar *section, GstFecAuth *auth,
    ConfigAuthReport report_wrong, gpointer user_data)
{
  const Reading reading = { keys, section, report_wrong, user_data };

  if (strcmp (section, AUTH_SECTION) == 0)
    read_auth (&reading, auth);
  else
    read_user (&reading, auth);
}
