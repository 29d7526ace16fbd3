/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-alc.c: packets survive the way to bytes and back, and each way of being wrong is refused by its name.
 */
#include "wire/alc.h"

#include <string.h>

#define T 16
#define SIZE (GST_FEC_ALC_HEADER_SIZE + T)
#define FTI 20

typedef struct
{
  guint8 bytes[128];
  gsize size;
} Bytes;

static GstFecAlcPacket
good_packet (void)
{
  GstFecAlcPacket packet = {
    .tsi = 0x01020304,
    .toi = 0xfffffffe,
    .channel = 7,
    .seq = 0xabcd,
    .has_block = TRUE,
    .block_flags = GST_FEC_BLOCK_RECORDS | GST_FEC_BLOCK_RANDOM_ACCESS,
    .has_oti = TRUE,
    .oti = { .transfer_length = 1000,
        .symbol_size = T,
        .source_blocks = 1,
        .sub_blocks = 1,
        .alignment = 4 },
    .has_symbol = TRUE,
    .sbn = 0,
    .esi = 0x123456,
    .symbol_size = T,
  };

  return packet;
}

static Bytes
to_bytes (const GstFecAlcPacket *packet)
{
  Bytes bytes = { .size = SIZE };
  guint i;

  gst_fec_alc_write_header (packet, bytes.bytes);
  for (i = 0; i < T; i++)
    bytes.bytes[GST_FEC_ALC_HEADER_SIZE + i] = 0x80 + i;
  return bytes;
}

static Bytes
good_bytes (void)
{
  GstFecAlcPacket packet = good_packet ();

  return to_bytes (&packet);
}

/* Parses a copy that ends where the data ends, so that a sanitizer sees every read beyond it. */
static GstFecAlcError
parse_exact (const guint8 *data, gsize size, GstFecAlcPacket *packet)
{
  guint8 *copy = g_memdup2 (data, size);
  GstFecAlcError error = gst_fec_alc_parse (packet, copy, size);

  if (error == GST_FEC_ALC_OK && packet->has_symbol)
    g_assert_true (packet->symbol + packet->symbol_size == copy + size);
  g_free (copy);
  return error;
}

static void
assert_error (const Bytes *bytes, GstFecAlcError expected)
{
  GstFecAlcPacket packet;

  g_assert_cmpint (
      parse_exact (bytes->bytes, bytes->size, &packet), ==, expected);
}

static void
test_layout_is_the_documented_one (void)
{
  static const guint8 expected[GST_FEC_ALC_HEADER_SIZE] = { 0x10, 0xa0, 9, 6, 0,
    7, 0xab, 0xcd, 1, 2, 3, 4, 0xff, 0xff, 0xff, 0xfe, 200, 0x03, 0, 0, 64, 4,
    0, 0, 0, 0x03, 0xe8, 0, 0, T, 1, 0, 1, 4, 0, 0, 0, 0x12, 0x34, 0x56 };
  Bytes bytes = good_bytes ();

  g_assert_cmpmem (
      bytes.bytes, GST_FEC_ALC_HEADER_SIZE, expected, sizeof (expected));
}

