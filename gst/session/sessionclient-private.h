/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sessionclient-private.h: what the parts of the client share: asking
 * (sessionclient.c), understanding the answers (sessionanswers.c), its login
 * (sessionclientlogin.c) and what it misses (sessionclientmissing.c).
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
  GST_FEC_SLOT_MISSING, /**< a Report of what is missing alone */
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
  gboolean with_key; /**< is signed, with key */
  guint8 key[GST_FEC_CONTROL_KEY_SIZE];
  guint32 report_number; /**< of a Report */
  guint8 transaction[12];
  guint tries; /**< sendings of this transaction */
  guint backoff; /**< doublings of the interval so far */
  guint challenges; /**< without an answer of another kind */
  guint refusals; /**< of them: 401 though signed with a fresh nonce */
  gint64 sent;
  gint64 due;
} GstFecSlot;

/** Reports of missing symbols whose answers are still recognised. */
#define GST_FEC_CLIENT_MISSING_SENT 16

/** What is missing and was not told yet, or was told by the last Report. */
typedef struct
{
  GstFecMissing items[GST_FEC_CONTROL_MAX_MISSING];
  gint64 noted[GST_FEC_CONTROL_MAX_MISSING]; /**< when each was */
  guint n;
} GstFecMissingList;

struct _GstFecSessionClient
{
  GstFecClientSettings settings;
  gchar *channel, *user, *password;
  gboolean want_join;
  gboolean reliable;

  GstFecSlot slots[GST_FEC_N_SLOTS];
  gchar nonce[GST_FEC_CONTROL_MAX_NONCE + 1];
  gint64 nonce_time; /**< when it came */
  gchar realm[GST_FEC_CONTROL_MAX_NAME + 1];
  gboolean has_key; /**< a user is set and a realm known */
  gboolean server_signs; /**< an answer was signed right */
  guint unsigned_answers; /**< to signed requests */
  guint8 key[GST_FEC_CONTROL_KEY_SIZE];
  guint64 session_id; /**< 0: never had one */
  gboolean connected; /**< the server confirmed session_id */
  gint64 heard; /**< last success */
  gint64 lifetime; /**< forgotten when silent for so long */

  gboolean asked; /**< the server may hold a lease of ours */
  gboolean has_lease;
  gint64 lease_end;
  gint64 renew_at; /**< G_MAXINT64: never */
  gint64 end_at; /**< of reception, as wished; G_MAXINT64: not known or none */
  gint64 report_at;
  gboolean described; /**< the description is of this session */
  gboolean has_description;
  GstFecDescription description;

  gboolean refused;
  gboolean left;
  gboolean ended;
  guint error, last_error;
  gchar reason[128];
  gboolean has_alternate;
  GstFecAddress alternate;

  guint32 highest_seq;
  guint64 received, lost; /**< as the receiver counts */
  guint64 reported_received, reported_lost;
  guint64 pending_received, pending_lost; /**< in the report under way */
  guint32 jitter_us;
  guint32 report_number; /**< of the last one */

  guint32 tsi; /**< as the server told, else 0 */
  GstFecMissingList missing; /**< not told yet */
  GstFecMissingList told; /**< by the Report in GST_FEC_SLOT_MISSING */
  gint64 missing_at; /**< no earlier the next one */
  gint64 missing_unheard; /**< since when none was answered; 0: all were */
  guint8 missing_sent[GST_FEC_CLIENT_MISSING_SENT][12]; /**< transactions */
  guint n_missing_sent; /**< also those that are forgotten */

  guint64 missing_reports;
  guint64 requests, retransmissions, answers, ignored, stale_nonces;
  guint rtt_us;
};

/** The next interval of @slot: doubled, jittered by a quarter, shorter near the
 * end of the lease. */
gint64 gst_fec_session_client_back_off (
    const GstFecSessionClient *client, GstFecSlot *slot, gint64 now);
/** Begins the request of slot @index anew, at @now. */
void gst_fec_session_client_start_request (GstFecSessionClient *client,
    GstFecSlotIndex index, GstFecMethod method, gint64 now);
/** Sends the request of @slot at @due as a new transaction. */
void gst_fec_slot_repeat (GstFecSlot *slot, gint64 due);
/** Forgets all requests under way. */
void gst_fec_session_client_cancel (GstFecSessionClient *client);
/** Begins with Connect at @due; what is known stays until an answer comes. */
void gst_fec_session_client_reconnect (GstFecSessionClient *client, gint64 due);
/** Has no lease any more, and nothing to report. */
void gst_fec_session_client_drop_lease (GstFecSessionClient *client);
/** For good: @reason "" is the default one of @error. */
void gst_fec_session_client_refuse (
    GstFecSessionClient *client, guint error, const gchar *reason);
/** Reception ended as wished. */
void gst_fec_session_client_end (GstFecSessionClient *client);

/** Keeps nonce and realm of a challenge, and the key they make. */
void gst_fec_session_client_take_challenge (GstFecSessionClient *client,
    const GstFecControlMessage *answer, gint64 now);
/** Decides whether the transaction that begins in @slot is signed. */
void gst_fec_session_client_choose_key (
    const GstFecSessionClient *client, GstFecSlot *slot);
/** Adds what a request of @slot needs: nonce, name, realm, key. */
void gst_fec_session_client_sign (const GstFecSessionClient *client,
    const GstFecSlot *slot, GstFecControlMessage *message);
/**
 * Whether @answer, parsed of @data, may be an answer to @slot's request. Refuses
 * a server that never signs.
 */
gboolean gst_fec_session_client_is_signed_right (GstFecSessionClient *client,
    const GstFecSlot *slot, const GstFecControlMessage *answer,
    const guint8 *data, gsize size);
/** Whether a challenge that came now says that the login is wrong. */
gboolean gst_fec_session_client_is_wrong_login (
    const GstFecSessionClient *client, GstFecSlot *slot, guint error,
    gint64 now);

/** Begins or ends Reports of what is missing, as it is time. */
void gst_fec_session_client_plan_missing (
    GstFecSessionClient *client, gint64 now);
/** When the next one is due; G_MAXINT64: none. */
gint64 gst_fec_session_client_next_missing (const GstFecSessionClient *client);
/** Begins the transaction in GST_FEC_SLOT_MISSING. */
void gst_fec_session_client_begin_missing (
    GstFecSessionClient *client, gint64 now);
void gst_fec_session_client_add_missing (
    const GstFecSessionClient *client, GstFecControlMessage *message);
/** Remembers the transaction that is sent in GST_FEC_SLOT_MISSING. */
void gst_fec_session_client_note_missing_sent (
    GstFecSessionClient *client, gint64 now);
/** Whether @transaction is of one of the last Reports of what is missing. */
gboolean gst_fec_session_client_is_missing_report (
    const GstFecSessionClient *client, const guint8 *transaction);
/** What the Report under way told has to be told again. */
void gst_fec_session_client_tell_missing_again (GstFecSessionClient *client);

G_END_DECLS
