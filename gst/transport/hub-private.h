/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hub-private.h: what the files of the hub share: hub.c (channels, start and stop), hubquery.c (what applications
 * ask), hubcontrol.c (messages, leases, what the session server tells), hubtcp.c (the same by TCP) and hubstatic.c
 * (clients without session).
 */
#pragma once

#include "transport/channelfeedback.h"
#include "transport/hub.h"
#include "transport/tcpport.h"
#include "transport/udpfanout.h"
#include "transport/udpsocket.h"

G_BEGIN_DECLS

struct _GstFecHubChannel
{
  GstFecDescription description;
  GstFecPacketRing *ring; /* of the writer */
  GstFecFanoutChannel *fanout;
  GstFecTcpChannel *tcp;
  GArray *statics; /* GstFecAddress: clients without session */
  /* NULL when the hub is not started */
  GstFecClientList *clients; /* by UDP, those without session too */
  GstFecClientList *tcp_clients;
  GstFecChannelFeedback *feedback; /* NULL: nobody wants to be told */
  GstFecHubFeedback feedback_callbacks;
  gpointer feedback_data;
};

struct _GstFecHub
{
  GstObject parent;

  GRecMutex
      lock; /* guards all below; recursive because signal handlers may look at the hub */
  GstFecSessionSettings settings;
  GstFecCredentials *credentials; /* NULL: nobody has to log in */
  GstFecHubClock clock;
  gpointer clock_data;
  GHashTable *channels; /* TSI -> GstFecHubChannel */
  GPtrArray *expected; /* of names */
  GstFecSessionServer *server; /* NULL: not started */
  gboolean in_server; /* the server is telling a change */
  GstFecAddress arrival; /* ours, of the message being handled */
  GArray *events; /* GstFecHubEvent: to be told without the lock */
  guint64 ignored;

  GRecMutex feedback_lock; /* see hubfeedback.c; before @lock */
  gint64 feedback_at; /* when the control thread has feedback to tell */
  GstFecUdpFanout *fanout;
  GstFecUdpSocket udp;
  GstFecTcpPort *tcp;
  GstFecTcpSettings tcp_settings;
  gint64 next_timer; /* when the control thread looks at the leases again */
  GThread *control;
  gint wake_fd;
  gint running; /* atomic */
};

/** The hub's clock, microseconds. */
gint64 gst_fec_hub_get_now (GstFecHub *hub);
/** Locks what the structure says. */
void gst_fec_hub_lock (GstFecHub *hub);
/** Ends what gst_fec_hub_lock() began and tells what changed meanwhile. */
void gst_fec_hub_unlock (GstFecHub *hub);

/** A session server that tells its changes to @hub, which has the lock. */
GstFecSessionServer *gst_fec_hub_new_server (GstFecHub *hub);
/** Ends what is over, with the lock. Returns when to call again at the latest. */
gint64 gst_fec_hub_run_timers (GstFecHub *hub);
/** Ends what is over and sees to it that the control thread does so in time; with the lock, from any thread. */
void gst_fec_hub_reschedule (GstFecHub *hub);
/** Makes the control thread look at the leases and at @running. */
void gst_fec_hub_wake_control (GstFecHub *hub);
/** The thread that handles messages until @running is FALSE and it is woken. */
gpointer gst_fec_hub_control_thread (gpointer hub);

/** A TCP port, not listening, that asks @hub's session server. */
GstFecTcpPort *gst_fec_hub_new_tcp_port (GstFecHub *hub);

/** How many get @channel, by whatever way; with the lock. */
guint gst_fec_hub_count_listeners (GstFecHubChannel *channel);

G_END_DECLS
