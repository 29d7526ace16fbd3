/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* packetring.c: tests of the packet ring: order, wrap, overrun, and a writer that races with readers. */
#include <glib.h>
#include <string.h>

#include "transport/packetring.h"

#define PACKET_SIZE 61

/* Every byte of a packet follows from its number, so that a mixture of two packets shows. */
static gsize
make_packet (guint8 *packet, guint64 number)
{
  gsize i, size = 9 + number % (PACKET_SIZE - 8);

  memcpy (packet, &number, sizeof (number));
  for (i = sizeof (number); i < size; i++)
    packet[i] = (guint8) (number * 31 + i);
  return size;
}

static guint64
check_packet (const guint8 *packet, gsize size)
{
  guint8 expected[PACKET_SIZE];
  guint64 number;

  g_assert_cmpuint (size, >=, sizeof (number));
  memcpy (&number, packet, sizeof (number));
  g_assert_cmpmem (packet, size, expected, make_packet (expected, number));
  return number;
}

static void
write_packets (GstFecPacketRing *ring, guint64 from, guint64 n)
{
  guint8 packet[PACKET_SIZE];
  guint64 i;

  for (i = from; i < from + n; i++)
    g_assert_true (
        gst_fec_packet_ring_write (ring, packet, make_packet (packet, i)));
}

static void
test_packets_come_in_order_also_around_the_end (void)
{
  GstFecPacketRing *ring = gst_fec_packet_ring_new (PACKET_SIZE, 8, NULL);
  guint8 out[PACKET_SIZE + 16];
  GstFecRingPosition position = gst_fec_packet_ring_get_head (ring);
  guint64 skipped = 0, n = 0;
  guint round;

  g_assert_cmpuint (gst_fec_packet_ring_get_read_size (ring), <=, sizeof (out));
  for (round = 0; round < 20; round++) {
    gsize size;

    write_packets (ring, round * 7, 7);
    while ((size = gst_fec_packet_ring_read (ring, &position, out, &skipped)))
      g_assert_cmpuint (check_packet (out, size), ==, n++);
  }
  g_assert_cmpuint (n, ==, 140);
  g_assert_cmpuint (skipped, ==, 0);
  gst_fec_packet_ring_unref (ring);
}

static void
test_a_slow_reader_goes_on_at_the_newest_packet (void)
{
  GstFecPacketRing *ring = gst_fec_packet_ring_new (PACKET_SIZE, 8, NULL);
  guint8 out[PACKET_SIZE + 16];
  GstFecRingPosition slow = 0, quick = 2;
  guint64 skipped = 0;
  gsize size;

  write_packets (ring, 0, 10);
  size = gst_fec_packet_ring_read (ring, &slow, out, &skipped);
  g_assert_cmpuint (check_packet (out, size), ==, 9);
  g_assert_cmpuint (skipped, ==, 9);
  g_assert_cmpuint (gst_fec_packet_ring_read (ring, &slow, out, NULL), ==, 0);

  size = gst_fec_packet_ring_read (ring, &quick, out, &skipped);
  g_assert_cmpuint (check_packet (out, size), ==, 2);
  g_assert_cmpuint (skipped, ==, 9);
  gst_fec_packet_ring_unref (ring);
}

static void
test_sizes_are_checked (void)
{
  GstFecPacketRing *ring = gst_fec_packet_ring_new (PACKET_SIZE, 2, NULL);
  guint8 packet[PACKET_SIZE + 1] = { 7 };
  guint8 out[PACKET_SIZE + 16];
  GstFecRingPosition position = 0;

  g_assert_false (gst_fec_packet_ring_write (ring, packet, 0));
  g_assert_false (gst_fec_packet_ring_write (ring, packet, PACKET_SIZE + 1));
  g_assert_cmpuint (gst_fec_packet_ring_get_head (ring), ==, 0);
  g_assert_true (gst_fec_packet_ring_write (ring, packet, 1));
  g_assert_true (gst_fec_packet_ring_write (ring, packet, PACKET_SIZE));
  g_assert_cmpuint (
      gst_fec_packet_ring_read (ring, &position, out, NULL), ==, 1);
  g_assert_cmpuint (out[0], ==, 7);
  g_assert_cmpuint (
      gst_fec_packet_ring_read (ring, &position, out, NULL), ==, PACKET_SIZE);
  g_assert_cmpmem (out, PACKET_SIZE, packet, PACKET_SIZE);
  gst_fec_packet_ring_unref (ring);
}

#define RACE_PACKETS 200000

static gpointer
read_all (gpointer data)
{
  GstFecPacketRing *ring = data;
  guint8 out[PACKET_SIZE + 16];
  GstFecRingPosition position = 0;
  guint64 skipped = 0, n = 0, last = 0;

  while (position < RACE_PACKETS) {
    gsize size = gst_fec_packet_ring_read (ring, &position, out, &skipped);

    if (size == 0) {
      g_thread_yield ();
      continue;
    }
    last = check_packet (out, size);
    g_assert_cmpuint (last, ==, position - 1);
    n++;
  }
  g_assert_cmpuint (n + skipped, ==, RACE_PACKETS);
  g_assert_cmpuint (last, ==, RACE_PACKETS - 1);
  return NULL;
}

static void
test_racing_readers_never_see_a_mixture (void)
{
  GstFecPacketRing *ring = gst_fec_packet_ring_new (PACKET_SIZE, 4, NULL);
  GThread *readers[2];
  guint i;

  for (i = 0; i < G_N_ELEMENTS (readers); i++)
    readers[i] = g_thread_new ("reader", read_all, ring);
  write_packets (ring, 0, RACE_PACKETS);
  for (i = 0; i < G_N_ELEMENTS (readers); i++)
    g_thread_join (readers[i]);
  gst_fec_packet_ring_unref (ring);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/packetring/order-and-wrap",
      test_packets_come_in_order_also_around_the_end);
  g_test_add_func ("/packetring/slow-reader",
      test_a_slow_reader_goes_on_at_the_newest_packet);
  g_test_add_func ("/packetring/sizes", test_sizes_are_checked);
  g_test_add_func ("/packetring/race", test_racing_readers_never_see_a_mixture);
  return g_test_run ();
}
