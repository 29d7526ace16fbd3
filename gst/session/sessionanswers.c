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
/* After 510: the way has to recover before more is sent on it. */
#define LONGEST_WAIT_FOR_BEGIN (1 * (gint64) G_USEC_PER_SEC)
#define CONGESTION_PAUSE (5 * (gint64) G_USEC_PER_SEC)

/* How long from @answer's server time until @end, both by the server's clock. */
static gint64
time_until (const GstFecControlMessage *answer, guint64 end)
{
  if (end <= answer->server_time)
    return 0;
  return (gint64) MIN (end - answer->server_time, (guint64) LONGEST_LEASE);
}

/* Until when reception is wished for by the server's clock. */
static void
note_end (
    GstFecSessionClient *client, const GstFecControlMessage *answer, gint64 now)
{
  guint64 wish = client->settings.lease_end;
  gint64 end;

  if (wish == 0 || answer->server_time == 0 ||
      (wish > answer->server_time &&
          wish - answer->server_time > (guint64) LONGEST_LEASE))
    return;
  end = now + time_until (answer, wish);
  client->end_at = client->settings.renew ? end : MIN (client->end_at, end);
}

static void
take_lease (
    GstFecSessionClient *client, const GstFecControlMessage *answer, gint64 now)
{
  const GstFecChannelGrant *grant = &answer->grants[0];
  gint64 length = MAX (time_until (answer, grant->lease_end), SHORTEST_LEASE);

  if (!client->has_lease)
    client->report_at = now;
  client->has_lease = TRUE;
  client->has_alternate = FALSE;
  client->lease_end = now + length;
  if (!client->has_description)
    client->tsi = grant->tsi;
  if (!client->settings.renew)
    client->end_at = MIN (client->end_at, client->lease_end);
  client->renew_at =
      client->lease_end >= client->end_at ? G_MAXINT64 : now + length / 3;
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

/* A channel that is about to begin shall not be waited for longer than it takes. */
static void
retry_soon (GstFecSessionClient *client, GstFecSlot *slot, gint64 now)
{
  gint64 pause = gst_fec_session_client_back_off (client, slot, now);

  gst_fec_slot_repeat (slot, now + MIN (pause, LONGEST_WAIT_FOR_BEGIN));
}

/* Who ended the session, or keeps us from having one, did so for a while. */
static void
pause_session (GstFecSessionClient *client, GstFecSlot *slot, gint64 now)
{
  gint64 pause =
      gst_fec_session_client_back_off (client, slot, now) + CONGESTION_PAUSE;
  guint backoff = slot->backoff;

  gst_fec_session_client_drop_lease (client);
  client->asked = FALSE;
  gst_fec_session_client_reconnect (client, now + pause);
  client->slots[GST_FEC_SLOT_SESSION].backoff = backoff;
}

static void
pass_by (GstFecSessionClient *client, GstFecSlot *slot, guint error, gint64 now)
{
  slot->active = TRUE;
  if (error == GST_FEC_ERROR_CONGESTED)
    pause_session (client, slot, now);
  else if (error == GST_FEC_ERROR_NOT_BEGUN)
    retry_soon (client, slot, now);
  else
    retry_later (client, slot, now);
}

/* An address that a datagram may be sent to: nobody is to be flooded by what a
   server says, and a group does not answer. */
static gboolean
is_sendable (const GstFecAddress *address)
{
  static const guint8 nowhere[16] = { 0 };
  const guint8 *ip = address->ip;

  if (address->port == 0)
    return FALSE;
  if (gst_fec_address_is_ipv4 (address))
    return ip[12] != 0 && ip[12] < 224;
  return ip[0] != 0xff && memcmp (ip, nowhere, sizeof (nowhere)) != 0;
}

static void
take_alternate (GstFecSessionClient *client, guint error,
    const GstFecControlMessage *answer)
{
  if (!answer->has_alternate || !is_sendable (&answer->alternate) ||
      (error != GST_FEC_ERROR_TRY_ALTERNATE && error != GST_FEC_ERROR_FULL &&
          error != GST_FEC_ERROR_CAPACITY))
    return;
  client->has_alternate = TRUE;
  client->alternate = answer->alternate;
}

/* What was wished for is over by the server's clock. */
static gboolean
is_end_of_wish (const GstFecSessionClient *client, guint error)
{
  return error == GST_FEC_ERROR_BAD_LEASE && client->end_at != G_MAXINT64;
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
    return;
  }
  client->last_error = error;
  take_alternate (client, error, answer);
  if (is_passing (error)) {
    pass_by (client, slot, error, now);
  } else if (is_end_of_wish (client, error)) {
    client->asked = FALSE;
    gst_fec_session_client_end (client);
  } else {
    gst_fec_session_client_refuse (client, error, "");
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
  client->tsi = description.tsi;
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
  note_end (client, answer, now);
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
      if (slot == &client->slots[GST_FEC_SLOT_MISSING])
        return FALSE;
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
    gst_fec_session_client_refuse (client, answer->error_code, answer->reason);
    return;
  }
  if (gst_fec_session_client_is_wrong_login (
          client, slot, answer->error_code, now)) {
    gst_fec_session_client_refuse (client, answer->error_code, answer->reason);
    return;
  }
  gst_fec_session_client_take_challenge (client, answer, now);
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
    return;
  }
  client->last_error = error;
  take_alternate (client, error, answer);
  if (error == GST_FEC_ERROR_NO_SESSION) {
    if (slot == &client->slots[GST_FEC_SLOT_MISSING])
      gst_fec_session_client_tell_missing_again (client);
    gst_fec_session_client_drop_lease (client);
    client->session_id = 0;
    client->asked = FALSE;
    gst_fec_session_client_reconnect (client, now);
  } else if (error == GST_FEC_ERROR_CONGESTED) {
    pass_by (client, slot, error, now);
  } else if (slot->method == GST_FEC_METHOD_REPORT) {
    slot->active = FALSE;
    client->report_at = now + report_interval (client);
  } else if (is_passing (error)) {
    pass_by (client, slot, error, now);
  } else {
    gst_fec_session_client_refuse (client, error, answer->reason);
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

/* An answer to a Report of what was missing that others followed. */
static gboolean
is_answer_to_older (
    const GstFecSessionClient *client, const GstFecControlMessage *answer)
{
  return client->connected && answer->klass == GST_FEC_CLASS_SUCCESS &&
      answer->method == GST_FEC_METHOD_REPORT &&
      gst_fec_session_client_is_missing_report (client, answer->transaction);
}

static void
handle_older (GstFecSessionClient *client, gint64 now)
{
  client->answers++;
  client->heard = now;
  client->missing_unheard = 0;
}

static gboolean
handle_answer (GstFecSessionClient *client, GstFecSlot *slot,
    const GstFecControlMessage *answer, gint64 now)
{
  gboolean had_alternate = client->has_alternate;
  gboolean described = FALSE;

  client->answers++;
  if (slot == &client->slots[GST_FEC_SLOT_MISSING])
    client->missing_unheard = 0;
  if (slot->tries == 1)
    client->rtt_us = (guint) CLAMP (now - slot->sent, 0, G_MAXUINT);
  if (answer->klass == GST_FEC_CLASS_SUCCESS)
    described = handle_success (client, slot, answer, now);
  else
    handle_error (client, slot, answer, now);
  return described || (client->has_alternate && !had_alternate);
}

gboolean
gst_fec_session_client_handle (
    GstFecSessionClient *client, const guint8 *data, gsize size, gint64 now)
{
  GstFecClientState state = gst_fec_session_client_get_state (client);
  GstFecControlMessage answer;
  GstFecSlot *slot = NULL, *asker;
  gboolean changed = FALSE;

  if (gst_fec_control_parse (&answer, data, size) == GST_FEC_CONTROL_OK &&
      (answer.klass == GST_FEC_CLASS_SUCCESS ||
          answer.klass == GST_FEC_CLASS_ERROR))
    slot = find_transaction (client, &answer);
  else
    answer.klass = GST_FEC_CLASS_REQUEST;
  asker = slot != NULL ? slot : &client->slots[GST_FEC_SLOT_MISSING];
  if ((slot == NULL && !is_answer_to_older (client, &answer)) ||
      !gst_fec_session_client_is_signed_right (
          client, asker, &answer, data, size)) {
    client->ignored++;
    return state != gst_fec_session_client_get_state (client);
  }

  if (slot == NULL)
    handle_older (client, now);
  else
    changed = handle_answer (client, slot, &answer, now);
  return changed || state != gst_fec_session_client_get_state (client);
}
