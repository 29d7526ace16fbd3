/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fecuri.h: fec://[user[:password]@]host[:port]/channel to and from its parts. */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_FEC_URI_SCHEME "fec"

/** What a URI says. */
typedef struct
{
  gchar *host;
  guint16 port;
  gchar *channel;
  gchar *user; /**< NULL: none */
  gchar *password; /**< NULL: none */
} GstFecUri;

/**
 * Reads @uri; free @parts with gst_fec_uri_clear(). FALSE with @error (GST_URI_ERROR; it does not repeat the password)
 * set when it is none of ours.
 */
gboolean gst_fec_uri_parse (const gchar *uri, GstFecUri *parts, GError **error);
/** Frees and forgets all. */
void gst_fec_uri_clear (GstFecUri *parts);
/** Writes a URI; the caller owns it. */
gchar *gst_fec_uri_make (const gchar *host, guint port, const gchar *channel);

G_END_DECLS
