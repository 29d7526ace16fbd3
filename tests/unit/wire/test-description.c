/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-description.c: channel descriptions survive SDP and caps; SDP from the network is bounded and checked.
 */
#include "wire/description.h"

#include <string.h>
#include "wire/control.h"

#define NASTY_CAPS                                                             \
  "video/x-h264, stream-format=(string)avc, "                                  \
  "codec_data=(buffer)01640028ffe1001a67640028, "                              \
  "title=(string)\"a\\ \\\"quoted\\\"\\;\\ name\\,\\ \\303\\274\\\\\\ "        \
  "\\{x\", "                                                                   \
  "framerate=(fraction)30000/1001"

static const guint8 origin_ip[4] = { 192, 0, 2, 1 };
static const guint8 group4[4] = { 232, 1, 2, 3 };
static const guint8 group6[16] = { 0xff, 0x3e, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 5 };
static const guint8 source6[16] = { 0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 1 };

static GstFecAddress
origin (void)
{
  GstFecAddress address;

  gst_fec_address_set_ipv4 (&address, origin_ip, 6330);
  return address;
}

static void
fill (GstFecDescription *description)
{
  memset (description, 0, sizeof (*description));
  description->name = g_strdup ("camera/one");
  description->tsi = G_MAXUINT32;
  description->symbol_size = 1344;
  description->alignment = 4;
  description->records = TRUE;
  description->bitrate = 6500000;
  description->media_caps =
      g_strdup ("video/mpegts, systemstream=(boolean)true");
}

static void
assert_same (const GstFecDescription *a, const GstFecDescription *b)
{
  g_assert_cmpstr (a->name, ==, b->name);
  g_assert_cmpuint (a->tsi, ==, b->tsi);
  g_assert_cmpuint (a->symbol_size, ==, b->symbol_size);
  g_assert_cmpuint (a->alignment, ==, b->alignment);
  g_assert_cmpint (a->records, ==, b->records);
  g_assert_cmpuint (a->bitrate, ==, b->bitrate);
  g_assert_cmpstr (a->media_caps, ==, b->media_caps);
  g_assert_cmpint (a->has_group, ==, b->has_group);
  if (a->has_group)
    g_assert_true (gst_fec_address_equal (&a->group, &b->group));
  g_assert_cmpint (a->has_source, ==, b->has_source);
  if (a->has_source)
    g_assert_true (gst_fec_address_equal (&a->source, &b->source));
}

/* Checks that @in comes back from SDP as @expected, and frees both. */
static void
pass (GstFecDescription *in, GstFecDescription *expected)
{
  GstFecAddress address = origin ();
  GstFecDescription out;
  gchar *sdp = gst_fec_description_to_sdp (in, &address);

  g_assert_cmpuint (strlen (sdp), <=, GST_FEC_CONTROL_MAX_DESCRIPTION);
  g_assert_true (gst_fec_description_from_sdp (&out, sdp, strlen (sdp)));
  assert_same (&out, expected);
  gst_fec_description_clear (&out);
  g_free (sdp);
  if (expected != in)
    gst_fec_description_clear (expected);
  gst_fec_description_clear (in);
}

static void
test_unicast_survives (void)
{
  GstFecDescription in;

  fill (&in);
  pass (&in, &in);
}

static void
test_unknown_fields_survive (void)
{
  GstFecDescription in = { .tsi = 0 };

  pass (&in, &in);
}

static void
test_text_is_the_documented_one (void)
{
  GstFecAddress address = origin ();
  GstFecDescription in;
  gchar *sdp;

  fill (&in);
  in.has_group = in.has_source = TRUE;
  gst_fec_address_set_ipv4 (&in.group, group4, 6331);
  gst_fec_address_set_ipv4 (&in.source, origin_ip, 0);
  sdp = gst_fec_description_to_sdp (&in, &address);
  g_assert_cmpstr (sdp, ==,
      "v=0\r\n"
      "o=- 4294967295 0 IN IP4 192.0.2.1\r\n"
      "s=camera/one\r\n"
      "t=0 0\r\n"
      "m=application 6331 ALC/UDP 0\r\n"
      "c=IN IP4 232.1.2.3/127\r\n"
      "b=TIAS:6500000\r\n"
      "a=source-filter: incl IN IP4 232.1.2.3 192.0.2.1\r\n"
      "a=alc-tsi:4294967295\r\n"
      "a=FEC-declaration:0 encoding-id=6\r\n"
      "a=FEC:0\r\n"
      "a=gst-fec:framing=records;symbol-size=1344;alignment=4\r\n"
      "a=gst-fec-caps:dmlkZW8vbXBlZ3RzLCBzeXN0ZW1zdHJlYW09KGJvb2xlYW4pdHJ1ZQ"
      "==\r\n");
  g_free (sdp);
  pass (&in, &in);
}

