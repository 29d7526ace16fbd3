/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sessionclient.c: the client's state machine; see sessionclient.h and
 * docs/sessions.md. At most four requests are outstanding: one that opens,
 * renews or ends (Connect, Join, Leave), one Describe, one Report, one Report of
 * what is missing. What is wanted and what is known decide which request is
 * due: plan_requests().
 */
#include "sessionclient-private.h"

#include <string.h>

/* A request other than Connect that stays unanswered so often makes the client
   ask for the session anew: its address changed, or the server restarted, and
   a short request from an unknown address is not even challenged. */
#define TRIES_BEFORE_CONNECT 3
/* The longest interval while a lease is running out, as a part of what is left
   of it: enough tries to get through where half of the messages are lost. */
#define TRIES_TO_KEEP_A_LEASE 12
/* How long an answer is waited for over a transport that loses nothing. */
#define RELIABLE_TIMEOUT_MS 8000
#define MS G_TIME_SPAN_MILLISECOND

void
gst_fec_client_settings_init (GstFecClientSettings *settings)
{
  settings->channel = "";
  settings->user = settings->password = NULL;
  settings->lease = 60;
  settings->lease_end = 0;
  settings->renew = TRUE;
  settings->join = TRUE;
  settings->first_retry_ms = 250;
  settings->max_retry_ms = 8000;
  settings->report_ms = 5000;
}

GstFecSessionClient *
gst_fec_session_client_new (const GstFecClientSettings *settings)
{
  GstFecSessionClient *client = g_new0 (GstFecSessionClient, 1);

  client->settings = *settings;
  client->settings.first_retry_ms = MAX (settings->first_retry_ms, 1);
  client->settings.max_retry_ms =
      MAX (settings->max_retry_ms, client->settings.first_retry_ms);
  client->settings.report_ms = MAX (settings->report_ms, 100);
  client->settings.lease = MAX (settings->lease, 1);
  client->channel = g_strdup (settings->channel);
  client->settings.channel = client->channel;
  if (settings->user != NULL && settings->user[0] != '\0')
    client->user = g_strdup (settings->user);
  client->password = g_strdup (settings->password ? settings->password : "");
  client->settings.user = client->settings.password = NULL;
  client->end_at = G_MAXINT64;
  client->want_join = settings->join;
  return client;
}

void
gst_fec_session_client_free (GstFecSessionClient *client)
{
  gst_fec_description_clear (&client->description);
  g_free (client->channel);
  g_free (client->user);
  g_free (client->password);
  g_free (client);
}

GstFecClientState
gst_fec_session_client_get_state (const GstFecSessionClient *client)
{
  if (client->left)
    return GST_FEC_CLIENT_LEFT;
  if (client->refused)
    return GST_FEC_CLIENT_REFUSED;
  if (client->ended)
    return GST_FEC_CLIENT_ENDED;
  if (client->has_lease)
    return GST_FEC_CLIENT_JOINED;
  if (client->connected && client->described)
    return GST_FEC_CLIENT_DESCRIBED;
  return GST_FEC_CLIENT_CONNECTING;
}

const GstFecDescription *
gst_fec_session_client_get_description (const GstFecSessionClient *client)
{
  return client->has_description ? &client->description : NULL;
}

guint
gst_fec_session_client_get_error (
    const GstFecSessionClient *client, const gchar **reason)
{
  if (reason != NULL)
    *reason = client->reason;
  return client->error;
}

gboolean
gst_fec_session_client_get_alternate (
    const GstFecSessionClient *client, GstFecAddress *address)
{
  if (client->has_alternate)
    *address = client->alternate;
  return client->has_alternate;
}

void
gst_fec_session_client_set_reliable (
    GstFecSessionClient *client, gboolean reliable)
{
  client->reliable = reliable;
}

/* Jittered, so that clients that lost their server together do not come back
   together; more often as the end of the lease or of the consent comes near. */
gint64
gst_fec_session_client_back_off (
    const GstFecSessionClient *client, GstFecSlot *slot, gint64 now)
{
  gint64 first = client->settings.first_retry_ms * MS;
  gint64 most = client->settings.max_retry_ms * MS;
  gint64 interval = MIN (first << MIN (slot->backoff, 16), most);

  if (client->has_lease) {
    gint64 end = MIN (client->lease_end, client->heard + client->lifetime);

    if (end > now)
      interval =
          MIN (interval, MAX (first, (end - now) / TRIES_TO_KEEP_A_LEASE));
  }
  slot->backoff++;
  return (gint64) (g_random_double_range (0.75, 1.25) * (gdouble) interval);
}

