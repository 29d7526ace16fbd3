/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * decodeframer.c: cuts packets out of a stream of bytes, such as a file that
 * packets were written to one behind the other. All have one length; it is told
 * or found by the header that repeats. Knows headers, nothing of blocks or pads.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <gst/base/base.h>
#include <wire/alc.h>

#include "decodeframer.h"

/* Bytes of a header that are looked at: up to the TSI's end. */
#define MARK_SIZE 12
/* A and B: the bits of byte 1 that differ between packets of a channel. */
#define CLOSE_BITS 0x03

struct _GstFecDecodeFramer
{
  GstAdapter *adapter;
  gsize size; /* of a packet, 0: not known */
  gsize tried; /* no packet is this long or shorter */
  gboolean marked;
  guint8 mark[MARK_SIZE]; /* the first header */
};

GstFecDecodeFramer *
gst_fec_decode_framer_new (void)
{
  GstFecDecodeFramer *framer = g_new0 (GstFecDecodeFramer, 1);

  framer->adapter = gst_adapter_new ();
  return framer;
}

void
gst_fec_decode_framer_free (GstFecDecodeFramer *framer)
{
  g_object_unref (framer->adapter);
  g_free (framer);
}

void
gst_fec_decode_framer_reset (GstFecDecodeFramer *framer, guint packet_size)
{
  gst_adapter_clear (framer->adapter);
  framer->size = packet_size;
  framer->tried = 0;
  framer->marked = FALSE;
}

void
gst_fec_decode_framer_push (GstFecDecodeFramer *framer, GstBuffer *buffer)
{
  gst_adapter_push (framer->adapter, buffer);
}

/* Whether a packet of the channel whose mark is @mark may begin at @data. */
static gboolean
matches (const guint8 *mark, const guint8 *data)
{
  return data[0] == mark[0] && ((data[1] ^ mark[1]) & ~CLOSE_BITS) == 0 &&
      data[2] == mark[2] && data[3] == mark[3] &&
      memcmp (data + 8, mark + 8, 4) == 0;
}

static gboolean
can_begin (const GstFecDecodeFramer *framer, const guint8 *data)
{
  return framer->marked ? matches (framer->mark, data)
                        : gst_fec_alc_is_packet (data, MARK_SIZE) &&
          data[3] == GST_FEC_ALC_CODEPOINT;
}

static gboolean
parses (const guint8 *data, gsize size)
{
  GstFecAlcPacket packet;

  return gst_fec_alc_parse (&packet, data, size) == GST_FEC_ALC_OK;
}

/*
 * Finds the length of packets at @data: a second header lies that far on, a
 * third as far again. @impossible is set when no length can be right.
 */
static gsize
find_size (GstFecDecodeFramer *framer, const guint8 *data, gsize available,
    gboolean last, gboolean *impossible)
{
  gsize size = MAX (framer->tried + 1, MARK_SIZE);

  for (; size <= GST_FEC_ALC_MAX_PACKET; size++) {
    gboolean repeats;

    if (size + MARK_SIZE > available)
      break;
    repeats = matches (data, data + size) && parses (data, size);
    if (repeats && 2 * size + MARK_SIZE > available) {
      if (last)
        return size;
      framer->tried = size - 1;
      return 0;
    }
    if (repeats && matches (data, data + 2 * size))
      return size;
    framer->tried = size;
  }
  if (last && available <= GST_FEC_ALC_MAX_PACKET && parses (data, available))
    return available;
  *impossible = last || size > GST_FEC_ALC_MAX_PACKET;
  return 0;
}

/*
 * How many bytes to skip until a packet may begin. Where the next one should
 * begin is looked at too, when it is there: half a packet is none.
 */
static gsize
find_begin (
    const GstFecDecodeFramer *framer, const guint8 *data, gsize available)
{
  gsize i;

  for (i = 0; i + MARK_SIZE <= available; i++) {
    gsize next = i + framer->size;

    if (can_begin (framer, data + i) &&
        (!framer->marked || framer->size == 0 || next + MARK_SIZE > available ||
            can_begin (framer, data + next)))
      break;
  }
  return i;
}

/* Skips what is no packet, finds the length. FALSE: more bytes are needed. */
static gboolean
find_packet (GstFecDecodeFramer *framer, gboolean last, gsize *skip)
{
  gsize available = gst_adapter_available (framer->adapter);
  gboolean impossible = FALSE;
  const guint8 *data;

  *skip = 0;
  if (available < MARK_SIZE) {
    *skip = last ? available : 0;
    return FALSE;
  }
  data = gst_adapter_map (framer->adapter, available);
  *skip = find_begin (framer, data, available);
  if (*skip == 0 && framer->size == 0) {
    framer->size = find_size (framer, data, available, last, &impossible);
    *skip = impossible ? 1 : 0;
  }
  if (*skip == 0 && framer->size != 0 && !framer->marked) {
    memcpy (framer->mark, data, MARK_SIZE);
    framer->marked = TRUE;
  }
  if (*skip == 0 && last && framer->size != 0 && available < framer->size)
    *skip = available;
  gst_adapter_unmap (framer->adapter);
  return framer->size != 0 && available >= framer->size;
}

GstBuffer *
gst_fec_decode_framer_pull (
    GstFecDecodeFramer *framer, gboolean last, guint64 *skipped)
{
  gboolean found;
  gsize skip;

  do {
    found = find_packet (framer, last, &skip);
    if (skip > 0) {
      gst_adapter_flush (framer->adapter, skip);
      framer->tried = 0;
      *skipped += skip;
    }
  } while (skip > 0);
  return found ? gst_adapter_take_buffer (framer->adapter, framer->size) : NULL;
}
