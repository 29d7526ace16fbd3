/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fecrecode.c: tests of fecdecode and fecencode together as a recoder: other
 * packets of the same objects.
 */
#include "decodeharness.h"
#include "packets.h"

/* OTI's Al in a packet: behind the LCT header, EXT_BLOCK and F, T, Z, N. */
#define ALIGNMENT_OFFSET 33
#define OBJECT_CAPS "application/x-fec-object"

/* A recoder in a harness and what came out of it. */
typedef struct
{
  GstHarness *harness;
  GstTestClock *clock;
  GArray *packets;
} Recoder;

static void
setup (Recoder *recoder, const gchar *launch)
{
  recoder->clock =
      GST_TEST_CLOCK (gst_test_clock_new_with_start_time (GST_SECOND));
  gst_system_clock_set_default (GST_CLOCK (recoder->clock));
  recoder->harness = gst_harness_new_parse (launch);
  fail_unless (recoder->harness != NULL);
  gst_harness_set_src_caps_str (recoder->harness,
      GST_FEC_ALC_MEDIA_TYPE ", media-caps=(string)\"" RAW_CAPS "\"");
  recoder->packets = test_packets_new ();
}

static void
teardown (Recoder *recoder)
{
  g_array_unref (recoder->packets);
  gst_harness_teardown (recoder->harness);
  gst_system_clock_set_default (NULL);
  gst_object_unref (recoder->clock);
}

static void
push (Recoder *recoder, GstBuffer *packet)
{
  fail_unless_equals_int (
      gst_harness_push (recoder->harness, packet), GST_FLOW_OK);
}

static void
push_range (Recoder *recoder, const TestBlock *block, guint32 from, guint32 to)
{
  for (guint32 esi = from; esi < to; esi++)
    push (recoder, test_block_packet (block, esi, FALSE));
}

/* All source symbols; the last one tells the length. */
static void
push_block (Recoder *recoder, const TestBlock *block)
{
  guint32 last = test_block_k (block) - 1;

  push_range (recoder, block, 0, last);
  push (recoder, test_block_packet (block, last, TRUE));
}

/* Ends the input and takes all that comes out until the end. */
static void
finish (Recoder *recoder)
{
  GstEvent *event = NULL;

  gst_harness_push_event (recoder->harness, gst_event_new_eos ());
  do {
    gst_clear_event (&event);
    event = gst_harness_pull_event (recoder->harness);
    fail_unless (event != NULL, "the end does not come");
  } while (GST_EVENT_TYPE (event) != GST_EVENT_EOS);
  gst_event_unref (event);
  test_packets_pull (recoder->packets, recoder->harness);
}

static const GstFecAlcPacket *
find_packet (Recoder *recoder, guint32 toi, guint32 esi)
{
  for (guint i = 0; i < recoder->packets->len; i++) {
    const GstFecAlcPacket *alc = &test_packet (recoder->packets, i)->alc;

    if (alc->toi == toi && alc->esi == esi)
      return alc;
  }
  return NULL;
}

