/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fec-channel-factory.c: the settings of a channel and its three usual kinds of source. The pipeline itself is
 * fec-channel.c's business, what happens inside a media file or URI is fec-media-source.c's.
 */
#include "fec-server-private.h"
#include "fec-media-source.h"

#define FEC_SCHEME "fec"

#define DEFAULT_TSI 1
#define DEFAULT_REPAIR "20"
#define DEFAULT_BLOCK_DURATION (200 * GST_MSECOND)
#define DEFAULT_SYMBOL_SIZE 1344
#define DEFAULT_FRAMING "auto"
#define DEFAULT_PORT 6331
#define DEFAULT_TTL 1
#define DEFAULT_LOOP TRUE

enum
{
  PROP_0,
  PROP_LAUNCH,
  PROP_URI,
  PROP_FILE,
  PROP_TSI,
  PROP_REPAIR,
  PROP_BLOCK_DURATION,
  PROP_SYMBOL_SIZE,
  PROP_FRAMING,
  PROP_ESI_RANGE,
  PROP_MULTICAST_GROUP,
  PROP_MULTICAST_PORT,
  PROP_TTL,
  PROP_MULTICAST_IFACE,
  PROP_LOOP,
};

enum
{
  SIGNAL_CHANNEL_CREATED,
  N_SIGNALS
};

typedef enum
{
  SOURCE_NONE,
  SOURCE_LAUNCH,
  SOURCE_URI,
  SOURCE_FILE,
} SourceKind;

typedef struct
{
  GMutex lock;
  SourceKind kind; /* all protected by lock */
  gchar *source;
  gboolean loop;
  GstFecChannelSettings settings;
} GstFecChannelFactoryPrivate;

static guint signals[N_SIGNALS];

G_DEFINE_TYPE_WITH_PRIVATE (
    GstFecChannelFactory, gst_fec_channel_factory, G_TYPE_OBJECT)

#define PRIVATE(self)                                                          \
  ((GstFecChannelFactoryPrivate *)                                             \
          gst_fec_channel_factory_get_instance_private (self))

void
gst_fec_channel_settings_copy (
    GstFecChannelSettings *dest, const GstFecChannelSettings *src)
{
  *dest = *src;
  dest->repair = g_strdup (src->repair);
  dest->framing = g_strdup (src->framing);
  dest->esi_range = g_strdup (src->esi_range);
  dest->group = g_strdup (src->group);
  dest->iface = g_strdup (src->iface);
}

void
gst_fec_channel_settings_clear (GstFecChannelSettings *settings)
{
  g_clear_pointer (&settings->repair, g_free);
  g_clear_pointer (&settings->framing, g_free);
  g_clear_pointer (&settings->esi_range, g_free);
  g_clear_pointer (&settings->group, g_free);
  g_clear_pointer (&settings->iface, g_free);
}

GstFecChannelFactory *
gst_fec_channel_factory_new (void)
{
  return g_object_new (GST_TYPE_FEC_CHANNEL_FACTORY, NULL);
}

static void
set_source (GstFecChannelFactory *self, SourceKind kind, const gchar *source)
{
  GstFecChannelFactoryPrivate *priv = PRIVATE (self);

  g_mutex_lock (&priv->lock);
  if (source != NULL || priv->kind == kind) {
    g_free (priv->source);
    priv->source = g_strdup (source);
    priv->kind = source != NULL ? kind : SOURCE_NONE;
  }
  g_mutex_unlock (&priv->lock);
}

void
gst_fec_channel_factory_set_launch (
    GstFecChannelFactory *self, const gchar *launch)
{
  g_return_if_fail (GST_IS_FEC_CHANNEL_FACTORY (self));

  set_source (self, SOURCE_LAUNCH, launch);
}

void
gst_fec_channel_factory_set_uri (GstFecChannelFactory *self, const gchar *uri)
{
  g_return_if_fail (GST_IS_FEC_CHANNEL_FACTORY (self));

  set_source (self, SOURCE_URI, uri);
}

void
gst_fec_channel_factory_set_file (GstFecChannelFactory *self, const gchar *file)
{
  g_return_if_fail (GST_IS_FEC_CHANNEL_FACTORY (self));

  set_source (self, SOURCE_FILE, file);
}

