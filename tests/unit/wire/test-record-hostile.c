/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-record-hostile.c: record bodies that somebody made up give no event, no warning and no crash.
 */
#include "wire/record.h"

#include <math.h>
#include <string.h>

#define SEGMENT_SIZE 80

/* The event that @size bytes of @body make as a record of @type; from a copy that ends where they end. */
static GstEvent *
make_event (GstFecRecordType type, const void *body, gsize size)
{
  guint8 *copy = g_memdup2 (body, size);
  GstFecRecord record = { .type = type, .body = copy, .body_size = size };
  GstEvent *event = gst_fec_record_to_event (&record);

  g_free (copy);
  return event;
}

static void
assert_broken (GstFecRecordType type, const void *body, gsize size)
{
  g_assert_null (make_event (type, body, size));
}

static void
assert_broken_caps (const gchar *text)
{
  assert_broken (GST_FEC_RECORD_CAPS, text, strlen (text));
}

static void
assert_broken_repeated (
    const gchar *start, const gchar *part, guint times, const gchar *end)
{
  GString *text = g_string_new (start);
  guint i;

  for (i = 0; i < times; i++)
    g_string_append (text, part);
  g_string_append (text, end);
  assert_broken_caps (text->str);
  g_string_free (text, TRUE);
}

static void
test_caps_that_are_none_are_broken (void)
{
  assert_broken_caps ("");
  assert_broken_caps ("ANY");
  assert_broken_caps ("EMPTY");
  assert_broken_caps ("NONE");
  assert_broken_caps ("=");
  assert_broken_caps ("1/b");
  assert_broken_caps ("-a/b");
  assert_broken_caps ("a/b, x=(nosuchtype)1");
  assert_broken_caps ("a/b, x=(int)ten");
  assert_broken_caps ("video/x-raw-rgb, width=(int)1");
  assert_broken_caps ("audio/x-raw-int");
  assert_broken_caps ("a/b, x=(buffer)0g");
  assert_broken_caps ("a/b, x=(buffer)000");
  assert_broken_caps ("a/b, x=\"open");
  assert_broken_caps ("a/b\xff, x=1");
  assert_broken (GST_FEC_RECORD_CAPS, "a/b\0, x=1", 9);
}

static void
test_caps_that_are_not_fixed_are_broken (void)
{
  assert_broken_caps ("a/b, x=(int)[ 1, 2 ]");
  assert_broken_caps ("a/b, x=(int){ 1, 2 }");
  assert_broken_caps ("a/b; c/d");
}

static void
test_deep_caps_are_broken (void)
{
  assert_broken_repeated ("a/b, x=", "{", 300000, "");
  assert_broken_repeated ("a/b, x=", "<", 300000, "");
  assert_broken_repeated ("a/b, x=", "[a,b=", 150000, "");
  assert_broken_repeated ("a/b, x=", "< \">\", ", 100000, "");
  assert_broken_repeated ("a/b, x=(structure)\"n\\,m=", "<", 300000, "\"");
  assert_broken_repeated (
      "a/b, x=(structure)\"n\\,m=", "\\\\074", 100000, "\"");
  assert_broken_repeated ("a/b, x=(structure)\"n\\,m=", "\\173", 100000, "\"");
}

static void
test_caps_that_nest_text_are_broken (void)
{
  assert_broken_caps ("a/b, x=(structure)\"n\\,m=(int)1\"");
  assert_broken_caps ("a/b, x=(GstStructure)n");
  assert_broken_caps ("a/b, x=(GstCaps)\"c/d\"");
  assert_broken_caps ("a/b, x=(GstTagList)\"taglist\"");
  assert_broken_caps ("a/b, x=(GstSegment)\"segment\"");
  assert_broken_caps ("a/b, x=(GstValueArray)\"< 1 >\"");
  assert_broken_caps ("a/b, x=[ n, m=(int)1 ]");
}

static void
test_wrong_strings_are_broken (void)
{
  assert_broken_caps ("a/b, x=(string)\"a b\"");
  assert_broken_caps ("a/b, x=(string)\"\\0z\"");
  assert_broken_caps ("a/b, x=(string)\"\\08\"");
  assert_broken_caps ("a/b, x=(string)\"\\000\"");
  assert_broken_caps ("a/b, x=(string)\"\\400\"");
  assert_broken_caps ("a/b, x=(string)\"\\303\"");
  assert_broken_caps ("a/b, x=(string)\"a\\");
  assert_broken_caps ("a/b, x=(string)\"a\\\"");
  assert_broken_caps ("a/b, x=(string){ \"\\0z\" }");
}