/* The packets of @block have its OTI, flags and source symbols, and @repair more. */
static void
expect_block (Recoder *recoder, const TestBlock *block, guint32 repair)
{
  guint32 k = test_block_k (block);
  GByteArray *rebuilt;

  for (guint i = 0; i < recoder->packets->len; i++) {
    const GstFecAlcPacket *alc = &test_packet (recoder->packets, i)->alc;

    if (alc->toi != block->toi)
      continue;
    fail_unless_equals_int (alc->tsi, TEST_TSI);
    fail_unless_equals_int (alc->block_flags, block->flags);
    fail_unless (alc->has_oti);
    fail_unless_equals_uint64 (alc->oti.transfer_length, block->bytes->len);
    fail_unless_equals_int (alc->oti.symbol_size, block->t);
    fail_unless_equals_int (alc->oti.source_blocks, 1);
    fail_unless_equals_int (alc->oti.sub_blocks, 1);
    fail_unless_equals_int (
        alc->oti.alignment, gst_fec_alc_alignment (block->t));
  }
  for (guint32 esi = 0; esi < k; esi++) {
    const GstFecAlcPacket *alc = find_packet (recoder, block->toi, esi);
    gsize begin = (gsize) esi * block->t;
    gsize size = MIN (block->t, block->bytes->len - begin);

    fail_unless (alc != NULL, "symbol %u is missing", esi);
    fail_unless (memcmp (alc->symbol, block->bytes->data + begin, size) == 0);
    for (gsize i = size; i < block->t; i++)
      fail_unless_equals_int (alc->symbol[i], 0);
  }
  fail_unless_equals_int (
      test_packets_count (recoder->packets, block->toi, 0, k), k);
  fail_unless_equals_int (
      test_packets_count (recoder->packets, block->toi, k, G_MAXUINT32),
      repair);
  rebuilt = test_packets_rebuild (
      recoder->packets, block->toi, repair > 2 ? repair - 2 : 0);
  fail_unless (rebuilt != NULL);
  fail_unless_equals_int (rebuilt->len, block->bytes->len);
  fail_unless (memcmp (rebuilt->data, block->bytes->data, rebuilt->len) == 0);
  g_byte_array_unref (rebuilt);
}

static void
expect_caps (Recoder *recoder, const gchar *text)
{
  GstCaps *caps = gst_pad_get_current_caps (recoder->harness->sinkpad);
  GstCaps *wanted = gst_caps_from_string (text);

  fail_unless (gst_caps_is_equal (caps, wanted), "%" GST_PTR_FORMAT, caps);
  gst_caps_unref (caps);
  gst_caps_unref (wanted);
}

/* Blocks of one symbol, of a whole number of symbols, and of so many that their bytes lie in more pieces than a buffer has. */
static void
check_identity (const gchar *launch, guint32 t)
{
  const gsize sizes[] = { 1, 10 * t, 10 * t + 1, 1200 * t - 3 };
  TestBlock *blocks[G_N_ELEMENTS (sizes)];
  Recoder recoder;

  setup (&recoder, launch);
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
    blocks[i] = test_block_new (4711 + i, sizes[i]);
    blocks[i]->t = t;
    push_block (&recoder, blocks[i]);
  }
  finish (&recoder);
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
    /* The end of the stream is told in the last block's last packets. */
    if (i < G_N_ELEMENTS (sizes) - 1)
      expect_block (&recoder, blocks[i],
          MAX ((test_block_k (blocks[i]) * 25 + 99) / 100, 4));
    test_block_free (blocks[i]);
  }
  test_packets_check_numbers (recoder.packets);
  teardown (&recoder);
}

GST_START_TEST (test_objects_keep_number_length_and_symbols)
{
  check_identity ("fecdecode ! fecencode repair=25", 64);
}
GST_END_TEST;

GST_START_TEST (test_objects_go_through_a_queue)
{
  check_identity ("fecdecode ! queue ! identity ! fecencode repair=25", 64);
}
GST_END_TEST;

GST_START_TEST (test_symbols_of_odd_lengths_keep_their_alignment)
{
  check_identity ("fecdecode ! fecencode repair=25", 66);
  check_identity ("fecdecode ! fecencode repair=25", 65);
}
GST_END_TEST;

GST_START_TEST (test_the_channel_is_that_of_the_input)
{
  TestBlock *block = test_block_new (5, 1000);
  Recoder recoder;

  setup (&recoder,
      "fecdecode ! fecencode tsi=99 symbol-size=512 first-toi=1 max-symbols=2");
  push_block (&recoder, block);
  finish (&recoder);
  expect_caps (&recoder,
      GST_FEC_ALC_MEDIA_TYPE ", tsi=(uint)7, symbol-size=(int)64, "
                             "packet-size=(int)104, framing=(string)raw, "
                             "media-caps=(string)\"" RAW_CAPS "\"");
  fail_unless_equals_int (
      test_packets_count (recoder.packets, 5, 0, test_block_k (block)),
      test_block_k (block));
  teardown (&recoder);
  test_block_free (block);
}
GST_END_TEST;

