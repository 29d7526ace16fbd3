/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sessionserver.c: takes a datagram, and keeps sessions, leases and channels.
 * Who speaks is found out in sessionauth.c, what the requests do is in
 * sessionrequests.c.
 */
#include "sessionserver-private.h"

#include <string.h>

GST_DEBUG_CATEGORY_STATIC (fec_session_debug);
#define GST_CAT_DEFAULT fec_session_debug

#define TICK_US (10 * G_TIME_SPAN_MILLISECOND)

void
gst_fec_session_settings_init (GstFecSessionSettings *settings)
{
  memset (settings, 0, sizeof (*settings));
  settings->lease_default = 60;
  settings->lease_min = 10;
  settings->lease_max = 3600;
  settings->consent = 30;
  settings->max_sessions = 100000;
  settings->max_sessions_per_address = 64;
  settings->max_sessions_per_prefix = 1024;
  settings->max_channels_per_session = GST_FEC_CONTROL_MAX_CHANNELS;
  settings->nonce_age = 30;
  settings->key_age = 60;
  settings->challenge_rate = 100;
  settings->breaker_loss = 50;
  settings->breaker_time = 15;
  settings->breaker_pause = 30;
}

/* What contradicts itself is brought into order, so that nothing below has to
   doubt the settings. */
static void
normalise (GstFecSessionSettings *settings)
{
  settings->lease_min = MAX (settings->lease_min, 1);
  settings->lease_max = MAX (settings->lease_max, settings->lease_min);
  settings->lease_default =
      CLAMP (settings->lease_default, settings->lease_min, settings->lease_max);
  settings->consent = MAX (settings->consent, 1);
  settings->max_sessions_per_prefix = MAX (
      settings->max_sessions_per_prefix, settings->max_sessions_per_address);
  settings->max_channels_per_session =
      MIN (settings->max_channels_per_session, GST_FEC_CONTROL_MAX_CHANNELS);
  settings->breaker_time = MAX (settings->breaker_time, 1);
  settings->n_alternates =
      MIN (settings->n_alternates, GST_FEC_SESSION_MAX_ALTERNATES);
}

const gchar *
gst_fec_end_reason_nick (GstFecEndReason reason)
{
  switch (reason) {
    case GST_FEC_END_LEFT:
      return "left";
    case GST_FEC_END_EXPIRED:
      return "expired";
    case GST_FEC_END_SILENT:
      return "silent";
    case GST_FEC_END_REMOVED:
      return "removed";
    case GST_FEC_END_MOVED:
      return "moved";
    case GST_FEC_END_DISCONNECTED:
      return "disconnected";
    case GST_FEC_END_CONGESTED:
      return "congested";
  }
  return "unknown";
}

static void
channel_free (gpointer data)
{
  GstFecSessionChannel *channel = data;

  g_free (channel->name);
  g_free (channel->sdp);
  g_free (channel);
}

GstFecSessionServer *
gst_fec_session_server_new (const GstFecSessionSettings *settings,
    const GstFecSessionCallbacks *callbacks, gpointer user_data)
{
  GstFecSessionServer *server = g_new0 (GstFecSessionServer, 1);

  GST_DEBUG_CATEGORY_INIT (
      fec_session_debug, "fecsession", 0, "sessions of gst-fec");

  server->settings = *settings;
  normalise (&server->settings);
  server->callbacks = *callbacks;
  server->user_data = user_data;
  server->channels = g_hash_table_new_full (NULL, NULL, NULL, channel_free);
  server->channels_by_name = g_hash_table_new (g_str_hash, g_str_equal);
  server->expected =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  server->table = gst_fec_session_table_new ();
  gst_fec_timer_wheel_init (&server->wheel, TICK_US, 0);
  gst_fec_cookie_keys_init (&server->keys,
      settings->key_age * (gint64) G_USEC_PER_SEC,
      settings->nonce_age * (gint64) G_USEC_PER_SEC, 0);
  gst_fec_limiter_init (&server->limiter, settings->challenge_rate);
  gst_fec_pauses_init (&server->pauses);
  server->usernames = gst_fec_usernames_new ();
  return server;
}

