/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * gstfecencode.c: the element `fecencode`: data, properties, states, threads.
 * Events and queries are in fecencodeevents.c; what it does with media is in
 * fecencoder.c.
 *
 * Threads. The upstream streaming thread brings buffers; a task of the
 * element's own does what becomes due while no buffer comes: it sends repair
 * symbols, partial symbols held too long and symbols that listeners ask for. (The source pad's task would sleep
 * with that pad's STREAM_LOCK, which others take while they link.) Both work on
 * the encoder and push, one at a time, under stream_lock. The lock is held while
 * pushing, so packets leave in the order of their numbers.
 *
 * stream_lock is the element's own and not the sink pad's STREAM_LOCK: a probe
 * that blocks the sink pad waits with the STREAM_LOCK held, and the task, which
 * has to end before the sink pad is deactivated, would wait for it forever.
 * stream_lock is taken only inside our own pad functions and the task, and
 * whoever holds it waits for nothing but a push out of the source pad.
 * Deactivating the source pad (first flushing, which ends such a push, then
 * stopping the timer, which ends the task's wait, then joining the task)
 * therefore always comes to an end; so does a flush, as FLUSH_START takes no
 * lock. Order of locks: the pads' STREAM_LOCK, stream_lock, OBJECT_LOCK.
 */

/**
 * SECTION:element-fecencode
 * @title: fecencode
 * @short_description: protects a stream against loss with RaptorQ
 *
 * Takes any stream and makes ALC packets of it, one a buffer, for any
 * transport that may lose or reorder them. The media leave at once in source
 * packets. A block of them closes at key frames, or when it is
 * #GstFecEncode:block-duration long; then its repair packets follow, spread
 * over the time of the next block. Any K packets of a block of K source packets
 * give the block back.
 *
 * ## Example launch lines
 * |[
 * gst-launch-1.0 videotestsrc is-live=true ! x264enc tune=zerolatency ! mpegtsmux ! fecencode repair=30 ! udpsink host=127.0.0.1 port=6330
 * ]| An MPEG transport stream in raw framing.
 * |[
 * gst-launch-1.0 audiotestsrc is-live=true ! opusenc ! fecencode tsi=2 ! udpsink host=127.0.0.1 port=6330
 * ]| Opus buffers with their timestamps and caps in records.
 * |[
 * gst-launch-1.0 filesrc location=movie.ts ! fecencode symbol-size=1280 ! filesink location=movie.fec
 * ]| A file of packets for fecdecode.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "fecencode-private.h"

#include "fecalccaps.h"
#include "fecpreamble.h"
#include "fecrecode.h"

GST_DEBUG_CATEGORY (gst_fec_encode_debug);
#define GST_CAT_DEFAULT gst_fec_encode_debug

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE (
    "sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);
static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS (GST_FEC_ALC_MEDIA_TYPE));

G_DEFINE_TYPE (GstFecEncode, gst_fec_encode, GST_TYPE_ELEMENT);
GST_ELEMENT_REGISTER_DEFINE (
    fecencode, "fecencode", GST_RANK_NONE, GST_TYPE_FEC_ENCODE);

/* ---- What the encoder asks of its owner ---- */

/* Counters are read by any thread, also while a push takes its time. */
static void
publish_stats (GstFecEncode *self)
{
  GST_OBJECT_LOCK (self);
  self->properties.stats =
      *fec_block_writer_stats (fec_encoder_writer (self->encoder));
  self->properties.stats.fresh_refused +=
      fec_wishes_get_dropped (&self->wishes);
  GST_OBJECT_UNLOCK (self);
}

static GstFlowReturn
push_packets (GstBufferList *packets, gpointer user_data)
{
  GstFecEncode *self = user_data;
  GstBuffer *only;

  publish_stats (self);
  if (gst_buffer_list_length (packets) > 1)
    return gst_pad_push_list (self->srcpad, packets);
  only = gst_buffer_ref (gst_buffer_list_get (packets, 0));
  gst_buffer_list_unref (packets);
  return gst_pad_push (self->srcpad, only);
}

static gboolean
write_preamble (GByteArray *out, gpointer user_data)
{
  GstFecEncode *self = user_data;

  return fec_preamble_write (out, self->sinkpad,
      gst_element_get_current_running_time (GST_ELEMENT (self)));
}

static FecBlockSettings
get_settings (gpointer user_data)
{
  return gst_fec_encode_get_settings (user_data);
}

FecBlockSettings
gst_fec_encode_get_settings (GstFecEncode *self)
{
  FecBlockSettings settings;

  GST_OBJECT_LOCK (self);
  settings = self->properties.settings;
  settings.repair.loss =
      fec_held_loss_get (&self->properties.loss, fec_timer_now (&self->timer));
  GST_OBJECT_UNLOCK (self);
  return settings;
}

static void
fail (const gchar *message, gpointer user_data)
{
  GstFecEncode *self = user_data;

  GST_ELEMENT_ERROR (self, STREAM, ENCODE, ("%s", message), (NULL));
}

/* ---- Negotiation ---- */

/* Settles channel and framing; FALSE when that is not possible. */
static gboolean
settle_channel (GstFecEncode *self)
{
  GstFecFraming framing;

  GST_OBJECT_LOCK (self);
  self->config = self->properties.config;
  framing = self->properties.framing;
  GST_OBJECT_UNLOCK (self);

  self->recoding = fec_caps_are_objects (self->media_caps);
  if (self->recoding && !fec_recode_configure (&self->config, self->media_caps))
    return FALSE;
  self->records = !self->recoding &&
      (framing == GST_FEC_FRAMING_RECORDS ||
          (framing == GST_FEC_FRAMING_AUTO &&
              !fec_caps_are_byte_stream (self->media_caps)));
  fec_encoder_set_records (self->encoder, self->records);
  return fec_encoder_configure (self->encoder, &self->config);
}

/* Settles what is sent and tells downstream; no block is open. */
gboolean
gst_fec_encode_negotiate (GstFecEncode *self)
{
  GstCaps *caps;

  self->negotiated = settle_channel (self);
  if (!self->negotiated)
    return FALSE;
  if (self->recoding)
    caps = fec_recode_packet_caps (&self->config, self->media_caps);
  else
    caps = fec_alc_caps_new (&self->config, self->records, self->media_caps);
  GST_INFO_OBJECT (self, "sending %" GST_PTR_FORMAT, caps);
  gst_pad_push_event (self->srcpad, gst_event_new_caps (caps));
  gst_caps_unref (caps);
  return TRUE;
}

static gboolean
upstream_is_live (GstFecEncode *self)
{
  GstQuery *query = gst_query_new_latency ();
  gboolean live = FALSE;

  if (gst_pad_peer_query (self->sinkpad, query))
    gst_query_parse_latency (query, &live, NULL, NULL);
  gst_query_unref (query);
  return live;
}

/* ---- Time ---- */

/* To be called when the encoder has done something. */
void
gst_fec_encode_settle (GstFecEncode *self)
{
  publish_stats (self);
  fec_timer_set (&self->timer, fec_encoder_deadline (self->encoder));
  /* A wish that came meanwhile had set an earlier deadline. */
  if (fec_wishes_pending (&self->wishes))
    fec_timer_set (&self->timer, 0);
}

/* Makes what was asked for. Called with stream_lock held. */
static GstFlowReturn
grant_wishes (GstFecEncode *self, GstClockTime now)
{
  FecSymbolsWanted wanted[FEC_WISHES_MAX];
  guint n = fec_wishes_take (&self->wishes, wanted);
  GstFlowReturn ret = GST_FLOW_OK;

  if (self->ended)
    return GST_FLOW_OK;
  for (guint i = 0; i < n && ret == GST_FLOW_OK; i++)
    ret = fec_encoder_make_fresh (self->encoder, &wanted[i], now);
  return ret;
}

static void
task_loop (gpointer user_data)
{
  GstFecEncode *self = user_data;
  GstFlowReturn ret;

  if (!fec_timer_wait (&self->timer)) {
    gst_task_stop (self->task);
    return;
  }
  g_mutex_lock (&self->stream_lock);
  ret = fec_encoder_run (self->encoder, fec_timer_now (&self->timer));
  if (ret == GST_FLOW_OK)
    ret = grant_wishes (self, fec_timer_now (&self->timer));
  if (ret != GST_FLOW_OK)
    self->task_flow = ret;
  gst_fec_encode_settle (self);
  g_mutex_unlock (&self->stream_lock);
}

/* ---- Data ---- */

static GstFlowReturn
encode (GstFecEncode *self, GstBuffer *buffer, GstClockTime now)
{
  GstClockTime position = fec_media_time_stamp (&self->time, buffer);

  if (self->recoding)
    return fec_recode_take (
        self->encoder, &self->config, buffer, position, now);
  return fec_encoder_take_buffer (self->encoder, buffer,
      fec_media_time_running (&self->time, GST_BUFFER_DTS_OR_PTS (buffer)),
      position, now);
}

/* Called with stream_lock held. */
static GstFlowReturn
take_buffer (GstFecEncode *self, GstBuffer *buffer)
{
  GstClockTime now = fec_timer_now (&self->timer);
  GstFlowReturn ret = self->task_flow;

  self->task_flow = GST_FLOW_OK;
  if (!self->negotiated && !gst_fec_encode_negotiate (self))
    return GST_FLOW_NOT_NEGOTIATED;
  if (!self->knows_live) {
    fec_encoder_set_live (self->encoder, upstream_is_live (self));
    self->knows_live = TRUE;
  }
  if (ret == GST_FLOW_OK)
    ret = fec_encoder_run (self->encoder, now);
  if (ret == GST_FLOW_OK)
    ret = encode (self, buffer, now);
  return ret;
}

static GstFlowReturn
gst_fec_encode_chain (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  GstFecEncode *self = GST_FEC_ENCODE (parent);
  GstFlowReturn ret;

  g_mutex_lock (&self->stream_lock);
  ret = take_buffer (self, buffer);
  gst_fec_encode_settle (self);
  g_mutex_unlock (&self->stream_lock);
  gst_buffer_unref (buffer);
  return ret;
}

static GstFlowReturn
gst_fec_encode_chain_list (GstPad *pad, GstObject *parent, GstBufferList *list)
{
  GstFecEncode *self = GST_FEC_ENCODE (parent);
  guint n = gst_buffer_list_length (list);
  GstFlowReturn ret = GST_FLOW_OK;

  g_mutex_lock (&self->stream_lock);
  for (guint i = 0; i < n && ret == GST_FLOW_OK; i++)
    ret = take_buffer (self, gst_buffer_list_get (list, i));
  gst_fec_encode_settle (self);
  g_mutex_unlock (&self->stream_lock);
  gst_buffer_list_unref (list);
  return ret;
}

/* ---- States ---- */

/* The number of the first block since the element starts. */
static guint32
choose_first_toi (GstFecEncode *self, gint64 wanted)
{
  guint32 toi;

  if (wanted >= 0)
    return (guint32) wanted;
  toi = (guint32) (g_get_real_time () / 10000);
  /* Serial number arithmetic: never fall behind what was sent before. */
  if (self->started_before && (gint32) (toi - self->next_toi) < 0)
    toi = self->next_toi;
  return toi;
}

static gboolean
start (GstFecEncode *self)
{
  const FecEncoderOwner owner = {
    .push = push_packets,
    .write_preamble = write_preamble,
    .get_settings = get_settings,
    .fail = fail,
    .user_data = self,
  };
  FecChannelConfig config;
  gint64 first_toi;

  GST_OBJECT_LOCK (self);
  config = self->properties.config;
  first_toi = self->properties.first_toi;
  self->properties.loss = (FecHeldLoss){ 0 };
  GST_OBJECT_UNLOCK (self);

  self->encoder = fec_encoder_new (
      &config, &owner, choose_first_toi (self, first_toi), self->next_seq);
  if (!self->encoder)
    goto no_memory;
  fec_media_time_reset (&self->time);
  self->negotiated = FALSE;
  self->records = FALSE;
  self->knows_live = FALSE;
  self->ended = FALSE;
  self->task_flow = GST_FLOW_OK;
  publish_stats (self);
  return TRUE;

  /* ERRORS */
no_memory : {
  GST_ELEMENT_ERROR (self, RESOURCE, NO_SPACE_LEFT,
      ("Out of memory for packets of %u bytes.",
          config.symbol_size + GST_FEC_ALC_HEADER_SIZE),
      (NULL));
  return FALSE;
}
}

static void
stop (GstFecEncode *self)
{
  FecBlockWriter *writer;

  if (!self->encoder)
    return;
  writer = fec_encoder_writer (self->encoder);
  self->next_toi = fec_block_writer_next_toi (writer);
  self->next_seq = fec_block_writer_next_seq (writer);
  self->started_before = TRUE;
  g_clear_pointer (&self->encoder, fec_encoder_free);
  gst_caps_replace (&self->media_caps, NULL);
}

static GstStateChangeReturn
gst_fec_encode_change_state (GstElement *element, GstStateChange transition)
{
  GstFecEncode *self = GST_FEC_ENCODE (element);
  GstStateChangeReturn ret;

  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED && !start (self))
    return GST_STATE_CHANGE_FAILURE;
  ret = GST_ELEMENT_CLASS (gst_fec_encode_parent_class)
            ->change_state (element, transition);
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY ||
      (transition == GST_STATE_CHANGE_READY_TO_PAUSED &&
          ret == GST_STATE_CHANGE_FAILURE))
    stop (self);
  return ret;
}

