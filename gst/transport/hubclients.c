/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hubclients.c: filters and completes lists of clients. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "transport/hubclients.h"
#include "transport/udpsocket.h"

#include <string.h>

static gboolean
listens_to (const GstStructure *client, guint32 tsi)
{
  const GValue *channels = gst_structure_get_value (client, "channels");
  guint i, n;

  if (channels == NULL || !GST_VALUE_HOLDS_LIST (channels))
    return FALSE;
  n = gst_value_list_get_size (channels);
  for (i = 0; i < n; i++) {
    const GstStructure *channel =
        gst_value_get_structure (gst_value_list_get_value (channels, i));
    guint value;

    if (gst_structure_get_uint (channel, "tsi", &value) && value == tsi)
      return TRUE;
  }
  return FALSE;
}

void
gst_fec_hub_clients_filter (GValue *clients, guint32 tsi)
{
  GValue kept = G_VALUE_INIT;
  guint i, n = gst_value_list_get_size (clients);

  g_value_init (&kept, GST_TYPE_LIST);
  for (i = 0; i < n; i++) {
    const GValue *client = gst_value_list_get_value (clients, i);

    if (listens_to (gst_value_get_structure (client), tsi))
      gst_value_list_append_value (&kept, client);
  }
  g_value_unset (clients);
  *clients = kept;
}

/* Reads "address:port" as gst_fec_address_format() writes it; no address of TCP. */
static gboolean
parse_address (GstFecAddress *address, const gchar *text)
{
  GSocketConnectable *host = g_network_address_parse (text, 0, NULL);
  GNetworkAddress *network;
  gboolean ok;

  if (host == NULL)
    return FALSE;
  network = G_NETWORK_ADDRESS (host);
  ok = gst_fec_address_parse (address, g_network_address_get_hostname (network),
      g_network_address_get_port (network));
  g_object_unref (host);
  return ok;
}

static void
add_errors (GstStructure *client, GstFecClientList *list)
{
  const gchar *text = gst_structure_get_string (client, "address");
  GstFecClientCounters counters;
  GstFecAddress address;
  guint64 before = 0;

  if (text == NULL || strchr (text, '/') != NULL ||
      !parse_address (&address, text) ||
      !gst_fec_client_list_get_counters (list, &address, &counters) ||
      counters.errors == 0)
    return;
  gst_structure_get_uint64 (client, "send-errors", &before);
  gst_structure_set (client, "send-errors", G_TYPE_UINT64,
      before + counters.errors, "send-error", G_TYPE_STRING,
      g_strerror (counters.last_error), NULL);
}

void
gst_fec_hub_clients_add_errors (GValue *clients, GstFecClientList *list)
{
  guint i, n = gst_value_list_get_size (clients);

  for (i = 0; i < n; i++) {
    const GValue *client = gst_value_list_get_value (clients, i);

    /* The list is the caller's own: its structures may be changed. */
    add_errors ((GstStructure *) gst_value_get_structure (client), list);
  }
}

void
gst_fec_hub_clients_match (GArray *found, GstFecClientList *list,
    const GstFecAddress *ip, guint16 port)
{
  GArray *all;
  guint i;

  if (list == NULL)
    return;
  all = gst_fec_client_list_get_addresses (list);
  for (i = 0; i < all->len; i++) {
    GstFecAddress *address = &g_array_index (all, GstFecAddress, i);

    if (memcmp (address->ip, ip->ip, sizeof (ip->ip)) == 0 &&
        (port == 0 || port == address->port))
      g_array_append_val (found, *address);
  }
  g_array_unref (all);
}

void
gst_fec_hub_clients_set_transport (GValue *clients)
{
  guint i, n = gst_value_list_get_size (clients);

  for (i = 0; i < n; i++) {
    GstStructure *client = (GstStructure *) gst_value_get_structure (
        gst_value_list_get_value (clients, i));
    const gchar *text = gst_structure_get_string (client, "address");
    const gchar *end = text != NULL ? strchr (text, '/') : NULL;

    gst_structure_set (client, "transport", G_TYPE_STRING,
        end != NULL ? end + 1 : "udp", NULL);
    if (end != NULL) {
      gchar *address = g_strndup (text, end - text);

      gst_structure_set (client, "address", G_TYPE_STRING, address, NULL);
      g_free (address);
    }
  }
}
