/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * linetcp.c: a line's connection by TCP: connecting, frames out, frames in; never waits. Memory is bounded by one frame
 * in and some requests out.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "transport/line-private.h"
#include "wire/control.h"
#include "wire/frame.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

GST_DEBUG_CATEGORY_EXTERN (fec_subscriber_debug);
#define GST_CAT_DEFAULT fec_subscriber_debug

/* Bytes read at once; a frame fits. */
#define READ_SIZE (2 * GST_FEC_FRAME_MAX)
/* Requests that wait for the socket at most; what is beyond is asked again. */
#define MOST_OUT (16 * GST_FEC_CONTROL_MAX_SIZE)

static void
watch (GstFecLine *self)
{
  gst_fec_receiver_set_stream (self->receiver, self->tcp.fd,
      !self->tcp.connected || self->tcp.out->len > 0);
}

void
gst_fec_line_tcp_open (GstFecLine *self, gint64 now)
{
  struct sockaddr_storage native;
  GSocketAddress *address = self->address->data;
  gssize size = g_socket_address_get_native_size (address);
  const gint yes = 1;
  gint fd;

  gst_fec_line_tcp_close (self);
  if (!g_socket_address_to_native (address, &native, sizeof (native), NULL))
    return;
  fd = socket (native.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0 ||
      (connect (fd, (struct sockaddr *) &native, size) < 0 &&
          errno != EINPROGRESS)) {
    self->last_errno = errno;
    if (fd >= 0)
      close (fd);
    return;
  }
  if (setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof (yes)) < 0)
    GST_DEBUG ("TCP_NODELAY: %s", g_strerror (errno));
  self->tcp.fd = fd;
  self->tcp.since = now;
  watch (self);
}

void
gst_fec_line_tcp_close (GstFecLine *self)
{
  gst_fec_receiver_set_stream (self->receiver, -1, FALSE);
  if (self->tcp.fd >= 0)
    close (self->tcp.fd);
  self->tcp.fd = -1;
  self->tcp.connected = FALSE;
  g_byte_array_set_size (self->tcp.in, 0);
  g_byte_array_set_size (self->tcp.out, 0);
}

static gboolean
send_waiting (GstFecLine *self)
{
  GstFecLineTcp *tcp = &self->tcp;
  gssize sent;

  if (tcp->out->len == 0)
    return TRUE;
  sent = send (
      tcp->fd, tcp->out->data, tcp->out->len, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent > 0)
    g_byte_array_remove_range (tcp->out, 0, (guint) sent);
  if (sent < 0 && errno != EAGAIN && errno != EINTR) {
    self->last_errno = errno;
    return FALSE;
  }
  return TRUE;
}

void
gst_fec_line_tcp_send (GstFecLine *self, const guint8 *data, gsize size)
{
  guint8 frame[GST_FEC_FRAME_HEADER + GST_FEC_CONTROL_MAX_SIZE];
  gsize frame_size;

  if (self->tcp.fd < 0 || size > GST_FEC_CONTROL_MAX_SIZE ||
      self->tcp.out->len > MOST_OUT)
    return;
  frame_size = gst_fec_frame_write_control (data, size, frame);
  g_byte_array_append (self->tcp.out, frame, (guint) frame_size);
  /* An error shows when the socket is served. */
  if (self->tcp.connected)
    send_waiting (self);
  watch (self);
}

static gboolean
finish_connecting (GstFecLine *self)
{
  gint error = 0;
  socklen_t size = sizeof (error);
  struct sockaddr_storage peer;
  socklen_t peer_size = sizeof (peer);

  if (getsockopt (self->tcp.fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
    error = errno;
  if (error != 0) {
    self->last_errno = error;
    return FALSE;
  }
  /* Not yet, and nothing wrong either. */
  if (getpeername (self->tcp.fd, (struct sockaddr *) &peer, &peer_size) < 0)
    return TRUE;
  GST_DEBUG ("connected by TCP");
  self->tcp.connected = TRUE;
  return TRUE;
}

static void
take_packet (GstFecLine *self, const guint8 *payload, gsize size, gint64 now)
{
  GstBuffer *buffer = gst_buffer_new_memdup (payload, size);

  gst_fec_line_take_packet (self, GST_FEC_LINE_TCP, buffer, now);
}

static void
count_damaged (GstFecLine *self)
{
  g_mutex_lock (&self->lock);
  self->counters.damaged++;
  g_mutex_unlock (&self->lock);
}

/* Handles the whole frames that are there; the rest waits for more. */
static void
take_frames (GstFecLine *self, gint64 now)
{
  gsize at = 0, payload_size, consumed;
  const guint8 *payload;
  GstFecFrameKind kind;

  /* What is done with a frame may close the connection. */
  while (!self->over && self->tcp.fd >= 0 && at < self->tcp.in->len) {
    kind = gst_fec_frame_read (self->tcp.in->data + at, self->tcp.in->len - at,
        &payload, &payload_size, &consumed);
    if (kind == GST_FEC_FRAME_NONE)
      break;
    at += consumed;
    if (kind == GST_FEC_FRAME_CONTROL)
      gst_fec_line_take_control (self, payload, payload_size, now);
    else if (kind == GST_FEC_FRAME_PACKET)
      take_packet (self, payload, payload_size, now);
    else if (kind == GST_FEC_FRAME_DAMAGED)
      count_damaged (self);
  }
  if (at > 0 && at <= self->tcp.in->len)
    g_byte_array_remove_range (self->tcp.in, 0, (guint) at);
}

/* Reads what there is, but lets other sockets have their turn. */
static gboolean
receive (GstFecLine *self, gint64 now)
{
  GByteArray *in = self->tcp.in;
  guint before = in->len;
  gssize got;

  g_byte_array_set_size (in, READ_SIZE);
  got =
      recv (self->tcp.fd, in->data + before, READ_SIZE - before, MSG_DONTWAIT);
  g_byte_array_set_size (in, before + (guint) MAX (got, 0));
  if (got == 0) {
    self->last_errno = ECONNRESET;
    return FALSE;
  }
  if (got < 0 && errno != EAGAIN && errno != EINTR) {
    self->last_errno = errno;
    return FALSE;
  }
  take_frames (self, now);
  return TRUE;
}

gboolean
gst_fec_line_tcp_serve (GstFecLine *self, gint64 now)
{
  gboolean alive = TRUE;

  if (self->tcp.fd < 0)
    return FALSE;
  if (!self->tcp.connected)
    alive = finish_connecting (self);
  if (alive && self->tcp.connected)
    alive = send_waiting (self) && receive (self, now);
  if (!alive) {
    GST_INFO ("%s:%u by TCP: %s", self->settings.host, self->settings.port,
        g_strerror (self->last_errno));
    gst_fec_line_tcp_close (self);
    return FALSE;
  }
  if (self->tcp.fd >= 0)
    watch (self);
  return TRUE;
}
