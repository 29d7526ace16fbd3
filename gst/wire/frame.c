/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* frame.c: frames of control messages and packets to and from bytes; see frame.h. */
#include "wire/frame.h"

#include <string.h>

#include "wire/bytes.h"

/* The reflected polynomial of CRC-32C. */
#define POLYNOMIAL 0x82f63b78u

static const guint32 *
crc_table (void)
{
  static guint32 table[256];
  static gsize made = 0;

  if (g_once_init_enter (&made)) {
    guint32 byte, bit;

    for (byte = 0; byte < 256; byte++) {
      guint32 crc = byte;

      for (bit = 0; bit < 8; bit++)
        crc = crc >> 1 ^ (crc & 1 ? POLYNOMIAL : 0);
      table[byte] = crc;
    }
    g_once_init_leave (&made, 1);
  }
  return table;
}

guint32
gst_fec_crc32c (const guint8 *data, gsize size)
{
  const guint32 *table = crc_table ();
  guint32 crc = 0xffffffff;
  gsize i;

  for (i = 0; i < size; i++)
    crc = crc >> 8 ^ table[(crc ^ data[i]) & 0xff];
  return ~crc;
}

gsize
gst_fec_frame_write_control (const guint8 *message, gsize size, guint8 *out)
{
  gst_fec_write_be16 (out, (guint16) size);
  memcpy (out + GST_FEC_FRAME_HEADER, message, size);
  return GST_FEC_FRAME_HEADER + size;
}

gsize
gst_fec_frame_write_packet (const guint8 *packet, gsize size, guint8 *out)
{
  gst_fec_write_be16 (out, (guint16) (size + GST_FEC_FRAME_TRAILER));
  memcpy (out + GST_FEC_FRAME_HEADER, packet, size);
  gst_fec_write_be32 (
      out + GST_FEC_FRAME_HEADER + size, gst_fec_crc32c (packet, size));
  return GST_FEC_FRAME_HEADER + size + GST_FEC_FRAME_TRAILER;
}

/* A replaced packet can be caught half written, wherever: then it is lost alone. */
static gboolean
is_packet (const guint8 *frame, gsize length)
{
  return length > GST_FEC_FRAME_TRAILER && frame[0] >> 4 == 1 &&
      gst_fec_read_be32 (frame + length - GST_FEC_FRAME_TRAILER) ==
      gst_fec_crc32c (frame, length - GST_FEC_FRAME_TRAILER);
}

GstFecFrameKind
gst_fec_frame_read (const guint8 *data, gsize size, const guint8 **payload,
    gsize *payload_size, gsize *consumed)
{
  gsize length;

  *payload = data;
  *payload_size = 0;
  *consumed = 0;
  if (size < GST_FEC_FRAME_HEADER)
    return GST_FEC_FRAME_NONE;
  *payload += GST_FEC_FRAME_HEADER;
  length = gst_fec_read_be16 (data);
  if (size - GST_FEC_FRAME_HEADER < length)
    return GST_FEC_FRAME_NONE;
  *consumed = GST_FEC_FRAME_HEADER + length;
  if (length == 0)
    return GST_FEC_FRAME_ALIVE;
  if (**payload >> 4 == 0) {
    *payload_size = length;
    return GST_FEC_FRAME_CONTROL;
  }
  if (!is_packet (*payload, length))
    return GST_FEC_FRAME_DAMAGED;
  *payload_size = length - GST_FEC_FRAME_TRAILER;
  return GST_FEC_FRAME_PACKET;
}
