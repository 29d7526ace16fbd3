/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* packets.h: packets for the tests of this folder. */
#pragma once

#include <wire/alc.h>

G_BEGIN_DECLS

#define TEST_TSI 5
#define TEST_T 64
#define TEST_PACKET_SIZE (GST_FEC_ALC_HEADER_SIZE + TEST_T)

/** The packet with symbol @esi of object @toi. @f: bytes of the object, 0: not told. */
GBytes *test_packet (guint32 toi, guint32 esi, guint64 f);
/** The same with other fields; the symbol is zero. */
GBytes *test_packet_of (const GstFecAlcPacket *packet);

G_END_DECLS
