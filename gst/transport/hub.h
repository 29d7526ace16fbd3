/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hub.h: one control and data port, by UDP and TCP, for all channels of a server. The hub owns the sockets, the
 * session server, the packet rings and the threads: a control thread (messages, leases), a sender thread (ring -> UDP
 * clients) and a TCP thread (connections). Writers of packets (streaming threads) never wait for the network.
 *
 * One hub is shared by the replicators of several pipelines by a GstContext of type GST_FEC_HUB_CONTEXT_TYPE, whose
 * structure has a field "hub".
 */
#pragma once

#include <gio/gio.h>
#include <gst/gst.h>
#include "session/orderplanner.h"
#include "session/sessionserver.h"
#include "wire/description.h"

G_BEGIN_DECLS

#define GST_FEC_HUB_CONTEXT_TYPE "gst.fec.Hub"

#define GST_TYPE_FEC_HUB (gst_fec_hub_get_type ())
G_DECLARE_FINAL_TYPE (GstFecHub, gst_fec_hub, GST, FEC_HUB, GstObject)

/** A channel of a hub; valid until gst_fec_hub_remove_channel(). */
typedef struct _GstFecHubChannel GstFecHubChannel;

/** Monotonic time in microseconds. */
typedef gint64 (*GstFecHubClock) (gpointer user_data);

/** A hub with default settings that is not listening yet. The caller has a full reference. */
GstFecHub *gst_fec_hub_new (void);

/** A context that carries @hub to the elements of a pipeline; the caller owns it. */
GstContext *gst_fec_hub_context_new (GstFecHub *hub);
/** The hub in @context with a reference for the caller; NULL when there is none. */
GstFecHub *gst_fec_hub_from_context (GstContext *context);

/**
 * Leases run on @clock instead of the system's (for tests: call gst_fec_hub_tick() after moving it). Before
 * gst_fec_hub_start(); @clock is called from any thread.
 */
void gst_fec_hub_set_clock (
    GstFecHub *hub, GstFecHubClock clock, gpointer user_data);
/** Ends the leases that are over now, which the control thread does by itself when the clock is the system's. */
void gst_fec_hub_tick (GstFecHub *hub);

/** Takes effect with the next gst_fec_hub_start(). */
void gst_fec_hub_set_settings (
    GstFecHub *hub, const GstFecSessionSettings *settings);

/**
 * From now on who has a channel must have logged in; NULL, as it is at first: anybody may have anything. Takes a
 * reference of its own; @credentials must not be changed any more.
 */
void gst_fec_hub_set_credentials (
    GstFecHub *hub, GstFecCredentials *credentials);

/** Most TCP clients at a time, 5000 by default; 0: no TCP. Takes effect with the next gst_fec_hub_start(). */
void gst_fec_hub_set_max_connections (GstFecHub *hub, guint max_connections);

/**
 * Binds @address (a numeric address; NULL or "": all, IPv6 and IPv4) and @port (0: any free one) for UDP and TCP and
 * starts the threads. FALSE with @error (G_IO_ERROR) set when the port is in use or the address is none of ours: nothing is left running.
 */
gboolean gst_fec_hub_start (
    GstFecHub *hub, const gchar *address, guint16 port, GError **error);
/** Ends all sessions and joins the threads. Safe when not started; not from a signal handler of the hub. */
void gst_fec_hub_stop (GstFecHub *hub);
/** The bound port, 0 when not started. */
guint16 gst_fec_hub_get_port (GstFecHub *hub);

/**
 * Offers a channel; @description's name and tsi must be free. NULL with @error (G_IO_ERROR) set otherwise. Allowed before and after
 * start. The ring's slots hold the packets of the description's symbol size; a longer packet makes it a new one.
 */
GstFecHubChannel *gst_fec_hub_add_channel (
    GstFecHub *hub, const GstFecDescription *description, GError **error);
/**
 * A channel named @name is going to be offered, or is not any more (@expected FALSE): clients wait for it instead of
 * giving up. Before and after start; counted.
 */
void gst_fec_hub_expect_channel (
    GstFecHub *hub, const gchar *name, gboolean expected);
/** Replaces the description (name and tsi must stay). */
void gst_fec_hub_update_channel (GstFecHub *hub, GstFecHubChannel *channel,
    const GstFecDescription *description);
/** Ends the channel's leases and frees it; packets still in its ring are dropped. Nobody may be writing to it. */
void gst_fec_hub_remove_channel (GstFecHub *hub, GstFecHubChannel *channel);

/**
 * Puts one packet into the channel's ring. Never waits for the network. FALSE when it is longer than
 * GST_FEC_ALC_MAX_PACKET. Write, flush and drain of a channel belong to one thread at a time.
 */
gboolean gst_fec_hub_write (GstFecHub *hub, GstFecHubChannel *channel,
    const guint8 *packet, gsize size);
