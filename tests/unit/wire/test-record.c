/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-record.c: buffers and events survive as records; what is cut short waits for more, what is broken is refused.
 */
#include "wire/record.h"

#include <string.h>

static const guint8 payload[] = "payload";

/* Reads the only record in @out. */
static GstFecRecord
read_only (const GByteArray *out)
{
  GstFecRecord record;

  g_assert_cmpint (gst_fec_record_read (&record, out->data, out->len, 0), ==,
      GST_FEC_RECORD_OK);
  g_assert_cmpuint (record.size, ==, out->len);
  return record;
}

static GByteArray *
write_buffer (GstBuffer *buffer, gboolean more)
{
  GByteArray *out = g_byte_array_new ();

  gst_fec_record_write_buffer_header (out, 3, buffer, sizeof (payload), more);
  g_assert_cmpuint (
      out->len, ==, GST_FEC_RECORD_HEADER_SIZE + GST_FEC_RECORD_BUFFER_FIELDS);
  g_byte_array_append (out, payload, sizeof (payload));
  return out;
}

/* Sends @in through a record and returns what comes out of it; @in is freed. */
static GstBuffer *
pass_buffer (GstBuffer *in)
{
  GByteArray *out = write_buffer (in, FALSE);
  GstFecRecord record = read_only (out);
  GstBuffer *result = gst_buffer_new ();
  const guint8 *data;
  guint32 size;

  g_assert_cmpint (record.type, ==, GST_FEC_RECORD_BUFFER);
  g_assert_cmpuint (record.stream, ==, 3);
  g_assert_cmpuint (record.flags, ==, 0);
  g_assert_true (gst_fec_record_read_buffer (&record, result, &data, &size));
  g_assert_cmpmem (data, size, payload, sizeof (payload));
  g_byte_array_unref (out);
  gst_buffer_unref (in);
  return result;
}

static void
test_buffer_layout_is_the_documented_one (void)
{
  static const guint8 expected[] = { 6, 3, 0, 1, 0, 0, 0, 56, 0, 0, 0x20, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0,
    0, 3, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 5, 'p', 'a', 'y', 'l',
    'o', 'a', 'd', 0 };
  GstBuffer *buffer = gst_buffer_new ();
  GByteArray *out;

  GST_BUFFER_PTS (buffer) = 1;
  GST_BUFFER_DTS (buffer) = 2;
  GST_BUFFER_DURATION (buffer) = 3;
  GST_BUFFER_OFFSET (buffer) = 4;
  GST_BUFFER_OFFSET_END (buffer) = 5;
  GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DELTA_UNIT);
  out = write_buffer (buffer, TRUE);
  g_assert_cmpmem (out->data, out->len, expected, sizeof (expected));
  g_byte_array_unref (out);
  gst_buffer_unref (buffer);
}

static void
test_buffer_survives_without_times (void)
{
  GstBuffer *buffer = pass_buffer (gst_buffer_new ());

  g_assert_cmpuint (GST_BUFFER_PTS (buffer), ==, GST_CLOCK_TIME_NONE);
  g_assert_cmpuint (GST_BUFFER_DTS (buffer), ==, GST_CLOCK_TIME_NONE);
  g_assert_cmpuint (GST_BUFFER_DURATION (buffer), ==, GST_CLOCK_TIME_NONE);
  g_assert_cmpuint (GST_BUFFER_OFFSET (buffer), ==, GST_BUFFER_OFFSET_NONE);
  g_assert_cmpuint (GST_BUFFER_OFFSET_END (buffer), ==, GST_BUFFER_OFFSET_NONE);
  gst_buffer_unref (buffer);
}

