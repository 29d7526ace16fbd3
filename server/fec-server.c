/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fec-server.c: owns the hub and the channels of a server.
 */
#include "fec-server-private.h"

#include <gio/gio.h>
#include <string.h>

#define DEFAULT_ADDRESS NULL
#define DEFAULT_PORT 6330
/* A channel whose path is taken away from a running server may take this long to say goodbye. */
#define REMOVE_TIMEOUT_US (500 * 1000)

GST_DEBUG_CATEGORY (gst_fec_server_debug);

enum
{
  PROP_0,
  PROP_ADDRESS,
  PROP_PORT,
  PROP_BOUND_PORT,
  PROP_MOUNT_POINTS,
  PROP_SESSION_POOL,
  PROP_AUTH,
};

struct _GstFecServer
{
  GObject parent;

  GstFecHub *hub;
  GstFecMountPoints *mounts;
  GstFecSessionPool *pool;
  GMainContext *context;

  GMutex lock;
  gchar *address; /* these are protected by lock */
  guint port;
  GPtrArray *channels; /* NULL while not started */
  GstFecAuth *auth; /* NULL: anybody may have anything */
};

G_DEFINE_TYPE (GstFecServer, gst_fec_server, G_TYPE_OBJECT)

void
gst_fec_server_debug_init (void)
{
  static gsize done = 0;

  if (g_once_init_enter (&done)) {
    GST_DEBUG_CATEGORY_INIT (gst_fec_server_debug, "fecserver", 0,
        "server of fountain-coded channels");
    g_once_init_leave (&done, 1);
  }
}

GstFecServer *
gst_fec_server_new (void)
{
  return g_object_new (GST_TYPE_FEC_SERVER, NULL);
}

GstFecMountPoints *
gst_fec_server_get_mount_points (GstFecServer *self)
{
  g_return_val_if_fail (GST_IS_FEC_SERVER (self), NULL);

  return g_object_ref (self->mounts);
}

GstFecSessionPool *
gst_fec_server_get_session_pool (GstFecServer *self)
{
  g_return_val_if_fail (GST_IS_FEC_SERVER (self), NULL);

  return g_object_ref (self->pool);
}

static void
on_auth_changed (GstFecAuth *auth, GstFecServer *self)
{
  GstFecCredentials *credentials = gst_fec_auth_make_credentials (auth);

  gst_fec_hub_set_credentials (self->hub, credentials);
  gst_fec_credentials_unref (credentials);
}

void
gst_fec_server_set_auth (GstFecServer *self, GstFecAuth *auth)
{
  GstFecAuth *before;

  g_return_if_fail (GST_IS_FEC_SERVER (self));
  g_return_if_fail (auth == NULL || GST_IS_FEC_AUTH (auth));

  g_mutex_lock (&self->lock);
  before = self->auth;
  self->auth = auth != NULL ? g_object_ref (auth) : NULL;
  g_mutex_unlock (&self->lock);
  if (before != NULL) {
    g_signal_handlers_disconnect_by_func (before, on_auth_changed, self);
    g_object_unref (before);
  }
  if (auth != NULL) {
    g_signal_connect_object (
        auth, "changed", G_CALLBACK (on_auth_changed), self, 0);
    on_auth_changed (auth, self);
  } else {
    gst_fec_hub_set_credentials (self->hub, NULL);
  }
}

GstFecAuth *
gst_fec_server_get_auth (GstFecServer *self)
{
  GstFecAuth *auth;

  g_return_val_if_fail (GST_IS_FEC_SERVER (self), NULL);

  g_mutex_lock (&self->lock);
  auth = self->auth != NULL ? g_object_ref (self->auth) : NULL;
  g_mutex_unlock (&self->lock);
  return auth;
}

void
gst_fec_server_attach (GstFecServer *self, GMainContext *context)
{
  g_return_if_fail (GST_IS_FEC_SERVER (self));

  g_clear_pointer (&self->context, g_main_context_unref);
  if (context != NULL)
    self->context = g_main_context_ref (context);
}

static GstFecChannel *
prepare_channel (GstFecServer *self, const gchar *path,
    GstFecChannelFactory *factory, GError **error)
{
  GstFecChannel *channel;

  channel = gst_fec_channel_factory_create_channel (factory, path, error);
  if (channel == NULL)
    return NULL;
  if (!gst_fec_channel_prepare (channel, self->hub, self->context, error)) {
    g_prefix_error (error, "channel “%s”: ", path);
    g_object_unref (channel);
    return NULL;
  }
  return channel;
}

