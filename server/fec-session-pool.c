/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fec-session-pool.c: a view on the hub's sessions in public terms. The hub does the work; this brings its changes into
 * the application's main context.
 */
#include "fec-server-private.h"
#include "transport/addresslist.h"
#include "wire/alc.h"

#include <string.h>

#define DEFAULT_MAX_CONNECTIONS 5000

enum
{
  PROP_0,
  PROP_LEASE_DEFAULT,
  PROP_LEASE_MIN,
  PROP_LEASE_MAX,
  PROP_MAX_SESSIONS,
  PROP_MAX_SESSIONS_PER_ADDRESS,
  PROP_MAX_SESSIONS_PER_PREFIX,
  PROP_MAX_CONNECTIONS,
  PROP_MAX_EGRESS,
  PROP_BREAKER_LOSS,
  PROP_BREAKER_TIME,
  PROP_BREAKER_PAUSE,
  PROP_REDIRECT,
};

enum
{
  SIGNAL_CLIENT_ADDED,
  SIGNAL_CLIENT_REMOVED,
  N_SIGNALS
};

struct _GstFecSessionPool
{
  GObject parent;

  GstFecHub *hub;
  GMutex lock;
  GstFecSessionSettings settings; /* protected by lock */
  guint max_connections; /* protected by lock */
  GMainContext *context; /* protected by lock */
};

/* A change on its way from the hub's control thread to the main context. */
typedef struct
{
  GstFecSessionPool *pool;
  gchar *address;
  gint port;
  guint tsi;
  gchar *reason; /* NULL: added */
} Change;

static guint signals[N_SIGNALS];

G_DEFINE_TYPE (GstFecSessionPool, gst_fec_session_pool, G_TYPE_OBJECT)

static void
change_free (gpointer data)
{
  Change *change = data;

  g_object_unref (change->pool);
  g_free (change->address);
  g_free (change->reason);
  g_free (change);
}

static gboolean
change_emit (gpointer data)
{
  const Change *change = data;

  if (change->reason == NULL)
    g_signal_emit (change->pool, signals[SIGNAL_CLIENT_ADDED], 0,
        change->address, change->port, change->tsi);
  else
    g_signal_emit (change->pool, signals[SIGNAL_CLIENT_REMOVED], 0,
        change->address, change->port, change->tsi, change->reason);
  return G_SOURCE_REMOVE;
}

static void
queue_change (GstFecSessionPool *self, const gchar *address, gint port,
    guint tsi, const gchar *reason)
{
  Change *change = g_new0 (Change, 1);
  GSource *source = g_idle_source_new ();

  change->pool = g_object_ref (self);
  change->address = g_strdup (address);
  change->port = port;
  change->tsi = tsi;
  change->reason = g_strdup (reason);
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, change_emit, change, change_free);
  g_mutex_lock (&self->lock);
  g_source_attach (source, self->context);
  g_mutex_unlock (&self->lock);
  g_source_unref (source);
}

static void
on_client_added (GstFecHub *hub, const gchar *address, gint port, guint tsi,
    GstFecSessionPool *self)
{
  queue_change (self, address, port, tsi, NULL);
}

static void
on_client_removed (GstFecHub *hub, const gchar *address, gint port, guint tsi,
    const gchar *reason, GstFecSessionPool *self)
{
  queue_change (self, address, port, tsi, reason ? reason : "");
}

GstFecSessionPool *
gst_fec_session_pool_new (GstFecHub *hub)
{
  GstFecSessionPool *self = g_object_new (GST_TYPE_FEC_SESSION_POOL, NULL);

  self->hub = g_object_ref (hub);
  g_signal_connect_object (
      hub, "client-added", G_CALLBACK (on_client_added), self, 0);
  g_signal_connect_object (
      hub, "client-removed", G_CALLBACK (on_client_removed), self, 0);
  return self;
}

void
gst_fec_session_pool_prepare (GstFecSessionPool *self, GMainContext *context)
{
  GstFecSessionSettings settings;
  guint max_connections;

  g_mutex_lock (&self->lock);
  g_clear_pointer (&self->context, g_main_context_unref);
  if (context != NULL)
    self->context = g_main_context_ref (context);
  settings = self->settings;
  max_connections = self->max_connections;
  g_mutex_unlock (&self->lock);
  gst_fec_hub_set_settings (self->hub, &settings);
  gst_fec_hub_set_max_connections (self->hub, max_connections);
}

