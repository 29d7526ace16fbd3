/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fecencode-records.c: tests of fecencode in framing=records. */
#include "encodeharness.h"
#include "wire/record.h"

#define T 100
#define MS(n) ((GstClockTime) (n) *GST_MSECOND)
#define BASE "fecencode symbol-size=100 first-toi=7 "

static EncodeHarness enc;

static void
start (const gchar *properties)
{
  gchar *launch = g_strconcat (BASE, properties, NULL);

  encode_setup (&enc, launch, FRAME_CAPS, FALSE);
  g_free (launch);
}

static void
finish (void)
{
  if (enc.packets->len > 0)
    test_packets_check_numbers (enc.packets);
  encode_teardown (&enc);
}

static void
end_of_stream (void)
{
  gst_harness_push_event (enc.harness, gst_event_new_eos ());
  encode_pull (&enc);
}

/* The records of a block: types as a string, one letter each, and buffers. */
typedef struct
{
  GString *types;
  GPtrArray *buffers; /* GstBuffer, fragments put together */
  GPtrArray *events; /* GstEvent */
  GByteArray *unfinished; /* payload of a buffer with more to come */
  GstBuffer *pending;
} Records;

static Records *
records_new (void)
{
  Records *records = g_new0 (Records, 1);

  records->types = g_string_new (NULL);
  records->buffers =
      g_ptr_array_new_with_free_func ((GDestroyNotify) gst_buffer_unref);
  records->events =
      g_ptr_array_new_with_free_func ((GDestroyNotify) gst_event_unref);
  records->unfinished = g_byte_array_new ();
  return records;
}

static void
records_free (Records *records)
{
  g_string_free (records->types, TRUE);
  g_ptr_array_unref (records->buffers);
  g_ptr_array_unref (records->events);
  g_byte_array_unref (records->unfinished);
  g_free (records);
}

static void
add_payload (Records *records, const GstFecRecord *record,
    const guint8 *payload, guint32 size)
{
  g_byte_array_append (records->unfinished, payload, size);
  if (record->flags & GST_FEC_RECORD_FLAG_MORE)
    return;
  gst_buffer_append_memory (records->pending,
      gst_allocator_alloc (NULL, records->unfinished->len, NULL));
  gst_buffer_fill (
      records->pending, 0, records->unfinished->data, records->unfinished->len);
  g_ptr_array_add (records->buffers, g_steal_pointer (&records->pending));
  g_byte_array_set_size (records->unfinished, 0);
}

static void
add_record (Records *records, const GstFecRecord *record)
{
  static const gchar letters[] = "?scgtkbfG";
  const guint8 *payload;
  guint32 size;

  fail_unless (record->type < sizeof (letters) - 1);
  g_string_append_c (records->types, letters[record->type]);
  if (record->type == GST_FEC_RECORD_BUFFER) {
    fail_unless (records->pending == NULL);
    records->pending = gst_buffer_new ();
    fail_unless (
        gst_fec_record_read_buffer (record, records->pending, &payload, &size));
    add_payload (records, record, payload, size);
  } else if (record->type == GST_FEC_RECORD_FRAGMENT) {
    fail_unless (records->pending != NULL);
    add_payload (records, record, record->body, record->body_size);
  } else if (record->type != GST_FEC_RECORD_CLOCK) {
    GstEvent *event = gst_fec_record_to_event (record);

    fail_unless (event != NULL);
    g_ptr_array_add (records->events, event);
  }
}

/* Appends the records of block @toi, rebuilt without its first @lost symbols. */
static void
read_block (Records *records, guint32 toi, guint32 lost)
{
  GByteArray *block = test_packets_rebuild (enc.packets, toi, lost);
  GstFecRecord record;
  gsize offset = 0;

  fail_unless (block != NULL);
  while (gst_fec_record_read (&record, block->data + offset,
             block->len - offset, 0) == GST_FEC_RECORD_OK) {
    add_record (records, &record);
    offset += record.size;
  }
  /* Only filler may be left. */
  for (; offset < block->len; offset++)
    fail_unless_equals_int (block->data[offset], 0);
  g_byte_array_unref (block);
}

