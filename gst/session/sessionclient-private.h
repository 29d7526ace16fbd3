/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sessionclient-private.h: what the two halves of the client share: asking
 * (sessionclient.c) and understanding the answers (sessionanswers.c).
 */
#pragma once

#include "sessionclient.h"

G_BEGIN_DECLS

/** The requests that may be outstanding, one of each kind. */
typedef enum
{
  GST_FEC_SLOT_SESSION, /**< Connect, Join or Leave */
  GST_FEC_SLOT_DESCRIBE,
  GST_FEC_SLOT_REPORT,
  GST_FEC_N_SLOTS
} GstFecSlotIndex;

/** A request under way. */
typedef struct
{
  gboolean active;
  GstFecMethod method;
  gboolean has_transaction; /**< FALSE: the next sending makes a new one */
  gboolean with_lease; /**< asks for a lease */
  gboolean with_nonce;
  guint8 transaction[12];
  guint tries; /**< sendings of this transaction */
  guint backoff; /**< doublings of the interval so far */
  guint challenges; /**< without an answer of another kind */
  gint64 sent;
  gint64 due;
} GstFecSlot;

struct _GstFecSessionClient
{
  GstFecClientSettings settings;
  gchar *channel;
  gboolean want_join;

  GstFecSlot slots[GST_FEC_N_SLOTS];
  gchar nonce[GST_FEC_CONTROL_MAX_NONCE + 1];
  guint64 session_id; /**< 0: never had one */
  gboolean connected; /**< the server confirmed session_id */
  gint64 heard; /**< last success */
  gint64 lifetime; /**< forgotten when silent for so long */

  gboolean asked; /**< the server may hold a lease of ours */
  gboolean has_lease;
  gint64 lease_end;
  gint64 renew_at;
  gint64 report_at;
  gboolean described; /**< the description is of this session */
  gboolean has_description;
  GstFecDescription description;

  gboolean refused;
  gboolean left;
  guint error;
  gchar reason[128];

  guint32 highest_seq;
  guint64 received, lost; /**< as the receiver counts */
  guint64 reported_received, reported_lost;
  guint64 pending_received, pending_lost; /**< in the report under way */
  guint32 jitter_us;

  guint64 requests, retransmissions, answers, ignored, stale_nonces;
  guint rtt_us;
};

/** The next interval of @slot: doubled, jittered by a quarter, shorter near the
 * end of the lease. */
gint64 gst_fec_session_client_back_off (
    const GstFecSessionClient *client, GstFecSlot *slot, gint64 now);
/** Sends the request of @slot at @due as a new transaction. */
void gst_fec_slot_repeat (GstFecSlot *slot, gint64 due);
/** Forgets all requests under way. */
void gst_fec_session_client_cancel (GstFecSessionClient *client);
/** Begins with Connect again; what is known stays until an answer comes. */
void gst_fec_session_client_reconnect (GstFecSessionClient *client, gint64 now);
/** Has no lease any more, and nothing to report. */
void gst_fec_session_client_drop_lease (GstFecSessionClient *client);

G_END_DECLS
