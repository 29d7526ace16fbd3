/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hubstatic.c: see hubstatic.h. They stand in a channel's client list like everybody who is served by UDP. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "transport/hubstatic.h"
#include "transport/hubevents.h"

#include <string.h>

/* Most of one channel: whoever needs more should let them ask. */
#define MAX_STATICS 4096

static GstFecAddress *
get_static (GstFecHubChannel *channel, guint i)
{
  return &g_array_index (channel->statics, GstFecAddress, i);
}

gboolean
gst_fec_hub_is_static (GstFecHubChannel *channel, const GstFecAddress *client)
{
  guint i;

  for (i = 0; i < channel->statics->len; i++) {
    if (gst_fec_address_equal (get_static (channel, i), client))
      return TRUE;
  }
  return FALSE;
}

static void
begin_one (
    GstFecHub *hub, GstFecHubChannel *channel, const GstFecAddress *client)
{
  gst_fec_udp_fanout_join (hub->fanout, channel->fanout, client, NULL);
  gst_fec_hub_event_append (
      hub->events, client, channel->description.tsi, NULL);
}

static void
end_one (GstFecHub *hub, GstFecHubChannel *channel, const GstFecAddress *client)
{
  gst_fec_client_list_remove (channel->clients, client);
  gst_fec_hub_event_append (hub->events, client, channel->description.tsi,
      gst_fec_end_reason_nick (GST_FEC_END_REMOVED));
}

/* Whether a socket of @family can send to @client; the one that was not bound yet can. */
static gboolean
is_reachable (const GstFecAddress *client, gint family)
{
  return family != AF_INET || gst_fec_address_is_ipv4 (client);
}

void
gst_fec_hub_begin_statics (GstFecHub *hub, GstFecHubChannel *channel)
{
  guint i = 0;

  while (i < channel->statics->len) {
    if (is_reachable (get_static (channel, i), hub->udp.family)) {
      begin_one (hub, channel, get_static (channel, i));
      i++;
    } else {
      GST_WARNING_OBJECT (hub, "no IPv6 here: a fixed client is removed");
      g_array_remove_index_fast (channel->statics, i);
    }
  }
}

void
gst_fec_hub_end_statics (GstFecHub *hub, GstFecHubChannel *channel)
{
  guint i;

  for (i = 0; i < channel->statics->len && channel->clients != NULL; i++)
    end_one (hub, channel, get_static (channel, i));
}

static guint
remove_statics_of (
    GstFecHub *hub, GstFecHubChannel *channel, const GstFecAddress *ip)
{
  guint i = 0, n = 0;

  while (i < channel->statics->len) {
    GstFecAddress client = *get_static (channel, i);

    if (ip != NULL &&
        (memcmp (client.ip, ip->ip, sizeof (ip->ip)) != 0 ||
            (ip->port != 0 && ip->port != client.port))) {
      i++;
      continue;
    }
    g_array_remove_index_fast (channel->statics, i);
    n++;
    if (channel->clients != NULL)
      end_one (hub, channel, &client);
  }
  return n;
}

guint
gst_fec_hub_remove_statics (GstFecHub *hub, const GstFecAddress *ip)
{
  GHashTableIter iter;
  GstFecHubChannel *channel;
  guint n = 0;

  g_hash_table_iter_init (&iter, hub->channels);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &channel))
    n += remove_statics_of (hub, channel, ip);
  return n;
}

void
gst_fec_hub_list_statics (GstFecHubChannel *channel, GValue *clients)
{
  guint i;

  for (i = 0; i < channel->statics->len; i++) {
    gchar text[GST_FEC_ADDRESS_TEXT_SIZE];
    GValue channels = G_VALUE_INIT, value = G_VALUE_INIT;
    GstStructure *client;

    g_value_init (&channels, GST_TYPE_LIST);
    g_value_init (&value, GST_TYPE_STRUCTURE);
    g_value_take_boxed (&value,
        gst_structure_new ("channel", "tsi", G_TYPE_UINT,
            channel->description.tsi, "name", G_TYPE_STRING,
            channel->description.name, NULL));
    gst_value_list_append_and_take_value (&channels, &value);
    client = gst_structure_new ("client", "address", G_TYPE_STRING,
        gst_fec_address_format (get_static (channel, i), text), "session-id",
        G_TYPE_UINT64, G_GUINT64_CONSTANT (0), "static", G_TYPE_BOOLEAN, TRUE,
        NULL);
    gst_structure_take_value (client, "channels", &channels);
    g_value_init (&value, GST_TYPE_STRUCTURE);
    g_value_take_boxed (&value, client);
    gst_value_list_append_and_take_value (clients, &value);
  }
}

gboolean
gst_fec_hub_check_client (const gchar *address, guint16 port, GError **error)
{
  GstFecAddress client;
  const gchar *why = NULL;

  if (address == NULL || !gst_fec_address_parse (&client, address, port))
    why = "is not a numeric IPv4 or IPv6 address";
  else if (gst_fec_address_is_multicast (&client))
    why = "is a multicast group: fecmcastsink sends to groups";
  else if (gst_fec_address_is_any (&client))
    why = "is no address of a client";
  else if (port == 0)
    why = "needs a port from 1 to 65535";
  if (why != NULL)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
        "Cannot add a client: \"%s\" %s", address != NULL ? address : "", why);
  return why == NULL;
}

/* With the lock. */
static gboolean
add_static (
    GstFecHub *hub, guint32 tsi, const GstFecAddress *client, GError **error)
{
  GstFecHubChannel *channel =
      g_hash_table_lookup (hub->channels, GUINT_TO_POINTER (tsi));

  if (channel == NULL) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
        "Cannot add a client: there is no channel with TSI %u", tsi);
    return FALSE;
  }
  if (gst_fec_hub_is_static (channel, client))
    return TRUE;
  if (channel->statics->len >= MAX_STATICS) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
        "Cannot add a client: the channel has %u already", MAX_STATICS);
    return FALSE;
  }
  if (hub->server != NULL && !is_reachable (client, hub->udp.family)) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
        "Cannot add a client: the port has an IPv4 address, the client not");
    return FALSE;
  }
  g_array_append_val (channel->statics, *client);
  if (channel->clients != NULL)
    begin_one (hub, channel, client);
  return TRUE;
}

gboolean
gst_fec_hub_add_client (GstFecHub *hub, guint32 tsi, const gchar *address,
    guint16 port, GError **error)
{
  GstFecAddress client;
  gboolean ok;

  if (!gst_fec_hub_check_client (address, port, error))
    return FALSE;
  gst_fec_address_parse (&client, address, port);
  gst_fec_hub_lock (hub);
  ok = add_static (hub, tsi, &client, error);
  gst_fec_hub_unlock (hub);
  return ok;
}
