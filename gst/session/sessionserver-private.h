/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sessionserver-private.h: what the files of the session server share: its
 * state (sessionserver.c), who speaks (sessionauth.c), the requests
 * (sessionrequests.c), reports (sessionreports.c) and what it tells of itself
 * (sessionstats.c).
 */
#pragma once

#include "sessionserver.h"
#include "breaker.h"
#include "cookie.h"
#include "limits.h"
#include "sessiontable.h"
#include "timerwheel.h"
#include "usernames.h"

G_BEGIN_DECLS

typedef struct
{
  guint32 tsi;
  gchar *name;
  gchar *sdp;
  guint64 rate; /* bits per second to each listener, 0: not known */
  guint n_leases;
} GstFecSessionChannel;

typedef struct
{
  guint64 connects;
  guint64 joins;
  guint64 renewals;
  guint64 leaves;
  guint64 describes;
  guint64 reports;
  guint64 expired;
  guint64 silent;
  guint64 moved;
  guint64 challenges;
  guint64 challenges_suppressed;
  guint64 refused;
  guint64 malformed;
  guint64 stale_nonces;
  guint64 logins;
  guint64 logins_refused;
  guint64 redirected;
  guint64 disconnected;
  guint64 congested;
} GstFecSessionCounters;

struct _GstFecSessionServer
{
  GstFecSessionSettings settings;
  GstFecSessionCallbacks callbacks;
  gpointer user_data;

  GHashTable *channels; /* TSI -> GstFecSessionChannel, owned */
  GHashTable *channels_by_name; /* name -> the same */
  GHashTable *expected; /* name, owned -> how often it was said */
  GstFecSessionTable *table;
  GstFecTimerWheel wheel; /* a timer for each session */
  GstFecCookieKeys keys;
  GstFecLimiter limiter;
  GstFecPauses pauses; /* of addresses that too much was lost on the way to */
  GstFecCredentials *credentials; /* NULL: anybody may have anything */
  GstFecUsernames *usernames; /* of users that have sessions */
  guint64 egress; /* sum of the rates of all leases */
  guint next_alternate;
  GstFecSessionCounters counters;
};

/** A request, and what is known of who sent it. */
typedef struct
{
  const guint8 *data;
  gsize size;
  const GstFecControlMessage *message; /**< the same, parsed */
  const GstFecAddress *from;
  const GstFecAddress *to;
  gint64 now;
  gint64 wall;

  /* of a request whose sender is known */
  GstFecSession *session; /**< NULL: none yet (or, after Leave, no more) */
  const gchar *user; /**< who signed it; NULL: nobody did */
  guint8 key[GST_FEC_CONTROL_KEY_SIZE]; /**< that it is signed with */
} GstFecSessionRequest;

/** Who sent a request. */
typedef enum
{
  GST_FEC_SENDER_UNPROVED, /**< perhaps not who has this address */
  GST_FEC_SENDER_REFUSED, /**< who has it, and is not let in */
  GST_FEC_SENDER_KNOWN,
} GstFecSender;

/**
 * Finds out who sent @request, and his session, which moves to his address. Any
 * message is allowed.
 */
GstFecSender gst_fec_session_server_identify (
    GstFecSessionServer *server, GstFecSessionRequest *request);
/**
 * The answer to one who is not known, written to @reply; returns its size, 0
 * for none. @status: how the message was parsed.
 */
gsize gst_fec_session_server_turn_away (GstFecSessionServer *server,
    const GstFecSessionRequest *request, GstFecControlStatus status,
    GstFecSender sender, guint8 *reply, gsize max);

/** Whether the sender of @request may have @channel, as far as it is logins. */
gboolean gst_fec_session_server_permits (const GstFecSessionServer *server,
    const GstFecSessionRequest *request, const GstFecSessionChannel *channel);

/** Whether it may, and the application does not refuse it either. */
gboolean gst_fec_session_server_may_have (GstFecSessionServer *server,
    const GstFecSessionRequest *request, const GstFecSessionChannel *channel);

/** A Report of a session: 0, or an error, after which there is none. */
guint gst_fec_session_server_serve_report (
    GstFecSessionServer *server, GstFecSessionRequest *request);
/**
 * Does what @request asks for and makes @answer, a success or an error, of it.
 */
void gst_fec_session_server_serve (GstFecSessionServer *server,
    GstFecSessionRequest *request, GstFecControlMessage *answer);

/** Makes @answer an error response to @request; @reason NULL: the default. */
void gst_fec_session_server_refuse (const GstFecControlMessage *request,
    guint error, const gchar *reason, GstFecControlMessage *answer);

/** Sets the timer of @session to the next thing that ends. */
void gst_fec_session_server_schedule (
    GstFecSessionServer *server, GstFecSession *session);
/** The channel of @tsi; NULL: there is none. */
GstFecSessionChannel *gst_fec_session_server_find_channel (
    const GstFecSessionServer *server, guint32 tsi);
/** 404, or 504 when a channel @name (with TSI @tsi when "") is expected. */
guint gst_fec_session_server_no_channel (
    const GstFecSessionServer *server, const gchar *name, guint32 tsi);
/** Adds a lease and tells of the listener; there must be none for @tsi yet. */
GstFecLease *gst_fec_session_server_begin_lease (GstFecSessionServer *server,
    GstFecSession *session, guint32 tsi, gint64 end);
/** Ends the lease of @session for @tsi, if it has one. */
void gst_fec_session_server_end_lease (GstFecSessionServer *server,
    GstFecSession *session, guint32 tsi, GstFecEndReason reason);
/** Gives @session, which moves, another address, and tells its listeners'. */
void gst_fec_session_server_move_session (GstFecSessionServer *server,
    GstFecSession *session, const GstFecAddress *address);
/** Ends all leases and forgets @session. */
void gst_fec_session_server_end_session (GstFecSessionServer *server,
    GstFecSession *session, GstFecEndReason reason);

G_END_DECLS
