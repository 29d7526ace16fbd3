/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * description.h: the description of a channel to and from SDP (RFC 8866, source-filter RFC 4570). Pure functions.
 */
#pragma once

#include <gst/gst.h>
#include "wire/address.h"

G_BEGIN_DECLS

/** What a client has to know of a channel before its first packet. */
typedef struct
{
  gchar *name; /**< path without leading slash */
  guint32 tsi;
  guint16 symbol_size; /**< T in bytes; 0 when not known yet */
  guint8 alignment; /**< Al */
  gboolean records; /**< framing */
  guint32 bitrate; /**< bits per second on the wire, 0 when not known */
  gchar *media_caps; /**< gst_caps_to_string(), or NULL when not known yet */
  gboolean has_group; /**< served by multicast too: */
  GstFecAddress group; /**< the group and its port */
  gboolean has_source; /**< source-specific multicast: */
  GstFecAddress source; /**< the sender's address (port ignored) */
} GstFecDescription;

/** Frees what @description points to and empties it. */
void gst_fec_description_clear (GstFecDescription *description);
void gst_fec_description_copy (
    GstFecDescription *dest, const GstFecDescription *src);
/** Writes @description as SDP; a new string, to be freed with g_free(). @origin: the server's address. */
gchar *gst_fec_description_to_sdp (
    const GstFecDescription *description, const GstFecAddress *origin);
/** Reads SDP; FALSE (and @description empty) when it is no description of ours. */
gboolean gst_fec_description_from_sdp (
    GstFecDescription *description, const gchar *sdp, gsize size);
/** The caps of the packets: GST_FEC_ALC_MEDIA_TYPE with what is known (tsi, symbol-size, packet-size, framing, media-caps). */
GstCaps *gst_fec_description_to_caps (const GstFecDescription *description);
/** The way back, as far as the caps tell; FALSE when they are not ours. */
gboolean gst_fec_description_from_caps (
    GstFecDescription *description, const GstCaps *caps);

G_END_DECLS
