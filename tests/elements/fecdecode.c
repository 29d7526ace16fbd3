/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fecdecode.c: tests of fecdecode with raw blocks: order, early release, repair,
 * blocks that are lost, receivers that come late, senders that start anew.
 */
#include "decodeharness.h"

GST_START_TEST (test_symbols_leave_the_moment_they_are_there)
{
  TestBlock *block = test_block_new (5, 4 * TEST_T + 10);
  DecodeHarness decode;

  decode_setup (&decode, "", FALSE);
  for (guint32 esi = 0; esi < 4; esi++) {
    decode_push (&decode, test_block_packet (block, esi, FALSE));
    decode_expect (&decode, block, esi * TEST_T, (esi + 1) * TEST_T);
  }
  decode_push (&decode, test_block_packet (block, 4, FALSE));
  decode_expect (&decode, block, 4 * TEST_T, 4 * TEST_T + 10);
  fail_unless_equals_uint64 (decode_stat (&decode, "blocks-complete"), 1);
  fail_unless_equals_uint64 (decode_stat (&decode, "blocks-repaired"), 0);
  decode_teardown (&decode);
  test_block_free (block);
}
GST_END_TEST;

GST_START_TEST (test_any_number_of_losses_up_to_repair_is_repaired)
{
  const guint32 k = 10;

  for (guint32 lost = 1; lost <= k; lost++) {
    TestBlock *first = test_block_new (1, 100);
    TestBlock *block = test_block_new (2, k * TEST_T - 3);
    guint32 repair = k;
    DecodeHarness decode;

    decode_setup (&decode, "", FALSE);
    decode_push_block (&decode, first);
    decode_expect_block (&decode, first);
    decode_push_range (&decode, block, lost, k);
    decode_expect_nothing (&decode);
    while (decode_stat (&decode, "blocks-complete") < 2) {
      fail_unless (repair < k + lost + 3);
      decode_push (&decode, test_block_packet (block, repair++, FALSE));
    }
    decode_expect_block (&decode, block);
    fail_unless_equals_uint64 (
        decode_stat (&decode, "symbols-recovered"), lost);
    fail_unless_equals_uint64 (decode_stat (&decode, "blocks-repaired"), 1);
    decode_teardown (&decode);
    test_block_free (first);
    test_block_free (block);
  }
}
GST_END_TEST;

GST_START_TEST (test_bytes_before_a_hole_do_not_wait_for_its_repair)
{
  TestBlock *block = test_block_new (1, 8 * TEST_T);
  DecodeHarness decode;

  decode_setup (&decode, "", FALSE);
  decode_push_range (&decode, block, 0, 3);
  decode_push_range (&decode, block, 4, 8);
  decode_expect (&decode, block, 0, 3 * TEST_T);
  decode_push_range (&decode, block, 8, 10);
  decode_expect (&decode, block, 3 * TEST_T, 8 * TEST_T);
  decode_teardown (&decode);
  test_block_free (block);
}
GST_END_TEST;

GST_START_TEST (test_reordered_and_duplicate_packets_come_out_once_in_order)
{
  static const guint32 order[] = { 2, 0, 0, 3, 1, 2, 5, 5, 4, 0 };
  TestBlock *block = test_block_new (1, 6 * TEST_T);
  DecodeHarness decode;

  decode_setup (&decode, "", FALSE);
  for (guint i = 0; i < G_N_ELEMENTS (order); i++)
    decode_push (&decode, test_block_packet (block, order[i], order[i] == 3));
  decode_expect_block (&decode, block);
  fail_unless_equals_uint64 (decode_stat (&decode, "packets-duplicate"), 3);
  fail_unless_equals_uint64 (decode_stat (&decode, "symbols-wasted"), 1);
  decode_teardown (&decode);
  test_block_free (block);
}
GST_END_TEST;

GST_START_TEST (test_lost_packets_are_counted_until_they_come_after_all)
{
  TestBlock *block = test_block_new (1, 6 * TEST_T);
  GstBuffer *late;
  DecodeHarness decode;

  decode_setup (&decode, "", FALSE);
  decode_push_range (&decode, block, 0, 2);
  late = test_block_packet (block, 2, FALSE);
  decode_push_range (&decode, block, 3, 4);
  fail_unless_equals_uint64 (decode_stat (&decode, "packets-lost"), 1);
  decode_push (&decode, late);
  fail_unless_equals_uint64 (decode_stat (&decode, "packets-lost"), 0);
  decode_teardown (&decode);
  test_block_free (block);
}
GST_END_TEST;

