/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-control-report.c: what control messages say of missing symbols, other servers and who has signed them.
 */
#include "wire/control.h"

#include <string.h>

static gsize
write_message (const GstFecControlMessage *message, guint8 *data)
{
  gsize size = gst_fec_control_write (message, data, GST_FEC_CONTROL_MAX_SIZE);

  g_assert_cmpuint (size, >, 0);
  return size;
}

static void
test_missing_survive (void)
{
  guint8 data[GST_FEC_CONTROL_MAX_SIZE];
  GstFecControlMessage in, out;
  gsize size;
  guint i;

  gst_fec_control_init (
      &in, GST_FEC_METHOD_REPORT, GST_FEC_CLASS_REQUEST, NULL);
  in.report_number = 0xfedcba98;
  in.n_missing = GST_FEC_CONTROL_MAX_MISSING;
  for (i = 0; i < in.n_missing; i++)
    in.missing[i] = (GstFecMissing){ .tsi = 0xf0000000 + i,
      .toi = 0xe0000000 + i,
      .sbn = (guint8) (200 + i),
      .seq = (guint16) (65000 + i),
      .count = 0xffffff00 + i };
  size = write_message (&in, data);
  g_assert_cmpint (
      gst_fec_control_parse (&out, data, size), ==, GST_FEC_CONTROL_OK);
  g_assert_cmpuint (out.report_number, ==, in.report_number);
  g_assert_cmpuint (out.n_missing, ==, in.n_missing);
  for (i = 0; i < in.n_missing; i++) {
    g_assert_cmpuint (out.missing[i].tsi, ==, in.missing[i].tsi);
    g_assert_cmpuint (out.missing[i].toi, ==, in.missing[i].toi);
    g_assert_cmpuint (out.missing[i].sbn, ==, in.missing[i].sbn);
    g_assert_cmpuint (out.missing[i].seq, ==, in.missing[i].seq);
    g_assert_cmpuint (out.missing[i].count, ==, in.missing[i].count);
  }
}

static void
test_nothing_missing_is_malformed (void)
{
  guint8 data[GST_FEC_CONTROL_MAX_SIZE];
  GstFecControlMessage in, out;

  gst_fec_control_init (
      &in, GST_FEC_METHOD_REPORT, GST_FEC_CLASS_REQUEST, NULL);
  in.n_missing = 1;
  g_assert_cmpint (
      gst_fec_control_parse (&out, data, write_message (&in, data)), ==,
      GST_FEC_CONTROL_BAD_ATTRIBUTE);
}

static void
test_alternate_server_survives (void)
{
  static const guint8 ipv4[4] = { 192, 0, 2, 1 };
  static const guint8 ipv6[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 };
  guint8 data[GST_FEC_CONTROL_MAX_SIZE];
  GstFecControlMessage in, out;
  guint i;

  for (i = 0; i < 2; i++) {
    gst_fec_control_init (
        &in, GST_FEC_METHOD_CONNECT, GST_FEC_CLASS_ERROR, NULL);
    in.error_code = GST_FEC_ERROR_CAPACITY;
    in.has_alternate = TRUE;
    if (i == 0)
      gst_fec_address_set_ipv4 (&in.alternate, ipv4, 6331);
    else
      gst_fec_address_set_ipv6 (&in.alternate, ipv6, 6331, 0);
    g_assert_cmpint (
        gst_fec_control_parse (&out, data, write_message (&in, data)), ==,
        GST_FEC_CONTROL_OK);
    g_assert_true (out.has_alternate);
    g_assert_true (gst_fec_address_equal (&out.alternate, &in.alternate));
  }
}

/* RFC 8489 section 9.2.2: MD5 (username ":" realm ":" password); the example of RFC 5769 section 2.4 has other text. */
static void
test_key_is_the_documented_one (void)
{
  static const guint8 expected[] = { 0x84, 0x93, 0xfb, 0xc5, 0x3b, 0xa5, 0x82,
    0xfb, 0x4c, 0x04, 0x4c, 0x45, 0x6b, 0xdc, 0x40, 0xeb };
  guint8 key[GST_FEC_CONTROL_KEY_SIZE];

  gst_fec_control_make_key ("user", "realm", "pass", key);
  g_assert_cmpmem (key, sizeof (key), expected, sizeof (expected));
}

static gsize
write_signed (GstFecControlMessage *in, GstFecMethod method, GstFecClass klass,
    const guint8 *key, guint8 *data)
{
  gst_fec_control_init (in, method, klass, NULL);
  if (klass == GST_FEC_CLASS_REQUEST)
    g_strlcpy (in->username, "user", sizeof (in->username));
  if (klass == GST_FEC_CLASS_ERROR)
    in->error_code = GST_FEC_ERROR_CAPACITY;
  g_strlcpy (in->realm, "realm", sizeof (in->realm));
  g_strlcpy (in->nonce, "nonce", sizeof (in->nonce));
  in->key = key;
  return write_message (in, data);
}

static void
test_right_key_alone_passes (void)
{
  guint8 data[GST_FEC_CONTROL_MAX_SIZE];
  guint8 key[GST_FEC_CONTROL_KEY_SIZE], other[GST_FEC_CONTROL_KEY_SIZE];
  GstFecControlMessage in, out;
  GstFecMethod method;
  gsize size;
  guint klass;

  gst_fec_control_make_key ("user", "realm", "pass", key);
  gst_fec_control_make_key ("user", "realm", "Pass", other);
  for (method = GST_FEC_METHOD_CONNECT; method <= GST_FEC_METHOD_REPORT;
       method++) {
    for (klass = GST_FEC_CLASS_REQUEST; klass <= GST_FEC_CLASS_ERROR; klass++) {
      if (klass == GST_FEC_CLASS_INDICATION)
        continue;
      size = write_signed (&in, method, klass, key, data);
      g_assert_cmpint (
          gst_fec_control_parse (&out, data, size), ==, GST_FEC_CONTROL_OK);
      g_assert_true (out.has_integrity);
      g_assert_cmpstr (out.username, ==, in.username);
      g_assert_true (gst_fec_control_check_integrity (data, size, key));
      g_assert_false (gst_fec_control_check_integrity (data, size, other));
      if (method == GST_FEC_METHOD_CONNECT && klass == GST_FEC_CLASS_REQUEST)
        g_assert_cmpuint (size, >=, GST_FEC_CONTROL_CONNECT_SIZE - 4);
    }
  }
}

static void
test_unsigned_message_fails (void)
{
  guint8 data[GST_FEC_CONTROL_MAX_SIZE];
  guint8 key[GST_FEC_CONTROL_KEY_SIZE];
  GstFecControlMessage in, out;
  gsize size;

  gst_fec_control_make_key ("user", "realm", "pass", key);
  size = write_signed (
      &in, GST_FEC_METHOD_JOIN, GST_FEC_CLASS_REQUEST, NULL, data);
  g_assert_cmpint (
      gst_fec_control_parse (&out, data, size), ==, GST_FEC_CONTROL_OK);
  g_assert_false (out.has_integrity);
  g_assert_false (gst_fec_control_check_integrity (data, size, key));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add_func ("/control/" name, func)
  ADD ("missing-survive", test_missing_survive);
  ADD ("nothing-missing-is-malformed", test_nothing_missing_is_malformed);
  ADD ("alternate-server-survives", test_alternate_server_survives);
  ADD ("key-is-the-documented-one", test_key_is_the_documented_one);
  ADD ("right-key-alone-passes", test_right_key_alone_passes);
  ADD ("unsigned-message-fails", test_unsigned_message_fails);
#undef ADD
  return g_test_run ();
}
