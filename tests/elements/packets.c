/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* packets.c: for tests of elements: packets out of a harness and blocks rebuilt from them. */
#include "packets.h"

static void
test_packet_clear (TestPacket *packet)
{
  gst_buffer_unmap (packet->buffer, &packet->map);
  gst_buffer_unref (packet->buffer);
}

GArray *
test_packets_new (void)
{
  GArray *packets = g_array_new (FALSE, TRUE, sizeof (TestPacket));

  g_array_set_clear_func (packets, (GDestroyNotify) test_packet_clear);
  return packets;
}

void
test_packets_add (GArray *packets, GstBuffer *buffer)
{
  TestPacket packet = { .buffer = buffer };

  fail_unless (gst_buffer_map (buffer, &packet.map, GST_MAP_READ));
  fail_unless_equals_int (
      gst_fec_alc_parse (&packet.alc, packet.map.data, packet.map.size),
      GST_FEC_ALC_OK);
  g_array_append_val (packets, packet);
}

guint
test_packets_pull (GArray *packets, GstHarness *harness)
{
  guint before = packets->len;
  GstBuffer *buffer;

  while ((buffer = gst_harness_try_pull (harness)) != NULL)
    test_packets_add (packets, buffer);
  return packets->len - before;
}

TestPacket *
test_packet (GArray *packets, guint index)
{
  fail_unless (index < packets->len);
  return &g_array_index (packets, TestPacket, index);
}

guint
test_packets_count (GArray *packets, guint32 toi, guint32 from, guint32 to)
{
  guint n = 0;

  for (guint i = 0; i < packets->len; i++) {
    const GstFecAlcPacket *alc = &test_packet (packets, i)->alc;

    n += alc->toi == toi && alc->esi >= from && alc->esi < to;
  }
  return n;
}

void
test_packets_check_numbers (GArray *packets)
{
  const GstFecAlcPacket *begin = &test_packet (packets, 0)->alc;

  for (guint i = 0; i < packets->len; i++) {
    const GstFecAlcPacket *alc = &test_packet (packets, i)->alc;

    fail_unless_equals_int (alc->seq, (guint16) (begin->seq + i));
    fail_unless_equals_int (alc->tsi, begin->tsi);
    fail_unless_equals_int (alc->symbol_size, begin->symbol_size);
    fail_unless (alc->has_block && alc->has_symbol);
  }
}

guint64
test_packets_length (GArray *packets, guint32 toi)
{
  guint64 length = 0;

  for (guint i = 0; i < packets->len; i++) {
    const GstFecAlcPacket *alc = &test_packet (packets, i)->alc;

    if (alc->toi == toi && alc->has_oti) {
      fail_unless (length == 0 || length == alc->oti.transfer_length);
      length = alc->oti.transfer_length;
    }
  }
  return length;
}

static guint32
symbol_size_of (GArray *packets, guint32 toi)
{
  for (guint i = 0; i < packets->len; i++) {
    const GstFecAlcPacket *alc = &test_packet (packets, i)->alc;

    if (alc->toi == toi)
      return alc->symbol_size;
  }
  fail ("block %u has no packets", toi);
  return 0;
}

GByteArray *
test_packets_rebuild (GArray *packets, guint32 toi, guint32 lost)
{
  guint32 t = symbol_size_of (packets, toi);
  guint64 length = test_packets_length (packets, toi);
  guint32 k = (guint32) ((length + t - 1) / t);
  RqDecoder *decoder = rq_decoder_new (NULL, k, t, NULL);
  guint8 **places = g_new (guint8 *, k);
  GByteArray *block = g_byte_array_new ();
  RqStatus status;

  fail_unless (decoder != NULL);
  g_byte_array_set_size (block, k * t);
  for (guint32 i = 0; i < k; i++)
    places[i] = block->data + i * t;
  rq_decoder_set_block (decoder, places);
  for (guint i = 0; i < packets->len; i++) {
    const GstFecAlcPacket *alc = &test_packet (packets, i)->alc;

    if (alc->toi == toi && alc->sbn == 0 && alc->esi >= lost)
      rq_decoder_add (decoder, alc->esi, alc->symbol);
  }
  status = rq_decoder_decode (decoder);
  rq_decoder_free (decoder);
  g_free (places);
  g_byte_array_set_size (block, (guint) length);
  if (status != RQ_OK)
    g_clear_pointer (&block, g_byte_array_unref);
  return block;
}
