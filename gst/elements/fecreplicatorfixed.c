/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fecreplicatorfixed.c: see fecreplicatorfixed.h. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "fecreplicatorfixed.h"
#include "transport/addresslist.h"
#include "transport/udpsocket.h"
#include "wire/alc.h"

#include <string.h>

/* Most of a list in a property. */
#define MAX_INITIAL 256

typedef struct
{
  GstFecAddress address;
  gboolean initial; /* of the property */
} Client;

void
gst_fec_replicator_fixed_init (GstFecReplicatorFixed *fixed)
{
  g_rec_mutex_init (&fixed->lock);
  fixed->clients = g_array_new (FALSE, FALSE, sizeof (Client));
}

void
gst_fec_replicator_fixed_clear (GstFecReplicatorFixed *fixed)
{
  g_array_unref (fixed->clients);
  g_rec_mutex_clear (&fixed->lock);
}

static Client *
get_client (GstFecReplicatorFixed *fixed, guint i)
{
  return &g_array_index (fixed->clients, Client, i);
}

/* Remembers @address; FALSE when it was there already. With the lock. */
static gboolean
remember (GstFecReplicatorFixed *fixed, const GstFecAddress *address,
    gboolean initial)
{
  Client client = { *address, initial };
  guint i;

  for (i = 0; i < fixed->clients->len; i++) {
    if (gst_fec_address_equal (&get_client (fixed, i)->address, address))
      return FALSE;
  }
  g_array_append_val (fixed->clients, client);
  return TRUE;
}

gboolean
gst_fec_replicator_fixed_start (
    GstFecReplicatorFixed *fixed, const gchar *text, GError **error)
{
  GstFecAddress *list = g_new (GstFecAddress, MAX_INITIAL);
  gint i,
      n = gst_fec_address_list_parse (
          text, GST_FEC_DEFAULT_PORT, list, MAX_INITIAL, error);
  gboolean ok = n >= 0;

  g_rec_mutex_lock (&fixed->lock);
  for (i = 0; i < n && ok; i++) {
    gchar *ip = gst_fec_address_ip_to_string (&list[i]);

    ok = gst_fec_hub_check_client (ip, list[i].port, error);
    if (ok)
      remember (fixed, &list[i], TRUE);
    g_free (ip);
  }
  g_rec_mutex_unlock (&fixed->lock);
  g_free (list);
  if (!ok)
    gst_fec_replicator_fixed_stop (fixed);
  return ok;
}

void
gst_fec_replicator_fixed_stop (GstFecReplicatorFixed *fixed)
{
  guint i = 0;

  g_rec_mutex_lock (&fixed->lock);
  while (i < fixed->clients->len) {
    if (get_client (fixed, i)->initial)
      g_array_remove_index_fast (fixed->clients, i);
    else
      i++;
  }
  g_rec_mutex_unlock (&fixed->lock);
}

/* Gives @tsi to one. A channel that is not there yet gets them all when it comes. */
static gboolean
give (GstFecHub *hub, guint32 tsi, const GstFecAddress *address, GError **error)
{
  gchar *ip = gst_fec_address_ip_to_string (address);
  GError *why = NULL;
  gboolean ok = gst_fec_hub_add_client (hub, tsi, ip, address->port, &why);

  g_free (ip);
  if (!ok && g_error_matches (why, G_IO_ERROR, G_IO_ERROR_NOT_FOUND)) {
    g_clear_error (&why);
    ok = TRUE;
  }
  if (!ok)
    g_propagate_error (error, why);
  return ok;
}

void
gst_fec_replicator_fixed_begin (
    GstFecReplicatorFixed *fixed, GstFecHub *hub, guint32 tsi)
{
  GArray *clients;
  guint i;

  g_rec_mutex_lock (&fixed->lock);
  clients = g_array_copy (fixed->clients);
  for (i = 0; i < clients->len; i++) {
    GError *error = NULL;

    if (!give (hub, tsi, &g_array_index (clients, Client, i).address, &error)) {
      GST_WARNING ("%s", error->message);
      g_error_free (error);
    }
  }
  g_array_unref (clients);
  g_rec_mutex_unlock (&fixed->lock);
}

gboolean
gst_fec_replicator_fixed_add (GstFecReplicatorFixed *fixed, GstFecHub *hub,
    GList *tsis, const gchar *address, gint port, GError **error)
{
  GstFecAddress client;
  gboolean ok = TRUE;
  GList *l;

  if (port < 0 || port > G_MAXUINT16)
    port = 0;
  if (!gst_fec_hub_check_client (address, port, error))
    return FALSE;
  gst_fec_address_parse (&client, address, port);
  g_rec_mutex_lock (&fixed->lock);
  for (l = tsis; l != NULL && hub != NULL && ok; l = l->next)
    ok = give (hub, GPOINTER_TO_UINT (l->data), &client, error);
  if (ok)
    remember (fixed, &client, FALSE);
  g_rec_mutex_unlock (&fixed->lock);
  return ok;
}

void
gst_fec_replicator_fixed_remove (GstFecReplicatorFixed *fixed, GstFecHub *hub,
    const gchar *address, gint port)
{
  GstFecAddress ip = { 0 };
  guint i = 0;

  if (address != NULL && !gst_fec_address_parse (&ip, address, port))
    return;
  g_rec_mutex_lock (&fixed->lock);
  while (i < fixed->clients->len) {
    const GstFecAddress *client = &get_client (fixed, i)->address;

    if (address == NULL ||
        (memcmp (client->ip, ip.ip, sizeof (ip.ip)) == 0 &&
            (port == 0 || port == client->port)))
      g_array_remove_index_fast (fixed->clients, i);
    else
      i++;
  }
  if (hub != NULL)
    gst_fec_hub_remove_clients (hub, address, port);
  g_rec_mutex_unlock (&fixed->lock);
}
