/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fecdecode-hostile.c: tests of fecdecode with packets that are wrong: they are
 * dropped, counted, and cost a bounded amount of memory; and of streams of
 * bytes that packets have to be cut out of.
 */
#include "decodeharness.h"

/* A packet of block 1 that a test makes wrong. */
static GstFecAlcPacket
header (guint32 esi)
{
  return (GstFecAlcPacket){
    .tsi = TEST_TSI,
    .toi = 1,
    .has_block = TRUE,
    .has_symbol = TRUE,
    .esi = esi,
    .symbol_size = TEST_T,
  };
}

static RqOti
oti (guint64 length, guint16 symbol_size)
{
  return (RqOti){ .transfer_length = length,
    .symbol_size = symbol_size,
    .source_blocks = 1,
    .sub_blocks = 1,
    .alignment = 1 };
}

/* The element decodes a block after all that was done to it. */
static void
check_alive (DecodeHarness *decode)
{
  TestBlock *block = test_block_new (1, 5 * TEST_T);

  decode_push_block (decode, block);
  decode_expect_block (decode, block);
  test_block_free (block);
}

GST_START_TEST (test_truncated_packets_are_counted_by_their_error)
{
  TestBlock *block = test_block_new (1, 5 * TEST_T);
  DecodeHarness decode;

  decode_setup (&decode, "", FALSE);
  for (gsize size = 0; size < GST_FEC_ALC_HEADER_SIZE - 4; size++) {
    GstBuffer *packet = test_block_packet (block, 4, TRUE);

    gst_buffer_set_size (packet, size);
    fail_unless_equals_int (decode_push (&decode, packet), GST_FLOW_OK);
  }
  fail_unless_equals_uint64 (
      decode_stat (&decode, "packets-malformed"), GST_FEC_ALC_HEADER_SIZE - 4);
  fail_unless (decode_stat (&decode, "malformed-too-short") > 0);
  decode_push (&decode, gst_buffer_new ());
  check_alive (&decode);
  decode_teardown (&decode);
  test_block_free (block);
}
GST_END_TEST;

GST_START_TEST (test_objects_of_absurd_size_are_refused)
{
  static const guint64 lengths[] = { 0, 1, G_GUINT64_CONSTANT (1) << 30,
    (G_GUINT64_CONSTANT (1) << 40) - 1, RQ_F_MAX };
  DecodeHarness decode;

  decode_setup (&decode, "max-memory=1000000", FALSE);
  for (guint i = 0; i < G_N_ELEMENTS (lengths); i++) {
    GstFecAlcPacket alc = header (50000);

    alc.has_oti = TRUE;
    alc.oti = oti (lengths[i], TEST_T);
    if (lengths[i] != 1)
      decode_push (&decode, test_packet_raw (&alc, TEST_T));
  }
  fail_unless_equals_uint64 (decode_stat (&decode, "memory-bytes"), 0);
  fail_unless_equals_uint64 (decode_stat (&decode, "blocks-pending"), 0);
  check_alive (&decode);
  decode_teardown (&decode);
}
GST_END_TEST;

GST_START_TEST (test_symbols_of_no_bytes_are_refused)
{
  GstFecAlcPacket alc = header (0);
  DecodeHarness decode;

  decode_setup (&decode, "", FALSE);
  alc.symbol_size = 0;
  decode_push (&decode, test_packet_raw (&alc, 0));
  fail_unless_equals_uint64 (decode_stat (&decode, "packets-malformed") +
          decode_stat (&decode, "packets-inconsistent"),
      1);
  check_alive (&decode);
  decode_teardown (&decode);
}
GST_END_TEST;

GST_START_TEST (test_packets_that_contradict_their_block_are_refused)
{
  TestBlock *block = test_block_new (1, 5 * TEST_T);
  GstFecAlcPacket alc = header (3);
  DecodeHarness decode;

  decode_setup (&decode, "", FALSE);
  decode_push (&decode, test_block_packet (block, 0, TRUE));
  decode_expect (&decode, block, 0, TEST_T);
  /* another T, another F, another framing, another source block */
  alc.symbol_size = TEST_T / 2;
  decode_push (&decode, test_packet_raw (&alc, TEST_T / 2));
  alc = header (3);
  alc.has_oti = TRUE;
  alc.oti = oti (6 * TEST_T, TEST_T);
  decode_push (&decode, test_packet_raw (&alc, TEST_T));
  alc = header (3);
  alc.block_flags = GST_FEC_BLOCK_RECORDS;
  decode_push (&decode, test_packet_raw (&alc, TEST_T));
  alc = header (3);
  alc.sbn = 1;
  decode_push (&decode, test_packet_raw (&alc, TEST_T));
  fail_unless_equals_uint64 (decode_stat (&decode, "packets-inconsistent"), 4);
  decode_push_range (&decode, block, 1, 5);
  decode_expect (&decode, block, TEST_T, 5 * TEST_T);
  decode_teardown (&decode);
  test_block_free (block);
}
GST_END_TEST;

