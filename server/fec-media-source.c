/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fec-media-source.c: reads media to its end and begins anew, below a multiplexer that never notices.
 *
 *   input (replaced in each round)                                   (stays)
 *   reader ! parsebin ! chain ------> queue ! mpegtsmux ! queue ! src
 *                     ! chain ------> queue !
 *
 * At the entrance of the queues the segment of each round is moved behind the end of the round before, ends of streams
 * are held back, and a stream that is shorter than the others is carried on with gaps, because the multiplexer waits
 * for all. The queue behind the multiplexer holds enough media to hide the time that a new input takes to begin.
 */
#include "fec-media-source.h"
#include "fec-stream-chain.h"

/* Media held before the multiplexer (files that are not well interleaved) and behind it (a new round begins). */
#define ENTRY_TIME (5 * GST_SECOND)
#define ENTRY_BYTES (32u << 20)
#define EXIT_TIME (2 * GST_SECOND)
#define EXIT_BYTES (16u << 20)
/* Distance of the gaps that carry a short stream on. */
#define GAP_INTERVAL (50 * GST_MSECOND)
/* MPEG-TS packets in a buffer: what fits an Ethernet frame. */
#define TS_PACKETS_PER_BUFFER 7

typedef struct
{
  GstFecMediaSource *source;
  gchar *stream_id;
  GstPad *entry; /* sink pad of the queue */
  GstSegment segment; /* moved, as the multiplexer sees it */
  gboolean taken; /* linked in this round */
  gboolean eos; /* ended in this round */
  gboolean started; /* a stream-start has passed */
  GstClockTime end; /* running time up to which there was media or a gap */
} Stream;

struct _GstFecMediaSource
{
  GstBin parent;

  gchar *uri;
  gboolean loop;
  GstElement *mux;
  GstElement *input; /* bin of the round; changed under the state lock only */

  GMutex lock;
  GPtrArray *streams; /* of Stream; these and the rest are protected by lock */
  GstClockTime offset; /* where the round begins, running time */
  gboolean got_data; /* in this round */
  gboolean live; /* input keeps its own time */
  gboolean running; /* above READY: rounds may follow */
};

G_DEFINE_TYPE (GstFecMediaSource, gst_fec_media_source, GST_TYPE_BIN)

static GstElement *create_input (GstFecMediaSource *self, GError **error);

static void
stream_free (gpointer data)
{
  Stream *stream = data;

  g_free (stream->stream_id);
  gst_object_unref (stream->entry);
  g_free (stream);
}

/* ---- A new round ---- */

/*
 * Call with the state lock and the lock held. When the clock has overtaken the media, the next round begins now; the
 * clock counts only while we play.
 */
static void
begin_round (GstFecMediaSource *self)
{
  GstClockTime end = self->offset, now;
  GstPad *src = gst_element_get_static_pad (GST_ELEMENT (self), "src");
  gint64 shift = gst_pad_get_offset (src);

  gst_object_unref (src);
  now = gst_element_get_current_running_time (GST_ELEMENT (self));
  if (GST_STATE (self) == GST_STATE_PLAYING && GST_CLOCK_TIME_IS_VALID (now) &&
      (gint64) now > shift)
    end = MAX (end, now - shift);
  for (guint i = 0; i < self->streams->len; i++) {
    Stream *stream = g_ptr_array_index (self->streams, i);

    end = MAX (end, stream->end);
    stream->taken = FALSE;
    stream->eos = FALSE;
  }
  self->offset = self->live ? 0 : end;
  self->got_data = FALSE;
}

static void
replace_input (GstElement *element, gpointer user_data)
{
  GstFecMediaSource *self = GST_FEC_MEDIA_SOURCE (element);
  GError *error = NULL;
  GstElement *input;
  gboolean running;

  GST_STATE_LOCK (self);
  g_mutex_lock (&self->lock);
  running = self->running;
  if (running)
    begin_round (self);
  g_mutex_unlock (&self->lock);
  if (!running)
    goto done;

  gst_element_set_state (self->input, GST_STATE_NULL);
  gst_bin_remove (GST_BIN (self), self->input);
  self->input = NULL;
  input = create_input (self, &error);
  if (input == NULL)
    goto no_input;
  self->input = input;
  gst_bin_add (GST_BIN (self), input);
  gst_element_sync_state_with_parent (input);

done:
  GST_STATE_UNLOCK (self);
  return;

  /* ERRORS */
no_input : {
  GST_STATE_UNLOCK (self);
  GST_ELEMENT_ERROR (self, RESOURCE, OPEN_READ,
      ("Could not begin “%s” anew: %s", self->uri,
          error != NULL ? error->message : "no reason given"),
      (NULL));
  g_clear_error (&error);
  return;
}
}