static void
test_packet_survives (void)
{
  GstFecAlcPacket in = good_packet (), out;
  Bytes bytes = to_bytes (&in);

  g_assert_cmpint (
      gst_fec_alc_parse (&out, bytes.bytes, bytes.size), ==, GST_FEC_ALC_OK);
  g_assert_cmpuint (out.tsi, ==, in.tsi);
  g_assert_cmpuint (out.toi, ==, in.toi);
  g_assert_cmpuint (out.channel, ==, in.channel);
  g_assert_cmpuint (out.seq, ==, in.seq);
  g_assert_false (out.close_session);
  g_assert_false (out.close_object);
  g_assert_true (out.has_block);
  g_assert_cmpuint (out.block_flags, ==, in.block_flags);
  g_assert_true (out.has_oti);
  g_assert_cmpuint (out.oti.transfer_length, ==, 1000);
  g_assert_cmpuint (out.oti.symbol_size, ==, T);
  g_assert_cmpuint (out.oti.source_blocks, ==, 1);
  g_assert_cmpuint (out.oti.sub_blocks, ==, 1);
  g_assert_cmpuint (out.oti.alignment, ==, 4);
  g_assert_true (out.has_symbol);
  g_assert_cmpuint (out.sbn, ==, 0);
  g_assert_cmpuint (out.esi, ==, in.esi);
  g_assert_cmpuint (out.symbol_size, ==, T);
  g_assert_true (out.symbol == bytes.bytes + GST_FEC_ALC_HEADER_SIZE);
  g_assert_cmpuint (gst_fec_alc_peek_tsi (bytes.bytes), ==, in.tsi);
  g_assert_cmpuint (gst_fec_alc_peek_seq (bytes.bytes), ==, in.seq);
  g_assert_true (gst_fec_alc_is_packet (bytes.bytes, bytes.size));
}

static void
test_packet_without_oti_has_the_same_length (void)
{
  GstFecAlcPacket in = good_packet (), out;
  Bytes bytes;

  in.has_oti = FALSE;
  in.close_session = in.close_object = TRUE;
  in.esi = RQ_ESI_MAX;
  bytes = to_bytes (&in);
  g_assert_cmpint (
      gst_fec_alc_parse (&out, bytes.bytes, bytes.size), ==, GST_FEC_ALC_OK);
  g_assert_false (out.has_oti);
  g_assert_true (out.close_session);
  g_assert_true (out.close_object);
  g_assert_cmpuint (out.esi, ==, RQ_ESI_MAX);
  g_assert_cmpuint (out.symbol_size, ==, T);
}

static GstFecAlcPacket
early_packet (void)
{
  GstFecAlcPacket packet = good_packet ();

  packet.has_oti = FALSE;
  packet.block_flags = GST_FEC_BLOCK_EARLY;
  packet.sbn = GST_FEC_ALC_EARLY_SBN;
  packet.early_size = T - 1;
  return packet;
}

static void
test_early_copy_survives (void)
{
  GstFecAlcPacket in = early_packet (), out;
  Bytes bytes = to_bytes (&in);

  g_assert_cmpint (
      gst_fec_alc_parse (&out, bytes.bytes, bytes.size), ==, GST_FEC_ALC_OK);
  g_assert_cmpuint (out.block_flags, ==, GST_FEC_BLOCK_EARLY);
  g_assert_cmpuint (out.sbn, ==, GST_FEC_ALC_EARLY_SBN);
  g_assert_cmpuint (out.early_size, ==, T - 1);
  g_assert_cmpuint (out.esi, ==, in.esi);
}

static void
test_contradicting_early_copy_is_refused (void)
{
  GstFecAlcPacket packet = early_packet ();
  Bytes bytes;

  packet.early_size = T;
  bytes = to_bytes (&packet);
  assert_error (&bytes, GST_FEC_ALC_PAYLOAD_ID);
  packet.early_size = 0;
  bytes = to_bytes (&packet);
  assert_error (&bytes, GST_FEC_ALC_PAYLOAD_ID);
  packet = early_packet ();
  packet.sbn = 0;
  bytes = to_bytes (&packet);
  assert_error (&bytes, GST_FEC_ALC_PAYLOAD_ID);
  packet = early_packet ();
  packet.has_oti = TRUE;
  bytes = to_bytes (&packet);
  assert_error (&bytes, GST_FEC_ALC_PAYLOAD_ID);
}

static void
test_early_size_counts_in_early_copies_only (void)
{
  Bytes bytes = good_bytes ();
  GstFecAlcPacket packet;

  bytes.bytes[18] = 1;
  g_assert_cmpint (
      gst_fec_alc_parse (&packet, bytes.bytes, bytes.size), ==, GST_FEC_ALC_OK);
  g_assert_cmpuint (packet.early_size, ==, 0);
}

