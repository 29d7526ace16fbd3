/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fecdecode-records.c: tests of fecdecode with blocks of records: buffers and
 * events as the sender had them.
 */
#include "decodeharness.h"

#define CAPS_A "video/x-test, width=(int)16"
#define CAPS_B "video/x-test, width=(int)32"

static void
write_event (GByteArray *out, GstEvent *event)
{
  fail_unless (gst_fec_record_write_event (out, 0, event));
  gst_event_unref (event);
}

/* What every block begins with. */
static GByteArray *
preamble (const gchar *caps_string, const gchar *title)
{
  GByteArray *out = g_byte_array_new ();
  GstCaps *caps = gst_caps_from_string (caps_string);
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  segment.start = 5 * GST_SECOND;
  segment.time = segment.position = segment.start;
  write_event (out, gst_event_new_stream_start ("the-stream"));
  write_event (out, gst_event_new_caps (caps));
  write_event (out, gst_event_new_segment (&segment));
  write_event (
      out, gst_event_new_tag (gst_tag_list_new (GST_TAG_TITLE, title, NULL)));
  gst_caps_unref (caps);
  return out;
}

static GstBuffer *
make_buffer (GstClockTime time, gsize size)
{
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, size, NULL);

  gst_buffer_memset (buffer, 0, (guint8) (time / GST_MSECOND), size);
  GST_BUFFER_PTS (buffer) = 5 * GST_SECOND + time;
  GST_BUFFER_DTS (buffer) = 5 * GST_SECOND + time - 1;
  GST_BUFFER_DURATION (buffer) = 40 * GST_MSECOND;
  GST_BUFFER_OFFSET (buffer) = 3 + time;
  GST_BUFFER_OFFSET_END (buffer) = 4 + time;
  return buffer;
}

/* Appends @size bytes of @buffer from @from as a record; @first: a BUFFER. */
static void
write_part (
    GByteArray *out, GstBuffer *buffer, gsize from, gsize size, gboolean more)
{
  guint at;

  if (from == 0)
    gst_fec_record_write_buffer_header (out, 0, buffer, size, more);
  else
    gst_fec_record_write_fragment_header (out, 0, size, more);
  at = out->len;
  g_byte_array_set_size (out, at + size);
  gst_buffer_extract (buffer, from, out->data + at, size);
}

static void
write_buffer (GByteArray *out, GstBuffer *buffer)
{
  write_part (out, buffer, 0, gst_buffer_get_size (buffer), FALSE);
}

static TestBlock *
records_block (guint32 toi, GByteArray *bytes)
{
  return test_block_new_with (toi, bytes, GST_FEC_BLOCK_RECORDS);
}

/* A block of a preamble and one buffer of 150 bytes at @time. */
static TestBlock *
simple_block (guint32 toi, GstClockTime time)
{
  GByteArray *bytes = preamble (CAPS_A, "one");
  GstBuffer *buffer = make_buffer (time, 150);

  write_buffer (bytes, buffer);
  gst_buffer_unref (buffer);
  return records_block (toi, bytes);
}

static void
expect_event (DecodeHarness *decode, GstEventType type)
{
  GstEvent *event = gst_harness_try_pull_event (decode->harness);

  fail_unless (event != NULL);
  fail_unless_equals_string (
      GST_EVENT_TYPE_NAME (event), gst_event_type_get_name (type));
  gst_event_unref (event);
}

static void
expect_no_event (DecodeHarness *decode)
{
  fail_unless_equals_int (gst_harness_events_in_queue (decode->harness), 0);
}

static GstBuffer *
expect_buffer (DecodeHarness *decode, GstClockTime time, gsize size)
{
  GstBuffer *buffer = gst_harness_try_pull (decode->harness);
  GstBuffer *wanted = make_buffer (time, size);
  GstMapInfo map;

  fail_unless (buffer != NULL);
  fail_unless_equals_uint64 (GST_BUFFER_PTS (buffer), GST_BUFFER_PTS (wanted));
  fail_unless_equals_uint64 (GST_BUFFER_DTS (buffer), GST_BUFFER_DTS (wanted));
  fail_unless_equals_uint64 (
      GST_BUFFER_DURATION (buffer), GST_BUFFER_DURATION (wanted));
  fail_unless_equals_uint64 (
      GST_BUFFER_OFFSET (buffer), GST_BUFFER_OFFSET (wanted));
  fail_unless_equals_uint64 (
      GST_BUFFER_OFFSET_END (buffer), GST_BUFFER_OFFSET_END (wanted));
  fail_unless_equals_int (gst_buffer_get_size (buffer), size);
  gst_buffer_map (wanted, &map, GST_MAP_READ);
  fail_unless (gst_buffer_memcmp (buffer, 0, map.data, map.size) == 0);
  gst_buffer_unmap (wanted, &map);
  gst_buffer_unref (wanted);
  return buffer;
}