GST_START_TEST (test_a_symbol_behind_the_end_is_forgotten_when_it_is_known)
{
  TestBlock *block = test_block_new (1, 5 * TEST_T);
  GstFecAlcPacket alc = header (40000);
  DecodeHarness decode;

  decode_setup (&decode, "", FALSE);
  decode_push (&decode, test_packet_raw (&alc, TEST_T));
  check_alive (&decode);
  fail_unless_equals_uint64 (decode_stat (&decode, "blocks-complete"), 1);
  decode_teardown (&decode);
  test_block_free (block);
}
GST_END_TEST;

GST_START_TEST (test_a_flood_of_scattered_symbols_stays_within_max_memory)
{
  const guint64 max = 400000;
  DecodeHarness decode;

  decode_setup (&decode, "max-memory=400000", FALSE);
  for (guint32 i = 0; i < 20000; i++) {
    GstFecAlcPacket alc = header (i * 2654435761u % (RQ_ESI_MAX + 1));

    alc.toi = i % 12;
    alc.has_oti = i % 3 == 0;
    alc.oti = oti (3000 * TEST_T, TEST_T);
    fail_unless_equals_int (
        decode_push (&decode, test_packet_raw (&alc, TEST_T)), GST_FLOW_OK);
    fail_unless (decode_stat (&decode, "memory-bytes") <= max);
  }
  fail_unless (decode_stat (&decode, "memory-max-bytes") <= max);
  fail_unless (decode_stat (&decode, "packets-over-limit") > 0);
  fail_unless (decode_stat (&decode, "blocks-pending") <= 16);
  decode_teardown (&decode);
}
GST_END_TEST;

GST_START_TEST (test_packets_of_other_channels_are_dropped)
{
  TestBlock *block = test_block_new (1, 2 * TEST_T);
  GstFecAlcPacket alc = header (0);
  DecodeHarness decode;

  alc.tsi = TEST_TSI + 1;
  decode_setup (&decode, "", FALSE);
  decode_push_range (&decode, block, 0, 1);
  decode_push (&decode, test_packet_raw (&alc, TEST_T));
  decode_expect (&decode, block, 0, TEST_T);
  fail_unless_equals_uint64 (decode_stat (&decode, "packets-other-channel"), 1);
  decode_teardown (&decode);

  decode_setup (&decode, "tsi=99", FALSE);
  decode_push_block (&decode, block);
  decode_expect_nothing (&decode);
  fail_unless_equals_uint64 (decode_stat (&decode, "packets-other-channel"), 2);
  decode_teardown (&decode);
  test_block_free (block);
}
GST_END_TEST;

/* ---- Streams of bytes ---- */

/* All packets of @n blocks one behind the other, with some lost. */
static GByteArray *
packet_file (guint n, GByteArray *media)
{
  GByteArray *file = g_byte_array_new ();

  for (guint toi = 0; toi < n; toi++) {
    TestBlock *block = test_block_new (toi, 7 * TEST_T + toi);

    for (guint32 esi = 0; esi < 11; esi++) {
      GstBuffer *packet = test_block_packet (block, esi, FALSE);
      GstMapInfo map;

      gst_buffer_map (packet, &map, GST_MAP_READ);
      if (esi != 2)
        g_byte_array_append (file, map.data, map.size);
      gst_buffer_unmap (packet, &map);
      gst_buffer_unref (packet);
    }
    g_byte_array_append (media, block->bytes->data, block->bytes->len);
    test_block_free (block);
  }
  return file;
}

static void
push_bytes (DecodeHarness *decode, const guint8 *data, gsize size, gsize chunk)
{
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_BYTES);
  gst_harness_push_event (decode->harness, gst_event_new_segment (&segment));
  for (gsize at = 0; at < size; at += chunk)
    fail_unless_equals_int (
        decode_push (
            decode, gst_buffer_new_memdup (data + at, MIN (chunk, size - at))),
        GST_FLOW_OK);
  gst_harness_push_event (decode->harness, gst_event_new_eos ());
}