static void
check_payload (GstBuffer *buffer, gsize size)
{
  GstBuffer *want;
  GstMapInfo map;

  fail_unless_equals_uint64 (gst_buffer_get_size (buffer), size);
  if (size == 0)
    return;
  want = encode_buffer (size, 0);
  gst_buffer_map (want, &map, GST_MAP_READ);
  fail_unless_equals_int (gst_buffer_memcmp (buffer, 0, map.data, size), 0);
  gst_buffer_unmap (want, &map);
  gst_buffer_unref (want);
}

GST_START_TEST (a_block_is_preamble_and_buffers)
{
  Records *records = records_new ();
  GstBuffer *buffer;
  GstCaps *caps;
  GstTagList *tags = gst_tag_list_new (GST_TAG_TITLE, "title", NULL);

  start ("repair=100");
  gst_harness_push_event (enc.harness, gst_event_new_tag (tags));
  buffer = encode_buffer (333, 0);
  GST_BUFFER_PTS (buffer) = MS (40);
  GST_BUFFER_DTS (buffer) = MS (30);
  GST_BUFFER_DURATION (buffer) = MS (10);
  GST_BUFFER_OFFSET (buffer) = 11;
  GST_BUFFER_OFFSET_END (buffer) = 12;
  GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_MARKER);
  gst_harness_push (enc.harness, buffer);
  encode_push (&enc, 0, MS (50), TRUE);
  end_of_stream ();
  read_block (records, 7, 3);
  fail_unless_equals_string (records->types->str, "scgtkbb");
  gst_event_parse_caps (g_ptr_array_index (records->events, 1), &caps);
  fail_unless_equals_string (
      gst_structure_get_name (gst_caps_get_structure (caps, 0)),
      "video/x-test");
  buffer = g_ptr_array_index (records->buffers, 0);
  check_payload (buffer, 333);
  fail_unless_equals_uint64 (GST_BUFFER_PTS (buffer), MS (40));
  fail_unless_equals_uint64 (GST_BUFFER_DTS (buffer), MS (30));
  fail_unless_equals_uint64 (GST_BUFFER_DURATION (buffer), MS (10));
  fail_unless_equals_uint64 (GST_BUFFER_OFFSET (buffer), 11);
  fail_unless_equals_uint64 (GST_BUFFER_OFFSET_END (buffer), 12);
  fail_unless (GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_MARKER));
  buffer = g_ptr_array_index (records->buffers, 1);
  check_payload (buffer, 0);
  fail_unless (GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DELTA_UNIT));
  fail_unless_equals_int (encode_packet (&enc, 0)->block_flags,
      GST_FEC_BLOCK_RECORDS | GST_FEC_BLOCK_RANDOM_ACCESS);
  records_free (records);
  finish ();
}
GST_END_TEST;

GST_START_TEST (every_block_has_the_preamble)
{
  Records *records = records_new ();
  GstCaps *caps;

  start ("repair=0 block-duration=100000000");
  encode_push (&enc, 10, 0, FALSE);
  encode_push (&enc, 10, MS (100), FALSE);
  gst_harness_set_src_caps_str (enc.harness, "video/x-other");
  encode_push (&enc, 10, MS (110), FALSE);
  end_of_stream ();
  read_block (records, 7, 0);
  read_block (records, 8, 0);
  read_block (records, 9, 0);
  fail_unless_equals_string (records->types->str, "scgkbscgkbscgkb");
  gst_event_parse_caps (g_ptr_array_index (records->events, 7), &caps);
  fail_unless_equals_string (
      gst_structure_get_name (gst_caps_get_structure (caps, 0)),
      "video/x-other");
  records_free (records);
  finish ();
}
GST_END_TEST;

