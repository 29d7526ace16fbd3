/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * greeting.h: what a client that has just joined is sent first: the packets of the block under way that left before,
 * the same ones that everybody got. Without them it could begin only with the next block. Knows rings and packets.
 */
#pragma once

#include <sys/uio.h>

#include "transport/packetring.h"

G_BEGIN_DECLS

/** Most packets of a greeting: a longer block under way is not greeted with. */
#define GST_FEC_GREETING_PACKETS 128

/**
 * Copies the packets before @end, from the first of the newest block on, out of @ring.
 *
 * @memory: GST_FEC_GREETING_PACKETS times gst_fec_packet_ring_get_read_size() bytes
 * @iov: where GST_FEC_GREETING_PACKETS packets are told, in order
 * Returns: how many; 0 when the block's first packet is not there any more.
 */
guint gst_fec_greeting_take (GstFecPacketRing *ring, GstFecRingPosition end,
    guint8 *memory, struct iovec *iov);

/** The position of the packet that a greeting begins with; @end when there is none. */
GstFecRingPosition gst_fec_greeting_find (
    GstFecPacketRing *ring, GstFecRingPosition end);

G_END_DECLS
