/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fec-channel.c: the life of a channel: start, failure, another try, end. What its pipeline is made of is in
 * fec-channel-pipeline.c.
 */
#include "fec-server-private.h"
#include "fec-channel-pipeline.h"

#define FIRST_RETRY_MS 500
#define MAX_RETRY_MS 30000
/* So long without a failure, and the next one counts as the first. */
#define GOOD_AFTER_US (10 * G_USEC_PER_SEC)

enum
{
  SIGNAL_FAILED,
  SIGNAL_ENDED,
  N_SIGNALS
};

struct _GstFecChannel
{
  GObject parent;

  gchar *path;
  GstFecChannelFactory *factory;
  GstFecChannelSettings settings;
  GstFecHub *hub;
  GMainContext *context;

  /* Used in the main context only. */
  GSource *watch;
  GSource *retry;
  guint retry_ms;
  gboolean retry_all; /* the pipeline, not only its source */
  gboolean ending;

  GMutex lock;
  GstFecChannelPipeline *pipeline; /* these are protected by lock */
  GstFecChannelState state;
  guint failures;
  gint64 started_at;
};

static guint signals[N_SIGNALS];

G_DEFINE_TYPE (GstFecChannel, gst_fec_channel, G_TYPE_OBJECT)

static void retry_later (GstFecChannel *self, gboolean all);

static const gchar *
state_nick (GstFecChannelState state)
{
  static const gchar *const nicks[] = { "stopped", "running", "waiting",
    "ended" };

  return nicks[state];
}

static void
set_state (GstFecChannel *self, GstFecChannelState state)
{
  g_mutex_lock (&self->lock);
  if (state == GST_FEC_CHANNEL_RUNNING &&
      self->state != GST_FEC_CHANNEL_RUNNING)
    self->started_at = g_get_monotonic_time ();
  self->state = state;
  g_mutex_unlock (&self->lock);
}

static void
clear_source (GSource **source)
{
  if (*source == NULL)
    return;
  g_source_destroy (*source);
  g_source_unref (*source);
  *source = NULL;
}

/* ---- What the pipeline tells ---- */

static void
fail (GstFecChannel *self, const GError *error, gboolean all)
{
  gint64 ran;

  g_mutex_lock (&self->lock);
  self->failures++;
  ran = g_get_monotonic_time () - self->started_at;
  g_mutex_unlock (&self->lock);
  if (ran > GOOD_AFTER_US)
    self->retry_ms = FIRST_RETRY_MS;
  GST_WARNING_OBJECT (self, "%s: %s; next try in %u ms", self->path,
      error->message, self->retry_ms);
  g_signal_emit (self, signals[SIGNAL_FAILED], 0, error, self->retry_ms);
  retry_later (self, all);
}

static void
on_error (GstFecChannel *self, GstMessage *message)
{
  GstFecChannelPart part =
      gst_fec_channel_pipeline_part_of (self->pipeline, message);
  GError *error;

  if (part == GST_FEC_CHANNEL_PART_NONE || self->retry != NULL)
    return;
  gst_message_parse_error (message, &error, NULL);
  fail (self, error, part != GST_FEC_CHANNEL_PART_SOURCE);
  g_error_free (error);
}

/* The source is over: so is the channel, or the source is made anew. */
static void
on_source_eos (GstFecChannel *self, GstMessage *message)
{
  GError *error;

  if (self->retry != NULL || self->ending ||
      gst_fec_channel_pipeline_part_of (self->pipeline, message) !=
          GST_FEC_CHANNEL_PART_SOURCE)
    return;
  if (gst_fec_channel_factory_ends (self->factory)) {
    gst_fec_channel_pipeline_send_eos (self->pipeline);
    return;
  }
  error = g_error_new (
      GST_STREAM_ERROR, GST_STREAM_ERROR_FAILED, "the source has ended");
  fail (self, error, FALSE);
  g_error_free (error);
}