static void
test_largest_block_is_accepted (void)
{
  GstFecAlcPacket packet = good_packet ();
  Bytes bytes;

  packet.oti.transfer_length = (guint64) RQ_K_MAX * T;
  bytes = to_bytes (&packet);
  assert_error (&bytes, GST_FEC_ALC_OK);
  packet.oti.transfer_length++;
  bytes = to_bytes (&packet);
  assert_error (&bytes, GST_FEC_ALC_OTI);
}

static void
test_foreign_layout_is_read (void)
{
  /* no EXT_BLOCK, an unknown long and an unknown short extension, EXT_FTI last */
  static const guint8 header[] = { 0x10, 0xa0, 11, 6, 0, 0, 0, 1, 0, 0, 0, 5, 0,
    0, 0, 9, 99, 2, 1, 2, 3, 4, 5, 6, 210, 1, 2, 3, 64, 4, 0, 0, 0, 0, 20, 0, 0,
    4, 2, 0, 1, 4, 0, 0, 1, 0, 0, 3, 0xaa, 0xbb, 0xcc, 0xdd };
  GstFecAlcPacket packet;

  g_assert_cmpint (
      parse_exact (header, sizeof (header), &packet), ==, GST_FEC_ALC_OK);
  g_assert_false (packet.has_block);
  g_assert_cmpuint (packet.block_flags, ==, 0);
  g_assert_true (packet.has_oti);
  g_assert_cmpuint (packet.oti.source_blocks, ==, 2);
  g_assert_cmpuint (packet.sbn, ==, 1);
  g_assert_cmpuint (packet.esi, ==, 3);
}

static void
test_header_alone_closes (void)
{
  Bytes bytes = good_bytes ();
  GstFecAlcPacket packet;

  bytes.size = GST_FEC_ALC_HEADER_SIZE - 4;
  assert_error (&bytes, GST_FEC_ALC_TOO_SHORT);
  bytes.bytes[1] |= 0x01;
  g_assert_cmpint (
      gst_fec_alc_parse (&packet, bytes.bytes, bytes.size), ==, GST_FEC_ALC_OK);
  g_assert_true (packet.close_object);
  g_assert_false (packet.has_symbol);
  g_assert_true (packet.has_oti);
  bytes.bytes[1] = 0xa2;
  bytes.bytes[2] = 4;
  bytes.size = 16;
  g_assert_cmpint (
      gst_fec_alc_parse (&packet, bytes.bytes, bytes.size), ==, GST_FEC_ALC_OK);
  g_assert_true (packet.close_session);
}

static void
test_wrong_version_is_refused (void)
{
  Bytes bytes = good_bytes ();

  bytes.bytes[0] = 0x20;
  assert_error (&bytes, GST_FEC_ALC_VERSION);
  bytes.bytes[0] = 0x00;
  assert_error (&bytes, GST_FEC_ALC_VERSION);
  g_assert_false (gst_fec_alc_is_packet (bytes.bytes, bytes.size));
}

static void
test_foreign_flags_are_refused (void)
{
  static const guint8 first[] = { 0x14, 0x18, 0x11, 0x12 };
  static const guint8 second[] = { 0x20, 0x80, 0xc0, 0xe0, 0xb0, 0xa8, 0xa4,
    0x00 };
  Bytes bytes = good_bytes ();
  guint i;

  for (i = 0; i < G_N_ELEMENTS (first); i++) {
    bytes.bytes[0] = first[i];
    assert_error (&bytes, GST_FEC_ALC_FLAGS);
  }
  bytes.bytes[0] = 0x10;
  for (i = 0; i < G_N_ELEMENTS (second); i++) {
    bytes.bytes[1] = second[i];
    assert_error (&bytes, GST_FEC_ALC_FLAGS);
  }
}

