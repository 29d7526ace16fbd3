/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sessionclient.h: the client's side of a session: connect, cookie, describe,
 * join, renew, report, leave. A state machine without sockets, clock or
 * threads: the caller asks what to send, hands in what came, and tells the
 * time.
 */
#pragma once

#include <gst/gst.h>
#include "wire/control.h"
#include "wire/description.h"

G_BEGIN_DECLS

typedef struct _GstFecSessionClient GstFecSessionClient;

/** Where a session stands. */
typedef enum
{
  /** asked, no proof yet that the server is there */
  GST_FEC_CLIENT_CONNECTING,
  /** knows the channel, has no lease (multicast suffices, or not joined yet) */
  GST_FEC_CLIENT_DESCRIBED,
  /**
   * has a lease: packets come to us; the description may still be on its way
   */
  GST_FEC_CLIENT_JOINED,
  /** for good: see gst_fec_session_client_get_error() */
  GST_FEC_CLIENT_REFUSED,
  GST_FEC_CLIENT_LEFT,
} GstFecClientState;

/** What the client wants. */
typedef struct
{
  const gchar *channel; /**< path without leading slash */
  guint lease; /**< seconds, default 60 */
  /**
   * FALSE: Connect and Describe only; gst_fec_session_client_set_join() later
   */
  gboolean join;
  /** default 250; doubles, jittered, up to max_retry_ms */
  guint first_retry_ms;
  guint max_retry_ms; /**< default 8000 */
  /** between reports while joined, default 5000; they keep consent alive */
  guint report_ms;
} GstFecClientSettings;

void gst_fec_client_settings_init (GstFecClientSettings *settings);

GstFecSessionClient *gst_fec_session_client_new (
    const GstFecClientSettings *settings);
void gst_fec_session_client_free (GstFecSessionClient *client);

/**
 * Writes the next message that is due at @now to @out (GST_FEC_CONTROL_MAX_SIZE
 * bytes suffice). Returns its size, or 0 when none is due; then *@next says
 * when to ask again (microseconds, monotonic). Call it until it returns 0.
 */
gsize gst_fec_session_client_next (GstFecSessionClient *client, gint64 now,
    guint8 *out, gsize max, gint64 *next);

/**
 * Handles a control message from the server. Returns TRUE when the state or the
 * description changed. Answers that match no request of ours (transaction) are
 * ignored and counted. Ask gst_fec_session_client_next() afterwards: there may
 * be something to send at once.
 */
gboolean gst_fec_session_client_handle (
    GstFecSessionClient *client, const guint8 *data, gsize size, gint64 now);

/**
 * The state; also changes by time: a lease that could not be renewed ends
 * within gst_fec_session_client_next().
 */
GstFecClientState gst_fec_session_client_get_state (
    const GstFecSessionClient *client);
/**
 * The channel's description once known, else NULL; owned by @client, valid
 * until the next call.
 */
const GstFecDescription *gst_fec_session_client_get_description (
    const GstFecSessionClient *client);
/**
 * Error code (GstFecControlError) and reason (owned by @client) of a refusal; 0
 * when there was none.
 */
guint gst_fec_session_client_get_error (
    const GstFecSessionClient *client, const gchar **reason);
/** Asks for (or gives back) the lease. */
void gst_fec_session_client_set_join (
    GstFecSessionClient *client, gboolean join, gint64 now);
/** What reports tell; to be kept up to date by the receiver. */
void gst_fec_session_client_set_reception (GstFecSessionClient *client,
    guint32 highest_seq, guint64 received, guint64 lost, guint32 jitter_us);
/** Begins anew from Connect (address changed, nothing comes any more). */
void gst_fec_session_client_restart (GstFecSessionClient *client, gint64 now);
/**
 * Writes a Leave; returns its size (0: nothing to leave). The state becomes
 * LEFT. It is not repeated: when it is lost, the server notices the silence.
 */
gsize gst_fec_session_client_leave (
    GstFecSessionClient *client, guint8 *out, gsize max);
/**
 * requests, retransmissions, answers, ignored, stale-nonces (uint64), rtt-us
 * (uint), state (string).
 */
GstStructure *gst_fec_session_client_get_stats (
    const GstFecSessionClient *client);

G_END_DECLS
