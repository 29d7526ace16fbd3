/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sessionrequests.c: what Connect, Join, Leave, Describe and Report do, once
 * their sender has proved its address.
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
  channel = g_hash_table_lookup (server->channels, GUINT_TO_POINTER (tsi));
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
is_retransmission (const GstFecProvedRequest *request)
{
  return request->session->last_request == request_mark (request->message);
}

/* The length of a lease that was asked for, within the limits; 0: none. */
static gint64
lease_length (const GstFecSessionServer *server,
    const GstFecProvedRequest *request, const GstFecChannelRequest *wish)
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

/* Begins or renews one lease. Returns 0 with *lease set, or an error. */
static guint
grant_lease (GstFecSessionServer *server, GstFecProvedRequest *request,
    guint32 tsi, gint64 length, GstFecLease **lease)
{
  GstFecSession *session = request->session;

  if (length == 0)
    return GST_FEC_ERROR_BAD_LEASE;
  if (*lease != NULL) {
    (*lease)->end = request->now + length;
    server->counters.renewals++;
    return 0;
  }
  if (gst_fec_session_table_count_leases (server->table, session) >=
      server->settings.max_channels_per_session)
    return GST_FEC_ERROR_TOO_MANY_CHANNELS;
  if (server->callbacks.may_join != NULL &&
      !server->callbacks.may_join (server->user_data, request->from, NULL, tsi))
    return GST_FEC_ERROR_FORBIDDEN;
  *lease = gst_fec_session_server_begin_lease (
      server, session, tsi, request->now + length);
  server->counters.joins++;
  return 0;
}

static void
serve_wish (GstFecSessionServer *server, GstFecProvedRequest *request,
    const GstFecChannelRequest *wish, GstFecChannelGrant *grant)
{
  GstFecSessionChannel *channel = find_channel (server, wish->name, wish->tsi);
  GstFecLease *lease;

  grant->tsi = wish->tsi;
  if (channel == NULL) {
    grant->error = GST_FEC_ERROR_NO_SUCH_CHANNEL;
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
    grant->error = (guint16) grant_lease (server, request, channel->tsi,
        lease_length (server, request, wish), &lease);
  if (grant->error != 0)
    server->counters.refused++;
  if (lease != NULL)
    grant->lease_end = (guint64) (request->wall + lease->end - request->now);
}

static void
serve_wishes (GstFecSessionServer *server, GstFecProvedRequest *request,
    GstFecControlMessage *answer)
{
  guint i;

  for (i = 0; i < request->message->n_channels; i++)
    serve_wish (
        server, request, &request->message->channels[i], &answer->grants[i]);
  answer->n_grants = request->message->n_channels;
}

static guint
open_session (GstFecSessionServer *server, GstFecProvedRequest *request,
    const gchar **reason)
{
  if (gst_fec_session_table_get_n_sessions (server->table) >=
      server->settings.max_sessions) {
    *reason = "Too many sessions";
    return GST_FEC_ERROR_QUOTA;
  }
  if (gst_fec_session_table_count_address (server->table, request->from) >=
      server->settings.max_sessions_per_address) {
    *reason = "Too many sessions of this address";
    return GST_FEC_ERROR_QUOTA;
  }
  request->session =
      gst_fec_session_table_add (server->table, request->from, request->now);
  return 0;
}

static guint
serve_connect (GstFecSessionServer *server, GstFecProvedRequest *request,
    GstFecControlMessage *answer, const gchar **reason)
{
  if (request->session == NULL) {
    guint error = open_session (server, request, reason);

    if (error != 0)
      return error;
    server->counters.connects++;
  }
  serve_wishes (server, request, answer);
  request->session->last_request = request_mark (request->message);
  answer->session_id = request->session->id;
  answer->lifetime_seconds = server->settings.consent;
  return 0;
}

static guint
serve_join (GstFecSessionServer *server, GstFecProvedRequest *request,
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
serve_leave (GstFecSessionServer *server, GstFecProvedRequest *request,
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
serve_describe (GstFecSessionServer *server, GstFecProvedRequest *request,
    GstFecControlMessage *answer, const gchar **reason)
{
  const GstFecControlMessage *message = request->message;
  const GstFecSessionChannel *channel;

  if (message->n_channels > 1) {
    *reason = "Describe names several channels";
    return GST_FEC_ERROR_BAD_REQUEST;
  }
  channel = message->n_channels == 0
      ? find_channel (server, "", 0)
      : find_channel (
            server, message->channels[0].name, message->channels[0].tsi);
  if (channel == NULL)
    return GST_FEC_ERROR_NO_SUCH_CHANNEL;
  if (strlen (channel->sdp) > GST_FEC_CONTROL_MAX_DESCRIPTION) {
    *reason = "Description does not fit";
    return GST_FEC_ERROR_SERVER;
  }
  g_strlcpy (answer->description, channel->sdp, sizeof (answer->description));
  server->counters.describes++;
  return 0;
}

static gboolean
has_channel (const GstFecSessionServer *server, guint32 tsi)
{
  return g_hash_table_contains (server->channels, GUINT_TO_POINTER (tsi));
}

/* Hands on what a report says of our channels, the missing symbols once. */
static void
tell_reports (GstFecSessionServer *server, GstFecProvedRequest *request)
{
  const GstFecControlMessage *message = request->message;
  GstFecSession *session = request->session;
  guint i;

  for (i = 0; server->callbacks.reported != NULL && i < message->n_reports; i++)
    if (gst_fec_session_table_find_lease (
            server->table, session, message->reports[i].tsi) != NULL)
      server->callbacks.reported (
          server->user_data, session->id, request->from, &message->reports[i]);
  if (message->report_number <= session->report_number)
    return;
  session->report_number = message->report_number;
  for (i = 0; server->callbacks.missing != NULL && i < message->n_missing; i++)
    if (has_channel (server, message->missing[i].tsi))
      server->callbacks.missing (
          server->user_data, session->id, request->from, &message->missing[i]);
}

static guint
serve_report (GstFecSessionServer *server, GstFecProvedRequest *request)
{
  const GstFecControlMessage *message = request->message;
  GstFecSession *session = request->session;
  guint64 received = 0, lost = 0;
  guint32 jitter_us = 0;
  guint i;

  for (i = 0; i < message->n_reports; i++) {
    received += message->reports[i].received;
    lost += message->reports[i].lost;
    jitter_us = MAX (jitter_us, message->reports[i].jitter_us);
  }
  session->packets_received = (guint32) MIN (received, G_MAXUINT32);
  session->packets_lost = (guint32) MIN (lost, G_MAXUINT32);
  session->jitter_us = jitter_us;
  server->counters.reports++;
  tell_reports (server, request);
  return 0;
}

static guint
serve_method (GstFecSessionServer *server, GstFecProvedRequest *request,
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
      return serve_report (server, request);
  }
  return GST_FEC_ERROR_BAD_REQUEST;
}

void
gst_fec_session_server_serve (GstFecSessionServer *server,
    GstFecProvedRequest *request, GstFecControlMessage *answer)
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
}