void
gst_fec_channel_factory_get_settings (
    GstFecChannelFactory *self, GstFecChannelSettings *settings)
{
  GstFecChannelFactoryPrivate *priv = PRIVATE (self);

  g_mutex_lock (&priv->lock);
  gst_fec_channel_settings_copy (settings, &priv->settings);
  g_mutex_unlock (&priv->lock);
}

/* A URI that ends is asked for again, unless it shall not loop; a launch line has said itself when it ends. */
gboolean
gst_fec_channel_factory_ends (GstFecChannelFactory *self)
{
  GstFecChannelFactoryPrivate *priv = PRIVATE (self);
  gboolean ends;

  g_mutex_lock (&priv->lock);
  ends = priv->kind == SOURCE_LAUNCH || !priv->loop;
  g_mutex_unlock (&priv->lock);
  return ends;
}

static GstElement *
create_launch (const gchar *launch, GError **error)
{
  GError *parse_error = NULL;
  GstElement *bin;
  GstPad *pad, *ghost;

  bin = gst_parse_bin_from_description_full (
      launch, FALSE, NULL, GST_PARSE_FLAG_FATAL_ERRORS, &parse_error);
  if (bin == NULL) {
    g_propagate_error (error, parse_error);
    return NULL;
  }
  g_clear_error (&parse_error);

  pad = gst_bin_find_unlinked_pad (GST_BIN (bin), GST_PAD_SRC);
  if (pad == NULL) {
    g_set_error (error, GST_PARSE_ERROR, GST_PARSE_ERROR_LINK,
        "the launch line has no unlinked source pad: its last element must "
        "give the media, without a sink behind it");
    gst_object_unref (gst_object_ref_sink (bin));
    return NULL;
  }
  ghost = gst_ghost_pad_new ("src", pad);
  gst_object_unref (pad);
  gst_element_add_pad (bin, ghost);
  g_object_set (bin, "async-handling", TRUE, NULL);
  return bin;
}

static GstElement *
create_file (const gchar *file, gboolean loop, GError **error)
{
  GstElement *source;
  gchar *uri;

  if (!g_file_test (file, G_FILE_TEST_EXISTS)) {
    g_set_error (
        error, G_FILE_ERROR, G_FILE_ERROR_NOENT, "there is no file “%s”", file);
    return NULL;
  }
  uri = gst_filename_to_uri (file, error);
  if (uri == NULL)
    return NULL;
  source = gst_fec_media_source_new (uri, loop, error);
  g_free (uri);
  return source;
}

static GstElement *
create_uri (const gchar *uri, gboolean loop, GError **error)
{
  gchar *protocol = gst_uri_get_protocol (uri);
  gboolean relays;

  if (protocol == NULL) {
    g_set_error (error, GST_URI_ERROR, GST_URI_ERROR_BAD_URI,
        "“%s” is not a URI; for a file use file=", uri);
    return NULL;
  }
  if (!gst_uri_protocol_is_supported (GST_URI_SRC, protocol)) {
    g_set_error (error, GST_URI_ERROR, GST_URI_ERROR_UNSUPPORTED_PROTOCOL,
        "no element can read “%s://” URIs; is a GStreamer plugin missing?",
        protocol);
    g_free (protocol);
    return NULL;
  }
  relays = strcmp (protocol, FEC_SCHEME) == 0;
  g_free (protocol);
  /* Another server's channel is not taken apart: its packets are sent on. */
  if (relays)
    return gst_element_make_from_uri (GST_URI_SRC, uri, NULL, error);
  return gst_fec_media_source_new (uri, loop, error);
}

static GstElement *
gst_fec_channel_factory_default_create_source (
    GstFecChannelFactory *self, GError **error)
{
  GstFecChannelFactoryPrivate *priv = PRIVATE (self);
  GstElement *element = NULL;
  SourceKind kind;
  gboolean loop;
  gchar *source;

  g_mutex_lock (&priv->lock);
  kind = priv->kind;
  source = g_strdup (priv->source);
  loop = priv->loop;
  g_mutex_unlock (&priv->lock);

  switch (kind) {
    case SOURCE_LAUNCH:
      element = create_launch (source, error);
      break;
    case SOURCE_URI:
      element = create_uri (source, loop, error);
      break;
    case SOURCE_FILE:
      element = create_file (source, loop, error);
      break;
    case SOURCE_NONE:
      g_set_error (error, GST_CORE_ERROR, GST_CORE_ERROR_FAILED,
          "the channel has no source: set a launch line, a URI or a file");
      break;
  }
  g_free (source);
  return element;
}

