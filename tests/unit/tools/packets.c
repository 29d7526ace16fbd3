/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* packets.c: see packets.h. */
#include "packets.h"

GBytes *
test_packet_of (const GstFecAlcPacket *packet)
{
  guint8 *data = g_malloc0 (TEST_PACKET_SIZE);

  gst_fec_alc_write_header (packet, data);
  return g_bytes_new_take (data, TEST_PACKET_SIZE);
}

GBytes *
test_packet (guint32 toi, guint32 esi, guint64 f)
{
  const GstFecAlcPacket packet = { .tsi = TEST_TSI,
    .toi = toi,
    .has_block = TRUE,
    .has_oti = f > 0,
    .oti = { f, TEST_T, 1, 1, 4 },
    .esi = esi };

  return test_packet_of (&packet);
}
