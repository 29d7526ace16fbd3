/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tcpconnection.h: one TCP client as bytes: the socket, the beginning of a frame that came, the rest of a frame that is
 * on its way. Nothing here waits. Belongs to one thread; knows frames, not what is in them.
 */
#pragma once

#include "wire/address.h"
#include "wire/control.h"
#include "wire/frame.h"

G_BEGIN_DECLS

/** Longest frame that a client may send. */
#define GST_FEC_TCP_MAX_INPUT (GST_FEC_FRAME_HEADER + GST_FEC_CONTROL_MAX_SIZE)

typedef struct
{
  gint fd; /**< closed with the connection */
  GstFecAddress client; /**< transport TCP */
  GstFecAddress local; /**< ours */
  gboolean proved; /**< a control message came */
  gboolean has_session;
  gint64 accepted; /**< when it came */
  gint64 without_session; /**< since when, while has_session is FALSE */
  gint64 sent; /**< when bytes left last */
  gboolean blocked; /**< the kernel takes nothing now */
  gboolean broken; /**< to be closed */
  guint32 watched; /**< for whoever waits: the events asked for */
  GPtrArray
      *subscriptions; /**< for whoever sends: the channels, in any order */

  guint8 *in; /**< the beginning of a frame */
  gsize in_size;
  guint8 *out; /**< the rest of a frame, or NULL */
  gsize out_size, out_done;
} GstFecTcpConnection;

/** Takes over the non-blocking socket @fd, accepted at @now. Free with gst_fec_tcp_connection_free(). */
GstFecTcpConnection *gst_fec_tcp_connection_new (gint fd,
    const GstFecAddress *client, const GstFecAddress *local, gint64 now);
/** Closes the socket. */
void gst_fec_tcp_connection_free (GstFecTcpConnection *connection);

/**
 * Sends @n frames that lie one behind the other in @data, from @begin on; the first ends at @ends[0]. The connection
 * must not be blocked. Of a frame that the kernel took a part of the rest is kept and goes first later. Returns how many
 * were taken or begun; the connection may be blocked or broken then.
 */
guint gst_fec_tcp_connection_send (GstFecTcpConnection *connection,
    const guint8 *data, gsize begin, const gsize *ends, guint n, gint64 now);
/** Sends what was kept, after the socket became writable again. */
void gst_fec_tcp_connection_flush (GstFecTcpConnection *connection, gint64 now);

/**
 * Puts what was kept of a frame and what has come since into @buffer (GST_FEC_TCP_MAX_INPUT bytes); returns how much
 * that is. Of what is not used, gst_fec_tcp_connection_keep_input() must keep a copy.
 */
gsize gst_fec_tcp_connection_receive (
    GstFecTcpConnection *connection, guint8 *buffer);
void gst_fec_tcp_connection_keep_input (
    GstFecTcpConnection *connection, const guint8 *data, gsize size);

G_END_DECLS
