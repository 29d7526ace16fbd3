/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tcpport-private.h: what the files of the TCP port share: tcpport.c (start, stop, the thread, new connections),
 * tcpcommands.c (what other threads want) and tcpclients.c (what becomes of a connection).
 */
#pragma once

#include "transport/tcpport.h"
#include "transport/tcpwaiting.h"

#include <stdatomic.h>

G_BEGIN_DECLS

typedef enum
{
  GST_FEC_TCP_JOIN,
  GST_FEC_TCP_LEAVE,
  GST_FEC_TCP_SEND,
} GstFecTcpCommandKind;

typedef struct
{
  GstFecTcpCommandKind kind;
  GstFecAddress client;
  GstFecTcpChannel *channel; /* NULL: GST_FEC_TCP_SEND */
  GBytes *frame; /* of GST_FEC_TCP_SEND, else NULL */
  /* of GST_FEC_TCP_JOIN: the channel's ring and its head when it was said */
  GstFecPacketRing *ring;
  GstFecRingPosition head;
} GstFecTcpCommand;

struct _GstFecTcpPort
{
  GstFecTcpCallbacks callbacks;
  gpointer user_data;
  GstFecTcpFanout *fanout;
  gint wake_fd;
  _Atomic gint woken;
  _Atomic gint running;
  GThread *thread;

  GMutex lock; /* guards the next two */
  GArray *commands; /* GstFecTcpCommand */
  guint n_sends; /* among them */

  /* of the thread */
  GstFecTcpSettings settings;
  gint epoll_fd;
  gint listen_fd;
  gboolean accepting; /* FALSE: there were no descriptors */
  GHashTable *connections; /* GstFecAddress -> GstFecTcpConnection */
  GstFecTcpWaiting *waiting;
  GPtrArray *changed; /* connections whose events are to be set */
  gint64 scanned;

  _Atomic guint n_connections;
  _Atomic guint64 accepted;
  _Atomic guint64 refused;
  _Atomic guint64 timed_out;
  _Atomic guint64 malformed;
};

/** The port's time. */
gint64 gst_fec_tcp_port_get_now (GstFecTcpPort *port);
/** Makes the thread look around, whether there are connections or not. */
void gst_fec_tcp_port_wake_thread (GstFecTcpPort *port);

/* ---- tcpcommands.c ---- */

/** An empty array of GstFecTcpCommand. */
GArray *gst_fec_tcp_commands_new (void);

/* ---- For the thread alone ---- */

/** Does what other threads wanted. */
void gst_fec_tcp_port_run_commands (GstFecTcpPort *port);
/** Whether new connections are taken: not while there are no descriptors for them. */
void gst_fec_tcp_port_watch_listener (GstFecTcpPort *port, gboolean accepting);
/** Forgets and closes a connection without telling anybody. */
void gst_fec_tcp_port_free_connection (
    GstFecTcpPort *port, GstFecTcpConnection *connection);
/** Closes one and tells it. */
void gst_fec_tcp_port_close_connection (
    GstFecTcpPort *port, GstFecTcpConnection *connection);
/** Does what epoll's @events ask for. The connection may be gone then. */
void gst_fec_tcp_port_handle_event (
    GstFecTcpPort *port, GstFecTcpConnection *connection, guint32 events);
/** Closes connections whose time is over, and tells the others that we are here. */
void gst_fec_tcp_port_scan (GstFecTcpPort *port, gint64 now);
/** Closes those in @changed that are broken, and waits for what the others need. */
void gst_fec_tcp_port_settle_changed (GstFecTcpPort *port);

G_END_DECLS
