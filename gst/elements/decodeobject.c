/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * decodeobject.c: whole objects out of finished blocks, for an encoder that makes other symbols of them.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "decodeobject.h"
#include "fecobjectmeta.h"

/*
 * Elements that take anything answer what they are asked, in the order it was asked; one that would rather have objects
 * puts them first. Any media type stands for media.
 */
gboolean
gst_fec_decode_objects_wanted (GstPad *srcpad)
{
  GstCaps *offer = gst_caps_new_empty_simple ("application/octet-stream");
  GstCaps *answer;
  gboolean wanted;

  gst_caps_append (offer, gst_caps_new_empty_simple (FEC_OBJECT_MEDIA_TYPE));
  answer = gst_pad_peer_query_caps (srcpad, offer);
  wanted = fec_caps_are_objects (answer);
  gst_clear_caps (&answer);
  gst_caps_unref (offer);
  return wanted;
}

void
gst_fec_decode_objects_reset (GstFecDecodeObjects *objects)
{
  gst_clear_caps (&objects->caps);
  objects->last_pts = 0;
}

static void
start (GstFecDecodeObjects *objects, const GstFecDecodeObjectsStream *stream)
{
  GstFecDecodeOutput *output = objects->output;
  GstSegment segment;

  gst_fec_decode_output_stream_start (output, stream->stream_start);
  gst_fec_decode_output_event (output, gst_event_new_caps (objects->caps));
  gst_segment_init (
      &segment, stream->arrival ? GST_FORMAT_TIME : GST_FORMAT_BYTES);
  gst_fec_decode_output_event (output, gst_event_new_segment (&segment));
}

/* Pushes the block's caps when they differ from what was pushed last. */
static void
need_caps (GstFecDecodeObjects *objects, const GstFecDecodeBlock *block,
    const GstFecDecodeObjectsStream *stream)
{
  FecObjectStream told = {
    .tsi = stream->tsi,
    .symbol_size = gst_fec_decode_block_symbol_size (block),
    .records =
        (gst_fec_decode_block_flags (block) & GST_FEC_BLOCK_RECORDS) != 0,
  };
  gchar *media =
      stream->media_caps ? gst_caps_to_string (stream->media_caps) : NULL;
  gboolean first = objects->caps == NULL;
  GstCaps *caps;

  told.media_caps = media;
  caps = fec_object_caps_new (&told);
  g_free (media);
  if (first || !gst_caps_is_equal (caps, objects->caps)) {
    gst_caps_replace (&objects->caps, caps);
    if (first)
      start (objects, stream);
    else
      gst_fec_decode_output_event (objects->output, gst_event_new_caps (caps));
  }
  gst_caps_unref (caps);
}

/* The block's bytes: shared where they lie in few pieces, else copied. */
static GstBuffer *
object_bytes (const GstFecDecodeBlock *block, gsize size)
{
  GstBuffer *buffer = gst_buffer_new ();
  GstMapInfo map;
  gsize offset = 0;

  while (offset < size &&
      gst_buffer_n_memory (buffer) < gst_buffer_get_max_memory ()) {
    gsize run = size - offset;

    gst_buffer_append_memory (
        buffer, gst_fec_decode_block_wrap (block, offset, &run));
    offset += run;
  }
  if (offset == size)
    return buffer;
  gst_buffer_unref (buffer);
  buffer = gst_buffer_new_allocate (NULL, size, NULL);
  gst_buffer_map (buffer, &map, GST_MAP_WRITE);
  gst_fec_decode_block_copy (block, 0, map.data, size);
  gst_buffer_unmap (buffer, &map);
  return buffer;
}

void
gst_fec_decode_objects_take (GstFecDecodeObjects *objects,
    const GstFecDecodeBlock *block, const GstFecDecodeObjectsStream *stream)
{
  FecObject object = {
    .toi = gst_fec_decode_block_toi (block),
    .flags = gst_fec_decode_block_flags (block),
    .oti = *gst_fec_decode_block_oti (block),
  };
  GstClockTime pts = gst_fec_decode_block_time (block, 0).pts;
  GstBuffer *buffer;

  need_caps (objects, block, stream);
  buffer = object_bytes (block, object.oti.transfer_length);
  fec_object_mark (buffer, &object);
  if (stream->arrival) {
    if (GST_CLOCK_TIME_IS_VALID (pts))
      objects->last_pts = MAX (objects->last_pts, pts);
    GST_BUFFER_PTS (buffer) = objects->last_pts;
  }
  if (!(object.flags & GST_FEC_BLOCK_RANDOM_ACCESS))
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DELTA_UNIT);
  gst_fec_decode_output_buffer (objects->output, buffer);
}
