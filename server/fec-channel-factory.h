/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fec-channel-factory.h: how a channel is made: where its media comes from and how it is protected and sent. Settings
 * are read when the channel is made; changing them later changes the next one.
 *
 * Exactly one source is used: the last of launch line, URI and media file that was set. A subclass may make any other
 * by overriding create_source.
 */
#pragma once

#include "fec-server-prelude.h"
#include "fec-channel.h"

G_BEGIN_DECLS

#define GST_TYPE_FEC_CHANNEL_FACTORY (gst_fec_channel_factory_get_type ())
GST_FEC_SERVER_API
G_DECLARE_DERIVABLE_TYPE (GstFecChannelFactory, gst_fec_channel_factory, GST,
    FEC_CHANNEL_FACTORY, GObject)

/**
 * GstFecChannelFactoryClass:
 * @create_source: makes an element with a source pad "src" that gives the channel's media; (transfer floating), %NULL
 *   with the error set when that cannot be done. Called again when the source has failed.
 * @create_channel: makes the channel for a path; (transfer full), %NULL with the error set when it cannot be made
 */
struct _GstFecChannelFactoryClass
{
  GObjectClass parent_class;

  GstElement *(*create_source) (GstFecChannelFactory *self, GError **error);
  GstFecChannel *(*create_channel) (
      GstFecChannelFactory *self, const gchar *path, GError **error);

  /*< private >*/
  gpointer padding[8];
};

/**
 * gst_fec_channel_factory_new:
 *
 * Returns: (transfer full): a factory without a source
 */
GST_FEC_SERVER_API
GstFecChannelFactory *gst_fec_channel_factory_new (void);

/**
 * gst_fec_channel_factory_set_launch:
 * @self: a #GstFecChannelFactory
 * @launch: a bin description whose last element has an unlinked source pad
 */
GST_FEC_SERVER_API
void gst_fec_channel_factory_set_launch (
    GstFecChannelFactory *self, const gchar *launch);

/**
 * gst_fec_channel_factory_set_uri:
 * @self: a #GstFecChannelFactory
 * @uri: where the media comes from; it is put into MPEG-TS without re-encoding when it can be
 */
GST_FEC_SERVER_API
void gst_fec_channel_factory_set_uri (
    GstFecChannelFactory *self, const gchar *uri);

/**
 * gst_fec_channel_factory_set_file:
 * @self: a #GstFecChannelFactory
 * @file: (type filename): a media file; relative names are relative to the current directory
 */
GST_FEC_SERVER_API
void gst_fec_channel_factory_set_file (
    GstFecChannelFactory *self, const gchar *file);

/**
 * gst_fec_channel_factory_check:
 * @self: a #GstFecChannelFactory
 * @timeout: how long opening a media file may take, in nanoseconds
 * @error: (out) (optional): why it would not work
 *
 * Finds out, without sending anything, whether a channel could be made: a launch line is parsed, a URI's scheme must be
 * known, a media file is opened and read up to its first media. Blocks.
 *
 * Returns: whether a channel could be made
 */
GST_FEC_SERVER_API
gboolean gst_fec_channel_factory_check (
    GstFecChannelFactory *self, GstClockTime timeout, GError **error);

/**
 * gst_fec_channel_factory_create_source:
 * @self: a #GstFecChannelFactory
 * @error: (out) (optional): why there is none
 *
 * Returns: (transfer floating) (nullable): an element with a source pad "src"
 */
GST_FEC_SERVER_API
GstElement *gst_fec_channel_factory_create_source (
    GstFecChannelFactory *self, GError **error);

/**
 * gst_fec_channel_factory_create_channel:
 * @self: a #GstFecChannelFactory
 * @path: the path without leading slash
 * @error: (out) (optional): why there is none
 *
 * Returns: (transfer full) (nullable): the channel, not started
 */
GST_FEC_SERVER_API
GstFecChannel *gst_fec_channel_factory_create_channel (
    GstFecChannelFactory *self, const gchar *path, GError **error);

G_END_DECLS
