/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * decodereceiver.c: one channel being received: buffers of packets in, media
 * out of a source pad. Ties parser, window and release together, counts, and
 * posts warnings. Knows no locks, tasks or properties; time is a parameter.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "decodeframer.h"
#include "decodemissing.h"
#include "decodeobject.h"
#include "decoderaw.h"
#include "decodereceiver.h"
#include "decoderecords.h"
#include "decodereport.h"
#include "decoderequest.h"
#include "decodewindow.h"

GST_DEBUG_CATEGORY_EXTERN (gst_fec_decode_debug);
#define GST_CAT_DEFAULT gst_fec_decode_debug

struct _GstFecDecodeReceiver
{
  GstElement *element;
  GstPad *sinkpad;
  GstFecDecodeSettings settings;
  GstFecDecodeStats stats;
  GstFecDecodeSequence sequence;
  GstFecDecodeReport report;

  GstFecDecodeFramer *framer;
  GstFecDecodeWindow *window;
  GstFecDecodeMissing *missing;
  GstFecDecodeOutput output;
  GstFecDecodeRaw *raw;
  GstFecDecodeRecords *records;
  GstFecDecodeObjects objects;
  gboolean asked; /* downstream was asked what it would rather have */
  gboolean wants_objects;
  GPtrArray *strays; /* buffers of packets to be looked at again */

  GstEvent *stream_start; /* upstream's */
  GstCaps *caps_media; /* what the packets' caps say of the bytes */
  guint caps_tsi;
  gboolean caps_have_tsi;
  GstSegment segment;

  gboolean tsi_known;
  guint32 tsi;
  gboolean began; /* something was released */
  gboolean eos; /* EOS was pushed */
};

GstFecDecodeReceiver *
gst_fec_decode_receiver_new (GstElement *element, GstPad *sinkpad,
    GstPad *srcpad, GstFecDecodeSender *sender)
{
  GstFecDecodeReceiver *self = g_new0 (GstFecDecodeReceiver, 1);

  self->element = element;
  self->sinkpad = sinkpad;
  self->framer = gst_fec_decode_framer_new ();
  self->window = gst_fec_decode_window_new (&self->stats);
  self->missing = gst_fec_decode_missing_new (&self->stats);
  self->output.pad = srcpad;
  self->output.sender = sender;
  self->output.stats = &self->stats;
  self->output.discont = TRUE;
  self->raw = gst_fec_decode_raw_new (&self->output);
  self->records = gst_fec_decode_records_new (&self->output);
  self->objects.output = &self->output;
  self->strays =
      g_ptr_array_new_with_free_func ((GDestroyNotify) gst_buffer_unref);
  gst_segment_init (&self->segment, GST_FORMAT_TIME);
  return self;
}

void
gst_fec_decode_receiver_free (GstFecDecodeReceiver *self)
{
  gst_fec_decode_output_reset (&self->output);
  g_ptr_array_unref (self->strays);
  gst_fec_decode_objects_reset (&self->objects);
  gst_fec_decode_records_free (self->records);
  gst_fec_decode_raw_free (self->raw);
  gst_fec_decode_missing_free (self->missing);
  gst_fec_decode_window_free (self->window);
  gst_fec_decode_framer_free (self->framer);
  gst_clear_event (&self->stream_start);
  gst_clear_caps (&self->caps_media);
  gst_clear_caps (&self->settings.media_caps);
  g_free (self);
}

void
gst_fec_decode_receiver_reset (GstFecDecodeReceiver *self)
{
  gst_fec_decode_report_post (&self->report, self->element, TRUE);
  gst_fec_decode_framer_reset (self->framer, self->settings.packet_size);
  gst_fec_decode_window_reset (self->window);
  gst_fec_decode_missing_reset (self->missing);
  gst_fec_decode_output_reset (&self->output);
  gst_fec_decode_raw_reset (self->raw);
  gst_fec_decode_records_reset (self->records);
  gst_fec_decode_objects_reset (&self->objects);
  self->asked = self->wants_objects = FALSE;
  g_ptr_array_set_size (self->strays, 0);
  self->sequence.started = FALSE;
  self->tsi_known = FALSE;
  self->began = FALSE;
  self->eos = FALSE;
}

