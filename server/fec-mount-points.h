/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fec-mount-points.h: which path of a server is served by which factory. Paths match as a whole.
 */
#pragma once

#include "fec-server-prelude.h"
#include "fec-channel-factory.h"

G_BEGIN_DECLS

/** Longest path, in bytes. */
#define GST_FEC_MOUNT_POINTS_MAX_PATH 255

#define GST_TYPE_FEC_MOUNT_POINTS (gst_fec_mount_points_get_type ())
GST_FEC_SERVER_API
G_DECLARE_FINAL_TYPE (
    GstFecMountPoints, gst_fec_mount_points, GST, FEC_MOUNT_POINTS, GObject)

/**
 * gst_fec_mount_points_new:
 *
 * Returns: (transfer full): mount points without a path
 */
GST_FEC_SERVER_API
GstFecMountPoints *gst_fec_mount_points_new (void);

/**
 * gst_fec_mount_points_path_is_valid:
 * @path: (nullable): a path
 *
 * A path is 1 to %GST_FEC_MOUNT_POINTS_MAX_PATH letters, digits and "-._~/" and does not begin with a slash.
 *
 * Returns: whether @path can be mounted
 */
GST_FEC_SERVER_API
gboolean gst_fec_mount_points_path_is_valid (const gchar *path);

/**
 * gst_fec_mount_points_add_factory:
 * @self: a #GstFecMountPoints
 * @path: the channel's path; a leading slash is dropped
 * @factory: (transfer none): who makes the channel
 *
 * Mounts @factory at @path, replacing what was there. A running server starts the channel at once (and ends the one
 * that was there).
 *
 * Returns: %FALSE when the path is not valid; nothing has changed then
 */
GST_FEC_SERVER_API
gboolean gst_fec_mount_points_add_factory (
    GstFecMountPoints *self, const gchar *path, GstFecChannelFactory *factory);

/**
 * gst_fec_mount_points_remove_factory:
 * @self: a #GstFecMountPoints
 * @path: a path
 *
 * Returns: %FALSE when nothing was mounted there
 */
GST_FEC_SERVER_API
gboolean gst_fec_mount_points_remove_factory (
    GstFecMountPoints *self, const gchar *path);

/**
 * gst_fec_mount_points_match:
 * @self: a #GstFecMountPoints
 * @path: a path
 *
 * Returns: (transfer full) (nullable): the factory at @path
 */
GST_FEC_SERVER_API
GstFecChannelFactory *gst_fec_mount_points_match (
    GstFecMountPoints *self, const gchar *path);

/**
 * gst_fec_mount_points_get_paths:
 * @self: a #GstFecMountPoints
 *
 * Returns: (transfer full) (array zero-terminated=1): all paths in the order they were added; free with g_strfreev()
 */
GST_FEC_SERVER_API
gchar **gst_fec_mount_points_get_paths (GstFecMountPoints *self);

G_END_DECLS
