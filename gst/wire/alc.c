/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * alc.c: reads and writes ALC packets; see alc.h and docs/protocol.md. Knows bytes and the codec's OTI, nothing else.
 */
#include "wire/alc.h"

#include <string.h>

#include "wire/bytes.h"

/* LCT header, RFC 5651 section 5.1 */
#define LCT_SIZE 16
#define LCT_FIRST_BYTE 0x10 /* V=1 C=0 PSI=0 */
#define LCT_WIDTHS 0xa0 /* S=1 O=1 H=0 Res=0 */
#define LCT_WIDTHS_MASK 0xfc
#define LCT_CLOSE_SESSION 0x02
#define LCT_CLOSE_OBJECT 0x01

/* Header extensions, RFC 5651 section 5.2: from 128 on they are one word long and have no HEL. */
#define HET_NOP 0
#define HET_FTI 64
#define HET_FIXED 128
#define HET_BLOCK 200
#define FTI_WORDS 4
#define FTI_SIZE (FTI_WORDS * 4)

#define PAYLOAD_ID_SIZE 4

const gchar *
gst_fec_alc_error_message (GstFecAlcError error)
{
  static const gchar *const messages[GST_FEC_ALC_N_ERRORS] = {
    [GST_FEC_ALC_OK] = "the packet is right",
    [GST_FEC_ALC_TOO_SHORT] = "the packet ends before what its header "
                              "announces",
    [GST_FEC_ALC_TOO_LONG] = "the packet is longer than a UDP datagram can be",
    [GST_FEC_ALC_VERSION] = "the LCT version is not 1",
    [GST_FEC_ALC_CODEPOINT_UNKNOWN] = "the codepoint is not 6 (RaptorQ)",
    [GST_FEC_ALC_FLAGS] = "the header's flags ask for fields of other widths",
    [GST_FEC_ALC_HDR_LEN] = "the header is shorter than its fixed fields",
    [GST_FEC_ALC_EXTENSION] = "a header extension reaches beyond the header, "
                              "has no length or came twice",
    [GST_FEC_ALC_OTI] = "the object transmission information contradicts "
                        "itself or the packet's length",
    [GST_FEC_ALC_PAYLOAD_ID] = "the object has no such source block",
  };

  if ((guint) error >= GST_FEC_ALC_N_ERRORS)
    return "unknown error";
  return messages[error];
}

/* The first 16 bytes; what is checked first decides what a packet that is wrong in several ways is called. */
static GstFecAlcError
parse_lct (
    GstFecAlcPacket *packet, const guint8 *data, gsize size, gsize *header_size)
{
  if (size > GST_FEC_ALC_MAX_PACKET)
    return GST_FEC_ALC_TOO_LONG;
  if (size >= 1 && data[0] >> 4 != LCT_FIRST_BYTE >> 4)
    return GST_FEC_ALC_VERSION;
  if (size < LCT_SIZE)
    return GST_FEC_ALC_TOO_SHORT;
  if (data[0] != LCT_FIRST_BYTE || (data[1] & LCT_WIDTHS_MASK) != LCT_WIDTHS)
    return GST_FEC_ALC_FLAGS;
  if (data[3] != GST_FEC_ALC_CODEPOINT)
    return GST_FEC_ALC_CODEPOINT_UNKNOWN;

  *header_size = (gsize) data[2] * 4;
  if (*header_size < LCT_SIZE)
    return GST_FEC_ALC_HDR_LEN;
  if (*header_size > size)
    return GST_FEC_ALC_TOO_SHORT;

  packet->close_session = (data[1] & LCT_CLOSE_SESSION) != 0;
  packet->close_object = (data[1] & LCT_CLOSE_OBJECT) != 0;
  packet->channel = data[5];
  packet->seq = gst_fec_read_be16 (data + 6);
  packet->tsi = gst_fec_read_be32 (data + 8);
  packet->toi = gst_fec_read_be32 (data + 12);
  return GST_FEC_ALC_OK;
}

static GstFecAlcError
parse_fti (GstFecAlcPacket *packet, const guint8 *extension)
{
  if (packet->has_oti)
    return GST_FEC_ALC_EXTENSION;
  if (extension[1] != FTI_WORDS ||
      rq_oti_read (&packet->oti, extension + 2) != RQ_OK)
    return GST_FEC_ALC_OTI;
  packet->has_oti = TRUE;
  return GST_FEC_ALC_OK;
}

static GstFecAlcError
parse_block (GstFecAlcPacket *packet, const guint8 *extension)
{
  if (packet->has_block)
    return GST_FEC_ALC_EXTENSION;
  packet->block_flags = extension[1];
  if (packet->block_flags & GST_FEC_BLOCK_EARLY)
    packet->early_size = gst_fec_read_be16 (extension + 2);
  packet->has_block = TRUE;
  return GST_FEC_ALC_OK;
}