static void
test_ipv6_group_survives (void)
{
  GstFecDescription in;

  fill (&in);
  in.has_group = TRUE;
  gst_fec_address_set_ipv6 (&in.group, group6, 5000, 0);
  in.has_source = TRUE;
  gst_fec_address_set_ipv6 (&in.source, source6, 0, 0);
  pass (&in, &in);
}

static void
test_group_without_source_survives (void)
{
  GstFecDescription in;

  fill (&in);
  in.has_group = TRUE;
  gst_fec_address_set_ipv4 (&in.group, group4, 6331);
  pass (&in, &in);
}

static void
test_nasty_caps_survive (void)
{
  GstFecDescription in;
  GstCaps *caps = gst_caps_from_string (NASTY_CAPS);

  g_assert_nonnull (caps);
  fill (&in);
  g_free (in.media_caps);
  in.media_caps = gst_caps_to_string (caps);
  gst_caps_unref (caps);
  pass (&in, &in);
}

static void
test_nasty_name_survives (void)
{
  GstFecDescription in;

  fill (&in);
  g_free (in.name);
  in.name = g_strdup ("a b%41=\"c\"/d\xc3\xbc;e");
  pass (&in, &in);
}

static void
test_too_long_caps_are_left_out (void)
{
  GstFecDescription in, expected;
  GString *caps = g_string_new ("video/x-h264, codec_data=(buffer)");
  guint i;

  for (i = 0; i < 2000; i++)
    g_string_append (caps, "5a");
  fill (&in);
  g_free (in.media_caps);
  in.media_caps = g_string_free (caps, FALSE);
  gst_fec_description_copy (&expected, &in);
  g_clear_pointer (&expected.media_caps, g_free);
  pass (&in, &expected);
}

static void
assert_refused (const gchar *old, const gchar *new)
{
  GstFecAddress address = origin ();
  GstFecDescription in, out;
  gchar *sdp, *broken;
  GString *text;

  fill (&in);
  sdp = gst_fec_description_to_sdp (&in, &address);
  gst_fec_description_clear (&in);
  text = g_string_new (sdp);
  g_assert_cmpuint (g_string_replace (text, old, new, 1), ==, 1);
  broken = g_string_free (text, FALSE);
  g_assert_false (gst_fec_description_from_sdp (&out, broken, strlen (broken)));
  g_assert_null (out.name);
  g_assert_null (out.media_caps);
  g_free (broken);
  g_free (sdp);
}

static void
test_foreign_sdp_is_refused (void)
{
  assert_refused ("ALC/UDP", "RTP/AVP");
  assert_refused ("a=alc-tsi:4294967295", "a=alc-tsi:4294967296");
  assert_refused ("a=alc-tsi:4294967295", "a=alc-tsi:-1");
  assert_refused ("a=alc-tsi:4294967295\r\n", "");
  assert_refused ("encoding-id=6", "encoding-id=1");
  assert_refused ("framing=records", "framing=other");
  assert_refused ("symbol-size=1344", "symbol-size=0");
  assert_refused ("symbol-size=1344", "symbol-size=65468");
  assert_refused ("symbol-size=1344", "symbol-size=1346");
  assert_refused ("alignment=4", "alignment=0");
  assert_refused (";alignment=4", "");
  assert_refused ("a=gst-fec:", "a=gst-foo:");
  assert_refused ("c=IN IP4 192.0.2.1", "c=IN IP4 192.0.2.256");
  assert_refused ("s=camera/one", "s=camera%00one");
  assert_refused ("s=camera/one", "s=camera%0aone");
  assert_refused ("s=camera/one", "s=camera%ffone");
}

static void
test_unsafe_caps_are_not_taken (void)
{
  static const gchar *const caps[] = { "nonsense ===", "video/x-raw, a=[1,2]",
    "ANY", "EMPTY", "a/b, c=(GstSample)\"x\"", "\xff\xfe" };
  GstFecAddress address = origin ();
  guint i;

  for (i = 0; i < G_N_ELEMENTS (caps); i++) {
    GstFecDescription in, out;
    gchar *sdp;

    fill (&in);
    g_free (in.media_caps);
    in.media_caps = g_strdup (caps[i]);
    sdp = gst_fec_description_to_sdp (&in, &address);
    g_assert_true (gst_fec_description_from_sdp (&out, sdp, strlen (sdp)));
    g_assert_null (out.media_caps);
    gst_fec_description_clear (&out);
    gst_fec_description_clear (&in);
    g_free (sdp);
  }
}