static void
test_arrays_of_wrong_elements_are_broken (void)
{
  assert_broken_caps ("a/b, x=(int)< 1, ten >");
  assert_broken_caps ("a/b, x=< (int)1, (int)2147483648 >");
  assert_broken_caps ("a/b, x=(uint)< -1 >");
  assert_broken_caps ("a/b, x=(buffer)< 00, 0 >");
  assert_broken_caps ("a/b, x=(buffer)< 00, 0g >");
  assert_broken_caps ("a/b, x=(double)< 1.0, 1.0x >");
  assert_broken_caps ("a/b, x=(fraction)< 1/2 >");
  assert_broken_caps ("a/b, x=< 1, 2");
  assert_broken_caps ("a/b, x=< 1, 2 }");
  assert_broken_caps ("a/b, x=< 1,, 2 >");
  assert_broken_repeated ("a/b, x=", "< ", 5, "> > > > >");
  assert_broken_repeated ("a/b, x=< 1", ", 1", 70000, " >");
}

static void
test_caps_with_samples_are_broken (void)
{
  assert_broken_caps ("a/b, x=(GstSample)None:None:None:None");
  assert_broken_caps ("a/b, x=(sample)\"None:None:None:None\"");
  assert_broken_caps ("a/b, x=( sample )x");
  assert_broken_caps ("a/b, x=(structure)\"n\\,m=\\(\\sample\\)x\"");
}

static void
test_caps_with_too_many_fields_are_broken (void)
{
  GString *text = g_string_new ("a/b");
  guint i;

  for (i = 0; i < 2000; i++)
    g_string_append_printf (text, ", hostile-field=(int)%u", i);
  assert_broken_caps (text->str);
  g_string_free (text, TRUE);
}

