/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tcpconnection.c: see tcpconnection.h. */
#include "transport/tcpconnection.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

GstFecTcpConnection *
gst_fec_tcp_connection_new (gint fd, const GstFecAddress *client,
    const GstFecAddress *local, gint64 now)
{
  GstFecTcpConnection *connection = g_new0 (GstFecTcpConnection, 1);

  connection->fd = fd;
  connection->client = *client;
  connection->local = *local;
  connection->accepted = connection->without_session = connection->sent = now;
  connection->subscriptions = g_ptr_array_new ();
  return connection;
}

void
gst_fec_tcp_connection_free (GstFecTcpConnection *connection)
{
  close (connection->fd);
  g_ptr_array_unref (connection->subscriptions);
  g_free (connection->in);
  g_free (connection->out);
  g_free (connection);
}

/* What the kernel took of @size bytes. */
static gsize
write_some (
    GstFecTcpConnection *connection, const guint8 *data, gsize size, gint64 now)
{
  gssize n;

  do {
    n = send (connection->fd, data, size, MSG_DONTWAIT | MSG_NOSIGNAL);
  } while (n < 0 && errno == EINTR);
  if (n < 0) {
    if (errno == EAGAIN || errno == EWOULDBLOCK)
      connection->blocked = TRUE;
    else
      connection->broken = TRUE;
    return 0;
  }
  connection->sent = now;
  connection->blocked = (gsize) n < size;
  return n;
}

guint
gst_fec_tcp_connection_send (GstFecTcpConnection *connection,
    const guint8 *data, gsize begin, const gsize *ends, guint n, gint64 now)
{
  gsize place = begin;
  guint i;

  place += write_some (connection, data + begin, ends[n - 1] - begin, now);
  for (i = 0; i < n && ends[i] <= place; i++)
    begin = ends[i];
  if (place > begin) {
    connection->out_size = ends[i] - place;
    connection->out_done = 0;
    connection->out = g_memdup2 (data + place, connection->out_size);
    i++;
  }
  return i;
}

void
gst_fec_tcp_connection_flush (GstFecTcpConnection *connection, gint64 now)
{
  connection->blocked = FALSE;
  if (connection->out == NULL)
    return;
  connection->out_done +=
      write_some (connection, connection->out + connection->out_done,
          connection->out_size - connection->out_done, now);
  if (connection->out_done == connection->out_size)
    g_clear_pointer (&connection->out, g_free);
}

gsize
gst_fec_tcp_connection_receive (GstFecTcpConnection *connection, guint8 *buffer)
{
  gsize size = connection->in_size;
  gssize n;

  if (size > 0)
    memcpy (buffer, connection->in, size);
  g_clear_pointer (&connection->in, g_free);
  connection->in_size = 0;
  if (size == GST_FEC_TCP_MAX_INPUT)
    return size;
  do {
    n = recv (connection->fd, buffer + size, GST_FEC_TCP_MAX_INPUT - size,
        MSG_DONTWAIT);
  } while (n < 0 && errno == EINTR);
  if (n > 0)
    return size + n;
  if (n == 0 || (errno != EAGAIN && errno != EWOULDBLOCK))
    connection->broken = TRUE;
  return size;
}

void
gst_fec_tcp_connection_keep_input (
    GstFecTcpConnection *connection, const guint8 *data, gsize size)
{
  if (size == 0)
    return;
  connection->in = g_memdup2 (data, size);
  connection->in_size = size;
}
