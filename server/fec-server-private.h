/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fec-server-private.h: what the objects of the server library want of each other and nobody else may. The one place
 * where the hub is known.
 */
#pragma once

#include "fecserver.h"
#include "transport/hub.h"

G_BEGIN_DECLS

#define GST_CAT_DEFAULT gst_fec_server_debug
GST_DEBUG_CATEGORY_EXTERN (gst_fec_server_debug);

/** Registers the debug category; may be called often. */
void gst_fec_server_debug_init (void);

/** What the hub takes; the caller's. */
GstFecCredentials *gst_fec_auth_make_credentials (GstFecAuth *self);

/** A view on @hub's sessions. */
GstFecSessionPool *gst_fec_session_pool_new (GstFecHub *hub);
/** Hands the settings to the hub, and tells in which context (NULL: the default one) the signals come. */
void gst_fec_session_pool_prepare (
    GstFecSessionPool *self, GMainContext *context);

/** How the packets of a channel are made and where they go; strings are owned. */
typedef struct
{
  guint tsi;
  gchar *repair; /**< percent, or auto */
  GstClockTime block_duration;
  guint symbol_size; /**< bytes */
  gchar *framing; /**< auto, raw or records */
  gchar *esi_range; /**< i/n; NULL: all */
  gchar *group; /**< NULL: no multicast */
  guint port; /**< of the group */
  guint ttl;
  gchar *iface; /**< NULL: as routed */
} GstFecChannelSettings;

void gst_fec_channel_settings_copy (
    GstFecChannelSettings *dest, const GstFecChannelSettings *src);
void gst_fec_channel_settings_clear (GstFecChannelSettings *settings);

/** The settings, to be cleared with gst_fec_channel_settings_clear(). */
void gst_fec_channel_factory_get_settings (
    GstFecChannelFactory *self, GstFecChannelSettings *settings);

/** Whether a channel whose source has reached its end is over (else the source is made anew). */
gboolean gst_fec_channel_factory_ends (GstFecChannelFactory *self);

/** @factory makes the sources; @settings are copied. */
GstFecChannel *gst_fec_channel_new (const gchar *path,
    GstFecChannelFactory *factory, const GstFecChannelSettings *settings);

/** Builds the pipeline around a first source; FALSE with @error set when something is missing or wrong. */
gboolean gst_fec_channel_prepare (
    GstFecChannel *self, GstFecHub *hub, GMainContext *context, GError **error);
/** Starts the prepared pipeline. What fails from now on is tried again. */
void gst_fec_channel_start (GstFecChannel *self);
/** Makes the stream end with a last block; returns at once. */
void gst_fec_channel_end (GstFecChannel *self);
/** Waits until the last block was sent, at most until @deadline (monotonic, microseconds), and stops the pipeline. */
void gst_fec_channel_stop (GstFecChannel *self, gint64 deadline);

G_END_DECLS