/* ---- At the entrance of the multiplexer ---- */

/* Call with the lock held. */
static gboolean
round_is_over (GstFecMediaSource *self)
{
  for (guint i = 0; i < self->streams->len; i++) {
    const Stream *stream = g_ptr_array_index (self->streams, i);

    if (stream->taken && !stream->eos)
      return FALSE;
  }
  return TRUE;
}

/* Call with the lock held. The entries of the streams that have to be carried on to @until; unref them. */
static GPtrArray *
streams_behind (GstFecMediaSource *self, GstClockTime until)
{
  GPtrArray *behind = NULL;

  for (guint i = 0; i < self->streams->len; i++) {
    Stream *stream = g_ptr_array_index (self->streams, i);

    if (!stream->eos && stream->taken)
      continue;
    if (until < stream->end + GAP_INTERVAL)
      continue;
    stream->end = until;
    if (behind == NULL)
      behind = g_ptr_array_new_with_free_func (gst_object_unref);
    g_ptr_array_add (behind, gst_object_ref (stream->entry));
  }
  return behind;
}

static void
send_gaps (GPtrArray *entries, GstClockTime until)
{
  for (guint i = 0; i < entries->len; i++)
    gst_pad_send_event (g_ptr_array_index (entries, i),
        gst_event_new_gap (until, GAP_INTERVAL));
  g_ptr_array_unref (entries);
}

static void
take_buffer (Stream *stream, GstBuffer *buffer)
{
  GstFecMediaSource *self = stream->source;
  GstClockTime end = GST_BUFFER_PTS (buffer);
  GPtrArray *behind;

  g_mutex_lock (&self->lock);
  self->got_data = TRUE;
  if (GST_CLOCK_TIME_IS_VALID (end)) {
    if (GST_BUFFER_DURATION_IS_VALID (buffer))
      end += GST_BUFFER_DURATION (buffer);
    if (end > stream->segment.start)
      end = stream->segment.base + (end - stream->segment.start);
    else
      end = stream->segment.base;
    stream->end = MAX (stream->end, end);
  }
  behind = streams_behind (self, stream->end);
  end = stream->end;
  g_mutex_unlock (&self->lock);

  if (behind != NULL)
    send_gaps (behind, end);
}

/* Moves the segment of a round behind the round before. */
static GstEvent *
move_segment (Stream *stream, GstEvent *event)
{
  GstFecMediaSource *self = stream->source;
  GstEvent *moved;
  GstSegment segment;

  gst_event_copy_segment (event, &segment);
  if (segment.format != GST_FORMAT_TIME)
    return gst_event_ref (event);
  g_mutex_lock (&self->lock);
  segment.base += self->offset;
  stream->segment = segment;
  g_mutex_unlock (&self->lock);
  moved = gst_event_new_segment (&segment);
  gst_event_set_seqnum (moved, gst_event_get_seqnum (event));
  return moved;
}

/* After its end a stream goes on in running time, for the gaps. */
static void
open_segment (Stream *stream)
{
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_pad_send_event (stream->entry, gst_event_new_segment (&segment));
}

static void
post_no_media (GstFecMediaSource *self)
{
  GST_ELEMENT_ERROR (self, STREAM, WRONG_TYPE,
      ("“%s” holds no audio or video", self->uri), (NULL));
}

/* What comes at the end of the last stream: the next round, or EOS for all (TRUE: the event may pass). */
static gboolean
end_stream (Stream *stream)
{
  GstFecMediaSource *self = stream->source;
  gboolean over, got_data, loop;

  g_mutex_lock (&self->lock);
  stream->eos = TRUE;
  over = round_is_over (self);
  got_data = self->got_data;
  loop = self->loop && self->running;
  g_mutex_unlock (&self->lock);

  if (!loop)
    return TRUE;
  if (!over) {
    open_segment (stream);
    return FALSE;
  }
  if (!got_data) {
    post_no_media (self);
    return TRUE;
  }
  gst_element_call_async (GST_ELEMENT (self), replace_input, NULL, NULL);
  return FALSE;
}