GST_START_TEST (test_alignment_of_another_sender_is_kept)
{
  TestBlock *block = test_block_new (5, 640);
  Recoder recoder;

  setup (&recoder, "fecdecode ! fecencode");
  for (guint32 esi = 0; esi < test_block_k (block); esi++) {
    GstBuffer *packet = test_block_packet (block, esi, TRUE);

    gst_buffer_memset (packet, ALIGNMENT_OFFSET, 1, 1);
    push (&recoder, packet);
  }
  finish (&recoder);
  fail_unless (recoder.packets->len > 0);
  for (guint i = 0; i < recoder.packets->len; i++)
    fail_unless_equals_int (
        test_packet (recoder.packets, i)->alc.oti.alignment, 1);
  teardown (&recoder);
  test_block_free (block);
}
GST_END_TEST;

GST_START_TEST (test_rebuilt_objects_are_recoded_too)
{
  TestBlock *block = test_block_new (5, 20 * TEST_T);
  TestBlock *next = test_block_new (6, TEST_T);
  Recoder recoder;

  setup (&recoder, "fecdecode ! fecencode repair=30");
  push_range (&recoder, block, 3, 19);
  push_range (&recoder, block, 20, 26);
  push_block (&recoder, next);
  finish (&recoder);
  expect_block (&recoder, block, 6);
  teardown (&recoder);
  test_block_free (block);
  test_block_free (next);
}
GST_END_TEST;

GST_START_TEST (test_flags_of_records_and_random_access_are_kept)
{
  const guint8 flags[] = { GST_FEC_BLOCK_RECORDS | GST_FEC_BLOCK_RANDOM_ACCESS,
    GST_FEC_BLOCK_RECORDS, GST_FEC_BLOCK_RECORDS };
  TestBlock *blocks[G_N_ELEMENTS (flags)];
  Recoder recoder;

  setup (&recoder, "fecdecode ! fecencode framing=raw");
  for (guint i = 0; i < G_N_ELEMENTS (flags); i++) {
    blocks[i] = test_block_new (8 + i, 777);
    blocks[i]->flags = flags[i];
    push_block (&recoder, blocks[i]);
  }
  finish (&recoder);
  /* Bytes that are no records make no difference: nobody reads them. */
  expect_block (&recoder, blocks[0], 4);
  expect_block (&recoder, blocks[1], 4);
  for (guint i = 0; i < recoder.packets->len; i++) {
    const TestPacket *packet = test_packet (recoder.packets, i);
    gboolean begins = packet->alc.toi == 8 && packet->alc.esi == 0;

    fail_unless_equals_int (!begins,
        GST_BUFFER_FLAG_IS_SET (packet->buffer, GST_BUFFER_FLAG_DELTA_UNIT));
  }
  expect_caps (&recoder,
      GST_FEC_ALC_MEDIA_TYPE ", tsi=(uint)7, symbol-size=(int)64, "
                             "packet-size=(int)104, framing=(string)records, "
                             "media-caps=(string)\"" RAW_CAPS "\"");
  teardown (&recoder);
  for (guint i = 0; i < G_N_ELEMENTS (flags); i++)
    test_block_free (blocks[i]);
}
GST_END_TEST;

GST_START_TEST (test_the_last_object_is_told_and_ends_the_stream)
{
  TestBlock *block = test_block_new (5, 1000);
  TestBlock *last = test_block_new (6, 1000);
  Recoder recoder;

  last->flags = GST_FEC_BLOCK_LAST;
  setup (&recoder, "fecdecode ! fecencode");
  push_block (&recoder, block);
  for (guint32 esi = 0; esi < test_block_k (last); esi++)
    gst_harness_push (recoder.harness, test_block_packet (last, esi, esi > 10));
  finish (&recoder);
  expect_block (&recoder, block, 4);
  expect_block (&recoder, last, 4);
  for (guint i = 0; i < recoder.packets->len; i++) {
    const GstFecAlcPacket *alc = &test_packet (recoder.packets, i)->alc;

    fail_unless_equals_int (alc->close_session, alc->toi == 6);
  }
  teardown (&recoder);
  test_block_free (block);
  test_block_free (last);
}
GST_END_TEST;