/* How long to wait for the answer to what is sent now. */
static gint64
answer_timeout (const GstFecSessionClient *client, GstFecSlot *slot, gint64 now)
{
  gint64 interval = gst_fec_session_client_back_off (client, slot, now);

  return client->reliable ? RELIABLE_TIMEOUT_MS * MS : interval;
}

void
gst_fec_session_client_start_request (GstFecSessionClient *client,
    GstFecSlotIndex index, GstFecMethod method, gint64 now)
{
  GstFecSlot *slot = &client->slots[index];

  memset (slot, 0, sizeof (*slot));
  slot->active = TRUE;
  slot->method = method;
  slot->due = now;
}

/* The same request as a new transaction. */
void
gst_fec_slot_repeat (GstFecSlot *slot, gint64 due)
{
  slot->has_transaction = FALSE;
  slot->tries = 0;
  slot->due = due;
}

void
gst_fec_session_client_cancel (GstFecSessionClient *client)
{
  guint i;

  for (i = 0; i < GST_FEC_N_SLOTS; i++)
    client->slots[i].active = FALSE;
}

void
gst_fec_session_client_reconnect (GstFecSessionClient *client, gint64 due)
{
  gst_fec_session_client_cancel (client);
  client->connected = FALSE;
  gst_fec_session_client_start_request (
      client, GST_FEC_SLOT_SESSION, GST_FEC_METHOD_CONNECT, due);
}

void
gst_fec_session_client_drop_lease (GstFecSessionClient *client)
{
  client->has_lease = FALSE;
  client->slots[GST_FEC_SLOT_REPORT].active = FALSE;
}

void
gst_fec_session_client_refuse (
    GstFecSessionClient *client, guint error, const gchar *reason)
{
  if (reason[0] == '\0')
    reason = gst_fec_control_reason (error);
  client->refused = TRUE;
  client->error = error;
  g_strlcpy (client->reason, reason, sizeof (client->reason));
  client->has_lease = FALSE;
  gst_fec_session_client_cancel (client);
}

/* A Leave is still due when the server gave more than was asked for. */
void
gst_fec_session_client_end (GstFecSessionClient *client)
{
  gst_fec_session_client_cancel (client);
  gst_fec_session_client_drop_lease (client);
  client->ended = TRUE;
}

/* A lease held until its end needs no Leave. */
static void
watch_ends (GstFecSessionClient *client, gint64 now)
{
  if (client->has_lease && now >= client->lease_end) {
    gst_fec_session_client_drop_lease (client);
    if (client->renew_at == G_MAXINT64)
      client->asked = FALSE;
  }
  if (now >= client->end_at && !client->ended)
    gst_fec_session_client_end (client);
}

/* Which request does the session need now? */
static void
plan_session_request (GstFecSessionClient *client, gint64 now)
{
  if (client->slots[GST_FEC_SLOT_SESSION].active)
    return;
  if (!client->connected)
    gst_fec_session_client_start_request (
        client, GST_FEC_SLOT_SESSION, GST_FEC_METHOD_CONNECT, now);
  else if ((!client->want_join || client->ended) && client->asked)
    gst_fec_session_client_start_request (
        client, GST_FEC_SLOT_SESSION, GST_FEC_METHOD_LEAVE, now);
  else if (client->ended)
    return;
  else if ((client->want_join || client->missing.n > 0) &&
      now - client->heard >= client->lifetime)
    gst_fec_session_client_reconnect (client, now);
  else if (client->want_join && (!client->has_lease || now >= client->renew_at))
    gst_fec_session_client_start_request (
        client, GST_FEC_SLOT_SESSION, GST_FEC_METHOD_JOIN, now);
}

/* Who listens to the group alone tells what it loses, too: what all get is
   measured by all. Without a packet there is nothing to tell. */
static gboolean
has_something_to_report (const GstFecSessionClient *client)
{
  return client->connected &&
      (client->has_lease ||
          (client->described && client->description.has_group &&
              client->received > client->reported_received));
}

static void
plan_requests (GstFecSessionClient *client, gint64 now)
{
  if (client->refused || client->left)
    return;
  watch_ends (client, now);
  if (client->ended && !(client->connected && client->asked))
    return;

  plan_session_request (client, now);
  if (!client->connected || client->ended)
    return;
  if (!client->described && !client->slots[GST_FEC_SLOT_DESCRIBE].active)
    gst_fec_session_client_start_request (
        client, GST_FEC_SLOT_DESCRIBE, GST_FEC_METHOD_DESCRIBE, now);
  if (has_something_to_report (client) &&
      !client->slots[GST_FEC_SLOT_REPORT].active && now >= client->report_at)
    gst_fec_session_client_start_request (
        client, GST_FEC_SLOT_REPORT, GST_FEC_METHOD_REPORT, now);
  gst_fec_session_client_plan_missing (client, now);
}