void
gst_fec_decode_receiver_restart (GstFecDecodeReceiver *self)
{
  gst_fec_decode_receiver_reset (self);
  self->stats = (GstFecDecodeStats){ 0 };
  self->report = (GstFecDecodeReport){ 0 };
  gst_clear_event (&self->stream_start);
  gst_clear_caps (&self->caps_media);
  self->caps_have_tsi = FALSE;
  gst_segment_init (&self->segment, GST_FORMAT_TIME);
}

/* ---- Settings -------------------------------------------------------------- */

static gboolean
uses_arrival (const GstFecDecodeReceiver *self)
{
  if (self->settings.timestamps == GST_FEC_DECODE_TIMESTAMPS_AUTO)
    return self->settings.live;
  return self->settings.timestamps == GST_FEC_DECODE_TIMESTAMPS_ARRIVAL;
}

/* Whether data that came waits for a time only. */
static gboolean
has_deadlines (const GstFecDecodeReceiver *self)
{
  return self->settings.live ||
      self->settings.timestamps == GST_FEC_DECODE_TIMESTAMPS_ARRIVAL;
}

static void
hand_settings_on (GstFecDecodeReceiver *self)
{
  const GstFecDecodeSettings *settings = &self->settings;
  GstFecDecodeWindowConfig config = {
    .max_blocks = settings->max_blocks,
    .max_memory = settings->max_memory,
    .live = has_deadlines (self),
    .latency = settings->latency,
  };

  gst_fec_decode_window_configure (self->window, &config);
  /* nobody can be asked for what is missing in a stream of bytes */
  gst_fec_decode_missing_configure (self->missing,
      settings->request_missing && self->segment.format != GST_FORMAT_BYTES,
      settings->request_interval);
  gst_fec_decode_raw_configure (self->raw,
      self->caps_media ? self->caps_media : settings->media_caps,
      uses_arrival (self), self->stream_start);
  gst_fec_decode_records_configure (self->records, uses_arrival (self),
      settings->latency, settings->max_memory);
}

void
gst_fec_decode_receiver_configure (
    GstFecDecodeReceiver *self, const GstFecDecodeSettings *settings)
{
  GstCaps *old = self->settings.media_caps;

  if (settings->packet_size != self->settings.packet_size)
    gst_fec_decode_framer_reset (self->framer, settings->packet_size);
  if (settings->tsi != self->settings.tsi)
    self->tsi_known = FALSE;
  self->settings = *settings;
  if (self->settings.media_caps)
    gst_caps_ref (self->settings.media_caps);
  gst_clear_caps (&old);
  hand_settings_on (self);
}

void
gst_fec_decode_receiver_stream_start (
    GstFecDecodeReceiver *self, GstEvent *event)
{
  if (self->eos)
    gst_fec_decode_receiver_reset (self);
  gst_event_replace (&self->stream_start, event);
  hand_settings_on (self);
}

void
gst_fec_decode_receiver_set_caps (GstFecDecodeReceiver *self, GstCaps *caps)
{
  const GstStructure *structure = gst_caps_get_structure (caps, 0);
  const gchar *media = gst_structure_get_string (structure, "media-caps");
  guint tsi = 0;
  gboolean have_tsi = gst_structure_get_uint (structure, "tsi", &tsi);

  /* Another channel's that comes by the same pad. */
  if (have_tsi && self->settings.tsi != 0 && tsi != self->settings.tsi)
    return;
  gst_clear_caps (&self->caps_media);
  if (media)
    self->caps_media = gst_caps_from_string (media);
  if (self->caps_media && !gst_caps_is_fixed (self->caps_media))
    gst_clear_caps (&self->caps_media);
  if (have_tsi != self->caps_have_tsi || tsi != self->caps_tsi)
    self->tsi_known = FALSE;
  self->caps_have_tsi = have_tsi;
  self->caps_tsi = tsi;
  hand_settings_on (self);
}

void
gst_fec_decode_receiver_set_segment (
    GstFecDecodeReceiver *self, const GstSegment *segment)
{
  self->segment = *segment;
}

/* ---- Media out ------------------------------------------------------------- */

static gboolean
is_records (const GstFecDecodeBlock *block)
{
  return gst_fec_decode_block_flags (block) & GST_FEC_BLOCK_RECORDS;
}

static void
count_delay (
    GstFecDecodeReceiver *self, const GstFecDecodeItem *item, GstClockTime now)
{
  guint32 i;

  for (i = 0; i < item->count; i++)
    gst_fec_decode_stats_note_delay (&self->stats,
        gst_fec_decode_block_time (item->block, item->first + i).received, now);
}

