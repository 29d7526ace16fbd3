/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * record.c: media records to and from bytes; see record.h and docs/protocol.md. Knows GStreamer's buffers and events,
 * nothing of packets or blocks.
 */
#include "wire/record.h"

#include <math.h>
#include <string.h>

#include "wire/bytes.h"
#include "wire/record-text.h"

#define STREAM_START_FIELDS 8
#define SEGMENT_FIELDS 80
#define TAGS_FIELDS 1
#define CLOCK_FIELDS 16
#define GAP_FIELDS 16

#define MAX_STREAM_ID 1024
/* Rates outside make nonsense of every running time. */
#define MIN_RATE 1e-4
#define MAX_RATE 1e4

#define STREAM_FLAGS                                                           \
  (GST_STREAM_FLAG_SPARSE | GST_STREAM_FLAG_SELECT | GST_STREAM_FLAG_UNSELECT)
#define SEGMENT_FLAGS                                                          \
  (GST_SEGMENT_FLAG_RESET | GST_SEGMENT_FLAG_TRICKMODE |                       \
      GST_SEGMENT_FLAG_SEGMENT | GST_SEGMENT_FLAG_TRICKMODE_KEY_UNITS |        \
      GST_SEGMENT_FLAG_TRICKMODE_FORWARD_PREDICTED |                           \
      GST_SEGMENT_FLAG_TRICKMODE_NO_AUDIO)
/*
 * What buffer flags say of the media travels, and so do those above GST_BUFFER_FLAG_LAST, which belong to the media
 * type. TAG_MEMORY is about the sender's memory; SYNC_AFTER would have the receiver's disk obey the network.
 */
#define BUFFER_FLAGS                                                           \
  (GST_BUFFER_FLAG_LIVE | GST_BUFFER_FLAG_DECODE_ONLY |                        \
      GST_BUFFER_FLAG_DISCONT | GST_BUFFER_FLAG_RESYNC |                       \
      GST_BUFFER_FLAG_CORRUPTED | GST_BUFFER_FLAG_MARKER |                     \
      GST_BUFFER_FLAG_HEADER | GST_BUFFER_FLAG_GAP |                           \
      GST_BUFFER_FLAG_DROPPABLE | GST_BUFFER_FLAG_DELTA_UNIT |                 \
      GST_BUFFER_FLAG_NON_DROPPABLE | ~((guint32) GST_BUFFER_FLAG_LAST - 1u))

/* ---- Writing ------------------------------------------------------------------------------------------------- */

static void
append_8 (GByteArray *out, guint8 value)
{
  g_byte_array_append (out, &value, 1);
}

static void
append_16 (GByteArray *out, guint16 value)
{
  guint16 be = GUINT16_TO_BE (value);

  g_byte_array_append (out, (const guint8 *) &be, sizeof (be));
}

static void
append_32 (GByteArray *out, guint32 value)
{
  guint32 be = GUINT32_TO_BE (value);

  g_byte_array_append (out, (const guint8 *) &be, sizeof (be));
}

static void
append_64 (GByteArray *out, guint64 value)
{
  guint64 be = GUINT64_TO_BE (value);

  g_byte_array_append (out, (const guint8 *) &be, sizeof (be));
}

static void
append_double (GByteArray *out, gdouble value)
{
  guint64 bits;

  memcpy (&bits, &value, sizeof (bits));
  append_64 (out, bits);
}

static void
append_header (GByteArray *out, GstFecRecordType type, guint8 stream,
    guint16 flags, guint32 length)
{
  append_8 (out, type);
  append_8 (out, stream);
  append_16 (out, flags);
  append_32 (out, length);
}

static void
append_text (GByteArray *out, const gchar *text)
{
  g_byte_array_append (out, (const guint8 *) text, strlen (text));
}

static gboolean
write_stream_start (GByteArray *out, guint8 stream, GstEvent *event)
{
  const gchar *stream_id;
  GstStreamFlags flags = GST_STREAM_FLAG_NONE;
  guint group_id = GST_GROUP_ID_INVALID;
  gsize length;

  gst_event_parse_stream_start (event, &stream_id);
  gst_event_parse_stream_flags (event, &flags);
  gst_event_parse_group_id (event, &group_id);
  length = strlen (stream_id);
  if (length == 0 || length > MAX_STREAM_ID ||
      !g_utf8_validate (stream_id, length, NULL))
    return FALSE;

  append_header (out, GST_FEC_RECORD_STREAM_START, stream, 0,
      STREAM_START_FIELDS + length);
  append_32 (out, flags & STREAM_FLAGS);
  append_32 (out, group_id);
  append_text (out, stream_id);
  return TRUE;
}

