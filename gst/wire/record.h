/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * record.h: media records, the contents of blocks in framing=records. A block is a run of records; this file turns
 * GStreamer's buffers and events into them and back. No I/O; allocates only what a record's checked length allows.
 *
 * A record is type:8 stream:8 flags:16 length:32 (big endian; bytes that follow) and a body. A zero byte where a
 * record could start is filler and is skipped. Unknown types are skipped.
 */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/** Bytes before a record's body. */
#define GST_FEC_RECORD_HEADER_SIZE 8
/** Largest body of one record; larger media buffers are cut in fragments by the writer. */
#define GST_FEC_RECORD_MAX_BODY (64u << 20)
/** Largest body of a record that is not a buffer (caps, tags, ...). */
#define GST_FEC_RECORD_MAX_EVENT (1u << 20)

/** Types of records. */
typedef enum
{
  GST_FEC_RECORD_FILLER = 0, /**< one byte, no header */
  GST_FEC_RECORD_STREAM_START = 1, /**< stream id, stream flags, group id */
  /** gst_caps_to_string(), with streamheader and codec_data */
  GST_FEC_RECORD_CAPS = 2,
  GST_FEC_RECORD_SEGMENT = 3, /**< all fields of GstSegment */
  GST_FEC_RECORD_TAGS = 4, /**< gst_tag_list_to_string() */
  /** the sender's running time and wall clock when the block began */
  GST_FEC_RECORD_CLOCK = 5,
  /** buffer flags, pts, dts, duration, offset, offset end, payload */
  GST_FEC_RECORD_BUFFER = 6,
  /** payload that continues the buffer before it, perhaps from the block before */
  GST_FEC_RECORD_FRAGMENT = 7,
  GST_FEC_RECORD_GAP = 8, /**< GAP event: timestamp, duration */
} GstFecRecordType;

/** Record flags. */
typedef enum
{
  /** BUFFER, FRAGMENT: the buffer goes on in a FRAGMENT */
  GST_FEC_RECORD_FLAG_MORE = 1 << 0,
} GstFecRecordFlags;

/** Bytes of a buffer record's fields before its payload. */
#define GST_FEC_RECORD_BUFFER_FIELDS 48

/* ---- Writing: everything is appended to a GByteArray, a fragment of the block's byte stream ------------------- */

/** Appends a stream-start, caps, segment, tag or gap event; FALSE when it is none of these or does not fit a record. */
gboolean gst_fec_record_write_event (
    GByteArray *out, guint8 stream, GstEvent *event);
/** Appends a clock record; both in nanoseconds, GST_CLOCK_TIME_NONE allowed. */
void gst_fec_record_write_clock (GByteArray *out, guint8 stream,
    GstClockTime running_time, GstClockTime wall_clock);
/**
 * Appends the header and fields of a buffer record (GST_FEC_RECORD_HEADER_SIZE + GST_FEC_RECORD_BUFFER_FIELDS bytes);
 * the caller appends @payload_size bytes of payload right behind, straight from the buffer's memory. @more: the rest
 * of the buffer follows in fragments.
 */
void gst_fec_record_write_buffer_header (GByteArray *out, guint8 stream,
    GstBuffer *buffer, guint32 payload_size, gboolean more);
/** Appends the header of a fragment record (GST_FEC_RECORD_HEADER_SIZE bytes); payload follows as above. */
void gst_fec_record_write_fragment_header (
    GByteArray *out, guint8 stream, guint32 payload_size, gboolean more);

/* ---- Reading ---------------------------------------------------------------------------------------------------- */

/** One record as it lies in the block. */
typedef struct
{
  GstFecRecordType type;
  guint8 stream;
  guint16 flags;
  const guint8 *body; /**< points into the data that was given */
  guint32 body_size;
  gsize size; /**< bytes taken from the data, filler before it included */
} GstFecRecord;

typedef enum
{
  GST_FEC_RECORD_OK = 0, /**< a record was read */
  /** the data ends within a record (or holds only filler): come again with more */
  GST_FEC_RECORD_NEED_DATA,
  /** a length beyond the limits: the rest of the block is lost */
  GST_FEC_RECORD_BROKEN,
} GstFecRecordStatus;

/**
 * Reads the next record from @data. @remaining: most bytes that may still follow in this block beyond @size (a record
 * that could not end within size + remaining is BROKEN). With NEED_DATA @record->size says how many bytes (of filler)
 * can be dropped already.
 */
GstFecRecordStatus gst_fec_record_read (
    GstFecRecord *record, const guint8 *data, gsize size, guint64 remaining);

/** Makes the event that a STREAM_START, CAPS, SEGMENT, TAGS or GAP record holds; NULL when the record is broken. */
GstEvent *gst_fec_record_to_event (const GstFecRecord *record);
/** Reads a CLOCK record; FALSE when it is broken. */
gboolean gst_fec_record_read_clock (const GstFecRecord *record,
    GstClockTime *running_time, GstClockTime *wall_clock);
/**
 * Sets flags, timestamps and offsets of @buffer (made by the caller, writable) from a BUFFER record and tells where
 * the payload lies in it; FALSE when the record is broken.
 */
gboolean gst_fec_record_read_buffer (const GstFecRecord *record,
    GstBuffer *buffer, const guint8 **payload, guint32 *payload_size);

G_END_DECLS