static void
test_other_codepoints_are_refused (void)
{
  Bytes bytes = good_bytes ();

  bytes.bytes[3] = 0;
  assert_error (&bytes, GST_FEC_ALC_CODEPOINT_UNKNOWN);
  bytes.bytes[3] = 1;
  assert_error (&bytes, GST_FEC_ALC_CODEPOINT_UNKNOWN);
}

static void
test_wrong_hdr_len_is_refused (void)
{
  Bytes bytes = good_bytes ();
  guint words;

  for (words = 0; words < 4; words++) {
    bytes.bytes[2] = words;
    assert_error (&bytes, GST_FEC_ALC_HDR_LEN);
  }
  /* extensions cut by the header's end */
  for (words = 6; words < 9; words++) {
    bytes.bytes[2] = words;
    assert_error (&bytes, GST_FEC_ALC_EXTENSION);
  }
  /* the payload ID becomes part of the header: a NOP without length */
  bytes.bytes[2] = 10;
  assert_error (&bytes, GST_FEC_ALC_EXTENSION);
  bytes.bytes[2] = 255;
  assert_error (&bytes, GST_FEC_ALC_TOO_SHORT);
}

static void
test_hdr_len_before_the_extensions_changes_t (void)
{
  Bytes bytes = good_bytes ();
  GstFecAlcPacket packet;

  /* EXT_FTI in the place of the payload ID: T comes out wrong, but is known from the length alone */
  bytes.bytes[2] = 5;
  g_assert_cmpint (
      gst_fec_alc_parse (&packet, bytes.bytes, bytes.size), ==, GST_FEC_ALC_OK);
  g_assert_false (packet.has_oti);
  g_assert_cmpuint (packet.symbol_size, ==, T + 16);
}

static void
test_extension_without_length_is_refused (void)
{
  Bytes bytes = good_bytes ();

  bytes.bytes[FTI + 1] = 0;
  assert_error (&bytes, GST_FEC_ALC_EXTENSION);
  bytes.bytes[FTI] = 0;
  assert_error (&bytes, GST_FEC_ALC_EXTENSION);
}

static void
test_extension_beyond_the_header_is_refused (void)
{
  Bytes bytes = good_bytes ();

  bytes.bytes[FTI + 1] = 5;
  assert_error (&bytes, GST_FEC_ALC_EXTENSION);
  bytes.bytes[FTI + 1] = 255;
  assert_error (&bytes, GST_FEC_ALC_EXTENSION);
}

static void
test_fti_of_another_length_is_refused (void)
{
  Bytes bytes = good_bytes ();

  bytes.bytes[FTI + 1] = 3;
  assert_error (&bytes, GST_FEC_ALC_OTI);
  bytes.bytes[FTI + 1] = 1;
  assert_error (&bytes, GST_FEC_ALC_OTI);
}

static void
test_extension_twice_is_refused (void)
{
  Bytes bytes = good_bytes ();

  /* EXT_FTI again behind EXT_FTI */
  memmove (bytes.bytes + FTI + 16, bytes.bytes + FTI, 20 + T);
  bytes.bytes[2] = 13;
  bytes.size = SIZE + 16;
  assert_error (&bytes, GST_FEC_ALC_EXTENSION);

  bytes = good_bytes ();
  memmove (bytes.bytes + FTI, bytes.bytes + 16, 24 + T);
  bytes.bytes[2] = 10;
  bytes.size = SIZE + 4;
  assert_error (&bytes, GST_FEC_ALC_EXTENSION);
}

