/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tcpport.h: the TCP side of a hub: a listening socket, the connections, and the thread "fec-tcp" that owns them all.
 * Control messages go to a callback and its answers back; packets come from tcpfanout.h. Bounded: the number of
 * connections, those of one address that have no session, the time they may be without one, and the memory of each (one
 * frame in, one out).
 */
#pragma once

#include "transport/tcpfanout.h"

G_BEGIN_DECLS

typedef struct _GstFecTcpPort GstFecTcpPort;

/** What connections may do; gst_fec_tcp_settings_init() fills in the defaults given here. */
typedef struct
{
  guint max_connections; /**< 5000; further ones are closed at once */
  guint
      max_waiting; /**< 64: without a session, of one IPv4 address or IPv6 /64 */
} GstFecTcpSettings;

void gst_fec_tcp_settings_init (GstFecTcpSettings *settings);

/** Whom the port serves; all are called from its thread, which waits for them. */
typedef struct
{
  /** The time that all limits go by, microseconds. */
  gint64 (*get_now) (gpointer user_data);
  /**
   * A control message came from @from to our address @to. Writes an answer of at most @max bytes to @reply and returns
   * its size, 0: none. *@has_session tells whether @from has a session now.
   */
  gsize (*message) (gpointer user_data, const guint8 *data, gsize size,
      const GstFecAddress *from, const GstFecAddress *to, guint8 *reply,
      gsize max, gboolean *has_session);
  gboolean (*has_session) (gpointer user_data, const GstFecAddress *client);
  /** The connection of @client is no more. */
  void (*closed) (gpointer user_data, const GstFecAddress *client);
} GstFecTcpCallbacks;

/** What became of the connections and their frames. */
typedef struct
{
  guint connections; /**< at present */
  guint64 accepted;
  guint64 refused; /**< closed at once: too many */
  guint64 timed_out; /**< closed: nothing useful came for too long */
  guint64 malformed; /**< closed: something came that was no control message */
  GstFecTcpFanoutCounters packets;
} GstFecTcpCounters;

/** A port that is not listening. */
GstFecTcpPort *gst_fec_tcp_port_new (
    const GstFecTcpCallbacks *callbacks, gpointer user_data);
/** Stops it. */
void gst_fec_tcp_port_free (GstFecTcpPort *port);

/** Takes over @listen_fd (tcpsocket.h) and starts the thread. */
void gst_fec_tcp_port_start (
    GstFecTcpPort *port, const GstFecTcpSettings *settings, gint listen_fd);
/** Ends the thread and closes all connections, which is told to nobody. Safe when not started; not from a callback. */
void gst_fec_tcp_port_stop (GstFecTcpPort *port);

/** The connection of @client gets @channel from now on; what is not there is ignored. From any thread. */
void gst_fec_tcp_port_join (GstFecTcpPort *port, GstFecTcpChannel *channel,
    const GstFecAddress *client);
/** It does not get it any more. From any thread. */
void gst_fec_tcp_port_leave (GstFecTcpPort *port, GstFecTcpChannel *channel,
    const GstFecAddress *client);
/**
 * Sends one packet to the connection of @client alone, unless it is blocked then; FALSE when too many wait for that
 * already. From any thread.
 */
gboolean gst_fec_tcp_port_send (GstFecTcpPort *port,
    const GstFecAddress *client, const guint8 *packet, gsize size);
/** Says that a ring has something new or that the time has moved. Never waits. */
void gst_fec_tcp_port_wake (GstFecTcpPort *port);
void gst_fec_tcp_port_get_counters (
    GstFecTcpPort *port, GstFecTcpCounters *counters);

G_END_DECLS
