/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * gstfecdecode.c: the element fecdecode: pads, events, queries, states and the
 * timer. What packets mean is decided by decodereceiver and below.
 */

/**
 * SECTION:element-fecdecode
 * @title: fecdecode
 * @see_also: fecencode, fecsrc
 *
 * Makes media of the ALC packets that fecencode made. Bytes leave in order, the
 * moment they are there; packets that are missing are rebuilt from repair
 * packets as soon as enough of these came. A block that cannot be rebuilt
 * costs that block: a warning message tells its numbers and the next buffer
 * is marked DISCONT.
 *
 * ## Example launch lines
 * |[
 * gst-launch-1.0 udpsrc port=6330 caps=application/x-fec-alc ! fecdecode !
 *   decodebin ! autovideosink
 * ]|
 * |[
 * gst-launch-1.0 filesrc location=packets.alc ! fecdecode !
 *   filesink location=media.ts
 * ]|
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "decodeproperties.h"
#include "fectimer.h"
#include "gstfecdecode.h"

GST_DEBUG_CATEGORY (gst_fec_decode_debug);
#define GST_CAT_DEFAULT gst_fec_decode_debug

/*
 * Locks. All that is decoded with belongs to the sink pad's STREAM_LOCK: the
 * streaming thread has it in chain and in serialized events, the timer task
 * takes it before it touches anything. Properties and the copy of the
 * statistics belong to the OBJECT_LOCK, which is never held while something is
 * pushed. The task is one of our own, not the source pad's: that one would
 * sleep with the source pad's STREAM_LOCK, which others (decodebin) take while
 * we push. It waits for its deadline without a lock and takes no second one
 * with the sink pad's, so there is no order to break. When the element stops,
 * the timer is stopped first, then the pads are deactivated, then the task is
 * joined: should it be pushing, or waiting for a streaming thread that is, the
 * push returns FLUSHING by then. While upstream flushes, pushes of the task
 * return FLUSHING too, and FLUSH_STOP, which is serialized, forgets all that
 * was received.
 *
 * In live pipelines what comes out goes through decodesender's queue and
 * thread, as a jitter buffer's does: a sink waits for the time of each buffer,
 * by as much as the latency, and must not keep packets from being received
 * meanwhile. That thread takes no lock of the element's.
 */

struct _GstFecDecode
{
  GstElement parent;

  GstPad *sinkpad;
  GstPad *srcpad;

  /* OBJECT_LOCK */
  GstFecDecodeSettings settings;
  GstFecDecodeStats stats;
  gboolean settings_changed;

  /* STREAM_LOCK of the sink pad */
  GstFecDecodeReceiver *receiver;

  GstFecDecodeSender *sender;
  FecTimer timer;
  GstTask *task;
  GRecMutex task_lock;
};