/* When plan_requests() has something to do without anything arriving. */
static gint64
next_planned (const GstFecSessionClient *client)
{
  gint64 next = G_MAXINT64;

  if (client->refused || client->left || client->ended)
    return next;
  next = MIN (client->end_at, gst_fec_session_client_next_missing (client));
  if (has_something_to_report (client) &&
      !client->slots[GST_FEC_SLOT_REPORT].active)
    next = MIN (next, client->report_at);
  if (!client->has_lease)
    return next;
  next = MIN (next, client->lease_end);
  if (!client->slots[GST_FEC_SLOT_SESSION].active && client->want_join)
    next = MIN (next, client->renew_at);
  return next;
}

static void
add_channel (const GstFecSessionClient *client, GstFecControlMessage *message,
    gint64 now)
{
  GstFecChannelRequest *wish = &message->channels[0];

  message->n_channels = 1;
  g_strlcpy (wish->name, client->channel, sizeof (wish->name));
  if (message->method != GST_FEC_METHOD_CONNECT &&
      message->method != GST_FEC_METHOD_JOIN)
    return;
  wish->lease_seconds = client->settings.lease;
  wish->lease_end = client->settings.lease_end;
  /* What is left of the one lease, after the session had to begin anew. */
  if (!client->settings.renew && client->end_at != G_MAXINT64)
    wish->lease_seconds = (guint32) CLAMP (
        (client->end_at - now + G_USEC_PER_SEC - 1) / G_USEC_PER_SEC, 1,
        client->settings.lease);
}

static void
add_report (GstFecSessionClient *client, GstFecControlMessage *message)
{
  GstFecChannelReport *report = &message->reports[0];

  message->n_reports = 1;
  report->tsi = client->tsi;
  report->highest_seq = client->highest_seq;
  report->received =
      (guint32) (client->pending_received - client->reported_received);
  report->lost = (guint32) (client->pending_lost - client->reported_lost);
  report->jitter_us = client->jitter_us;
}

static gboolean
is_missing_slot (const GstFecSessionClient *client, const GstFecSlot *slot)
{
  return slot == &client->slots[GST_FEC_SLOT_MISSING];
}

/* What a transaction says stays the same when it is sent again. */
static void
begin_transaction (GstFecSessionClient *client, GstFecSlot *slot, gint64 now)
{
  gst_fec_session_client_choose_key (client, slot);
  slot->with_lease = slot->method == GST_FEC_METHOD_JOIN ||
      (slot->method == GST_FEC_METHOD_CONNECT && client->want_join);
  if (slot->with_lease)
    client->asked = TRUE;
  if (slot->method != GST_FEC_METHOD_REPORT)
    return;
  client->report_number = MAX (client->report_number + 1, 1);
  slot->report_number = client->report_number;
  if (is_missing_slot (client, slot)) {
    gst_fec_session_client_begin_missing (client, now);
  } else {
    client->pending_received = client->received;
    client->pending_lost = client->lost;
  }
}

static void
add_content (GstFecSessionClient *client, const GstFecSlot *slot,
    GstFecControlMessage *message, gint64 now)
{
  message->session_id = client->session_id;
  gst_fec_session_client_sign (client, slot, message);
  if (slot->method == GST_FEC_METHOD_REPORT) {
    message->report_number = slot->report_number;
    if (is_missing_slot (client, slot))
      gst_fec_session_client_add_missing (client, message);
    else
      add_report (client, message);
  } else if (slot->method != GST_FEC_METHOD_CONNECT || slot->with_lease) {
    add_channel (client, message, now);
  }
}

static gsize
send_request (GstFecSessionClient *client, GstFecSlot *slot, gint64 now,
    guint8 *out, gsize max)
{
  GstFecControlMessage message;

  gst_fec_control_init (&message, slot->method, GST_FEC_CLASS_REQUEST,
      slot->has_transaction ? slot->transaction : NULL);
  if (!slot->has_transaction)
    begin_transaction (client, slot, now);
  add_content (client, slot, &message, now);
  memcpy (slot->transaction, message.transaction, sizeof (slot->transaction));
  slot->has_transaction = TRUE;
  slot->tries++;
  slot->sent = now;
  slot->due = now + answer_timeout (client, slot, now);
  if (is_missing_slot (client, slot))
    gst_fec_session_client_note_missing_sent (client, now);
  client->requests++;
  if (slot->tries > 1)
    client->retransmissions++;
  return gst_fec_control_write (&message, out, max);
}

static GstFecSlot *
find_due (GstFecSessionClient *client, gint64 now, gint64 *next)
{
  guint i;

  for (i = 0; i < GST_FEC_N_SLOTS; i++) {
    GstFecSlot *slot = &client->slots[i];

    if (!slot->active)
      continue;
    if (slot->due <= now)
      return slot;
    *next = MIN (*next, slot->due);
  }
  return NULL;
}

