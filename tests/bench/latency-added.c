/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * latency-added.c: times each buffer from its entering to the leaving of its
 * last byte, and takes off the time that the input needs to fill one symbol.
 */
#include "latency-added.h"

#include <math.h>

#include <gst/app/gstappsink.h>

#include "livefeed.h"

#define SYMBOL_SIZE 1344
#define MAX_HOLD_NS (20 * GST_MSECOND)
/* Issue's goal: a symbol's time (or max-hold) and this. */
#define GOAL_MS 2.0

typedef struct
{
  gsize bytes; /* come out so far */
  GArray *ends; /* of gsize: bytes come out at... */
  GArray *times; /* ...this time, gint64 */
} Output;

static GstFlowReturn
on_sample (GstAppSink *sink, gpointer user_data)
{
  GstSample *sample = gst_app_sink_pull_sample (sink);
  Output *output = user_data;
  gint64 now = live_feed_now ();

  if (sample == NULL)
    return GST_FLOW_EOS;
  output->bytes += gst_buffer_get_size (gst_sample_get_buffer (sample));
  g_array_append_val (output->ends, output->bytes);
  g_array_append_val (output->times, now);
  gst_sample_unref (sample);
  return GST_FLOW_OK;
}

/*
 * What the input takes to fill a symbol behind buffer @index: that many bytes
 * at its rate, or, where buffers are larger than symbols, the wait for the next
 * one; max-hold at most.
 */
static gint64
fill_time (const LiveFeed *feed, guint index)
{
  gdouble buffers = (gdouble) SYMBOL_SIZE / live_feed_buffer_size (feed);
  gint64 ns;

  if (buffers > 1.0)
    ns = (gint64) (buffers * live_feed_interval_us (feed) * 1000);
  else
    ns = live_feed_time (feed, index + 1) - live_feed_time (feed, index);
  return MIN (ns, (gint64) MAX_HOLD_NS);
}

/* Milliseconds for each buffer that came out wholly. */
static GArray *
compare_times (const LiveFeed *feed, const Output *output, gboolean less_fill)
{
  GArray *ret = g_array_new (FALSE, FALSE, sizeof (gdouble));
  gsize end = 0;
  guint i, o = 0;

  for (i = 0; i + 1 < live_feed_count (feed); i++) {
    gint64 ns;
    gdouble ms;

    end += live_feed_buffer_size (feed);
    while (
        o < output->ends->len && g_array_index (output->ends, gsize, o) < end)
      o++;
    if (o == output->ends->len)
      break;
    ns = g_array_index (output->times, gint64, o) - live_feed_time (feed, i);
    if (less_fill)
      ns -= fill_time (feed, i);
    ms = ns / 1e6;
    g_array_append_val (ret, ms);
  }
  return ret;
}

/* Runs @middle for a while; returns the latencies, NULL when it does not play. */
static GArray *
measure (
    LiveFeedKind kind, const gchar *middle, guint seconds, gboolean less_fill)
{
  gchar *description = g_strdup_printf (
      "appsrc name=in is-live=true "
      "format=time max-bytes=0 ! %s ! appsink name=out sync=false "
      "async=false",
      middle);
  GstAppSinkCallbacks callbacks = { .new_sample = on_sample };
  Output output = { 0 };
  GstElement *pipeline = gst_parse_launch (description, NULL);
  GstElement *source, *sink;
  GArray *ret = NULL;
  LiveFeed *feed;

  g_free (description);
  if (pipeline == NULL)
    return NULL;
  source = gst_bin_get_by_name (GST_BIN (pipeline), "in");
  sink = gst_bin_get_by_name (GST_BIN (pipeline), "out");
  output.ends = g_array_new (FALSE, FALSE, sizeof (gsize));
  output.times = g_array_new (FALSE, FALSE, sizeof (gint64));
  gst_app_sink_set_callbacks (GST_APP_SINK (sink), &callbacks, &output, NULL);

  if (gst_element_set_state (pipeline, GST_STATE_PLAYING) !=
      GST_STATE_CHANGE_FAILURE) {
    feed = live_feed_start (kind, source);
    g_usleep (seconds * G_USEC_PER_SEC);
    live_feed_stop (feed);
    gst_element_set_state (pipeline, GST_STATE_NULL);
    ret = compare_times (feed, &output, less_fill);
    live_feed_free (feed);
  }
  gst_element_set_state (pipeline, GST_STATE_NULL);
  g_array_unref (output.ends);
  g_array_unref (output.times);
  gst_object_unref (source);
  gst_object_unref (sink);
  gst_object_unref (pipeline);
  return ret;
}

static void
add_rows (BenchReport *report, GArray *ours, GArray *peer, guint block_ms,
    const gchar *framing)
{
  static const struct
  {
    const gchar *name;
    gdouble percent;
    gdouble goal;
  } percentiles[] = { { "p50", 50, GOAL_MS }, { "p99", 99, GOAL_MS },
    { "max", 100, NAN } };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (percentiles); i++) {
    gchar *params = g_strdup_printf ("block_duration_ms=%u framing=%s "
                                     "percentile=%s",
        block_ms, framing, percentiles[i].name);
    BenchRow row = { .name = "encode-decode-added",
      .params = params,
      .value = bench_percentile (ours, percentiles[i].percent),
      .unit = "ms",
      .rounds = ours->len,
      .low = bench_percentile (ours, 0),
      .high = bench_percentile (ours, 100),
      .peer = "identity",
      .peer_value = bench_percentile (peer, percentiles[i].percent),
      .goal = percentiles[i].goal };

    bench_report_add (report, &row);
    g_free (params);
  }
}

void
latency_added_measure (BenchReport *report, guint seconds)
{
  static const guint blocks_ms[] = { 50, 200, 1000 };
  guint kind, i;

  for (kind = LIVE_FEED_PACKETS; kind <= LIVE_FEED_FRAMES; kind++) {
    const gchar *framing = kind == LIVE_FEED_PACKETS ? "raw" : "records";

    for (i = 0; i < G_N_ELEMENTS (blocks_ms); i++) {
      gchar *middle =
          g_strdup_printf ("fecencode framing=%s symbol-size=%u "
                           "max-hold=%" G_GUINT64_FORMAT
                           " block-duration=%" G_GUINT64_FORMAT " ! fecdecode",
              framing, SYMBOL_SIZE, MAX_HOLD_NS, blocks_ms[i] * GST_MSECOND);
      GArray *peer = measure (kind, "identity", 1, FALSE);
      GArray *ours = measure (kind, middle, seconds, TRUE);

      if (ours == NULL || ours->len == 0)
        g_printerr ("nothing came out of \"%s\"\n", middle);
      else
        add_rows (report, ours, peer, blocks_ms[i], framing);
      g_clear_pointer (&ours, g_array_unref);
      g_clear_pointer (&peer, g_array_unref);
      g_free (middle);
    }
  }
}
