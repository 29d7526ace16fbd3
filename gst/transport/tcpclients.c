/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tcpclients.c: what the clients of the TCP port say, how long they may be silent, and their end. A connection is not
 * read while it is blocked: who does not take answers gets no more questions in.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "transport/tcpport-private.h"

#include <sys/epoll.h>

/* How long a connection may be there without a control message, without a session, and without a byte being sent. */
#define FIRST_MESSAGE_US (10 * G_USEC_PER_SEC)
#define SESSION_US (30 * G_USEC_PER_SEC)
#define ALIVE_US (10 * G_USEC_PER_SEC)

static void
count (_Atomic guint64 *counter)
{
  atomic_fetch_add_explicit (counter, 1, memory_order_relaxed);
}

static void
set_has_session (GstFecTcpPort *port, GstFecTcpConnection *connection,
    gboolean has_session, gint64 now)
{
  if (connection->has_session == has_session)
    return;
  connection->has_session = has_session;
  if (has_session) {
    gst_fec_tcp_waiting_remove (port->waiting, &connection->client);
  } else {
    gst_fec_tcp_waiting_add (port->waiting, &connection->client);
    connection->without_session = now;
  }
}

void
gst_fec_tcp_port_free_connection (
    GstFecTcpPort *port, GstFecTcpConnection *connection)
{
  while (g_ptr_array_remove_fast (port->changed, connection))
    ;
  g_hash_table_remove (port->connections, &connection->client);
  atomic_store (&port->n_connections, g_hash_table_size (port->connections));
  if (!connection->has_session)
    gst_fec_tcp_waiting_remove (port->waiting, &connection->client);
  gst_fec_tcp_fanout_leave_all (port->fanout, connection);
  gst_fec_tcp_connection_free (connection);
}

void
gst_fec_tcp_port_close_connection (
    GstFecTcpPort *port, GstFecTcpConnection *connection)
{
  GstFecAddress client = connection->client;
  gboolean proved = connection->proved;

  gst_fec_tcp_port_free_connection (port, connection);
  if (proved)
    port->callbacks.closed (port->user_data, &client);
  if (!port->accepting)
    gst_fec_tcp_port_watch_listener (port, TRUE);
}

/* Closes what is broken and waits for what the connection needs next. */
static void
settle (GstFecTcpPort *port, GstFecTcpConnection *connection)
{
  struct epoll_event event = { .data.ptr = connection };

  if (connection->broken) {
    gst_fec_tcp_port_close_connection (port, connection);
    return;
  }
  event.events = EPOLLRDHUP | (connection->blocked ? EPOLLOUT : EPOLLIN);
  if (event.events != connection->watched) {
    connection->watched = event.events;
    epoll_ctl (port->epoll_fd, EPOLL_CTL_MOD, connection->fd, &event);
  }
}

/* ---- What clients say --------------------------------------------------- */

static void
handle_message (GstFecTcpPort *port, GstFecTcpConnection *connection,
    const guint8 *data, gsize size)
{
  guint8 reply[GST_FEC_CONTROL_MAX_SIZE], frame[GST_FEC_TCP_MAX_INPUT];
  gboolean has_session = FALSE;
  gint64 now = gst_fec_tcp_port_get_now (port);
  gsize n;

  connection->proved = TRUE;
  n = port->callbacks.message (port->user_data, data, size, &connection->client,
      &connection->local, reply, sizeof (reply), &has_session);
  set_has_session (port, connection, has_session, now);
  /* Before the client knows: what is written then is for it too. An answer that is lost is asked for again. */
  gst_fec_tcp_port_run_commands (port);
  if (n > 0 && !connection->blocked && !connection->broken) {
    n = gst_fec_frame_write_control (reply, n, frame);
    gst_fec_tcp_connection_send (connection, frame, 0, &n, 1, now);
  }
}