static GstPadProbeReturn
on_event (Stream *stream, GstPadProbeInfo *info)
{
  GstEvent *event = GST_PAD_PROBE_INFO_EVENT (info);
  gboolean started;

  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_STREAM_START:
      g_mutex_lock (&stream->source->lock);
      started = stream->started;
      stream->started = TRUE;
      g_mutex_unlock (&stream->source->lock);
      return started ? GST_PAD_PROBE_DROP : GST_PAD_PROBE_OK;
    case GST_EVENT_SEGMENT:
      /* Our own, from open_segment(), passes as it is: the stream has ended. */
      if (stream->eos)
        return GST_PAD_PROBE_OK;
      GST_PAD_PROBE_INFO_DATA (info) = move_segment (stream, event);
      gst_event_unref (event);
      return GST_PAD_PROBE_OK;
    case GST_EVENT_EOS:
      return end_stream (stream) ? GST_PAD_PROBE_OK : GST_PAD_PROBE_DROP;
    default:
      return GST_PAD_PROBE_OK;
  }
}

static GstPadProbeReturn
on_entry (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  Stream *stream = user_data;

  if (GST_PAD_PROBE_INFO_TYPE (info) & GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM)
    return on_event (stream, info);
  /* A serialized query would wait behind media that waits for the other streams, which come from the same thread. */
  if (GST_PAD_PROBE_INFO_TYPE (info) & GST_PAD_PROBE_TYPE_QUERY_DOWNSTREAM)
    return GST_QUERY_IS_SERIALIZED (GST_PAD_PROBE_INFO_QUERY (info))
        ? GST_PAD_PROBE_DROP
        : GST_PAD_PROBE_OK;
  if (GST_PAD_PROBE_INFO_TYPE (info) & GST_PAD_PROBE_TYPE_BUFFER)
    take_buffer (stream, GST_PAD_PROBE_INFO_BUFFER (info));
  return GST_PAD_PROBE_OK;
}

static Stream *
stream_new (GstFecMediaSource *self, const gchar *stream_id)
{
  Stream *stream = g_new0 (Stream, 1);
  GstElement *queue = gst_element_factory_make ("queue", NULL);
  GstPad *src = gst_element_get_static_pad (queue, "src");
  GstPad *sink = gst_element_request_pad_simple (self->mux, "sink_%d");

  g_object_set (queue, "max-size-time", (guint64) ENTRY_TIME, "max-size-bytes",
      ENTRY_BYTES, "max-size-buffers", 0, NULL);
  gst_bin_add (GST_BIN (self), queue);
  gst_pad_link (src, sink);
  gst_object_unref (src);
  gst_object_unref (sink);

  stream->source = self;
  stream->stream_id = g_strdup (stream_id);
  stream->entry = gst_element_get_static_pad (queue, "sink");
  gst_segment_init (&stream->segment, GST_FORMAT_TIME);
  gst_pad_add_probe (stream->entry,
      GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM |
          GST_PAD_PROBE_TYPE_QUERY_DOWNSTREAM,
      on_entry, stream, NULL);
  gst_element_sync_state_with_parent (queue);
  return stream;
}

/* ---- The input of a round ---- */

/* The stream of this id that is free in this round. Call with the lock held. */
static Stream *
find_stream (GstFecMediaSource *self, const gchar *stream_id)
{
  for (guint i = 0; i < self->streams->len; i++) {
    Stream *stream = g_ptr_array_index (self->streams, i);

    if (!stream->taken && g_strcmp0 (stream->stream_id, stream_id) == 0)
      return stream;
  }
  return NULL;
}

static Stream *
take_stream (GstFecMediaSource *self, const gchar *stream_id)
{
  Stream *stream, *created = NULL;

  g_mutex_lock (&self->lock);
  stream = find_stream (self, stream_id);
  if (stream != NULL)
    stream->taken = TRUE;
  g_mutex_unlock (&self->lock);
  if (stream != NULL)
    return stream;

  created = stream_new (self, stream_id);
  g_mutex_lock (&self->lock);
  created->taken = TRUE;
  g_ptr_array_add (self->streams, created);
  g_mutex_unlock (&self->lock);
  return created;
}

