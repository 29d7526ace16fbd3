/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * make-capture.c: writes a capture file with packets of a channel, in Ethernet, IPv4 and UDP headers of its own, so
 * that nobody needs the right to capture. Knows the packet writer and the format of capture files.
 *
 * make-capture FILE: the packets are those that check-tshark.sh expects.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/alc.h"

#define SYMBOL 1344
#define ETHERNET 14
#define IP 20
#define UDP 8
#define HEADERS (ETHERNET + IP + UDP)
#define TSI 0x12345678
#define TOI 0xfffffff0
#define LENGTH (10 * SYMBOL - 100)

typedef struct
{
  guint32 magic;
  guint16 major, minor;
  guint32 zone, accuracy, snap_length, link_type;
} CaptureHeader;

typedef struct
{
  guint32 seconds, microseconds, captured, length;
} PacketHeader;

static void
put_16 (guint8 *out, guint value)
{
  out[0] = value >> 8 & 0xff;
  out[1] = value & 0xff;
}

static guint16
ip_checksum (const guint8 *header)
{
  guint32 sum = 0;
  guint i;

  for (i = 0; i < IP; i += 2)
    sum += header[i] << 8 | header[i + 1];
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  return ~sum & 0xffff;
}

/* 192.0.2.1 to 233.252.0.1, port 6330; the UDP checksum is left out, as IPv4 allows. */
static void
put_headers (guint8 *frame, gsize payload)
{
  static const guint8 ethernet[ETHERNET] = { 0x01, 0x00, 0x5e, 0x7c, 0, 1, 2, 0,
    0, 0, 0, 1, 0x08, 0x00 };
  static const guint8 ip[IP] = { 0x45, 0, 0, 0, 0, 0, 0x40, 0, 16, 17, 0, 0,
    192, 0, 2, 1, 233, 252, 0, 1 };
  guint8 *udp = frame + ETHERNET + IP;

  memcpy (frame, ethernet, ETHERNET);
  memcpy (frame + ETHERNET, ip, IP);
  put_16 (frame + ETHERNET + 2, IP + UDP + payload);
  put_16 (frame + ETHERNET + 10, ip_checksum (frame + ETHERNET));
  put_16 (udp, GST_FEC_DEFAULT_PORT);
  put_16 (udp + 2, GST_FEC_DEFAULT_PORT);
  put_16 (udp + 4, UDP + payload);
  put_16 (udp + 6, 0);
}

static gboolean
put_packet (FILE *file, const GstFecAlcPacket *packet)
{
  guint8 frame[HEADERS + GST_FEC_ALC_HEADER_SIZE + SYMBOL];
  PacketHeader header = {
    .seconds = packet->seq, .captured = sizeof (frame), .length = sizeof (frame)
  };

  put_headers (frame, sizeof (frame) - HEADERS);
  gst_fec_alc_write_header (packet, frame + HEADERS);
  memset (frame + HEADERS + GST_FEC_ALC_HEADER_SIZE, 0xa5, SYMBOL);
  return fwrite (&header, sizeof (header), 1, file) == 1 &&
      fwrite (frame, sizeof (frame), 1, file) == 1;
}

/* A block of ten symbols: nine before its length is known, the last one and two repair symbols after that. */
static gboolean
put_block (FILE *file)
{
  GstFecAlcPacket packet = { .tsi = TSI,
    .toi = TOI,
    .channel = 1,
    .has_block = TRUE,
    .block_flags = GST_FEC_BLOCK_RECORDS | GST_FEC_BLOCK_RANDOM_ACCESS,
    .oti = { .transfer_length = LENGTH,
        .symbol_size = SYMBOL,
        .source_blocks = 1,
        .sub_blocks = 1,
        .alignment = 4 } };
  guint esi;

  for (esi = 0; esi < 12; esi++) {
    packet.esi = esi;
    packet.seq = esi;
    packet.has_oti = esi >= 9;
    packet.close_session = packet.close_object = esi == 11;
    if (!put_packet (file, &packet))
      return FALSE;
  }
  packet.esi = RQ_ESI_MAX;
  packet.seq = esi;
  return put_packet (file, &packet);
}

int
main (int argc, char **argv)
{
  static const CaptureHeader header = { 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1 };
  gboolean written;
  FILE *file;

  if (argc != 2) {
    fprintf (stderr, "usage: %s FILE\n", argv[0]);
    return EXIT_FAILURE;
  }
  file = fopen (argv[1], "wb");
  if (file == NULL) {
    perror (argv[1]);
    return EXIT_FAILURE;
  }
  written = fwrite (&header, sizeof (header), 1, file) == 1 && put_block (file);
  return fclose (file) == 0 && written ? EXIT_SUCCESS : EXIT_FAILURE;
}
