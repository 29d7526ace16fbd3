/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fecuri.h: fec://host[:port]/channel to and from its parts. */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_FEC_URI_SCHEME "fec"

/** Reads @uri; the caller owns *@host and *@channel. FALSE with @error (GST_URI_ERROR) set when it is none of ours. */
gboolean gst_fec_uri_parse (const gchar *uri, gchar **host, guint16 *port,
    gchar **channel, GError **error);
/** Writes a URI; the caller owns it. */
gchar *gst_fec_uri_make (const gchar *host, guint port, const gchar *channel);

G_END_DECLS
