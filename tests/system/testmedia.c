/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * testmedia.c: encodes media into memory and sends them at the pace of their
 * timestamps.
 */
#include "testmedia.h"

#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>

#define FRAMES_PER_SECOND 30
#define SAMPLES_PER_BUFFER 1024
#define SAMPLE_RATE 48000
/* Room for decode times before the first presentation time. */
#define FIRST_PTS GST_SECOND

/* Noise is as large as the bitrate allows; B-frames make PTS and DTS differ. */
#define VIDEO                                                                  \
  "videotestsrc pattern=snow num-buffers=%u"                                   \
  " ! video/x-raw,format=I420,width=640,height=360,framerate=30/1"             \
  " ! x264enc speed-preset=ultrafast bitrate=%u vbv-buf-capacity=200"          \
  " key-int-max=60 bframes=2 b-adapt=false threads=2 ! h264parse"

static gchar *
describe_pipeline (TestMediaKind kind, guint seconds, guint kilobits)
{
  guint frames = seconds * FRAMES_PER_SECOND;

  if (kind == TEST_MEDIA_H264)
    return g_strdup_printf (VIDEO " ! video/x-h264,stream-format=avc,"
                                  "alignment=au ! appsink name=out sync=false",
        frames, kilobits);
  return g_strdup_printf (VIDEO
      " ! queue ! mpegtsmux name=mux alignment=7"
      " ! appsink name=out sync=false"
      " audiotestsrc wave=ticks num-buffers=%u samplesperbuffer=%u"
      " ! audio/x-raw,rate=%u,channels=2 ! audioconvert"
      " ! avenc_aac bitrate=128000 ! aacparse ! queue ! mux.",
      frames, kilobits, seconds * SAMPLE_RATE / SAMPLES_PER_BUFFER,
      SAMPLES_PER_BUFFER, SAMPLE_RATE);
}

static void
add_sample (TestMedia *media, GstSample *sample)
{
  GstBuffer *buffer = gst_buffer_copy (gst_sample_get_buffer (sample));
  gsize offset = media->bytes->len;
  GstMapInfo map;

  if (media->caps == NULL)
    media->caps = gst_caps_ref (gst_sample_get_caps (sample));
  gst_buffer_map (buffer, &map, GST_MAP_READ);
  g_byte_array_append (media->bytes, map.data, map.size);
  gst_buffer_unmap (buffer, &map);
  g_array_append_val (media->offsets, offset);
  g_ptr_array_add (media->buffers, buffer);
}

/* A transport stream leaves evenly, as from a constant-rate multiplexer. */
static void
pace_evenly (TestMedia *media)
{
  guint i;

  for (i = 0; i < media->buffers->len; i++) {
    GstBuffer *buffer = g_ptr_array_index (media->buffers, i);
    GstClockTime time =
        gst_util_uint64_scale_int (media->duration, i, media->buffers->len);

    GST_BUFFER_PTS (buffer) = time;
    GST_BUFFER_DTS (buffer) = GST_CLOCK_TIME_NONE;
    g_array_append_val (media->times, time);
  }
}

/* x264enc counts from an hour that leaves room for B-frames: from 0 here. */
static void
pace_by_decode_time (TestMedia *media)
{
  GstBuffer *first = g_ptr_array_index (media->buffers, 0);
  GstClockTime origin = GST_BUFFER_PTS (first) - FIRST_PTS;
  GstClockTime start = GST_BUFFER_DTS (first) - origin;
  guint i;

  for (i = 0; i < media->buffers->len; i++) {
    GstBuffer *buffer = g_ptr_array_index (media->buffers, i);
    GstClockTime time;

    GST_BUFFER_PTS (buffer) -= origin;
    GST_BUFFER_DTS (buffer) -= origin;
    time = GST_BUFFER_DTS (buffer) - start;
    g_array_append_val (media->times, time);
  }
}

static gboolean
take_error (GstElement *pipeline, GError **error)
{
  GstBus *bus = gst_element_get_bus (pipeline);
  GstMessage *message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);

  gst_object_unref (bus);
  if (message == NULL)
    return FALSE;
  gst_message_parse_error (message, error, NULL);
  gst_message_unref (message);
  return TRUE;
}

TestMedia *
test_media_encode (
    TestMediaKind kind, guint seconds, guint kilobits, GError **error)
{
  gchar *description = describe_pipeline (kind, seconds, kilobits);
  GstElement *pipeline = gst_parse_launch (description, error);
  GstElement *sink;
  TestMedia *media;
  GstSample *sample;

  g_free (description);
  if (pipeline == NULL)
    return NULL;

  media = g_new0 (TestMedia, 1);
  media->buffers =
      g_ptr_array_new_with_free_func ((GDestroyNotify) gst_buffer_unref);
  media->times = g_array_new (FALSE, FALSE, sizeof (GstClockTime));
  media->bytes = g_byte_array_new ();
  media->offsets = g_array_new (FALSE, FALSE, sizeof (gsize));
  media->duration = seconds * GST_SECOND;

  sink = gst_bin_get_by_name (GST_BIN (pipeline), "out");
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  while ((sample = gst_app_sink_pull_sample (GST_APP_SINK (sink))) != NULL) {
    add_sample (media, sample);
    gst_sample_unref (sample);
  }

  if (!take_error (pipeline, error) && media->buffers->len == 0)
    g_set_error_literal (error, GST_STREAM_ERROR, GST_STREAM_ERROR_ENCODE,
        "the encoders gave nothing");
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (sink);
  gst_object_unref (pipeline);

  if (media->buffers->len == 0) {
    g_clear_pointer (&media, test_media_free);
  } else if (kind == TEST_MEDIA_MPEGTS) {
    pace_evenly (media);
  } else {
    pace_by_decode_time (media);
  }
  return media;
}

void
test_media_free (TestMedia *media)
{
  gst_clear_caps (&media->caps);
  g_ptr_array_unref (media->buffers);
  g_array_unref (media->times);
  g_byte_array_unref (media->bytes);
  g_array_unref (media->offsets);
  g_free (media);
}

static void
wait_until (gint64 when)
{
  gint64 left;

  while ((left = when - g_get_monotonic_time ()) > 0)
    g_usleep (left);
}

gboolean
test_media_send (const TestMedia *media, GstElement *appsrc, gboolean eos,
    TestMediaProgress progress, gpointer user_data)
{
  gint64 start = g_get_monotonic_time ();
  guint i;

  for (i = 0; i < media->buffers->len; i++) {
    GstBuffer *buffer = g_ptr_array_index (media->buffers, i);

    wait_until (start +
        GST_TIME_AS_USECONDS (g_array_index (media->times, GstClockTime, i)));
    if (progress != NULL && !progress (i, user_data))
      return FALSE;
    if (gst_app_src_push_buffer (
            GST_APP_SRC (appsrc), gst_buffer_copy (buffer)) != GST_FLOW_OK)
      return FALSE;
  }
  if (eos)
    gst_app_src_end_of_stream (GST_APP_SRC (appsrc));
  return TRUE;
}
