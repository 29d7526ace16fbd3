/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * line.h: the client's way to one server: asks it for a channel, gets packets by multicast, UDP or TCP, whichever
 * works, and keeps the lease. A thread of its own does all that. Several lines make a subscriber (subscriber.h).
 *
 *            group delivers: unicast is left
 *   UDP + multicast ---------------------------> multicast
 *     |       ^                                   |
 *     |       '-----------------------------------' group silent for multicast-timeout
 *     | silent for udp-timeout
 *     v
 *    TCP (+ multicast) -> silent for tcp-timeout, or broken -> LOST -> UDP again, in growing intervals
 */
#pragma once

#include <gst/gst.h>

#include "wire/alc.h"
#include "wire/description.h"

G_BEGIN_DECLS

typedef struct _GstFecLine GstFecLine;

/** Strings are copied by gst_fec_line_new(). Times are milliseconds. */
typedef struct
{
  const gchar *host; /**< name or numeric address */
  guint16 port; /**< of UDP and TCP */
  const gchar *channel; /**< path without leading slash */
  const gchar *user; /**< log in as; NULL: do not */
  const gchar *password;
  gboolean multicast; /**< allowed */
  gboolean udp; /**< allowed */
  gboolean tcp; /**< allowed */
  /** unicast is asked for while a group is being joined, until that delivers */
  gboolean fast_start;
  /** interface that groups are joined on; NULL: as the system chooses */
  const gchar *iface;
  guint lease; /**< seconds */
  gboolean renew; /**< FALSE: reception ends with the first lease */
  guint64 end_time; /**< reception ends then, Unix microseconds; 0: not */
  guint multicast_timeout; /**< nothing from the group for so long: UDP */
  guint multicast_retry; /**< a silent group is joined anew so often */
  /** nothing by UDP for so long: the host's next address, or TCP */
  guint udp_timeout;
  guint tcp_timeout; /**< nothing by TCP for so long: UDP anew */
  guint
      timeout; /**< no answer at all for so long at the start: an error; 0: never */
  gboolean reconnect; /**< FALSE: what was lost is an error */
  guint reconnect_max; /**< longest interval between two attempts */
  guint buffer_size; /**< bytes asked for the sockets' receive buffers */
} GstFecLineSettings;

/** What a line is doing. */
typedef enum
{
  GST_FEC_LINE_CONNECTING, /**< no answer yet */
  GST_FEC_LINE_DESCRIBED, /**< the channel is known, no packet is */
  GST_FEC_LINE_MULTICAST, /**< packets come from a group */
  GST_FEC_LINE_UDP, /**< packets come from the server by UDP */
  GST_FEC_LINE_TCP, /**< packets come from the server by TCP */
  GST_FEC_LINE_LOST, /**< nothing is heard any more; tries anew */
  GST_FEC_LINE_ENDED, /**< the stream, or the time wished for, is over */
  GST_FEC_LINE_FAILED, /**< for good: see the error */
} GstFecLineState;

/** Nick of @state ("connecting", "described", "multicast", "unicast", "tcp", "lost", "ended", "failed"); static. */
const gchar *gst_fec_line_state_nick (GstFecLineState state);
/** How packets come in @state: "none", "udp-mcast", "udp" or "tcp"; static. */
const gchar *gst_fec_line_transport_nick (GstFecLineState state);

/** What a line tells, from its thread; none may stop the line. */
typedef struct
{
  /** @reason: a few words, never NULL; @error (GST_RESOURCE_ERROR) with FAILED alone. */
  void (*state) (GstFecLine *line, GstFecLineState state, const gchar *reason,
      const GError *error, gpointer user_data);
  /** The description, once known or changed. FALSE: it is not the channel that is wanted, the line fails. */
  gboolean (*described) (GstFecLine *line, const GstFecDescription *description,
      gpointer user_data);
  /**
   * A packet that came as in state @way (MULTICAST, UDP, TCP); takes @buffer, whose PTS is the monotonic time of
   * arrival.
   */
  void (*packet) (GstFecLine *line, const GstFecAlcPacket *packet,
      GstFecLineState way, GstBuffer *buffer, gpointer user_data);
} GstFecLineCallbacks;

GstFecLine *gst_fec_line_new (const GstFecLineSettings *settings,
    const GstFecLineCallbacks *callbacks, gpointer user_data);
/** Starts the thread. Once. */
void gst_fec_line_start (GstFecLine *line);
/** Leaves the session and joins the thread, within a fraction of a second. */
void gst_fec_line_free (GstFecLine *line);

/** Tells the server what an object lacks; any thread. FALSE: there is no session to do so. */
gboolean gst_fec_line_report_missing (
    GstFecLine *line, guint32 toi, guint8 sbn, guint32 count);
GstFecLineState gst_fec_line_get_state (GstFecLine *line);
/** See gst_fec_subscriber_get_stats(). The caller owns it. */
GstStructure *gst_fec_line_get_stats (GstFecLine *line);

G_END_DECLS