/* All channels of the mount points, none of them started; NULL with @error set when one cannot be made. */
static GPtrArray *
prepare_channels (GstFecServer *self, GError **error)
{
  GPtrArray *channels = g_ptr_array_new_with_free_func (g_object_unref);
  gchar **paths = gst_fec_mount_points_get_paths (self->mounts);

  for (gchar **path = paths; *path != NULL && channels != NULL; path++) {
    GstFecChannelFactory *factory =
        gst_fec_mount_points_match (self->mounts, *path);
    GstFecChannel *channel;

    if (factory == NULL)
      continue;
    channel = prepare_channel (self, *path, factory, error);
    g_object_unref (factory);
    if (channel != NULL)
      g_ptr_array_add (channels, channel);
    else
      g_clear_pointer (&channels, g_ptr_array_unref);
  }
  g_strfreev (paths);
  return channels;
}

gboolean
gst_fec_server_start (GstFecServer *self, GError **error)
{
  GPtrArray *channels;
  gchar *address;
  guint port;

  g_return_val_if_fail (GST_IS_FEC_SERVER (self), FALSE);

  g_mutex_lock (&self->lock);
  address = g_strdup (self->address);
  port = self->port;
  channels = self->channels;
  g_mutex_unlock (&self->lock);
  if (channels != NULL)
    goto started_already;

  gst_fec_session_pool_prepare (self->pool, self->context);
  if (!gst_fec_hub_start (self->hub, address, port, error))
    goto not_bound;
  channels = prepare_channels (self, error);
  if (channels == NULL)
    goto no_channels;

  g_mutex_lock (&self->lock);
  self->channels = channels;
  g_mutex_unlock (&self->lock);
  for (guint i = 0; i < channels->len; i++)
    gst_fec_channel_start (g_ptr_array_index (channels, i));
  g_free (address);
  return TRUE;

  /* ERRORS */
started_already : {
  g_set_error (
      error, G_IO_ERROR, G_IO_ERROR_EXISTS, "the server is started already");
  g_free (address);
  return FALSE;
}
no_channels : {
  gst_fec_hub_stop (self->hub);
}
not_bound : {
  g_free (address);
  return FALSE;
}
}

void
gst_fec_server_stop (GstFecServer *self, GstClockTime timeout)
{
  gint64 deadline = g_get_monotonic_time () + timeout / GST_USECOND;
  GPtrArray *channels;

  g_return_if_fail (GST_IS_FEC_SERVER (self));

  g_mutex_lock (&self->lock);
  channels = self->channels;
  self->channels = NULL;
  g_mutex_unlock (&self->lock);
  if (channels == NULL)
    return;

  for (guint i = 0; i < channels->len; i++)
    gst_fec_channel_end (g_ptr_array_index (channels, i));
  for (guint i = 0; i < channels->len; i++)
    gst_fec_channel_stop (g_ptr_array_index (channels, i), deadline);
  gst_fec_hub_stop (self->hub);
  g_ptr_array_unref (channels);
}

guint16
gst_fec_server_get_bound_port (GstFecServer *self)
{
  g_return_val_if_fail (GST_IS_FEC_SERVER (self), 0);

  return gst_fec_hub_get_port (self->hub);
}

GPtrArray *
gst_fec_server_get_channels (GstFecServer *self)
{
  GPtrArray *copy = g_ptr_array_new_with_free_func (g_object_unref);

  g_return_val_if_fail (GST_IS_FEC_SERVER (self), copy);

  g_mutex_lock (&self->lock);
  for (guint i = 0; self->channels != NULL && i < self->channels->len; i++)
    g_ptr_array_add (
        copy, g_object_ref (g_ptr_array_index (self->channels, i)));
  g_mutex_unlock (&self->lock);
  return copy;
}

/* ---- Paths that come and go while the server runs ---- */

static void
on_factory_added (GstFecMountPoints *mounts, const gchar *path,
    GstFecChannelFactory *factory, GstFecServer *self)
{
  GstFecChannel *channel;
  GError *error = NULL;
  gboolean started;

  g_mutex_lock (&self->lock);
  started = self->channels != NULL;
  g_mutex_unlock (&self->lock);
  if (!started)
    return;
  channel = prepare_channel (self, path, factory, &error);
  if (channel == NULL) {
    g_warning ("%s", error->message);
    g_error_free (error);
    return;
  }
  g_mutex_lock (&self->lock);
  if (self->channels != NULL)
    g_ptr_array_add (self->channels, g_object_ref (channel));
  g_mutex_unlock (&self->lock);
  gst_fec_channel_start (channel);
  g_object_unref (channel);
}

static void
on_factory_removed (
    GstFecMountPoints *mounts, const gchar *path, GstFecServer *self)
{
  GstFecChannel *channel = NULL;

  g_mutex_lock (&self->lock);
  for (guint i = 0; self->channels != NULL && i < self->channels->len; i++) {
    channel = g_ptr_array_index (self->channels, i);
    if (strcmp (gst_fec_channel_get_path (channel), path) == 0) {
      channel = g_object_ref (channel);
      g_ptr_array_remove_index (self->channels, i);
      break;
    }
    channel = NULL;
  }
  g_mutex_unlock (&self->lock);
  if (channel == NULL)
    return;
  gst_fec_channel_stop (channel, g_get_monotonic_time () + REMOVE_TIMEOUT_US);
  g_object_unref (channel);
}

