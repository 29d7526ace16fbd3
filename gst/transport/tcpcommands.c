/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tcpcommands.c: what other threads want the TCP port's thread to do: who gets what. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "transport/tcpport-private.h"

/* Packets for one client alone that wait to be sent. */
#define MAX_SENDS 1024

static void
clear_command (gpointer data)
{
  GstFecTcpCommand *command = data;

  g_clear_pointer (&command->channel, gst_fec_tcp_channel_unref);
  g_clear_pointer (&command->frame, g_bytes_unref);
  g_clear_pointer (&command->ring, gst_fec_packet_ring_unref);
}

GArray *
gst_fec_tcp_commands_new (void)
{
  GArray *commands = g_array_new (FALSE, FALSE, sizeof (GstFecTcpCommand));

  g_array_set_clear_func (commands, clear_command);
  return commands;
}

static void
add_command (GstFecTcpPort *port, GstFecTcpCommandKind kind,
    GstFecTcpChannel *channel, const GstFecAddress *client)
{
  GstFecTcpCommand command = {
    .kind = kind,
    .client = *client,
    .channel = gst_fec_tcp_channel_ref (channel),
  };
  gboolean running;

  if (kind == GST_FEC_TCP_JOIN) {
    command.ring = gst_fec_tcp_channel_ref_ring (channel);
    command.head = gst_fec_packet_ring_get_head (command.ring);
  }

  g_mutex_lock (&port->lock);
  running = atomic_load (&port->running);
  if (running)
    g_array_append_val (port->commands, command);
  g_mutex_unlock (&port->lock);
  if (running)
    gst_fec_tcp_port_wake_thread (port);
  else
    clear_command (&command);
}

void
gst_fec_tcp_port_join (
    GstFecTcpPort *port, GstFecTcpChannel *channel, const GstFecAddress *client)
{
  add_command (port, GST_FEC_TCP_JOIN, channel, client);
}

void
gst_fec_tcp_port_leave (
    GstFecTcpPort *port, GstFecTcpChannel *channel, const GstFecAddress *client)
{
  add_command (port, GST_FEC_TCP_LEAVE, channel, client);
}

gboolean
gst_fec_tcp_port_send (GstFecTcpPort *port, const GstFecAddress *client,
    const guint8 *packet, gsize size)
{
  guint8 *frame =
      g_malloc (GST_FEC_FRAME_HEADER + size + GST_FEC_FRAME_TRAILER);
  gsize frame_size = gst_fec_frame_write_packet (packet, size, frame);
  GstFecTcpCommand command = {
    .kind = GST_FEC_TCP_SEND,
    .client = *client,
    .frame = g_bytes_new_take (frame, frame_size),
  };
  gboolean ok;

  g_mutex_lock (&port->lock);
  ok = port->n_sends < MAX_SENDS && atomic_load (&port->running);
  if (ok) {
    port->n_sends++;
    g_array_append_val (port->commands, command);
  }
  g_mutex_unlock (&port->lock);
  if (ok)
    gst_fec_tcp_port_wake_thread (port);
  else
    clear_command (&command);
  return ok;
}

static void
send_frame (GstFecTcpPort *port, GstFecTcpConnection *connection, GBytes *bytes,
    gint64 now)
{
  gsize size;
  const guint8 *frame = g_bytes_get_data (bytes, &size);

  if (connection->blocked || connection->broken)
    return;
  gst_fec_tcp_fanout_send (port->fanout, connection, frame, size, now);
  if (connection->blocked || connection->broken)
    g_ptr_array_add (port->changed, connection);
}

static void
run_command (GstFecTcpPort *port, const GstFecTcpCommand *command, gint64 now)
{
  GstFecTcpConnection *connection =
      g_hash_table_lookup (port->connections, &command->client);

  if (connection == NULL)
    return;
  switch (command->kind) {
    case GST_FEC_TCP_JOIN:
      gst_fec_tcp_fanout_join (port->fanout, command->channel, connection,
          command->ring, command->head);
      break;
    case GST_FEC_TCP_LEAVE:
      gst_fec_tcp_fanout_leave (port->fanout, command->channel, connection);
      break;
    case GST_FEC_TCP_SEND:
      send_frame (port, connection, command->frame, now);
      break;
  }
}

void
gst_fec_tcp_port_run_commands (GstFecTcpPort *port)
{
  gint64 now;
  GArray *commands;
  guint i;

  g_mutex_lock (&port->lock);
  commands = port->commands;
  if (commands->len > 0)
    port->commands = gst_fec_tcp_commands_new ();
  port->n_sends = 0;
  g_mutex_unlock (&port->lock);
  if (commands->len == 0)
    return;
  now = gst_fec_tcp_port_get_now (port);
  for (i = 0; i < commands->len; i++)
    run_command (port, &g_array_index (commands, GstFecTcpCommand, i), now);
  g_array_unref (commands);
}
