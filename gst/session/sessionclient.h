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
  /** the lease ended as wished (lease_end, or renew FALSE) */
  GST_FEC_CLIENT_ENDED,
} GstFecClientState;

/** What the client wants. */
typedef struct
{
  const gchar *channel; /**< path without leading slash */
  /**
   * at most 255 bytes; requests are signed as soon as the server has named a
   * realm. NULL or "": never
   */
  const gchar *user;
  const gchar *password; /**< NULL counts as "" */
  guint lease; /**< seconds, default 60 */
  /**
   * when reception shall end, in microseconds of Unix time by the server's
   * clock; leases are asked for until then. 0: does not end by itself
   */
  guint64 lease_end;
  /** default TRUE; FALSE: one lease is asked for, and its end is the end */
  gboolean renew;
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

/** Copies the texts of @settings. */
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
 * description changed, or when the server named another one
 * (gst_fec_session_client_get_alternate()). Answers that match no request of ours (transaction) are
 * ignored and counted, as are those to a signed request that are not signed with
 * its key (but for challenges). Ask gst_fec_session_client_next() afterwards: there may
 * be something to send at once.
 */
gboolean gst_fec_session_client_handle (
    GstFecSessionClient *client, const guint8 *data, gsize size, gint64 now);

/**
 * The state; also changes by time: a lease that could not be or shall not be
 * renewed ends within gst_fec_session_client_next().
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
/**
 * An object cannot be decoded yet: @count more symbols (at least 1) are missing
 * after the packet with sequence number @seq, the newest that came. A Report
 * tells the server as soon as there is a session, at most one each 20 ms; at
 * most 32 objects wait, the newest win, the last count of an object counts.
 */
void gst_fec_session_client_report_missing (GstFecSessionClient *client,
    guint32 toi, guint8 sbn, guint16 seq, guint32 count, gint64 now);
/**
 * Whether the server sent us to another one (300, 503 or 508 with
 * ALTERNATE-SERVER), since the last lease or restart; then *@address is set, to
 * an address of UDP that is no group's. Until the caller goes there the client
 * goes on trying where it is.
 */
gboolean gst_fec_session_client_get_alternate (
    const GstFecSessionClient *client, GstFecAddress *address);
/**
 * Whether messages go over a transport that loses none (TCP): an answer is
 * waited for 8 s then before the request is sent again.
 */
void gst_fec_session_client_set_reliable (
    GstFecSessionClient *client, gboolean reliable);
/** Begins anew from Connect (address changed, nothing comes any more). */
void gst_fec_session_client_restart (GstFecSessionClient *client, gint64 now);
/**
 * Writes a Leave; returns its size (0: nothing to leave). The state becomes
 * LEFT. It is not repeated: when it is lost, the server notices the silence.
 */
gsize gst_fec_session_client_leave (
    GstFecSessionClient *client, guint8 *out, gsize max);
/**
 * requests, retransmissions, answers, ignored, stale-nonces, missing-reports
 * (uint64), rtt-us, last-error (uint; the last error of any answer but a
 * challenge, 0: none), state (string).
 */
GstStructure *gst_fec_session_client_get_stats (
    const GstFecSessionClient *client);

G_END_DECLS