static void
gst_fec_server_set_property (
    GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  GstFecServer *self = GST_FEC_SERVER (object);

  if (prop_id == PROP_AUTH) {
    gst_fec_server_set_auth (self, g_value_get_object (value));
    return;
  }
  g_mutex_lock (&self->lock);
  switch (prop_id) {
    case PROP_ADDRESS:
      g_free (self->address);
      self->address = g_value_dup_string (value);
      break;
    case PROP_PORT:
      self->port = g_value_get_uint (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
      break;
  }
  g_mutex_unlock (&self->lock);
}

static void
gst_fec_server_get_property (
    GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  GstFecServer *self = GST_FEC_SERVER (object);

  g_mutex_lock (&self->lock);
  switch (prop_id) {
    case PROP_ADDRESS:
      g_value_set_string (value, self->address);
      break;
    case PROP_PORT:
      g_value_set_uint (value, self->port);
      break;
    case PROP_BOUND_PORT:
      g_value_set_uint (value, gst_fec_hub_get_port (self->hub));
      break;
    case PROP_MOUNT_POINTS:
      g_value_set_object (value, self->mounts);
      break;
    case PROP_SESSION_POOL:
      g_value_set_object (value, self->pool);
      break;
    case PROP_AUTH:
      g_value_set_object (value, self->auth);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
      break;
  }
  g_mutex_unlock (&self->lock);
}

static void
gst_fec_server_dispose (GObject *object)
{
  gst_fec_server_stop (GST_FEC_SERVER (object), 0);
  G_OBJECT_CLASS (gst_fec_server_parent_class)->dispose (object);
}

static void
gst_fec_server_finalize (GObject *object)
{
  GstFecServer *self = GST_FEC_SERVER (object);

  g_clear_object (&self->auth);
  g_object_unref (self->pool);
  g_object_unref (self->mounts);
  gst_object_unref (self->hub);
  g_clear_pointer (&self->context, g_main_context_unref);
  g_free (self->address);
  g_mutex_clear (&self->lock);
  G_OBJECT_CLASS (gst_fec_server_parent_class)->finalize (object);
}

static void
gst_fec_server_init (GstFecServer *self)
{
  g_mutex_init (&self->lock);
  self->address = g_strdup (DEFAULT_ADDRESS);
  self->port = DEFAULT_PORT;
  self->hub = gst_fec_hub_new ();
  self->pool = gst_fec_session_pool_new (self->hub);
  self->mounts = gst_fec_mount_points_new ();
  g_signal_connect_object (
      self->mounts, "factory-added", G_CALLBACK (on_factory_added), self, 0);
  g_signal_connect_object (self->mounts, "factory-removed",
      G_CALLBACK (on_factory_removed), self, 0);
}

static void
gst_fec_server_class_init (GstFecServerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  gst_fec_server_debug_init ();
  object_class->set_property = gst_fec_server_set_property;
  object_class->get_property = gst_fec_server_get_property;
  object_class->dispose = gst_fec_server_dispose;
  object_class->finalize = gst_fec_server_finalize;

  g_object_class_install_property (object_class, PROP_ADDRESS,
      g_param_spec_string ("address", "address",
          "Numeric address to listen on (NULL: all); takes effect with the "
          "next start",
          DEFAULT_ADDRESS, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS));
  g_object_class_install_property (object_class, PROP_PORT,
      g_param_spec_uint ("port", "port",
          "UDP port to listen on (0: any free one); takes effect with the "
          "next start",
          0, G_MAXUINT16, DEFAULT_PORT,
          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS));
  g_object_class_install_property (object_class, PROP_BOUND_PORT,
      g_param_spec_uint ("bound-port", "bound-port",
          "UDP port the server listens on, 0 when it is not started", 0,
          G_MAXUINT16, 0, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
  g_object_class_install_property (object_class, PROP_MOUNT_POINTS,
      g_param_spec_object ("mount-points", "mount-points",
          "Which path is served by which factory", GST_TYPE_FEC_MOUNT_POINTS,
          G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
  g_object_class_install_property (object_class, PROP_SESSION_POOL,
      g_param_spec_object ("session-pool", "session-pool", "Who listens",
          GST_TYPE_FEC_SESSION_POOL,
          G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
  g_object_class_install_property (object_class, PROP_AUTH,
      g_param_spec_object ("auth", "auth",
          "Who may listen to what (NULL: anybody to anything)",
          GST_TYPE_FEC_AUTH, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS));
}
