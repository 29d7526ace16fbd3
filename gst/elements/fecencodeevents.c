/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fecencodeevents.c: the events and queries of fecencode: from upstream, and what listeners send against the stream. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "fecencode-private.h"
#include "fecfeedback.h"
#include "fecrecode.h"

GST_DEBUG_CATEGORY_EXTERN (gst_fec_encode_debug);
#define GST_CAT_DEFAULT gst_fec_encode_debug

static gboolean
forward (GstFecEncode *self, GstEvent *event)
{
  return gst_pad_event_default (self->sinkpad, GST_OBJECT (self), event);
}

static gboolean
take_caps (GstFecEncode *self, GstEvent *event, GstClockTime now)
{
  GstCaps *caps;

  gst_event_parse_caps (event, &caps);
  if (!self->media_caps || !gst_caps_is_equal (caps, self->media_caps)) {
    fec_encoder_close_block (self->encoder, now);
    gst_caps_replace (&self->media_caps, caps);
    self->negotiated = FALSE;
  }
  gst_event_unref (event);
  return self->negotiated || gst_fec_encode_negotiate (self);
}

static gboolean
take_segment (GstFecEncode *self, GstEvent *event, GstClockTime now)
{
  if (!self->negotiated)
    gst_fec_encode_negotiate (self);
  if (self->records)
    self->task_flow = fec_encoder_take_event (
        self->encoder, event, GST_CLOCK_STIME_NONE, now);
  fec_media_time_set_segment (&self->time, event);
  fec_block_writer_set_position (
      fec_encoder_writer (self->encoder), GST_CLOCK_TIME_NONE);
  return forward (self, event);
}

/* In records tags and gaps go into the stream, not beside it. */
static gboolean
take_record_event (GstFecEncode *self, GstEvent *event, GstClockTime now)
{
  GstClockTime timestamp = GST_CLOCK_TIME_NONE;

  if (!self->records)
    return forward (self, event);
  if (GST_EVENT_TYPE (event) == GST_EVENT_GAP)
    gst_event_parse_gap (event, &timestamp, NULL);
  self->task_flow = fec_encoder_take_event (self->encoder, event,
      fec_media_time_running (&self->time, timestamp), now);
  gst_event_unref (event);
  return TRUE;
}

static gboolean
take_flush_stop (GstFecEncode *self, GstEvent *event)
{
  fec_encoder_reset (self->encoder);
  fec_media_time_reset (&self->time);
  self->knows_live = FALSE;
  self->ended = FALSE;
  self->task_flow = GST_FLOW_OK;
  return forward (self, event);
}

/* What was asked for after the end stays unanswered. */
static void
begin_again (GstFecEncode *self)
{
  FecSymbolsWanted unanswered[FEC_WISHES_MAX];

  if (self->ended)
    fec_wishes_take (&self->wishes, unanswered);
  self->ended = FALSE;
}

static gboolean
take_event (GstFecEncode *self, GstEvent *event, GstClockTime now)
{
  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_STREAM_START:
      begin_again (self);
      fec_encoder_close_block (self->encoder, now);
      return forward (self, event);
    case GST_EVENT_CAPS:
      return take_caps (self, event, now);
    case GST_EVENT_SEGMENT:
      return take_segment (self, event, now);
    case GST_EVENT_TAG:
    case GST_EVENT_GAP:
      return take_record_event (self, event, now);
    case GST_EVENT_EOS:
      fec_encoder_end (self->encoder);
      self->ended = TRUE;
      return forward (self, event);
    case GST_EVENT_FLUSH_STOP:
      return take_flush_stop (self, event);
    default:
      return forward (self, event);
  }
}

gboolean
gst_fec_encode_sink_event (GstPad *pad, GstObject *parent, GstEvent *event)
{
  GstFecEncode *self = GST_FEC_ENCODE (parent);
  gboolean ret;

  if (!GST_EVENT_IS_SERIALIZED (event))
    return forward (self, event);
  g_mutex_lock (&self->stream_lock);
  ret = take_event (self, event, fec_timer_now (&self->timer));
  gst_fec_encode_settle (self);
  g_mutex_unlock (&self->stream_lock);
  return ret;
}

static gboolean
is_ours (GstFecEncode *self, guint32 tsi)
{
  gboolean ours;

  GST_OBJECT_LOCK (self);
  ours = tsi == 0 || tsi == self->properties.config.tsi;
  GST_OBJECT_UNLOCK (self);
  return ours;
}

/* Comes from any thread, which must not wait for a push: the task does it. */
static void
take_wanted (GstFecEncode *self, const FecSymbolsWanted *wanted)
{
  fec_wishes_put (&self->wishes, wanted);
  fec_timer_set (&self->timer, 0);
}

static void
take_loss (GstFecEncode *self, const FecLoss *loss)
{
  GstClockTime now = fec_timer_now (&self->timer);

  GST_OBJECT_LOCK (self);
  fec_held_loss_tell (&self->properties.loss, loss->worst_tenth, now);
  GST_OBJECT_UNLOCK (self);
}

gboolean
gst_fec_encode_src_event (GstPad *pad, GstObject *parent, GstEvent *event)
{
  GstFecEncode *self = GST_FEC_ENCODE (parent);
  FecSymbolsWanted wanted;
  FecLoss loss;

  if (fec_symbols_wanted_event_parse (event, &wanted) &&
      is_ours (self, wanted.tsi))
    take_wanted (self, &wanted);
  else if (fec_loss_event_parse (event, &loss) && is_ours (self, loss.tsi))
    take_loss (self, &loss);
  else
    return gst_pad_event_default (pad, parent, event);
  gst_event_unref (event);
  return TRUE;
}

/* A packet waits max-hold at most for its last bytes. */
static gboolean
answer_latency (GstFecEncode *self, GstQuery *query)
{
  GstClockTime min, max, max_hold = gst_fec_encode_get_settings (self).max_hold;
  gboolean live;

  if (!gst_pad_peer_query (self->sinkpad, query))
    return FALSE;
  gst_query_parse_latency (query, &live, &min, &max);
  if (live) {
    min += max_hold;
    if (GST_CLOCK_TIME_IS_VALID (max))
      max += max_hold;
    gst_query_set_latency (query, live, min, max);
  }
  return TRUE;
}

gboolean
gst_fec_encode_sink_query (GstPad *pad, GstObject *parent, GstQuery *query)
{
  if (GST_QUERY_TYPE (query) == GST_QUERY_CAPS &&
      fec_recode_answer_caps (query))
    return TRUE;
  return gst_pad_query_default (pad, parent, query);
}

gboolean
gst_fec_encode_src_query (GstPad *pad, GstObject *parent, GstQuery *query)
{
  if (GST_QUERY_TYPE (query) == GST_QUERY_LATENCY)
    return answer_latency (GST_FEC_ENCODE (parent), query);
  return gst_pad_query_default (pad, parent, query);
}
