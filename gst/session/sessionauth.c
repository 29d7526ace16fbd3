/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sessionauth.c: who speaks: the cookie that proves an address, the login where
 * one is needed, and what those are answered that have neither.
 */
#include "sessionserver-private.h"

#include <string.h>

/* ---- Who speaks --------------------------------------------------------- */

static gboolean
has_cookie (GstFecSessionServer *server, const GstFecSessionRequest *request)
{
  const gchar *nonce = request->message->nonce;

  if (nonce[0] == '\0')
    return FALSE;
  if (gst_fec_cookie_check (
          &server->keys, nonce, request->from, request->to, request->now))
    return TRUE;
  server->counters.stale_nonces++;
  return FALSE;
}

/* Whether the request is signed as it must be; then its user is known. */
static gboolean
log_in (GstFecSessionServer *server, GstFecSessionRequest *request)
{
  const GstFecControlMessage *message = request->message;

  if (server->credentials == NULL)
    return TRUE;
  if (message->username[0] == '\0' && !message->has_integrity)
    return gst_fec_credentials_is_anonymous_allowed (server->credentials);
  if (!gst_fec_credentials_check (server->credentials, message, request->data,
          request->size, request->wall, request->key))
    return FALSE;
  request->user = message->username;
  return TRUE;
}

/* The session that a proved request is about; NULL: none. */
static GstFecSession *
find_session (GstFecSessionServer *server, const GstFecSessionRequest *request,
    GstFecSession *here)
{
  const GstFecControlMessage *message = request->message;
  GstFecSession *named = NULL;

  if (message->session_id == 0)
    return here;
  named = gst_fec_session_table_find_id (server->table, message->session_id);
  if (named != NULL)
    return named;
  return message->method == GST_FEC_METHOD_CONNECT ? here : NULL;
}

/* Nobody speaks for another user's session, but whoever has an address now may
   begin with a session of his own. */
static gboolean
take_session (GstFecSessionServer *server, GstFecSessionRequest *request,
    GstFecSession *session)
{
  const GstFecControlMessage *message = request->message;

  if (session != NULL && server->credentials != NULL &&
      g_strcmp0 (gst_fec_usernames_get (server->usernames, session->user),
          request->user) != 0) {
    if (message->method != GST_FEC_METHOD_CONNECT ||
        message->session_id == session->id)
      return FALSE;
    gst_fec_session_server_end_session (server, session, GST_FEC_END_MOVED);
    session = NULL;
  }
  request->session = session;
  if (session != NULL && message->method != GST_FEC_METHOD_LEAVE &&
      !gst_fec_address_equal (&session->address, request->from))
    gst_fec_session_server_move_session (server, session, request->from);
  return TRUE;
}

GstFecSender
gst_fec_session_server_identify (
    GstFecSessionServer *server, GstFecSessionRequest *request)
{
  GstFecSession *here =
      gst_fec_session_table_find (server->table, request->from);

  if ((here == NULL || here->id != request->message->session_id) &&
      !has_cookie (server, request))
    return GST_FEC_SENDER_UNPROVED;
  if (!log_in (server, request) ||
      !take_session (server, request, find_session (server, request, here))) {
    server->counters.logins_refused++;
    return GST_FEC_SENDER_REFUSED;
  }
  return GST_FEC_SENDER_KNOWN;
}

gboolean
gst_fec_session_server_permits (const GstFecSessionServer *server,
    const GstFecSessionRequest *request, const GstFecSessionChannel *channel)
{
  return server->credentials == NULL ||
      gst_fec_credentials_may (
          server->credentials, request->user, channel->name);
}

gboolean
gst_fec_session_server_may_have (GstFecSessionServer *server,
    const GstFecSessionRequest *request, const GstFecSessionChannel *channel)
{
  return gst_fec_session_server_permits (server, request, channel) &&
      (server->callbacks.may_join == NULL ||
          server->callbacks.may_join (
              server->user_data, request->from, request->user, channel->tsi));
}

