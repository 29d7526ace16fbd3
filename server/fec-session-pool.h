/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fec-session-pool.h: who listens to a server, and the limits of their sessions. Sessions and leases end by themselves;
 * nothing has to be called for that.
 *
 * Signals, emitted in the GMainContext the server is attached to: "client-added" (address string, port int, tsi uint)
 * and "client-removed" (address, port, tsi, reason string: left, expired, silent, removed,
 * moved, disconnected, congested).
 */
#pragma once

#include "fec-server-prelude.h"

G_BEGIN_DECLS

#define GST_TYPE_FEC_SESSION_POOL (gst_fec_session_pool_get_type ())
GST_FEC_SERVER_API
G_DECLARE_FINAL_TYPE (
    GstFecSessionPool, gst_fec_session_pool, GST, FEC_SESSION_POOL, GObject)

/**
 * gst_fec_session_pool_set_alternates:
 * @self: a #GstFecSessionPool
 * @addresses: (nullable): numeric addresses, separated by commas, each with a port unless it is 6330, at most 8; %NULL:
 *   none
 * @error: (out) (optional): what is wrong (%G_IO_ERROR)
 *
 * Names servers that clients are told to ask in turn where there is no room here (and all new ones with the property
 * redirect). Takes effect with the next start.
 *
 * Returns: %FALSE when @addresses are none; nothing has changed then
 */
GST_FEC_SERVER_API
gboolean gst_fec_session_pool_set_alternates (
    GstFecSessionPool *self, const gchar *addresses, GError **error);

/**
 * gst_fec_session_pool_get_n_sessions:
 * @self: a #GstFecSessionPool
 *
 * Returns: how many sessions there are
 */
GST_FEC_SERVER_API
guint gst_fec_session_pool_get_n_sessions (GstFecSessionPool *self);

/**
 * gst_fec_session_pool_get_clients:
 * @self: a #GstFecSessionPool
 * @tsi: those of this channel, 0: of all
 *
 * Returns: (transfer full) (element-type GstStructure): a structure "client" for each client: address (string),
 * session-id (uint64), user (string, where one logged in), channels (list of structures: tsi, name,
 * lease-remaining-ms), idle-ms and, from its last report, packets-lost, packets-received, jitter-us
 */
GST_FEC_SERVER_API
GPtrArray *gst_fec_session_pool_get_clients (
    GstFecSessionPool *self, guint tsi);

/**
 * gst_fec_session_pool_remove_clients:
 * @self: a #GstFecSessionPool
 * @address: (nullable): a numeric address, %NULL: all
 * @port: a port, 0: all ports of @address
 *
 * Ends the sessions of these clients.
 *
 * Returns: how many there were
 */
GST_FEC_SERVER_API
guint gst_fec_session_pool_remove_clients (
    GstFecSessionPool *self, const gchar *address, guint16 port);

/**
 * gst_fec_session_pool_get_stats:
 * @self: a #GstFecSessionPool
 *
 * Returns: (transfer full): counters of sessions and packets since the server started
 */
GST_FEC_SERVER_API
GstStructure *gst_fec_session_pool_get_stats (GstFecSessionPool *self);

G_END_DECLS
