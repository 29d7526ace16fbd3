/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * livefeed.c: pushes buffers at a steady pace and notes when.
 */
#include "livefeed.h"

#include <time.h>

#include <gst/app/gstappsrc.h>

#define PACKET_SIZE 1316
#define FRAMES_PER_SECOND 30
#define FRAMES_PER_KEY_FRAME 60

struct _LiveFeed
{
  LiveFeedKind kind;
  GstElement *appsrc;
  gsize size;
  gint64 interval_ns;
  GArray *times; /* of gint64 */
  gint stop; /* atomic */
  GThread *thread;
};

gint64
live_feed_now (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return now.tv_sec * G_GINT64_CONSTANT (1000000000) + now.tv_nsec;
}

static void
sleep_until (gint64 when)
{
  struct timespec time = { .tv_sec = when / GST_SECOND,
    .tv_nsec = when % GST_SECOND };

  while (clock_nanosleep (CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL) != 0)
    ;
}

static GstBuffer *
make_buffer (const LiveFeed *feed, guint index, GRand *random)
{
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, feed->size, NULL);
  GstMapInfo map;
  gsize i;

  gst_buffer_map (buffer, &map, GST_MAP_WRITE);
  for (i = 0; i + 4 <= map.size; i += 4)
    GST_WRITE_UINT32_LE (map.data + i, g_rand_int (random));
  gst_buffer_unmap (buffer, &map);

  GST_BUFFER_PTS (buffer) = index * feed->interval_ns;
  GST_BUFFER_DTS (buffer) = GST_BUFFER_PTS (buffer);
  GST_BUFFER_DURATION (buffer) = feed->interval_ns;
  if (feed->kind == LIVE_FEED_FRAMES && index % FRAMES_PER_KEY_FRAME != 0)
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DELTA_UNIT);
  return buffer;
}

static gpointer
run (gpointer data)
{
  LiveFeed *feed = data;
  gint64 start = live_feed_now ();
  GRand *random = g_rand_new_with_seed (1);
  guint i;

  for (i = 0; !g_atomic_int_get (&feed->stop); i++) {
    GstBuffer *buffer = make_buffer (feed, i, random);
    gint64 now;

    sleep_until (start + i * feed->interval_ns);
    now = live_feed_now ();
    g_array_append_val (feed->times, now);
    if (gst_app_src_push_buffer (GST_APP_SRC (feed->appsrc), buffer) !=
        GST_FLOW_OK)
      break;
  }
  g_rand_free (random);
  return NULL;
}

LiveFeed *
live_feed_start (LiveFeedKind kind, GstElement *appsrc)
{
  LiveFeed *feed = g_new0 (LiveFeed, 1);
  GstCaps *caps;

  feed->kind = kind;
  feed->appsrc = gst_object_ref (appsrc);
  feed->times = g_array_new (FALSE, FALSE, sizeof (gint64));
  if (kind == LIVE_FEED_PACKETS) {
    feed->size = PACKET_SIZE;
    caps = gst_caps_from_string ("video/mpegts,systemstream=true,"
                                 "packetsize=188");
  } else {
    feed->size = LIVE_FEED_BITRATE / 8 / FRAMES_PER_SECOND / 4 * 4;
    caps = gst_caps_from_string (
        "video/x-h264,stream-format=byte-stream,"
        "alignment=au,width=640,height=360,framerate=30/1");
  }
  feed->interval_ns =
      gst_util_uint64_scale (feed->size * 8, GST_SECOND, LIVE_FEED_BITRATE);
  gst_app_src_set_caps (GST_APP_SRC (appsrc), caps);
  gst_caps_unref (caps);
  feed->thread = g_thread_new ("live-feed", run, feed);
  return feed;
}

void
live_feed_stop (LiveFeed *feed)
{
  if (feed->thread == NULL)
    return;
  g_atomic_int_set (&feed->stop, TRUE);
  g_thread_join (feed->thread);
  feed->thread = NULL;
}

void
live_feed_free (LiveFeed *feed)
{
  live_feed_stop (feed);
  g_array_unref (feed->times);
  gst_object_unref (feed->appsrc);
  g_free (feed);
}

gsize
live_feed_buffer_size (const LiveFeed *feed)
{
  return feed->size;
}

gdouble
live_feed_interval_us (const LiveFeed *feed)
{
  return feed->interval_ns / 1000.0;
}

guint
live_feed_count (const LiveFeed *feed)
{
  return feed->times->len;
}

gint64
live_feed_time (const LiveFeed *feed, guint index)
{
  return g_array_index (feed->times, gint64, index);
}