GST_START_TEST (test_an_end_that_comes_behind_the_last_object_is_told)
{
  TestBlock *block = test_block_new (5, 1000);
  const GstFecAlcPacket *alc;
  Recoder recoder;

  setup (&recoder, "fecdecode ! fecencode repair=0");
  push_block (&recoder, block);
  finish (&recoder);
  alc = &test_packet (recoder.packets, recoder.packets->len - 1)->alc;
  fail_unless (alc->close_session);
  fail_unless_equals_int (alc->block_flags, GST_FEC_BLOCK_LAST);
  fail_unless_equals_int (alc->toi, 5);
  teardown (&recoder);
  test_block_free (block);
}
GST_END_TEST;

GST_START_TEST (test_without_repair_no_packet_is_sent_twice)
{
  TestBlock *block = test_block_new (5, 10 * TEST_T);
  TestBlock *next = test_block_new (6, TEST_T);
  Recoder recoder;

  setup (&recoder, "fecdecode ! fecencode repair=0");
  push_block (&recoder, block);
  push_block (&recoder, next);
  finish (&recoder);
  expect_block (&recoder, block, 0);
  teardown (&recoder);
  test_block_free (block);
  test_block_free (next);
}
GST_END_TEST;

GST_START_TEST (test_damaged_objects_are_left_out)
{
  TestBlock *blocks[6];
  Recoder recoder;

  setup (&recoder, "fecdecode ! fecencode");
  for (guint i = 0; i < G_N_ELEMENTS (blocks); i++) {
    blocks[i] = test_block_new (100 + i, 1000);
    if (i == 1)
      push_range (&recoder, blocks[i], 1, test_block_k (blocks[i]));
    else
      push_block (&recoder, blocks[i]);
  }
  finish (&recoder);
  for (guint i = 0; i < G_N_ELEMENTS (blocks) - 1; i++) {
    if (i == 1) {
      fail_unless_equals_int (
          test_packets_count (recoder.packets, 101, 0, G_MAXUINT32), 0);
    } else {
      expect_block (&recoder, blocks[i], 4);
    }
  }
  for (guint i = 0; i < G_N_ELEMENTS (blocks); i++)
    test_block_free (blocks[i]);
  teardown (&recoder);
}
GST_END_TEST;

GST_START_TEST (test_a_sender_that_goes_on_with_other_symbols_is_followed)
{
  TestBlock *before = test_block_new (5, 1000);
  TestBlock *after = test_block_new (900000, 3000);
  TestBlock *next = test_block_new (900001, 3000);
  Recoder recoder;

  after->t = next->t = 128;
  setup (&recoder, "fecdecode ! fecencode");
  push_block (&recoder, before);
  push_block (&recoder, after);
  push_block (&recoder, next);
  finish (&recoder);
  expect_block (&recoder, before, 4);
  expect_block (&recoder, after, 5);
  expect_caps (&recoder,
      GST_FEC_ALC_MEDIA_TYPE ", tsi=(uint)7, symbol-size=(int)128, "
                             "packet-size=(int)168, framing=(string)raw, "
                             "media-caps=(string)\"" RAW_CAPS "\"");
  teardown (&recoder);
  test_block_free (before);
  test_block_free (after);
  test_block_free (next);
}
GST_END_TEST;

GST_START_TEST (test_media_caps_between_make_a_stream_of_its_own)
{
  TestBlock *block = test_block_new (5, 1000);
  Recoder recoder;

  setup (&recoder,
      "fecdecode ! " RAW_CAPS " ! fecencode framing=raw tsi=3 first-toi=77");
  push_block (&recoder, block);
  finish (&recoder);
  fail_unless_equals_int (test_packet (recoder.packets, 0)->alc.tsi, 3);
  fail_unless_equals_int (test_packet (recoder.packets, 0)->alc.toi, 77);
  fail_unless_equals_uint64 (test_packets_length (recoder.packets, 77), 1000);
  teardown (&recoder);
  test_block_free (block);
}
GST_END_TEST;

