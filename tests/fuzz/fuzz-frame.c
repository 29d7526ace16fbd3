/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz-frame.c: bytes of a TCP connection from anywhere into the framing.
 *
 * Input: first byte: 0 the rest is a stream as it is, 1 the rest is one packet,
 * framed here, one byte of which is changed then. A stream is cut into frames,
 * also when it comes in two halves.
 */
#include "wire/frame.h"

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

/* What was read must be what the writer makes of the same payload. */
static void
check_frame (GstFecFrameKind kind, const guint8 *frame, const guint8 *payload,
    gsize payload_size, gsize consumed)
{
  guint8 *again;
  gsize size;

  if (kind != GST_FEC_FRAME_CONTROL && kind != GST_FEC_FRAME_PACKET) {
    must (payload_size == 0);
    return;
  }
  must (payload == frame + GST_FEC_FRAME_HEADER);
  must (payload_size > 0 && payload_size <= consumed - GST_FEC_FRAME_HEADER);
  again =
      g_malloc (GST_FEC_FRAME_HEADER + payload_size + GST_FEC_FRAME_TRAILER);
  size = kind == GST_FEC_FRAME_CONTROL
      ? gst_fec_frame_write_control (payload, payload_size, again)
      : gst_fec_frame_write_packet (payload, payload_size, again);
  must (size == consumed && memcmp (again, frame, size) == 0);
  g_free (again);
}

/* Reads all frames; returns how many bytes they are. */
static gsize
read_stream (const guint8 *data, gsize size)
{
  gsize done = 0, payload_size, consumed;
  const guint8 *payload;
  GstFecFrameKind kind;

  do {
    /* a copy of its own: what is read beyond it is seen */
    guint8 *rest = g_memdup2 (data + done, size - done);

    kind = gst_fec_frame_read (
        rest, size - done, &payload, &payload_size, &consumed);
    must (consumed <= size - done);
    must ((kind == GST_FEC_FRAME_NONE) == (consumed == 0));
    check_frame (kind, rest, payload, payload_size, consumed);
    g_free (rest);
    done += consumed;
  } while (consumed > 0);
  return done;
}

static void
damage_packet (const guint8 *data, gsize size)
{
  guint8 *frame =
      g_malloc (GST_FEC_FRAME_HEADER + size + GST_FEC_FRAME_TRAILER);
  gsize n = gst_fec_frame_write_packet (data, size, frame);
  gsize payload_size, consumed, place = GST_FEC_FRAME_HEADER + 1;
  const guint8 *payload;

  must (gst_fec_frame_read (frame, n, &payload, &payload_size, &consumed) ==
      GST_FEC_FRAME_PACKET);
  must (payload_size == size && memcmp (payload, data, size) == 0);
  place += data[size - 1] % (n - place);
  frame[place] ^= 1 + data[size - 1] % 255;
  must (gst_fec_frame_read (frame, n, &payload, &payload_size, &consumed) ==
      GST_FEC_FRAME_DAMAGED);
  must (consumed == n);
  g_free (frame);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  gsize half;

  if (size < 2)
    return 0;
  if (data[0] == 1) {
    if (data[1] >> 4 == 1 && size <= 65532)
      damage_packet (data + 1, size - 1);
    return 0;
  }
  data++, size--;
  half = read_stream (data, size / 2);
  must (half + read_stream (data + half, size - half) ==
      read_stream (data, size));
  return 0;
}