GST_START_TEST (test_buffers_and_events_are_as_the_sender_had_them)
{
  GByteArray *bytes = preamble (CAPS_A, "one");
  GstBuffer *key = make_buffer (0, 300);
  GstBuffer *delta = make_buffer (40 * GST_MSECOND, 10);
  GstEvent *event;
  const GstSegment *segment;
  const gchar *id;
  GstCaps *caps, *wanted;
  TestBlock *block;
  GstBuffer *out;
  DecodeHarness decode;

  GST_BUFFER_FLAG_SET (key, GST_BUFFER_FLAG_HEADER);
  GST_BUFFER_FLAG_SET (delta, GST_BUFFER_FLAG_DELTA_UNIT);
  GST_BUFFER_FLAG_SET (delta, GST_BUFFER_FLAG_DROPPABLE);
  write_buffer (bytes, key);
  write_buffer (bytes, delta);
  block = records_block (1, bytes);
  decode_setup (&decode, "", FALSE);
  decode_push_block (&decode, block);

  event = gst_harness_try_pull_event (decode.harness);
  gst_event_parse_stream_start (event, &id);
  fail_unless_equals_string (id, "the-stream");
  gst_event_unref (event);
  event = gst_harness_try_pull_event (decode.harness);
  gst_event_parse_caps (event, &caps);
  wanted = gst_caps_from_string (CAPS_A);
  fail_unless (gst_caps_is_equal (caps, wanted));
  gst_caps_unref (wanted);
  gst_event_unref (event);
  event = gst_harness_try_pull_event (decode.harness);
  gst_event_parse_segment (event, &segment);
  fail_unless_equals_int (segment->format, GST_FORMAT_TIME);
  fail_unless_equals_uint64 (segment->start, 5 * GST_SECOND);
  fail_unless_equals_uint64 (segment->time, 5 * GST_SECOND);
  gst_event_unref (event);
  expect_event (&decode, GST_EVENT_TAG);
  expect_no_event (&decode);

  out = expect_buffer (&decode, 0, 300);
  fail_unless (GST_BUFFER_FLAG_IS_SET (out, GST_BUFFER_FLAG_HEADER));
  fail_if (GST_BUFFER_FLAG_IS_SET (out, GST_BUFFER_FLAG_DELTA_UNIT));
  fail_if (GST_BUFFER_FLAG_IS_SET (out, GST_BUFFER_FLAG_DISCONT));
  gst_buffer_unref (out);
  out = expect_buffer (&decode, 40 * GST_MSECOND, 10);
  fail_unless (GST_BUFFER_FLAG_IS_SET (out, GST_BUFFER_FLAG_DELTA_UNIT));
  fail_unless (GST_BUFFER_FLAG_IS_SET (out, GST_BUFFER_FLAG_DROPPABLE));
  gst_buffer_unref (out);

  gst_buffer_unref (key);
  gst_buffer_unref (delta);
  decode_teardown (&decode);
  test_block_free (block);
}
GST_END_TEST;

GST_START_TEST (test_a_buffer_leaves_when_its_last_symbol_comes)
{
  TestBlock *block = simple_block (1, 0);
  guint32 k = test_block_k (block);
  DecodeHarness decode;

  decode_setup (&decode, "", FALSE);
  decode_push_range (&decode, block, 0, k - 1);
  decode_expect_nothing (&decode);
  decode_push_range (&decode, block, k - 1, k);
  gst_buffer_unref (expect_buffer (&decode, 0, 150));
  decode_teardown (&decode);
  test_block_free (block);
}
GST_END_TEST;

GST_START_TEST (test_a_preamble_that_repeats_is_not_pushed_again)
{
  TestBlock *first = simple_block (1, 0);
  TestBlock *second = simple_block (2, 80 * GST_MSECOND);
  DecodeHarness decode;

  decode_setup (&decode, "", FALSE);
  decode_push_block (&decode, first);
  fail_unless_equals_int (gst_harness_events_in_queue (decode.harness), 4);
  decode_push_block (&decode, second);
  fail_unless_equals_int (gst_harness_events_in_queue (decode.harness), 4);
  gst_buffer_unref (expect_buffer (&decode, 0, 150));
  gst_buffer_unref (expect_buffer (&decode, 80 * GST_MSECOND, 150));
  decode_teardown (&decode);
  test_block_free (first);
  test_block_free (second);
}
GST_END_TEST;

