/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fecreplicatoraccess.c: logins, limits and other servers as properties; see fecreplicatoraccess.h.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "fecreplicatoraccess.h"
#include "transport/addresslist.h"
#include "wire/alc.h"
#include "wire/secret.h"

#include <string.h>

#define DEFAULT_ANONYMOUS_CHANNELS "*"

void
gst_fec_replicator_access_init (GstFecReplicatorAccess *access)
{
  memset (access, 0, sizeof (*access));
  access->users = g_strdup ("");
  access->secret = g_strdup ("");
  access->realm = g_strdup (GST_FEC_DEFAULT_REALM);
  access->anonymous_channels = g_strdup (DEFAULT_ANONYMOUS_CHANNELS);
  access->alternates = g_strdup ("");
}

void
gst_fec_replicator_access_clear (GstFecReplicatorAccess *access)
{
  gst_fec_secret_free (access->users);
  gst_fec_secret_free (access->secret);
  g_free (access->realm);
  g_free (access->anonymous_channels);
  g_free (access->alternates);
}

static void
set_text (gchar **text, const GValue *value)
{
  const gchar *string = g_value_get_string (value);

  gst_fec_secret_free (*text);
  *text = g_strdup (string != NULL ? string : "");
}

gboolean
gst_fec_replicator_access_set (GstFecReplicatorAccess *access,
    GstFecSessionSettings *settings, guint id, const GValue *value)
{
  switch (id) {
    case GST_FEC_PROP_USERS:
      set_text (&access->users, value);
      return TRUE;
    case GST_FEC_PROP_SECRET:
      set_text (&access->secret, value);
      return TRUE;
    case GST_FEC_PROP_REALM:
      set_text (&access->realm, value);
      return TRUE;
    case GST_FEC_PROP_ALLOW_ANONYMOUS:
      access->allow_anonymous = g_value_get_boolean (value);
      return TRUE;
    case GST_FEC_PROP_ANONYMOUS_CHANNELS:
      set_text (&access->anonymous_channels, value);
      return TRUE;
    case GST_FEC_PROP_MAX_SESSIONS_PER_PREFIX:
      settings->max_sessions_per_prefix = g_value_get_uint (value);
      return TRUE;
    case GST_FEC_PROP_MAX_EGRESS:
      settings->max_egress = g_value_get_uint64 (value);
      return TRUE;
    case GST_FEC_PROP_BREAKER_LOSS:
      settings->breaker_loss = g_value_get_uint (value);
      return TRUE;
    case GST_FEC_PROP_BREAKER_TIME:
      settings->breaker_time = g_value_get_uint (value);
      return TRUE;
    case GST_FEC_PROP_BREAKER_PAUSE:
      settings->breaker_pause = g_value_get_uint (value);
      return TRUE;
    case GST_FEC_PROP_ALTERNATES:
      set_text (&access->alternates, value);
      return TRUE;
    case GST_FEC_PROP_REDIRECT:
      settings->redirect = g_value_get_boolean (value);
      return TRUE;
    default:
      return FALSE;
  }
}

gboolean
gst_fec_replicator_access_get (const GstFecReplicatorAccess *access,
    const GstFecSessionSettings *settings, guint id, GValue *value)
{
  switch (id) {
    case GST_FEC_PROP_REALM:
      g_value_set_string (value, access->realm);
      return TRUE;
    case GST_FEC_PROP_ALLOW_ANONYMOUS:
      g_value_set_boolean (value, access->allow_anonymous);
      return TRUE;
    case GST_FEC_PROP_ANONYMOUS_CHANNELS:
      g_value_set_string (value, access->anonymous_channels);
      return TRUE;
    case GST_FEC_PROP_MAX_SESSIONS_PER_PREFIX:
      g_value_set_uint (value, settings->max_sessions_per_prefix);
      return TRUE;
    case GST_FEC_PROP_MAX_EGRESS:
      g_value_set_uint64 (value, settings->max_egress);
      return TRUE;
    case GST_FEC_PROP_BREAKER_LOSS:
      g_value_set_uint (value, settings->breaker_loss);
      return TRUE;
    case GST_FEC_PROP_BREAKER_TIME:
      g_value_set_uint (value, settings->breaker_time);
      return TRUE;
    case GST_FEC_PROP_BREAKER_PAUSE:
      g_value_set_uint (value, settings->breaker_pause);
      return TRUE;
    case GST_FEC_PROP_ALTERNATES:
      g_value_set_string (value, access->alternates);
      return TRUE;
    case GST_FEC_PROP_REDIRECT:
      g_value_set_boolean (value, settings->redirect);
      return TRUE;
    default:
      return FALSE;
  }
}

static GstFecCredentials *
make_credentials (const GstFecReplicatorAccess *access, GError **error)
{
  GstFecCredentials *credentials = gst_fec_credentials_new (access->realm);

  if (!gst_fec_credentials_add_users (credentials, access->users, error)) {
    g_prefix_error (error, "Property users: ");
    gst_fec_credentials_unref (credentials);
    return NULL;
  }
  gst_fec_credentials_set_secret (credentials, access->secret, NULL);
  if (access->allow_anonymous) {
    gchar **channels = g_strsplit (access->anonymous_channels, ",", -1);

    gst_fec_credentials_allow_anonymous (
        credentials, (const gchar *const *) channels);
    g_strfreev (channels);
  }
  return credentials;
}

