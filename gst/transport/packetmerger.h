/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * packetmerger.h: the same packets come on several ways (multicast and unicast, several servers): lets each through
 * once. Remembers a bounded number of the newest ones. Knows packets, no ways; one thread at a time.
 */
#pragma once

#include "wire/alc.h"

G_BEGIN_DECLS

/** Most packets remembered; 16 bytes each and as many for finding them. */
#define GST_FEC_MERGER_MAX 32768

typedef struct _GstFecPacketMerger GstFecPacketMerger;

GstFecPacketMerger *gst_fec_packet_merger_new (void);
void gst_fec_packet_merger_free (GstFecPacketMerger *merger);

/**
 * Whether @packet is none of those remembered; it is from now on. Two packets are the same when they bring the same: the
 * symbol (TOI, SBN, ESI), how much of it (early copies), whether the block's length is told, and the same closing flags.
 */
gboolean gst_fec_packet_merger_add (
    GstFecPacketMerger *merger, const GstFecAlcPacket *packet);
/** Forgets all: another stream begins. */
void gst_fec_packet_merger_clear (GstFecPacketMerger *merger);

G_END_DECLS