static GstPad *
add_to_input (GstElement *input, GstElement *element, GstPad *pad)
{
  GstPad *sink = gst_element_get_static_pad (element, "sink");
  GstPad *src, *ghost = NULL;

  gst_bin_add (GST_BIN (input), element);
  gst_pad_link (pad, sink);
  gst_object_unref (sink);
  src = gst_element_get_static_pad (element, "src");
  if (src != NULL) {
    ghost = gst_ghost_pad_new (NULL, src);
    gst_pad_set_active (ghost, TRUE);
    gst_element_add_pad (input, ghost);
    gst_object_unref (src);
  }
  gst_element_sync_state_with_parent (element);
  return ghost;
}

static void
discard (GstElement *input, GstPad *pad)
{
  GstElement *sink = gst_element_factory_make ("fakesink", NULL);

  g_object_set (sink, "sync", FALSE, "async", FALSE, NULL);
  add_to_input (input, sink, pad);
}

static void
on_parsed_pad (GstElement *parsebin, GstPad *pad, GstFecMediaSource *self)
{
  GstCaps *caps = gst_pad_get_current_caps (pad);
  GstElement *input = GST_ELEMENT (gst_element_get_parent (parsebin));
  GError *error = NULL;
  GstElement *chain;
  Stream *stream;
  gchar *stream_id;
  GstPad *src;

  if (caps == NULL)
    caps = gst_pad_query_caps (pad, NULL);
  if (gst_fec_stream_fate (caps) == GST_FEC_STREAM_DROP) {
    discard (input, pad);
    goto done;
  }
  chain = gst_fec_stream_chain_new (caps, &error);
  if (chain == NULL)
    goto no_chain;

  stream_id = gst_pad_get_stream_id (pad);
  stream = take_stream (self, stream_id);
  src = add_to_input (input, chain, pad);
  gst_pad_link (src, stream->entry);
  g_free (stream_id);

done:
  gst_caps_unref (caps);
  gst_object_unref (input);
  return;

  /* ERRORS */
no_chain : {
  GST_ELEMENT_ERROR (self, CORE, MISSING_PLUGIN,
      ("Cannot serve “%s”: %s", self->uri, error->message), (NULL));
  g_error_free (error);
  goto done;
}
}

static void
on_no_more_pads (GstElement *parsebin, GstFecMediaSource *self)
{
  gboolean any = FALSE;

  g_mutex_lock (&self->lock);
  for (guint i = 0; i < self->streams->len; i++)
    any |= ((Stream *) g_ptr_array_index (self->streams, i))->taken;
  g_mutex_unlock (&self->lock);
  if (!any)
    post_no_media (self);
}

static gboolean
add_parsebin (GstFecMediaSource *self, GstBin *input, GstPad *pad)
{
  GstElement *parsebin = gst_element_factory_make ("parsebin", NULL);
  GstPad *sink;
  gboolean linked;

  if (parsebin == NULL)
    return FALSE;
  g_signal_connect_object (
      parsebin, "pad-added", G_CALLBACK (on_parsed_pad), self, 0);
  g_signal_connect_object (
      parsebin, "no-more-pads", G_CALLBACK (on_no_more_pads), self, 0);
  gst_bin_add (input, parsebin);
  sink = gst_element_get_static_pad (parsebin, "sink");
  linked = gst_pad_link (pad, sink) == GST_PAD_LINK_OK;
  gst_object_unref (sink);
  gst_element_sync_state_with_parent (parsebin);
  return linked;
}

static void
on_read_pad (GstElement *reader, GstPad *pad, GstFecMediaSource *self)
{
  GstObject *input = gst_element_get_parent (reader);

  if (!add_parsebin (self, GST_BIN (input), pad))
    GST_ELEMENT_ERROR (self, CORE, MISSING_PLUGIN,
        ("Cannot read “%s”", self->uri), ("parsebin is missing"));
  gst_object_unref (input);
}