GST_START_TEST (test_length_of_a_full_block_may_come_with_its_repair_only)
{
  TestBlock *block = test_block_new (1, 3 * TEST_T);
  TestBlock *next = test_block_new (2, 2 * TEST_T);
  DecodeHarness decode;

  decode_setup (&decode, "", FALSE);
  decode_push_range (&decode, block, 0, 3);
  decode_expect_block (&decode, block);
  decode_push_range (&decode, next, 0, 1);
  decode_expect_nothing (&decode);
  decode_push (&decode, test_block_packet (block, 3, TRUE));
  decode_expect (&decode, next, 0, TEST_T);
  decode_teardown (&decode);
  test_block_free (block);
  test_block_free (next);
}
GST_END_TEST;

GST_START_TEST (test_a_lost_block_costs_that_block_and_is_told)
{
  TestBlock *blocks[6];
  GstMessage *message;
  const GstStructure *details;
  GstBuffer *buffer;
  guint64 received, needed;
  GByteArray *bytes;
  guint i, lowest;
  DecodeHarness decode;

  decode_setup (&decode, "", FALSE);
  for (i = 0; i < 6; i++)
    blocks[i] = test_block_new (i, 5 * TEST_T);
  decode_push_block (&decode, blocks[0]);
  decode_expect_block (&decode, blocks[0]);
  /* of block 1 comes 0, 2, 3, and no repair */
  decode_push_range (&decode, blocks[1], 0, 1);
  decode_push_range (&decode, blocks[1], 2, 4);
  decode_push_block (&decode, blocks[2]);
  decode_push_block (&decode, blocks[3]);
  decode_expect (&decode, blocks[1], 0, TEST_T);
  decode_push_range (&decode, blocks[4], 0, 1);
  buffer = gst_harness_pull (decode.harness);
  fail_unless (GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DISCONT));
  fail_unless_equals_int (gst_buffer_get_size (buffer), 2 * TEST_T);
  fail_unless (gst_buffer_memcmp (buffer, 0,
                   blocks[1]->bytes->data + 2 * TEST_T, 2 * TEST_T) == 0);
  gst_buffer_unref (buffer);
  buffer = gst_harness_pull (decode.harness);
  fail_unless (GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DISCONT));
  fail_unless_equals_int (gst_buffer_get_size (buffer), 5 * TEST_T);
  gst_buffer_unref (buffer);
  bytes = decode_pull_bytes (&decode);
  fail_unless_equals_int (bytes->len, 6 * TEST_T);
  fail_unless (memcmp (bytes->data, blocks[3]->bytes->data, 5 * TEST_T) == 0);
  g_byte_array_unref (bytes);

  message = decode_pop_warning (&decode);
  fail_unless (message != NULL);
  gst_message_parse_warning_details (message, &details);
  fail_unless (gst_structure_get (details, "blocks", G_TYPE_UINT, &i,
      "first-block", G_TYPE_UINT, &lowest, "symbols-received", G_TYPE_UINT64,
      &received, "symbols-needed", G_TYPE_UINT64, &needed, NULL));
  fail_unless_equals_int (i, 1);
  fail_unless_equals_int (lowest, 1);
  fail_unless_equals_uint64 (received, 3);
  fail_unless_equals_uint64 (needed, 4);
  gst_message_unref (message);
  fail_unless_equals_uint64 (decode_stat (&decode, "blocks-lost"), 1);
  fail_unless_equals_uint64 (decode_stat (&decode, "blocks-complete"), 3);
  decode_teardown (&decode);
  for (i = 0; i < 6; i++)
    test_block_free (blocks[i]);
}
GST_END_TEST;