static void
take_data (
    GstFecDecodeReceiver *self, const GstFecDecodeItem *item, GstClockTime now)
{
  /* a sender's own flags tell whether its stream begins with a gap */
  if (!self->began && !item->after_gap && item->first == 0 &&
      self->stats.blocks_skipped == 0 && self->stats.resyncs == 0)
    self->output.discont = FALSE;
  self->began = TRUE;
  count_delay (self, item, now);
  if (is_records (item->block))
    gst_fec_decode_records_data (self->records, item);
  else
    gst_fec_decode_raw_data (self->raw, item);
}

static void
finish_media (GstFecDecodeReceiver *self)
{
  gst_fec_decode_raw_finish (self->raw);
  gst_fec_decode_records_finish (self->records);
}

static void
end_stream (GstFecDecodeReceiver *self)
{
  if (self->eos)
    return;
  finish_media (self);
  gst_fec_decode_report_post (&self->report, self->element, TRUE);
  gst_fec_decode_output_event (&self->output, gst_event_new_eos ());
  self->eos = TRUE;
  if (self->output.flow == GST_FLOW_OK)
    self->output.flow = GST_FLOW_EOS;
}

static void
take_object (GstFecDecodeReceiver *self, const GstFecDecodeBlock *block)
{
  const GstFecDecodeObjectsStream stream = {
    .tsi = self->tsi,
    .media_caps =
        self->caps_media ? self->caps_media : self->settings.media_caps,
    .arrival = uses_arrival (self),
    .stream_start = self->stream_start,
  };

  if (gst_fec_decode_block_is_complete (block))
    gst_fec_decode_objects_take (&self->objects, block, &stream);
  else
    self->output.discont = TRUE;
}

static void
end_block (GstFecDecodeReceiver *self)
{
  gst_fec_decode_records_block_end (self->records);
  gst_fec_decode_raw_block_end (self->raw);
}

/* Whether all bytes of the blocks so far have been handed on. */
static gboolean
is_out (const GstFecDecodeReceiver *self, const GstFecDecodeBlock *block)
{
  return is_records (block) ? gst_fec_decode_records_is_out (self->records)
                            : gst_fec_decode_raw_is_out (self->raw);
}

/* Tells downstream, behind the block's bytes, that nothing more of it comes. */
static void
tell_block_end (GstFecDecodeReceiver *self, const GstFecDecodeItem *item)
{
  if (!self->settings.block_events || !self->began ||
      !is_out (self, item->block))
    return;
  gst_fec_decode_output_event (&self->output,
      gst_event_new_custom (GST_EVENT_CUSTOM_DOWNSTREAM,
          gst_structure_new ("fec-block-end", "toi", G_TYPE_UINT, item->toi,
              "complete", G_TYPE_BOOLEAN,
              gst_fec_decode_block_is_complete (item->block), NULL)));
}

/* What an item means where objects are wanted: a damaged one is left out. */
static void
take_object_item (
    GstFecDecodeReceiver *self, const GstFecDecodeItem *item, GstClockTime now)
{
  switch (item->type) {
    case GST_FEC_DECODE_ITEM_DATA:
      count_delay (self, item, now);
      break;
    case GST_FEC_DECODE_ITEM_LOST:
      gst_fec_decode_report_lost (&self->report, self->element, item);
      self->output.discont = TRUE;
      break;
    case GST_FEC_DECODE_ITEM_BLOCK_END:
      take_object (self, item->block);
      break;
    case GST_FEC_DECODE_ITEM_END:
      end_stream (self);
      break;
  }
}

static void
take_media_item (
    GstFecDecodeReceiver *self, const GstFecDecodeItem *item, GstClockTime now)
{
  switch (item->type) {
    case GST_FEC_DECODE_ITEM_DATA:
      take_data (self, item, now);
      break;
    case GST_FEC_DECODE_ITEM_LOST:
      gst_fec_decode_report_lost (&self->report, self->element, item);
      self->output.discont = TRUE;
      if (!item->block || is_records (item->block))
        gst_fec_decode_records_lost (self->records);
      if (!item->block)
        end_block (self);
      break;
    case GST_FEC_DECODE_ITEM_BLOCK_END:
      if (!gst_fec_decode_block_is_complete (item->block))
        self->output.discont = TRUE;
      end_block (self);
      tell_block_end (self, item);
      if (item->after_gap)
        self->output.discont = TRUE;
      break;
    case GST_FEC_DECODE_ITEM_END:
      end_stream (self);
      break;
  }
}