/* ---- Those who are not known -------------------------------------------- */

static const gchar *
realm_of (const GstFecSessionServer *server)
{
  return server->credentials != NULL
      ? gst_fec_credentials_get_realm (server->credentials)
      : GST_FEC_DEFAULT_REALM;
}

/* To an address that may be somebody else's: never more than it sent. */
static gsize
write_no_longer (const GstFecControlMessage *answer,
    const GstFecSessionRequest *request, guint8 *reply, gsize max)
{
  gsize size = gst_fec_control_write (answer, reply, max);

  return size <= request->size ? size : 0;
}

static gsize
challenge (GstFecSessionServer *server, const GstFecSessionRequest *request,
    guint8 *reply, gsize max)
{
  GstFecControlMessage answer;
  gsize size;

  gst_fec_session_server_refuse (
      request->message, GST_FEC_ERROR_UNAUTHENTICATED, NULL, &answer);
  g_strlcpy (answer.realm, realm_of (server), sizeof (answer.realm));
  gst_fec_cookie_make (
      &server->keys, request->from, request->to, request->now, answer.nonce);
  size = write_no_longer (&answer, request, reply, max);
  if (size > 0)
    server->counters.challenges++;
  else
    server->counters.challenges_suppressed++;
  return size;
}

/* Without NONCE, so that it is not tried again. It says no more of a name than
   that it did not do. */
static gsize
refuse_login (GstFecSessionServer *server, const GstFecSessionRequest *request,
    guint8 *reply, gsize max)
{
  GstFecControlMessage answer;
  const gchar *reason =
      request->message->has_integrity ? "Login refused" : "Login required";

  gst_fec_session_server_refuse (
      request->message, GST_FEC_ERROR_UNAUTHENTICATED, reason, &answer);
  g_strlcpy (answer.realm, realm_of (server), sizeof (answer.realm));
  server->counters.refused++;
  return gst_fec_control_write (&answer, reply, max);
}

static gsize
refuse_malformed (const GstFecSessionRequest *request,
    GstFecControlStatus status, guint8 *reply, gsize max)
{
  const GstFecControlMessage *message = request->message;
  GstFecControlMessage answer;

  gst_fec_session_server_refuse (message,
      status == GST_FEC_CONTROL_BAD_ATTRIBUTE ? GST_FEC_ERROR_BAD_REQUEST
                                              : GST_FEC_ERROR_UNKNOWN_ATTRIBUTE,
      NULL, &answer);
  answer.n_unknown = message->n_unknown;
  memcpy (answer.unknown, message->unknown, sizeof (answer.unknown));
  return write_no_longer (&answer, request, reply, max);
}

gsize
gst_fec_session_server_turn_away (GstFecSessionServer *server,
    const GstFecSessionRequest *request, GstFecControlStatus status,
    GstFecSender sender, guint8 *reply, gsize max)
{
  gboolean is_request = request->message->klass == GST_FEC_CLASS_REQUEST;

  if (status != GST_FEC_CONTROL_OK || !is_request) {
    server->counters.malformed++;
    if (!is_request ||
        (status != GST_FEC_CONTROL_BAD_ATTRIBUTE &&
            status != GST_FEC_CONTROL_UNKNOWN_ATTRIBUTE))
      return 0;
  }
  /* Also slows those down who guess passwords. */
  if (!gst_fec_limiter_take (&server->limiter, request->from, request->now)) {
    if (status == GST_FEC_CONTROL_OK)
      server->counters.challenges_suppressed++;
    return 0;
  }
  if (status != GST_FEC_CONTROL_OK)
    return refuse_malformed (request, status, reply, max);
  if (sender == GST_FEC_SENDER_REFUSED)
    return refuse_login (server, request, reply, max);
  return challenge (server, request, reply, max);
}
