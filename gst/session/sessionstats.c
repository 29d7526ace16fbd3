/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sessionstats.c: what the session server tells of itself and its clients.
 */
#include "sessionserver-private.h"

GstStructure *
gst_fec_session_server_get_stats (GstFecSessionServer *server)
{
  const GstFecSessionCounters *counters = &server->counters;

  return gst_structure_new ("application/x-fec-session-stats", "sessions",
      G_TYPE_UINT, gst_fec_session_table_get_n_sessions (server->table),
      "leases", G_TYPE_UINT, gst_fec_session_table_get_n_leases (server->table),
      "memory-bytes", G_TYPE_UINT64,
      (guint64) gst_fec_session_table_get_memory (server->table) +
          gst_fec_usernames_get_memory (server->usernames),
      "connects", G_TYPE_UINT64, counters->connects, "joins", G_TYPE_UINT64,
      counters->joins, "renewals", G_TYPE_UINT64, counters->renewals, "leaves",
      G_TYPE_UINT64, counters->leaves, "describes", G_TYPE_UINT64,
      counters->describes, "reports", G_TYPE_UINT64, counters->reports,
      "expired", G_TYPE_UINT64, counters->expired, "silent", G_TYPE_UINT64,
      counters->silent, "moved", G_TYPE_UINT64, counters->moved, "challenges",
      G_TYPE_UINT64, counters->challenges, "challenges-suppressed",
      G_TYPE_UINT64, counters->challenges_suppressed, "refused", G_TYPE_UINT64,
      counters->refused, "malformed", G_TYPE_UINT64, counters->malformed,
      "stale-nonces", G_TYPE_UINT64, counters->stale_nonces, "logins",
      G_TYPE_UINT64, counters->logins, "logins-refused", G_TYPE_UINT64,
      counters->logins_refused, "redirected", G_TYPE_UINT64,
      counters->redirected, "disconnected", G_TYPE_UINT64,
      counters->disconnected, "congested", G_TYPE_UINT64, counters->congested,
      "egress", G_TYPE_UINT64, server->egress, NULL);
}

static void
append_structure (GValue *list, GstStructure *structure)
{
  GValue item = G_VALUE_INIT;

  g_value_init (&item, GST_TYPE_STRUCTURE);
  g_value_take_boxed (&item, structure);
  gst_value_list_append_and_take_value (list, &item);
}

static void
describe_leases (GstFecSessionServer *server, const GstFecSession *session,
    gint64 now, GValue *list)
{
  GstFecLease *lease = NULL;

  g_value_init (list, GST_TYPE_LIST);
  while ((lease = gst_fec_session_table_next_lease (
              server->table, session, lease)) != NULL) {
    const GstFecSessionChannel *channel =
        gst_fec_session_server_find_channel (server, lease->tsi);
    gint64 remaining_ms = MAX (lease->end - now, 0) / 1000;

    append_structure (list,
        gst_structure_new ("channel", "tsi", G_TYPE_UINT, lease->tsi, "name",
            G_TYPE_STRING, channel->name, "lease-remaining-ms", G_TYPE_UINT64,
            (guint64) remaining_ms, NULL));
  }
}

static GstStructure *
describe_client (
    GstFecSessionServer *server, const GstFecSession *session, gint64 now)
{
  gchar address[GST_FEC_ADDRESS_TEXT_SIZE];
  GValue channels = G_VALUE_INIT;
  const gchar *user = gst_fec_usernames_get (server->usernames, session->user);
  GstStructure *client;

  client = gst_structure_new ("client", "address", G_TYPE_STRING,
      gst_fec_address_format (&session->address, address), "session-id",
      G_TYPE_UINT64, session->id, "idle-ms", G_TYPE_UINT64,
      (guint64) (MAX (now - session->heard, 0) / 1000), "packets-received",
      G_TYPE_UINT, session->packets_received, "packets-lost", G_TYPE_UINT,
      session->packets_lost, "jitter-us", G_TYPE_UINT, session->jitter_us,
      NULL);
  if (user != NULL)
    gst_structure_set (client, "user", G_TYPE_STRING, user, NULL);
  describe_leases (server, session, now, &channels);
  gst_structure_take_value (client, "channels", &channels);
  return client;
}

void
gst_fec_session_server_get_clients (
    GstFecSessionServer *server, gint64 now, GValue *value)
{
  GstFecSession *session;
  guint place;

  g_value_init (value, GST_TYPE_LIST);
  for (place = 0;
       (session = gst_fec_session_table_next (server->table, &place)); place++)
    append_structure (value, describe_client (server, session, now));
}