static gboolean
write_caps (GByteArray *out, guint8 stream, GstEvent *event)
{
  GstCaps *caps;
  gchar *text;

  gst_event_parse_caps (event, &caps);
  text = gst_fec_text_from_caps (caps);
  if (text == NULL)
    return FALSE;
  append_header (out, GST_FEC_RECORD_CAPS, stream, 0, strlen (text));
  append_text (out, text);
  g_free (text);
  return TRUE;
}

static gboolean
write_segment (GByteArray *out, guint8 stream, GstEvent *event)
{
  const GstSegment *segment;

  gst_event_parse_segment (event, &segment);
  append_header (out, GST_FEC_RECORD_SEGMENT, stream, 0, SEGMENT_FIELDS);
  append_32 (out, segment->flags & SEGMENT_FLAGS);
  append_32 (out, segment->format);
  append_double (out, segment->rate);
  append_double (out, segment->applied_rate);
  append_64 (out, segment->base);
  append_64 (out, segment->offset);
  append_64 (out, segment->start);
  append_64 (out, segment->stop);
  append_64 (out, segment->time);
  append_64 (out, segment->position);
  append_64 (out, segment->duration);
  return TRUE;
}

static gboolean
write_tags (GByteArray *out, guint8 stream, GstEvent *event)
{
  GstTagList *tags;
  gchar *text;

  gst_event_parse_tag (event, &tags);
  text = gst_fec_text_from_tags (tags);
  if (text == NULL)
    return FALSE;
  append_header (
      out, GST_FEC_RECORD_TAGS, stream, 0, TAGS_FIELDS + strlen (text));
  append_8 (out, gst_tag_list_get_scope (tags));
  append_text (out, text);
  g_free (text);
  return TRUE;
}

static gboolean
write_gap (GByteArray *out, guint8 stream, GstEvent *event)
{
  GstClockTime timestamp, duration;

  gst_event_parse_gap (event, &timestamp, &duration);
  append_header (out, GST_FEC_RECORD_GAP, stream, 0, GAP_FIELDS);
  append_64 (out, timestamp);
  append_64 (out, duration);
  return TRUE;
}

gboolean
gst_fec_record_write_event (GByteArray *out, guint8 stream, GstEvent *event)
{
  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_STREAM_START:
      return write_stream_start (out, stream, event);
    case GST_EVENT_CAPS:
      return write_caps (out, stream, event);
    case GST_EVENT_SEGMENT:
      return write_segment (out, stream, event);
    case GST_EVENT_TAG:
      return write_tags (out, stream, event);
    case GST_EVENT_GAP:
      return write_gap (out, stream, event);
    default:
      return FALSE;
  }
}

void
gst_fec_record_write_clock (GByteArray *out, guint8 stream,
    GstClockTime running_time, GstClockTime wall_clock)
{
  append_header (out, GST_FEC_RECORD_CLOCK, stream, 0, CLOCK_FIELDS);
  append_64 (out, running_time);
  append_64 (out, wall_clock);
}

void
gst_fec_record_write_buffer_header (GByteArray *out, guint8 stream,
    GstBuffer *buffer, guint32 payload_size, gboolean more)
{
  append_header (out, GST_FEC_RECORD_BUFFER, stream,
      more ? GST_FEC_RECORD_FLAG_MORE : 0,
      GST_FEC_RECORD_BUFFER_FIELDS + payload_size);
  append_32 (out, GST_BUFFER_FLAGS (buffer) & BUFFER_FLAGS);
  append_32 (out, 0);
  append_64 (out, GST_BUFFER_PTS (buffer));
  append_64 (out, GST_BUFFER_DTS (buffer));
  append_64 (out, GST_BUFFER_DURATION (buffer));
  append_64 (out, GST_BUFFER_OFFSET (buffer));
  append_64 (out, GST_BUFFER_OFFSET_END (buffer));
}

void
gst_fec_record_write_fragment_header (
    GByteArray *out, guint8 stream, guint32 payload_size, gboolean more)
{
  append_header (out, GST_FEC_RECORD_FRAGMENT, stream,
      more ? GST_FEC_RECORD_FLAG_MORE : 0, payload_size);
}