void
gst_fec_session_server_free (GstFecSessionServer *server)
{
  gst_fec_session_table_free (server->table);
  g_hash_table_unref (server->channels_by_name);
  g_hash_table_unref (server->expected);
  g_hash_table_unref (server->channels);
  gst_fec_usernames_free (server->usernames);
  gst_fec_credentials_unref (server->credentials);
  gst_fec_cookie_keys_clear (&server->keys);
  g_free (server);
}

void
gst_fec_session_server_set_credentials (
    GstFecSessionServer *server, GstFecCredentials *credentials)
{
  if (credentials != NULL)
    gst_fec_credentials_ref (credentials);
  gst_fec_credentials_unref (server->credentials);
  server->credentials = credentials;
}

GstFecSessionChannel *
gst_fec_session_server_find_channel (
    const GstFecSessionServer *server, guint32 tsi)
{
  return g_hash_table_lookup (server->channels, GUINT_TO_POINTER (tsi));
}

void
gst_fec_session_server_expect_channel (
    GstFecSessionServer *server, const gchar *name, gboolean expected)
{
  guint n = GPOINTER_TO_UINT (g_hash_table_lookup (server->expected, name));

  if (strlen (name) > GST_FEC_CONTROL_MAX_NAME || (n == 0 && !expected))
    return;
  n += expected ? 1 : -1;
  if (n == 0)
    g_hash_table_remove (server->expected, name);
  else
    g_hash_table_insert (
        server->expected, g_strdup (name), GUINT_TO_POINTER (n));
}

guint
gst_fec_session_server_no_channel (
    const GstFecSessionServer *server, const gchar *name, guint32 tsi)
{
  gboolean expected = g_hash_table_contains (server->expected, name);

  /* No name may mean the only channel there is going to be. */
  if (name[0] == '\0')
    expected = tsi == 0 && g_hash_table_size (server->expected) > 0 &&
        g_hash_table_size (server->channels) == 0;
  return expected ? GST_FEC_ERROR_NOT_BEGUN : GST_FEC_ERROR_NO_SUCH_CHANNEL;
}

gboolean
gst_fec_session_server_add_channel (GstFecSessionServer *server, guint32 tsi,
    const gchar *name, const gchar *sdp)
{
  GstFecSessionChannel *channel;

  if (strlen (name) > GST_FEC_CONTROL_MAX_NAME ||
      g_hash_table_contains (server->channels, GUINT_TO_POINTER (tsi)) ||
      g_hash_table_contains (server->channels_by_name, name))
    return FALSE;

  channel = g_new0 (GstFecSessionChannel, 1);
  channel->tsi = tsi;
  channel->name = g_strdup (name);
  channel->sdp = g_strdup (sdp);
  g_hash_table_insert (server->channels, GUINT_TO_POINTER (tsi), channel);
  g_hash_table_insert (server->channels_by_name, channel->name, channel);
  return TRUE;
}

void
gst_fec_session_server_set_description (
    GstFecSessionServer *server, guint32 tsi, const gchar *sdp)
{
  GstFecSessionChannel *channel =
      gst_fec_session_server_find_channel (server, tsi);

  g_return_if_fail (channel != NULL);

  g_free (channel->sdp);
  channel->sdp = g_strdup (sdp);
}

void
gst_fec_session_server_set_rate (
    GstFecSessionServer *server, guint32 tsi, guint64 rate)
{
  GstFecSessionChannel *channel =
      gst_fec_session_server_find_channel (server, tsi);

  g_return_if_fail (channel != NULL);

  /* So that no sum of them can overflow. */
  rate = MIN (rate, G_MAXUINT32 * G_GUINT64_CONSTANT (256));
  server->egress -= channel->n_leases * channel->rate;
  server->egress += channel->n_leases * rate;
  channel->rate = rate;
}

void
gst_fec_session_server_remove_channel (
    GstFecSessionServer *server, guint32 tsi, gint64 now)
{
  GstFecSessionChannel *channel =
      gst_fec_session_server_find_channel (server, tsi);
  GstFecSession *session;
  guint place;

  if (channel == NULL)
    return;

  gst_fec_session_server_tick (server, now);
  for (place = 0;
       (session = gst_fec_session_table_next (server->table, &place));
       place++) {
    gst_fec_session_server_end_lease (
        server, session, tsi, GST_FEC_END_REMOVED);
    gst_fec_session_server_schedule (server, session);
  }
  g_hash_table_remove (server->channels_by_name, channel->name);
  g_hash_table_remove (server->channels, GUINT_TO_POINTER (tsi));
}

