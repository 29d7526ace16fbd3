/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sessionreports.c: what a report tells: the losses of what is sent to a
 * client, which may break the circuit, and the symbols it misses.
 */
#include "sessionserver-private.h"

/* Whether the symbols of @tsi that a client misses are any business of its:
   they may be sent to it whether it has a lease or not. */
static gboolean
may_miss (
    GstFecSessionServer *server, GstFecSessionRequest *request, guint32 tsi)
{
  const GstFecSessionChannel *channel =
      gst_fec_session_server_find_channel (server, tsi);

  return channel != NULL &&
      (gst_fec_session_table_find_lease (
           server->table, request->session, tsi) != NULL ||
          gst_fec_session_server_may_have (server, request, channel));
}

/* Whether what a client loses of @tsi counts: it may listen to the group. */
static gboolean
may_listen (
    GstFecSessionServer *server, GstFecSessionRequest *request, guint32 tsi)
{
  const GstFecSessionChannel *channel =
      gst_fec_session_server_find_channel (server, tsi);

  return channel != NULL &&
      gst_fec_session_server_permits (server, request, channel);
}

static void
tell_missing (GstFecSessionServer *server, GstFecSessionRequest *request)
{
  const GstFecControlMessage *message = request->message;
  guint i;

  for (i = 0; server->callbacks.missing != NULL && i < message->n_missing; i++)
    if (may_miss (server, request, message->missing[i].tsi))
      server->callbacks.missing (server->user_data, request->session->id,
          request->from, &message->missing[i]);
}

/* Hands on what a report says of channels. Returns whether too much of those
   that we send to the client gets lost on the way. */
static gboolean
take_losses (
    GstFecSessionServer *server, GstFecSessionRequest *request, gboolean is_new)
{
  const GstFecSessionSettings *settings = &server->settings;
  const GstFecControlMessage *message = request->message;
  GstFecSession *session = request->session;
  guint64 received = 0, lost = 0;
  guint i;

  for (i = 0; i < message->n_reports; i++) {
    const GstFecChannelReport *report = &message->reports[i];

    if (gst_fec_session_table_find_lease (
            server->table, session, report->tsi) != NULL) {
      received += report->received;
      lost += report->lost;
    }
    if (server->callbacks.reported != NULL &&
        may_listen (server, request, report->tsi))
      server->callbacks.reported (
          server->user_data, session->id, request->from, report);
  }
  return is_new && settings->breaker_loss != 0 &&
      gst_fec_loss_window_add (&session->loss, received, lost, request->now,
          settings->breaker_time, settings->breaker_loss);
}

/* A report of what is missing alone says nothing of these. */
static void
note_report (GstFecSession *session, const GstFecControlMessage *message)
{
  guint64 received = 0, lost = 0;
  guint32 jitter_us = 0;
  guint i;

  if (message->n_reports == 0)
    return;
  for (i = 0; i < message->n_reports; i++) {
    received += message->reports[i].received;
    lost += message->reports[i].lost;
    jitter_us = MAX (jitter_us, message->reports[i].jitter_us);
  }
  session->packets_received = (guint32) MIN (received, G_MAXUINT32);
  session->packets_lost = (guint32) MIN (lost, G_MAXUINT32);
  session->jitter_us = jitter_us;
}

/* Sending more only makes it worse: the session is over. */
static void
break_circuit (GstFecSessionServer *server, GstFecSessionRequest *request)
{
  gst_fec_pauses_add (&server->pauses, request->from,
      request->now + server->settings.breaker_pause * (gint64) G_USEC_PER_SEC);
  gst_fec_session_server_end_session (
      server, request->session, GST_FEC_END_CONGESTED);
  request->session = NULL;
  server->counters.congested++;
}

/* A report without a number may be a retransmission or not; it is believed, but
   what it asks for is not done. */
guint
gst_fec_session_server_serve_report (
    GstFecSessionServer *server, GstFecSessionRequest *request)
{
  const GstFecControlMessage *message = request->message;
  GstFecSession *session = request->session;
  gboolean is_numbered = message->report_number > session->report_number;

  server->counters.reports++;
  note_report (session, message);
  if (take_losses (
          server, request, is_numbered || message->report_number == 0)) {
    break_circuit (server, request);
    return GST_FEC_ERROR_CONGESTED;
  }
  if (is_numbered) {
    session->report_number = message->report_number;
    tell_missing (server, request);
  }
  return 0;
}