/* ---- Reading ------------------------------------------------------------------------------------------------- */

static guint32
max_body (guint type)
{
  switch (type) {
    case GST_FEC_RECORD_STREAM_START:
    case GST_FEC_RECORD_CAPS:
    case GST_FEC_RECORD_SEGMENT:
    case GST_FEC_RECORD_TAGS:
    case GST_FEC_RECORD_CLOCK:
    case GST_FEC_RECORD_GAP:
      return GST_FEC_RECORD_MAX_EVENT;
    default:
      return GST_FEC_RECORD_MAX_BODY;
  }
}

/* Whether @needed bytes can still come together from @size there are and @remaining that may follow. */
static gboolean
can_end (guint64 needed, gsize size, guint64 remaining)
{
  return needed <= size || needed - size <= remaining;
}

GstFecRecordStatus
gst_fec_record_read (
    GstFecRecord *record, const guint8 *data, gsize size, guint64 remaining)
{
  gsize filler = 0;
  gsize available;

  memset (record, 0, sizeof (*record));
  while (filler < size && data[filler] == GST_FEC_RECORD_FILLER)
    filler++;
  record->size = filler;
  available = size - filler;
  if (available == 0)
    return GST_FEC_RECORD_NEED_DATA;
  if (available < GST_FEC_RECORD_HEADER_SIZE)
    return can_end (GST_FEC_RECORD_HEADER_SIZE, available, remaining)
        ? GST_FEC_RECORD_NEED_DATA
        : GST_FEC_RECORD_BROKEN;

  data += filler;
  record->type = data[0];
  record->stream = data[1];
  record->flags = gst_fec_read_be16 (data + 2);
  record->body_size = gst_fec_read_be32 (data + 4);
  record->body = data + GST_FEC_RECORD_HEADER_SIZE;
  if (record->body_size > max_body (data[0]) ||
      !can_end ((guint64) GST_FEC_RECORD_HEADER_SIZE + record->body_size,
          available, remaining))
    return GST_FEC_RECORD_BROKEN;
  if (available - GST_FEC_RECORD_HEADER_SIZE < record->body_size)
    return GST_FEC_RECORD_NEED_DATA;
  record->size = filler + GST_FEC_RECORD_HEADER_SIZE + record->body_size;
  return GST_FEC_RECORD_OK;
}

static gdouble
read_double (const guint8 *data)
{
  guint64 bits = gst_fec_read_be64 (data);
  gdouble value;

  memcpy (&value, &bits, sizeof (value));
  return value;
}

static gboolean
is_sound_rate (gdouble rate)
{
  return isfinite (rate) && fabs (rate) >= MIN_RATE && fabs (rate) <= MAX_RATE;
}

static GstEvent *
read_stream_start (const GstFecRecord *record)
{
  const guint8 *body = record->body;
  gsize length;
  gchar *stream_id;
  GstEvent *event;
  guint32 group_id;

  if (record->body_size <= STREAM_START_FIELDS ||
      record->body_size > STREAM_START_FIELDS + MAX_STREAM_ID)
    return NULL;
  length = record->body_size - STREAM_START_FIELDS;
  if (!g_utf8_validate_len (
          (const gchar *) body + STREAM_START_FIELDS, length, NULL))
    return NULL;
  stream_id = g_strndup ((const gchar *) body + STREAM_START_FIELDS, length);
  event = gst_event_new_stream_start (stream_id);
  g_free (stream_id);

  gst_event_set_stream_flags (event, gst_fec_read_be32 (body) & STREAM_FLAGS);
  group_id = gst_fec_read_be32 (body + 4);
  if (group_id != GST_GROUP_ID_INVALID)
    gst_event_set_group_id (event, group_id);
  return event;
}

static GstEvent *
read_caps (const GstFecRecord *record)
{
  GstCaps *caps =
      gst_fec_text_to_caps ((const gchar *) record->body, record->body_size);
  GstEvent *event;

  if (caps == NULL)
    return NULL;
  event = gst_event_new_caps (caps);
  gst_caps_unref (caps);
  return event;
}