gboolean
gst_fec_replicator_access_apply (const GstFecReplicatorAccess *access,
    GstFecSessionSettings *settings, GstFecCredentials **credentials,
    GError **error)
{
  gint n = gst_fec_address_list_parse (access->alternates, GST_FEC_DEFAULT_PORT,
      settings->alternates, GST_FEC_SESSION_MAX_ALTERNATES, error);

  *credentials = NULL;
  if (n < 0) {
    g_prefix_error (error, "Property alternates: ");
    return FALSE;
  }
  settings->n_alternates = (guint) n;
  if (access->users[0] == '\0' && access->secret[0] == '\0')
    return TRUE;
  *credentials = make_credentials (access, error);
  return *credentials != NULL;
}

/* ---- Installation ------------------------------------------------------- */

static void
install (GObjectClass *klass, guint id, GParamSpec *pspec)
{
  g_object_class_install_property (klass, id, pspec);
}

static void
install_logins (GObjectClass *klass, GParamFlags writable, GParamFlags both)
{
  install (klass, GST_FEC_PROP_USERS,
      g_param_spec_string ("users", "Users",
          "Who may log in: \"name:password[:pattern]...\" with patterns of the "
          "channels that one may have (default: all), separated by commas; "
          "%3A, %2C and %25 stand for : , and %. Empty, and no secret: anybody "
          "may have anything",
          "", writable));
  install (klass, GST_FEC_PROP_SECRET,
      g_param_spec_string ("secret", "Secret",
          "Accepts names \"expiry:anything\" (expiry in Unix seconds) whose "
          "password is base64 (HMAC-SHA-1 (secret, name)); empty: none",
          "", writable));
  install (klass, GST_FEC_PROP_REALM,
      g_param_spec_string ("realm", "Realm",
          "The realm that passwords are good for", GST_FEC_DEFAULT_REALM,
          both));
  install (klass, GST_FEC_PROP_ALLOW_ANONYMOUS,
      g_param_spec_boolean ("allow-anonymous", "Allow anonymous",
          "Whether clients that do not log in get anonymous-channels though "
          "there are users or a secret",
          FALSE, both));
  install (klass, GST_FEC_PROP_ANONYMOUS_CHANNELS,
      g_param_spec_string ("anonymous-channels", "Anonymous channels",
          "Patterns of the channels that clients may have who do not log in, "
          "separated by commas",
          DEFAULT_ANONYMOUS_CHANNELS, both));
}

static void
install_limits (GObjectClass *klass, GParamFlags flags)
{
  GstFecSessionSettings defaults;

  gst_fec_session_settings_init (&defaults);
  install (klass, GST_FEC_PROP_MAX_SESSIONS_PER_PREFIX,
      g_param_spec_uint ("max-sessions-per-prefix",
          "Most sessions of a network",
          "Clients at a time from one network (/24 of IPv4, /56 of IPv6)", 1,
          G_MAXINT, defaults.max_sessions_per_prefix, flags));
  install (klass, GST_FEC_PROP_MAX_EGRESS,
      g_param_spec_uint64 ("max-egress", "Most egress",
          "Bits per second to all clients together, by the channels' bitrates; "
          "0: unlimited",
          0, G_MAXUINT64, defaults.max_egress, flags));
  install (klass, GST_FEC_PROP_BREAKER_LOSS,
      g_param_spec_uint ("breaker-loss", "Breaker loss",
          "A client that reports more than this percentage lost, on average "
          "over breaker-time, gets nothing more; 0: never",
          0, 100, defaults.breaker_loss, flags));
  install (klass, GST_FEC_PROP_BREAKER_TIME,
      g_param_spec_uint ("breaker-time", "Breaker time",
          "Seconds, see breaker-loss", 1, 3600, defaults.breaker_time, flags));
  install (klass, GST_FEC_PROP_BREAKER_PAUSE,
      g_param_spec_uint ("breaker-pause", "Breaker pause",
          "Seconds before such a client may come again", 0, 86400,
          defaults.breaker_pause, flags));
}

static void
install_alternates (GObjectClass *klass, GParamFlags flags)
{
  install (klass, GST_FEC_PROP_ALTERNATES,
      g_param_spec_string ("alternates", "Alternate servers",
          "Numeric addresses and ports, separated by commas, of servers that "
          "clients are told to ask in turn when there is no room here",
          "", flags));
  install (klass, GST_FEC_PROP_REDIRECT,
      g_param_spec_boolean ("redirect", "Redirect",
          "Whether all new clients are sent to the alternate servers", FALSE,
          flags));
}

void
gst_fec_replicator_access_install (GObjectClass *klass)
{
  const GParamFlags writable =
      G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY;

  install_logins (klass, writable, writable | G_PARAM_READABLE);
  install_limits (klass, writable | G_PARAM_READABLE);
  install_alternates (klass, writable | G_PARAM_READABLE);
}