/* @data to @end is a whole number of words; so every extension begins with at least four readable bytes. */
static GstFecAlcError
parse_extensions (
    GstFecAlcPacket *packet, const guint8 *data, const guint8 *end)
{
  while (data < end) {
    guint het = data[0];
    gsize extension_size = het < HET_FIXED ? (gsize) data[1] * 4 : 4;
    GstFecAlcError error = GST_FEC_ALC_OK;

    if (extension_size == 0 || extension_size > (gsize) (end - data))
      return GST_FEC_ALC_EXTENSION;
    if (het == HET_FTI)
      error = parse_fti (packet, data);
    else if (het == HET_BLOCK)
      error = parse_block (packet, data);
    if (error != GST_FEC_ALC_OK)
      return error;
    data += extension_size;
  }
  return GST_FEC_ALC_OK;
}

/* An early copy is no encoding symbol: its SBN keeps others from taking it for one. */
static gboolean
is_sound_early_copy (const GstFecAlcPacket *packet)
{
  return packet->sbn == GST_FEC_ALC_EARLY_SBN && !packet->has_oti &&
      packet->early_size > 0 && packet->early_size < packet->symbol_size;
}

/* What follows the header: nothing, which is allowed to a packet that only closes, or payload ID and symbol. */
static GstFecAlcError
parse_payload (GstFecAlcPacket *packet, const guint8 *data, gsize size)
{
  if (size == 0 && (packet->close_session || packet->close_object))
    return GST_FEC_ALC_OK;
  if (size <= PAYLOAD_ID_SIZE)
    return GST_FEC_ALC_TOO_SHORT;

  packet->sbn = data[0];
  packet->esi = gst_fec_read_be32 (data) & RQ_ESI_MAX;
  packet->symbol = data + PAYLOAD_ID_SIZE;
  packet->symbol_size = size - PAYLOAD_ID_SIZE;
  packet->has_symbol = TRUE;
  if (packet->block_flags & GST_FEC_BLOCK_EARLY &&
      !is_sound_early_copy (packet))
    return GST_FEC_ALC_PAYLOAD_ID;
  if (!packet->has_oti)
    return GST_FEC_ALC_OK;
  if (packet->symbol_size != packet->oti.symbol_size)
    return GST_FEC_ALC_OTI;
  if (packet->sbn >= packet->oti.source_blocks)
    return GST_FEC_ALC_PAYLOAD_ID;
  return GST_FEC_ALC_OK;
}

GstFecAlcError
gst_fec_alc_parse (GstFecAlcPacket *packet, const guint8 *data, gsize size)
{
  GstFecAlcError error;
  gsize header_size = 0;

  memset (packet, 0, sizeof (*packet));
  error = parse_lct (packet, data, size, &header_size);
  if (error != GST_FEC_ALC_OK)
    return error;
  error = parse_extensions (packet, data + LCT_SIZE, data + header_size);
  if (error != GST_FEC_ALC_OK)
    return error;
  return parse_payload (packet, data + header_size, size - header_size);
}

void
gst_fec_alc_write_header (
    const GstFecAlcPacket *packet, guint8 out[GST_FEC_ALC_HEADER_SIZE])
{
  guint8 *extension = out + LCT_SIZE;

  memset (out, 0, GST_FEC_ALC_HEADER_SIZE);
  out[0] = LCT_FIRST_BYTE;
  out[1] = LCT_WIDTHS | (packet->close_session ? LCT_CLOSE_SESSION : 0) |
      (packet->close_object ? LCT_CLOSE_OBJECT : 0);
  out[2] = (GST_FEC_ALC_HEADER_SIZE - PAYLOAD_ID_SIZE) / 4;
  out[3] = GST_FEC_ALC_CODEPOINT;
  out[5] = packet->channel;
  gst_fec_write_be16 (out + 6, packet->seq);
  gst_fec_write_be32 (out + 8, packet->tsi);
  gst_fec_write_be32 (out + 12, packet->toi);

  extension[0] = HET_BLOCK;
  extension[1] = packet->block_flags;
  if (packet->block_flags & GST_FEC_BLOCK_EARLY)
    gst_fec_write_be16 (extension + 2, packet->early_size);
  extension += 4;

  extension[0] = packet->has_oti ? HET_FTI : HET_NOP;
  extension[1] = FTI_WORDS;
  if (packet->has_oti)
    rq_oti_write (&packet->oti, extension + 2);
  extension += FTI_SIZE;

  gst_fec_write_be32 (
      extension, (guint32) packet->sbn << 24 | (packet->esi & RQ_ESI_MAX));
}

gboolean
gst_fec_alc_is_packet (const guint8 *data, gsize size)
{
  return size > 0 && data[0] >> 4 == LCT_FIRST_BYTE >> 4;
}

guint32
gst_fec_alc_peek_tsi (const guint8 *data)
{
  return gst_fec_read_be32 (data + 8);
}

guint16
gst_fec_alc_peek_seq (const guint8 *data)
{
  return gst_fec_read_be16 (data + 6);
}

void
gst_fec_alc_poke_seq (guint8 *data, guint16 seq)
{
  gst_fec_write_be16 (data + 6, seq);
}

guint8
gst_fec_alc_alignment (guint32 symbol_size)
{
  if (symbol_size % 4 == 0)
    return 4;
  return symbol_size % 2 == 0 ? 2 : 1;
}
