/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* greeting.c: see greeting.h. */
#include "transport/greeting.h"

#include <string.h>

#include "wire/alc.h"

static gboolean
begins_block (const guint8 *data, gsize size)
{
  GstFecAlcPacket packet;

  return gst_fec_alc_parse (&packet, data, size) == GST_FEC_ALC_OK &&
      packet.has_symbol && packet.sbn == 0 && packet.esi == 0;
}

/* Where a greeting may begin at the earliest. */
static GstFecRingPosition
get_earliest (GstFecPacketRing *ring, GstFecRingPosition end)
{
  return end -
      MIN (end,
          MIN (GST_FEC_GREETING_PACKETS,
              gst_fec_packet_ring_get_slots (ring) / 2));
}

guint
gst_fec_greeting_take (GstFecPacketRing *ring, GstFecRingPosition end,
    guint8 *memory, struct iovec *iov)
{
  gsize stride = gst_fec_packet_ring_get_read_size (ring);
  GstFecRingPosition position = get_earliest (ring, end);
  gboolean found = FALSE;
  guint64 skipped = 0;
  guint n = 0;

  while (position < end && n < GST_FEC_GREETING_PACKETS) {
    guint8 *packet = memory + n * stride;
    gsize size = gst_fec_packet_ring_read (ring, &position, packet, &skipped);

    if (size == 0 || skipped > 0)
      return 0;
    if (begins_block (packet, size)) {
      memmove (memory, packet, size);
      packet = memory;
      found = TRUE;
      n = 0;
    }
    if (found) {
      iov[n].iov_base = packet;
      iov[n].iov_len = size;
      n++;
    }
  }
  return n;
}

GstFecRingPosition
gst_fec_greeting_find (GstFecPacketRing *ring, GstFecRingPosition end)
{
  GstFecRingPosition position = get_earliest (ring, end), found = end;
  guint8 *packet = g_malloc (gst_fec_packet_ring_get_read_size (ring));
  guint64 skipped = 0;

  while (position < end) {
    gsize size = gst_fec_packet_ring_read (ring, &position, packet, &skipped);

    if (size == 0 || skipped > 0) {
      found = end;
      break;
    }
    if (begins_block (packet, size))
      found = position - 1;
  }
  g_free (packet);
  return found;
}