static void
check_bytes (const gchar *properties, guint n, gsize chunk)
{
  GByteArray *media = g_byte_array_new ();
  GByteArray *file = packet_file (n, media);
  GByteArray *out;
  DecodeHarness decode;

  decode_setup (&decode, properties, FALSE);
  push_bytes (&decode, file->data, file->len, chunk);
  out = decode_pull_bytes (&decode);
  fail_unless_equals_int (out->len, media->len);
  fail_unless (memcmp (out->data, media->data, media->len) == 0);
  fail_unless_equals_uint64 (decode_stat (&decode, "bytes-skipped"), 0);
  decode_teardown (&decode);
  g_byte_array_unref (out);
  g_byte_array_unref (file);
  g_byte_array_unref (media);
}

GST_START_TEST (test_packets_are_cut_out_of_bytes)
{
  static const gsize chunks[] = { 1, 13, 104, 1000, 4096, 1 << 20 };

  for (guint i = 0; i < G_N_ELEMENTS (chunks); i++) {
    check_bytes ("", 3, chunks[i]);
    check_bytes ("packet-size=104", 3, chunks[i]);
  }
}
GST_END_TEST;

GST_START_TEST (test_a_stream_of_few_packets_is_cut_at_its_end)
{
  TestBlock *block = test_block_new (1, 2 * TEST_T);

  for (guint n = 1; n <= 2; n++) {
    GByteArray *file = g_byte_array_new ();
    DecodeHarness decode;

    for (guint32 esi = 0; esi < n; esi++) {
      GstBuffer *packet = test_block_packet (block, esi, TRUE);
      gsize at = file->len;

      g_byte_array_set_size (file, at + gst_buffer_get_size (packet));
      gst_buffer_extract (packet, 0, file->data + at, -1);
      gst_buffer_unref (packet);
    }
    decode_setup (&decode, "", FALSE);
    push_bytes (&decode, file->data, file->len, 50);
    decode_expect (&decode, block, 0, n * TEST_T);
    decode_teardown (&decode);
    g_byte_array_unref (file);
  }
  test_block_free (block);
}
GST_END_TEST;

GST_START_TEST (test_bytes_that_are_no_packet_are_skipped)
{
  GByteArray *media = g_byte_array_new ();
  GByteArray *file = packet_file (3, media);
  GByteArray *out;
  DecodeHarness decode;

  /* half a packet is missing, and there is rubbish in front */
  g_byte_array_remove_range (file, 400, 52);
  g_byte_array_prepend (file, (const guint8 *) "rubbish", 7);
  decode_setup (&decode, "", FALSE);
  push_bytes (&decode, file->data, file->len, 4096);
  out = decode_pull_bytes (&decode);
  fail_unless_equals_int (out->len, media->len);
  fail_unless (memcmp (out->data, media->data, media->len) == 0);
  fail_unless (decode_stat (&decode, "bytes-skipped") >= 7);
  decode_teardown (&decode);
  g_byte_array_unref (out);
  g_byte_array_unref (file);
  g_byte_array_unref (media);
}
GST_END_TEST;

GST_START_TEST (test_bytes_without_any_packet_give_nothing)
{
  static guint8 zeros[200000];
  DecodeHarness decode;

  decode_setup (&decode, "", FALSE);
  push_bytes (&decode, zeros, sizeof zeros, 4096);
  decode_expect_nothing (&decode);
  fail_unless_equals_uint64 (
      decode_stat (&decode, "bytes-skipped"), sizeof zeros);
  decode_teardown (&decode);
}
GST_END_TEST;

static Suite *
fecdecode_hostile_suite (void)
{
  Suite *suite = suite_create ("fecdecode-hostile");
  TCase *tc = tcase_create ("hostile");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_truncated_packets_are_counted_by_their_error);
  tcase_add_test (tc, test_objects_of_absurd_size_are_refused);
  tcase_add_test (tc, test_symbols_of_no_bytes_are_refused);
  tcase_add_test (tc, test_packets_that_contradict_their_block_are_refused);
  tcase_add_test (
      tc, test_a_symbol_behind_the_end_is_forgotten_when_it_is_known);
  tcase_add_test (
      tc, test_a_flood_of_scattered_symbols_stays_within_max_memory);
  tcase_add_test (tc, test_packets_of_other_channels_are_dropped);
  tcase_add_test (tc, test_packets_are_cut_out_of_bytes);
  tcase_add_test (tc, test_a_stream_of_few_packets_is_cut_at_its_end);
  tcase_add_test (tc, test_bytes_that_are_no_packet_are_skipped);
  tcase_add_test (tc, test_bytes_without_any_packet_give_nothing);
  return suite;
}

GST_CHECK_MAIN (fecdecode_hostile);