static void
test_truncated_sdp_does_no_harm (void)
{
  GstFecAddress address = origin ();
  GstFecDescription in, out;
  gchar *sdp;
  gsize size;

  fill (&in);
  in.has_group = in.has_source = TRUE;
  gst_fec_address_set_ipv4 (&in.group, group4, 6331);
  gst_fec_address_set_ipv4 (&in.source, origin_ip, 0);
  sdp = gst_fec_description_to_sdp (&in, &address);
  for (size = 0; size < strlen (sdp); size++) {
    gchar *copy = g_memdup2 (sdp, size);

    if (gst_fec_description_from_sdp (&out, copy, size))
      g_assert_cmpuint (out.tsi, ==, G_MAXUINT32);
    gst_fec_description_clear (&out);
    g_free (copy);
  }
  gst_fec_description_clear (&in);
  g_free (sdp);
}

static void
test_oversized_sdp_is_refused (void)
{
  GstFecAddress address = origin ();
  GstFecDescription in, out;
  GString *text;
  gchar *sdp;

  fill (&in);
  sdp = gst_fec_description_to_sdp (&in, &address);
  text = g_string_new (sdp);
  while (text->len <= GST_FEC_CONTROL_MAX_DESCRIPTION)
    g_string_append (text, "a=more\r\n");
  g_assert_false (gst_fec_description_from_sdp (&out, text->str, text->len));
  g_string_free (text, TRUE);
  g_free (sdp);
  gst_fec_description_clear (&in);
}

static void
test_caps_survive (void)
{
  GstFecDescription in, out;
  GstCaps *caps;
  gint packet_size;

  fill (&in);
  caps = gst_fec_description_to_caps (&in);
  g_assert_true (gst_caps_is_fixed (caps));
  g_assert_true (gst_structure_get_int (
      gst_caps_get_structure (caps, 0), "packet-size", &packet_size));
  g_assert_cmpint (packet_size, ==, 1384);
  g_assert_true (gst_fec_description_from_caps (&out, caps));
  g_assert_cmpuint (out.tsi, ==, in.tsi);
  g_assert_cmpuint (out.symbol_size, ==, in.symbol_size);
  g_assert_cmpuint (out.alignment, ==, in.alignment);
  g_assert_cmpint (out.records, ==, in.records);
  g_assert_cmpstr (out.media_caps, ==, in.media_caps);
  gst_fec_description_clear (&out);
  gst_fec_description_clear (&in);
  gst_caps_unref (caps);
}

static void
test_foreign_caps_are_refused (void)
{
  static const gchar *const texts[] = { "video/mpegts", "ANY",
    "application/x-fec-alc, symbol-size=(int)0",
    "application/x-fec-alc, symbol-size=(int)70000",
    "application/x-fec-alc, symbol-size=(int)-4" };
  GstFecDescription out;
  guint i;

  for (i = 0; i < G_N_ELEMENTS (texts); i++) {
    GstCaps *caps = gst_caps_from_string (texts[i]);

    g_assert_false (gst_fec_description_from_caps (&out, caps));
    gst_caps_unref (caps);
  }
  g_assert_false (gst_fec_description_from_caps (&out, NULL));
}

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add_func ("/description/" name, func)
  ADD ("unicast-survives", test_unicast_survives);
  ADD ("unknown-fields-survive", test_unknown_fields_survive);
  ADD ("text-is-the-documented-one", test_text_is_the_documented_one);
  ADD ("ipv6-group-survives", test_ipv6_group_survives);
  ADD ("group-without-source-survives", test_group_without_source_survives);
  ADD ("nasty-caps-survive", test_nasty_caps_survive);
  ADD ("nasty-name-survives", test_nasty_name_survives);
  ADD ("too-long-caps-are-left-out", test_too_long_caps_are_left_out);
  ADD ("foreign-sdp-is-refused", test_foreign_sdp_is_refused);
  ADD ("unsafe-caps-are-not-taken", test_unsafe_caps_are_not_taken);
  ADD ("truncated-sdp-does-no-harm", test_truncated_sdp_does_no_harm);
  ADD ("oversized-sdp-is-refused", test_oversized_sdp_is_refused);
  ADD ("caps-survive", test_caps_survive);
  ADD ("foreign-caps-are-refused", test_foreign_caps_are_refused);
#undef ADD
  return g_test_run ();
}
