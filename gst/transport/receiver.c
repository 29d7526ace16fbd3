/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* receiver.c: recvmmsg() into mapped buffers of a pool. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "transport/receiver.h"
#include "wire/alc.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

struct _GstFecReceiver
{
  guint packet_size;
  GstBufferPool *pool;
  gint wake_fd;
  gint fds[GST_FEC_RECEIVER_N_PORTS];
  gint stream_fd;
  gshort stream_events;
  GstBuffer *buffers[GST_FEC_RECEIVER_BATCH]; /* NULL: taken, to be filled up */
  GstMapInfo maps[GST_FEC_RECEIVER_BATCH];
  GstFecDatagram datagrams[GST_FEC_RECEIVER_BATCH];
};

static GstBufferPool *
new_pool (guint size)
{
  GstBufferPool *pool = gst_buffer_pool_new ();
  GstStructure *config = gst_buffer_pool_get_config (pool);

  gst_buffer_pool_config_set_params (
      config, NULL, size, GST_FEC_RECEIVER_BATCH, 0);
  gst_buffer_pool_set_config (pool, config);
  gst_buffer_pool_set_active (pool, TRUE);
  return pool;
}

GstFecReceiver *
gst_fec_receiver_new (guint packet_size)
{
  GstFecReceiver *receiver = g_new0 (GstFecReceiver, 1);
  guint i;

  receiver->packet_size = packet_size;
  receiver->pool = new_pool (packet_size);
  receiver->wake_fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  for (i = 0; i < GST_FEC_RECEIVER_N_PORTS; i++)
    receiver->fds[i] = -1;
  receiver->stream_fd = -1;
  return receiver;
}

static void
drop_buffers (GstFecReceiver *receiver)
{
  guint i;

  for (i = 0; i < GST_FEC_RECEIVER_BATCH; i++) {
    if (receiver->buffers[i] == NULL)
      continue;
    gst_buffer_unmap (receiver->buffers[i], &receiver->maps[i]);
    g_clear_pointer (&receiver->buffers[i], gst_buffer_unref);
  }
}

static void
drop_pool (GstFecReceiver *receiver)
{
  drop_buffers (receiver);
  gst_buffer_pool_set_active (receiver->pool, FALSE);
  g_clear_pointer (&receiver->pool, gst_object_unref);
}

void
gst_fec_receiver_free (GstFecReceiver *receiver)
{
  drop_pool (receiver);
  if (receiver->wake_fd >= 0)
    close (receiver->wake_fd);
  g_free (receiver);
}

void
gst_fec_receiver_set_socket (
    GstFecReceiver *receiver, GstFecReceiverPort port, gint fd)
{
  receiver->fds[port] = fd;
}

void
gst_fec_receiver_set_stream (GstFecReceiver *receiver, gint fd, gboolean write)
{
  receiver->stream_fd = fd;
  receiver->stream_events = write ? POLLIN | POLLOUT : POLLIN;
}

guint
gst_fec_receiver_wait (GstFecReceiver *receiver, gint64 deadline)
{
  struct pollfd pfds[GST_FEC_RECEIVER_N_PORTS + 2];
  gint64 left =
      deadline == G_MAXINT64 ? G_MAXINT64 : deadline - g_get_monotonic_time ();
  guint64 ignored;
  guint i, ports = 0;
  gint timeout;

  /* Negative descriptors are skipped by poll(). */
  for (i = 0; i < GST_FEC_RECEIVER_N_PORTS; i++)
    pfds[i] = (struct pollfd){ .fd = receiver->fds[i], .events = POLLIN };
  pfds[i++] = (struct pollfd){ .fd = receiver->wake_fd, .events = POLLIN };
  pfds[i] = (struct pollfd){ .fd = receiver->stream_fd,
    .events = receiver->stream_events };

  timeout = left <= 0 ? 0 : (gint) MIN (left / 1000 + 1, 3600 * 1000);
  if (poll (pfds, G_N_ELEMENTS (pfds), timeout) <= 0)
    return 0;
  if ((pfds[GST_FEC_RECEIVER_N_PORTS].revents & POLLIN) != 0 &&
      read (receiver->wake_fd, &ignored, sizeof (ignored)) < 0)
    return 0;
  for (i = 0; i < GST_FEC_RECEIVER_N_PORTS; i++) {
    if (pfds[i].revents != 0)
      ports |= 1u << i;
  }
  if (pfds[GST_FEC_RECEIVER_N_PORTS + 1].revents != 0)
    ports |= GST_FEC_RECEIVER_STREAM;
  return ports;
}

