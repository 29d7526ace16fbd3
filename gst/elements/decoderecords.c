/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * decoderecords.c: media out of released symbols in framing=records: buffers,
 * timestamps, caps, segment and tags as the sender had them. Knows blocks,
 * records and the output, nothing of packets or deadlines.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <wire/record.h>

#include "decoderecords.h"

GST_DEBUG_CATEGORY_EXTERN (gst_fec_decode_debug);
#define GST_CAT_DEFAULT gst_fec_decode_debug

/* Buffers this much before their time mean that the sender's timeline jumped;
 * those that are late by more than the latency would be dropped by sinks. */
#define EARLY_TOLERANCE GST_SECOND
#define LATE_TOLERANCE (100 * GST_MSECOND)
/* Tag events stick by scope. */
#define N_SCOPES 2

struct _GstFecDecodeRecords
{
  GstFecDecodeOutput *output;
  gboolean arrival;
  GstClockTime latency;
  gsize max_buffer;

  guint64 offset; /* in the block: where the next record begins */
  guint64 wanted; /* bytes of the block needed to read it */
  gboolean broken; /* the rest of the block is not read */
  GByteArray *scratch; /* a record that spans chunks */

  GstEvent *stream_start; /* what was pushed last */
  GstCaps *caps;
  GstTagList *tags[N_SCOPES];
  GstSegment segment; /* the sender's */
  gboolean have_segment;
  gboolean segment_pending;
  GstEvent *pending_tags[N_SCOPES];
  gboolean anchored;
  GstClockTimeDiff shift;

  GstBuffer *partial; /* goes on in a fragment */
  GstClockTime partial_arrival;
};

GstFecDecodeRecords *
gst_fec_decode_records_new (GstFecDecodeOutput *output)
{
  GstFecDecodeRecords *records = g_new0 (GstFecDecodeRecords, 1);

  records->output = output;
  records->scratch = g_byte_array_new ();
  return records;
}

static void
forget_stream (GstFecDecodeRecords *records)
{
  guint i;

  gst_clear_caps (&records->caps);
  for (i = 0; i < N_SCOPES; i++) {
    gst_clear_tag_list (&records->tags[i]);
    gst_clear_event (&records->pending_tags[i]);
  }
  records->have_segment = FALSE;
  records->segment_pending = FALSE;
}

void
gst_fec_decode_records_reset (GstFecDecodeRecords *records)
{
  forget_stream (records);
  gst_clear_event (&records->stream_start);
  gst_clear_buffer (&records->partial);
  gst_fec_decode_records_new_timeline (records);
  gst_fec_decode_records_block_end (records);
}

void
gst_fec_decode_records_free (GstFecDecodeRecords *records)
{
  gst_fec_decode_records_reset (records);
  g_byte_array_unref (records->scratch);
  g_free (records);
}

void
gst_fec_decode_records_configure (GstFecDecodeRecords *records,
    gboolean arrival, GstClockTime latency, gsize max_buffer)
{
  records->arrival = arrival;
  records->latency = latency;
  records->max_buffer = max_buffer;
}

void
gst_fec_decode_records_new_timeline (GstFecDecodeRecords *records)
{
  records->anchored = FALSE;
}

static void
drop_partial (GstFecDecodeRecords *records)
{
  if (records->partial) {
    gst_clear_buffer (&records->partial);
    records->output->discont = TRUE;
  }
}

void
gst_fec_decode_records_lost (GstFecDecodeRecords *records)
{
  drop_partial (records);
  records->output->discont = TRUE;
  records->broken = TRUE;
}

void
gst_fec_decode_records_block_end (GstFecDecodeRecords *records)
{
  records->offset = records->wanted = 0;
  records->broken = FALSE;
  g_byte_array_set_size (records->scratch, 0);
}

/* ---- Segment --------------------------------------------------------------- */