gsize
gst_fec_session_client_next (GstFecSessionClient *client, gint64 now,
    guint8 *out, gsize max, gint64 *next)
{
  GstFecSlot *slot;

  plan_requests (client, now);
  *next = next_planned (client);
  slot = find_due (client, now, next);
  if (slot != NULL && slot->method != GST_FEC_METHOD_CONNECT &&
      slot->tries >= TRIES_BEFORE_CONNECT) {
    if (client->ended) {
      client->asked = FALSE;
      gst_fec_session_client_cancel (client);
      *next = G_MAXINT64;
      return 0;
    }
    gst_fec_session_client_reconnect (client, now);
    slot = &client->slots[GST_FEC_SLOT_SESSION];
  }
  return slot == NULL ? 0 : send_request (client, slot, now, out, max);
}

void
gst_fec_session_client_set_join (
    GstFecSessionClient *client, gboolean join, gint64 now)
{
  GstFecSlot *slot = &client->slots[GST_FEC_SLOT_SESSION];

  if (client->want_join == join)
    return;
  client->want_join = join;
  /* A Connect under way keeps its course and is followed by what is missing;
     a Join or Leave under way says the opposite of what is wanted now. */
  if (slot->active && slot->method != GST_FEC_METHOD_CONNECT)
    slot->active = FALSE;
  if (!join)
    gst_fec_session_client_drop_lease (client);
  plan_requests (client, now);
}

void
gst_fec_session_client_set_reception (GstFecSessionClient *client,
    guint32 highest_seq, guint64 received, guint64 lost, guint32 jitter_us)
{
  client->highest_seq = highest_seq;
  client->received = received;
  client->lost = lost;
  client->jitter_us = jitter_us;
}

void
gst_fec_session_client_restart (GstFecSessionClient *client, gint64 now)
{
  if (client->ended)
    client->end_at = G_MAXINT64;
  client->refused = client->left = client->ended = FALSE;
  client->has_alternate = client->server_signs = FALSE;
  client->unsigned_answers = 0;
  client->error = client->last_error = 0;
  client->reason[0] = '\0';
  client->has_lease = FALSE;
  gst_fec_session_client_reconnect (client, now);
}

/* The server may have a session of ours whose id is on its way to us. */
static gboolean
may_have_session (const GstFecSessionClient *client)
{
  const GstFecSlot *slot = &client->slots[GST_FEC_SLOT_SESSION];

  return client->session_id != 0 ||
      (slot->active && slot->has_transaction && slot->with_nonce);
}

gsize
gst_fec_session_client_leave (
    GstFecSessionClient *client, guint8 *out, gsize max)
{
  GstFecSlot slot = { .method = GST_FEC_METHOD_LEAVE };
  GstFecControlMessage message;
  gboolean has_session = may_have_session (client);

  if (client->left)
    return 0;
  client->left = TRUE;
  client->has_lease = FALSE;
  gst_fec_session_client_cancel (client);
  if (!has_session)
    return 0;
  gst_fec_control_init (
      &message, GST_FEC_METHOD_LEAVE, GST_FEC_CLASS_REQUEST, NULL);
  message.session_id = client->session_id;
  gst_fec_session_client_choose_key (client, &slot);
  gst_fec_session_client_sign (client, &slot, &message);
  return gst_fec_control_write (&message, out, max);
}

static const gchar *
state_nick (GstFecClientState state)
{
  switch (state) {
    case GST_FEC_CLIENT_CONNECTING:
      return "connecting";
    case GST_FEC_CLIENT_DESCRIBED:
      return "described";
    case GST_FEC_CLIENT_JOINED:
      return "joined";
    case GST_FEC_CLIENT_REFUSED:
      return "refused";
    case GST_FEC_CLIENT_LEFT:
      return "left";
    case GST_FEC_CLIENT_ENDED:
      return "ended";
  }
  return "unknown";
}

GstStructure *
gst_fec_session_client_get_stats (const GstFecSessionClient *client)
{
  return gst_structure_new ("application/x-fec-client-stats", "state",
      G_TYPE_STRING, state_nick (gst_fec_session_client_get_state (client)),
      "requests", G_TYPE_UINT64, client->requests, "retransmissions",
      G_TYPE_UINT64, client->retransmissions, "answers", G_TYPE_UINT64,
      client->answers, "ignored", G_TYPE_UINT64, client->ignored,
      "stale-nonces", G_TYPE_UINT64, client->stale_nonces, "missing-reports",
      G_TYPE_UINT64, client->missing_reports, "rtt-us", G_TYPE_UINT,
      client->rtt_us, "last-error", G_TYPE_UINT, client->last_error, NULL);
}
