/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* packetmerger.c: tests of what lets each packet through once. */
#include <glib.h>

#include "transport/packetmerger.h"

#define MULTICAST 0
#define UNICAST 1

static GstFecAlcPacket
symbol (guint32 toi, guint8 sbn, guint32 esi)
{
  return (GstFecAlcPacket){
    .toi = toi, .sbn = sbn, .esi = esi, .seq = (guint16) esi, .has_symbol = TRUE
  };
}

static gboolean
add (GstFecPacketMerger *merger, GstFecAlcPacket packet, guint way)
{
  return gst_fec_packet_merger_add (merger, &packet, way);
}

static void
test_what_comes_by_two_ways_goes_on_once (void)
{
  GstFecPacketMerger *merger = gst_fec_packet_merger_new ();
  guint32 esi;

  for (esi = 0; esi < 5000; esi++) {
    g_assert_true (add (merger, symbol (1, 0, esi), esi % 2));
    g_assert_false (add (merger, symbol (1, 0, esi), 1 - esi % 2));
  }
  gst_fec_packet_merger_free (merger);
}

static void
test_one_way_fills_the_holes_of_the_other (void)
{
  GstFecPacketMerger *merger = gst_fec_packet_merger_new ();
  guint32 esi;
  guint n = 0;

  for (esi = 0; esi < 3000; esi++)
    n += esi % 3 != 0 && add (merger, symbol (7, 2, esi), MULTICAST);
  for (esi = 0; esi < 3000; esi++)
    n += esi % 5 != 1 && add (merger, symbol (7, 2, esi), UNICAST);
  /* Only what both lack is missing: 0 modulo 3 and 1 modulo 5, 6 modulo 15. */
  g_assert_cmpuint (n, ==, 3000 - 3000 / 15);
  gst_fec_packet_merger_free (merger);
}

static void
test_unlike_packets_all_go_on (void)
{
  GstFecPacketMerger *merger = gst_fec_packet_merger_new ();
  GstFecAlcPacket packet = symbol (5, 3, 9);

  g_assert_true (add (merger, packet, MULTICAST));
  g_assert_true (add (merger, symbol (6, 3, 9), UNICAST));
  g_assert_true (add (merger, symbol (5, 4, 9), UNICAST));
  g_assert_true (add (merger, symbol (5, 3, 10), UNICAST));
  packet.has_oti = TRUE;
  g_assert_true (add (merger, packet, UNICAST));
  packet.close_session = TRUE;
  g_assert_true (add (merger, packet, UNICAST));
  packet = symbol (5, GST_FEC_ALC_EARLY_SBN, 9);
  packet.early_size = 100;
  g_assert_true (add (merger, packet, UNICAST));
  packet.early_size = 200;
  g_assert_true (add (merger, packet, UNICAST));
  g_assert_false (add (merger, packet, MULTICAST));
  gst_fec_packet_merger_free (merger);
}

static void
test_a_doubled_datagram_goes_on_once (void)
{
  GstFecPacketMerger *merger = gst_fec_packet_merger_new ();

  g_assert_true (add (merger, symbol (1, 0, 1), UNICAST));
  g_assert_false (add (merger, symbol (1, 0, 1), UNICAST));
  gst_fec_packet_merger_free (merger);
}

static void
test_each_round_of_a_carousel_goes_on_once (void)
{
  GstFecPacketMerger *merger = gst_fec_packet_merger_new ();
  guint32 esi;
  guint round;

  for (round = 0; round < 5; round++) {
    for (esi = 0; esi < 100; esi++) {
      GstFecAlcPacket packet = symbol (1, 0, esi);

      packet.seq = (guint16) (round * 100 + esi);
      g_assert_true (add (merger, packet, MULTICAST));
      /* The second server ends after three rounds. */
      if (round < 3)
        g_assert_false (add (merger, packet, UNICAST));
    }
  }
  gst_fec_packet_merger_free (merger);
}

static void
test_the_other_way_goes_on_when_one_ends (void)
{
  GstFecPacketMerger *merger = gst_fec_packet_merger_new ();
  GstFecAlcPacket packet = symbol (1, 0, 1);

  g_assert_true (add (merger, packet, MULTICAST));
  g_assert_false (add (merger, packet, UNICAST));
  packet.seq += 100;
  g_assert_true (add (merger, packet, UNICAST));
  gst_fec_packet_merger_free (merger);
}

static void
test_only_the_newest_are_remembered (void)
{
  GstFecPacketMerger *merger = gst_fec_packet_merger_new ();
  guint32 i;

  for (i = 0; i < 3 * GST_FEC_MERGER_MAX; i++)
    g_assert_true (add (merger, symbol (i >> 8, 0, i & 0xff), MULTICAST));
  for (i = 2 * GST_FEC_MERGER_MAX; i < 3 * GST_FEC_MERGER_MAX; i++)
    g_assert_false (add (merger, symbol (i >> 8, 0, i & 0xff), UNICAST));
  g_assert_true (add (merger, symbol (0, 0, 0), UNICAST));
  gst_fec_packet_merger_free (merger);
}

static void
test_nothing_is_remembered_after_clearing (void)
{
  GstFecPacketMerger *merger = gst_fec_packet_merger_new ();

  g_assert_true (add (merger, symbol (1, 0, 1), MULTICAST));
  gst_fec_packet_merger_clear (merger);
  g_assert_true (add (merger, symbol (1, 0, 1), MULTICAST));
  gst_fec_packet_merger_free (merger);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func (
      "/packetmerger/two-ways", test_what_comes_by_two_ways_goes_on_once);
  g_test_add_func (
      "/packetmerger/holes", test_one_way_fills_the_holes_of_the_other);
  g_test_add_func ("/packetmerger/unlike", test_unlike_packets_all_go_on);
  g_test_add_func (
      "/packetmerger/doubled", test_a_doubled_datagram_goes_on_once);
  g_test_add_func (
      "/packetmerger/carousel", test_each_round_of_a_carousel_goes_on_once);
  g_test_add_func (
      "/packetmerger/one-ends", test_the_other_way_goes_on_when_one_ends);
  g_test_add_func (
      "/packetmerger/bounded", test_only_the_newest_are_remembered);
  g_test_add_func (
      "/packetmerger/clear", test_nothing_is_remembered_after_clearing);
  return g_test_run ();
}
