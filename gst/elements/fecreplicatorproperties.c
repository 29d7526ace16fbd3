/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fecreplicatorproperties.c: the properties of fecunicastreplicator: names, ranges, defaults and values. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "fecreplicator-private.h"
#include "wire/alc.h"

#define DEFAULT_ADDRESS ""
#define DEFAULT_PORT GST_FEC_DEFAULT_PORT
#define DEFAULT_CHANNEL ""
#define DEFAULT_MULTICAST_GROUP ""
#define DEFAULT_MULTICAST_PORT GST_FEC_DEFAULT_PORT
#define DEFAULT_MULTICAST_SOURCE ""
#define DEFAULT_MAX_CONNECTIONS 5000
#define DEFAULT_INITIAL_CLIENTS ""

enum
{
  PROP_0,
  PROP_ADDRESS,
  PROP_PORT,
  PROP_BOUND_PORT,
  PROP_CHANNEL,
  PROP_MULTICAST_GROUP,
  PROP_MULTICAST_PORT,
  PROP_MULTICAST_SOURCE,
  PROP_LEASE_DEFAULT,
  PROP_LEASE_MIN,
  PROP_LEASE_MAX,
  PROP_CONSENT,
  PROP_MAX_SESSIONS,
  PROP_MAX_SESSIONS_PER_ADDRESS,
  PROP_REQUEST_WINDOW,
  PROP_FRESH_SESSION_RATE,
  PROP_FRESH_CHANNEL_RATE,
  PROP_FRESH_CHANNEL_PERCENT,
  PROP_MAX_CONNECTIONS,
  PROP_INITIAL_CLIENTS,
  PROP_HUB,
  PROP_CLIENTS,
  PROP_STATS,
};

/* ---- What applications ask ---------------------------------------------- */

GstStructure *
gst_fec_unicast_replicator_get_stats (GstFecUnicastReplicator *self)
{
  GstFecHub *hub = gst_fec_unicast_replicator_ref_hub (self);
  GstStructure *stats;

  if (hub != NULL)
    stats = gst_fec_hub_get_stats (hub);
  else
    stats = gst_structure_new_empty ("application/x-fec-hub-stats");
  gst_fec_unicast_replicator_add_order_stats (self, hub, stats);
  gst_clear_object (&hub);

  GST_OBJECT_LOCK (self);
  gst_structure_set (stats, "packets-received", G_TYPE_UINT64, self->packets,
      "bytes-received", G_TYPE_UINT64, self->bytes, "packets-malformed",
      G_TYPE_UINT64, self->malformed, "packets-refused", G_TYPE_UINT64,
      self->refused, NULL);
  GST_OBJECT_UNLOCK (self);
  return stats;
}

static void
append_clients (GValue *clients, GstFecHub *hub, guint32 tsi)
{
  GValue some = G_VALUE_INIT;
  guint i;

  gst_fec_hub_get_clients (hub, tsi, &some);
  for (i = 0; i < gst_value_list_get_size (&some); i++)
    gst_value_array_append_value (clients, gst_value_list_get_value (&some, i));
  g_value_unset (&some);
}

static void
get_clients (GstFecUnicastReplicator *self, GValue *clients)
{
  GstFecHub *hub = gst_fec_unicast_replicator_ref_hub (self);
  GList *tsis, *l;

  if (hub == NULL)
    return;
  if (self->own_hub) {
    append_clients (clients, hub, 0);
  } else {
    GST_OBJECT_LOCK (self);
    tsis = g_hash_table_get_keys (self->tsis);
    GST_OBJECT_UNLOCK (self);
    for (l = tsis; l != NULL; l = l->next)
      append_clients (clients, hub, GPOINTER_TO_UINT (l->data));
    g_list_free (tsis);
  }
  gst_object_unref (hub);
}

static void
set_string (gchar **string, const GValue *value)
{
  g_free (*string);
  *string = g_value_dup_string (value);
}