static void
test_buffer_survives_with_times (void)
{
  GstBuffer *buffer = gst_buffer_new ();

  GST_BUFFER_PTS (buffer) = 40 * GST_MSECOND;
  GST_BUFFER_DTS (buffer) = 0;
  GST_BUFFER_DURATION (buffer) = G_MAXUINT64 - 1;
  GST_BUFFER_OFFSET (buffer) = G_GUINT64_CONSTANT (0x0102030405060708);
  GST_BUFFER_OFFSET_END (buffer) = 9;
  buffer = pass_buffer (buffer);
  g_assert_cmpuint (GST_BUFFER_PTS (buffer), ==, 40 * GST_MSECOND);
  g_assert_cmpuint (GST_BUFFER_DTS (buffer), ==, 0);
  g_assert_cmpuint (GST_BUFFER_DURATION (buffer), ==, G_MAXUINT64 - 1);
  g_assert_cmpuint (
      GST_BUFFER_OFFSET (buffer), ==, G_GUINT64_CONSTANT (0x0102030405060708));
  g_assert_cmpuint (GST_BUFFER_OFFSET_END (buffer), ==, 9);
  gst_buffer_unref (buffer);
}

static void
test_flags_of_the_media_survive (void)
{
  static const guint32 media_flags[] = { GST_BUFFER_FLAG_LIVE,
    GST_BUFFER_FLAG_DECODE_ONLY, GST_BUFFER_FLAG_DISCONT,
    GST_BUFFER_FLAG_RESYNC, GST_BUFFER_FLAG_CORRUPTED, GST_BUFFER_FLAG_MARKER,
    GST_BUFFER_FLAG_HEADER, GST_BUFFER_FLAG_GAP, GST_BUFFER_FLAG_DROPPABLE,
    GST_BUFFER_FLAG_DELTA_UNIT, GST_BUFFER_FLAG_NON_DROPPABLE,
    GST_BUFFER_FLAG_LAST, (guint32) GST_BUFFER_FLAG_LAST << 1,
    (guint32) GST_BUFFER_FLAG_LAST << 11 };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (media_flags); i++) {
    GstBuffer *buffer = gst_buffer_new ();

    GST_BUFFER_FLAG_SET (buffer, media_flags[i]);
    buffer = pass_buffer (buffer);
    g_assert_cmphex (GST_BUFFER_FLAGS (buffer), ==, media_flags[i]);
    gst_buffer_unref (buffer);
  }
}

static void
test_local_flags_stay_at_home (void)
{
  static const guint32 local[] = { GST_BUFFER_FLAG_TAG_MEMORY,
    GST_BUFFER_FLAG_SYNC_AFTER };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (local); i++) {
    GstBuffer *buffer = gst_buffer_new ();

    GST_BUFFER_FLAG_SET (buffer, local[i]);
    buffer = pass_buffer (buffer);
    g_assert_cmphex (GST_BUFFER_FLAGS (buffer), ==, 0);
    gst_buffer_unref (buffer);
  }
}

static void
test_all_ones_in_flags_set_no_local_flag (void)
{
  GstBuffer *buffer = gst_buffer_new ();
  GByteArray *out = write_buffer (buffer, FALSE);
  GstFecRecord record;
  const guint8 *data;
  guint32 size;

  memset (out->data + GST_FEC_RECORD_HEADER_SIZE, 0xff, 4);
  record = read_only (out);
  g_assert_true (gst_fec_record_read_buffer (&record, buffer, &data, &size));
  g_assert_false (GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_TAG_MEMORY));
  g_assert_false (
      GST_BUFFER_FLAG_IS_SET (buffer, GST_MINI_OBJECT_FLAG_LOCKABLE));
  g_assert_true (gst_buffer_is_writable (buffer));
  g_byte_array_unref (out);
  gst_buffer_unref (buffer);
}

