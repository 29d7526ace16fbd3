/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * packetkeep.h: the packets of objects that are not whole yet, so that a later reception can go on with them. Each
 * encoding symbol once, the memory bounded. Knows packets, no files and no pipelines. One thread at a time.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _PacketKeep PacketKeep;

/** Keeps at most @limit bytes of packets. */
PacketKeep *packet_keep_new (guint64 limit);
void packet_keep_free (PacketKeep *keep);

/**
 * Takes a copy of a packet unless it is no symbol, of another channel than the first one, of an object that has ended,
 * there already, or beyond the limit. FALSE when it is of another object under the number of one that is kept.
 */
gboolean packet_keep_add (PacketKeep *keep, const guint8 *packet, gsize size);
/** Object @toi and all before it are over: forgets their packets. */
void packet_keep_end (PacketKeep *keep, guint32 toi);

/** How many packets there are, and how many were refused for the limit. */
guint packet_keep_count (const PacketKeep *keep);
guint64 packet_keep_refused (const PacketKeep *keep);
/** TSI and size of the symbols; 0 while nothing was added. */
guint32 packet_keep_tsi (const PacketKeep *keep);
guint32 packet_keep_symbol_size (const PacketKeep *keep);
/** The packets (GBytes, owned by the array), objects in order, each in order of arrival. (transfer full) */
GPtrArray *packet_keep_list (const PacketKeep *keep);

G_END_DECLS
