/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fecreplicatorhub.c: where a replicator has its hub from, and the hub's signals and actions as the element's. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "fecreplicator-private.h"

enum
{
  SIGNAL_CLIENT_CONNECTING,
  SIGNAL_CLIENT_ADDED,
  SIGNAL_CLIENT_REMOVED,
  ACTION_ADD,
  ACTION_REMOVE,
  ACTION_CLEAR,
  ACTION_GET_STATS,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

GstFecHub *
gst_fec_unicast_replicator_ref_hub (GstFecUnicastReplicator *self)
{
  GstFecHub *hub;

  GST_OBJECT_LOCK (self);
  hub = self->hub != NULL ? gst_object_ref (self->hub) : NULL;
  GST_OBJECT_UNLOCK (self);
  return hub;
}

/* Whether @tsi is a channel of ours: a shared hub has others. */
static gboolean
is_ours (GstFecUnicastReplicator *self, guint tsi)
{
  gboolean ours;

  GST_OBJECT_LOCK (self);
  ours = g_hash_table_contains (self->tsis, GUINT_TO_POINTER (tsi));
  GST_OBJECT_UNLOCK (self);
  return ours;
}

static gboolean
on_connecting (GstFecHub *hub, const gchar *address, gint port, guint tsi,
    GstFecUnicastReplicator *self)
{
  gboolean allowed = TRUE;

  if (is_ours (self, tsi))
    g_signal_emit (self, signals[SIGNAL_CLIENT_CONNECTING], 0, address, port,
        tsi, &allowed);
  return allowed;
}

static void
on_added (GstFecHub *hub, const gchar *address, gint port, guint tsi,
    GstFecUnicastReplicator *self)
{
  if (is_ours (self, tsi))
    g_signal_emit (self, signals[SIGNAL_CLIENT_ADDED], 0, address, port, tsi);
}

static void
on_removed (GstFecHub *hub, const gchar *address, gint port, guint tsi,
    const gchar *reason, GstFecUnicastReplicator *self)
{
  if (is_ours (self, tsi))
    g_signal_emit (
        self, signals[SIGNAL_CLIENT_REMOVED], 0, address, port, tsi, reason);
}

/* Asks upstream, then the application, for a context with a hub. */
static void
ask_for_context (GstFecUnicastReplicator *self)
{
  GstQuery *query = gst_query_new_context (GST_FEC_HUB_CONTEXT_TYPE);
  GstContext *context = NULL;

  if (gst_pad_peer_query (GST_BASE_SINK_PAD (self), query)) {
    gst_query_parse_context (query, &context);
    if (context != NULL)
      gst_element_set_context (GST_ELEMENT (self), context);
  }
  gst_query_unref (query);
  if (context == NULL)
    gst_element_post_message (GST_ELEMENT (self),
        gst_message_new_need_context (
            GST_OBJECT (self), GST_FEC_HUB_CONTEXT_TYPE));
}

GstFecHub *
gst_fec_unicast_replicator_find_shared_hub (GstFecUnicastReplicator *self)
{
  GstFecHub *hub = NULL;
  gboolean ask;

  GST_OBJECT_LOCK (self);
  ask = self->given_hub == NULL && self->context_hub == NULL;
  GST_OBJECT_UNLOCK (self);
  if (ask)
    ask_for_context (self);

  GST_OBJECT_LOCK (self);
  if (self->given_hub != NULL)
    hub = gst_object_ref (self->given_hub);
  else if (self->context_hub != NULL)
    hub = gst_object_ref (self->context_hub);
  GST_OBJECT_UNLOCK (self);
  return hub;
}

void
gst_fec_unicast_replicator_expect_channel (
    GstFecUnicastReplicator *self, GstFecHub *hub, gboolean expected)
{
  gchar *channel;

  GST_OBJECT_LOCK (self);
  channel = g_strdup (self->channel != NULL ? self->channel : "");
  GST_OBJECT_UNLOCK (self);
  gst_fec_hub_expect_channel (hub, channel, expected);
  g_free (channel);
}

GstFecHub *
gst_fec_unicast_replicator_start_own_hub (
    GstFecUnicastReplicator *self, GError **error)
{
  GstFecHub *hub = gst_fec_hub_new ();
  GstFecCredentials *credentials = NULL;
  GstFecSessionSettings settings;
  gchar *address;
  guint port, max_connections;
  gboolean ok;

  GST_OBJECT_LOCK (self);
  address = g_strdup (self->address);
  port = self->port;
  settings = self->settings;
  max_connections = self->max_connections;
  ok = gst_fec_replicator_access_apply (
      &self->access, &settings, &credentials, error);
  GST_OBJECT_UNLOCK (self);

  gst_fec_hub_set_settings (hub, &settings);
  gst_fec_hub_set_max_connections (hub, max_connections);
  gst_fec_hub_set_credentials (hub, credentials);
  gst_fec_credentials_unref (credentials);
  gst_fec_unicast_replicator_expect_channel (self, hub, TRUE);
  ok = ok && gst_fec_hub_start (hub, address, port, error);
  g_free (address);
  if (!ok)
    gst_clear_object (&hub);
  return hub;
}

void
gst_fec_unicast_replicator_connect_hub (
    GstFecUnicastReplicator *self, GstFecHub *hub)
{
  self->handlers[0] = g_signal_connect (
      hub, "client-connecting", G_CALLBACK (on_connecting), self);
  self->handlers[1] =
      g_signal_connect (hub, "client-added", G_CALLBACK (on_added), self);
  self->handlers[2] =
      g_signal_connect (hub, "client-removed", G_CALLBACK (on_removed), self);
}

void
gst_fec_unicast_replicator_disconnect_hub (
    GstFecUnicastReplicator *self, GstFecHub *hub)
{
  guint i;

  for (i = 0; i < G_N_ELEMENTS (self->handlers); i++)
    g_signal_handler_disconnect (hub, self->handlers[i]);
}

/* ---- Signals and actions ------------------------------------------------ */

static void
gst_fec_unicast_replicator_add (
    GstFecUnicastReplicator *self, const gchar *address, gint port)
{
  GstFecHub *hub = gst_fec_unicast_replicator_ref_hub (self);
  GError *error = NULL;
  GList *tsis;

  GST_OBJECT_LOCK (self);
  tsis = g_hash_table_get_keys (self->tsis);
  GST_OBJECT_UNLOCK (self);
  if (!gst_fec_replicator_fixed_add (
          &self->fixed, hub, tsis, address, port, &error)) {
    GST_ELEMENT_WARNING (
        self, RESOURCE, SETTINGS, ("%s.", error->message), (NULL));
    g_error_free (error);
  }
  g_list_free (tsis);
  gst_clear_object (&hub);
}

static void
gst_fec_unicast_replicator_remove (
    GstFecUnicastReplicator *self, const gchar *address, gint port)
{
  GstFecHub *hub = gst_fec_unicast_replicator_ref_hub (self);

  if (address != NULL)
    gst_fec_replicator_fixed_remove (&self->fixed, hub, address, port);
  gst_clear_object (&hub);
}

static void
gst_fec_unicast_replicator_clear (GstFecUnicastReplicator *self)
{
  GstFecHub *hub = gst_fec_unicast_replicator_ref_hub (self);

  gst_fec_replicator_fixed_remove (&self->fixed, hub, NULL, 0);
  gst_clear_object (&hub);
}

static gboolean
default_connecting (
    GstFecUnicastReplicator *self, const gchar *address, gint port, guint tsi)
{
  return TRUE;
}

/* The first handler that refuses has the last word. */
static gboolean
accumulate_allowed (GSignalInvocationHint *hint, GValue *result,
    const GValue *value, gpointer user_data)
{
  gboolean allowed = g_value_get_boolean (value);

  g_value_set_boolean (result, allowed);
  return allowed;
}

static void
install_signals (GType type)
{
  /**
   * GstFecUnicastReplicator::client-connecting:
   * @replicator: the element
   * @address: numeric address of the client
   * @port: its port
   * @tsi: the channel
   *
   * Asked before a client gets a channel, from the control thread. Handlers must return soon and not change the element.
   *
   * Returns: FALSE to refuse the client (it gets the error 403); the first refusal counts
   */
  signals[SIGNAL_CLIENT_CONNECTING] =
      g_signal_new_class_handler ("client-connecting", type, G_SIGNAL_RUN_LAST,
          G_CALLBACK (default_connecting), accumulate_allowed, NULL, NULL,
          G_TYPE_BOOLEAN, 3, G_TYPE_STRING, G_TYPE_INT, G_TYPE_UINT);
  /**
   * GstFecUnicastReplicator::client-added:
   * @replicator: the element
   * @address: numeric address of the client
   * @port: its port
   * @tsi: the channel it gets from now on
   */
  signals[SIGNAL_CLIENT_ADDED] =
      g_signal_new ("client-added", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
          NULL, G_TYPE_NONE, 3, G_TYPE_STRING, G_TYPE_INT, G_TYPE_UINT);
  /**
   * GstFecUnicastReplicator::client-removed:
   * @replicator: the element
   * @address: numeric address of the client
   * @port: its port
   * @tsi: the channel it does not get any more
   * @reason: left, expired, silent, removed, moved, disconnected or congested
   */
  signals[SIGNAL_CLIENT_REMOVED] = g_signal_new ("client-removed", type,
      G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 4, G_TYPE_STRING,
      G_TYPE_INT, G_TYPE_UINT, G_TYPE_STRING);
}

static void
install_actions (GType type)
{
  /**
   * GstFecUnicastReplicator::add:
   * @replicator: the element
   * @address: numeric address, no multicast group
   * @port: its port
   *
   * From now on a client that never asks gets all channels of the element by UDP, those that come later too, until it is
   * removed. A warning is posted when that cannot be.
   */
  signals[ACTION_ADD] = g_signal_new_class_handler ("add", type,
      G_SIGNAL_RUN_LAST | G_SIGNAL_ACTION,
      G_CALLBACK (gst_fec_unicast_replicator_add), NULL, NULL, NULL,
      G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_INT);
  /**
   * GstFecUnicastReplicator::remove:
   * @replicator: the element
   * @address: numeric address
   * @port: port, 0 for all clients at that address
   *
   * Ends the sessions of a client, or what "add" began.
   */
  signals[ACTION_REMOVE] = g_signal_new_class_handler ("remove", type,
      G_SIGNAL_RUN_LAST | G_SIGNAL_ACTION,
      G_CALLBACK (gst_fec_unicast_replicator_remove), NULL, NULL, NULL,
      G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_INT);
  /**
   * GstFecUnicastReplicator::clear:
   * @replicator: the element
   *
   * Ends all sessions (of a shared hub, too) and removes all fixed clients.
   */
  signals[ACTION_CLEAR] = g_signal_new_class_handler ("clear", type,
      G_SIGNAL_RUN_LAST | G_SIGNAL_ACTION,
      G_CALLBACK (gst_fec_unicast_replicator_clear), NULL, NULL, NULL,
      G_TYPE_NONE, 0);
  /**
   * GstFecUnicastReplicator::get-stats:
   * @replicator: the element
   *
   * Returns: the same as the property stats
   */
  signals[ACTION_GET_STATS] = g_signal_new_class_handler ("get-stats", type,
      G_SIGNAL_RUN_LAST | G_SIGNAL_ACTION,
      G_CALLBACK (gst_fec_unicast_replicator_get_stats), NULL, NULL, NULL,
      GST_TYPE_STRUCTURE, 0);
}

void
gst_fec_unicast_replicator_install_signals (GType type)
{
  install_signals (type);
  install_actions (type);
}