static void
test_too_long_caps_are_broken (void)
{
  GString *text = g_string_new ("a/b, x=(string)");

  while (text->len <= GST_FEC_RECORD_MAX_EVENT)
    g_string_append (text, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
  assert_broken_caps (text->str);
  g_string_free (text, TRUE);
}

static void
test_truncated_caps_do_no_harm (void)
{
  static const gchar text[] = "video/x-h264, codec_data=(buffer)0164, "
                              "a=(string)\"x\\ \\\"y\", "
                              "l=(buffer)< 00, 11 >, f=(fraction)1/2;";
  gsize size;

  for (size = 0; size <= strlen (text); size++) {
    GstEvent *event = make_event (GST_FEC_RECORD_CAPS, text, size);

    if (event != NULL)
      gst_event_unref (event);
  }
}

static void
test_tags_that_are_none_are_broken (void)
{
#define BROKEN(text)                                                           \
  assert_broken (GST_FEC_RECORD_TAGS, text, sizeof (text) - 1)
  BROKEN ("");
  BROKEN ("\0");
  BROKEN ("\0taglist");
  BROKEN ("\0taglist;");
  BROKEN ("\0other, title=(string)x;");
  BROKEN ("\2taglist, title=(string)x;");
  BROKEN ("\0taglist, no-such-tag=(string)x;");
  BROKEN ("\0taglist, title=(int)1;");
  BROKEN ("\0taglist, title=(string)\"\\377\\376\";");
  BROKEN ("\0taglist, image=(sample)x;");
#undef BROKEN
}

static void
test_sound_tags_stay_among_others (void)
{
  static const gchar text[] =
      "\0taglist, title=(string)x, bitrate=(string)y, "
      "no-such-tag=(int)1, artist={ (string)a, (string)b };";
  GstEvent *event = make_event (GST_FEC_RECORD_TAGS, text, sizeof (text) - 1);
  GstTagList *tags;

  g_assert_nonnull (event);
  gst_event_parse_tag (event, &tags);
  g_assert_cmpint (gst_tag_list_n_tags (tags), ==, 2);
  g_assert_cmpuint (gst_tag_list_get_tag_size (tags, GST_TAG_ARTIST), ==, 2);
  gst_event_unref (event);
}

/* ---- segments -------------------------------------------------------------------------------------------------- */

static void
fill_segment (guint8 body[SEGMENT_SIZE])
{
  GByteArray *out = g_byte_array_new ();
  GstSegment segment;
  GstEvent *event;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  segment.start = 10;
  segment.stop = 20;
  event = gst_event_new_segment (&segment);
  g_assert_true (gst_fec_record_write_event (out, 0, event));
  g_assert_cmpuint (out->len, ==, GST_FEC_RECORD_HEADER_SIZE + SEGMENT_SIZE);
  memcpy (body, out->data + GST_FEC_RECORD_HEADER_SIZE, SEGMENT_SIZE);
  gst_event_unref (event);
  g_byte_array_unref (out);
}

static void
test_broken_segments_are_refused (void)
{
  static const gdouble rates[] = { 0.0, -0.0, NAN, INFINITY, -INFINITY, 1e-300,
    1e300, 20000.0 };
  guint8 body[SEGMENT_SIZE];
  guint i;

  for (i = 0; i < G_N_ELEMENTS (rates); i++) {
    fill_segment (body);
    GST_WRITE_DOUBLE_BE (body + 8, rates[i]);
    assert_broken (GST_FEC_RECORD_SEGMENT, body, SEGMENT_SIZE);
    fill_segment (body);
    GST_WRITE_DOUBLE_BE (body + 16, rates[i]);
    assert_broken (GST_FEC_RECORD_SEGMENT, body, SEGMENT_SIZE);
  }
  fill_segment (body);
  body[7] = GST_FORMAT_UNDEFINED;
  assert_broken (GST_FEC_RECORD_SEGMENT, body, SEGMENT_SIZE);
  body[7] = GST_FORMAT_PERCENT + 1;
  assert_broken (GST_FEC_RECORD_SEGMENT, body, SEGMENT_SIZE);
  fill_segment (body);
  body[47] = 21;
  assert_broken (GST_FEC_RECORD_SEGMENT, body, SEGMENT_SIZE);
  fill_segment (body);
  memset (body + 40, 0xff, 16);
  assert_broken (GST_FEC_RECORD_SEGMENT, body, SEGMENT_SIZE);
}

static void
test_unknown_segment_flags_are_dropped (void)
{
  guint8 body[SEGMENT_SIZE];
  const GstSegment *segment;
  GstEvent *event;

  fill_segment (body);
  memset (body, 0xff, 4);
  event = make_event (GST_FEC_RECORD_SEGMENT, body, SEGMENT_SIZE);
  g_assert_nonnull (event);
  gst_event_parse_segment (event, &segment);
  g_assert_cmphex (segment->flags, ==, 0x399);
  gst_event_unref (event);
}

static void
test_short_bodies_are_broken (void)
{
  guint8 body[SEGMENT_SIZE];
  GstBuffer *buffer = gst_buffer_new ();
  gsize size;

  fill_segment (body);
  for (size = 0; size < SEGMENT_SIZE; size++)
    assert_broken (GST_FEC_RECORD_SEGMENT, body, size);
  memset (body, 0, sizeof (body));
  for (size = 0; size < 16; size++)
    assert_broken (GST_FEC_RECORD_GAP, body, size);
  for (size = 0; size <= 8; size++)
    assert_broken (GST_FEC_RECORD_STREAM_START, body, size);
  for (size = 0; size < GST_FEC_RECORD_BUFFER_FIELDS; size++) {
    GstFecRecord record = {
      .type = GST_FEC_RECORD_BUFFER, .body = body, .body_size = size
    };
    const guint8 *payload;
    guint32 payload_size;

    g_assert_false (
        gst_fec_record_read_buffer (&record, buffer, &payload, &payload_size));
  }
  gst_buffer_unref (buffer);
}

static void
test_gap_without_time_is_broken (void)
{
  guint8 body[16];

  memset (body, 0xff, sizeof (body));
  assert_broken (GST_FEC_RECORD_GAP, body, sizeof (body));
}

static void
test_stream_ids_are_bounded (void)
{
  guint8 body[8 + 1025] = { 0 };
  GstEvent *event;

  memset (body + 8, 'x', 1025);
  assert_broken (GST_FEC_RECORD_STREAM_START, body, 8 + 1025);
  event = make_event (GST_FEC_RECORD_STREAM_START, body, 8 + 1024);
  g_assert_nonnull (event);
  gst_event_unref (event);
  body[9] = 0;
  assert_broken (GST_FEC_RECORD_STREAM_START, body, 8 + 10);
  body[9] = 0xff;
  assert_broken (GST_FEC_RECORD_STREAM_START, body, 8 + 10);
}

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add_func ("/record/" name, func)
  ADD ("caps-that-are-none-are-broken", test_caps_that_are_none_are_broken);
  ADD ("caps-that-are-not-fixed-are-broken",
      test_caps_that_are_not_fixed_are_broken);
  ADD ("deep-caps-are-broken", test_deep_caps_are_broken);
  ADD ("caps-that-nest-text-are-broken", test_caps_that_nest_text_are_broken);
  ADD ("wrong-strings-are-broken", test_wrong_strings_are_broken);
  ADD ("arrays-of-wrong-elements-are-broken",
      test_arrays_of_wrong_elements_are_broken);
  ADD ("caps-with-samples-are-broken", test_caps_with_samples_are_broken);
  ADD ("caps-with-too-many-fields-are-broken",
      test_caps_with_too_many_fields_are_broken);
  ADD ("too-long-caps-are-broken", test_too_long_caps_are_broken);
  ADD ("truncated-caps-do-no-harm", test_truncated_caps_do_no_harm);
  ADD ("tags-that-are-none-are-broken", test_tags_that_are_none_are_broken);
  ADD ("sound-tags-stay-among-others", test_sound_tags_stay_among_others);
  ADD ("broken-segments-are-refused", test_broken_segments_are_refused);
  ADD ("unknown-segment-flags-are-dropped",
      test_unknown_segment_flags_are_dropped);
  ADD ("short-bodies-are-broken", test_short_bodies_are_broken);
  ADD ("gap-without-time-is-broken", test_gap_without_time_is_broken);
  ADD ("stream-ids-are-bounded", test_stream_ids_are_bounded);
#undef ADD
  return g_test_run ();
}
