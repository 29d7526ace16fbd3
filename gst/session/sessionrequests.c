/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sessionrequests.c: what Connect, Join, Leave, Describe and Report do, once
 * their sender is known.
 */
#include "sessionserver-private.h"

#include <string.h>

/* By name; "" also finds the channel of the TSI, and the only channel. */
static GstFecSessionChannel *
find_channel (GstFecSessionServer *server, const gchar *name, guint32 tsi)
{
  GstFecSessionChannel *channel = NULL;
  GHashTableIter iter;
  gpointer value;

  if (name[0] != '\0' || tsi == 0)
    channel = g_hash_table_lookup (server->channels_by_name, name);
  if (channel != NULL || name[0] != '\0')
    return channel;
  channel = gst_fec_session_server_find_channel (server, tsi);
  if (channel != NULL || tsi != 0)
    return channel;
  if (g_hash_table_size (server->channels) != 1)
    return NULL;
  g_hash_table_iter_init (&iter, server->channels);
  g_hash_table_iter_next (&iter, NULL, &value);
  return value;
}

/* Two numbers of 64 bits tell a request from another one of the same client
   well enough; the whole 96 would cost each session 8 bytes more. */
static guint64
request_mark (const GstFecControlMessage *message)
{
  guint64 mark;

  memcpy (&mark, message->transaction, sizeof (mark));
  return mark;
}

static gboolean
is_retransmission (const GstFecSessionRequest *request)
{
  return request->session->last_request == request_mark (request->message);
}

/* The length of a lease that was asked for, within the limits; 0: none. */
static gint64
lease_length (const GstFecSessionServer *server,
    const GstFecSessionRequest *request, const GstFecChannelRequest *wish)
{
  const GstFecSessionSettings *settings = &server->settings;
  guint64 wall = (guint64) MAX (request->wall, 0);
  guint64 length = wish->lease_seconds * (guint64) G_USEC_PER_SEC;

  if (wish->lease_end != 0) {
    if (wish->lease_end <= wall)
      return 0;
    length = wish->lease_end - wall;
  } else if (wish->lease_seconds == 0) {
    length = settings->lease_default * (guint64) G_USEC_PER_SEC;
  }
  return (gint64) CLAMP (length, settings->lease_min * (guint64) G_USEC_PER_SEC,
      settings->lease_max * (guint64) G_USEC_PER_SEC);
}

static gboolean
has_room_for (
    const GstFecSessionServer *server, const GstFecSessionChannel *channel)
{
  return server->settings.max_egress == 0 ||
      server->egress + channel->rate <= server->settings.max_egress;
}

/* Begins or renews one lease. Returns 0 with *lease set, or an error. */
static guint
grant_lease (GstFecSessionServer *server, GstFecSessionRequest *request,
    const GstFecSessionChannel *channel, gint64 length, GstFecLease **lease)
{
  GstFecSession *session = request->session;

  if (length == 0)
    return GST_FEC_ERROR_BAD_LEASE;
  if (*lease != NULL) {
    if (!gst_fec_session_server_permits (server, request, channel))
      return GST_FEC_ERROR_FORBIDDEN;
    (*lease)->end = request->now + length;
    server->counters.renewals++;
    return 0;
  }
  if (gst_fec_session_table_count_leases (server->table, session) >=
      server->settings.max_channels_per_session)
    return GST_FEC_ERROR_TOO_MANY_CHANNELS;
  if (!gst_fec_session_server_may_have (server, request, channel))
    return GST_FEC_ERROR_FORBIDDEN;
  if (!has_room_for (server, channel))
    return GST_FEC_ERROR_CAPACITY;
  *lease = gst_fec_session_server_begin_lease (
      server, session, channel->tsi, request->now + length);
  server->counters.joins++;
  return 0;
}

static void
serve_wish (GstFecSessionServer *server, GstFecSessionRequest *request,
    const GstFecChannelRequest *wish, GstFecChannelGrant *grant)
{
  GstFecSessionChannel *channel = find_channel (server, wish->name, wish->tsi);
  GstFecLease *lease;

  grant->tsi = wish->tsi;
  if (channel == NULL) {
    grant->error = (guint16) gst_fec_session_server_no_channel (
        server, wish->name, wish->tsi);
    server->counters.refused++;
    return;
  }
  grant->tsi = channel->tsi;
  if (request->message->method != GST_FEC_METHOD_CONNECT &&
      wish->lease_seconds == 0 && wish->lease_end == 0) {
    gst_fec_session_server_end_lease (
        server, request->session, channel->tsi, GST_FEC_END_LEFT);
    return;
  }
  lease = gst_fec_session_table_find_lease (
      server->table, request->session, channel->tsi);
  if (lease == NULL || !is_retransmission (request))
    grant->error = (guint16) grant_lease (
        server, request, channel, lease_length (server, request, wish), &lease);
  if (grant->error != 0)
    server->counters.refused++;
  if (lease != NULL)
    grant->lease_end = (guint64) (request->wall + lease->end - request->now);
}

