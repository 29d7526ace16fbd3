/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sessionserver.h: who listens to which channel until when. A message, an
 * address and a time go in; bytes to send back and changes come out. No
 * sockets, no clock, no threads: the caller serialises the calls and tells the
 * time, so that everything here can be tested and simulated without waiting.
 *
 * Times are microseconds. @now is a monotonic clock, @wall Unix time; leases
 * are kept on the monotonic clock.
 */
#pragma once

#include <gst/gst.h>
#include "credentials.h"
#include "wire/address.h"
#include "wire/control.h"

G_BEGIN_DECLS

typedef struct _GstFecSessionServer GstFecSessionServer;

/** Most servers that clients are sent to. */
#define GST_FEC_SESSION_MAX_ALTERNATES 8

/**
 * Limits and lengths; gst_fec_session_settings_init() fills in the defaults
 * given here.
 */
typedef struct
{
  guint lease_default; /**< seconds, 60 */
  guint lease_min; /**< seconds, 10: shorter wishes become this */
  guint lease_max; /**< seconds, 3600: longer wishes become this */
  /** seconds, 30: a session silent for longer gets nothing more */
  guint consent;
  guint max_sessions; /**< 100000 */
  guint max_sessions_per_address; /**< 64 */
  guint max_sessions_per_prefix; /**< 1024, of a network (/24, /56) */
  /**
   * bits per second to all listeners by gst_fec_session_server_set_rate(), 0:
   * as many as they like
   */
  guint64 max_egress;
  guint max_channels_per_session; /**< GST_FEC_CONTROL_MAX_CHANNELS */
  /** seconds, 30: a first Connect's nonce must not be older */
  guint nonce_age;
  /**
   * seconds, 60: the cookie's key is replaced, the one before still accepted
   */
  guint key_age;
  /**
   * challenges per second and address prefix (/24, /56), 100; the burst is as
   * many
   */
  guint challenge_rate;
  /**
   * percent, 50; 0: never. A session that reports more lost, on average over
   * breaker_time (seconds, 15), is ended, and its address gets no other one
   * for breaker_pause (seconds, 30).
   */
  guint breaker_loss;
  guint breaker_time;
  guint breaker_pause;
  /**
   * FALSE; TRUE: clients without a session are sent to an alternate server (of
   * their kind of address; where there is none they are served)
   */
  gboolean redirect;
  /** none: where else a client may ask when there is no room here, in turn */
  guint n_alternates;
  GstFecAddress alternates[GST_FEC_SESSION_MAX_ALTERNATES];
} GstFecSessionSettings;

void gst_fec_session_settings_init (GstFecSessionSettings *settings);

/** Why a lease or session ended. */
typedef enum
{
  GST_FEC_END_LEFT, /**< the client left */
  GST_FEC_END_EXPIRED, /**< its time was over */
  /** no consent: nothing was heard for too long */
  GST_FEC_END_SILENT,
  /** removed by the application, or the channel was */
  GST_FEC_END_REMOVED,
  /**
   * its session came back from another address, or another session came to its
   * address
   */
  GST_FEC_END_MOVED,
  GST_FEC_END_DISCONNECTED, /**< its TCP connection broke or was closed */
  /** the circuit breaker: too much got lost on the way to it for too long */
  GST_FEC_END_CONGESTED,
} GstFecEndReason;

/** Nick of @reason ("left", "expired", ...); static. */
const gchar *gst_fec_end_reason_nick (GstFecEndReason reason);

/**
 * The changes, told synchronously from within the functions below; none may
 * call back into the server. A listener is a pair of session and channel: what
 * a sender has to know.
 */
typedef struct
{
  /** Packets of @tsi go to @client from now on. */
  void (*listener_added) (gpointer user_data, guint64 session_id,
      const GstFecAddress *client, guint32 tsi);
  /** No packet of @tsi goes to @client any more. */
  void (*listener_removed) (gpointer user_data, guint64 session_id,
      const GstFecAddress *client, guint32 tsi, GstFecEndReason reason);
  /**
   * Asked before a lease begins; FALSE refuses with 403. @user: who logged in,
   * NULL: nobody did. May be NULL.
   */
  gboolean (*may_join) (gpointer user_data, const GstFecAddress *client,
      const gchar *user, guint32 tsi);
  /**
   * A report of a channel that the client has a lease on or may have: it may
   * listen to the group. May be NULL.
   */
  void (*reported) (gpointer user_data, guint64 session_id,
      const GstFecAddress *client, const GstFecChannelReport *report);
  /**
   * A client, with or without a lease, cannot decode an object of a channel
   * that there is: it misses some symbols more. Told once for each report,
   * however often its packet comes. May be NULL.
   */
  void (*missing) (gpointer user_data, guint64 session_id,
      const GstFecAddress *client, const GstFecMissing *missing);
} GstFecSessionCallbacks;