static void
push_segment (GstFecDecodeRecords *records)
{
  GstSegment segment = records->segment;
  guint i;

  if (records->arrival && records->anchored &&
      segment.format == GST_FORMAT_TIME &&
      !gst_segment_offset_running_time (
          &segment, GST_FORMAT_TIME, records->shift))
    GST_WARNING_OBJECT (records->output->pad,
        "cannot shift segment %" GST_SEGMENT_FORMAT, &segment);
  gst_fec_decode_output_event (
      records->output, gst_event_new_segment (&segment));
  records->segment_pending = FALSE;
  for (i = 0; i < N_SCOPES; i++) {
    if (records->pending_tags[i])
      gst_fec_decode_output_event (
          records->output, g_steal_pointer (&records->pending_tags[i]));
  }
}

/* Compares the sender's time with that of arrival; shifts the first to fit. */
static void
anchor (GstFecDecodeRecords *records, GstClockTime time, GstClockTime arrival)
{
  GstClockTimeDiff running, late;
  guint64 value;
  gint sign;

  if (!records->arrival || records->segment.format != GST_FORMAT_TIME ||
      !GST_CLOCK_TIME_IS_VALID (time) || !GST_CLOCK_TIME_IS_VALID (arrival))
    return;
  sign = gst_segment_to_running_time_full (
      &records->segment, GST_FORMAT_TIME, time, &value);
  if (sign == 0 || value > G_MAXINT64 / 2)
    return;
  running = sign * (GstClockTimeDiff) value;
  late = (GstClockTimeDiff) arrival - (running + records->shift);
  if (records->anchored) {
    if (late <= (GstClockTimeDiff) MAX (records->latency, LATE_TOLERANCE) &&
        late >= -(GstClockTimeDiff) (records->latency + EARLY_TOLERANCE))
      return;
    GST_INFO_OBJECT (records->output->pad,
        "timeline is off by %" GST_STIME_FORMAT ", shifting anew",
        GST_STIME_ARGS (late));
    records->output->discont = TRUE;
  }
  records->shift = (GstClockTimeDiff) arrival - running;
  records->anchored = TRUE;
  records->segment_pending = TRUE;
}

/* Makes sure that what has @time can be pushed; FALSE: no preamble yet. */
static gboolean
prepare_segment (
    GstFecDecodeRecords *records, GstClockTime time, GstClockTime arrival)
{
  if (!records->have_segment)
    return FALSE;
  anchor (records, time, arrival);
  if (records->segment_pending)
    push_segment (records);
  return TRUE;
}

/* ---- Events ---------------------------------------------------------------- */

static gboolean
same_stream (GstEvent *a, GstEvent *b)
{
  const gchar *id_a, *id_b;
  GstStreamFlags flags_a, flags_b;

  gst_event_parse_stream_start (a, &id_a);
  gst_event_parse_stream_start (b, &id_b);
  gst_event_parse_stream_flags (a, &flags_a);
  gst_event_parse_stream_flags (b, &flags_b);
  return g_strcmp0 (id_a, id_b) == 0 && flags_a == flags_b;
}

static void
take_stream_start (GstFecDecodeRecords *records, GstEvent *event)
{
  if (records->stream_start && same_stream (records->stream_start, event))
    return;
  forget_stream (records);
  gst_event_replace (&records->stream_start, event);
  gst_fec_decode_output_event (records->output, gst_event_ref (event));
}

/* A preamble without a stream-start gets one of ours. */
static void
need_stream_start (GstFecDecodeRecords *records)
{
  if (records->stream_start)
    return;
  gst_fec_decode_output_stream_start (records->output, NULL);
  records->stream_start = gst_pad_get_sticky_event (
      records->output->pad, GST_EVENT_STREAM_START, 0);
}

static void
take_caps (GstFecDecodeRecords *records, GstEvent *event)
{
  GstCaps *caps;

  gst_event_parse_caps (event, &caps);
  if (records->caps && gst_caps_is_equal (caps, records->caps))
    return;
  need_stream_start (records);
  gst_caps_replace (&records->caps, caps);
  gst_fec_decode_output_event (records->output, gst_event_ref (event));
}

static void
take_segment (GstFecDecodeRecords *records, GstEvent *event)
{
  const GstSegment *segment;

  gst_event_parse_segment (event, &segment);
  if (records->have_segment &&
      gst_segment_is_equal (segment, &records->segment))
    return;
  need_stream_start (records);
  records->segment = *segment;
  records->have_segment = TRUE;
  records->segment_pending = TRUE;
}