GST_START_TEST (test_a_receiver_that_comes_late_begins_with_the_next_block)
{
  TestBlock *first = test_block_new (40, 10 * TEST_T);
  TestBlock *second = test_block_new (41, 10 * TEST_T);
  GstBuffer *buffer;
  DecodeHarness decode;

  decode_setup (&decode, "", FALSE);
  decode_push_range (&decode, first, 6, 10);
  decode_expect_nothing (&decode);
  decode_push_range (&decode, second, 0, 1);
  buffer = gst_harness_try_pull (decode.harness);
  fail_unless (buffer != NULL);
  fail_unless (GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DISCONT));
  gst_buffer_unref (buffer);
  fail_unless_equals_uint64 (decode_stat (&decode, "blocks-skipped"), 1);
  fail_unless_equals_uint64 (decode_stat (&decode, "blocks-lost"), 0);
  fail_unless (decode_pop_warning (&decode) == NULL);
  decode_teardown (&decode);
  test_block_free (first);
  test_block_free (second);
}
GST_END_TEST;

GST_START_TEST (test_a_first_block_that_lacks_little_is_waited_for)
{
  TestBlock *first = test_block_new (40, 10 * TEST_T);
  TestBlock *second = test_block_new (41, 10 * TEST_T);
  GByteArray *bytes;
  DecodeHarness decode;

  decode_setup (&decode, "", FALSE);
  decode_push_range (&decode, first, 1, 10);
  decode_push_range (&decode, second, 0, 1);
  decode_expect_nothing (&decode);
  decode_push (&decode, test_block_packet (first, 10, TRUE));
  bytes = decode_pull_bytes (&decode);
  fail_unless_equals_int (bytes->len, 11 * TEST_T);
  g_byte_array_unref (bytes);
  decode_teardown (&decode);
  test_block_free (first);
  test_block_free (second);
}
GST_END_TEST;

GST_START_TEST (test_a_block_of_repair_symbols_alone_is_rebuilt)
{
  TestBlock *block = test_block_new (9, 8 * TEST_T - 1);
  guint32 esi = 8;
  DecodeHarness decode;

  decode_setup (&decode, "", FALSE);
  while (decode_stat (&decode, "blocks-complete") == 0) {
    fail_unless (esi < 20);
    decode_push (&decode, test_block_packet (block, esi++, TRUE));
  }
  decode_expect_block (&decode, block);
  decode_teardown (&decode);
  test_block_free (block);
}
GST_END_TEST;

GST_START_TEST (test_block_numbers_go_on_behind_the_largest)
{
  DecodeHarness decode;

  decode_setup (&decode, "", FALSE);
  for (guint32 i = 0; i < 6; i++) {
    TestBlock *block = test_block_new (0xfffffffd + i, 3 * TEST_T);

    decode_push_block (&decode, block);
    decode_expect_block (&decode, block);
    test_block_free (block);
  }
  fail_unless_equals_uint64 (decode_stat (&decode, "blocks-complete"), 6);
  fail_unless_equals_uint64 (decode_stat (&decode, "resyncs"), 0);
  decode_teardown (&decode);
}
GST_END_TEST;

static void
check_restart (guint32 before, guint32 after)
{
  TestBlock *old = test_block_new (before, 4 * TEST_T);
  TestBlock *new = test_block_new (after, 12 * TEST_T);
  DecodeHarness decode;

  decode_setup (&decode, "", FALSE);
  decode_push_block (&decode, old);
  decode_expect_block (&decode, old);
  decode_push_range (&decode, new, 0, 3);
  decode_expect_nothing (&decode);
  decode_push_range (&decode, new, 3, 12);
  decode_expect_block (&decode, new);
  fail_unless_equals_uint64 (decode_stat (&decode, "resyncs"), 1);
  decode_teardown (&decode);
  test_block_free (old);
  test_block_free (new);
}

GST_START_TEST (test_a_sender_that_starts_anew_is_followed)
{
  check_restart (5000, 3);
  check_restart (3, 5000);
  check_restart (0, 0x80000000);
}
GST_END_TEST;