static void
test_fragments_carry_the_rest (void)
{
  GstBuffer *buffer = gst_buffer_new ();
  GByteArray *out = write_buffer (buffer, TRUE);
  GstFecRecord record;
  gsize first = out->len;

  gst_fec_record_write_fragment_header (out, 3, 4, TRUE);
  g_byte_array_append (out, payload, 4);
  gst_fec_record_write_fragment_header (out, 3, 0, FALSE);

  g_assert_cmpint (gst_fec_record_read (&record, out->data, out->len, 0), ==,
      GST_FEC_RECORD_OK);
  g_assert_cmpuint (record.flags, ==, GST_FEC_RECORD_FLAG_MORE);
  g_assert_cmpuint (record.size, ==, first);
  g_assert_cmpint (
      gst_fec_record_read (&record, out->data + first, out->len - first, 0), ==,
      GST_FEC_RECORD_OK);
  g_assert_cmpint (record.type, ==, GST_FEC_RECORD_FRAGMENT);
  g_assert_cmpuint (record.flags, ==, GST_FEC_RECORD_FLAG_MORE);
  g_assert_cmpmem (record.body, record.body_size, payload, 4);
  g_assert_cmpint (gst_fec_record_read (&record, out->data + first + 12, 8, 0),
      ==, GST_FEC_RECORD_OK);
  g_assert_cmpuint (record.flags, ==, 0);
  g_assert_cmpuint (record.body_size, ==, 0);
  g_byte_array_unref (out);
  gst_buffer_unref (buffer);
}

/* Sends @in through a record; frees it and returns what comes out. */
static GstEvent *
pass_event (GstEvent *in)
{
  GByteArray *out = g_byte_array_new ();
  GstFecRecord record;
  GstEvent *event;

  g_assert_true (gst_fec_record_write_event (out, 1, in));
  record = read_only (out);
  g_assert_cmpuint (record.stream, ==, 1);
  event = gst_fec_record_to_event (&record);
  g_assert_nonnull (event);
  g_assert_cmpint (GST_EVENT_TYPE (event), ==, GST_EVENT_TYPE (in));
  g_byte_array_unref (out);
  gst_event_unref (in);
  return event;
}

static void
test_stream_start_survives (void)
{
  GstEvent *event = gst_event_new_stream_start ("k\xc3\xbc"
                                                "che/001:2");
  const gchar *stream_id;
  GstStreamFlags flags;
  guint group_id;

  gst_event_set_stream_flags (event, GST_STREAM_FLAG_SPARSE);
  gst_event_set_group_id (event, 17);
  event = pass_event (event);
  gst_event_parse_stream_start (event, &stream_id);
  g_assert_cmpstr (stream_id, ==,
      "k\xc3\xbc"
      "che/001:2");
  gst_event_parse_stream_flags (event, &flags);
  g_assert_cmphex (flags, ==, GST_STREAM_FLAG_SPARSE);
  g_assert_true (gst_event_parse_group_id (event, &group_id));
  g_assert_cmpuint (group_id, ==, 17);
  gst_event_unref (event);

  event = pass_event (gst_event_new_stream_start ("x"));
  g_assert_false (gst_event_parse_group_id (event, &group_id));
  gst_event_unref (event);
}

static void
assert_caps_survive (const gchar *text)
{
  GstCaps *in = gst_caps_from_string (text), *out;
  GstEvent *event;

  g_assert_nonnull (in);
  event = pass_event (gst_event_new_caps (in));
  gst_event_parse_caps (event, &out);
  g_assert_true (gst_caps_is_strictly_equal (in, out));
  gst_event_unref (event);
  gst_caps_unref (in);
}

static void
test_caps_survive (void)
{
  assert_caps_survive (
      "video/x-h264, stream-format=(string)byte-stream, "
      "framerate=(fraction)30000/1001, pixel-aspect-ratio=(fraction)1/1");
  assert_caps_survive (
      "video/x-raw(memory:Other, meta:Video), "
      "format=(string)I420, width=(int)16, multiview-mode=(string)mono");
  assert_caps_survive (
      "audio/x-opus, channel-mapping-family=(int)1, "
      "streamheader=(buffer)< 4f707573, 00ff >, mask=(bitmask)0x3");
  assert_caps_survive ("a/b, t=(string)\"line\\nline\\ \\\"\\\\\\;\\ \\{\", "
                       "u=(string)\"\\303\\274\"");
  assert_caps_survive ("audio/x-raw, matrix=(float)< < 1.0, -0.5 >, "
                       "< 0.25, 1e-05 > >, map=(int)< 0, 1, -1 >, e=< >");
}

