/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * credentials.c: users, secret and patterns; see credentials.h. The long-term
 * credentials are RFC 8489's (section 9.2), the names that are good until a
 * time are coturn's and of draft-uberti-behave-turn-rest.
 */
#include "credentials.h"
#include "entropy.h"
#include "wire/secret.h"

#include <string.h>

#define SHA1_SIZE 20

/* Channel patterns; all: the list does not count. */
typedef struct
{
  gboolean all;
  GPtrArray *patterns; /* of GPatternSpec; NULL: none */
} Permission;

typedef struct
{
  guint8 key[GST_FEC_CONTROL_KEY_SIZE];
  Permission permission;
} User;

struct _GstFecCredentials
{
  gatomicrefcount references;
  gchar *realm;
  GHashTable *users; /* name -> User */
  gchar *secret; /* NULL: none */
  Permission by_secret;
  gboolean anonymous_allowed;
  Permission anonymous;
  /* Stands in where there is no user or secret, so that the work is the same. */
  guint8 nobodys_key[GST_FEC_CONTROL_KEY_SIZE];
};

static void
permission_clear (Permission *permission)
{
  g_clear_pointer (&permission->patterns, g_ptr_array_unref);
  permission->all = FALSE;
}

static void
permission_set (Permission *permission, const gchar *const *channels)
{
  permission_clear (permission);
  permission->all = channels == NULL;
  if (channels == NULL)
    return;
  permission->patterns =
      g_ptr_array_new_with_free_func ((GDestroyNotify) g_pattern_spec_free);
  for (; *channels != NULL; channels++)
    g_ptr_array_add (permission->patterns, g_pattern_spec_new (*channels));
}

static gboolean
permission_covers (const Permission *permission, const gchar *name)
{
  guint i;

  if (permission->all)
    return TRUE;
  for (i = 0; permission->patterns != NULL && i < permission->patterns->len;
       i++) {
    if (g_pattern_spec_match_string (
            g_ptr_array_index (permission->patterns, i), name))
      return TRUE;
  }
  return FALSE;
}

static void
user_free (gpointer data)
{
  User *user = data;

  permission_clear (&user->permission);
  explicit_bzero (user->key, sizeof (user->key));
  g_free (user);
}

/* What a message can carry as USERNAME or REALM. */
static gboolean
is_name (const gchar *name)
{
  gsize length = strlen (name), i;

  if (length == 0 || length > GST_FEC_CONTROL_MAX_NAME ||
      !g_utf8_validate_len (name, length, NULL))
    return FALSE;
  for (i = 0; i < length; i++) {
    if (g_ascii_iscntrl (name[i]))
      return FALSE;
  }
  return TRUE;
}

GstFecCredentials *
gst_fec_credentials_new (const gchar *realm)
{
  GstFecCredentials *credentials = g_new0 (GstFecCredentials, 1);

  g_atomic_ref_count_init (&credentials->references);
  credentials->realm = g_strdup (
      realm != NULL && is_name (realm) ? realm : GST_FEC_DEFAULT_REALM);
  credentials->users =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, user_free);
  gst_fec_entropy_fill (
      credentials->nobodys_key, sizeof (credentials->nobodys_key));
  return credentials;
}

GstFecCredentials *
gst_fec_credentials_ref (GstFecCredentials *credentials)
{
  g_atomic_ref_count_inc (&credentials->references);
  return credentials;
}

void
gst_fec_credentials_unref (GstFecCredentials *credentials)
{
  if (credentials == NULL || !g_atomic_ref_count_dec (&credentials->references))
    return;
  g_hash_table_unref (credentials->users);
  permission_clear (&credentials->by_secret);
  permission_clear (&credentials->anonymous);
  gst_fec_secret_free (credentials->secret);
  g_free (credentials->realm);
  g_free (credentials);
}

const gchar *
gst_fec_credentials_get_realm (const GstFecCredentials *credentials)
{
  return credentials->realm;
}

gboolean
gst_fec_credentials_add_user (GstFecCredentials *credentials, const gchar *name,
    const gchar *password, const gchar *const *channels)
{
  User *user;

  if (!is_name (name))
    return FALSE;
  user = g_new0 (User, 1);
  gst_fec_control_make_key (name, credentials->realm, password, user->key);
  permission_set (&user->permission, channels);
  g_hash_table_replace (credentials->users, g_strdup (name), user);
  return TRUE;
}