G_DEFINE_TYPE (GstFecDecode, gst_fec_decode, GST_TYPE_ELEMENT);
GST_ELEMENT_REGISTER_DEFINE (
    fecdecode, "fecdecode", GST_RANK_PRIMARY, GST_TYPE_FEC_DECODE);

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS (GST_FEC_ALC_MEDIA_TYPE));
static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE (
    "src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);

/* ---- What both threads do with the STREAM_LOCK held ------------------------ */

static void
ask_upstream (GstFecDecode *self, gboolean *live)
{
  GstQuery *query = gst_query_new_latency ();

  *live = FALSE;
  if (gst_pad_peer_query (self->sinkpad, query))
    gst_query_parse_latency (query, live, NULL, NULL);
  gst_query_unref (query);
}

/* Hands changed settings on; the next packet is treated by them. */
static void
update_settings (GstFecDecode *self)
{
  GstFecDecodeSettings settings;
  gboolean live;

  GST_OBJECT_LOCK (self);
  if (!self->settings_changed) {
    GST_OBJECT_UNLOCK (self);
    return;
  }
  self->settings_changed = FALSE;
  settings = self->settings;
  if (settings.media_caps)
    gst_caps_ref (settings.media_caps);
  GST_OBJECT_UNLOCK (self);

  ask_upstream (self, &live);
  settings.live = live;
  gst_fec_decode_sender_set_limit (
      self->sender, live ? settings.max_memory : 0);
  gst_fec_decode_receiver_configure (self->receiver, &settings);
  gst_clear_caps (&settings.media_caps);
}

static void
ask_again (GstFecDecode *self)
{
  GST_OBJECT_LOCK (self);
  self->settings_changed = TRUE;
  GST_OBJECT_UNLOCK (self);
}

/* Makes what the receiver counted and waits for known to the other threads. */
static void
publish (GstFecDecode *self)
{
  GST_OBJECT_LOCK (self);
  self->stats = *gst_fec_decode_receiver_stats (self->receiver);
  GST_OBJECT_UNLOCK (self);
  fec_timer_set (
      &self->timer, gst_fec_decode_receiver_deadline (self->receiver));
}

/* ---- Timer ----------------------------------------------------------------- */

static void
gst_fec_decode_loop (gpointer data)
{
  GstFecDecode *self = data;

  if (!fec_timer_wait (&self->timer)) {
    gst_task_stop (self->task);
    return;
  }
  GST_PAD_STREAM_LOCK (self->sinkpad);
  gst_fec_decode_receiver_release (
      self->receiver, fec_timer_now (&self->timer));
  publish (self);
  GST_PAD_STREAM_UNLOCK (self->sinkpad);
}

static void
start_task (GstFecDecode *self)
{
  fec_timer_start (&self->timer);
  gst_task_start (self->task);
}

/* Ends the task's waiting; it may still be pushing. */
static void
stop_task (GstFecDecode *self)
{
  gst_task_stop (self->task);
  fec_timer_stop (&self->timer);
}

/* ---- Packets --------------------------------------------------------------- */

static GstFlowReturn
gst_fec_decode_chain (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  GstFecDecode *self = GST_FEC_DECODE (parent);
  GstFlowReturn flow;

  update_settings (self);
  flow = gst_fec_decode_receiver_push (
      self->receiver, buffer, fec_timer_now (&self->timer));
  publish (self);
  return flow;
}

static GstFlowReturn
gst_fec_decode_chain_list (GstPad *pad, GstObject *parent, GstBufferList *list)
{
  GstFecDecode *self = GST_FEC_DECODE (parent);
  GstFlowReturn flow = GST_FLOW_OK;
  GstClockTime now = fec_timer_now (&self->timer);
  guint i, n = gst_buffer_list_length (list);

  update_settings (self);
  for (i = 0; i < n && flow == GST_FLOW_OK; i++)
    flow = gst_fec_decode_receiver_push (
        self->receiver, gst_buffer_ref (gst_buffer_list_get (list, i)), now);
  gst_buffer_list_unref (list);
  publish (self);
  return flow;
}

/* ---- Events and queries ---------------------------------------------------- */

static gboolean
gst_fec_decode_sink_event (GstPad *pad, GstObject *parent, GstEvent *event)
{
  GstFecDecode *self = GST_FEC_DECODE (parent);
  const GstSegment *segment;
  GstCaps *caps;

  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_STREAM_START:
      gst_fec_decode_receiver_stream_start (self->receiver, event);
      ask_again (self);
      break;
    case GST_EVENT_CAPS:
      update_settings (self);
      gst_event_parse_caps (event, &caps);
      gst_fec_decode_receiver_set_caps (self->receiver, caps);
      break;
    case GST_EVENT_SEGMENT:
      gst_event_parse_segment (event, &segment);
      gst_fec_decode_receiver_set_segment (self->receiver, segment);
      ask_again (self);
      break;
    case GST_EVENT_EOS:
      update_settings (self);
      gst_fec_decode_receiver_finish (
          self->receiver, fec_timer_now (&self->timer));
      publish (self);
      break;
    case GST_EVENT_FLUSH_START:
      gst_fec_decode_sender_set_flushing (self->sender, TRUE);
      return gst_pad_event_default (pad, parent, event);
    case GST_EVENT_FLUSH_STOP:
      gst_fec_decode_sender_set_flushing (self->sender, FALSE);
      gst_fec_decode_receiver_reset (self->receiver);
      ask_again (self);
      publish (self);
      return gst_pad_event_default (pad, parent, event);
    case GST_EVENT_TAG:
    case GST_EVENT_GAP:
      /* of packets, not of the media */
      break;
    default:
      return gst_pad_event_default (pad, parent, event);
  }
  gst_event_unref (event);
  return TRUE;
}

static gboolean
gst_fec_decode_src_event (GstPad *pad, GstObject *parent, GstEvent *event)
{
  if (GST_EVENT_TYPE (event) == GST_EVENT_SEEK) {
    /* places in the media are not places among the packets */
    gst_event_unref (event);
    return FALSE;
  }
  return gst_pad_event_default (pad, parent, event);
}

static gboolean
gst_fec_decode_query_latency (GstFecDecode *self, GstQuery *query)
{
  GstClockTime min, max, own;
  gboolean live;

  if (!gst_pad_peer_query (self->sinkpad, query))
    return FALSE;
  gst_query_parse_latency (query, &live, &min, &max);
  GST_OBJECT_LOCK (self);
  own = self->settings.latency;
  GST_OBJECT_UNLOCK (self);
  if (live) {
    min += own;
    if (GST_CLOCK_TIME_IS_VALID (max))
      max += own;
    gst_query_set_latency (query, live, min, max);
  }
  return TRUE;
}

static gboolean
gst_fec_decode_src_query (GstPad *pad, GstObject *parent, GstQuery *query)
{
  GstFormat format;

  switch (GST_QUERY_TYPE (query)) {
    case GST_QUERY_LATENCY:
      return gst_fec_decode_query_latency (GST_FEC_DECODE (parent), query);
    case GST_QUERY_SEEKING:
      gst_query_parse_seeking (query, &format, NULL, NULL, NULL);
      gst_query_set_seeking (query, format, FALSE, 0, -1);
      return TRUE;
    case GST_QUERY_DURATION:
    case GST_QUERY_POSITION:
    case GST_QUERY_CONVERT:
      /* upstream knows those of the packets only */
      return FALSE;
    default:
      return gst_pad_query_default (pad, parent, query);
  }
}

