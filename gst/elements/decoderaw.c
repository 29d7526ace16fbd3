/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * decoderaw.c: media out of released symbols in framing=raw: the bytes as they
 * are, without a copy, with the caps that somebody told or typefinding finds.
 * Knows blocks and the output, nothing of packets or deadlines.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <gst/base/base.h>

#include "decoderaw.h"

/* Bytes at which the type is looked for first, and at which it is given up. */
#define TYPEFIND_FIRST 1024
#define TYPEFIND_MAX (64 * 1024)
#define UNKNOWN_MEDIA_TYPE "application/octet-stream"

struct _GstFecDecodeRaw
{
  GstFecDecodeOutput *output;
  GstCaps *caps;
  gboolean arrival;
  GstEvent *stream_start;

  gboolean started; /* stream-start, caps, segment are out */
  GstAdapter *held; /* buffers whose type is not known yet */
  gsize next_try;
  guint64 position;
  GstClockTime last_pts;
  guint64 early_end; /* bytes of the block that early copies gave */
};

GstFecDecodeRaw *
gst_fec_decode_raw_new (GstFecDecodeOutput *output)
{
  GstFecDecodeRaw *raw = g_new0 (GstFecDecodeRaw, 1);

  raw->output = output;
  raw->held = gst_adapter_new ();
  gst_fec_decode_raw_reset (raw);
  return raw;
}

void
gst_fec_decode_raw_free (GstFecDecodeRaw *raw)
{
  g_object_unref (raw->held);
  gst_clear_caps (&raw->caps);
  gst_clear_event (&raw->stream_start);
  g_free (raw);
}

void
gst_fec_decode_raw_reset (GstFecDecodeRaw *raw)
{
  gst_adapter_clear (raw->held);
  raw->started = FALSE;
  raw->next_try = TYPEFIND_FIRST;
  raw->position = 0;
  raw->last_pts = 0;
  raw->early_end = 0;
}

void
gst_fec_decode_raw_configure (GstFecDecodeRaw *raw, GstCaps *caps,
    gboolean arrival, GstEvent *stream_start)
{
  gst_caps_replace (&raw->caps, caps);
  gst_event_replace (&raw->stream_start, stream_start);
  raw->arrival = arrival;
}

static void
start (GstFecDecodeRaw *raw, GstCaps *caps)
{
  GstFecDecodeOutput *output = raw->output;
  GstSegment segment;

  gst_segment_init (
      &segment, raw->arrival ? GST_FORMAT_TIME : GST_FORMAT_BYTES);
  gst_fec_decode_output_stream_start (output, raw->stream_start);
  gst_fec_decode_output_event (output, gst_event_new_caps (caps));
  gst_fec_decode_output_event (output, gst_event_new_segment (&segment));
  raw->started = TRUE;
}

/* The type is known, or never will be: what waited for it leaves. */
static void
release_held (GstFecDecodeRaw *raw, GstCaps *caps)
{
  gsize available = gst_adapter_available (raw->held);
  GList *buffers = NULL, *l;

  if (available > 0)
    buffers = gst_adapter_take_list (raw->held, available);
  start (raw, caps);
  for (l = buffers; l; l = l->next)
    gst_fec_decode_output_buffer (
        raw->output, gst_buffer_make_writable (l->data));
  g_list_free (buffers);
}

static GstCaps *
find_type (GstFecDecodeRaw *raw, GstTypeFindProbability enough)
{
  gsize size = gst_adapter_available (raw->held);
  GstTypeFindProbability probability = GST_TYPE_FIND_NONE;
  const guint8 *data = gst_adapter_map (raw->held, size);
  GstCaps *caps;

  caps = gst_type_find_helper_for_data (
      GST_OBJECT (raw->output->pad), data, size, &probability);
  gst_adapter_unmap (raw->held);
  if (caps && probability < enough)
    gst_clear_caps (&caps);
  return caps;
}

