/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mediasource.c: media files become one endless transport stream without a break, whatever they hold. Runs as fast as
 * it can, not in real time. Files are made here with GStreamer's encoders.
 */
#include <gst/app/gstappsink.h>
#include <gst/check/gstcheck.h>
#include <glib/gstdio.h>

#include "fec-media-source.h"
#include "tscheck.h"

#define TIMEOUT (40 * GST_SECOND)

static gchar *folder;

/* Runs @description, which writes to the file %s, to its end. */
static gchar *
make_file (const gchar *name, const gchar *description)
{
  gchar *file = g_build_filename (folder, name, NULL);
  gchar *launch = g_strdup_printf ("%s filesink name=out", description);
  GError *error = NULL;
  GstElement *pipeline = gst_parse_launch (launch, &error);
  GstElement *out;
  GstMessage *message;
  GstBus *bus;

  fail_unless (error == NULL, "%s: %s", launch, error ? error->message : "");
  out = gst_bin_get_by_name (GST_BIN (pipeline), "out");
  g_object_set (out, "location", file, NULL);
  gst_object_unref (out);
  bus = gst_element_get_bus (pipeline);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  message = gst_bus_timed_pop_filtered (
      bus, TIMEOUT, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  fail_unless (message != NULL && GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS,
      "could not make %s", name);
  gst_message_unref (message);
  gst_object_unref (bus);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (pipeline);
  g_free (launch);
  return file;
}

/* Feeds @check from @pipeline's appsink until @seconds of media came; FALSE at EOS or when nothing comes. */
static gboolean
read_seconds (GstElement *sink, TsCheck *check, gdouble seconds)
{
  while (ts_check_seconds (check) < seconds) {
    GstSample *sample =
        gst_app_sink_try_pull_sample (GST_APP_SINK (sink), TIMEOUT);
    GstMapInfo map;
    GstBuffer *buffer;

    if (sample == NULL)
      return FALSE;
    buffer = gst_sample_get_buffer (sample);
    fail_unless (gst_buffer_map (buffer, &map, GST_MAP_READ));
    fail_unless_equals_int (map.size % 188, 0);
    for (gsize at = 0; at < map.size; at += 188)
      ts_check_packet (check, map.data + at);
    gst_buffer_unmap (buffer, &map);
    gst_sample_unref (sample);
  }
  return TRUE;
}

static gboolean
serve_file (const gchar *file, gboolean loop, TsCheck *check, gdouble seconds)
{
  GstElement *pipeline = gst_pipeline_new (NULL);
  GstElement *sink = gst_element_factory_make ("appsink", NULL);
  gchar *uri = gst_filename_to_uri (file, NULL);
  GError *error = NULL;
  GstElement *source = gst_fec_media_source_new (uri, loop, &error);
  gboolean reached;

  fail_unless (source != NULL, "%s", error ? error->message : "");
  g_object_set (sink, "sync", FALSE, "max-buffers", 100, NULL);
  gst_bin_add_many (GST_BIN (pipeline), source, sink, NULL);
  fail_unless (gst_element_link (source, sink));
  ts_check_init (check);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  reached = read_seconds (sink, check, seconds);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (pipeline);
  g_free (uri);
  return reached;
}

static void
assert_unbroken (const TsCheck *check, guint streams, gboolean even)
{
  fail_unless_equals_uint64 (check->bad_sync, 0);
  fail_unless_equals_uint64 (check->bad_continuity, 0);
  fail_unless_equals_uint64 (check->pcr_steps, 0);
  fail_unless_equals_uint64 (check->dts_steps, 0);
  fail_unless_equals_int (check->n_pes_pids, streams);
  /* Where a stream of the file has ended before the others there is a hole. */
  fail_unless (!even || (check->pcr_gaps == 0 && check->dts_gaps == 0));
}

static void
assert_loops (
    const gchar *name, const gchar *description, guint streams, gboolean even)
{
  static TsCheck check;
  gchar *file = make_file (name, description);

  fail_unless (serve_file (file, TRUE, &check, 12.0), "%s ended after %.2f s",
      name, ts_check_seconds (&check));
  assert_unbroken (&check, streams, even);
  g_unlink (file);
  g_free (file);
}

#define VIDEO                                                                  \
  "videotestsrc num-buffers=50 ! video/x-raw,width=160,"                       \
  "height=120,framerate=25/1 ! "
#define AUDIO(n)                                                               \
  "audiotestsrc num-buffers=" #n " samplesperbuffer=1024 ! "                   \
  "audio/x-raw,rate=48000,channels=2 ! "
#define H264 "x264enc bitrate=200 key-int-max=25 ! h264parse ! "

GST_START_TEST (mp4_with_b_frames_loops_without_a_break)
{
  assert_loops ("av.mp4", VIDEO H264 "mp4mux ! ", 1, TRUE);
}
GST_END_TEST;

GST_START_TEST (mp4_with_audio_loops_without_a_break)
{
  assert_loops ("av2.mp4",
      VIDEO H264 "m. " AUDIO (94) "avenc_aac ! aacparse ! m. mp4mux name=m ! ",
      2, TRUE);
}
GST_END_TEST;

GST_START_TEST (audio_much_shorter_than_video_does_not_stall)
{
  assert_loops ("short.mp4",
      VIDEO H264 "m. " AUDIO (20) "avenc_aac ! aacparse ! m. mp4mux name=m ! ",
      2, FALSE);
}
GST_END_TEST;

GST_START_TEST (video_much_shorter_than_audio_does_not_stall)
{
  assert_loops ("long.mkv",
      VIDEO H264
      "m. " AUDIO (200) "avenc_aac ! aacparse ! m. matroskamux name=m ! ",
      2, FALSE);
}
GST_END_TEST;

GST_START_TEST (transport_stream_loops_without_a_break)
{
  assert_loops ("av.ts",
      VIDEO H264
      "m. " AUDIO (94) "avenc_aac ! aacparse ! m. mpegtsmux name=m ! ",
      2, TRUE);
}
GST_END_TEST;

GST_START_TEST (streams_that_do_not_fit_are_encoded)
{
  assert_loops ("vp8.mkv",
      VIDEO "vp8enc deadline=1 ! m. " AUDIO (
          94) "vorbisenc ! m. matroskamux name=m ! ",
      2, TRUE);
}
GST_END_TEST;

GST_START_TEST (audio_alone_is_served)
{
  assert_loops ("tone.wav", AUDIO (94) "wavenc ! ", 1, TRUE);
}
GST_END_TEST;

GST_START_TEST (without_loop_the_stream_ends_with_the_file)
{
  static TsCheck check;
  gchar *file = make_file ("once.mp4",
      VIDEO H264 "m. " AUDIO (94) "avenc_aac ! aacparse ! m. mp4mux name=m ! ");

  fail_if (serve_file (file, FALSE, &check, 12.0));
  assert_unbroken (&check, 2, TRUE);
  fail_unless (
      ts_check_seconds (&check) > 1.5, "%.2f s", ts_check_seconds (&check));
  g_unlink (file);
  g_free (file);
}
GST_END_TEST;

static void
make_folder (void)
{
  folder = g_dir_make_tmp ("fec-mediasource-XXXXXX", NULL);
  fail_unless (folder != NULL);
}

static void
remove_folder (void)
{
  g_rmdir (folder);
  g_free (folder);
}

static Suite *
mediasource_suite (void)
{
  Suite *suite = suite_create ("mediasource");
  TCase *tests = tcase_create ("files");

  tcase_set_timeout (tests, 120);
  tcase_add_checked_fixture (tests, make_folder, remove_folder);
  tcase_add_test (tests, mp4_with_b_frames_loops_without_a_break);
  tcase_add_test (tests, mp4_with_audio_loops_without_a_break);
  tcase_add_test (tests, audio_much_shorter_than_video_does_not_stall);
  tcase_add_test (tests, video_much_shorter_than_audio_does_not_stall);
  tcase_add_test (tests, transport_stream_loops_without_a_break);
  tcase_add_test (tests, streams_that_do_not_fit_are_encoded);
  tcase_add_test (tests, audio_alone_is_served);
  tcase_add_test (tests, without_loop_the_stream_ends_with_the_file);
  suite_add_tcase (suite, tests);
  return suite;
}

GST_CHECK_MAIN (mediasource);