GST_START_TEST (test_changed_caps_and_tags_are_pushed)
{
  TestBlock *first = simple_block (1, 0);
  TestBlock *second = records_block (2, preamble (CAPS_B, "two"));
  DecodeHarness decode;

  decode_setup (&decode, "", FALSE);
  decode_push_block (&decode, first);
  for (guint i = 0; i < 4; i++)
    gst_event_unref (gst_harness_try_pull_event (decode.harness));
  decode_push_block (&decode, second);
  expect_event (&decode, GST_EVENT_CAPS);
  expect_event (&decode, GST_EVENT_TAG);
  expect_no_event (&decode);
  decode_teardown (&decode);
  test_block_free (first);
  test_block_free (second);
}
GST_END_TEST;

GST_START_TEST (test_fragments_of_several_blocks_become_one_buffer)
{
  GstBuffer *buffer = make_buffer (0, 500);
  TestBlock *blocks[3];
  DecodeHarness decode;

  for (guint i = 0; i < 3; i++) {
    blocks[i] = records_block (i, preamble (CAPS_A, "one"));
    write_part (blocks[i]->bytes, buffer, i * 200, i < 2 ? 200 : 100, i < 2);
  }
  decode_setup (&decode, "", FALSE);
  for (guint i = 0; i < 3; i++) {
    decode_expect_nothing (&decode);
    decode_push_block (&decode, blocks[i]);
  }
  gst_buffer_unref (expect_buffer (&decode, 0, 500));
  for (guint i = 0; i < 3; i++)
    test_block_free (blocks[i]);
  gst_buffer_unref (buffer);
  decode_teardown (&decode);
}
GST_END_TEST;

GST_START_TEST (test_a_fragment_without_its_begin_is_dropped)
{
  GstBuffer *buffer = make_buffer (0, 500);
  GstBuffer *whole = make_buffer (40 * GST_MSECOND, 20);
  TestBlock *block = records_block (7, preamble (CAPS_A, "one"));
  DecodeHarness decode;

  write_part (block->bytes, buffer, 200, 100, FALSE);
  write_buffer (block->bytes, whole);
  decode_setup (&decode, "", FALSE);
  decode_push_block (&decode, block);
  gst_buffer_unref (expect_buffer (&decode, 40 * GST_MSECOND, 20));
  decode_expect_nothing (&decode);
  gst_buffer_unref (buffer);
  gst_buffer_unref (whole);
  test_block_free (block);
  decode_teardown (&decode);
}
GST_END_TEST;

GST_START_TEST (test_a_large_record_spans_chunks_of_memory)
{
  TestBlock *block = records_block (1, preamble (CAPS_A, "one"));
  GstBuffer *buffer = make_buffer (0, 100000);
  DecodeHarness decode;

  block->t = 1000;
  write_buffer (block->bytes, buffer);
  decode_setup (&decode, "", FALSE);
  decode_push_block (&decode, block);
  gst_buffer_unref (expect_buffer (&decode, 0, 100000));
  gst_buffer_unref (buffer);
  decode_teardown (&decode);
  test_block_free (block);
}
GST_END_TEST;

GST_START_TEST (test_records_before_the_gap_of_a_lost_block_are_kept)
{
  TestBlock *lost = records_block (2, preamble (CAPS_A, "one"));
  TestBlock *block = simple_block (1, 0);
  GstBuffer *buffer, *out;
  guint32 whole;
  DecodeHarness decode;

  for (guint i = 1; i < 5; i++) {
    buffer = make_buffer (i * GST_MSECOND, 100);
    write_buffer (lost->bytes, buffer);
    gst_buffer_unref (buffer);
  }
  decode_setup (&decode, "", FALSE);
  decode_push_block (&decode, block);
  gst_buffer_unref (expect_buffer (&decode, 0, 150));
  test_block_free (block);
  /* the second of four buffers is hit */
  whole = (lost->bytes->len - 3 * 156) / TEST_T;
  decode_push_range (&decode, lost, 0, whole + 1);
  decode_push_range (&decode, lost, whole + 2, test_block_k (lost));
  gst_buffer_unref (expect_buffer (&decode, GST_MSECOND, 100));
  for (guint i = 3; i < 6; i++) {
    block = simple_block (i, i * GST_SECOND);
    decode_expect_nothing (&decode);
    decode_push_block (&decode, block);
    test_block_free (block);
  }
  for (guint i = 3; i < 6; i++) {
    out = expect_buffer (&decode, i * GST_SECOND, 150);
    fail_unless_equals_int (
        GST_BUFFER_FLAG_IS_SET (out, GST_BUFFER_FLAG_DISCONT), i == 3);
    gst_buffer_unref (out);
  }
  fail_unless_equals_uint64 (decode_stat (&decode, "blocks-lost"), 1);
  test_block_free (lost);
  decode_teardown (&decode);
}
GST_END_TEST;