/** Wakes the sender; call after the last packet of a buffer or list. */
void gst_fec_hub_flush (GstFecHub *hub, GstFecHubChannel *channel);
/** Waits until all that was written has been handed to the kernel, at most @timeout_us. For EOS. */
gboolean gst_fec_hub_drain (
    GstFecHub *hub, GstFecHubChannel *channel, gint64 timeout_us);

/** Who makes the packets of a channel is told, from the control thread and without the hub's lock: */
typedef struct
{
  /**
   * make @count symbols of an object that nobody was sent before, and give them to gst_fec_hub_write_order() with
   * @order, or with @order 0 to gst_fec_hub_write()
   */
  void (*wanted) (gpointer user_data, guint32 tsi, guint32 toi, guint8 sbn,
      guint32 count, guint32 order);
  /** nine of ten of @listeners lose at most the share @worst_tenth, 0 to 1; at most once a second */
  void (*loss) (
      gpointer user_data, guint32 tsi, guint listeners, gdouble worst_tenth);
  const GstFecOrderSettings *settings; /**< copied; NULL: the defaults */
} GstFecHubFeedback;

/**
 * From now on @callbacks (copied; NULL: none) are called. Returns when none of those before is running any more, and
 * must not be called while holding what they wait for. Not while somebody writes to the channel.
 */
void gst_fec_hub_channel_set_feedback (GstFecHub *hub,
    GstFecHubChannel *channel, const GstFecHubFeedback *callbacks,
    gpointer user_data);
/**
 * Sends packet @index, counted from 0, of @order to those clients of the order that lack more than @index symbols. Does
 * not wait. Returns the number of datagrams; 0 also when the order is not known any more. By the writing thread.
 */
guint gst_fec_hub_write_order (GstFecHub *hub, GstFecHubChannel *channel,
    guint32 order, guint32 index, const guint8 *packet, gsize size);
/** Adds what was asked for and ordered of @tsi since gst_fec_hub_channel_set_feedback() to @counters. */
void gst_fec_hub_add_orders (
    GstFecHub *hub, guint32 tsi, GstFecOrderCounters *counters);

/** How many listeners @channel has. */
guint gst_fec_hub_channel_get_listeners (
    GstFecHub *hub, GstFecHubChannel *channel);

/**
 * A structure "application/x-fec-hub-stats": the session server's (gst_fec_session_server_get_stats(); absent when not
 * started) and packets-sent, bytes-sent, send-errors, packets-dropped, datagrams-ignored (uint64), channels, listeners,
 * port (uint); of TCP: tcp-connections (uint, at present), tcp-accepted, tcp-refused (too many), tcp-timed-out (nothing
 * useful came), tcp-malformed (no control message came), tcp-packets-sent, tcp-bytes-sent, tcp-packets-skipped
 * (overwritten before a slow client got them) (uint64). The caller owns it.
 */
GstStructure *gst_fec_hub_get_stats (GstFecHub *hub);
/**
 * As gst_fec_session_server_get_clients(), with transport (string, "udp" or "tcp"), and send-errors (uint64) and
 * send-error (string, the last one) where the kernel refused packets; those of gst_fec_hub_add_client() have session-id
 * 0 and static (boolean TRUE). @tsi 0: of all channels. @value must be uninitialised.
 */
void gst_fec_hub_get_clients (GstFecHub *hub, guint32 tsi, GValue *value);
/**
 * Whether packets can go to @address and @port at all. FALSE with @error (G_IO_ERROR_INVALID_ARGUMENT) set when @address
 * is not numeric, a multicast group or 0.0.0.0, or @port is 0.
 */
gboolean gst_fec_hub_check_client (
    const gchar *address, guint16 port, GError **error);
/**
 * From now on all packets of channel @tsi go by UDP to a client without session, until it or the channel is removed;
 * the hub may be stopped and started. FALSE with @error (G_IO_ERROR) set when there is no such channel (NOT_FOUND),
 * gst_fec_hub_check_client() says no, the hub has an IPv4 address and the client not, or there are too many. A client
 * that is there already is TRUE.
 */
gboolean gst_fec_hub_add_client (GstFecHub *hub, guint32 tsi,
    const gchar *address, guint16 port, GError **error);
/**
 * Removes clients with this numeric address (and port, when not 0); NULL: all. Returns how many. Not from
 * "client-connecting".
 */
guint gst_fec_hub_remove_clients (
    GstFecHub *hub, const gchar *address, guint16 port);

/*
 * Signals, from the thread that caused the change, mostly the control thread:
 * "client-connecting" (address string, port int, tsi uint) -> gboolean: asked before a lease begins, FALSE refuses.
 *   Handlers must return soon (no message is handled meanwhile) and must not change the hub.
 * "client-added" (address string, port int, tsi uint)
 * "client-removed" (address string, port int, tsi uint, reason string: a nick of GstFecEndReason)
 */

G_END_DECLS
