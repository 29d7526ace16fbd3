/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * line-private.h: what the files of a line share: line.c (the thread, what others ask), linetimers.c (what waiting too
 * long means), lineways.c (sockets and the ways packets come), linetcp.c (the connection) and lineio.c (what comes).
 * All functions are of the line's thread alone.
 */
#pragma once

#include <gio/gio.h>

#include "session/sessionclient.h"
#include "transport/line.h"
#include "transport/receiver.h"
#include "transport/reception.h"

G_BEGIN_DECLS

/** How long a group must deliver until unicast is left, and how long a gap it may have meanwhile. */
#define GST_FEC_LINE_STEADY_US (500 * 1000)

typedef struct
{
  guint64 bytes;
  guint64 malformed; /* no ALC packet, no control message */
  guint64 foreign; /* packets of another channel */
  guint64 replacements; /* packets made for us alone */
  guint64 damaged; /* frames of TCP */
  guint64 restarts;
  guint64 transitions; /* from one way to another */
} GstFecLineCounters;

/** The connection by TCP. */
typedef struct
{
  gint fd; /* -1: none */
  gboolean connected;
  gint64 since;
  GByteArray *in; /* what is no whole frame yet */
  GByteArray *out; /* what the socket did not take yet */
} GstFecLineTcp;

struct _GstFecLine
{
  GstFecLineSettings settings;
  GstFecLineCallbacks callbacks;
  gpointer user_data;
  GstFecReceiver *receiver;
  GCancellable *cancellable;
  GThread *thread;

  GMutex lock; /* guards what follows: the thread writes it, others read it */
  GstFecSessionClient *session;
  GstFecReception reception;
  GstFecLineCounters counters;
  GstFecLineState state;
  gsize receive_buffer;

  /* of the thread alone */
  GList *addresses; /* GSocketAddress, of the host */
  GList *address; /* the one in use */
  guint hops; /* servers that sent us on since the last packet */
  gint udp_fd;
  gint multicast_fd;
  GstFecLineTcp tcp;
  gboolean has_tsi;
  guint32 tsi;
  gboolean has_description;
  GstFecDescription description;
  gboolean joining; /* asked for unicast */
  gboolean by_tcp; /* control and unicast go by TCP */
  gint last_errno;
  gint64 started;
  gint64 address_since; /* when the address in use was taken */
  gint64 answered; /* last control message, 0: none yet */
  gint64 joined_since; /* when unicast was asked for */
  gint64 first_packet; /* 0: none yet */
  gint64 last_packet;
  gint64 last_unicast; /* by the present unicast way; 0: none yet */
  gint64 last_multicast; /* 0: none yet */
  gint64 multicast_since; /* when the group was joined */
  gint64
      steady_since; /* since when the group delivers without a gap; 0: it does not */
  gint64 lost_at; /* when all ways were lost; 0: they are not */
  gint64 revive_after; /* how long until the next attempt */
  gint64 ends_at; /* the stream is over then; 0: it is not */
  gboolean over; /* nothing more to do */
};

/** Changes the state and tells it; @error with FAILED alone. */
void gst_fec_line_set_state (GstFecLine *line, GstFecLineState state,
    const gchar *reason, const GError *error);
/** Ends all with an error; takes @text. */
void gst_fec_line_fail (GstFecLine *line, GstResourceError code, gchar *text);
/** Ends all with the error that the server's @code means. */
void gst_fec_line_fail_refused (
    GstFecLine *line, guint code, const gchar *reason);
/** Ends all without one. */
void gst_fec_line_end (GstFecLine *line, const gchar *reason);

/** Begins a session that the server does not know: another server. */
void gst_fec_line_renew_session (GstFecLine *line);

/** Does what is due; returns when to do so again. */
gint64 gst_fec_line_check_timers (GstFecLine *line, gint64 now);

/** Finds the addresses of the host; FALSE (and failed) when there are none. */
gboolean gst_fec_line_resolve (GstFecLine *line);
/** Opens a socket to the address in use. */
gboolean gst_fec_line_open_udp (GstFecLine *line);
void gst_fec_line_close_udp (GstFecLine *line);
/** Goes on with the host's next address; FALSE when that is the first again. */
gboolean gst_fec_line_next_address (GstFecLine *line, gint64 now);
/** Goes on with another server that this one named. */
void gst_fec_line_go_to (GstFecLine *line, const GstFecAddress *server);
/** Joins the channel's group, if it has one; FALSE with *@why set (free it) when there is nothing to be had. */
gboolean gst_fec_line_join_group (GstFecLine *line, gint64 now, gchar **why);
void gst_fec_line_close_group (GstFecLine *line);
/** Asks for unicast; does nothing when that is done or not allowed. */
void gst_fec_line_join_unicast (GstFecLine *line, gint64 now);
void gst_fec_line_leave_unicast (GstFecLine *line, gint64 now);
/** Multicast does not work: unicast, or an error where that is not allowed. */
void gst_fec_line_give_up_multicast (
    GstFecLine *line, gint64 now, const gchar *why);
/** Control and unicast go by TCP from now on, or by UDP again. */
void gst_fec_line_change_to_tcp (GstFecLine *line, gint64 now);
void gst_fec_line_change_to_udp (GstFecLine *line, gint64 now);

/** Begins to connect to the address in use; without a socket when it cannot. */
void gst_fec_line_tcp_open (GstFecLine *line, gint64 now);
void gst_fec_line_tcp_close (GstFecLine *line);
/** Sends a control message, or as much of it as the socket takes now. */
void gst_fec_line_tcp_send (GstFecLine *line, const guint8 *data, gsize size);
/** Goes on with connecting, sending and receiving. FALSE: the connection is over, and closed. */
gboolean gst_fec_line_tcp_serve (GstFecLine *line, gint64 now);

/** Handles what @port has. */
void gst_fec_line_read_port (GstFecLine *line, GstFecReceiverPort port);
void gst_fec_line_take_control (
    GstFecLine *line, const guint8 *data, gsize size, gint64 now);
/** Takes @buffer, a packet as @state's way brings them. */
void gst_fec_line_take_packet (
    GstFecLine *line, GstFecLineState way, GstBuffer *buffer, gint64 now);
/** The channel's description came or changed. */
void gst_fec_line_take_description (GstFecLine *line, gint64 now);

G_END_DECLS