static void
serve_wishes (GstFecSessionServer *server, GstFecSessionRequest *request,
    GstFecControlMessage *answer)
{
  guint i;

  for (i = 0; i < request->message->n_channels; i++)
    serve_wish (
        server, request, &request->message->channels[i], &answer->grants[i]);
  answer->n_grants = request->message->n_channels;
}

/* The place of the next alternate server that a client of @from's kind of
   address can ask (RFC 8489, section 10); -1: there is none. */
static gint
find_alternate (const GstFecSessionServer *server, const GstFecAddress *from)
{
  const GstFecSessionSettings *settings = &server->settings;
  guint i;

  for (i = 0; i < settings->n_alternates; i++) {
    guint place = (server->next_alternate + i) % settings->n_alternates;

    if (gst_fec_address_is_ipv4 (&settings->alternates[place]) ==
        gst_fec_address_is_ipv4 (from))
      return (gint) place;
  }
  return -1;
}

/* 0, or why there is no session for one who has none yet. */
static guint
refuse_session (GstFecSessionServer *server,
    const GstFecSessionRequest *request, const gchar **reason)
{
  const GstFecSessionSettings *settings = &server->settings;
  GstFecSessionTable *table = server->table;

  if (gst_fec_pauses_contain (&server->pauses, request->from, request->now))
    return GST_FEC_ERROR_CONGESTED;
  if (settings->redirect && find_alternate (server, request->from) >= 0) {
    server->counters.redirected++;
    return GST_FEC_ERROR_TRY_ALTERNATE;
  }
  if (gst_fec_session_table_get_n_sessions (table) >= settings->max_sessions)
    return GST_FEC_ERROR_FULL;
  if (gst_fec_session_table_count_address (table, request->from) >=
      settings->max_sessions_per_address) {
    *reason = "Too many sessions of this address";
    return GST_FEC_ERROR_QUOTA;
  }
  if (gst_fec_session_table_count_prefix (table, request->from) >=
      settings->max_sessions_per_prefix) {
    *reason = "Too many sessions of this network";
    return GST_FEC_ERROR_QUOTA;
  }
  return 0;
}

static void
open_session (GstFecSessionServer *server, GstFecSessionRequest *request)
{
  request->session =
      gst_fec_session_table_add (server->table, request->from, request->now);
  request->session->user =
      gst_fec_usernames_hold (server->usernames, request->user);
  server->counters.connects++;
  if (request->user != NULL)
    server->counters.logins++;
}

static guint
serve_connect (GstFecSessionServer *server, GstFecSessionRequest *request,
    GstFecControlMessage *answer, const gchar **reason)
{
  if (request->session == NULL) {
    guint error = refuse_session (server, request, reason);

    if (error != 0)
      return error;
    open_session (server, request);
  }
  serve_wishes (server, request, answer);
  request->session->last_request = request_mark (request->message);
  answer->session_id = request->session->id;
  answer->lifetime_seconds = server->settings.consent;
  return 0;
}

static guint
serve_join (GstFecSessionServer *server, GstFecSessionRequest *request,
    GstFecControlMessage *answer, const gchar **reason)
{
  if (request->message->n_channels == 0) {
    *reason = "Join names no channel";
    return GST_FEC_ERROR_BAD_REQUEST;
  }
  serve_wishes (server, request, answer);
  request->session->last_request = request_mark (request->message);
  return 0;
}

static void
leave_channel (GstFecSessionServer *server, GstFecSession *session,
    const GstFecChannelRequest *which, GstFecChannelGrant *grant)
{
  GstFecSessionChannel *channel =
      find_channel (server, which->name, which->tsi);

  if (channel == NULL) {
    grant->tsi = which->tsi;
    grant->error = GST_FEC_ERROR_NO_SUCH_CHANNEL;
    server->counters.refused++;
    return;
  }
  grant->tsi = channel->tsi;
  gst_fec_session_server_end_lease (
      server, session, channel->tsi, GST_FEC_END_LEFT);
}