static void
test_long_codec_data_survives (void)
{
  GString *text = g_string_new ("video/x-h264, codec_data=(buffer)");
  guint i;

  for (i = 0; i < 100000; i++)
    g_string_append_printf (text, "%02x", i & 0xff);
  assert_caps_survive (text->str);
  g_string_free (text, TRUE);
}

static void
test_segment_survives (void)
{
  GstSegment in;
  const GstSegment *out;
  GstEvent *event;

  gst_segment_init (&in, GST_FORMAT_TIME);
  in.rate = -1.5;
  in.applied_rate = 2.0;
  in.flags = GST_SEGMENT_FLAG_RESET | GST_SEGMENT_FLAG_TRICKMODE;
  in.base = 1;
  in.offset = 2;
  in.start = 3;
  in.stop = 4;
  in.time = 5;
  in.position = 6;
  in.duration = 7;
  event = pass_event (gst_event_new_segment (&in));
  gst_event_parse_segment (event, &out);
  g_assert_true (gst_segment_is_equal (&in, out));
  gst_event_unref (event);

  gst_segment_init (&in, GST_FORMAT_BYTES);
  event = pass_event (gst_event_new_segment (&in));
  gst_event_parse_segment (event, &out);
  g_assert_true (gst_segment_is_equal (&in, out));
  gst_event_unref (event);
}

static void
test_tags_survive (void)
{
  GstTagList *in = gst_tag_list_new (GST_TAG_TITLE, "a \"t\xc3\xaftle\"; {x\n",
      GST_TAG_ARTIST, "one", GST_TAG_ARTIST, "two", GST_TAG_BITRATE, 128000u,
      GST_TAG_TRACK_GAIN, -1.25, NULL);
  GstDateTime *date = gst_date_time_new_ymd (2020, 2, 3);
  GstTagList *out;
  GstEvent *event;

  gst_tag_list_add (in, GST_TAG_MERGE_APPEND, GST_TAG_DATE_TIME, date, NULL);
  gst_tag_list_set_scope (in, GST_TAG_SCOPE_GLOBAL);
  event = pass_event (gst_event_new_tag (gst_tag_list_ref (in)));
  gst_event_parse_tag (event, &out);
  g_assert_true (gst_tag_list_is_equal (in, out));
  g_assert_cmpint (gst_tag_list_get_scope (out), ==, GST_TAG_SCOPE_GLOBAL);
  gst_event_unref (event);
  gst_tag_list_unref (in);
  gst_date_time_unref (date);
}

static void
test_images_stay_at_home (void)
{
  GstBuffer *image = gst_buffer_new_wrapped (g_strdup ("image"), 5);
  GstSample *sample = gst_sample_new (image, NULL, NULL, NULL);
  GstTagList *in = gst_tag_list_new (GST_TAG_IMAGE, sample, NULL);
  GstEvent *event = gst_event_new_tag (gst_tag_list_copy (in));
  GByteArray *bytes = g_byte_array_new ();
  GstTagList *out;

  g_assert_false (gst_fec_record_write_event (bytes, 0, event));
  g_assert_cmpuint (bytes->len, ==, 0);
  gst_event_unref (event);
  gst_tag_list_add (in, GST_TAG_MERGE_APPEND, GST_TAG_TITLE, "t", NULL);
  event = pass_event (gst_event_new_tag (in));
  gst_event_parse_tag (event, &out);
  g_assert_cmpint (gst_tag_list_n_tags (out), ==, 1);
  gst_event_unref (event);
  g_byte_array_unref (bytes);
  gst_sample_unref (sample);
  gst_buffer_unref (image);
}