GstFecLease *
gst_fec_session_server_begin_lease (GstFecSessionServer *server,
    GstFecSession *session, guint32 tsi, gint64 end)
{
  GstFecLease *lease =
      gst_fec_session_table_add_lease (server->table, session, tsi, end);
  GstFecSessionChannel *channel =
      gst_fec_session_server_find_channel (server, tsi);

  channel->n_leases++;
  server->egress += channel->rate;
  GST_DEBUG ("session %016" G_GINT64_MODIFIER "x gets %u", session->id, tsi);
  if (server->callbacks.listener_added != NULL)
    server->callbacks.listener_added (
        server->user_data, session->id, &session->address, tsi);
  return lease;
}

static void
tell_removed (GstFecSessionServer *server, const GstFecSession *session,
    guint32 tsi, GstFecEndReason reason)
{
  GST_DEBUG ("session %016" G_GINT64_MODIFIER "x loses %u: %s", session->id,
      tsi, gst_fec_end_reason_nick (reason));
  if (server->callbacks.listener_removed != NULL)
    server->callbacks.listener_removed (
        server->user_data, session->id, &session->address, tsi, reason);
}

void
gst_fec_session_server_end_lease (GstFecSessionServer *server,
    GstFecSession *session, guint32 tsi, GstFecEndReason reason)
{
  GstFecSessionChannel *channel =
      gst_fec_session_server_find_channel (server, tsi);

  if (gst_fec_session_table_find_lease (server->table, session, tsi) == NULL)
    return;
  channel->n_leases--;
  server->egress -= channel->rate;
  gst_fec_session_table_remove_lease (server->table, session, tsi);
  tell_removed (server, session, tsi, reason);
}

void
gst_fec_session_server_end_session (
    GstFecSessionServer *server, GstFecSession *session, GstFecEndReason reason)
{
  GstFecLease *lease;

  while ((lease = gst_fec_session_table_next_lease (
              server->table, session, NULL)) != NULL)
    gst_fec_session_server_end_lease (server, session, lease->tsi, reason);
  gst_fec_timer_wheel_remove (&server->wheel, &session->timer);
  gst_fec_usernames_release (server->usernames, session->user);
  gst_fec_session_table_remove (server->table, session);
}

/* Its listeners leave and come again. */
void
gst_fec_session_server_move_session (GstFecSessionServer *server,
    GstFecSession *session, const GstFecAddress *address)
{
  GstFecSession *displaced =
      gst_fec_session_table_find (server->table, address);
  GstFecLease *lease = NULL;

  if (displaced != NULL)
    gst_fec_session_server_end_session (server, displaced, GST_FEC_END_MOVED);
  while ((lease = gst_fec_session_table_next_lease (
              server->table, session, lease)) != NULL)
    tell_removed (server, session, lease->tsi, GST_FEC_END_MOVED);
  gst_fec_session_table_move (server->table, session, address);
  while ((lease = gst_fec_session_table_next_lease (
              server->table, session, lease)) != NULL) {
    if (server->callbacks.listener_added != NULL)
      server->callbacks.listener_added (
          server->user_data, session->id, address, lease->tsi);
  }
  server->counters.moved++;
}

static gint64
consent_end (const GstFecSessionServer *server, const GstFecSession *session)
{
  return session->heard + server->settings.consent * (gint64) G_USEC_PER_SEC;
}

void
gst_fec_session_server_schedule (
    GstFecSessionServer *server, GstFecSession *session)
{
  gint64 deadline = consent_end (server, session);
  GstFecLease *lease = NULL;

  while ((lease = gst_fec_session_table_next_lease (
              server->table, session, lease)) != NULL)
    deadline = MIN (deadline, lease->end);
  gst_fec_timer_wheel_set (&server->wheel, &session->timer, deadline);
}

typedef struct
{
  GstFecSessionServer *server;
  gint64 now;
} Expiry;

static void
expire (GstFecTimer *timer, gpointer user_data)
{
  GstFecSession *session = (GstFecSession *) timer;
  Expiry *expiry = user_data;
  GstFecSessionServer *server = expiry->server;
  GstFecLease *lease, *next;

  next = gst_fec_session_table_next_lease (server->table, session, NULL);
  while ((lease = next) != NULL) {
    next = gst_fec_session_table_next_lease (server->table, session, lease);
    if (lease->end > expiry->now)
      continue;
    gst_fec_session_server_end_lease (
        server, session, lease->tsi, GST_FEC_END_EXPIRED);
    server->counters.expired++;
  }
  if (consent_end (server, session) <= expiry->now) {
    gst_fec_session_server_end_session (server, session, GST_FEC_END_SILENT);
    server->counters.silent++;
    return;
  }
  gst_fec_session_server_schedule (server, session);
}