GstElement *
gst_fec_channel_factory_create_source (
    GstFecChannelFactory *self, GError **error)
{
  g_return_val_if_fail (GST_IS_FEC_CHANNEL_FACTORY (self), NULL);

  return GST_FEC_CHANNEL_FACTORY_GET_CLASS (self)->create_source (self, error);
}

static GstFecChannel *
gst_fec_channel_factory_default_create_channel (
    GstFecChannelFactory *self, const gchar *path, GError **error)
{
  GstFecChannelSettings settings;
  GstFecChannel *channel;

  gst_fec_channel_factory_get_settings (self, &settings);
  channel = gst_fec_channel_new (path, self, &settings);
  gst_fec_channel_settings_clear (&settings);
  return channel;
}

GstFecChannel *
gst_fec_channel_factory_create_channel (
    GstFecChannelFactory *self, const gchar *path, GError **error)
{
  GstFecChannel *channel;

  g_return_val_if_fail (GST_IS_FEC_CHANNEL_FACTORY (self), NULL);
  g_return_val_if_fail (path != NULL, NULL);

  channel = GST_FEC_CHANNEL_FACTORY_GET_CLASS (self)->create_channel (
      self, path, error);
  if (channel != NULL)
    g_signal_emit (self, signals[SIGNAL_CHANNEL_CREATED], 0, channel);
  return channel;
}

/* Reads @source up to its first buffer. */
static gboolean
check_preroll (GstElement *source, GstClockTime timeout, GError **error)
{
  GstElement *pipeline = gst_pipeline_new (NULL);
  GstElement *sink = gst_element_factory_make ("fakesink", NULL);
  GstMessage *message;
  GstBus *bus = gst_element_get_bus (pipeline);
  gboolean good = FALSE;

  gst_bin_add_many (GST_BIN (pipeline), source, sink, NULL);
  gst_element_link_pads (source, "src", sink, "sink");
  gst_element_set_state (pipeline, GST_STATE_PAUSED);
  message = gst_bus_timed_pop_filtered (bus, timeout,
      GST_MESSAGE_ERROR | GST_MESSAGE_EOS | GST_MESSAGE_ASYNC_DONE);
  if (message == NULL)
    g_set_error (error, GST_STREAM_ERROR, GST_STREAM_ERROR_FAILED,
        "no media came out of it within %" G_GUINT64_FORMAT " s",
        (guint64) (timeout / GST_SECOND));
  else if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR)
    gst_message_parse_error (message, error, NULL);
  else if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS)
    g_set_error (error, GST_STREAM_ERROR, GST_STREAM_ERROR_FAILED,
        "it holds no audio or video");
  else
    good = TRUE;

  gst_clear_message (&message);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (bus);
  gst_object_unref (pipeline);
  return good;
}

gboolean
gst_fec_channel_factory_check (
    GstFecChannelFactory *self, GstClockTime timeout, GError **error)
{
  GstElement *source;
  gboolean is_file;

  g_return_val_if_fail (GST_IS_FEC_CHANNEL_FACTORY (self), FALSE);

  source = gst_fec_channel_factory_create_source (self, error);
  if (source == NULL)
    return FALSE;
  g_mutex_lock (&PRIVATE (self)->lock);
  is_file = PRIVATE (self)->kind == SOURCE_FILE;
  g_mutex_unlock (&PRIVATE (self)->lock);
  if (is_file)
    return check_preroll (source, timeout, error);

  gst_object_unref (gst_object_ref_sink (source));
  return TRUE;
}

static void
replace_string (gchar **where, const GValue *value)
{
  g_free (*where);
  *where = g_value_dup_string (value);
}

