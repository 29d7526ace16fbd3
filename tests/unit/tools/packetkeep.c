/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* packetkeep.c: tests of what fec-get keeps of unfinished objects. */
#include "packetkeep.h"

#include <string.h>

#include "packets.h"

#define PLENTY (1 << 20)

static gboolean
add_bytes (PacketKeep *keep, GBytes *bytes)
{
  gboolean good = packet_keep_add (
      keep, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));

  g_bytes_unref (bytes);
  return good;
}

static gboolean
add (PacketKeep *keep, guint32 toi, guint32 esi, guint64 f)
{
  return add_bytes (keep, test_packet (toi, esi, f));
}

/* The TOI and ESI of packet @i. */
static void
expect_packet (GPtrArray *list, guint i, guint32 toi, guint32 esi)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (g_ptr_array_index (list, i), &size);
  GstFecAlcPacket packet;

  g_assert_cmpint (gst_fec_alc_parse (&packet, data, size), ==, GST_FEC_ALC_OK);
  g_assert_cmpuint (packet.toi, ==, toi);
  g_assert_cmpuint (packet.esi, ==, esi);
}

static void
test_each_symbol_is_kept_once_and_objects_are_in_order (void)
{
  PacketKeep *keep = packet_keep_new (PLENTY);
  GPtrArray *list;

  g_assert_true (add (keep, 0, 7, 0));
  g_assert_true (add (keep, 0xffffffff, 3, 0));
  g_assert_true (add (keep, 0, 0, 0));
  g_assert_true (add (keep, 0, 7, 0));
  g_assert_true (add (keep, 0, 0, 0));
  g_assert_cmpuint (packet_keep_count (keep), ==, 3);
  g_assert_cmpuint (packet_keep_tsi (keep), ==, TEST_TSI);
  g_assert_cmpuint (packet_keep_symbol_size (keep), ==, TEST_T);
  list = packet_keep_list (keep);
  g_assert_cmpuint (list->len, ==, 3);
  expect_packet (list, 0, 0xffffffff, 3);
  expect_packet (list, 1, 0, 7);
  expect_packet (list, 2, 0, 0);
  g_ptr_array_unref (list);
  packet_keep_free (keep);
}

static void
test_the_first_packet_that_tells_the_length_is_kept (void)
{
  PacketKeep *keep = packet_keep_new (PLENTY);

  g_assert_true (add (keep, 1, 2, 0));
  g_assert_true (add (keep, 1, 2, 3 * TEST_T));
  g_assert_cmpuint (packet_keep_count (keep), ==, 2);
  g_assert_true (add (keep, 1, 2, 3 * TEST_T));
  g_assert_cmpuint (packet_keep_count (keep), ==, 2);
  packet_keep_free (keep);
}

static void
test_another_object_under_the_same_number_is_told (void)
{
  PacketKeep *keep = packet_keep_new (PLENTY);

  g_assert_true (add (keep, 1, 2, 3 * TEST_T));
  g_assert_false (add (keep, 1, 1, 4 * TEST_T));
  g_assert_true (add (keep, 2, 1, 4 * TEST_T));
  g_assert_cmpuint (packet_keep_count (keep), ==, 2);
  packet_keep_free (keep);
}

static void
test_what_is_no_symbol_of_the_channel_is_not_kept (void)
{
  GstFecAlcPacket packet = { .tsi = TEST_TSI + 1, .has_block = TRUE };
  PacketKeep *keep = packet_keep_new (PLENTY);

  g_assert_true (packet_keep_add (keep, (const guint8 *) "garbage", 7));
  g_assert_cmpuint (packet_keep_count (keep), ==, 0);
  g_assert_true (add (keep, 1, 0, 0));
  g_assert_true (add_bytes (keep, test_packet_of (&packet)));
  packet.tsi = TEST_TSI;
  packet.esi = 1;
  packet.sbn = GST_FEC_ALC_EARLY_SBN;
  packet.block_flags = GST_FEC_BLOCK_EARLY;
  packet.early_size = 1;
  g_assert_true (add_bytes (keep, test_packet_of (&packet)));
  g_assert_cmpuint (packet_keep_count (keep), ==, 1);
  packet_keep_free (keep);
}

static void
test_ended_objects_are_forgotten_and_stay_so (void)
{
  PacketKeep *keep = packet_keep_new (PLENTY);

  g_assert_true (add (keep, 1, 0, 0));
  g_assert_true (add (keep, 2, 0, 0));
  g_assert_true (add (keep, 3, 0, 0));
  packet_keep_end (keep, 2);
  g_assert_cmpuint (packet_keep_count (keep), ==, 1);
  g_assert_true (add (keep, 1, 1, 0));
  g_assert_true (add (keep, 2, 1, 0));
  g_assert_cmpuint (packet_keep_count (keep), ==, 1);
  /* a sender that began anew, far from there */
  g_assert_true (add (keep, 2 - 1000, 1, 0));
  g_assert_cmpuint (packet_keep_count (keep), ==, 2);
  packet_keep_free (keep);
}

static void
test_no_more_than_the_limit_is_kept (void)
{
  PacketKeep *keep = packet_keep_new (10 * TEST_PACKET_SIZE);
  guint i;

  for (i = 0; i < 12; i++)
    g_assert_true (add (keep, 1 + i / 6, i, 0));
  g_assert_cmpuint (packet_keep_count (keep), ==, 10);
  g_assert_cmpuint (packet_keep_refused (keep), ==, 2);
  packet_keep_end (keep, 1);
  for (i = 0; i < 12; i++)
    g_assert_true (add (keep, 2, 100 + i, 0));
  g_assert_cmpuint (packet_keep_count (keep), ==, 10);
  packet_keep_free (keep);
}

static void
test_forged_numbers_make_no_objects_without_end (void)
{
  PacketKeep *keep = packet_keep_new (PLENTY);
  guint i;

  for (i = 0; i < 1000; i++)
    g_assert_true (add (keep, i * 4000000, 0, 0));
  g_assert_cmpuint (packet_keep_count (keep), ==, 64);
  g_assert_cmpuint (packet_keep_refused (keep), ==, 1000 - 64);
  packet_keep_free (keep);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/packetkeep/once-and-in-order",
      test_each_symbol_is_kept_once_and_objects_are_in_order);
  g_test_add_func ("/packetkeep/length",
      test_the_first_packet_that_tells_the_length_is_kept);
  g_test_add_func ("/packetkeep/another-object",
      test_another_object_under_the_same_number_is_told);
  g_test_add_func ("/packetkeep/no-symbol",
      test_what_is_no_symbol_of_the_channel_is_not_kept);
  g_test_add_func (
      "/packetkeep/ended", test_ended_objects_are_forgotten_and_stay_so);
  g_test_add_func ("/packetkeep/limit", test_no_more_than_the_limit_is_kept);
  g_test_add_func (
      "/packetkeep/forged", test_forged_numbers_make_no_objects_without_end);
  return g_test_run ();
}