/* Looks for the type with what there is; @last: nothing better will come. */
static void
try_typefind (GstFecDecodeRaw *raw, gboolean last)
{
  GstCaps *caps;

  caps = find_type (raw, last ? GST_TYPE_FIND_POSSIBLE : GST_TYPE_FIND_LIKELY);
  if (!caps && last)
    caps = gst_caps_new_empty_simple (UNKNOWN_MEDIA_TYPE);
  if (caps) {
    release_held (raw, caps);
    gst_caps_unref (caps);
  }
}

static void
hand_on (GstFecDecodeRaw *raw, GstBuffer *buffer)
{
  gsize held;

  GST_BUFFER_OFFSET (buffer) = raw->position;
  raw->position += gst_buffer_get_size (buffer);
  GST_BUFFER_OFFSET_END (buffer) = raw->position;
  if (!raw->started && raw->caps)
    release_held (raw, raw->caps);
  if (raw->started) {
    gst_fec_decode_output_buffer (raw->output, buffer);
    return;
  }
  gst_adapter_push (raw->held, buffer);
  held = gst_adapter_available (raw->held);
  if (held >= raw->next_try) {
    raw->next_try = held * 2;
    try_typefind (raw, held >= TYPEFIND_MAX);
  }
}

static GstClockTime
next_pts (GstFecDecodeRaw *raw, GstClockTime pts)
{
  if (!raw->arrival)
    return GST_CLOCK_TIME_NONE;
  if (GST_CLOCK_TIME_IS_VALID (pts))
    raw->last_pts = MAX (raw->last_pts, pts);
  return raw->last_pts;
}

/* Hands on the bytes [offset, end) of one run, chunk by chunk. */
static void
hand_on_bytes (GstFecDecodeRaw *raw, const GstFecDecodeBlock *block,
    guint64 offset, guint64 end, GstClockTime pts)
{
  offset = MAX (offset, raw->early_end);
  while (offset < end) {
    gsize size = end - offset;
    GstBuffer *buffer = gst_buffer_new ();

    gst_buffer_append_memory (
        buffer, gst_fec_decode_block_wrap (block, offset, &size));
    GST_BUFFER_PTS (buffer) = pts;
    hand_on (raw, buffer);
    offset += size;
  }
}

void
gst_fec_decode_raw_data (GstFecDecodeRaw *raw, const GstFecDecodeItem *item)
{
  const GstFecDecodeBlock *block = item->block;
  guint32 end = item->first + item->count;
  guint32 esi;

  if (item->after_gap)
    raw->output->discont = TRUE;
  if (!raw->arrival) {
    hand_on_bytes (raw, block, gst_fec_decode_block_bytes (block, item->first),
        gst_fec_decode_block_bytes (block, end), GST_CLOCK_TIME_NONE);
    return;
  }
  for (esi = item->first; esi < end; esi++) {
    hand_on_bytes (raw, block, gst_fec_decode_block_bytes (block, esi),
        gst_fec_decode_block_bytes (block, esi + 1),
        next_pts (raw, gst_fec_decode_block_time (block, esi).pts));
  }
}

void
gst_fec_decode_raw_early (GstFecDecodeRaw *raw, const GstFecAlcPacket *packet,
    const GstFecDecodeTime *time)
{
  guint64 begin = (guint64) packet->esi * packet->symbol_size;
  guint64 end = begin + packet->early_size;
  gsize skip = MAX (raw->early_end, begin) - begin;
  GstBuffer *buffer;

  if (begin + skip >= end)
    return;
  buffer =
      gst_buffer_new_memdup (packet->symbol + skip, packet->early_size - skip);
  GST_BUFFER_PTS (buffer) = next_pts (raw, time->pts);
  raw->early_end = end;
  hand_on (raw, buffer);
}

void
gst_fec_decode_raw_block_end (GstFecDecodeRaw *raw)
{
  raw->early_end = 0;
}

gboolean
gst_fec_decode_raw_is_out (const GstFecDecodeRaw *raw)
{
  return raw->started;
}

void
gst_fec_decode_raw_finish (GstFecDecodeRaw *raw)
{
  if (!raw->started && gst_adapter_available (raw->held) > 0)
    try_typefind (raw, TRUE);
}
