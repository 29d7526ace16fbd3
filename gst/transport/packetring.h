/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * packetring.h: the packets of one channel, once, in a mapped memfd: slots of one size, each a 2-byte length (RFC 4571)
 * and a packet. One thread writes and never waits; any number of readers follow, each by a position of its own. A
 * reader that falls more than the ring behind goes on at the newest packet. Knows nothing of sockets and clients.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _GstFecPacketRing GstFecPacketRing;

/** Where a reader is: the number of packets written before the one it reads next. */
typedef guint64 GstFecRingPosition;

/**
 * A ring of @slots packets (a power of two, at least 2) of at most @packet_size bytes (1 to 65535). NULL with @error
 * set when there is no memory for it. The caller has one reference.
 */
GstFecPacketRing *gst_fec_packet_ring_new (
    guint packet_size, guint slots, GError **error);
GstFecPacketRing *gst_fec_packet_ring_ref (GstFecPacketRing *ring);
/** Frees the ring with the last reference. From any thread. */
void gst_fec_packet_ring_unref (GstFecPacketRing *ring);

/** Longest packet the ring takes, in bytes. */
guint gst_fec_packet_ring_get_packet_size (const GstFecPacketRing *ring);
guint gst_fec_packet_ring_get_slots (const GstFecPacketRing *ring);
/** Where the next packet will be written: how many were written so far. From any thread. */
GstFecRingPosition gst_fec_packet_ring_get_head (GstFecPacketRing *ring);

/** Writes a packet; one thread at a time. FALSE when it is empty or longer than the ring's packet size. */
gboolean gst_fec_packet_ring_write (
    GstFecPacketRing *ring, const guint8 *packet, gsize size);

/** Bytes that gst_fec_packet_ring_read() may write for one packet: the packet size rounded up. */
gsize gst_fec_packet_ring_get_read_size (const GstFecPacketRing *ring);

/**
 * Copies the packet at *@position to @out (gst_fec_packet_ring_get_read_size() bytes) and advances *@position.
 * Returns its size, or 0 when nothing new is there. When the writer was faster than this reader, *@position first
 * moves to the newest packet and *@skipped (which may be NULL) grows by the packets missed. The packet is never one
 * that was overwritten while being copied. From any thread.
 */
gsize gst_fec_packet_ring_read (GstFecPacketRing *ring,
    GstFecRingPosition *position, guint8 *out, guint64 *skipped);

G_END_DECLS