static void
take_item (
    GstFecDecodeReceiver *self, const GstFecDecodeItem *item, GstClockTime now)
{
  if (!self->asked) {
    self->asked = TRUE;
    self->wants_objects = gst_fec_decode_objects_wanted (self->output.pad);
  }
  if (self->wants_objects)
    take_object_item (self, item, now);
  else
    take_media_item (self, item, now);
}

GstFlowReturn
gst_fec_decode_receiver_release (GstFecDecodeReceiver *self, GstClockTime now)
{
  GstFecDecodeItem item;

  while (self->output.flow == GST_FLOW_OK &&
      gst_fec_decode_window_next (self->window, now, &item))
    take_item (self, &item, now);
  gst_fec_decode_report_post (&self->report, self->element, FALSE);
  gst_fec_decode_request_missing (
      self->missing, self->window, self->sinkpad, self->tsi, now, &self->stats);
  return gst_fec_decode_output_flush (&self->output);
}

/* ---- Packets in ------------------------------------------------------------ */

static gboolean
is_our_channel (GstFecDecodeReceiver *self, guint32 tsi)
{
  if (!self->tsi_known) {
    self->tsi = tsi;
    if (self->settings.tsi != 0)
      self->tsi = self->settings.tsi;
    else if (self->caps_have_tsi)
      self->tsi = self->caps_tsi;
    self->tsi_known = TRUE;
  }
  return tsi == self->tsi;
}

/* The running time at which @buffer arrived: upstream's when it tells. */
static GstClockTime
arrival_time (const GstFecDecodeReceiver *self, GstBuffer *buffer)
{
  GstClockTime time = GST_CLOCK_TIME_NONE;

  if (!uses_arrival (self))
    return GST_CLOCK_TIME_NONE;
  if (self->segment.format == GST_FORMAT_TIME &&
      GST_BUFFER_PTS_IS_VALID (buffer))
    time = gst_segment_to_running_time (
        &self->segment, GST_FORMAT_TIME, GST_BUFFER_PTS (buffer));
  if (!GST_CLOCK_TIME_IS_VALID (time))
    time = gst_element_get_current_running_time (self->element);
  return time;
}

/* The sender goes on elsewhere: what is pending leaves, the rest is new. */
static void
resync (GstFecDecodeReceiver *self, GstClockTime now)
{
  gst_fec_decode_window_drain (self->window);
  gst_fec_decode_receiver_release (self, now);
  gst_fec_decode_window_reset (self->window);
  gst_fec_decode_missing_reset (self->missing);
  gst_fec_decode_records_lost (self->records);
  end_block (self);
  gst_fec_decode_records_new_timeline (self->records);
  self->output.discont = TRUE;
}

/* Bytes of a symbol that is still being filled leave when they are next. */
static void
take_early (GstFecDecodeReceiver *self, const GstFecAlcPacket *packet,
    const GstFecDecodeTime *time)
{
  if (packet->block_flags & GST_FEC_BLOCK_RECORDS || self->wants_objects ||
      !gst_fec_decode_window_expects (self->window, packet->toi, packet->esi))
    return;
  gst_fec_decode_raw_early (self->raw, packet, time);
}

static GstFecDecodeResult
add_packet (GstFecDecodeReceiver *self, const GstFecAlcPacket *packet,
    const GstFecDecodeTime *time)
{
  GstFecDecodeResult result;

  if (packet->block_flags & GST_FEC_BLOCK_EARLY) {
    take_early (self, packet, time);
    return GST_FEC_DECODE_ADDED;
  }
  result = gst_fec_decode_window_add (self->window, packet, time);
  while (result == GST_FEC_DECODE_OVER_LIMIT &&
      gst_fec_decode_window_press (self->window, packet->toi)) {
    gst_fec_decode_receiver_release (self, time->received);
    result = gst_fec_decode_window_add (self->window, packet, time);
  }
  return result;
}