GST_START_TEST (key_frame_after_delta_units_opens_a_block)
{
  Records *records = records_new ();

  start ("repair=0");
  encode_push (&enc, 10, 0, FALSE);
  encode_push (&enc, 10, MS (1), TRUE);
  encode_push (&enc, 10, MS (2), TRUE);
  encode_push (&enc, 10, MS (3), FALSE);
  encode_push (&enc, 10, MS (4), FALSE);
  end_of_stream ();
  read_block (records, 7, 0);
  read_block (records, 8, 0);
  fail_unless_equals_string (records->types->str, "scgkbbbscgkbb");
  records_free (records);
  finish ();
}
GST_END_TEST;

GST_START_TEST (events_within_a_block_are_written_in_place)
{
  Records *records = records_new ();
  GstSegment segment;

  start ("repair=0");
  encode_push (&enc, 10, 0, FALSE);
  gst_segment_init (&segment, GST_FORMAT_TIME);
  segment.base = MS (20);
  gst_harness_push_event (enc.harness, gst_event_new_segment (&segment));
  gst_harness_push_event (enc.harness,
      gst_event_new_tag (gst_tag_list_new (GST_TAG_TITLE, "x", NULL)));
  gst_harness_push_event (enc.harness, gst_event_new_gap (MS (5), MS (10)));
  encode_push (&enc, 10, MS (20), FALSE);
  end_of_stream ();
  read_block (records, 7, 0);
  fail_unless_equals_string (records->types->str, "scgkbgtGb");
  records_free (records);
  finish ();
}
GST_END_TEST;

GST_START_TEST (a_gap_opens_and_closes_blocks)
{
  Records *records = records_new ();

  start ("repair=0 block-duration=100000000");
  encode_push (&enc, 10, 0, FALSE);
  gst_harness_push_event (enc.harness, gst_event_new_gap (MS (100), MS (10)));
  encode_push (&enc, 10, MS (150), FALSE);
  end_of_stream ();
  read_block (records, 7, 0);
  read_block (records, 8, 0);
  fail_unless_equals_string (records->types->str, "scgkbscgkGb");
  records_free (records);
  finish ();
}
GST_END_TEST;

GST_START_TEST (held_records_are_filled_up_and_the_block_goes_on)
{
  Records *records = records_new ();
  guint n;

  start ("repair=100 max-hold=20000000");
  encode_push (&enc, 10, 0, FALSE);
  n = encode_pull (&enc);
  encode_crank_until (&enc, n + 1);
  fail_unless_equals_uint64 (encode_now (&enc), MS (20));
  fail_if (encode_packet (&enc, n)->has_oti);
  encode_push (&enc, 10, MS (20), FALSE);
  end_of_stream ();
  fail_unless_equals_int (encode_packet (&enc, n + 1)->toi, 7);
  fail_unless_equals_int (encode_packet (&enc, n + 1)->esi, n + 1);
  read_block (records, 7, 2);
  fail_unless_equals_string (records->types->str, "scgkbb");
  check_payload (g_ptr_array_index (records->buffers, 1), 10);
  records_free (records);
  finish ();
}
GST_END_TEST;

GST_START_TEST (a_held_symbol_that_fills_the_block_closes_it)
{
  Records *records = records_new ();
  guint n;

  start ("repair=0 max-symbols=4 max-hold=20000000");
  encode_push (&enc, 70, 0, FALSE);
  n = encode_pull (&enc);
  fail_unless_equals_int (n, 3);
  encode_crank_until (&enc, 4);
  fail_unless (encode_packet (&enc, 3)->has_oti);
  fail_unless_equals_uint64 (test_packets_length (enc.packets, 7), 4 * T);
  read_block (records, 7, 0);
  fail_unless_equals_string (records->types->str, "scgkb");
  records_free (records);
  finish ();
}
GST_END_TEST;

