/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hubquery.c: what applications ask of a hub: who listens, what was sent; and whom they throw out. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "transport/hub-private.h"
#include "transport/hubclients.h"
#include "transport/hubstatic.h"

guint
gst_fec_hub_count_listeners (GstFecHubChannel *channel)
{
  if (channel->clients == NULL)
    return 0;
  return gst_fec_client_list_get_size (channel->clients) +
      gst_fec_client_list_get_size (channel->tcp_clients);
}

guint
gst_fec_hub_channel_get_listeners (GstFecHub *hub, GstFecHubChannel *channel)
{
  guint n;

  gst_fec_hub_lock (hub);
  n = gst_fec_hub_count_listeners (channel);
  gst_fec_hub_unlock (hub);
  return n;
}

static void
add_tcp_stats (GstFecHub *hub, GstStructure *stats)
{
  GstFecTcpCounters counters;

  gst_fec_tcp_port_get_counters (hub->tcp, &counters);
  gst_structure_set (stats, "tcp-connections", G_TYPE_UINT,
      counters.connections, "tcp-accepted", G_TYPE_UINT64, counters.accepted,
      "tcp-refused", G_TYPE_UINT64, counters.refused, "tcp-timed-out",
      G_TYPE_UINT64, counters.timed_out, "tcp-malformed", G_TYPE_UINT64,
      counters.malformed, "tcp-packets-sent", G_TYPE_UINT64,
      counters.packets.packets_sent, "tcp-bytes-sent", G_TYPE_UINT64,
      counters.packets.bytes_sent, "tcp-packets-skipped", G_TYPE_UINT64,
      counters.packets.packets_skipped, NULL);
}

GstStructure *
gst_fec_hub_get_stats (GstFecHub *hub)
{
  GstFecFanoutCounters counters;
  GHashTableIter iter;
  GstFecHubChannel *channel;
  GstStructure *stats;
  guint listeners = 0;

  gst_fec_udp_fanout_get_counters (hub->fanout, &counters);
  gst_fec_hub_lock (hub);
  if (hub->server != NULL) {
    stats = gst_fec_session_server_get_stats (hub->server);
    gst_structure_set_name (stats, "application/x-fec-hub-stats");
  } else {
    stats = gst_structure_new_empty ("application/x-fec-hub-stats");
  }
  g_hash_table_iter_init (&iter, hub->channels);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &channel)) {
    listeners += gst_fec_hub_count_listeners (channel);
  }
  gst_structure_set (stats, "packets-sent", G_TYPE_UINT64,
      counters.packets_sent, "bytes-sent", G_TYPE_UINT64, counters.bytes_sent,
      "send-errors", G_TYPE_UINT64, counters.send_errors, "packets-dropped",
      G_TYPE_UINT64, counters.packets_dropped, "datagrams-ignored",
      G_TYPE_UINT64, hub->ignored, "channels", G_TYPE_UINT,
      g_hash_table_size (hub->channels), "listeners", G_TYPE_UINT, listeners,
      "port", G_TYPE_UINT, hub->server != NULL ? hub->udp.local.port : 0, NULL);
  gst_fec_hub_unlock (hub);
  add_tcp_stats (hub, stats);
  return stats;
}

void
gst_fec_hub_get_clients (GstFecHub *hub, guint32 tsi, GValue *value)
{
  GHashTableIter iter;
  GstFecHubChannel *channel;

  gst_fec_hub_lock (hub);
  if (hub->server == NULL) {
    g_value_init (value, GST_TYPE_LIST);
  } else {
    gst_fec_session_server_get_clients (
        hub->server, gst_fec_hub_get_now (hub), value);
    if (tsi != 0)
      gst_fec_hub_clients_filter (value, tsi);
  }
  g_hash_table_iter_init (&iter, hub->channels);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &channel)) {
    if (tsi != 0 && tsi != channel->description.tsi)
      continue;
    gst_fec_hub_list_statics (channel, value);
    if (channel->clients != NULL)
      gst_fec_hub_clients_add_errors (value, channel->clients);
  }
  gst_fec_hub_clients_set_transport (value);
  gst_fec_hub_unlock (hub);
}

/* Removes the sessions of clients at @ip. Called with the lock. */
static guint
remove_clients_at (GstFecHub *hub, const GstFecAddress *ip, guint16 port)
{
  GArray *found = g_array_new (FALSE, FALSE, sizeof (GstFecAddress));
  GHashTableIter iter;
  GstFecHubChannel *channel;
  guint i, n = 0;

  g_hash_table_iter_init (&iter, hub->channels);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &channel)) {
    gst_fec_hub_clients_match (found, channel->clients, ip, port);
    gst_fec_hub_clients_match (found, channel->tcp_clients, ip, port);
  }
  for (i = 0; i < found->len; i++)
    n += gst_fec_session_server_remove_client (hub->server,
        &g_array_index (found, GstFecAddress, i), gst_fec_hub_get_now (hub));
  g_array_unref (found);
  return n;
}

guint
gst_fec_hub_remove_clients (GstFecHub *hub, const gchar *address, guint16 port)
{
  GstFecAddress ip;
  gboolean all = address == NULL;
  guint n = 0;

  if (!all && !gst_fec_address_parse (&ip, address, port))
    return 0;
  gst_fec_hub_lock (hub);
  if (!hub->in_server) {
    hub->in_server = TRUE;
    if (hub->server != NULL && all)
      n = gst_fec_session_server_remove_client (
          hub->server, NULL, gst_fec_hub_get_now (hub));
    else if (hub->server != NULL)
      n = remove_clients_at (hub, &ip, port);
    hub->in_server = FALSE;
    n += gst_fec_hub_remove_statics (hub, all ? NULL : &ip);
  }
  gst_fec_hub_unlock (hub);
  return n;
}