gboolean
gst_fec_session_pool_set_alternates (
    GstFecSessionPool *self, const gchar *addresses, GError **error)
{
  GstFecAddress alternates[GST_FEC_SESSION_MAX_ALTERNATES] = { 0 };
  gint n;

  g_return_val_if_fail (GST_IS_FEC_SESSION_POOL (self), FALSE);

  n = gst_fec_address_list_parse (addresses, GST_FEC_DEFAULT_PORT, alternates,
      G_N_ELEMENTS (alternates), error);
  if (n < 0)
    return FALSE;
  g_mutex_lock (&self->lock);
  memcpy (self->settings.alternates, alternates, sizeof (alternates));
  self->settings.n_alternates = (guint) n;
  g_mutex_unlock (&self->lock);
  return TRUE;
}

guint
gst_fec_session_pool_get_n_sessions (GstFecSessionPool *self)
{
  GstStructure *stats;
  guint n = 0;

  g_return_val_if_fail (GST_IS_FEC_SESSION_POOL (self), 0);

  stats = gst_fec_hub_get_stats (self->hub);
  gst_structure_get_uint (stats, "sessions", &n);
  gst_structure_free (stats);
  return n;
}

GPtrArray *
gst_fec_session_pool_get_clients (GstFecSessionPool *self, guint tsi)
{
  GPtrArray *clients =
      g_ptr_array_new_with_free_func ((GDestroyNotify) gst_structure_free);
  GValue list = G_VALUE_INIT;

  g_return_val_if_fail (GST_IS_FEC_SESSION_POOL (self), clients);

  gst_fec_hub_get_clients (self->hub, tsi, &list);
  for (guint i = 0; i < gst_value_list_get_size (&list); i++) {
    const GValue *item = gst_value_list_get_value (&list, i);

    g_ptr_array_add (
        clients, gst_structure_copy (gst_value_get_structure (item)));
  }
  g_value_unset (&list);
  return clients;
}

guint
gst_fec_session_pool_remove_clients (
    GstFecSessionPool *self, const gchar *address, guint16 port)
{
  g_return_val_if_fail (GST_IS_FEC_SESSION_POOL (self), 0);

  return gst_fec_hub_remove_clients (self->hub, address, port);
}

GstStructure *
gst_fec_session_pool_get_stats (GstFecSessionPool *self)
{
  g_return_val_if_fail (GST_IS_FEC_SESSION_POOL (self), NULL);

  return gst_fec_hub_get_stats (self->hub);
}

static guint *
setting_of (GstFecSessionPool *self, guint prop_id)
{
  switch (prop_id) {
    case PROP_LEASE_DEFAULT:
      return &self->settings.lease_default;
    case PROP_LEASE_MIN:
      return &self->settings.lease_min;
    case PROP_LEASE_MAX:
      return &self->settings.lease_max;
    case PROP_MAX_SESSIONS:
      return &self->settings.max_sessions;
    case PROP_MAX_SESSIONS_PER_ADDRESS:
      return &self->settings.max_sessions_per_address;
    case PROP_MAX_SESSIONS_PER_PREFIX:
      return &self->settings.max_sessions_per_prefix;
    case PROP_MAX_CONNECTIONS:
      return &self->max_connections;
    case PROP_BREAKER_LOSS:
      return &self->settings.breaker_loss;
    case PROP_BREAKER_TIME:
      return &self->settings.breaker_time;
    case PROP_BREAKER_PAUSE:
      return &self->settings.breaker_pause;
    default:
      return NULL;
  }
}

static void
gst_fec_session_pool_set_property (
    GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  GstFecSessionPool *self = GST_FEC_SESSION_POOL (object);
  guint *setting = setting_of (self, prop_id);

  g_mutex_lock (&self->lock);
  if (setting != NULL)
    *setting = g_value_get_uint (value);
  else if (prop_id == PROP_MAX_EGRESS)
    self->settings.max_egress = g_value_get_uint64 (value);
  else if (prop_id == PROP_REDIRECT)
    self->settings.redirect = g_value_get_boolean (value);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
  g_mutex_unlock (&self->lock);
}

static void
gst_fec_session_pool_get_property (
    GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  GstFecSessionPool *self = GST_FEC_SESSION_POOL (object);
  const guint *setting = setting_of (self, prop_id);

  g_mutex_lock (&self->lock);
  if (setting != NULL)
    g_value_set_uint (value, *setting);
  else if (prop_id == PROP_MAX_EGRESS)
    g_value_set_uint64 (value, self->settings.max_egress);
  else if (prop_id == PROP_REDIRECT)
    g_value_set_boolean (value, self->settings.redirect);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
  g_mutex_unlock (&self->lock);
}

static void
gst_fec_session_pool_finalize (GObject *object)
{
  GstFecSessionPool *self = GST_FEC_SESSION_POOL (object);

  g_clear_object (&self->hub);
  g_clear_pointer (&self->context, g_main_context_unref);
  g_mutex_clear (&self->lock);
  G_OBJECT_CLASS (gst_fec_session_pool_parent_class)->finalize (object);
}

