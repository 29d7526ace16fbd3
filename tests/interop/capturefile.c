/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* capturefile.c: capture files and the headers of packets in them; see capturefile.h. */
#include "capturefile.h"

#include <stdio.h>
#include <string.h>

#include "wire/alc.h"
#include "wire/bytes.h"

#define ETHERNET 14
#define IP 20
#define UDP 8
#define TCP 20
#define PROTOCOL_TCP 6
#define PROTOCOL_UDP 17
#define CLIENT_PORT 50000
#define LINK_ETHERNET 1

typedef struct
{
  guint32 magic;
  guint16 major, minor;
  guint32 zone, accuracy, snap_length, link_type;
} FileHeader;

typedef struct
{
  guint32 seconds, microseconds, captured, length;
} PacketHeader;

struct _CaptureFile
{
  FILE *file;
  guint32 n_packets; /* its time in seconds, too */
  guint32 tcp_sequence;
  gboolean failed;
};

CaptureFile *
capture_file_new (const gchar *name)
{
  static const FileHeader header = { 0xa1b2c3d4, 2, 4, 0, 0, 65535,
    LINK_ETHERNET };
  FILE *stream = fopen (name, "wb");
  CaptureFile *file;

  if (stream == NULL)
    return NULL;
  file = g_new0 (CaptureFile, 1);
  file->file = stream;
  file->tcp_sequence = 1;
  file->failed = fwrite (&header, sizeof (header), 1, stream) != 1;
  return file;
}

static guint16
ip_checksum (const guint8 *header)
{
  guint32 sum = 0;
  guint i;

  for (i = 0; i < IP; i += 2)
    sum += gst_fec_read_be16 (header + i);
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  return ~sum & 0xffff;
}

static void
put_ip (guint8 *out, guint8 protocol, const guint8 destination[4], gsize size)
{
  static const guint8 ethernet[ETHERNET] = { 0x01, 0x00, 0x5e, 0x7c, 0, 1, 2, 0,
    0, 0, 0, 1, 0x08, 0x00 };
  static const guint8 ip[IP] = { 0x45, 0, 0, 0, 0, 0, 0x40, 0, 16, 0, 0, 0, 192,
    0, 2, 1 };

  memcpy (out, ethernet, ETHERNET);
  out += ETHERNET;
  memcpy (out, ip, IP);
  gst_fec_write_be16 (out + 2, IP + size);
  out[9] = protocol;
  memcpy (out + 16, destination, 4);
  gst_fec_write_be16 (out + 10, ip_checksum (out));
}

static gboolean
put_frame (CaptureFile *file, const guint8 *headers, gsize headers_size,
    const guint8 *data, gsize size)
{
  const PacketHeader header = { .seconds = file->n_packets++,
    .captured = headers_size + size,
    .length = headers_size + size };

  if (fwrite (&header, sizeof (header), 1, file->file) != 1 ||
      fwrite (headers, headers_size, 1, file->file) != 1 ||
      (size > 0 && fwrite (data, size, 1, file->file) != 1))
    file->failed = TRUE;
  return !file->failed;
}

/* The UDP checksum is left out, as IPv4 allows. */
gboolean
capture_file_put_udp (CaptureFile *file, const guint8 *data, gsize size)
{
  static const guint8 group[4] = { 233, 252, 0, 1 };
  guint8 headers[ETHERNET + IP + UDP];
  guint8 *udp = headers + ETHERNET + IP;

  put_ip (headers, PROTOCOL_UDP, group, UDP + size);
  gst_fec_write_be16 (udp, GST_FEC_DEFAULT_PORT);
  gst_fec_write_be16 (udp + 2, GST_FEC_DEFAULT_PORT);
  gst_fec_write_be16 (udp + 4, UDP + size);
  gst_fec_write_be16 (udp + 6, 0);
  return put_frame (file, headers, sizeof (headers), data, size);
}

/* Nobody checks TCP checksums in captures: network cards make them later. */
gboolean
capture_file_put_tcp (CaptureFile *file, const guint8 *data, gsize size)
{
  static const guint8 client[4] = { 192, 0, 2, 2 };
  guint8 headers[ETHERNET + IP + TCP] = { 0 };
  guint8 *tcp = headers + ETHERNET + IP;

  put_ip (headers, PROTOCOL_TCP, client, TCP + size);
  gst_fec_write_be16 (tcp, GST_FEC_DEFAULT_PORT);
  gst_fec_write_be16 (tcp + 2, CLIENT_PORT);
  gst_fec_write_be32 (tcp + 4, file->tcp_sequence);
  tcp[12] = TCP / 4 << 4;
  tcp[13] = 0x18; /* PSH, ACK */
  gst_fec_write_be16 (tcp + 14, 0xffff);
  file->tcp_sequence += size;
  return put_frame (file, headers, sizeof (headers), data, size);
}

gboolean
capture_file_close (CaptureFile *file)
{
  gboolean good = fclose (file->file) == 0 && !file->failed;

  g_free (file);
  return good;
}