/* "name:password[:pattern]..."; NULL, or what is wrong. */
static const gchar *
add_from_text (GstFecCredentials *credentials, const gchar *text)
{
  gchar **parts = g_strsplit (text, ":", -1);
  guint n = g_strv_length (parts), i;
  const gchar *wrong = NULL;

  if (n < 2)
    wrong = "there is no password behind a name";
  for (i = 0; wrong == NULL && i < n; i++) {
    gchar *plain = g_uri_unescape_string (parts[i], NULL);

    if (plain == NULL) {
      wrong = "a % must be followed by two hexadecimal digits";
    } else {
      gst_fec_secret_free (parts[i]);
      parts[i] = plain;
    }
  }
  if (wrong == NULL &&
      !gst_fec_credentials_add_user (credentials, parts[0], parts[1],
          n > 2 ? (const gchar *const *) parts + 2 : NULL))
    wrong = "a name is 1 to 255 bytes of UTF-8 without control characters";
  for (i = 0; i < n; i++)
    explicit_bzero (parts[i], strlen (parts[i]));
  g_strfreev (parts);
  return wrong;
}

gboolean
gst_fec_credentials_add_users (
    GstFecCredentials *credentials, const gchar *text, GError **error)
{
  gchar **users = g_strsplit (text, ",", -1);
  const gchar *wrong = NULL;
  guint i;

  for (i = 0; users[i] != NULL; i++) {
    if (wrong == NULL)
      wrong = add_from_text (credentials, users[i]);
    if (wrong != NULL && error != NULL && *error == NULL)
      g_set_error (error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_INVALID_VALUE,
          "User %u: %s", i + 1, wrong);
    explicit_bzero (users[i], strlen (users[i]));
  }
  g_strfreev (users);
  return wrong == NULL;
}

void
gst_fec_credentials_set_secret (GstFecCredentials *credentials,
    const gchar *secret, const gchar *const *channels)
{
  gst_fec_secret_free (credentials->secret);
  credentials->secret =
      secret != NULL && secret[0] != '\0' ? g_strdup (secret) : NULL;
  permission_set (&credentials->by_secret, channels);
}

void
gst_fec_credentials_allow_anonymous (
    GstFecCredentials *credentials, const gchar *const *channels)
{
  credentials->anonymous_allowed = TRUE;
  permission_set (&credentials->anonymous, channels);
}

gboolean
gst_fec_credentials_is_anonymous_allowed (const GstFecCredentials *credentials)
{
  return credentials->anonymous_allowed;
}

/* The second of Unix time that @name is good until; FALSE: it names none. */
static gboolean
find_expiry (const gchar *name, guint64 *expiry)
{
  gchar *end;

  if (!g_ascii_isdigit (name[0]))
    return FALSE;
  *expiry = g_ascii_strtoull (name, &end, 10);
  return *end == '\0' || *end == ':';
}

/* The key of a name that is good until a time, whatever the time is. */
static void
make_timed_key (const GstFecCredentials *credentials, const gchar *name,
    guint8 key[GST_FEC_CONTROL_KEY_SIZE])
{
  guint8 code[SHA1_SIZE];
  gsize size = sizeof (code);
  gchar *password;
  GHmac *hmac;

  hmac = g_hmac_new (G_CHECKSUM_SHA1, (const guchar *) credentials->secret,
      strlen (credentials->secret));
  g_hmac_update (hmac, (const guchar *) name, -1);
  g_hmac_get_digest (hmac, code, &size);
  g_hmac_unref (hmac);
  password = g_base64_encode (code, size);
  gst_fec_control_make_key (name, credentials->realm, password, key);
  gst_fec_secret_free (password);
}

gboolean
gst_fec_credentials_check (const GstFecCredentials *credentials,
    const GstFecControlMessage *message, const guint8 *data, gsize size,
    gint64 wall, guint8 key[GST_FEC_CONTROL_KEY_SIZE])
{
  const User *user =
      g_hash_table_lookup (credentials->users, message->username);
  gboolean good = strcmp (message->realm, credentials->realm) == 0;
  guint64 expiry = 0;

  /* Of all names, so that nobody can tell how one is known. */
  if (credentials->secret != NULL)
    make_timed_key (credentials, message->username, key);
  if (user != NULL) {
    memcpy (key, user->key, sizeof (user->key));
  } else if (credentials->secret == NULL ||
      !find_expiry (message->username, &expiry) ||
      expiry <= (guint64) MAX (wall, 0) / G_USEC_PER_SEC) {
    memcpy (key, credentials->nobodys_key, sizeof (credentials->nobodys_key));
    good = FALSE;
  }
  return gst_fec_control_check_integrity (data, size, key) && good;
}

gboolean
gst_fec_credentials_may (
    const GstFecCredentials *credentials, const gchar *user, const gchar *name)
{
  const User *known;

  if (user == NULL)
    return credentials->anonymous_allowed &&
        permission_covers (&credentials->anonymous, name);
  known = g_hash_table_lookup (credentials->users, user);
  if (known != NULL)
    return permission_covers (&known->permission, name);
  return credentials->secret != NULL &&
      permission_covers (&credentials->by_secret, name);
}
