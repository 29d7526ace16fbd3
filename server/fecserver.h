/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fecserver.h: a server of fountain-coded channels in the shape users of GstRTSPServer know.
 *
 * A GstFecServer listens on one port and has GstFecMountPoints, which map a path to a GstFecChannelFactory. The factory
 * knows where the media comes from (a launch line, a URI or a media file) and how it is protected; it makes the
 * GstFecChannel, a pipeline of its own. GstFecSessionPool shows who listens, GstFecAuth says who may.
 *
 * |[<!-- language="C" -->
 *   GstFecServer *server = gst_fec_server_new ();
 *   GstFecMountPoints *mounts = gst_fec_server_get_mount_points (server);
 *   GstFecChannelFactory *factory = gst_fec_channel_factory_new ();
 *
 *   gst_fec_channel_factory_set_launch (factory,
 *       "videotestsrc is-live=true ! x264enc tune=zerolatency ! mpegtsmux");
 *   gst_fec_mount_points_add_factory (mounts, "test", factory);
 *   g_object_unref (mounts);
 *   if (!gst_fec_server_start (server, &error))
 *     g_printerr ("%s\n", error->message);
 * ]|
 *
 * Threads: all objects may be used from any thread, but starting, stopping and the signals of channels belong to the
 * GMainContext the server is attached to.
 */
#pragma once

#include "fec-server-prelude.h"
#include "fec-auth.h"
#include "fec-channel.h"
#include "fec-channel-factory.h"
#include "fec-mount-points.h"
#include "fec-session-pool.h"
#include "fec-server.h"