static void
take_tags (GstFecDecodeRecords *records, GstEvent *event)
{
  GstTagList *tags;
  guint scope;

  gst_event_parse_tag (event, &tags);
  scope = gst_tag_list_get_scope (tags) == GST_TAG_SCOPE_GLOBAL;
  if (records->tags[scope] &&
      gst_tag_list_is_equal (tags, records->tags[scope]))
    return;
  gst_clear_tag_list (&records->tags[scope]);
  records->tags[scope] = gst_tag_list_ref (tags);
  if (records->have_segment && !records->segment_pending)
    gst_fec_decode_output_event (records->output, gst_event_ref (event));
  else
    gst_event_replace (&records->pending_tags[scope], event);
}

static void
take_gap (GstFecDecodeRecords *records, GstEvent *event, GstClockTime arrival)
{
  GstClockTime time;

  gst_event_parse_gap (event, &time, NULL);
  if (prepare_segment (records, time, arrival))
    gst_fec_decode_output_event (records->output, gst_event_ref (event));
}

static void
take_event (GstFecDecodeRecords *records, const GstFecRecord *record,
    GstClockTime arrival)
{
  GstEvent *event = gst_fec_record_to_event (record);

  if (!event) {
    records->output->stats->records_broken++;
    return;
  }
  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_STREAM_START:
      take_stream_start (records, event);
      break;
    case GST_EVENT_CAPS:
      take_caps (records, event);
      break;
    case GST_EVENT_SEGMENT:
      take_segment (records, event);
      break;
    case GST_EVENT_TAG:
      take_tags (records, event);
      break;
    case GST_EVENT_GAP:
      take_gap (records, event, arrival);
      break;
    default:
      break;
  }
  gst_event_unref (event);
}

/* ---- Buffers --------------------------------------------------------------- */

static void
append_payload (GstBuffer *buffer, const guint8 *payload, guint32 size)
{
  guint8 *copy;

  if (size == 0)
    return;
  copy = g_memdup2 (payload, size);
  gst_buffer_append_memory (
      buffer, gst_memory_new_wrapped (0, copy, size, 0, size, copy, g_free));
}

static void
finish_buffer (
    GstFecDecodeRecords *records, GstBuffer *buffer, GstClockTime arrival)
{
  GstClockTime time = GST_BUFFER_DTS_OR_PTS (buffer);

  if (prepare_segment (records, time, arrival)) {
    gst_fec_decode_output_buffer (records->output, buffer);
  } else {
    gst_buffer_unref (buffer);
    records->output->discont = TRUE;
  }
}

static void
take_buffer (GstFecDecodeRecords *records, const GstFecRecord *record,
    GstClockTime arrival)
{
  GstBuffer *buffer = gst_buffer_new ();
  const guint8 *payload;
  guint32 size;

  drop_partial (records);
  if (!gst_fec_record_read_buffer (record, buffer, &payload, &size)) {
    gst_buffer_unref (buffer);
    records->output->stats->records_broken++;
    records->output->discont = TRUE;
    return;
  }
  append_payload (buffer, payload, size);
  if (record->flags & GST_FEC_RECORD_FLAG_MORE) {
    records->partial = buffer;
    records->partial_arrival = arrival;
  } else {
    finish_buffer (records, buffer, arrival);
  }
}

static void
take_fragment (GstFecDecodeRecords *records, const GstFecRecord *record)
{
  if (!records->partial)
    return;
  if (gst_buffer_get_size (records->partial) + record->body_size >
      records->max_buffer) {
    records->output->stats->records_broken++;
    drop_partial (records);
    return;
  }
  append_payload (records->partial, record->body, record->body_size);
  if (!(record->flags & GST_FEC_RECORD_FLAG_MORE))
    finish_buffer (
        records, g_steal_pointer (&records->partial), records->partial_arrival);
}