GST_START_TEST (test_objects_are_one_buffer_each)
{
  const gsize sizes[] = { 1000, 1, 70001 };
  GstHarness *h =
      gst_harness_new_parse ("fecdecode ! capsfilter caps=" OBJECT_CAPS);
  GstBuffer *buffer;
  GstCaps *caps;

  gst_harness_set_src_caps_str (h, GST_FEC_ALC_MEDIA_TYPE);
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
    TestBlock *block = test_block_new (5 + i, sizes[i]);

    for (guint32 esi = 0; esi < test_block_k (block); esi++)
      gst_harness_push (h, test_block_packet (block, esi, TRUE));
    buffer = gst_harness_pull (h);
    fail_unless_equals_int (gst_buffer_get_size (buffer), sizes[i]);
    fail_unless (
        gst_buffer_memcmp (buffer, 0, block->bytes->data, sizes[i]) == 0);
    gst_buffer_unref (buffer);
    fail_unless_equals_int (gst_harness_buffers_in_queue (h), 0);
    test_block_free (block);
  }
  caps = gst_pad_get_current_caps (h->sinkpad);
  fail_unless (
      gst_structure_has_name (gst_caps_get_structure (caps, 0), OBJECT_CAPS));
  gst_caps_unref (caps);
  gst_harness_teardown (h);
}
GST_END_TEST;

GST_START_TEST (test_buffers_that_are_no_objects_are_dropped)
{
  GstHarness *h = gst_harness_new_parse ("fecencode");

  gst_harness_set_src_caps_str (
      h, OBJECT_CAPS ", tsi=(uint)7, symbol-size=(int)64");
  fail_unless_equals_int (
      gst_harness_push (h, gst_buffer_new_allocate (NULL, 100, NULL)),
      GST_FLOW_OK);
  gst_harness_push_event (h, gst_event_new_eos ());
  fail_unless_equals_int (gst_harness_buffers_received (h), 0);
  gst_harness_teardown (h);
}
GST_END_TEST;

GST_START_TEST (test_caps_without_a_channel_are_refused)
{
  GstHarness *h = gst_harness_new_parse ("fecencode");

  gst_harness_set_src_caps_str (h, OBJECT_CAPS);
  fail_unless_equals_int (
      gst_harness_push (h, gst_buffer_new_allocate (NULL, 100, NULL)),
      GST_FLOW_NOT_NEGOTIATED);
  gst_harness_teardown (h);
}
GST_END_TEST;

/* queue, identity and capsfilter */
static void
load_core_elements (void)
{
  GstPlugin *plugin = gst_plugin_load_file (CORE_ELEMENTS, NULL);

  fail_unless (plugin != NULL);
  gst_object_unref (plugin);
}

static Suite *
fecrecode_suite (void)
{
  Suite *suite = suite_create ("fecrecode");
  TCase *tc = tcase_create ("general");

  tcase_add_unchecked_fixture (tc, load_core_elements, NULL);
  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_objects_keep_number_length_and_symbols);
  tcase_add_test (tc, test_objects_go_through_a_queue);
  tcase_add_test (tc, test_symbols_of_odd_lengths_keep_their_alignment);
  tcase_add_test (tc, test_the_channel_is_that_of_the_input);
  tcase_add_test (tc, test_alignment_of_another_sender_is_kept);
  tcase_add_test (tc, test_rebuilt_objects_are_recoded_too);
  tcase_add_test (tc, test_flags_of_records_and_random_access_are_kept);
  tcase_add_test (tc, test_the_last_object_is_told_and_ends_the_stream);
  tcase_add_test (tc, test_an_end_that_comes_behind_the_last_object_is_told);
  tcase_add_test (tc, test_without_repair_no_packet_is_sent_twice);
  tcase_add_test (tc, test_damaged_objects_are_left_out);
  tcase_add_test (
      tc, test_a_sender_that_goes_on_with_other_symbols_is_followed);
  tcase_add_test (tc, test_media_caps_between_make_a_stream_of_its_own);
  tcase_add_test (tc, test_objects_are_one_buffer_each);
  tcase_add_test (tc, test_buffers_that_are_no_objects_are_dropped);
  tcase_add_test (tc, test_caps_without_a_channel_are_refused);
  return suite;
}

GST_CHECK_MAIN (fecrecode);