static void
gst_fec_session_pool_init (GstFecSessionPool *self)
{
  g_mutex_init (&self->lock);
  gst_fec_session_settings_init (&self->settings);
  self->max_connections = DEFAULT_MAX_CONNECTIONS;
}

static void
install_setting (GObjectClass *klass, guint prop_id, const gchar *name,
    const gchar *blurb, guint min, guint max, guint initial)
{
  g_object_class_install_property (klass, prop_id,
      g_param_spec_uint (name, name, blurb, min, max, initial,
          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS));
}

static void
install_limits (GObjectClass *klass, const GstFecSessionSettings *initial)
{
  install_setting (klass, PROP_MAX_SESSIONS, "max-sessions",
      "Most sessions at a time; takes effect with the next start", 1, G_MAXINT,
      initial->max_sessions);
  install_setting (klass, PROP_MAX_SESSIONS_PER_ADDRESS,
      "max-sessions-per-address",
      "Most sessions of one address; takes effect with the next start", 1,
      G_MAXINT, initial->max_sessions_per_address);
  install_setting (klass, PROP_MAX_SESSIONS_PER_PREFIX,
      "max-sessions-per-prefix",
      "Most sessions of one network (/24 of IPv4, /56 of IPv6); takes effect "
      "with the next start",
      1, G_MAXINT, initial->max_sessions_per_prefix);
  install_setting (klass, PROP_MAX_CONNECTIONS, "max-connections",
      "Most clients by TCP at a time (0: no TCP); takes effect with the next "
      "start",
      0, G_MAXINT, DEFAULT_MAX_CONNECTIONS);
  g_object_class_install_property (klass, PROP_MAX_EGRESS,
      g_param_spec_uint64 ("max-egress", "max-egress",
          "Bits per second to all listeners together, by the channels' "
          "bitrates (0: unlimited); takes effect with the next start",
          0, G_MAXUINT64, initial->max_egress,
          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS));
  install_setting (klass, PROP_BREAKER_LOSS, "breaker-loss",
      "A session that reports more than this percentage lost, on average over "
      "breaker-time, is ended (0: never); takes effect with the next start",
      0, 100, initial->breaker_loss);
  install_setting (klass, PROP_BREAKER_TIME, "breaker-time",
      "Seconds, see breaker-loss; takes effect with the next start", 1, 3600,
      initial->breaker_time);
  install_setting (klass, PROP_BREAKER_PAUSE, "breaker-pause",
      "Seconds before its address gets another session; takes effect with the "
      "next start",
      0, 86400, initial->breaker_pause);
  g_object_class_install_property (klass, PROP_REDIRECT,
      g_param_spec_boolean ("redirect", "redirect",
          "Whether all new clients are sent to the alternate servers; takes "
          "effect with the next start",
          initial->redirect, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS));
}

static void
gst_fec_session_pool_class_init (GstFecSessionPoolClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstFecSessionSettings initial;

  object_class->set_property = gst_fec_session_pool_set_property;
  object_class->get_property = gst_fec_session_pool_get_property;
  object_class->finalize = gst_fec_session_pool_finalize;

  gst_fec_session_settings_init (&initial);
  install_setting (object_class, PROP_LEASE_DEFAULT, "lease-default",
      "Length of a lease that was asked for without a length, in seconds; "
      "takes effect with the next start",
      1, G_MAXINT, initial.lease_default);
  install_setting (object_class, PROP_LEASE_MIN, "lease-min",
      "Shortest lease, in seconds; takes effect with the next start", 1,
      G_MAXINT, initial.lease_min);
  install_setting (object_class, PROP_LEASE_MAX, "lease-max",
      "Longest lease, in seconds; takes effect with the next start", 1,
      G_MAXINT, initial.lease_max);
  install_limits (object_class, &initial);

  /**
   * GstFecSessionPool::client-added:
   * @self: the pool
   * @address: numeric address of the client
   * @port: its port
   * @tsi: the channel it listens to from now on
   */
  signals[SIGNAL_CLIENT_ADDED] = g_signal_new ("client-added",
      G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
      G_TYPE_NONE, 3, G_TYPE_STRING, G_TYPE_INT, G_TYPE_UINT);
  /**
   * GstFecSessionPool::client-removed:
   * @self: the pool
   * @address: numeric address of the client
   * @port: its port
   * @tsi: the channel it does not listen to any more
   * @reason: left, expired, silent, removed, moved, disconnected or congested
   */
  signals[SIGNAL_CLIENT_REMOVED] = g_signal_new ("client-removed",
      G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
      G_TYPE_NONE, 4, G_TYPE_STRING, G_TYPE_INT, G_TYPE_UINT, G_TYPE_STRING);
}