static GstFecDecodeResult
parse_and_add (GstFecDecodeReceiver *self, GstBuffer *buffer, GstClockTime now,
    gboolean again)
{
  GstFecDecodeTime time = { now, arrival_time (self, buffer) };
  GstFecDecodeResult result = GST_FEC_DECODE_INCONSISTENT;
  GstFecAlcError error = GST_FEC_ALC_TOO_SHORT;
  GstFecAlcPacket packet;
  GstMapInfo map;

  if (!gst_buffer_map (buffer, &map, GST_MAP_READ))
    return result;
  error = gst_fec_alc_parse (&packet, map.data, map.size);
  if (error != GST_FEC_ALC_OK) {
    self->stats.packets_malformed++;
    self->stats.malformed[error]++;
  } else if (!is_our_channel (self, packet.tsi)) {
    self->stats.packets_other_channel++;
  } else {
    /* packets made for us alone have no numbers of their own */
    if (!again && !(packet.block_flags & GST_FEC_BLOCK_REPLACEMENT))
      gst_fec_decode_sequence_note (&self->sequence, packet.seq, &self->stats);
    result = add_packet (self, &packet, &time);
    gst_fec_decode_missing_note (self->missing, &packet, now);
  }
  gst_buffer_unmap (buffer, &map);
  return result;
}

/* Looks at the packets of another place in the stream again. */
static void
take_strays (GstFecDecodeReceiver *self, GstClockTime now)
{
  guint i;

  resync (self, now);
  for (i = 0; i < self->strays->len; i++)
    parse_and_add (self, g_ptr_array_index (self->strays, i), now, TRUE);
  g_ptr_array_set_size (self->strays, 0);
}

static void
take_packet (GstFecDecodeReceiver *self, GstBuffer *buffer, GstClockTime now)
{
  GstFecDecodeResult result;

  self->stats.packets_received++;
  result = parse_and_add (self, buffer, now, FALSE);
  if (result == GST_FEC_DECODE_STRAY || result == GST_FEC_DECODE_RESYNC) {
    if (gst_fec_decode_window_stray_count (self->window) <= 1)
      g_ptr_array_set_size (self->strays, 0);
    g_ptr_array_add (self->strays, gst_buffer_ref (buffer));
  }
  if (result == GST_FEC_DECODE_RESYNC)
    take_strays (self, now);
}

static void
take_framed (GstFecDecodeReceiver *self, GstClockTime now, gboolean last)
{
  GstBuffer *packet;

  while (self->output.flow == GST_FLOW_OK &&
      (packet = gst_fec_decode_framer_pull (
           self->framer, last, &self->stats.bytes_skipped))) {
    take_packet (self, packet, now);
    gst_buffer_unref (packet);
    gst_fec_decode_receiver_release (self, now);
  }
}

/* Where one channel was chosen others may come by the same pad: the end of ours is not theirs. */
static GstFlowReturn
flow_for_upstream (const GstFecDecodeReceiver *self, GstFlowReturn flow)
{
  return flow == GST_FLOW_EOS && self->eos && self->settings.tsi != 0
      ? GST_FLOW_OK
      : flow;
}

GstFlowReturn
gst_fec_decode_receiver_push (
    GstFecDecodeReceiver *self, GstBuffer *buffer, GstClockTime now)
{
  GstFlowReturn flow;

  if (self->eos) {
    gst_buffer_unref (buffer);
    return flow_for_upstream (self, GST_FLOW_EOS);
  }
  if (self->segment.format == GST_FORMAT_BYTES) {
    gst_fec_decode_framer_push (self->framer, buffer);
    take_framed (self, now, FALSE);
    return flow_for_upstream (self, self->output.flow);
  }
  take_packet (self, buffer, now);
  gst_buffer_unref (buffer);
  flow = gst_fec_decode_receiver_release (self, now);
  return flow_for_upstream (self, flow);
}

void
gst_fec_decode_receiver_finish (GstFecDecodeReceiver *self, GstClockTime now)
{
  if (self->segment.format == GST_FORMAT_BYTES)
    take_framed (self, now, TRUE);
  gst_fec_decode_window_drain (self->window);
  gst_fec_decode_receiver_release (self, now);
  end_stream (self);
}

GstClockTime
gst_fec_decode_receiver_deadline (const GstFecDecodeReceiver *self)
{
  if (self->eos)
    return GST_CLOCK_TIME_NONE;
  /* NONE is the largest number */
  return MIN (gst_fec_decode_missing_deadline (self->missing, self->window),
      gst_fec_decode_window_deadline (self->window));
}

const GstFecDecodeStats *
gst_fec_decode_receiver_stats (const GstFecDecodeReceiver *self)
{
  return &self->stats;
}
