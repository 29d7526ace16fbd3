/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* countedmedia.c: media whose every word tells its place; see countedmedia.h. */
#include "countedmedia.h"

#include <string.h>

struct _CountedFeed
{
  GstElement *appsrc;
  GThread *thread;
  guint64 next; /* of the thread */
  gint sent; /* atomic */
  gint end; /* atomic: number of buffers after which to end, 0: none yet */
  gint quit; /* atomic */
};

static GstFlowReturn
push_words (CountedFeed *feed)
{
  guint64 words[COUNTED_WORDS];
  GstFlowReturn flow = GST_FLOW_OK;
  GstBuffer *buffer;

  for (guint i = 0; i < COUNTED_WORDS; i++)
    words[i] = GUINT64_TO_BE (feed->next++);
  buffer = gst_buffer_new_memdup (words, sizeof words);
  g_signal_emit_by_name (feed->appsrc, "push-buffer", buffer, &flow);
  gst_buffer_unref (buffer);
  return flow;
}

static gboolean
goes_on (CountedFeed *feed)
{
  gint end = g_atomic_int_get (&feed->end);

  return !g_atomic_int_get (&feed->quit) &&
      (end == 0 || g_atomic_int_get (&feed->sent) < end);
}

static gpointer
run (gpointer user_data)
{
  CountedFeed *feed = user_data;
  gint64 next = g_get_monotonic_time ();
  GstFlowReturn flow;

  while (goes_on (feed) && push_words (feed) == GST_FLOW_OK) {
    g_atomic_int_inc (&feed->sent);
    next += G_USEC_PER_SEC / COUNTED_RATE;
    g_usleep ((gulong) MAX (next - g_get_monotonic_time (), 1));
  }
  g_signal_emit_by_name (feed->appsrc, "end-of-stream", &flow);
  return NULL;
}

CountedFeed *
counted_feed_start (GstElement *pipeline, const gchar *name, guint64 first)
{
  CountedFeed *feed = g_new0 (CountedFeed, 1);

  feed->appsrc = gst_bin_get_by_name (GST_BIN (pipeline), name);
  feed->next = first;
  feed->thread = g_thread_new (name, run, feed);
  return feed;
}

guint
counted_feed_sent (CountedFeed *feed)
{
  return (guint) g_atomic_int_get (&feed->sent);
}

void
counted_feed_end (CountedFeed *feed, guint more)
{
  g_atomic_int_set (
      &feed->end, g_atomic_int_get (&feed->sent) + MAX ((gint) more, 1));
}

guint64
counted_feed_free (CountedFeed *feed)
{
  guint64 last;

  if (g_atomic_int_get (&feed->end) == 0)
    g_atomic_int_set (&feed->quit, TRUE);
  g_thread_join (feed->thread);
  last = feed->next - 1;
  gst_object_unref (feed->appsrc);
  g_free (feed);
  return last;
}

struct _CountedOutput
{
  GstPad *pad;
  gulong probe;
  GMutex lock;
  GByteArray *bytes;
};

static gboolean
append (GstBuffer **buffer, guint index, gpointer user_data)
{
  CountedOutput *output = user_data;
  GstMapInfo map;

  gst_buffer_map (*buffer, &map, GST_MAP_READ);
  g_mutex_lock (&output->lock);
  g_byte_array_append (output->bytes, map.data, map.size);
  g_mutex_unlock (&output->lock);
  gst_buffer_unmap (*buffer, &map);
  return TRUE;
}

static GstPadProbeReturn
on_media (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  GstBuffer *buffer;

  if (GST_PAD_PROBE_INFO_TYPE (info) & GST_PAD_PROBE_TYPE_BUFFER_LIST) {
    gst_buffer_list_foreach (
        gst_pad_probe_info_get_buffer_list (info), append, user_data);
  } else {
    buffer = gst_pad_probe_info_get_buffer (info);
    append (&buffer, 0, user_data);
  }
  return GST_PAD_PROBE_OK;
}

CountedOutput *
counted_output_new (GstPad *pad)
{
  CountedOutput *output = g_new0 (CountedOutput, 1);

  g_mutex_init (&output->lock);
  output->bytes = g_byte_array_new ();
  output->pad = gst_object_ref (pad);
  output->probe = gst_pad_add_probe (pad,
      GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST, on_media,
      output, NULL);
  return output;
}

void
counted_output_free (CountedOutput *output)
{
  gst_pad_remove_probe (output->pad, output->probe);
  gst_object_unref (output->pad);
  g_byte_array_unref (output->bytes);
  g_mutex_clear (&output->lock);
  g_free (output);
}

guint64
counted_output_words (CountedOutput *output)
{
  guint64 words;

  g_mutex_lock (&output->lock);
  words = output->bytes->len / sizeof (guint64);
  g_mutex_unlock (&output->lock);
  return words;
}

gboolean
counted_output_is_whole (CountedOutput *output, guint64 last, const gchar *name)
{
  guint64 n = counted_output_words (output), word = 0, before = 0;
  gboolean whole = TRUE;

  g_mutex_lock (&output->lock);
  for (guint64 i = 0; i < n && whole; i++) {
    memcpy (&word, output->bytes->data + i * sizeof word, sizeof word);
    word = GUINT64_FROM_BE (word);
    whole = i == 0 || word == before + 1;
    if (!whole)
      g_printerr ("%s: word %" G_GUINT64_FORMAT " follows %" G_GUINT64_FORMAT
                  "\n",
          name, word, before);
    before = word;
  }
  g_mutex_unlock (&output->lock);
  if (whole && (n == 0 || word != last)) {
    g_printerr ("%s: the last word is %" G_GUINT64_FORMAT
                ", not %" G_GUINT64_FORMAT "\n",
        name, word, last);
    whole = FALSE;
  }
  return whole;
}
