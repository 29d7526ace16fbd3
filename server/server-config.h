/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * server-config.h: the configuration of fec-server (fec-server.conf(5)): read and checked as a whole, so that a server
 * starts with all of it or not at all.
 */
#pragma once

#include "fecserver.h"

G_BEGIN_DECLS

/** Tells of something wrong: "FILE:LINE: message". */
typedef void (*ServerConfigReport) (gpointer user_data, const gchar *message);

/**
 * Reads @file into @server, which is new. Everything that is wrong is reported, not only the first; a media file is
 * opened. FALSE when anything was reported.
 */
gboolean server_config_load (const gchar *file, GstFecServer *server,
    ServerConfigReport report, gpointer user_data);

G_END_DECLS