static void
gst_fec_unicast_replicator_set_property (
    GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  GstFecUnicastReplicator *self = GST_FEC_UNICAST_REPLICATOR (object);

  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_ADDRESS:
      set_string (&self->address, value);
      break;
    case PROP_PORT:
      self->port = g_value_get_uint (value);
      break;
    case PROP_CHANNEL:
      set_string (&self->channel, value);
      break;
    case PROP_MULTICAST_GROUP:
      set_string (&self->multicast_group, value);
      break;
    case PROP_MULTICAST_PORT:
      self->multicast_port = g_value_get_uint (value);
      break;
    case PROP_MULTICAST_SOURCE:
      set_string (&self->multicast_source, value);
      break;
    case PROP_LEASE_DEFAULT:
      self->settings.lease_default = g_value_get_uint (value);
      break;
    case PROP_LEASE_MIN:
      self->settings.lease_min = g_value_get_uint (value);
      break;
    case PROP_LEASE_MAX:
      self->settings.lease_max = g_value_get_uint (value);
      break;
    case PROP_CONSENT:
      self->settings.consent = g_value_get_uint (value);
      break;
    case PROP_MAX_SESSIONS:
      self->settings.max_sessions = g_value_get_uint (value);
      break;
    case PROP_MAX_SESSIONS_PER_ADDRESS:
      self->settings.max_sessions_per_address = g_value_get_uint (value);
      break;
    case PROP_REQUEST_WINDOW:
      self->order_settings.window_us = (gint64) g_value_get_uint (value) * 1000;
      break;
    case PROP_FRESH_SESSION_RATE:
      self->order_settings.session_rate = g_value_get_uint (value);
      break;
    case PROP_FRESH_CHANNEL_RATE:
      self->order_settings.channel_rate = g_value_get_uint (value);
      break;
    case PROP_FRESH_CHANNEL_PERCENT:
      self->order_settings.channel_percent = g_value_get_uint (value);
      break;
    case PROP_MAX_CONNECTIONS:
      self->max_connections = g_value_get_uint (value);
      break;
    case PROP_INITIAL_CLIENTS:
      set_string (&self->initial_clients, value);
      break;
    case PROP_HUB:
      gst_clear_object (&self->given_hub);
      self->given_hub = g_value_dup_object (value);
      break;
    default:
      if (!gst_fec_replicator_access_set (
              &self->access, &self->settings, id, value))
        G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
      break;
  }
  GST_OBJECT_UNLOCK (self);
}

static void
gst_fec_unicast_replicator_get_property (
    GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  GstFecUnicastReplicator *self = GST_FEC_UNICAST_REPLICATOR (object);
  GstFecHub *hub;

  /* These ask the hub, which must not be done with the lock. */
  switch (id) {
    case PROP_BOUND_PORT:
      hub = gst_fec_unicast_replicator_ref_hub (self);
      g_value_set_uint (value, hub != NULL ? gst_fec_hub_get_port (hub) : 0);
      gst_clear_object (&hub);
      return;
    case PROP_CLIENTS:
      get_clients (self, value);
      return;
    case PROP_STATS:
      g_value_take_boxed (value, gst_fec_unicast_replicator_get_stats (self));
      return;
    default:
      break;
  }

  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_ADDRESS:
      g_value_set_string (value, self->address);
      break;
    case PROP_PORT:
      g_value_set_uint (value, self->port);
      break;
    case PROP_CHANNEL:
      g_value_set_string (value, self->channel);
      break;
    case PROP_MULTICAST_GROUP:
      g_value_set_string (value, self->multicast_group);
      break;
    case PROP_MULTICAST_PORT:
      g_value_set_uint (value, self->multicast_port);
      break;
    case PROP_MULTICAST_SOURCE:
      g_value_set_string (value, self->multicast_source);
      break;
    case PROP_LEASE_DEFAULT:
      g_value_set_uint (value, self->settings.lease_default);
      break;
    case PROP_LEASE_MIN:
      g_value_set_uint (value, self->settings.lease_min);
      break;
    case PROP_LEASE_MAX:
      g_value_set_uint (value, self->settings.lease_max);
      break;
    case PROP_CONSENT:
      g_value_set_uint (value, self->settings.consent);
      break;
    case PROP_MAX_SESSIONS:
      g_value_set_uint (value, self->settings.max_sessions);
      break;
    case PROP_MAX_SESSIONS_PER_ADDRESS:
      g_value_set_uint (value, self->settings.max_sessions_per_address);
      break;
    case PROP_REQUEST_WINDOW:
      g_value_set_uint (value, (guint) (self->order_settings.window_us / 1000));
      break;
    case PROP_FRESH_SESSION_RATE:
      g_value_set_uint (value, self->order_settings.session_rate);
      break;
    case PROP_FRESH_CHANNEL_RATE:
      g_value_set_uint (value, self->order_settings.channel_rate);
      break;
    case PROP_FRESH_CHANNEL_PERCENT:
      g_value_set_uint (value, self->order_settings.channel_percent);
      break;
    case PROP_MAX_CONNECTIONS:
      g_value_set_uint (value, self->max_connections);
      break;
    case PROP_INITIAL_CLIENTS:
      g_value_set_string (value, self->initial_clients);
      break;
    case PROP_HUB:
      g_value_set_object (
          value, self->hub != NULL ? self->hub : self->given_hub);
      break;
    default:
      if (!gst_fec_replicator_access_get (
              &self->access, &self->settings, id, value))
        G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
      break;
  }
  GST_OBJECT_UNLOCK (self);
}