static void
gst_fec_channel_factory_set_property (
    GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  GstFecChannelFactory *self = GST_FEC_CHANNEL_FACTORY (object);
  GstFecChannelFactoryPrivate *priv = PRIVATE (self);

  switch (prop_id) {
    case PROP_LAUNCH:
      set_source (self, SOURCE_LAUNCH, g_value_get_string (value));
      return;
    case PROP_URI:
      set_source (self, SOURCE_URI, g_value_get_string (value));
      return;
    case PROP_FILE:
      set_source (self, SOURCE_FILE, g_value_get_string (value));
      return;
    default:
      break;
  }

  g_mutex_lock (&priv->lock);
  switch (prop_id) {
    case PROP_TSI:
      priv->settings.tsi = g_value_get_uint (value);
      break;
    case PROP_REPAIR:
      replace_string (&priv->settings.repair, value);
      break;
    case PROP_BLOCK_DURATION:
      priv->settings.block_duration = g_value_get_uint64 (value);
      break;
    case PROP_SYMBOL_SIZE:
      priv->settings.symbol_size = g_value_get_uint (value);
      break;
    case PROP_FRAMING:
      replace_string (&priv->settings.framing, value);
      break;
    case PROP_ESI_RANGE:
      replace_string (&priv->settings.esi_range, value);
      break;
    case PROP_MULTICAST_GROUP:
      replace_string (&priv->settings.group, value);
      break;
    case PROP_MULTICAST_PORT:
      priv->settings.port = g_value_get_uint (value);
      break;
    case PROP_TTL:
      priv->settings.ttl = g_value_get_uint (value);
      break;
    case PROP_MULTICAST_IFACE:
      replace_string (&priv->settings.iface, value);
      break;
    case PROP_LOOP:
      priv->loop = g_value_get_boolean (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
      break;
  }
  g_mutex_unlock (&priv->lock);
}

static void
get_source (GstFecChannelFactoryPrivate *priv, SourceKind kind, GValue *value)
{
  g_value_set_string (value, priv->kind == kind ? priv->source : NULL);
}

static void
gst_fec_channel_factory_get_property (
    GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  GstFecChannelFactoryPrivate *priv =
      PRIVATE (GST_FEC_CHANNEL_FACTORY (object));

  g_mutex_lock (&priv->lock);
  switch (prop_id) {
    case PROP_LAUNCH:
      get_source (priv, SOURCE_LAUNCH, value);
      break;
    case PROP_URI:
      get_source (priv, SOURCE_URI, value);
      break;
    case PROP_FILE:
      get_source (priv, SOURCE_FILE, value);
      break;
    case PROP_TSI:
      g_value_set_uint (value, priv->settings.tsi);
      break;
    case PROP_REPAIR:
      g_value_set_string (value, priv->settings.repair);
      break;
    case PROP_BLOCK_DURATION:
      g_value_set_uint64 (value, priv->settings.block_duration);
      break;
    case PROP_SYMBOL_SIZE:
      g_value_set_uint (value, priv->settings.symbol_size);
      break;
    case PROP_FRAMING:
      g_value_set_string (value, priv->settings.framing);
      break;
    case PROP_ESI_RANGE:
      g_value_set_string (value, priv->settings.esi_range);
      break;
    case PROP_MULTICAST_GROUP:
      g_value_set_string (value, priv->settings.group);
      break;
    case PROP_MULTICAST_PORT:
      g_value_set_uint (value, priv->settings.port);
      break;
    case PROP_TTL:
      g_value_set_uint (value, priv->settings.ttl);
      break;
    case PROP_MULTICAST_IFACE:
      g_value_set_string (value, priv->settings.iface);
      break;
    case PROP_LOOP:
      g_value_set_boolean (value, priv->loop);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
      break;
  }
  g_mutex_unlock (&priv->lock);
}

static void
gst_fec_channel_factory_finalize (GObject *object)
{
  GstFecChannelFactoryPrivate *priv =
      PRIVATE (GST_FEC_CHANNEL_FACTORY (object));

  gst_fec_channel_settings_clear (&priv->settings);
  g_free (priv->source);
  g_mutex_clear (&priv->lock);
  G_OBJECT_CLASS (gst_fec_channel_factory_parent_class)->finalize (object);
}

static void
gst_fec_channel_factory_init (GstFecChannelFactory *self)
{
  GstFecChannelFactoryPrivate *priv = PRIVATE (self);

  g_mutex_init (&priv->lock);
  priv->loop = DEFAULT_LOOP;
  priv->settings.tsi = DEFAULT_TSI;
  priv->settings.repair = g_strdup (DEFAULT_REPAIR);
  priv->settings.block_duration = DEFAULT_BLOCK_DURATION;
  priv->settings.symbol_size = DEFAULT_SYMBOL_SIZE;
  priv->settings.framing = g_strdup (DEFAULT_FRAMING);
  priv->settings.port = DEFAULT_PORT;
  priv->settings.ttl = DEFAULT_TTL;
}

static void
install_string (GObjectClass *klass, guint prop_id, const gchar *name,
    const gchar *blurb, const gchar *initial)
{
  g_object_class_install_property (klass, prop_id,
      g_param_spec_string (name, name, blurb, initial,
          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS));
}

static void
install_uint (GObjectClass *klass, guint prop_id, const gchar *name,
    const gchar *blurb, guint min, guint max, guint initial)
{
  g_object_class_install_property (klass, prop_id,
      g_param_spec_uint (name, name, blurb, min, max, initial,
          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS));
}

static void
gst_fec_channel_factory_class_init (GstFecChannelFactoryClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  gst_fec_server_debug_init ();
  object_class->set_property = gst_fec_channel_factory_set_property;
  object_class->get_property = gst_fec_channel_factory_get_property;
  object_class->finalize = gst_fec_channel_factory_finalize;
  klass->create_source = gst_fec_channel_factory_default_create_source;
  klass->create_channel = gst_fec_channel_factory_default_create_channel;

  install_string (object_class, PROP_LAUNCH, "launch",
      "Bin description whose last element has an unlinked source pad", NULL);
  install_string (
      object_class, PROP_URI, "uri", "Where the media comes from", NULL);
  install_string (object_class, PROP_FILE, "file", "Media file", NULL);
  install_uint (object_class, PROP_TSI, "tsi",
      "Transport session identifier, different in each channel of a server", 1,
      G_MAXUINT, DEFAULT_TSI);
  install_string (object_class, PROP_REPAIR, "repair",
      "Repair symbols in percent of the source symbols, 0 to 1000, or auto: as "
      "much as nine of ten listeners need",
      DEFAULT_REPAIR);
  g_object_class_install_property (object_class, PROP_BLOCK_DURATION,
      g_param_spec_uint64 ("block-duration", "block-duration",
          "Longest duration of a block in nanoseconds", GST_MSECOND,
          3600 * GST_SECOND, DEFAULT_BLOCK_DURATION,
          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS));
  install_uint (object_class, PROP_SYMBOL_SIZE, "symbol-size",
      "Size of a symbol in bytes", 4, G_MAXUINT16, DEFAULT_SYMBOL_SIZE);
  install_string (object_class, PROP_FRAMING, "framing",
      "auto (raw for byte streams such as MPEG-TS, else records), raw or "
      "records",
      DEFAULT_FRAMING);
  install_string (object_class, PROP_ESI_RANGE, "esi-range",
      "i/n: which of n servers of the same objects this is (NULL: the only "
      "one)",
      NULL);
  install_string (object_class, PROP_MULTICAST_GROUP, "multicast-group",
      "Multicast group the channel is sent to as well (NULL: none)", NULL);
  install_uint (object_class, PROP_MULTICAST_PORT, "multicast-port",
      "Port of the multicast group", 1, G_MAXUINT16, DEFAULT_PORT);
  install_uint (object_class, PROP_TTL, "ttl",
      "Time to live (hop limit) of the packets to the group", 0, 255,
      DEFAULT_TTL);
  install_string (object_class, PROP_MULTICAST_IFACE, "multicast-iface",
      "Interface the group is reached by (NULL: as routed)", NULL);
  g_object_class_install_property (object_class, PROP_LOOP,
      g_param_spec_boolean ("loop", "loop",
          "Begin a media file or URI anew when it has ended", DEFAULT_LOOP,
          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS));

  /**
   * GstFecChannelFactory::channel-created:
   * @self: the factory
   * @channel: a new channel, not started
   */
  signals[SIGNAL_CHANNEL_CREATED] = g_signal_new ("channel-created",
      G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
      G_TYPE_NONE, 1, GST_TYPE_FEC_CHANNEL);
}