/* Handles the first frame of @data. Returns its size, 0: it is not whole, or the connection is broken. */
static gsize
handle_frame (GstFecTcpPort *port, GstFecTcpConnection *connection,
    const guint8 *data, gsize size)
{
  GstFecControlMessage message;
  const guint8 *payload;
  gsize payload_size, consumed;

  switch (gst_fec_frame_read (data, size, &payload, &payload_size, &consumed)) {
    case GST_FEC_FRAME_NONE:
      /* The length is all that can be wrong yet. */
      if (size < GST_FEC_TCP_MAX_INPUT &&
          (size < GST_FEC_FRAME_HEADER ||
              (data[0] << 8 | data[1]) <= GST_FEC_CONTROL_MAX_SIZE))
        return 0;
      break;
    case GST_FEC_FRAME_ALIVE:
      return consumed;
    case GST_FEC_FRAME_CONTROL:
      if (gst_fec_control_parse (&message, payload, payload_size) ==
          GST_FEC_CONTROL_NOT_STUN)
        break;
      handle_message (port, connection, payload, payload_size);
      return consumed;
    default:
      break;
  }
  count (&port->malformed);
  connection->broken = TRUE;
  return 0;
}

static void
read_frames (GstFecTcpPort *port, GstFecTcpConnection *connection)
{
  guint8 buffer[GST_FEC_TCP_MAX_INPUT];
  gsize size = gst_fec_tcp_connection_receive (connection, buffer);
  gboolean ended = connection->broken;
  gsize done = 0, n;

  /* What came before the end counts. */
  connection->broken = FALSE;
  while (done < size && !connection->blocked && !connection->broken) {
    n = handle_frame (port, connection, buffer + done, size - done);
    if (n == 0)
      break;
    done += n;
  }
  connection->broken |= ended;
  gst_fec_tcp_connection_keep_input (connection, buffer + done, size - done);
}

void
gst_fec_tcp_port_handle_event (
    GstFecTcpPort *port, GstFecTcpConnection *connection, guint32 events)
{
  if ((events & EPOLLOUT) != 0)
    gst_fec_tcp_connection_flush (connection, gst_fec_tcp_port_get_now (port));
  if (!connection->blocked && !connection->broken)
    read_frames (port, connection);
  if ((events & (EPOLLERR | EPOLLHUP)) != 0 ||
      (connection->blocked && (events & EPOLLRDHUP) != 0))
    connection->broken = TRUE;
  settle (port, connection);
}

/* ---- Times -------------------------------------------------------------- */

static gboolean
is_over (GstFecTcpPort *port, GstFecTcpConnection *connection, gint64 now)
{
  if (!connection->proved)
    return now - connection->accepted >= FIRST_MESSAGE_US;
  if (connection->has_session)
    set_has_session (port, connection,
        port->callbacks.has_session (port->user_data, &connection->client),
        now);
  return !connection->has_session &&
      now - connection->without_session >= SESSION_US;
}

static void
keep_alive (GstFecTcpConnection *connection, gint64 now)
{
  static const guint8 frame[GST_FEC_FRAME_HEADER] = { 0 };
  const gsize size = sizeof (frame);

  if (!connection->blocked && now - connection->sent >= ALIVE_US)
    gst_fec_tcp_connection_send (connection, frame, 0, &size, 1, now);
}

/* Closes the connections whose time is over; tells the others that we are here. */
void
gst_fec_tcp_port_scan (GstFecTcpPort *port, gint64 now)
{
  GHashTableIter iter;
  GstFecTcpConnection *connection;

  port->scanned = now;
  g_hash_table_iter_init (&iter, port->connections);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &connection)) {
    if (is_over (port, connection, now)) {
      count (&port->timed_out);
      connection->broken = TRUE;
    } else {
      keep_alive (connection, now);
    }
    if (connection->broken || connection->blocked)
      g_ptr_array_add (port->changed, connection);
  }
  if (!port->accepting)
    gst_fec_tcp_port_watch_listener (port, TRUE);
}

void
gst_fec_tcp_port_settle_changed (GstFecTcpPort *port)
{
  while (port->changed->len > 0)
    settle (port,
        g_ptr_array_steal_index_fast (port->changed, port->changed->len - 1));
}