static void
install_channel_properties (GObjectClass *klass, GParamFlags flags)
{
  g_object_class_install_property (klass, PROP_ADDRESS,
      g_param_spec_string ("address", "Address",
          "Numeric address to listen on; empty: all", DEFAULT_ADDRESS, flags));
  g_object_class_install_property (klass, PROP_PORT,
      g_param_spec_uint ("port", "Port",
          "UDP and TCP port of control and data (0: any free one, see "
          "bound-port)",
          0, G_MAXUINT16, DEFAULT_PORT, flags));
  g_object_class_install_property (klass, PROP_BOUND_PORT,
      g_param_spec_uint ("bound-port", "Bound port",
          "The port in use, 0 below READY", 0, G_MAXUINT16, 0,
          G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
  g_object_class_install_property (klass, PROP_CHANNEL,
      g_param_spec_string ("channel", "Channel",
          "Path of the channel, without leading slash, in clients' URIs",
          DEFAULT_CHANNEL, flags));
  g_object_class_install_property (klass, PROP_MULTICAST_GROUP,
      g_param_spec_string ("multicast-group", "Multicast group",
          "Group that the same packets are sent to, for clients to know (this "
          "element does not send there); empty: none",
          DEFAULT_MULTICAST_GROUP, flags));
  g_object_class_install_property (klass, PROP_MULTICAST_PORT,
      g_param_spec_uint ("multicast-port", "Multicast port",
          "Port of the multicast group", 1, G_MAXUINT16, DEFAULT_MULTICAST_PORT,
          flags));
  g_object_class_install_property (klass, PROP_MULTICAST_SOURCE,
      g_param_spec_string ("multicast-source", "Multicast source",
          "Address that the group's packets come from, for source-specific "
          "multicast; empty: any",
          DEFAULT_MULTICAST_SOURCE, flags));
  g_object_class_install_property (klass, PROP_MAX_CONNECTIONS,
      g_param_spec_uint ("max-connections", "Most connections",
          "TCP clients at a time, 0: no TCP", 0, G_MAXINT,
          DEFAULT_MAX_CONNECTIONS, flags));
  g_object_class_install_property (klass, PROP_INITIAL_CLIENTS,
      g_param_spec_string ("initial-clients", "Initial clients",
          "Fixed clients that get all channels by UDP without asking: numeric "
          "addresses and ports, separated by commas",
          DEFAULT_INITIAL_CLIENTS, flags));
  g_object_class_install_property (klass, PROP_HUB,
      g_param_spec_object ("hub", "Hub",
          "Port and sessions shared with other replicators; NULL: from the "
          "context gst.fec.Hub, else the element's own",
          GST_TYPE_FEC_HUB, flags));
}

static void
install_session_property (GObjectClass *klass, guint id, const gchar *name,
    const gchar *nick, const gchar *blurb, guint default_value)
{
  g_object_class_install_property (klass, id,
      g_param_spec_uint (name, nick, blurb, 1, G_MAXINT, default_value,
          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS |
              GST_PARAM_MUTABLE_READY));
}

static void
install_session_properties (GObjectClass *klass)
{
  GstFecSessionSettings defaults;

  gst_fec_session_settings_init (&defaults);
  install_session_property (klass, PROP_LEASE_DEFAULT, "lease-default",
      "Default lease", "Seconds of a lease when the client names none",
      defaults.lease_default);
  install_session_property (klass, PROP_LEASE_MIN, "lease-min",
      "Shortest lease", "Seconds; shorter wishes become this",
      defaults.lease_min);
  install_session_property (klass, PROP_LEASE_MAX, "lease-max", "Longest lease",
      "Seconds; longer wishes become this", defaults.lease_max);
  install_session_property (klass, PROP_CONSENT, "consent", "Consent",
      "Seconds after which a client that was not heard of gets nothing more",
      defaults.consent);
  install_session_property (klass, PROP_MAX_SESSIONS, "max-sessions",
      "Most sessions", "Clients at a time", defaults.max_sessions);
  install_session_property (klass, PROP_MAX_SESSIONS_PER_ADDRESS,
      "max-sessions-per-address", "Most sessions of an address",
      "Clients at a time from one address", defaults.max_sessions_per_address);
}

static void
install_order_property (GObjectClass *klass, guint id, const gchar *name,
    const gchar *nick, const gchar *blurb, guint max, guint default_value)
{
  g_object_class_install_property (klass, id,
      g_param_spec_uint (name, nick, blurb, 0, max, default_value,
          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS |
              GST_PARAM_MUTABLE_READY));
}

static void
install_order_properties (GObjectClass *klass)
{
  GstFecOrderSettings defaults;

  gst_fec_order_settings_init (&defaults);
  install_order_property (klass, PROP_REQUEST_WINDOW, "request-window",
      "Request window",
      "Milliseconds for which requests for symbols of one object are gathered",
      1000, (guint) (defaults.window_us / 1000));
  install_order_property (klass, PROP_FRESH_SESSION_RATE, "fresh-session-rate",
      "Fresh symbols of a client",
      "Symbols a second that one client gets on request", G_USEC_PER_SEC,
      defaults.session_rate);
  install_order_property (klass, PROP_FRESH_CHANNEL_RATE, "fresh-channel-rate",
      "Fresh symbols of a channel",
      "Symbols a second that are made on request for a channel, or "
      "fresh-channel-percent when that is more",
      G_USEC_PER_SEC, defaults.channel_rate);
  install_order_property (klass, PROP_FRESH_CHANNEL_PERCENT,
      "fresh-channel-percent", "Fresh share of a channel",
      "Symbols that are made on request, in percent of the channel's packets, "
      "or fresh-channel-rate when that is more",
      1000, defaults.channel_percent);
}

static void
install_state_properties (GObjectClass *klass)
{
  /**
   * GstFecUnicastReplicator:clients:
   *
   * A GST_TYPE_ARRAY of structures "client", with a shared hub one for each of our channels it listens to:
   *
   * * "address"             G_TYPE_STRING: address:port
   * * "transport"           G_TYPE_STRING: udp or tcp
   * * "session-id"          G_TYPE_UINT64; 0 with "static" G_TYPE_BOOLEAN TRUE: a fixed client
   * * "user"                G_TYPE_STRING: who logged in, where somebody did
   * * "channels"            GST_TYPE_LIST of structures: tsi (uint), name (string), lease-remaining-ms
   * * "idle-ms"             since the client was heard of
   * * "packets-received", "packets-lost", "jitter-us": from its last report
   * * "send-errors"         G_TYPE_UINT64, "send-error" G_TYPE_STRING: packets the kernel refused, and why the last one
   */
  g_object_class_install_property (klass, PROP_CLIENTS,
      gst_param_spec_array ("clients", "Clients",
          "Who is listening, an array of structures",
          g_param_spec_boxed ("client", "Client", "One client",
              GST_TYPE_STRUCTURE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS),
          G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
  /**
   * GstFecUnicastReplicator:stats:
   *
   * A structure "application/x-fec-hub-stats". Of this element, since it was started:
   *
   * * "packets-received", "bytes-received" G_TYPE_UINT64: from the pipeline
   * * "packets-malformed"   G_TYPE_UINT64: buffers that were no ALC packets, and were dropped
   * * "packets-refused"     G_TYPE_UINT64: packets of more TSIs than an element may have (256)
   *
   * * "symbols-requested", "symbols-made", "symbols-suppressed", "symbols-refused" G_TYPE_UINT64: symbols that
   *   clients lacked, that were asked of upstream for it, that needed not be made and that a limit forbade
   * * "requests-unknown"    G_TYPE_UINT64: requests for objects too old or never sent
   * * "orders-to-all", "orders-to-some" G_TYPE_UINT64: whom symbols made on request went to
   *
   * Of the hub:
   *
   * * "packets-sent", "bytes-sent" G_TYPE_UINT64: datagrams the kernel took, to all clients
   * * "send-errors"         G_TYPE_UINT64: datagrams the kernel refused
   * * "packets-dropped"     G_TYPE_UINT64: packets overwritten before they were sent to anybody
   * * "datagrams-ignored"   G_TYPE_UINT64: datagrams that were no control messages
   * * "channels", "listeners", "port" G_TYPE_UINT
   * * "tcp-connections" G_TYPE_UINT: at present; "tcp-accepted", "tcp-refused" (too many), "tcp-timed-out" (said
   *   nothing), "tcp-malformed" (said something else) G_TYPE_UINT64
   * * "tcp-packets-sent", "tcp-bytes-sent", "tcp-packets-skipped" G_TYPE_UINT64: the last where a client was a whole
   *   ring too slow
   * * "sessions", "leases"  G_TYPE_UINT
   * * "connects", "joins", "renewals", "leaves", "expired", "challenges", "challenges-suppressed", "refused",
   *   "malformed", "stale-nonces" G_TYPE_UINT64: control messages and what became of them
   * * "logins", "logins-refused", "redirected", "disconnected", "congested" G_TYPE_UINT64: sessions of users, requests
   *   whose login was refused, clients sent to other servers, sessions that ended with their connection or by the
   *   circuit breaker
   * * "egress"              G_TYPE_UINT64: bits per second to all clients, by the channels' bitrates
   */
  g_object_class_install_property (klass, PROP_STATS,
      g_param_spec_boxed ("stats", "Statistics", "What was served to how many",
          GST_TYPE_STRUCTURE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
}

void
gst_fec_unicast_replicator_init_properties (GstFecUnicastReplicator *self)
{
  self->address = g_strdup (DEFAULT_ADDRESS);
  self->port = DEFAULT_PORT;
  self->channel = g_strdup (DEFAULT_CHANNEL);
  self->multicast_group = g_strdup (DEFAULT_MULTICAST_GROUP);
  self->multicast_port = DEFAULT_MULTICAST_PORT;
  self->multicast_source = g_strdup (DEFAULT_MULTICAST_SOURCE);
  self->max_connections = DEFAULT_MAX_CONNECTIONS;
  self->initial_clients = g_strdup (DEFAULT_INITIAL_CLIENTS);
  gst_fec_session_settings_init (&self->settings);
  gst_fec_replicator_access_init (&self->access);
  gst_fec_order_settings_init (&self->order_settings);
}

void
gst_fec_unicast_replicator_clear_properties (GstFecUnicastReplicator *self)
{
  g_free (self->address);
  g_free (self->channel);
  g_free (self->multicast_group);
  g_free (self->multicast_source);
  g_free (self->initial_clients);
  gst_fec_replicator_access_clear (&self->access);
  gst_clear_object (&self->given_hub);
  gst_clear_object (&self->context_hub);
}

void
gst_fec_unicast_replicator_install_properties (GObjectClass *klass)
{
  klass->set_property = gst_fec_unicast_replicator_set_property;
  klass->get_property = gst_fec_unicast_replicator_get_property;
  install_channel_properties (klass,
      G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY);
  install_session_properties (klass);
  gst_fec_replicator_access_install (klass);
  install_order_properties (klass);
  install_state_properties (klass);
}