static void
test_gap_survives (void)
{
  GstEvent *event = pass_event (gst_event_new_gap (5, GST_CLOCK_TIME_NONE));
  GstClockTime timestamp, duration;

  gst_event_parse_gap (event, &timestamp, &duration);
  g_assert_cmpuint (timestamp, ==, 5);
  g_assert_cmpuint (duration, ==, GST_CLOCK_TIME_NONE);
  gst_event_unref (event);
}

static void
test_clock_survives (void)
{
  GByteArray *out = g_byte_array_new ();
  GstFecRecord record;
  GstClockTime running_time, wall_clock;

  gst_fec_record_write_clock (
      out, 1, GST_CLOCK_TIME_NONE, G_GUINT64_CONSTANT (1700000000123456789));
  record = read_only (out);
  g_assert_true (
      gst_fec_record_read_clock (&record, &running_time, &wall_clock));
  g_assert_cmpuint (running_time, ==, GST_CLOCK_TIME_NONE);
  g_assert_cmpuint (wall_clock, ==, G_GUINT64_CONSTANT (1700000000123456789));
  record.body_size--;
  g_assert_false (
      gst_fec_record_read_clock (&record, &running_time, &wall_clock));
  g_byte_array_unref (out);
}

static void
test_other_events_are_not_written (void)
{
  GstEvent *event = gst_event_new_eos ();
  GByteArray *out = g_byte_array_new ();

  g_assert_false (gst_fec_record_write_event (out, 0, event));
  g_assert_cmpuint (out->len, ==, 0);
  gst_event_unref (event);
  g_byte_array_unref (out);
}

static void
test_filler_is_skipped (void)
{
  guint8 data[40] = { 0 };
  GstFecRecord record;

  g_assert_cmpint (
      gst_fec_record_read (&record, data, 32, 0), ==, GST_FEC_RECORD_NEED_DATA);
  g_assert_cmpuint (record.size, ==, 32);
  data[24] = 200;
  data[25] = 1;
  data[31] = 8;
  g_assert_cmpint (
      gst_fec_record_read (&record, data, 39, 1), ==, GST_FEC_RECORD_NEED_DATA);
  g_assert_cmpuint (record.size, ==, 24);
  g_assert_cmpint (
      gst_fec_record_read (&record, data, 40, 0), ==, GST_FEC_RECORD_OK);
  g_assert_cmpint (record.type, ==, 200);
  g_assert_cmpuint (record.size, ==, 40);
  g_assert_null (gst_fec_record_to_event (&record));
}

static void
test_truncated_record_waits_or_is_broken (void)
{
  GstBuffer *buffer = gst_buffer_new ();
  GByteArray *out = write_buffer (buffer, FALSE);
  gsize size;

  for (size = 0; size < out->len; size++) {
    guint8 *copy = g_memdup2 (out->data, size);
    GstFecRecord record;

    g_assert_cmpint (gst_fec_record_read (&record, copy, size, out->len - size),
        ==, GST_FEC_RECORD_NEED_DATA);
    g_assert_cmpuint (record.size, ==, 0);
    g_assert_cmpint (gst_fec_record_read (&record, copy, size, G_MAXUINT64), ==,
        GST_FEC_RECORD_NEED_DATA);
    /* a header that is not there cannot be judged but for its own length */
    if (size > 0)
      g_assert_cmpint (gst_fec_record_read (&record, copy, size,
                           size < GST_FEC_RECORD_HEADER_SIZE
                               ? GST_FEC_RECORD_HEADER_SIZE - size - 1
                               : out->len - size - 1),
          ==, GST_FEC_RECORD_BROKEN);
    g_free (copy);
  }
  g_byte_array_unref (out);
  gst_buffer_unref (buffer);
}

