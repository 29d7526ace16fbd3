/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sessionserver-private.h: what the files of the session server share: its
 * state (sessionserver.c), the requests (sessionrequests.c) and what it tells
 * of itself (sessionstats.c).
 */
#pragma once

#include "sessionserver.h"
#include "cookie.h"
#include "limits.h"
#include "sessiontable.h"
#include "timerwheel.h"

G_BEGIN_DECLS

typedef struct
{
  guint32 tsi;
  gchar *name;
  gchar *sdp;
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
} GstFecSessionCounters;

struct _GstFecSessionServer
{
  GstFecSessionSettings settings;
  GstFecSessionCallbacks callbacks;
  gpointer user_data;

  GHashTable *channels; /* TSI -> GstFecSessionChannel, owned */
  GHashTable *channels_by_name; /* name -> the same */
  GstFecSessionTable *table;
  GstFecTimerWheel wheel; /* a timer for each session */
  GstFecCookieKeys keys;
  GstFecLimiter limiter;
  GstFecSessionCounters counters;
};

/** A request whose sender has proved its address. */
typedef struct
{
  const GstFecControlMessage *message;
  const GstFecAddress *from;
  GstFecSession *session; /**< NULL: none yet (or, after Leave, no more) */
  gint64 now;
  gint64 wall;
} GstFecProvedRequest;

/**
 * Does what @request asks for and makes @answer, a success or an error, of it.
 */
void gst_fec_session_server_serve (GstFecSessionServer *server,
    GstFecProvedRequest *request, GstFecControlMessage *answer);

/** Makes @answer an error response to @request; @reason NULL: the default. */
void gst_fec_session_server_refuse (const GstFecControlMessage *request,
    guint error, const gchar *reason, GstFecControlMessage *answer);

/** Sets the timer of @session to the next thing that ends. */
void gst_fec_session_server_schedule (
    GstFecSessionServer *server, GstFecSession *session);
/** Adds a lease and tells of the listener; there must be none for @tsi yet. */
GstFecLease *gst_fec_session_server_begin_lease (GstFecSessionServer *server,
    GstFecSession *session, guint32 tsi, gint64 end);
/** Ends the lease of @session for @tsi, if it has one. */
void gst_fec_session_server_end_lease (GstFecSessionServer *server,
    GstFecSession *session, guint32 tsi, GstFecEndReason reason);
/** Ends all leases and forgets @session. */
void gst_fec_session_server_end_session (GstFecSessionServer *server,
    GstFecSession *session, GstFecEndReason reason);

G_END_DECLS