static gboolean
on_message (GstBus *bus, GstMessage *message, gpointer user_data)
{
  GstFecChannel *self = GST_FEC_CHANNEL (user_data);

  switch (GST_MESSAGE_TYPE (message)) {
    case GST_MESSAGE_ERROR:
      on_error (self, message);
      break;
    case GST_MESSAGE_EOS:
      set_state (self, GST_FEC_CHANNEL_ENDED);
      g_signal_emit (self, signals[SIGNAL_ENDED], 0);
      break;
    case GST_MESSAGE_LATENCY:
      gst_bin_recalculate_latency (
          GST_BIN (gst_fec_channel_pipeline_get_element (self->pipeline)));
      break;
    case GST_MESSAGE_ELEMENT:
      if (gst_message_has_name (message, GST_FEC_CHANNEL_SOURCE_EOS))
        on_source_eos (self, message);
      break;
    default:
      break;
  }
  return G_SOURCE_CONTINUE;
}

/* ---- Starting and trying again ---- */

static gboolean
build (GstFecChannel *self, GError **error)
{
  GstFecChannelPipeline *pipeline, *old;

  pipeline = gst_fec_channel_pipeline_new (
      self->path, &self->settings, self->factory, self->hub, error);
  if (pipeline == NULL)
    return FALSE;
  g_mutex_lock (&self->lock);
  old = self->pipeline;
  self->pipeline = pipeline;
  g_mutex_unlock (&self->lock);
  if (old != NULL)
    gst_fec_channel_pipeline_free (old);
  return TRUE;
}

static void
run (GstFecChannel *self)
{
  GstBus *bus;

  bus = gst_element_get_bus (
      gst_fec_channel_pipeline_get_element (self->pipeline));
  self->watch = gst_bus_create_watch (bus);
  g_source_set_callback (self->watch, G_SOURCE_FUNC (on_message), self, NULL);
  g_source_attach (self->watch, self->context);
  gst_object_unref (bus);
  set_state (self, GST_FEC_CHANNEL_RUNNING);
  gst_fec_channel_pipeline_play (self->pipeline);
}

static gboolean
on_retry (gpointer user_data)
{
  GstFecChannel *self = GST_FEC_CHANNEL (user_data);
  GError *error = NULL;
  gboolean good;

  clear_source (&self->retry);
  if (self->retry_all)
    good = build (self, &error);
  else
    good = gst_fec_channel_pipeline_set_source (
        self->pipeline, self->factory, &error);
  if (!good) {
    fail (self, error, self->retry_all);
    g_error_free (error);
    return G_SOURCE_REMOVE;
  }
  if (self->retry_all)
    run (self);
  else
    set_state (self, GST_FEC_CHANNEL_RUNNING);
  return G_SOURCE_REMOVE;
}

static void
retry_later (GstFecChannel *self, gboolean all)
{
  set_state (self, GST_FEC_CHANNEL_WAITING);
  self->retry_all = all;
  if (all) {
    clear_source (&self->watch);
    gst_fec_channel_pipeline_stop (self->pipeline);
  } else {
    gst_fec_channel_pipeline_drop_source (self->pipeline);
  }
  self->retry = g_timeout_source_new (self->retry_ms);
  g_source_set_callback (self->retry, on_retry, self, NULL);
  g_source_attach (self->retry, self->context);
  self->retry_ms = MIN (2 * self->retry_ms, MAX_RETRY_MS);
}

/* ---- For the server ---- */

GstFecChannel *
gst_fec_channel_new (const gchar *path, GstFecChannelFactory *factory,
    const GstFecChannelSettings *settings)
{
  GstFecChannel *self = g_object_new (GST_TYPE_FEC_CHANNEL, NULL);

  self->path = g_strdup (path);
  self->factory = g_object_ref (factory);
  gst_fec_channel_settings_copy (&self->settings, settings);
  return self;
}

gboolean
gst_fec_channel_prepare (
    GstFecChannel *self, GstFecHub *hub, GMainContext *context, GError **error)
{
  g_set_object (&self->hub, hub);
  g_clear_pointer (&self->context, g_main_context_unref);
  if (context != NULL)
    self->context = g_main_context_ref (context);
  self->retry_ms = FIRST_RETRY_MS;
  self->ending = FALSE;
  return build (self, error);
}

void
gst_fec_channel_start (GstFecChannel *self)
{
  run (self);
}

void
gst_fec_channel_end (GstFecChannel *self)
{
  self->ending = TRUE;
  clear_source (&self->retry);
  clear_source (&self->watch);
  if (self->pipeline != NULL && self->state != GST_FEC_CHANNEL_ENDED)
    gst_fec_channel_pipeline_send_eos (self->pipeline);
}

