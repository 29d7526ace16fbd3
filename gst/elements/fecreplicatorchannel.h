/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fecreplicatorchannel.h: one channel of a replicator: its description and its measured bitrate. One thread. */
#pragma once

#include "transport/hub.h"

G_BEGIN_DECLS

typedef struct
{
  GstFecDescription description;
  GstFecHubChannel *hub_channel; /**< not owned */
  guint64 measured_bytes; /**< since @measured_since */
  gint64 measured_since; /**< microseconds, 0: no packet yet */
} GstFecReplicatorChannel;

GstFecReplicatorChannel *gst_fec_replicator_channel_new (void);
void gst_fec_replicator_channel_free (GstFecReplicatorChannel *channel);

/** Takes from @caps what caps tell (not name, TSI, bitrate and group). TRUE when that changed anything. */
gboolean gst_fec_replicator_channel_take_caps (
    GstFecReplicatorChannel *channel, const GstFecDescription *caps);
/** Counts a packet of @size bytes at @now (monotonic, microseconds). TRUE when the bitrate became another. */
gboolean gst_fec_replicator_channel_measure (
    GstFecReplicatorChannel *channel, gsize size, gint64 now);

G_END_DECLS