static void
test_contradicting_oti_is_refused (void)
{
  static const struct
  {
    guint offset;
    guint8 value;
  } changes[] = {
    { FTI + 9, T + 4 }, /* T is not the symbol's size */
    { FTI + 9, 0 }, /* T is 0 */
    { FTI + 8, 0xff }, /* T is huge */
    { FTI + 10, 0 }, /* Z is 0 */
    { FTI + 12, 0 }, /* N is 0 */
    { FTI + 12, 5 }, /* N * Al is more than T */
    { FTI + 13, 0 }, /* Al is 0 */
    { FTI + 13, 5 }, /* T is no multiple of Al */
    { FTI + 2, 0xff }, /* F is near 2^40 */
    { FTI + 10, 64 }, /* more blocks than symbols */
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (changes); i++) {
    Bytes bytes = good_bytes ();

    g_test_message ("byte %u = %u", changes[i].offset, changes[i].value);
    bytes.bytes[changes[i].offset] = changes[i].value;
    assert_error (&bytes, GST_FEC_ALC_OTI);
  }
}

static void
test_empty_object_is_refused (void)
{
  Bytes bytes = good_bytes ();

  memset (bytes.bytes + FTI + 2, 0, 5);
  assert_error (&bytes, GST_FEC_ALC_OTI);
}

static void
test_unknown_source_block_is_refused (void)
{
  Bytes bytes = good_bytes ();

  bytes.bytes[36] = 1;
  assert_error (&bytes, GST_FEC_ALC_PAYLOAD_ID);
  bytes.bytes[FTI + 10] = 2;
  assert_error (&bytes, GST_FEC_ALC_OK);
}

static void
test_too_long_packet_is_refused (void)
{
  Bytes bytes = good_bytes ();
  guint8 *data = g_malloc0 (GST_FEC_ALC_MAX_PACKET + 1);
  GstFecAlcPacket packet;

  memcpy (data, bytes.bytes, bytes.size);
  data[FTI] = 0;
  g_assert_cmpint (gst_fec_alc_parse (&packet, data, GST_FEC_ALC_MAX_PACKET),
      ==, GST_FEC_ALC_OK);
  g_assert_cmpuint (packet.symbol_size, ==, GST_FEC_ALC_MAX_SYMBOL);
  g_assert_cmpint (
      gst_fec_alc_parse (&packet, data, GST_FEC_ALC_MAX_PACKET + 1), ==,
      GST_FEC_ALC_TOO_LONG);
  g_free (data);
}

static void
test_truncated_packet_is_refused (void)
{
  Bytes bytes = good_bytes ();
  GstFecAlcPacket packet;
  gsize size;

  for (size = 0; size <= GST_FEC_ALC_HEADER_SIZE; size++)
    g_assert_cmpint (
        parse_exact (bytes.bytes, size, &packet), ==, GST_FEC_ALC_TOO_SHORT);
  for (; size < SIZE; size++)
    g_assert_cmpint (
        parse_exact (bytes.bytes, size, &packet), ==, GST_FEC_ALC_OTI);
  g_assert_cmpint (
      parse_exact (bytes.bytes, SIZE, &packet), ==, GST_FEC_ALC_OK);
}

static void
test_flipped_bit_gives_a_defined_result (void)
{
  guint bit, accepted = 0;

  for (bit = 0; bit < GST_FEC_ALC_HEADER_SIZE * 8; bit++) {
    Bytes bytes = good_bytes ();
    GstFecAlcPacket packet;
    GstFecAlcError error;

    bytes.bytes[bit / 8] ^= 0x80 >> bit % 8;
    error = parse_exact (bytes.bytes, bytes.size, &packet);
    g_assert_cmpint (error, >=, GST_FEC_ALC_OK);
    g_assert_cmpint (error, <, GST_FEC_ALC_N_ERRORS);
    if (error != GST_FEC_ALC_OK)
      continue;
    accepted++;
    if (packet.has_oti) {
      g_assert_cmpint (rq_oti_check (&packet.oti), ==, RQ_OK);
      g_assert_cmpuint (packet.oti.symbol_size, ==, packet.symbol_size);
    }
  }
  /* CCI, TSI, TOI, A, B, block flags and ESI may be anything */
  g_assert_cmpuint (accepted, >, 32 + 32 + 32);
  g_assert_cmpuint (accepted, <, GST_FEC_ALC_HEADER_SIZE * 8);
}

