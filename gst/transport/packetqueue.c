/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* packetqueue.c: a queue of buffers under a lock. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "transport/packetqueue.h"

struct _GstFecPacketQueue
{
  GMutex lock;
  GCond changed;
  GQueue buffers;
  gsize bytes;
  gsize max_bytes;
  gboolean released;
  gboolean flushing;
  GstFlowReturn finished; /* GST_FLOW_OK: not yet */
};

GstFecPacketQueue *
gst_fec_packet_queue_new (gsize max_bytes)
{
  GstFecPacketQueue *queue = g_new0 (GstFecPacketQueue, 1);

  g_mutex_init (&queue->lock);
  g_cond_init (&queue->changed);
  g_queue_init (&queue->buffers);
  queue->max_bytes = max_bytes;
  queue->finished = GST_FLOW_OK;
  return queue;
}

static void
drop_oldest (GstFecPacketQueue *queue)
{
  GstBuffer *buffer = g_queue_pop_head (&queue->buffers);

  queue->bytes -= gst_buffer_get_size (buffer);
  gst_buffer_unref (buffer);
}

void
gst_fec_packet_queue_clear (GstFecPacketQueue *queue)
{
  g_mutex_lock (&queue->lock);
  while (!g_queue_is_empty (&queue->buffers))
    drop_oldest (queue);
  g_mutex_unlock (&queue->lock);
}

void
gst_fec_packet_queue_free (GstFecPacketQueue *queue)
{
  gst_fec_packet_queue_clear (queue);
  g_cond_clear (&queue->changed);
  g_mutex_clear (&queue->lock);
  g_free (queue);
}

guint
gst_fec_packet_queue_push (GstFecPacketQueue *queue, GstBuffer *buffer)
{
  guint dropped = 0;

  g_mutex_lock (&queue->lock);
  queue->bytes += gst_buffer_get_size (buffer);
  g_queue_push_tail (&queue->buffers, buffer);
  for (; queue->bytes > queue->max_bytes && queue->buffers.length > 1;
       dropped++)
    drop_oldest (queue);
  g_cond_signal (&queue->changed);
  g_mutex_unlock (&queue->lock);
  return dropped;
}

void
gst_fec_packet_queue_release (GstFecPacketQueue *queue)
{
  g_mutex_lock (&queue->lock);
  queue->released = TRUE;
  g_cond_broadcast (&queue->changed);
  g_mutex_unlock (&queue->lock);
}

void
gst_fec_packet_queue_finish (GstFecPacketQueue *queue, GstFlowReturn flow)
{
  g_mutex_lock (&queue->lock);
  if (queue->finished == GST_FLOW_OK)
    queue->finished = flow;
  g_cond_broadcast (&queue->changed);
  g_mutex_unlock (&queue->lock);
}

void
gst_fec_packet_queue_set_flushing (GstFecPacketQueue *queue, gboolean flushing)
{
  g_mutex_lock (&queue->lock);
  queue->flushing = flushing;
  g_cond_broadcast (&queue->changed);
  g_mutex_unlock (&queue->lock);
}

static GstBufferList *
take (GstFecPacketQueue *queue, guint max)
{
  guint i, n = MIN (queue->buffers.length, max);
  GstBufferList *list = gst_buffer_list_new_sized (n);

  for (i = 0; i < n; i++) {
    GstBuffer *buffer = g_queue_pop_head (&queue->buffers);

    queue->bytes -= gst_buffer_get_size (buffer);
    gst_buffer_list_add (list, buffer);
  }
  return list;
}

GstFlowReturn
gst_fec_packet_queue_pop (
    GstFecPacketQueue *queue, guint max, GstBufferList **list)
{
  GstFlowReturn flow = GST_FLOW_OK;

  g_mutex_lock (&queue->lock);
  for (;;) {
    gboolean empty = g_queue_is_empty (&queue->buffers);

    if (queue->flushing) {
      flow = GST_FLOW_FLUSHING;
      break;
    }
    if (!empty && (queue->released || queue->finished != GST_FLOW_OK)) {
      *list = take (queue, max);
      break;
    }
    if (queue->finished != GST_FLOW_OK) {
      flow = queue->finished;
      break;
    }
    g_cond_wait (&queue->changed, &queue->lock);
  }
  g_mutex_unlock (&queue->lock);
  return flow;
}
