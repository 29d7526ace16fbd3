/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * countedmedia.h: media whose every word tells its place: big-endian words of 64 bits that count up, about 5 Mbit/s in
 * real time, raw. A hole or a repetition in what a receiver plays is seen at once. Knows GStreamer only.
 */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/** Buffers a second, and words in one: a whole number of symbols of 1344 bytes has a whole number of words. */
#define COUNTED_RATE 500
#define COUNTED_WORDS 164

typedef struct _CountedFeed CountedFeed;

/** Feeds the appsrc @name of @pipeline, which has to play, from a thread, words from @first on. */
CountedFeed *counted_feed_start (
    GstElement *pipeline, const gchar *name, guint64 first);
/** How many buffers were fed. */
guint counted_feed_sent (CountedFeed *feed);
/** Ends the stream after @more further buffers; returns at once. */
void counted_feed_end (CountedFeed *feed, guint more);
/** Waits for the end (which comes at once when none was asked for) and frees; returns the last word. */
guint64 counted_feed_free (CountedFeed *feed);

typedef struct _CountedOutput CountedOutput;

/** Looks at all buffers that pass @pad. */
CountedOutput *counted_output_new (GstPad *pad);
void counted_output_free (CountedOutput *output);
/** Whole words that came. */
guint64 counted_output_words (CountedOutput *output);
/** Whether every word followed the one before and @last came last. Prints what is wrong, under @name. */
gboolean counted_output_is_whole (
    CountedOutput *output, guint64 last, const gchar *name);

G_END_DECLS
