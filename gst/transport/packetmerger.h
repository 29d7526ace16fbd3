/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * packetmerger.h: the same packets come on several ways (multicast and unicast, several servers): lets each through
 * once. Remembers a bounded number of the newest ones. Knows ways by number alone; one thread at a time.
 */
#pragma once

#include "wire/alc.h"

G_BEGIN_DECLS

/** Most packets remembered; 32 bytes each and 4 for finding them. */
#define GST_FEC_MERGER_MAX 32768
/** Most ways. */
#define GST_FEC_MERGER_MAX_WAYS 64

typedef struct _GstFecPacketMerger GstFecPacketMerger;

GstFecPacketMerger *gst_fec_packet_merger_new (void);
void gst_fec_packet_merger_free (GstFecPacketMerger *merger);

/**
 * Whether @packet, which came by @way (below GST_FEC_MERGER_MAX_WAYS), goes on: it is none of those remembered, or its
 * sender repeats it: it came by the same way before, with another sequence number. It is remembered from now on. Two packets are the same when they bring the same: the
 * symbol (TOI, SBN, ESI), how much of it (early copies), whether the block's length is told, and the same closing flags.
 */
gboolean gst_fec_packet_merger_add (
    GstFecPacketMerger *merger, const GstFecAlcPacket *packet, guint way);
/** Forgets all: another stream begins. */
void gst_fec_packet_merger_clear (GstFecPacketMerger *merger);

G_END_DECLS
