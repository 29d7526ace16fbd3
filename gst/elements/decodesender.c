/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * decodesender.c: a queue and a thread behind it.
 *
 * The thread is a task of its own, not the pad's: that one would hold the pad's
 * STREAM_LOCK while it waits, and those who link pads take that lock.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "decodesender.h"

struct _GstFecDecodeSender
{
  GstPad *pad;
  GstTask *task;
  GRecMutex task_lock;

  GMutex lock; /* what follows */
  GCond changed;
  GQueue queue; /* of GstMiniObject */
  guint64 bytes; /* in the queue */
  guint64 limit;
  gboolean queued; /* things go through the queue */
  gboolean flushing;
  gboolean pushing; /* the thread is in a push */
  GstFlowReturn flow;
};

static guint64
size_of (GstMiniObject *object)
{
  if (GST_IS_BUFFER (object))
    return gst_buffer_get_size (GST_BUFFER_CAST (object));
  if (GST_IS_BUFFER_LIST (object))
    return gst_buffer_list_calculate_size (GST_BUFFER_LIST_CAST (object));
  return 0;
}

static GstFlowReturn
push (GstFecDecodeSender *sender, GstMiniObject *object)
{
  if (GST_IS_BUFFER (object))
    return gst_pad_push (sender->pad, GST_BUFFER_CAST (object));
  if (GST_IS_BUFFER_LIST (object))
    return gst_pad_push_list (sender->pad, GST_BUFFER_LIST_CAST (object));
  gst_pad_push_event (sender->pad, GST_EVENT_CAST (object));
  return GST_FLOW_OK;
}

/* Waits for the next thing to push; NULL: it was told to end. */
static GstMiniObject *
take (GstFecDecodeSender *sender)
{
  GstMiniObject *object;

  while (!(object = g_queue_pop_head (&sender->queue))) {
    if (gst_task_get_state (sender->task) != GST_TASK_STARTED)
      return NULL;
    g_cond_wait (&sender->changed, &sender->lock);
  }
  sender->bytes -= size_of (object);
  return object;
}

static void
sender_loop (gpointer user_data)
{
  GstFecDecodeSender *sender = user_data;
  GstMiniObject *object;
  GstFlowReturn flow;

  g_mutex_lock (&sender->lock);
  object = take (sender);
  if (object) {
    sender->pushing = TRUE;
    g_mutex_unlock (&sender->lock);
    flow = push (sender, object);
    g_mutex_lock (&sender->lock);
    sender->pushing = FALSE;
    if (flow != GST_FLOW_OK)
      sender->flow = flow;
    g_cond_broadcast (&sender->changed);
  }
  g_mutex_unlock (&sender->lock);
}

GstFecDecodeSender *
gst_fec_decode_sender_new (GstPad *pad)
{
  GstFecDecodeSender *sender = g_new0 (GstFecDecodeSender, 1);

  sender->pad = pad;
  sender->flushing = TRUE;
  g_mutex_init (&sender->lock);
  g_cond_init (&sender->changed);
  g_queue_init (&sender->queue);
  g_rec_mutex_init (&sender->task_lock);
  sender->task = gst_task_new (sender_loop, sender, NULL);
  gst_task_set_lock (sender->task, &sender->task_lock);
  return sender;
}

static void
drop (GstFecDecodeSender *sender)
{
  g_queue_clear_full (&sender->queue, (GDestroyNotify) gst_mini_object_unref);
  sender->bytes = 0;
}

void
gst_fec_decode_sender_free (GstFecDecodeSender *sender)
{
  drop (sender);
  gst_object_unref (sender->task);
  g_rec_mutex_clear (&sender->task_lock);
  g_cond_clear (&sender->changed);
  g_mutex_clear (&sender->lock);
  g_free (sender);
}

void
gst_fec_decode_sender_start (GstFecDecodeSender *sender)
{
  gst_fec_decode_sender_set_flushing (sender, FALSE);
  gst_task_start (sender->task);
}

void
gst_fec_decode_sender_stop (GstFecDecodeSender *sender)
{
  gst_task_stop (sender->task);
  gst_fec_decode_sender_set_flushing (sender, TRUE);
  gst_task_join (sender->task);
}

void
gst_fec_decode_sender_set_flushing (
    GstFecDecodeSender *sender, gboolean flushing)
{
  g_mutex_lock (&sender->lock);
  drop (sender);
  sender->flushing = flushing;
  if (!flushing) {
    /* What a push of before returns is not the flow of what comes. */
    while (sender->pushing)
      g_cond_wait (&sender->changed, &sender->lock);
    sender->queued = FALSE;
    sender->flow = GST_FLOW_OK;
  }
  g_cond_broadcast (&sender->changed);
  g_mutex_unlock (&sender->lock);
}

void
gst_fec_decode_sender_set_limit (GstFecDecodeSender *sender, guint64 bytes)
{
  g_mutex_lock (&sender->lock);
  if (bytes > 0) {
    sender->limit = bytes;
    sender->queued = TRUE;
  }
  g_mutex_unlock (&sender->lock);
}

/* Called with the lock. */
static GstFlowReturn
enqueue (GstFecDecodeSender *sender, GstMiniObject *object)
{
  while (!sender->flushing && sender->flow == GST_FLOW_OK &&
      sender->bytes > sender->limit)
    g_cond_wait (&sender->changed, &sender->lock);
  if (sender->flushing || sender->flow != GST_FLOW_OK) {
    gst_mini_object_unref (object);
    return sender->flushing ? GST_FLOW_FLUSHING : sender->flow;
  }
  sender->bytes += size_of (object);
  g_queue_push_tail (&sender->queue, object);
  g_cond_broadcast (&sender->changed);
  return GST_FLOW_OK;
}

GstFlowReturn
gst_fec_decode_sender_send (GstFecDecodeSender *sender, GstMiniObject *object)
{
  GstFlowReturn flow;

  g_mutex_lock (&sender->lock);
  if (sender->queued) {
    flow = enqueue (sender, object);
    g_mutex_unlock (&sender->lock);
    return flow;
  }
  g_mutex_unlock (&sender->lock);
  return push (sender, object);
}