static guint
serve_leave (GstFecSessionServer *server, GstFecSessionRequest *request,
    GstFecControlMessage *answer)
{
  const GstFecControlMessage *message = request->message;
  guint i;

  server->counters.leaves++;
  if (message->n_channels == 0) {
    gst_fec_session_server_end_session (
        server, request->session, GST_FEC_END_LEFT);
    request->session = NULL;
    return 0;
  }
  for (i = 0; i < message->n_channels; i++)
    leave_channel (
        server, request->session, &message->channels[i], &answer->grants[i]);
  answer->n_grants = message->n_channels;
  request->session->last_request = request_mark (message);
  return 0;
}

static guint
serve_describe (GstFecSessionServer *server, GstFecSessionRequest *request,
    GstFecControlMessage *answer, const gchar **reason)
{
  const GstFecControlMessage *message = request->message;
  const gchar *name = message->n_channels == 0 ? "" : message->channels[0].name;
  guint32 tsi = message->n_channels == 0 ? 0 : message->channels[0].tsi;
  const GstFecSessionChannel *channel;

  if (message->n_channels > 1) {
    *reason = "Describe names several channels";
    return GST_FEC_ERROR_BAD_REQUEST;
  }
  channel = find_channel (server, name, tsi);
  if (channel == NULL)
    return gst_fec_session_server_no_channel (server, name, tsi);
  if (!gst_fec_session_server_permits (server, request, channel))
    return GST_FEC_ERROR_FORBIDDEN;
  if (strlen (channel->sdp) > GST_FEC_CONTROL_MAX_DESCRIPTION) {
    *reason = "Description does not fit";
    return GST_FEC_ERROR_SERVER;
  }
  g_strlcpy (answer->description, channel->sdp, sizeof (answer->description));
  server->counters.describes++;
  return 0;
}

static guint
serve_method (GstFecSessionServer *server, GstFecSessionRequest *request,
    GstFecControlMessage *answer, const gchar **reason)
{
  switch (request->message->method) {
    case GST_FEC_METHOD_CONNECT:
      return serve_connect (server, request, answer, reason);
    case GST_FEC_METHOD_JOIN:
      return serve_join (server, request, answer, reason);
    case GST_FEC_METHOD_LEAVE:
      return serve_leave (server, request, answer);
    case GST_FEC_METHOD_DESCRIBE:
      return serve_describe (server, request, answer, reason);
    case GST_FEC_METHOD_REPORT:
      return gst_fec_session_server_serve_report (server, request);
  }
  return GST_FEC_ERROR_BAD_REQUEST;
}

static gboolean
wants_alternate (const GstFecControlMessage *answer)
{
  guint i;

  for (i = 0; i < answer->n_grants; i++) {
    if (answer->grants[i].error == GST_FEC_ERROR_CAPACITY)
      return TRUE;
  }
  return answer->error_code == GST_FEC_ERROR_TRY_ALTERNATE ||
      answer->error_code == GST_FEC_ERROR_FULL;
}

/* Where there is no room here, there may be elsewhere. */
static void
add_alternate (GstFecSessionServer *server, const GstFecSessionRequest *request,
    GstFecControlMessage *answer)
{
  gint place = -1;

  if (wants_alternate (answer))
    place = find_alternate (server, request->from);
  if (place < 0)
    return;
  answer->has_alternate = TRUE;
  answer->alternate = server->settings.alternates[place];
  server->next_alternate = (guint) place + 1;
}

void
gst_fec_session_server_serve (GstFecSessionServer *server,
    GstFecSessionRequest *request, GstFecControlMessage *answer)
{
  const GstFecControlMessage *message = request->message;
  const gchar *reason = NULL;
  guint error = GST_FEC_ERROR_NO_SESSION;

  gst_fec_control_init (
      answer, message->method, GST_FEC_CLASS_SUCCESS, message->transaction);
  answer->server_time = (guint64) MAX (request->wall, 0);
  if (request->session != NULL || message->method == GST_FEC_METHOD_CONNECT)
    error = serve_method (server, request, answer, &reason);
  if (error != 0)
    gst_fec_session_server_refuse (message, error, reason, answer);
  add_alternate (server, request, answer);
}
