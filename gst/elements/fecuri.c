/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fecuri.c: fec:// URIs, read and written by GLib. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "fecuri.h"
#include "wire/alc.h"
#include "wire/control.h"
#include "wire/secret.h"

#include <string.h>

#define EXPECTED "expected fec://[user[:password]@]host[:port]/channel"

void
gst_fec_uri_clear (GstFecUri *parts)
{
  g_free (parts->host);
  g_free (parts->channel);
  g_free (parts->user);
  gst_fec_secret_free (parts->password);
  *parts = (GstFecUri){ 0 };
}

/* What may be shown of a URI: not who logs in. */
static const gchar *
without_login (const gchar *uri)
{
  const gchar *at = strrchr (uri, '@');

  return at != NULL ? at + 1 : uri;
}

gboolean
gst_fec_uri_parse (const gchar *uri, GstFecUri *parts, GError **error)
{
  GError *why = NULL;
  GUri *parsed = g_uri_parse (uri, G_URI_FLAGS_HAS_PASSWORD, &why);
  const gchar *path;

  uri = without_login (uri);
  if (parsed == NULL)
    goto no_uri;
  if (strcmp (g_uri_get_scheme (parsed), GST_FEC_URI_SCHEME) != 0)
    goto other_scheme;
  if (g_uri_get_host (parsed) == NULL || *g_uri_get_host (parsed) == '\0')
    goto no_host;
  if (g_uri_get_port (parsed) == 0)
    goto bad_port;
  if (g_uri_get_query (parsed) != NULL || g_uri_get_fragment (parsed) != NULL)
    goto too_much;
  path = g_uri_get_path (parsed);
  while (*path == '/')
    path++;
  if (strlen (path) > GST_FEC_CONTROL_MAX_NAME ||
      (g_uri_get_user (parsed) != NULL &&
          strlen (g_uri_get_user (parsed)) > GST_FEC_CONTROL_MAX_NAME))
    goto long_name;

  *parts = (GstFecUri){
    .host = g_strdup (g_uri_get_host (parsed)),
    .port = g_uri_get_port (parsed) < 0 ? GST_FEC_DEFAULT_PORT
                                        : g_uri_get_port (parsed),
    .channel = g_strdup (path),
    .user = g_strdup (g_uri_get_user (parsed)),
    .password = g_strdup (g_uri_get_password (parsed)),
  };
  g_uri_unref (parsed);
  return TRUE;

  /* ERRORS */
no_uri : {
  g_set_error (error, GST_URI_ERROR, GST_URI_ERROR_BAD_URI,
      "\"%s\" is no URI (%s): " EXPECTED, uri, why->message);
  g_error_free (why);
  return FALSE;
}
other_scheme : {
  g_set_error (error, GST_URI_ERROR, GST_URI_ERROR_UNSUPPORTED_PROTOCOL,
      "\"%s\" is not a fec:// URI: " EXPECTED, uri);
  g_uri_unref (parsed);
  return FALSE;
}
no_host : {
  g_set_error (error, GST_URI_ERROR, GST_URI_ERROR_BAD_URI,
      "\"%s\" names no host: " EXPECTED, uri);
  g_uri_unref (parsed);
  return FALSE;
}
bad_port : {
  g_set_error (error, GST_URI_ERROR, GST_URI_ERROR_BAD_URI,
      "\"%s\" names port 0: ports are 1 to 65535", uri);
  g_uri_unref (parsed);
  return FALSE;
}
too_much : {
  g_set_error (error, GST_URI_ERROR, GST_URI_ERROR_BAD_URI,
      "\"%s\" has a query or fragment, which fec:// URIs have not: " EXPECTED,
      uri);
  g_uri_unref (parsed);
  return FALSE;
}
long_name : {
  g_set_error (error, GST_URI_ERROR, GST_URI_ERROR_BAD_URI,
      "The channel or user of \"%.64s...\" is longer than %u bytes", uri,
      GST_FEC_CONTROL_MAX_NAME);
  g_uri_unref (parsed);
  return FALSE;
}
}

gchar *
gst_fec_uri_make (const gchar *host, guint port, const gchar *channel)
{
  gchar *path = g_strconcat ("/", channel, NULL);
  gchar *uri = g_uri_join (G_URI_FLAGS_NONE, GST_FEC_URI_SCHEME, NULL, host,
      port == GST_FEC_DEFAULT_PORT ? -1 : (gint) port, path, NULL, NULL);

  g_free (path);
  return uri;
}