static GstEvent *
read_segment (const GstFecRecord *record)
{
  const guint8 *body = record->body;
  GstSegment segment;
  guint32 format;

  if (record->body_size < SEGMENT_FIELDS)
    return NULL;
  format = gst_fec_read_be32 (body + 4);
  if (format < GST_FORMAT_DEFAULT || format > GST_FORMAT_PERCENT)
    return NULL;
  gst_segment_init (&segment, format);
  segment.flags = gst_fec_read_be32 (body) & SEGMENT_FLAGS;
  segment.rate = read_double (body + 8);
  segment.applied_rate = read_double (body + 16);
  segment.base = gst_fec_read_be64 (body + 24);
  segment.offset = gst_fec_read_be64 (body + 32);
  segment.start = gst_fec_read_be64 (body + 40);
  segment.stop = gst_fec_read_be64 (body + 48);
  segment.time = gst_fec_read_be64 (body + 56);
  segment.position = gst_fec_read_be64 (body + 64);
  segment.duration = gst_fec_read_be64 (body + 72);
  if (!is_sound_rate (segment.rate) || !is_sound_rate (segment.applied_rate) ||
      segment.start == GST_CLOCK_TIME_NONE || segment.start > segment.stop)
    return NULL;
  return gst_event_new_segment (&segment);
}

static GstEvent *
read_tags (const GstFecRecord *record)
{
  GstTagList *tags;
  guint8 scope;

  if (record->body_size <= TAGS_FIELDS)
    return NULL;
  scope = record->body[0];
  if (scope != GST_TAG_SCOPE_STREAM && scope != GST_TAG_SCOPE_GLOBAL)
    return NULL;
  tags = gst_fec_text_to_tags ((const gchar *) record->body + TAGS_FIELDS,
      record->body_size - TAGS_FIELDS);
  if (tags == NULL)
    return NULL;
  gst_tag_list_set_scope (tags, scope);
  return gst_event_new_tag (tags);
}

static GstEvent *
read_gap (const GstFecRecord *record)
{
  GstClockTime timestamp;

  if (record->body_size < GAP_FIELDS)
    return NULL;
  timestamp = gst_fec_read_be64 (record->body);
  if (!GST_CLOCK_TIME_IS_VALID (timestamp))
    return NULL;
  return gst_event_new_gap (timestamp, gst_fec_read_be64 (record->body + 8));
}

GstEvent *
gst_fec_record_to_event (const GstFecRecord *record)
{
  switch (record->type) {
    case GST_FEC_RECORD_STREAM_START:
      return read_stream_start (record);
    case GST_FEC_RECORD_CAPS:
      return read_caps (record);
    case GST_FEC_RECORD_SEGMENT:
      return read_segment (record);
    case GST_FEC_RECORD_TAGS:
      return read_tags (record);
    case GST_FEC_RECORD_GAP:
      return read_gap (record);
    default:
      return NULL;
  }
}

gboolean
gst_fec_record_read_clock (const GstFecRecord *record,
    GstClockTime *running_time, GstClockTime *wall_clock)
{
  if (record->type != GST_FEC_RECORD_CLOCK || record->body_size < CLOCK_FIELDS)
    return FALSE;
  *running_time = gst_fec_read_be64 (record->body);
  *wall_clock = gst_fec_read_be64 (record->body + 8);
  return TRUE;
}

gboolean
gst_fec_record_read_buffer (const GstFecRecord *record, GstBuffer *buffer,
    const guint8 **payload, guint32 *payload_size)
{
  const guint8 *body = record->body;

  if (record->type != GST_FEC_RECORD_BUFFER ||
      record->body_size < GST_FEC_RECORD_BUFFER_FIELDS)
    return FALSE;
  GST_BUFFER_FLAG_UNSET (buffer, BUFFER_FLAGS);
  GST_BUFFER_FLAG_SET (buffer, gst_fec_read_be32 (body) & BUFFER_FLAGS);
  GST_BUFFER_PTS (buffer) = gst_fec_read_be64 (body + 8);
  GST_BUFFER_DTS (buffer) = gst_fec_read_be64 (body + 16);
  GST_BUFFER_DURATION (buffer) = gst_fec_read_be64 (body + 24);
  GST_BUFFER_OFFSET (buffer) = gst_fec_read_be64 (body + 32);
  GST_BUFFER_OFFSET_END (buffer) = gst_fec_read_be64 (body + 40);
  *payload = body + GST_FEC_RECORD_BUFFER_FIELDS;
  *payload_size = record->body_size - GST_FEC_RECORD_BUFFER_FIELDS;
  return TRUE;
}