GST_START_TEST (a_buffer_that_does_not_fit_the_rest_begins_a_block)
{
  Records *records = records_new ();

  start ("repair=0 max-symbols=10");
  encode_push (&enc, 300, 0, FALSE);
  encode_push (&enc, 400, 0, FALSE);
  end_of_stream ();
  read_block (records, 7, 0);
  fail_unless_equals_string (records->types->str, "scgkb");
  read_block (records, 8, 0);
  fail_unless_equals_string (records->types->str, "scgkbscgkb");
  records_free (records);
  finish ();
}
GST_END_TEST;

GST_START_TEST (a_buffer_larger_than_a_block_is_cut)
{
  Records *records = records_new ();
  guint32 last;

  start ("repair=50 max-symbols=10");
  encode_push (&enc, 10, 0, FALSE);
  encode_push (&enc, 12345, 0, FALSE);
  encode_push (&enc, 20, 0, FALSE);
  end_of_stream ();
  last = encode_packet (&enc, enc.packets->len - 1)->toi;
  fail_unless (last > 7 + 12);
  for (guint32 toi = 7; toi <= last; toi++)
    read_block (records, toi, 2);
  fail_unless_equals_int (records->buffers->len, 3);
  check_payload (g_ptr_array_index (records->buffers, 1), 12345);
  check_payload (g_ptr_array_index (records->buffers, 2), 20);
  /* A block that begins within a buffer is no random access point. */
  for (guint i = 0; i < enc.packets->len; i++)
    fail_unless_equals_int (
        !!(encode_packet (&enc, i)->block_flags & GST_FEC_BLOCK_RANDOM_ACCESS),
        encode_packet (&enc, i)->toi == 7);
  records_free (records);
  finish ();
}
GST_END_TEST;

GST_START_TEST (a_block_too_small_for_the_preamble_is_an_error)
{
  GstBus *bus = gst_bus_new ();
  GstElement *element;
  GstMessage *message;

  start ("max-symbols=2");
  element = gst_harness_find_element (enc.harness, "fecencode");
  gst_element_set_bus (element, bus);
  fail_unless_equals_int (
      gst_harness_push (enc.harness, encode_buffer (10, 0)), GST_FLOW_ERROR);
  message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  fail_unless (message != NULL);
  gst_message_unref (message);
  gst_element_set_bus (element, NULL);
  gst_object_unref (element);
  gst_object_unref (bus);
  finish ();
}
GST_END_TEST;

GST_START_TEST (framing_can_be_chosen)
{
  start ("framing=raw repair=0");
  encode_push (&enc, T, 0, FALSE);
  encode_pull (&enc);
  fail_unless_equals_int (
      encode_packet (&enc, 0)->block_flags & GST_FEC_BLOCK_RECORDS, 0);
  fail_unless_equals_int (encode_packet (&enc, 0)->symbol[99], 99);
  finish ();

  encode_setup (&enc, BASE "framing=records", TS_CAPS, FALSE);
  encode_push (&enc, 400, 0, FALSE);
  encode_pull (&enc);
  fail_unless (encode_packet (&enc, 0)->block_flags & GST_FEC_BLOCK_RECORDS);
  finish ();
}
GST_END_TEST;

static Suite *
fecencode_records_suite (void)
{
  Suite *s = suite_create ("fecencode-records");
  TCase *tc = tcase_create ("records");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, a_block_is_preamble_and_buffers);
  tcase_add_test (tc, every_block_has_the_preamble);
  tcase_add_test (tc, key_frame_after_delta_units_opens_a_block);
  tcase_add_test (tc, events_within_a_block_are_written_in_place);
  tcase_add_test (tc, a_gap_opens_and_closes_blocks);
  tcase_add_test (tc, held_records_are_filled_up_and_the_block_goes_on);
  tcase_add_test (tc, a_held_symbol_that_fills_the_block_closes_it);
  tcase_add_test (tc, a_buffer_that_does_not_fit_the_rest_begins_a_block);
  tcase_add_test (tc, a_buffer_larger_than_a_block_is_cut);
  tcase_add_test (tc, a_block_too_small_for_the_preamble_is_an_error);
  tcase_add_test (tc, framing_can_be_chosen);
  return s;
}

GST_CHECK_MAIN (fecencode_records);