static GstElement *
create_input (GstFecMediaSource *self, GError **error)
{
  gboolean file = gst_uri_has_protocol (self->uri, "file");
  GstElement *input, *reader;
  GstPad *pad;

  reader = file
      ? gst_element_make_from_uri (GST_URI_SRC, self->uri, NULL, error)
      : gst_element_factory_make ("urisourcebin", NULL);
  if (reader == NULL)
    goto no_reader;

  input = gst_bin_new (NULL);
  gst_bin_add (GST_BIN (input), reader);
  if (file) {
    pad = gst_element_get_static_pad (reader, "src");
    if (!add_parsebin (self, GST_BIN (input), pad)) {
      gst_object_unref (pad);
      gst_object_unref (gst_object_ref_sink (input));
      goto no_reader;
    }
    gst_object_unref (pad);
  } else {
    g_object_set (reader, "uri", self->uri, NULL);
    g_signal_connect_object (
        reader, "pad-added", G_CALLBACK (on_read_pad), self, 0);
  }
  return input;

  /* ERRORS */
no_reader : {
  if (error != NULL && *error == NULL)
    g_set_error (error, GST_CORE_ERROR, GST_CORE_ERROR_MISSING_PLUGIN,
        "parsebin and urisourcebin are missing: install GStreamer's base "
        "plugins");
  return NULL;
}
}

/* ---- The bin ---- */

static GstStateChangeReturn
gst_fec_media_source_change_state (
    GstElement *element, GstStateChange transition)
{
  GstFecMediaSource *self = GST_FEC_MEDIA_SOURCE (element);
  GstStateChangeReturn ret;

  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED ||
      transition == GST_STATE_CHANGE_PAUSED_TO_READY) {
    g_mutex_lock (&self->lock);
    self->running = transition == GST_STATE_CHANGE_READY_TO_PAUSED;
    g_mutex_unlock (&self->lock);
  }
  ret = GST_ELEMENT_CLASS (gst_fec_media_source_parent_class)
            ->change_state (element, transition);
  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED) {
    g_mutex_lock (&self->lock);
    self->live = ret == GST_STATE_CHANGE_NO_PREROLL;
    g_mutex_unlock (&self->lock);
  }
  return ret;
}

GstElement *
gst_fec_media_source_new (const gchar *uri, gboolean loop, GError **error)
{
  GstFecMediaSource *self;
  GstElement *mux, *queue;
  GstPad *pad;

  mux = gst_element_factory_make ("mpegtsmux", NULL);
  queue = gst_element_factory_make ("queue", NULL);
  if (mux == NULL || queue == NULL)
    goto no_mux;

  self = g_object_new (GST_TYPE_FEC_MEDIA_SOURCE, "async-handling", TRUE, NULL);
  self->uri = g_strdup (uri);
  self->loop = loop;
  self->mux = mux;
  g_object_set (mux, "alignment", TS_PACKETS_PER_BUFFER, NULL);
  g_object_set (queue, "max-size-time", (guint64) EXIT_TIME, "max-size-bytes",
      EXIT_BYTES, "max-size-buffers", 0, NULL);
  gst_bin_add_many (GST_BIN (self), mux, queue, NULL);
  gst_element_link (mux, queue);
  pad = gst_element_get_static_pad (queue, "src");
  gst_element_add_pad (GST_ELEMENT (self), gst_ghost_pad_new ("src", pad));
  gst_object_unref (pad);

  self->input = create_input (self, error);
  if (self->input == NULL) {
    gst_object_unref (gst_object_ref_sink (self));
    return NULL;
  }
  gst_bin_add (GST_BIN (self), self->input);
  return GST_ELEMENT (self);

  /* ERRORS */
no_mux : {
  g_set_error (error, GST_CORE_ERROR, GST_CORE_ERROR_MISSING_PLUGIN,
      "mpegtsmux is missing: install GStreamer's bad plugins");
  g_clear_pointer (&mux, gst_object_unref);
  g_clear_pointer (&queue, gst_object_unref);
  return NULL;
}
}

static void
gst_fec_media_source_finalize (GObject *object)
{
  GstFecMediaSource *self = GST_FEC_MEDIA_SOURCE (object);

  g_ptr_array_unref (self->streams);
  g_free (self->uri);
  g_mutex_clear (&self->lock);
  G_OBJECT_CLASS (gst_fec_media_source_parent_class)->finalize (object);
}

static void
gst_fec_media_source_init (GstFecMediaSource *self)
{
  g_mutex_init (&self->lock);
  self->streams = g_ptr_array_new_with_free_func (stream_free);
}

static void
gst_fec_media_source_class_init (GstFecMediaSourceClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = gst_fec_media_source_finalize;
  GST_ELEMENT_CLASS (klass)->change_state = gst_fec_media_source_change_state;
}