/**
 * @settings (put in order where they contradict each other) and @callbacks are
 * copied. Free with gst_fec_session_server_free(), which tells no more changes.
 */
GstFecSessionServer *gst_fec_session_server_new (
    const GstFecSessionSettings *settings,
    const GstFecSessionCallbacks *callbacks, gpointer user_data);
void gst_fec_session_server_free (GstFecSessionServer *server);

/**
 * From now on only those get in that @credentials let in, and get only what
 * they may have; NULL, as it is at first: anybody may have anything. Sessions
 * that there are stay, but nobody speaks for one that @credentials do not let
 * in. Takes a reference of its own.
 */
void gst_fec_session_server_set_credentials (
    GstFecSessionServer *server, GstFecCredentials *credentials);

/**
 * Offers a channel under @name (path without leading slash; "" is allowed and
 * is also found when it is the only one) with @tsi and its description. FALSE
 * when the name or TSI is taken, or the name too long.
 */
gboolean gst_fec_session_server_add_channel (GstFecSessionServer *server,
    guint32 tsi, const gchar *name, const gchar *sdp);
/**
 * A channel of the name @name is going to be offered, or (@expected FALSE) is
 * not any more: until it is there, who asks for it gets 504 instead of 404, and
 * asks again. Counted: as often taken back as said. Names too long for a
 * channel are ignored.
 */
void gst_fec_session_server_expect_channel (
    GstFecSessionServer *server, const gchar *name, gboolean expected);
/** Replaces the description of @tsi. */
void gst_fec_session_server_set_description (
    GstFecSessionServer *server, guint32 tsi, const gchar *sdp);
/**
 * Says how many bits per second of @tsi go to each listener, for max_egress; 0,
 * as it is at first: not known. Ends no lease, whatever it is.
 */
void gst_fec_session_server_set_rate (
    GstFecSessionServer *server, guint32 tsi, guint64 rate);
/** Ends all leases of @tsi (REMOVED) and forgets it. */
void gst_fec_session_server_remove_channel (
    GstFecSessionServer *server, guint32 tsi, gint64 now);

/**
 * Handles one datagram that begins like a control message.
 *
 * @from: who sent it; @to: the server's own address and port (part of the
 * cookie)
 * @reply, @max: where an answer goes, GST_FEC_CONTROL_MAX_SIZE bytes suffice
 * Returns: the size of the answer to send to @from, 0 for none. Before @from
 * has returned a cookie the answer is never longer than @size.
 */
gsize gst_fec_session_server_handle (GstFecSessionServer *server,
    const guint8 *data, gsize size, const GstFecAddress *from,
    const GstFecAddress *to, gint64 now, gint64 wall, guint8 *reply, gsize max);

/**
 * Ends what is over at @now. Returns when to call again at the latest
 * (G_MAXINT64: nothing is waiting).
 */
gint64 gst_fec_session_server_tick (GstFecSessionServer *server, gint64 now);

/**
 * Removes the session of @client wholly, or all sessions with @client NULL
 * (REMOVED). Returns how many.
 */
guint gst_fec_session_server_remove_client (
    GstFecSessionServer *server, const GstFecAddress *client, gint64 now);

/**
 * Ends the session of @client (DISCONNECTED), whose connection there is no
 * more. FALSE when it has none.
 */
gboolean gst_fec_session_server_disconnect (
    GstFecSessionServer *server, const GstFecAddress *client, gint64 now);
/** Whether @client has a session, with or without leases. */
gboolean gst_fec_session_server_has_session (
    GstFecSessionServer *server, const GstFecAddress *client);

/**
 * Everything counted, as a structure "application/x-fec-session-stats":
 * sessions, leases (uint), memory-bytes (of sessions and leases), connects (new
 * sessions), joins (new leases), renewals, leaves, describes, reports, expired
 * (leases), silent (sessions), moved (sessions), challenges,
 * challenges-suppressed (by rate or length), refused (requests and channels),
 * malformed, stale-nonces (requests with a NONCE that was not valid), logins
 * (new sessions of users), logins-refused, redirected (requests answered with
 * 300), disconnected, congested (sessions), egress (bits per second to all
 * listeners, as far as known) (all uint64).
 */
GstStructure *gst_fec_session_server_get_stats (GstFecSessionServer *server);

/**
 * All clients, as a GST_TYPE_LIST of structures "client": address (string),
 * session-id (uint64), channels (GST_TYPE_LIST of structures: tsi, name,
 * lease-remaining-ms), user (string, where one logged in), idle-ms, and from the last report packets-lost,
 * packets-received, jitter-us. @value must be uninitialised.
 */
void gst_fec_session_server_get_clients (
    GstFecSessionServer *server, gint64 now, GValue *value);

G_END_DECLS