GST_START_TEST (test_a_broken_record_costs_the_rest_of_its_block)
{
  TestBlock *broken = simple_block (1, 0);
  TestBlock *block = simple_block (2, GST_SECOND);
  static const guint8 absurd[] = { GST_FEC_RECORD_BUFFER, 0, 0, 0, 0xff, 0xff,
    0xff, 0xff, 1, 2, 3 };
  GstBuffer *out;
  DecodeHarness decode;

  g_byte_array_append (broken->bytes, absurd, sizeof absurd);
  decode_setup (&decode, "", FALSE);
  decode_push_block (&decode, broken);
  decode_push_block (&decode, block);
  gst_buffer_unref (expect_buffer (&decode, 0, 150));
  out = expect_buffer (&decode, GST_SECOND, 150);
  fail_unless (GST_BUFFER_FLAG_IS_SET (out, GST_BUFFER_FLAG_DISCONT));
  gst_buffer_unref (out);
  fail_unless_equals_uint64 (decode_stat (&decode, "records-broken"), 1);
  test_block_free (broken);
  test_block_free (block);
  decode_teardown (&decode);
}
GST_END_TEST;

/* The next event of these; others come before it. NULL: there is none. */
static GstEvent *
pull_block_end (DecodeHarness *decode)
{
  GstEvent *event;

  while ((event = gst_harness_try_pull_event (decode->harness)) &&
      !gst_event_has_name (event, "fec-block-end"))
    gst_event_unref (event);
  return event;
}

static void
expect_block_end (DecodeHarness *decode, guint toi, gboolean complete)
{
  GstEvent *event = pull_block_end (decode);
  gboolean told_complete;
  guint told_toi;

  fail_unless (event != NULL);
  fail_unless (
      gst_structure_get (gst_event_get_structure (event), "toi", G_TYPE_UINT,
          &told_toi, "complete", G_TYPE_BOOLEAN, &told_complete, NULL));
  fail_unless_equals_int (told_toi, toi);
  fail_unless_equals_int (told_complete, complete);
  gst_event_unref (event);
}

GST_START_TEST (test_the_end_of_each_block_is_told_when_asked_for)
{
  TestBlock *blocks[5];
  DecodeHarness decode;
  guint32 k;

  for (guint i = 0; i < 5; i++)
    blocks[i] = simple_block (i + 1, i * GST_SECOND);
  k = test_block_k (blocks[0]);
  decode_setup (&decode, "block-events=true", FALSE);
  decode_push_range (&decode, blocks[0], 0, k - 1);
  fail_unless (pull_block_end (&decode) == NULL);
  decode_push_range (&decode, blocks[0], k - 1, k);
  expect_block_end (&decode, 1, TRUE);
  /* the second one loses its end, and is given up for the fifth */
  decode_push_range (&decode, blocks[1], 0, 1);
  for (guint i = 2; i < 5; i++)
    decode_push_block (&decode, blocks[i]);
  expect_block_end (&decode, 2, FALSE);
  for (guint i = 3; i <= 5; i++)
    expect_block_end (&decode, i, TRUE);
  decode_teardown (&decode);
  for (guint i = 0; i < 5; i++)
    test_block_free (blocks[i]);
}
GST_END_TEST;

static Suite *
fecdecode_records_suite (void)
{
  Suite *suite = suite_create ("fecdecode-records");
  TCase *tc = tcase_create ("records");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_buffers_and_events_are_as_the_sender_had_them);
  tcase_add_test (tc, test_a_buffer_leaves_when_its_last_symbol_comes);
  tcase_add_test (tc, test_a_preamble_that_repeats_is_not_pushed_again);
  tcase_add_test (tc, test_changed_caps_and_tags_are_pushed);
  tcase_add_test (tc, test_fragments_of_several_blocks_become_one_buffer);
  tcase_add_test (tc, test_a_fragment_without_its_begin_is_dropped);
  tcase_add_test (tc, test_a_large_record_spans_chunks_of_memory);
  tcase_add_test (tc, test_records_before_the_gap_of_a_lost_block_are_kept);
  tcase_add_test (tc, test_a_broken_record_costs_the_rest_of_its_block);
  tcase_add_test (tc, test_the_end_of_each_block_is_told_when_asked_for);
  return suite;
}

GST_CHECK_MAIN (fecdecode_records);
