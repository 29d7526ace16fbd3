/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz-alc.c: packets from anywhere. Knows the packet parser.
 *
 * Input: one datagram. What is accepted must be consistent, lie within the datagram and, where the writer could have
 * made it, come back from it.
 */
#include "wire/alc.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
must (gboolean condition)
{
  if (!condition)
    abort ();
}

static void
write_and_read (const GstFecAlcPacket *packet)
{
  guint8 *copy = g_malloc (GST_FEC_ALC_HEADER_SIZE + packet->symbol_size);
  GstFecAlcPacket again;

  gst_fec_alc_write_header (packet, copy);
  memcpy (copy + GST_FEC_ALC_HEADER_SIZE, packet->symbol, packet->symbol_size);
  must (gst_fec_alc_parse (&again, copy,
            GST_FEC_ALC_HEADER_SIZE + packet->symbol_size) == GST_FEC_ALC_OK);
  must (again.tsi == packet->tsi && again.toi == packet->toi);
  must (again.seq == packet->seq && again.channel == packet->channel);
  must (again.sbn == packet->sbn && again.esi == packet->esi);
  must (again.block_flags == packet->block_flags);
  must (again.has_oti == packet->has_oti);
  must (again.early_size == packet->early_size);
  must (again.symbol_size == packet->symbol_size);
  g_free (copy);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  GstFecAlcPacket packet;
  GstFecAlcError error = gst_fec_alc_parse (&packet, data, size);

  must (gst_fec_alc_error_message (error) != NULL);
  if (error != GST_FEC_ALC_OK)
    return 0;
  must (gst_fec_alc_is_packet (data, size));
  must (gst_fec_alc_peek_tsi (data) == packet.tsi);
  must (gst_fec_alc_peek_seq (data) == packet.seq);
  if (packet.has_oti)
    must (rq_oti_check (&packet.oti) == RQ_OK);
  if (!packet.has_symbol)
    return 0;
  must (packet.symbol + packet.symbol_size == data + size);
  must (!packet.has_oti || packet.sbn < packet.oti.source_blocks);
  if (packet.symbol_size <= GST_FEC_ALC_MAX_SYMBOL)
    write_and_read (&packet);
  return 0;
}
