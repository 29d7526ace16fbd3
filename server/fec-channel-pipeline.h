/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fec-channel-pipeline.h: the elements of a channel:
 *
 *   source ! clocksync ! fecencode ! tee ! queue ! fecunicastreplicator
 *                                    tee. ! queue ! fecmcastsink           (with a group)
 *
 * A source that gives packets, another server's, has no fecencode behind it: they are sent as they came.
 *
 * The source can be replaced while the rest plays. Knows nothing of failures and tries: that is fec-channel.c.
 */
#pragma once

#include "fec-server-private.h"

G_BEGIN_DECLS

/** Name of the element message that says that the source has ended. */
#define GST_FEC_CHANNEL_SOURCE_EOS "fec-channel-source-eos"

typedef struct _GstFecChannelPipeline GstFecChannelPipeline;

/** Where in the pipeline a message comes from. */
typedef enum
{
  GST_FEC_CHANNEL_PART_NONE, /**< from an element that is gone */
  GST_FEC_CHANNEL_PART_SOURCE,
  GST_FEC_CHANNEL_PART_REST,
} GstFecChannelPart;

/** Has @factory make a source and builds what fits it; NULL with @error set without a source or an element. */
GstFecChannelPipeline *gst_fec_channel_pipeline_new (const gchar *path,
    const GstFecChannelSettings *settings, GstFecChannelFactory *factory,
    GstFecHub *hub, GError **error);
/** Stops and frees it. */
void gst_fec_channel_pipeline_free (GstFecChannelPipeline *self);

/**
 * Has @factory make another source of the same kind after the first was dropped; it starts when the pipeline plays.
 * FALSE with @error set without one.
 */
gboolean gst_fec_channel_pipeline_set_source (
    GstFecChannelPipeline *self, GstFecChannelFactory *factory, GError **error);
/** Takes the source out; the rest goes on playing. */
void gst_fec_channel_pipeline_drop_source (GstFecChannelPipeline *self);

void gst_fec_channel_pipeline_play (GstFecChannelPipeline *self);
void gst_fec_channel_pipeline_stop (GstFecChannelPipeline *self);
/** Ends the stream behind the source, at once and whatever the source does. Nothing of the source passes any more. */
void gst_fec_channel_pipeline_send_eos (GstFecChannelPipeline *self);
/** Waits for the EOS or ERROR message of the pipeline, which must not have a bus watch, until @deadline (monotonic). */
void gst_fec_channel_pipeline_wait_eos (
    GstFecChannelPipeline *self, gint64 deadline);

/** Borrowed. */
GstElement *gst_fec_channel_pipeline_get_element (GstFecChannelPipeline *self);
GstFecChannelPart gst_fec_channel_pipeline_part_of (
    GstFecChannelPipeline *self, GstMessage *message);
/** Adds the structures encoder, replicator and multicast to @stats. */
void gst_fec_channel_pipeline_add_stats (
    GstFecChannelPipeline *self, GstStructure *stats);

G_END_DECLS