GST_START_TEST (test_a_single_packet_from_far_away_changes_nothing)
{
  TestBlock *far = test_block_new (5000, 4 * TEST_T);
  DecodeHarness decode;

  decode_setup (&decode, "", FALSE);
  for (guint32 i = 0; i < 40; i++) {
    TestBlock *block = test_block_new (i, 4 * TEST_T);

    decode_push_block (&decode, block);
    decode_push (&decode, test_block_packet (far, 0, TRUE));
    decode_expect_block (&decode, block);
    test_block_free (block);
  }
  fail_unless_equals_uint64 (decode_stat (&decode, "packets-stray"), 40);
  fail_unless_equals_uint64 (decode_stat (&decode, "resyncs"), 0);
  decode_teardown (&decode);
  test_block_free (far);
}
GST_END_TEST;

GST_START_TEST (test_a_long_outage_is_a_gap)
{
  TestBlock *before = test_block_new (10, 4 * TEST_T);
  TestBlock *after = test_block_new (60, 12 * TEST_T);
  DecodeHarness decode;

  decode_setup (&decode, "", FALSE);
  decode_push_block (&decode, before);
  decode_expect_block (&decode, before);
  decode_push_block (&decode, after);
  decode_expect_block (&decode, after);
  fail_unless_equals_uint64 (decode_stat (&decode, "blocks-lost"), 49);
  fail_unless_equals_uint64 (decode_stat (&decode, "resyncs"), 0);
  decode_teardown (&decode);
  test_block_free (before);
  test_block_free (after);
}
GST_END_TEST;

GST_START_TEST (test_bytes_of_an_early_copy_leave_once)
{
  TestBlock *block = test_block_new (1, 2 * TEST_T);
  GstFecAlcPacket early = {
    .tsi = TEST_TSI,
    .toi = 1,
    .has_block = TRUE,
    .block_flags = GST_FEC_BLOCK_EARLY,
    .early_size = 20,
    .has_symbol = TRUE,
    .sbn = GST_FEC_ALC_EARLY_SBN,
    .esi = 1,
    .symbol_size = TEST_T,
  };
  GstBuffer *packet = test_packet_raw (&early, TEST_T);
  DecodeHarness decode;

  gst_buffer_fill (packet, GST_FEC_ALC_HEADER_SIZE, block->bytes->data + TEST_T,
      early.early_size);
  decode_setup (&decode, "", FALSE);
  decode_push (&decode, gst_buffer_ref (packet));
  decode_expect_nothing (&decode);
  decode_push_range (&decode, block, 0, 1);
  decode_expect (&decode, block, 0, TEST_T);
  decode_push (&decode, gst_buffer_ref (packet));
  decode_expect (&decode, block, TEST_T, TEST_T + 20);
  decode_push (&decode, packet);
  decode_expect_nothing (&decode);
  decode_push_range (&decode, block, 1, 2);
  decode_expect (&decode, block, TEST_T + 20, 2 * TEST_T);
  decode_teardown (&decode);
  test_block_free (block);
}
GST_END_TEST;

/* Media type of what comes out. */
static gchar *
out_type (DecodeHarness *decode)
{
  GstPad *pad = GST_PAD_PEER (decode->harness->sinkpad);
  GstCaps *caps = gst_pad_get_current_caps (pad);
  gchar *type;

  fail_unless (caps != NULL);
  type = g_strdup (gst_structure_get_name (gst_caps_get_structure (caps, 0)));
  gst_caps_unref (caps);
  return type;
}

GST_START_TEST (test_caps_of_packets_tell_channel_and_media)
{
  TestBlock *block = test_block_new (1, 2 * TEST_T);
  DecodeHarness decode;
  gchar *type;

  decode_setup (&decode, "", FALSE);
  gst_harness_set_src_caps_str (decode.harness,
      GST_FEC_ALC_MEDIA_TYPE ", tsi=(uint)8, media-caps=(string)video/x-told");
  decode_push_block (&decode, block);
  decode_expect_nothing (&decode);
  fail_unless_equals_uint64 (decode_stat (&decode, "packets-other-channel"), 2);
  gst_harness_set_src_caps_str (decode.harness,
      GST_FEC_ALC_MEDIA_TYPE ", tsi=(uint)7, media-caps=(string)video/x-told");
  decode_push_block (&decode, block);
  decode_expect_block (&decode, block);
  type = out_type (&decode);
  fail_unless_equals_string (type, "video/x-told");
  g_free (type);
  decode_teardown (&decode);
  test_block_free (block);
}
GST_END_TEST;

