/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * make-capture.c: writes a capture file with packets of a channel. Knows the packet writer.
 *
 * make-capture FILE: the packets are those that check-tshark.sh expects.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capturefile.h"
#include "wire/alc.h"

#define SYMBOL 1344
#define TSI 0x12345678
#define TOI 0xfffffff0
#define LENGTH (10 * SYMBOL - 100)

static gboolean
put_packet (CaptureFile *file, const GstFecAlcPacket *packet)
{
  guint8 data[GST_FEC_ALC_HEADER_SIZE + SYMBOL];

  gst_fec_alc_write_header (packet, data);
  memset (data + GST_FEC_ALC_HEADER_SIZE, 0xa5, SYMBOL);
  return capture_file_put_udp (file, data, sizeof (data));
}

/* A block of ten symbols: nine before its length is known, the last one and two repair symbols after that. */
static gboolean
put_block (CaptureFile *file)
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
  CaptureFile *file;
  gboolean written;

  if (argc != 2) {
    fprintf (stderr, "usage: %s FILE\n", argv[0]);
    return EXIT_FAILURE;
  }
  file = capture_file_new (argv[1]);
  if (file == NULL) {
    perror (argv[1]);
    return EXIT_FAILURE;
  }
  written = put_block (file);
  return capture_file_close (file) && written ? EXIT_SUCCESS : EXIT_FAILURE;
}