static void
take_record (GstFecDecodeRecords *records, const GstFecRecord *record,
    GstClockTime arrival)
{
  if (record->stream != 0)
    return;
  switch (record->type) {
    case GST_FEC_RECORD_STREAM_START:
    case GST_FEC_RECORD_CAPS:
    case GST_FEC_RECORD_SEGMENT:
    case GST_FEC_RECORD_TAGS:
    case GST_FEC_RECORD_GAP:
      take_event (records, record, arrival);
      break;
    case GST_FEC_RECORD_BUFFER:
      take_buffer (records, record, arrival);
      break;
    case GST_FEC_RECORD_FRAGMENT:
      take_fragment (records, record);
      break;
    default:
      break;
  }
}

/* ---- Reading --------------------------------------------------------------- */

/* Most bytes that may follow in the block behind @offset. */
static guint64
remaining (const GstFecDecodeBlock *block, guint64 offset)
{
  guint32 k = gst_fec_decode_block_k (block);
  guint64 all = gst_fec_decode_block_bytes (block, k ? k : RQ_K_MAX);

  return all > offset ? all - offset : 0;
}

/* Reads a record whose bytes do not lie side by side, or are not all there. */
static GstFecRecordStatus
read_gathered (GstFecDecodeRecords *records, const GstFecDecodeBlock *block,
    guint64 end, GstFecRecord *record)
{
  guint32 header[GST_FEC_RECORD_HEADER_SIZE / 4];
  GstFecRecordStatus status;
  guint64 size;

  records->wanted = records->offset + sizeof header;
  if (end < records->wanted)
    return GST_FEC_RECORD_NEED_DATA;
  gst_fec_decode_block_copy (
      block, records->offset, (guint8 *) header, sizeof header);
  size = (guint64) GUINT32_FROM_BE (header[1]) + sizeof header;
  records->wanted = records->offset + size;
  if (end < records->wanted)
    return size > remaining (block, records->offset) ? GST_FEC_RECORD_BROKEN
                                                     : GST_FEC_RECORD_NEED_DATA;
  g_byte_array_set_size (records->scratch, size);
  gst_fec_decode_block_copy (
      block, records->offset, records->scratch->data, size);
  status = gst_fec_record_read (
      record, records->scratch->data, size, remaining (block, records->wanted));
  return status == GST_FEC_RECORD_NEED_DATA ? GST_FEC_RECORD_BROKEN : status;
}

/* Reads the next record of the bytes up to @end, in place where it can. */
static GstFecRecordStatus
read_next (GstFecDecodeRecords *records, const GstFecDecodeBlock *block,
    guint64 end, GstFecRecord *record)
{
  while (records->offset < end && end >= records->wanted) {
    GstFecRecordStatus status;
    const guint8 *data;
    gsize size;

    data = gst_fec_decode_block_peek (block, records->offset, &size);
    size = MIN (size, end - records->offset);
    status = gst_fec_record_read (
        record, data, size, remaining (block, records->offset + size));
    if (status != GST_FEC_RECORD_NEED_DATA)
      return status;
    records->offset += MIN (record->size, size);
    if (record->size < size)
      return read_gathered (records, block, end, record);
  }
  return GST_FEC_RECORD_NEED_DATA;
}

void
gst_fec_decode_records_data (
    GstFecDecodeRecords *records, const GstFecDecodeItem *item)
{
  const GstFecDecodeBlock *block = item->block;
  guint64 end = gst_fec_decode_block_bytes (block, item->first + item->count);
  GstFecRecordStatus status = GST_FEC_RECORD_NEED_DATA;
  GstFecRecord record;

  while (!records->broken && !item->after_gap) {
    guint32 esi;

    status = read_next (records, block, end, &record);
    if (status != GST_FEC_RECORD_OK)
      break;
    esi = records->offset / gst_fec_decode_block_symbol_size (block);
    take_record (records, &record, gst_fec_decode_block_time (block, esi).pts);
    records->offset += record.size;
  }
  if (status == GST_FEC_RECORD_BROKEN) {
    records->output->stats->records_broken++;
    gst_fec_decode_records_lost (records);
  }
}

void
gst_fec_decode_records_finish (GstFecDecodeRecords *records)
{
  if (records->have_segment && records->segment_pending)
    push_segment (records);
}

gboolean
gst_fec_decode_records_is_out (const GstFecDecodeRecords *records)
{
  return records->partial == NULL;
}
