/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * livefeed.h: feeds an appsrc in real time with synthetic media of a constant
 * bitrate, and remembers when each buffer entered. No encoder is at work, so
 * that nothing but the measured pipeline takes time.
 */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

typedef enum
{
  LIVE_FEED_PACKETS, /**< 1316 bytes at even intervals, as MPEG-TS */
  LIVE_FEED_FRAMES, /**< 30 frames a second, each of the same size */
} LiveFeedKind;

#define LIVE_FEED_BITRATE 5000000

typedef struct _LiveFeed LiveFeed;

/** Starts a thread that pushes into @appsrc (its caps are set) until it is stopped. */
LiveFeed *live_feed_start (LiveFeedKind kind, GstElement *appsrc);
/** Stops pushing; what was noted stays. */
void live_feed_stop (LiveFeed *feed);
void live_feed_free (LiveFeed *feed);

/** Bytes of each buffer, and time from one to the next in microseconds. */
gsize live_feed_buffer_size (const LiveFeed *feed);
gdouble live_feed_interval_us (const LiveFeed *feed);
/** How many buffers were pushed; only after stop. */
guint live_feed_count (const LiveFeed *feed);
/** When buffer @index was pushed, monotonic nanoseconds; only after stop. */
gint64 live_feed_time (const LiveFeed *feed, guint index);

/** The monotonic clock in nanoseconds. */
gint64 live_feed_now (void);

G_END_DECLS
