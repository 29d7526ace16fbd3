/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sessionanswers.c: what the server's answers mean to the client; see
 * docs/sessions.md.
 */
#include "sessionclient-private.h"

#include <string.h>

/* Challenges answered at once; then with the delay of a retransmission. */
#define CHALLENGES_AT_ONCE 2
/* Whatever the server says, it is asked no more often, and not forgotten. */
#define SHORTEST_LEASE (1 * (gint64) G_USEC_PER_SEC)
#define LONGEST_LEASE (7 * 86400 * (gint64) G_USEC_PER_SEC)

static void
take_lease (
    GstFecSessionClient *client, const GstFecControlMessage *answer, gint64 now)
{
  const GstFecChannelGrant *grant = &answer->grants[0];
  gint64 length = 0;

  if (grant->lease_end > answer->server_time)
    length = (gint64) MIN (
        grant->lease_end - answer->server_time, (guint64) LONGEST_LEASE);
  length = MAX (length, SHORTEST_LEASE);
  if (!client->has_lease)
    client->report_at = now;
  client->has_lease = TRUE;
  client->lease_end = now + length;
  client->renew_at = now + length / 3;
}

static void
refuse (GstFecSessionClient *client, guint error, const gchar *reason)
{
  if (reason[0] == '\0')
    reason = gst_fec_control_reason (error);
  client->refused = TRUE;
  client->error = error;
  g_strlcpy (client->reason, reason, sizeof (client->reason));
  client->has_lease = FALSE;
  gst_fec_session_client_cancel (client);
}

/* Errors that pass by themselves; all the others are final. */
static gboolean
is_passing (guint error)
{
  return error == GST_FEC_ERROR_TRY_ALTERNATE || error == GST_FEC_ERROR_QUOTA ||
      error >= 500;
}

static void
retry_later (GstFecSessionClient *client, GstFecSlot *slot, gint64 now)
{
  gst_fec_slot_repeat (
      slot, now + gst_fec_session_client_back_off (client, slot, now));
}

static void
handle_grant (GstFecSessionClient *client, GstFecSlot *slot,
    const GstFecControlMessage *answer, gint64 now)
{
  guint error;

  if (!client->want_join || !slot->with_lease)
    return;
  error =
      answer->n_grants == 0 ? GST_FEC_ERROR_SERVER : answer->grants[0].error;
  if (error == 0) {
    take_lease (client, answer, now);
  } else if (is_passing (error)) {
    slot->active = TRUE;
    retry_later (client, slot, now);
  } else {
    refuse (client, error, "");
  }
}

static void
handle_connected (GstFecSessionClient *client, GstFecSlot *slot,
    const GstFecControlMessage *answer, gint64 now)
{
  if (answer->session_id == 0) {
    client->ignored++;
    slot->active = TRUE;
    return;
  }
  if (client->session_id != answer->session_id) {
    gst_fec_session_client_drop_lease (client);
    client->asked = slot->with_lease;
    client->described = FALSE;
  }
  client->session_id = answer->session_id;
  client->connected = TRUE;
  client->lifetime =
      MAX (answer->lifetime_seconds, 1) * (gint64) G_USEC_PER_SEC;
  handle_grant (client, slot, answer, now);
}

/* Returns whether the description is another one than before. */
static gboolean
handle_description (GstFecSessionClient *client, GstFecSlot *slot,
    const GstFecControlMessage *answer, gint64 now)
{
  GstFecDescription description = { 0 };

  if (!gst_fec_description_from_sdp (
          &description, answer->description, strlen (answer->description))) {
    client->ignored++;
    slot->active = TRUE;
    retry_later (client, slot, now);
    return FALSE;
  }
  gst_fec_description_clear (&client->description);
  client->description = description;
  client->described = TRUE;
  client->has_description = TRUE;
  return TRUE;
}

/* Consent must not run out between two reports, some of which get lost. */
static gint64
report_interval (const GstFecSessionClient *client)
{
  return MIN (client->settings.report_ms * G_TIME_SPAN_MILLISECOND,
      client->lifetime / 3);
}

