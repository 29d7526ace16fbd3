/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fec-server.h: one port that serves all channels of its mount points.
 */
#pragma once

#include "fec-server-prelude.h"
#include "fec-auth.h"
#include "fec-mount-points.h"
#include "fec-session-pool.h"

G_BEGIN_DECLS

#define GST_TYPE_FEC_SERVER (gst_fec_server_get_type ())
GST_FEC_SERVER_API
G_DECLARE_FINAL_TYPE (GstFecServer, gst_fec_server, GST, FEC_SERVER, GObject)

/**
 * gst_fec_server_new:
 *
 * Returns: (transfer full): a server of all addresses and port 6330, not started
 */
GST_FEC_SERVER_API
GstFecServer *gst_fec_server_new (void);

/**
 * gst_fec_server_get_mount_points:
 * @self: a #GstFecServer
 *
 * Returns: (transfer full): its mount points
 */
GST_FEC_SERVER_API
GstFecMountPoints *gst_fec_server_get_mount_points (GstFecServer *self);

/**
 * gst_fec_server_get_session_pool:
 * @self: a #GstFecServer
 *
 * Returns: (transfer full): its session pool
 */
GST_FEC_SERVER_API
GstFecSessionPool *gst_fec_server_get_session_pool (GstFecServer *self);

/**
 * gst_fec_server_set_auth:
 * @self: a #GstFecServer
 * @auth: (nullable): who may listen to what, %NULL: anybody to anything
 *
 * Counts at once, also while the server runs.
 */
GST_FEC_SERVER_API
void gst_fec_server_set_auth (GstFecServer *self, GstFecAuth *auth);

/**
 * gst_fec_server_get_auth:
 * @self: a #GstFecServer
 *
 * Returns: (transfer full) (nullable): who may listen to what
 */
GST_FEC_SERVER_API
GstFecAuth *gst_fec_server_get_auth (GstFecServer *self);

/**
 * gst_fec_server_attach:
 * @self: a #GstFecServer that is not started
 * @context: (nullable): where its sources run, %NULL: the default one
 *
 * Only changes where the work is done; call gst_fec_server_start() afterwards. Without this call it is the default
 * main context.
 */
GST_FEC_SERVER_API
void gst_fec_server_attach (GstFecServer *self, GMainContext *context);

/**
 * gst_fec_server_start:
 * @self: a #GstFecServer
 * @error: (out) (optional): why it did not start
 *
 * Binds the port, then starts the channels of all mount points. What fails later in a channel is the channel's
 * business; see #GstFecChannel.
 *
 * Returns: %FALSE when a channel cannot be made (%GST_CORE_ERROR, %GST_PARSE_ERROR, ...) or the port cannot be bound
 * (%G_IO_ERROR); nothing is running then
 */
GST_FEC_SERVER_API
gboolean gst_fec_server_start (GstFecServer *self, GError **error);

/**
 * gst_fec_server_stop:
 * @self: a #GstFecServer
 * @timeout: how long the channels may take to send their last blocks, in nanoseconds
 *
 * Ends all channels with a last block, waits for that at most @timeout, ends the sessions and frees the port. Blocks.
 * Does nothing when the server is not started.
 */
GST_FEC_SERVER_API
void gst_fec_server_stop (GstFecServer *self, GstClockTime timeout);

/**
 * gst_fec_server_get_bound_port:
 * @self: a #GstFecServer
 *
 * Returns: the port it listens on, 0 when it is not started
 */
GST_FEC_SERVER_API
guint16 gst_fec_server_get_bound_port (GstFecServer *self);

/**
 * gst_fec_server_get_channels:
 * @self: a #GstFecServer
 *
 * Returns: (transfer full) (element-type GstFecChannel): the channels of a started server, in the order of their paths
 */
GST_FEC_SERVER_API
GPtrArray *gst_fec_server_get_channels (GstFecServer *self);

G_END_DECLS
