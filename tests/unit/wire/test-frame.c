/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-frame.c: frames of TCP survive the way to bytes and back, however they are cut; damage costs one packet. */
#include "wire/frame.h"

#include <string.h>

static const guint8 message[20] = { 0x00, 0xf1 };
static const guint8 packet[44] = { 0x10, 0xa0, 9, 6, [40] = 1, 2, 3, 4 };

/* RFC 3720 appendix B.4. */
static void
test_crc_is_castagnoli (void)
{
  guint8 data[32];
  guint i;

  memset (data, 0, sizeof (data));
  g_assert_cmphex (gst_fec_crc32c (data, 32), ==, 0x8a9136aa);
  memset (data, 0xff, sizeof (data));
  g_assert_cmphex (gst_fec_crc32c (data, 32), ==, 0x62a8ab43);
  for (i = 0; i < sizeof (data); i++)
    data[i] = (guint8) i;
  g_assert_cmphex (gst_fec_crc32c (data, 32), ==, 0x46dd794e);
}

static void
test_frames_survive_wherever_they_are_cut (void)
{
  guint8 stream[256];
  gsize cut, size = 0;

  size += gst_fec_frame_write_control (message, sizeof (message), stream);
  memset (stream + size, 0, GST_FEC_FRAME_HEADER);
  size += GST_FEC_FRAME_HEADER;
  size += gst_fec_frame_write_packet (packet, sizeof (packet), stream + size);
  for (cut = 0; cut <= size; cut++) {
    static const GstFecFrameKind expected[] = { GST_FEC_FRAME_CONTROL,
      GST_FEC_FRAME_ALIVE, GST_FEC_FRAME_PACKET };
    guint8 *copy = g_memdup2 (stream, cut);
    gsize at = 0, payload_size, consumed;
    const guint8 *payload;
    GstFecFrameKind kind;
    guint n = 0;

    while ((kind = gst_fec_frame_read (copy + at, cut - at, &payload,
                &payload_size, &consumed)) != GST_FEC_FRAME_NONE) {
      g_assert_cmpint (kind, ==, expected[n++]);
      if (kind == GST_FEC_FRAME_CONTROL)
        g_assert_cmpmem (payload, payload_size, message, sizeof (message));
      if (kind == GST_FEC_FRAME_PACKET)
        g_assert_cmpmem (payload, payload_size, packet, sizeof (packet));
      at += consumed;
    }
    g_assert_cmpuint (consumed, ==, 0);
    g_assert_cmpuint (n, ==,
        cut == size     ? 3
            : cut >= 24 ? 2
            : cut >= 22 ? 1
                        : 0);
    g_free (copy);
  }
}

static void
test_damage_costs_one_packet (void)
{
  guint8 frame[64];
  gsize size = gst_fec_frame_write_packet (packet, sizeof (packet), frame);
  gsize i;

  for (i = GST_FEC_FRAME_HEADER; i < size; i++) {
    const guint8 *payload;
    gsize payload_size, consumed;

    frame[i] ^= 0x40;
    g_assert_cmpint (
        gst_fec_frame_read (frame, size, &payload, &payload_size, &consumed),
        ==, GST_FEC_FRAME_DAMAGED);
    g_assert_cmpuint (consumed, ==, size);
    frame[i] ^= 0x40;
  }
}

static void
test_frame_too_short_for_a_packet_is_damaged (void)
{
  static const guint8 frame[] = { 0, 4, 0x10, 0, 0, 0 };
  const guint8 *payload;
  gsize payload_size, consumed;

  g_assert_cmpint (gst_fec_frame_read (frame, sizeof (frame), &payload,
                       &payload_size, &consumed),
      ==, GST_FEC_FRAME_DAMAGED);
  g_assert_cmpuint (consumed, ==, sizeof (frame));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add_func ("/frame/" name, func)
  ADD ("crc-is-castagnoli", test_crc_is_castagnoli);
  ADD ("frames-survive-wherever-they-are-cut",
      test_frames_survive_wherever_they_are_cut);
  ADD ("damage-costs-one-packet", test_damage_costs_one_packet);
  ADD ("frame-too-short-for-a-packet-is-damaged",
      test_frame_too_short_for_a_packet_is_damaged);
#undef ADD
  return g_test_run ();
}