void
gst_fec_channel_stop (GstFecChannel *self, gint64 deadline)
{
  GstFecChannelPipeline *pipeline;

  gst_fec_channel_end (self);
  if (self->pipeline != NULL && self->state == GST_FEC_CHANNEL_RUNNING)
    gst_fec_channel_pipeline_wait_eos (self->pipeline, deadline);
  g_mutex_lock (&self->lock);
  pipeline = self->pipeline;
  self->pipeline = NULL;
  self->state = GST_FEC_CHANNEL_STOPPED;
  g_mutex_unlock (&self->lock);
  if (pipeline != NULL)
    gst_fec_channel_pipeline_free (pipeline);
}

/* ---- Public ---- */

const gchar *
gst_fec_channel_get_path (GstFecChannel *self)
{
  g_return_val_if_fail (GST_IS_FEC_CHANNEL (self), NULL);

  return self->path;
}

guint
gst_fec_channel_get_tsi (GstFecChannel *self)
{
  g_return_val_if_fail (GST_IS_FEC_CHANNEL (self), 0);

  return self->settings.tsi;
}

GstFecChannelState
gst_fec_channel_get_state (GstFecChannel *self)
{
  GstFecChannelState state;

  g_return_val_if_fail (GST_IS_FEC_CHANNEL (self), GST_FEC_CHANNEL_STOPPED);

  g_mutex_lock (&self->lock);
  state = self->state;
  g_mutex_unlock (&self->lock);
  return state;
}

GstElement *
gst_fec_channel_get_pipeline (GstFecChannel *self)
{
  GstElement *element = NULL;

  g_return_val_if_fail (GST_IS_FEC_CHANNEL (self), NULL);

  g_mutex_lock (&self->lock);
  if (self->pipeline != NULL)
    element =
        gst_object_ref (gst_fec_channel_pipeline_get_element (self->pipeline));
  g_mutex_unlock (&self->lock);
  return element;
}

GstStructure *
gst_fec_channel_get_stats (GstFecChannel *self)
{
  GstStructure *stats;
  guint64 uptime = 0;

  g_return_val_if_fail (GST_IS_FEC_CHANNEL (self), NULL);

  g_mutex_lock (&self->lock);
  if (self->state == GST_FEC_CHANNEL_RUNNING)
    uptime = (g_get_monotonic_time () - self->started_at) / 1000;
  stats = gst_structure_new ("application/x-fec-channel-stats", "path",
      G_TYPE_STRING, self->path, "tsi", G_TYPE_UINT, self->settings.tsi,
      "state", G_TYPE_STRING, state_nick (self->state), "failures", G_TYPE_UINT,
      self->failures, "uptime-ms", G_TYPE_UINT64, uptime, NULL);
  if (self->pipeline != NULL)
    gst_fec_channel_pipeline_add_stats (self->pipeline, stats);
  g_mutex_unlock (&self->lock);
  return stats;
}

static void
gst_fec_channel_finalize (GObject *object)
{
  GstFecChannel *self = GST_FEC_CHANNEL (object);

  clear_source (&self->retry);
  clear_source (&self->watch);
  g_clear_pointer (&self->pipeline, gst_fec_channel_pipeline_free);
  g_clear_object (&self->factory);
  g_clear_object (&self->hub);
  g_clear_pointer (&self->context, g_main_context_unref);
  gst_fec_channel_settings_clear (&self->settings);
  g_free (self->path);
  g_mutex_clear (&self->lock);
  G_OBJECT_CLASS (gst_fec_channel_parent_class)->finalize (object);
}

static void
gst_fec_channel_init (GstFecChannel *self)
{
  g_mutex_init (&self->lock);
}

static void
gst_fec_channel_class_init (GstFecChannelClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = gst_fec_channel_finalize;

  /**
   * GstFecChannel::failed:
   * @self: the channel
   * @error: what happened
   * @retry_ms: when it will be tried again, in milliseconds
   *
   * Emitted in the main context of the server.
   */
  signals[SIGNAL_FAILED] =
      g_signal_new ("failed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
          NULL, NULL, NULL, G_TYPE_NONE, 2, G_TYPE_ERROR, G_TYPE_UINT);
  /**
   * GstFecChannel::ended:
   * @self: the channel
   *
   * The media is over and the last block was sent. Emitted in the main context of the server.
   */
  signals[SIGNAL_ENDED] = g_signal_new ("ended", G_TYPE_FROM_CLASS (klass),
      G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}