static void
test_random_bytes_give_a_defined_result (void)
{
  guint8 data[80];
  guint round, i;

  for (round = 0; round < 20000; round++) {
    GstFecAlcPacket packet;
    gsize size = g_test_rand_int_range (0, sizeof (data));

    for (i = 0; i < size; i++)
      data[i] = g_test_rand_int ();
    if (size > 4) {
      data[0] = 0x10;
      data[1] = 0xa0;
      data[2] = 4 + data[2] % 8;
      data[3] = 6;
    }
    g_assert_cmpint (
        parse_exact (data, size, &packet), <, GST_FEC_ALC_N_ERRORS);
  }
}

static void
test_each_error_has_a_message (void)
{
  guint i, j;

  for (i = 0; i < GST_FEC_ALC_N_ERRORS; i++) {
    for (j = 0; j < i; j++)
      g_assert_cmpstr (
          gst_fec_alc_error_message (i), !=, gst_fec_alc_error_message (j));
  }
  g_assert_nonnull (gst_fec_alc_error_message (GST_FEC_ALC_N_ERRORS));
}

static void
test_alignment_divides_the_symbol (void)
{
  g_assert_cmpuint (gst_fec_alc_alignment (1344), ==, 4);
  g_assert_cmpuint (gst_fec_alc_alignment (1346), ==, 2);
  g_assert_cmpuint (gst_fec_alc_alignment (1345), ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add_func ("/alc/" name, func)
  ADD ("layout-is-the-documented-one", test_layout_is_the_documented_one);
  ADD ("packet-survives", test_packet_survives);
  ADD ("packet-without-oti-has-the-same-length",
      test_packet_without_oti_has_the_same_length);
  ADD ("early-copy-survives", test_early_copy_survives);
  ADD ("contradicting-early-copy-is-refused",
      test_contradicting_early_copy_is_refused);
  ADD ("early-size-counts-in-early-copies-only",
      test_early_size_counts_in_early_copies_only);
  ADD ("largest-block-is-accepted", test_largest_block_is_accepted);
  ADD ("foreign-layout-is-read", test_foreign_layout_is_read);
  ADD ("header-alone-closes", test_header_alone_closes);
  ADD ("wrong-version-is-refused", test_wrong_version_is_refused);
  ADD ("foreign-flags-are-refused", test_foreign_flags_are_refused);
  ADD ("other-codepoints-are-refused", test_other_codepoints_are_refused);
  ADD ("wrong-hdr-len-is-refused", test_wrong_hdr_len_is_refused);
  ADD ("hdr-len-before-the-extensions-changes-t",
      test_hdr_len_before_the_extensions_changes_t);
  ADD ("extension-without-length-is-refused",
      test_extension_without_length_is_refused);
  ADD ("extension-beyond-the-header-is-refused",
      test_extension_beyond_the_header_is_refused);
  ADD ("fti-of-another-length-is-refused",
      test_fti_of_another_length_is_refused);
  ADD ("extension-twice-is-refused", test_extension_twice_is_refused);
  ADD ("contradicting-oti-is-refused", test_contradicting_oti_is_refused);
  ADD ("empty-object-is-refused", test_empty_object_is_refused);
  ADD ("unknown-source-block-is-refused", test_unknown_source_block_is_refused);
  ADD ("too-long-packet-is-refused", test_too_long_packet_is_refused);
  ADD ("truncated-packet-is-refused", test_truncated_packet_is_refused);
  ADD ("flipped-bit-gives-a-defined-result",
      test_flipped_bit_gives_a_defined_result);
  ADD ("random-bytes-give-a-defined-result",
      test_random_bytes_give_a_defined_result);
  ADD ("each-error-has-a-message", test_each_error_has_a_message);
  ADD ("alignment-divides-the-symbol", test_alignment_divides_the_symbol);
#undef ADD
  return g_test_run ();
}