void
gst_fec_receiver_wake (GstFecReceiver *receiver)
{
  const guint64 one = 1;

  /* Fails only when it is readable already. */
  if (write (receiver->wake_fd, &one, sizeof (one)) < 0)
    return;
}

/* Fills up the buffers; returns how many there are in a row. */
static guint
fill_buffers (GstFecReceiver *receiver)
{
  guint i;

  for (i = 0; i < GST_FEC_RECEIVER_BATCH; i++) {
    GstBuffer *buffer = NULL;

    if (receiver->buffers[i] != NULL)
      continue;
    if (gst_buffer_pool_acquire_buffer (receiver->pool, &buffer, NULL) !=
        GST_FLOW_OK)
      break;
    if (!gst_buffer_map (buffer, &receiver->maps[i], GST_MAP_WRITE)) {
      gst_buffer_unref (buffer);
      break;
    }
    receiver->buffers[i] = buffer;
  }
  return i;
}

static void
grow (GstFecReceiver *receiver)
{
  drop_pool (receiver);
  receiver->packet_size = GST_FEC_ALC_MAX_PACKET;
  receiver->pool = new_pool (receiver->packet_size);
}

guint
gst_fec_receiver_read (GstFecReceiver *receiver, GstFecReceiverPort port,
    const GstFecDatagram **datagrams, gint *error)
{
  struct mmsghdr messages[GST_FEC_RECEIVER_BATCH];
  struct iovec iov[GST_FEC_RECEIVER_BATCH];
  guint i, n;
  gint ret;

  /* The batch that brought a truncated datagram was the last of the old size. */
  for (i = 0; i < GST_FEC_RECEIVER_BATCH; i++) {
    if (receiver->datagrams[i].truncated) {
      memset (receiver->datagrams, 0, sizeof (receiver->datagrams));
      if (receiver->packet_size < GST_FEC_ALC_MAX_PACKET)
        grow (receiver);
      break;
    }
  }

  n = fill_buffers (receiver);
  memset (messages, 0, n * sizeof (messages[0]));
  for (i = 0; i < n; i++) {
    iov[i].iov_base = receiver->maps[i].data;
    iov[i].iov_len = receiver->packet_size;
    messages[i].msg_hdr.msg_iov = &iov[i];
    messages[i].msg_hdr.msg_iovlen = 1;
  }
  ret = recvmmsg (receiver->fds[port], messages, n, MSG_DONTWAIT, NULL);
  if (ret < 0) {
    if (error != NULL)
      *error = errno;
    return 0;
  }
  for (i = 0; i < (guint) ret; i++) {
    receiver->datagrams[i].data = receiver->maps[i].data;
    receiver->datagrams[i].size = messages[i].msg_len;
    receiver->datagrams[i].truncated =
        (messages[i].msg_hdr.msg_flags & MSG_TRUNC) != 0;
  }
  *datagrams = receiver->datagrams;
  return ret;
}

GstBuffer *
gst_fec_receiver_take (GstFecReceiver *receiver, guint i)
{
  GstBuffer *buffer = g_steal_pointer (&receiver->buffers[i]);

  g_return_val_if_fail (buffer != NULL, NULL);
  gst_buffer_unmap (buffer, &receiver->maps[i]);
  gst_buffer_set_size (buffer, receiver->datagrams[i].size);
  return buffer;
}