static gboolean
handle_success (GstFecSessionClient *client, GstFecSlot *slot,
    const GstFecControlMessage *answer, gint64 now)
{
  client->heard = now;
  slot->active = FALSE;
  switch (slot->method) {
    case GST_FEC_METHOD_CONNECT:
      handle_connected (client, slot, answer, now);
      return FALSE;
    case GST_FEC_METHOD_JOIN:
      handle_grant (client, slot, answer, now);
      return FALSE;
    case GST_FEC_METHOD_LEAVE:
      client->asked = FALSE;
      return FALSE;
    case GST_FEC_METHOD_DESCRIBE:
      return handle_description (client, slot, answer, now);
    case GST_FEC_METHOD_REPORT:
      client->reported_received = client->pending_received;
      client->reported_lost = client->pending_lost;
      client->report_at = now + report_interval (client);
      return FALSE;
  }
  return FALSE;
}

static void
handle_challenge (GstFecSessionClient *client, GstFecSlot *slot,
    const GstFecControlMessage *answer, gint64 now)
{
  if (answer->nonce[0] == '\0') {
    refuse (client, answer->error_code, answer->reason);
    return;
  }
  g_strlcpy (client->nonce, answer->nonce, sizeof (client->nonce));
  if (slot->with_nonce)
    client->stale_nonces++;
  if (++slot->challenges > CHALLENGES_AT_ONCE) {
    retry_later (client, slot, now);
    return;
  }
  slot->backoff = 0;
  gst_fec_slot_repeat (slot, now);
}

static void
handle_error (GstFecSessionClient *client, GstFecSlot *slot,
    const GstFecControlMessage *answer, gint64 now)
{
  guint error = answer->error_code;

  if (error == GST_FEC_ERROR_UNAUTHENTICATED ||
      error == GST_FEC_ERROR_STALE_NONCE) {
    handle_challenge (client, slot, answer, now);
  } else if (error == GST_FEC_ERROR_NO_SESSION) {
    gst_fec_session_client_drop_lease (client);
    client->session_id = 0;
    client->asked = FALSE;
    gst_fec_session_client_reconnect (client, now);
  } else if (slot->method == GST_FEC_METHOD_REPORT) {
    slot->active = FALSE;
    client->report_at = now + report_interval (client);
  } else if (is_passing (error)) {
    retry_later (client, slot, now);
  } else {
    refuse (client, error, answer->reason);
  }
}

static GstFecSlot *
find_transaction (
    GstFecSessionClient *client, const GstFecControlMessage *answer)
{
  guint i;

  for (i = 0; i < GST_FEC_N_SLOTS; i++) {
    GstFecSlot *slot = &client->slots[i];

    if (slot->active && slot->has_transaction &&
        slot->method == answer->method &&
        memcmp (slot->transaction, answer->transaction,
            sizeof (slot->transaction)) == 0)
      return slot;
  }
  return NULL;
}

gboolean
gst_fec_session_client_handle (
    GstFecSessionClient *client, const guint8 *data, gsize size, gint64 now)
{
  GstFecClientState state = gst_fec_session_client_get_state (client);
  gboolean described = FALSE;
  GstFecControlMessage answer;
  GstFecSlot *slot = NULL;

  if (gst_fec_control_parse (&answer, data, size) == GST_FEC_CONTROL_OK &&
      (answer.klass == GST_FEC_CLASS_SUCCESS ||
          answer.klass == GST_FEC_CLASS_ERROR))
    slot = find_transaction (client, &answer);
  if (slot == NULL) {
    client->ignored++;
    return FALSE;
  }

  client->answers++;
  if (slot->tries == 1)
    client->rtt_us = (guint) CLAMP (now - slot->sent, 0, G_MAXUINT);
  if (answer.klass == GST_FEC_CLASS_SUCCESS)
    described = handle_success (client, slot, &answer, now);
  else
    handle_error (client, slot, &answer, now);
  return described || state != gst_fec_session_client_get_state (client);
}