GST_START_TEST (test_caps_of_other_channels_are_not_ours)
{
  TestBlock *block = test_block_new (1, 2 * TEST_T);
  DecodeHarness decode;
  gchar *type;

  decode_setup (&decode, "tsi=7", FALSE);
  gst_harness_set_src_caps_str (decode.harness,
      GST_FEC_ALC_MEDIA_TYPE ", tsi=(uint)7, media-caps=(string)video/x-told");
  gst_harness_set_src_caps_str (decode.harness,
      GST_FEC_ALC_MEDIA_TYPE ", tsi=(uint)8, media-caps=(string)audio/x-other");
  decode_push_block (&decode, block);
  decode_expect_block (&decode, block);
  type = out_type (&decode);
  fail_unless_equals_string (type, "video/x-told");
  g_free (type);
  decode_teardown (&decode);
  test_block_free (block);
}
GST_END_TEST;

GST_START_TEST (test_bytes_of_unknown_type_leave_at_the_latest_at_the_end)
{
  TestBlock *block = test_block_new (1, 2 * TEST_T);
  DecodeHarness decode;
  gchar *type;

  decode_setup (&decode, "", FALSE);
  g_object_set (decode.harness->element, "media-caps", NULL, NULL);
  decode_push_block (&decode, block);
  decode_expect_nothing (&decode);
  gst_harness_push_event (decode.harness, gst_event_new_eos ());
  decode_expect_block (&decode, block);
  type = out_type (&decode);
  fail_unless_equals_string (type, "application/octet-stream");
  g_free (type);
  decode_teardown (&decode);
  test_block_free (block);
}
GST_END_TEST;

GST_START_TEST (test_packets_may_come_as_lists)
{
  TestBlock *block = test_block_new (1, 4 * TEST_T);
  GstBufferList *list = gst_buffer_list_new ();
  DecodeHarness decode;

  for (guint32 esi = 0; esi < 4; esi++)
    gst_buffer_list_add (list, test_block_packet (block, esi, esi == 3));
  decode_setup (&decode, "", FALSE);
  fail_unless_equals_int (
      gst_pad_push_list (decode.harness->srcpad, list), GST_FLOW_OK);
  decode_expect_block (&decode, block);
  decode_teardown (&decode);
  test_block_free (block);
}
GST_END_TEST;

static Suite *
fecdecode_suite (void)
{
  Suite *suite = suite_create ("fecdecode");
  TCase *tc = tcase_create ("raw");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_symbols_leave_the_moment_they_are_there);
  tcase_add_test (tc, test_any_number_of_losses_up_to_repair_is_repaired);
  tcase_add_test (tc, test_bytes_before_a_hole_do_not_wait_for_its_repair);
  tcase_add_test (
      tc, test_reordered_and_duplicate_packets_come_out_once_in_order);
  tcase_add_test (tc, test_lost_packets_are_counted_until_they_come_after_all);
  tcase_add_test (
      tc, test_length_of_a_full_block_may_come_with_its_repair_only);
  tcase_add_test (tc, test_a_lost_block_costs_that_block_and_is_told);
  tcase_add_test (
      tc, test_a_receiver_that_comes_late_begins_with_the_next_block);
  tcase_add_test (tc, test_a_first_block_that_lacks_little_is_waited_for);
  tcase_add_test (tc, test_a_block_of_repair_symbols_alone_is_rebuilt);
  tcase_add_test (tc, test_block_numbers_go_on_behind_the_largest);
  tcase_add_test (tc, test_a_sender_that_starts_anew_is_followed);
  tcase_add_test (tc, test_a_single_packet_from_far_away_changes_nothing);
  tcase_add_test (tc, test_a_long_outage_is_a_gap);
  tcase_add_test (tc, test_bytes_of_an_early_copy_leave_once);
  tcase_add_test (tc, test_caps_of_packets_tell_channel_and_media);
  tcase_add_test (tc, test_caps_of_other_channels_are_not_ours);
  tcase_add_test (
      tc, test_bytes_of_unknown_type_leave_at_the_latest_at_the_end);
  tcase_add_test (tc, test_packets_may_come_as_lists);
  return suite;
}

GST_CHECK_MAIN (fecdecode);