static gboolean
gst_fec_encode_src_activate_mode (
    GstPad *pad, GstObject *parent, GstPadMode mode, gboolean active)
{
  GstFecEncode *self = GST_FEC_ENCODE (parent);

  if (mode != GST_PAD_MODE_PUSH)
    return FALSE;
  if (active) {
    fec_timer_start (&self->timer);
    return gst_task_start (self->task);
  }
  gst_task_stop (self->task);
  fec_timer_stop (&self->timer);
  return gst_task_join (self->task);
}

/* ---- Properties ---- */

static void
gst_fec_encode_set_property (
    GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  GstFecEncode *self = GST_FEC_ENCODE (object);

  if (!fec_encode_properties_change (
          &self->properties, GST_ELEMENT (self), id, value, pspec))
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
gst_fec_encode_get_property (
    GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  GstFecEncode *self = GST_FEC_ENCODE (object);
  gboolean known;

  GST_OBJECT_LOCK (self);
  known = fec_encode_properties_get (&self->properties, id, value);
  GST_OBJECT_UNLOCK (self);
  if (!known)
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
gst_fec_encode_finalize (GObject *object)
{
  GstFecEncode *self = GST_FEC_ENCODE (object);

  gst_object_unref (self->task);
  g_rec_mutex_clear (&self->task_lock);
  fec_timer_clear (&self->timer);
  fec_wishes_clear (&self->wishes);
  g_mutex_clear (&self->stream_lock);
  G_OBJECT_CLASS (gst_fec_encode_parent_class)->finalize (object);
}

static void
gst_fec_encode_class_init (GstFecEncodeClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  GST_DEBUG_CATEGORY_INIT (
      gst_fec_encode_debug, "fecencode", 0, "RaptorQ encoder");

  object_class->set_property = gst_fec_encode_set_property;
  object_class->get_property = gst_fec_encode_get_property;
  object_class->finalize = gst_fec_encode_finalize;
  fec_encode_properties_install (object_class);

  element_class->change_state = gst_fec_encode_change_state;
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class, "RaptorQ encoder",
      "Codec/Payloader/Network",
      "Protects any stream against packet loss with RaptorQ (RFC 6330)",
      "The gst-fec developers");
}

static void
gst_fec_encode_init (GstFecEncode *self)
{
  fec_encode_properties_init (&self->properties);
  g_mutex_init (&self->stream_lock);
  fec_timer_init (&self->timer);
  fec_wishes_init (&self->wishes);
  g_rec_mutex_init (&self->task_lock);
  self->task = gst_task_new (task_loop, self, NULL);
  gst_task_set_lock (self->task, &self->task_lock);

  self->sinkpad = gst_pad_new_from_static_template (&sink_template, "sink");
  gst_pad_set_chain_function (self->sinkpad, gst_fec_encode_chain);
  gst_pad_set_chain_list_function (self->sinkpad, gst_fec_encode_chain_list);
  gst_pad_set_event_function (self->sinkpad, gst_fec_encode_sink_event);
  gst_pad_set_query_function (self->sinkpad, gst_fec_encode_sink_query);
  gst_element_add_pad (GST_ELEMENT (self), self->sinkpad);

  self->srcpad = gst_pad_new_from_static_template (&src_template, "src");
  gst_pad_set_query_function (self->srcpad, gst_fec_encode_src_query);
  gst_pad_set_event_function (self->srcpad, gst_fec_encode_src_event);
  gst_pad_set_activatemode_function (
      self->srcpad, gst_fec_encode_src_activate_mode);
  gst_pad_use_fixed_caps (self->srcpad);
  gst_element_add_pad (GST_ELEMENT (self), self->srcpad);
}
