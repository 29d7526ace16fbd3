/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * break-capture.c: changes payloads in a capture file: bytes replaced, cut off or set to extremes behind the headers of
 * Ethernet, IP and UDP or TCP. Knows the format of capture files, not what is in them.
 *
 * break-capture IN OUT ROUNDS: OUT has ROUNDS broken copies of each packet of IN; always the same ones.
 */
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_HEADER 24
#define PACKET_HEADER 16
#define HEADERS                                                                \
  54 /* Ethernet, IP and TCP; of a UDP datagram 12 bytes of payload more */
#define MAX_CHANGES 6

/* The payload's length is told by IP: what is cut is cut in its length field too, UDP's stays and is a fault as well. */
static guint32
cut (GRand *random, guint8 *packet, guint32 size)
{
  guint32 shorter = (guint32) g_rand_int_range (random, HEADERS, (gint) size);

  packet[16] = (shorter - 14) >> 8 & 0xff;
  packet[17] = (shorter - 14) & 0xff;
  return shorter;
}

static guint32
break_packet (GRand *random, guint8 *packet, guint32 size)
{
  static const guint8 extremes[] = { 0, 1, 0x7f, 0x80, 0xff };
  gint i, n = g_rand_int_range (random, 1, MAX_CHANGES);

  if (size <= HEADERS)
    return size;
  for (i = 0; i < n; i++) {
    guint8 *at = packet + g_rand_int_range (random, HEADERS, (gint) size);

    *at = g_rand_boolean (random)
        ? extremes[g_rand_int_range (random, 0, G_N_ELEMENTS (extremes))]
        : g_rand_int (random) & 0xff;
  }
  return g_rand_int_range (random, 0, 3) == 0 ? cut (random, packet, size)
                                              : size;
}

static gboolean
break_all (const guint8 *in, gsize size, FILE *out, gint rounds)
{
  GRand *random = g_rand_new_with_seed (1);
  gsize offset = FILE_HEADER;
  gboolean good = fwrite (in, FILE_HEADER, 1, out) == 1;

  while (good && size - offset > PACKET_HEADER) {
    guint32 length[4]; /* seconds, microseconds, captured, length */
    gint i;

    memcpy (length, in + offset, sizeof (length));
    offset += PACKET_HEADER;
    for (i = 0; i < rounds; i++) {
      guint8 packet[65536];
      guint32 header[4];

      memcpy (header, length, sizeof (header));
      memcpy (packet, in + offset, length[2]);
      header[2] = header[3] = break_packet (random, packet, length[2]);
      good = good && fwrite (header, sizeof (header), 1, out) == 1 &&
          fwrite (packet, header[2], 1, out) == 1;
    }
    offset += length[2];
  }
  g_rand_free (random);
  return good;
}

int
main (int argc, char **argv)
{
  gchar *in;
  gsize size;
  FILE *out;
  gboolean good;

  if (argc != 4 || !g_file_get_contents (argv[1], &in, &size, NULL) ||
      size < FILE_HEADER) {
    fprintf (stderr, "usage: %s IN OUT ROUNDS\n", argv[0]);
    return EXIT_FAILURE;
  }
  out = fopen (argv[2], "wb");
  good =
      out != NULL && break_all ((const guint8 *) in, size, out, atoi (argv[3]));
  g_free (in);
  return out != NULL && fclose (out) == 0 && good ? EXIT_SUCCESS : EXIT_FAILURE;
}