static void
test_lengths_are_bounded (void)
{
  static const struct
  {
    guint8 type;
    guint32 length;
    GstFecRecordStatus expected;
  } cases[] = {
    { GST_FEC_RECORD_CAPS, GST_FEC_RECORD_MAX_EVENT, GST_FEC_RECORD_NEED_DATA },
    { GST_FEC_RECORD_CAPS, GST_FEC_RECORD_MAX_EVENT + 1,
        GST_FEC_RECORD_BROKEN },
    { GST_FEC_RECORD_GAP, GST_FEC_RECORD_MAX_EVENT + 1, GST_FEC_RECORD_BROKEN },
    { GST_FEC_RECORD_BUFFER, GST_FEC_RECORD_MAX_BODY,
        GST_FEC_RECORD_NEED_DATA },
    { GST_FEC_RECORD_BUFFER, GST_FEC_RECORD_MAX_BODY + 1,
        GST_FEC_RECORD_BROKEN },
    { GST_FEC_RECORD_FRAGMENT, G_MAXUINT32, GST_FEC_RECORD_BROKEN },
    { 255, G_MAXUINT32, GST_FEC_RECORD_BROKEN },
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++) {
    guint8 data[8] = { cases[i].type };
    GstFecRecord record;

    GST_WRITE_UINT32_BE (data + 4, cases[i].length);
    g_assert_cmpint (gst_fec_record_read (&record, data, 8, G_MAXUINT64), ==,
        cases[i].expected);
  }
}

/* Has to run first: whatever reads such caps loads the type. */
static void
test_caps_of_types_not_loaded_are_read (void)
{
  const gchar *text = "video/x-h264, multiview-flags=(GstVideoMultiview"
                      "FlagsSet)0:ffffffff:/half-aspect";
  guint size = (guint) strlen (text);
  guint8 header[GST_FEC_RECORD_HEADER_SIZE] = { GST_FEC_RECORD_CAPS, 0, 0, 0, 0,
    0, 0, (guint8) size };
  GByteArray *bytes = g_byte_array_new ();
  GstFecRecord record;
  GstEvent *event;

  g_assert_cmpuint (g_type_from_name ("GstVideoMultiviewFlagsSet"), ==, 0);
  g_byte_array_append (bytes, header, sizeof (header));
  g_byte_array_append (bytes, (const guint8 *) text, size);
  g_assert_cmpint (gst_fec_record_read (&record, bytes->data, bytes->len, 0),
      ==, GST_FEC_RECORD_OK);
  event = gst_fec_record_to_event (&record);
  g_assert_nonnull (event);
  gst_event_unref (event);
  g_byte_array_unref (bytes);
}

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add_func ("/record/" name, func)
  ADD ("caps-of-types-not-loaded-are-read",
      test_caps_of_types_not_loaded_are_read);
  ADD ("buffer-layout-is-the-documented-one",
      test_buffer_layout_is_the_documented_one);
  ADD ("buffer-survives-without-times", test_buffer_survives_without_times);
  ADD ("buffer-survives-with-times", test_buffer_survives_with_times);
  ADD ("flags-of-the-media-survive", test_flags_of_the_media_survive);
  ADD ("local-flags-stay-at-home", test_local_flags_stay_at_home);
  ADD ("all-ones-in-flags-set-no-local-flag",
      test_all_ones_in_flags_set_no_local_flag);
  ADD ("fragments-carry-the-rest", test_fragments_carry_the_rest);
  ADD ("stream-start-survives", test_stream_start_survives);
  ADD ("caps-survive", test_caps_survive);
  ADD ("long-codec-data-survives", test_long_codec_data_survives);
  ADD ("segment-survives", test_segment_survives);
  ADD ("tags-survive", test_tags_survive);
  ADD ("images-stay-at-home", test_images_stay_at_home);
  ADD ("gap-survives", test_gap_survives);
  ADD ("clock-survives", test_clock_survives);
  ADD ("other-events-are-not-written", test_other_events_are_not_written);
  ADD ("filler-is-skipped", test_filler_is_skipped);
  ADD ("truncated-record-waits-or-is-broken",
      test_truncated_record_waits_or_is_broken);
  ADD ("lengths-are-bounded", test_lengths_are_bounded);
#undef ADD
  return g_test_run ();
}