/* ---- Object ---------------------------------------------------------------- */

static GstStateChangeReturn
gst_fec_decode_change_state (GstElement *element, GstStateChange transition)
{
  GstFecDecode *self = GST_FEC_DECODE (element);
  GstStateChangeReturn ret;

  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED) {
    gst_fec_decode_receiver_restart (self->receiver);
    ask_again (self);
    gst_fec_decode_sender_start (self->sender);
    start_task (self);
    publish (self);
  } else if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) {
    stop_task (self);
    gst_fec_decode_sender_set_flushing (self->sender, TRUE);
  }
  ret = GST_ELEMENT_CLASS (gst_fec_decode_parent_class)
            ->change_state (element, transition);
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY ||
      (transition == GST_STATE_CHANGE_READY_TO_PAUSED &&
          ret == GST_STATE_CHANGE_FAILURE)) {
    stop_task (self);
    gst_task_join (self->task);
    gst_fec_decode_sender_stop (self->sender);
    gst_fec_decode_receiver_reset (self->receiver);
  }
  return ret;
}

static void
gst_fec_decode_set_property (
    GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  GstFecDecode *self = GST_FEC_DECODE (object);
  GstClockTime latency;
  gboolean known, changed;

  GST_OBJECT_LOCK (self);
  latency = self->settings.latency;
  known = gst_fec_decode_properties_set (&self->settings, prop_id, value);
  changed = latency != self->settings.latency;
  self->settings_changed = TRUE;
  GST_OBJECT_UNLOCK (self);
  if (!known)
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
  if (changed)
    gst_element_post_message (
        GST_ELEMENT (self), gst_message_new_latency (GST_OBJECT (self)));
}

static void
gst_fec_decode_get_property (
    GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  GstFecDecode *self = GST_FEC_DECODE (object);
  gboolean known;

  GST_OBJECT_LOCK (self);
  known = gst_fec_decode_properties_get (
      &self->settings, &self->stats, prop_id, value);
  GST_OBJECT_UNLOCK (self);
  if (!known)
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
gst_fec_decode_finalize (GObject *object)
{
  GstFecDecode *self = GST_FEC_DECODE (object);

  gst_fec_decode_receiver_free (self->receiver);
  gst_fec_decode_sender_free (self->sender);
  gst_fec_decode_properties_clear (&self->settings);
  gst_object_unref (self->task);
  g_rec_mutex_clear (&self->task_lock);
  fec_timer_clear (&self->timer);
  G_OBJECT_CLASS (gst_fec_decode_parent_class)->finalize (object);
}

static void
gst_fec_decode_class_init (GstFecDecodeClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  GST_DEBUG_CATEGORY_INIT (
      gst_fec_decode_debug, "fecdecode", 0, "Decoding of fountain-coded media");
  object_class->set_property = gst_fec_decode_set_property;
  object_class->get_property = gst_fec_decode_get_property;
  object_class->finalize = gst_fec_decode_finalize;
  gst_fec_decode_properties_install (object_class);
  element_class->change_state = gst_fec_decode_change_state;
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class, "Fountain code decoder",
      "Codec/Depayloader/Network",
      "Makes media of ALC packets, rebuilds those that are missing (RFC 6330)",
      "gst-fec");
}

static void
gst_fec_decode_init (GstFecDecode *self)
{
  self->sinkpad = gst_pad_new_from_static_template (&sink_template, "sink");
  gst_pad_set_chain_function (self->sinkpad, gst_fec_decode_chain);
  gst_pad_set_chain_list_function (self->sinkpad, gst_fec_decode_chain_list);
  gst_pad_set_event_function (self->sinkpad, gst_fec_decode_sink_event);
  gst_element_add_pad (GST_ELEMENT (self), self->sinkpad);

  self->srcpad = gst_pad_new_from_static_template (&src_template, "src");
  gst_pad_set_event_function (self->srcpad, gst_fec_decode_src_event);
  gst_pad_set_query_function (self->srcpad, gst_fec_decode_src_query);
  gst_element_add_pad (GST_ELEMENT (self), self->srcpad);

  gst_fec_decode_properties_init (&self->settings);
  self->settings_changed = TRUE;
  self->sender = gst_fec_decode_sender_new (self->srcpad);
  self->receiver = gst_fec_decode_receiver_new (
      GST_ELEMENT (self), self->sinkpad, self->srcpad, self->sender);
  fec_timer_init (&self->timer);
  g_rec_mutex_init (&self->task_lock);
  self->task = gst_task_new (gst_fec_decode_loop, self, NULL);
  gst_task_set_lock (self->task, &self->task_lock);
}
