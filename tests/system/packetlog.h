/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * packetlog.h: packets as they pass a pad, all bytes of them, and whether those at one place are those at another.
 * Threads may call all of it.
 */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

typedef struct _PacketLog PacketLog;

PacketLog *packet_log_new (void);
void packet_log_free (PacketLog *log);

/** Notes all packets that pass @pad from now on; the log must outlive the pad. */
void packet_log_watch (PacketLog *log, GstPad *pad);
/** Lets no request for symbols pass @pad upstream: what is lost behind it stays lost. */
void packet_log_stop_requests (GstPad *pad);

/** How many have passed. */
guint packet_log_count (PacketLog *log);
/** A packet by its place; borrowed until the log is freed. */
GBytes *packet_log_get (PacketLog *log, guint index);

/**
 * Whether @log is a run of @sent without a gap, @to_the_end: up to its last packet; byte for byte, in order. Prints what
 * is wrong, under @name.
 */
gboolean packet_log_is_run_of (
    PacketLog *log, PacketLog *sent, gboolean to_the_end, const gchar *name);

G_END_DECLS