gint64
gst_fec_session_server_tick (GstFecSessionServer *server, gint64 now)
{
  Expiry expiry = { server, now };

  gst_fec_timer_wheel_advance (&server->wheel, now, expire, &expiry);
  return gst_fec_timer_wheel_next (&server->wheel);
}

guint
gst_fec_session_server_remove_client (
    GstFecSessionServer *server, const GstFecAddress *client, gint64 now)
{
  GstFecSession *session;
  guint place, n = 0;

  gst_fec_session_server_tick (server, now);
  for (place = 0;
       (session = gst_fec_session_table_next (server->table, &place));
       place++) {
    if (client != NULL && !gst_fec_address_equal (&session->address, client))
      continue;
    gst_fec_session_server_end_session (server, session, GST_FEC_END_REMOVED);
    n++;
  }
  return n;
}

gboolean
gst_fec_session_server_disconnect (
    GstFecSessionServer *server, const GstFecAddress *client, gint64 now)
{
  GstFecSession *session;

  gst_fec_session_server_tick (server, now);
  session = gst_fec_session_table_find (server->table, client);
  if (session == NULL)
    return FALSE;
  gst_fec_session_server_end_session (
      server, session, GST_FEC_END_DISCONNECTED);
  server->counters.disconnected++;
  return TRUE;
}

gboolean
gst_fec_session_server_has_session (
    GstFecSessionServer *server, const GstFecAddress *client)
{
  return gst_fec_session_table_find (server->table, client) != NULL;
}

void
gst_fec_session_server_refuse (const GstFecControlMessage *request, guint error,
    const gchar *reason, GstFecControlMessage *answer)
{
  gst_fec_control_init (
      answer, request->method, GST_FEC_CLASS_ERROR, request->transaction);
  answer->error_code = error;
  if (reason == NULL)
    reason = gst_fec_control_reason (error);
  g_strlcpy (answer->reason, reason, sizeof (answer->reason));
}

/* Signed as the request is, so that its sender knows who answers. */
static gsize
answer_known (GstFecSessionServer *server, const GstFecSessionRequest *request,
    GstFecControlMessage *answer, guint8 *reply, gsize max)
{
  const guint8 *key = request->user != NULL ? request->key : NULL;
  gsize size;

  answer->key = key;
  size = gst_fec_control_write (answer, reply, max);
  if (size == 0) {
    gst_fec_session_server_refuse (
        request->message, GST_FEC_ERROR_SERVER, "Answer does not fit", answer);
    answer->key = key;
    size = gst_fec_control_write (answer, reply, max);
  }
  if (answer->klass == GST_FEC_CLASS_ERROR)
    server->counters.refused++;
  return size;
}

gsize
gst_fec_session_server_handle (GstFecSessionServer *server, const guint8 *data,
    gsize size, const GstFecAddress *from, const GstFecAddress *to, gint64 now,
    gint64 wall, guint8 *reply, gsize max)
{
  GstFecControlMessage message, answer;
  GstFecSessionRequest request = { .data = data,
    .size = size,
    .message = &message,
    .from = from,
    .to = to,
    .now = now,
    .wall = wall };
  GstFecSender sender = GST_FEC_SENDER_UNPROVED;
  GstFecControlStatus status;

  gst_fec_session_server_tick (server, now);

  status = gst_fec_control_parse (&message, data, size);
  if (status == GST_FEC_CONTROL_OK && message.klass == GST_FEC_CLASS_REQUEST)
    sender = gst_fec_session_server_identify (server, &request);
  if (sender != GST_FEC_SENDER_KNOWN)
    return gst_fec_session_server_turn_away (
        server, &request, status, sender, reply, max);

  if (request.session != NULL)
    request.session->heard = now;
  gst_fec_session_server_serve (server, &request, &answer);
  if (request.session != NULL)
    gst_fec_session_server_schedule (server, request.session);
  return answer_known (server, &request, &answer, reply, max);
}
