/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fec-channel.h: a running channel: a pipeline of its own from the media source over fecencode to the replicator and,
 * when a multicast group is set, to the group. A channel that fails mends itself and leaves the others alone:
 *
 * - when its source fails, only the source is made anew; encoder and replicator stay, so listeners keep their leases
 *   and the numbering of blocks goes on;
 * - when anything else fails, the whole pipeline is started anew.
 *
 * It waits before it tries: half a second at first, twice as long after every failure, at most 30 s; ten seconds
 * without a failure make it begin anew with half a second.
 */
#pragma once

#include "fec-server-prelude.h"

G_BEGIN_DECLS

/**
 * GstFecChannelState:
 * @GST_FEC_CHANNEL_STOPPED: not started, or stopped
 * @GST_FEC_CHANNEL_RUNNING: media is sent
 * @GST_FEC_CHANNEL_WAITING: it failed and will be tried again
 * @GST_FEC_CHANNEL_ENDED: its media is over; the last block has been sent
 */
typedef enum
{
  GST_FEC_CHANNEL_STOPPED,
  GST_FEC_CHANNEL_RUNNING,
  GST_FEC_CHANNEL_WAITING,
  GST_FEC_CHANNEL_ENDED,
} GstFecChannelState;

#define GST_TYPE_FEC_CHANNEL (gst_fec_channel_get_type ())
GST_FEC_SERVER_API
G_DECLARE_FINAL_TYPE (GstFecChannel, gst_fec_channel, GST, FEC_CHANNEL, GObject)

/**
 * gst_fec_channel_get_path:
 * @self: a #GstFecChannel
 *
 * Returns: (transfer none): the path without leading slash
 */
GST_FEC_SERVER_API
const gchar *gst_fec_channel_get_path (GstFecChannel *self);

/**
 * gst_fec_channel_get_tsi:
 * @self: a #GstFecChannel
 *
 * Returns: the transport session identifier of its packets
 */
GST_FEC_SERVER_API
guint gst_fec_channel_get_tsi (GstFecChannel *self);

/**
 * gst_fec_channel_get_state:
 * @self: a #GstFecChannel
 *
 * Returns: what the channel is doing
 */
GST_FEC_SERVER_API
GstFecChannelState gst_fec_channel_get_state (GstFecChannel *self);

/**
 * gst_fec_channel_get_pipeline:
 * @self: a #GstFecChannel
 *
 * Returns: (transfer full): the pipeline
 */
GST_FEC_SERVER_API
GstElement *gst_fec_channel_get_pipeline (GstFecChannel *self);

/**
 * gst_fec_channel_get_stats:
 * @self: a #GstFecChannel
 *
 * Returns: (transfer full): a structure "application/x-fec-channel-stats": path (string), tsi (uint), state (string:
 * stopped, running, waiting, ended), failures (uint), uptime-ms (uint64, since the last start) and, as structures,
 * encoder, replicator and, with a group, multicast: the "stats" of these elements
 */
GST_FEC_SERVER_API
GstStructure *gst_fec_channel_get_stats (GstFecChannel *self);

G_END_DECLS
