/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-control.c: control messages survive the way to bytes and back; what is broken is refused and never read beyond.
 */
#include "wire/control.h"

#include <string.h>

static const guint8 transaction[12] = "abcdefghijkl";

static GstFecControlStatus
parse_exact (GstFecControlMessage *message, const guint8 *data, gsize size)
{
  guint8 *copy = g_memdup2 (data, size);
  GstFecControlStatus status = gst_fec_control_parse (message, copy, size);

  g_free (copy);
  return status;
}

/* Writes and reads @in; the size written. */
static gsize
pass (const GstFecControlMessage *in, GstFecControlMessage *out)
{
  guint8 data[GST_FEC_CONTROL_MAX_SIZE];
  gsize size = gst_fec_control_write (in, data, sizeof (data));

  g_assert_cmpuint (size, >, 0);
  g_assert_true (gst_fec_control_is_message (data, size));
  g_assert_cmpint (parse_exact (out, data, size), ==, GST_FEC_CONTROL_OK);
  return size;
}

static void
set_channels (GstFecControlMessage *message)
{
  message->n_channels = 3;
  g_strlcpy (message->channels[0].name, "camera/one", 256);
  message->channels[0].lease_seconds = 60;
  message->channels[1].tsi = 0xfffffffe;
  message->channels[1].lease_end = G_GUINT64_CONSTANT (1700000000123456);
  g_strlcpy (message->channels[2].name,
      "k\xc3\xbc"
      "che",
      256);
}

/* A message of @method and @klass with all there can be in it. */
static void
fill (GstFecControlMessage *message, GstFecMethod method, GstFecClass klass)
{
  gst_fec_control_init (message, method, klass, transaction);
  message->session_id = G_GUINT64_CONSTANT (0x8123456789abcdef);
  message->lifetime_seconds = 600;
  message->server_time = G_GUINT64_CONSTANT (1700000000654321);
  g_strlcpy (message->nonce, "c29tZSBub25jZQ", sizeof (message->nonce));
  g_strlcpy (message->realm, "example.org", sizeof (message->realm));
  if (klass == GST_FEC_CLASS_ERROR)
    message->error_code = GST_FEC_ERROR_BAD_LEASE;
  set_channels (message);
  message->n_grants = 2;
  message->grants[0].tsi = 7;
  message->grants[0].lease_end = 99;
  message->grants[1].tsi = 8;
  message->grants[1].error = GST_FEC_ERROR_NO_SUCH_CHANNEL;
  message->n_reports = 1;
  message->reports[0].tsi = 7;
  message->reports[0].highest_seq = 0x12345678;
  message->reports[0].received = 1000;
  message->reports[0].lost = 10;
  message->reports[0].jitter_us = 1234;
  g_strlcpy (
      message->description, "v=0\r\ns=-\r\n", sizeof (message->description));
}

static void
assert_same (const GstFecControlMessage *a, const GstFecControlMessage *b)
{
  guint i;

  g_assert_cmpint (a->method, ==, b->method);
  g_assert_cmpint (a->klass, ==, b->klass);
  g_assert_cmpmem (a->transaction, 12, b->transaction, 12);
  g_assert_cmpuint (a->session_id, ==, b->session_id);
  g_assert_cmpuint (a->lifetime_seconds, ==, b->lifetime_seconds);
  g_assert_cmpuint (a->server_time, ==, b->server_time);
  g_assert_cmpstr (a->nonce, ==, b->nonce);
  g_assert_cmpstr (a->realm, ==, b->realm);
  g_assert_cmpuint (a->error_code, ==, b->error_code);
  g_assert_cmpuint (a->n_channels, ==, b->n_channels);
  for (i = 0; i < a->n_channels; i++) {
    g_assert_cmpstr (a->channels[i].name, ==, b->channels[i].name);
    g_assert_cmpuint (a->channels[i].tsi, ==, b->channels[i].tsi);
    g_assert_cmpuint (
        a->channels[i].lease_seconds, ==, b->channels[i].lease_seconds);
    g_assert_cmpuint (a->channels[i].lease_end, ==, b->channels[i].lease_end);
  }
  g_assert_cmpuint (a->n_grants, ==, b->n_grants);
  for (i = 0; i < a->n_grants; i++) {
    g_assert_cmpuint (a->grants[i].tsi, ==, b->grants[i].tsi);
    g_assert_cmpuint (a->grants[i].error, ==, b->grants[i].error);
    g_assert_cmpuint (a->grants[i].lease_end, ==, b->grants[i].lease_end);
  }
  g_assert_cmpuint (a->n_reports, ==, b->n_reports);
  g_assert_cmpmem (a->reports, a->n_reports * sizeof (a->reports[0]),
      b->reports, b->n_reports * sizeof (b->reports[0]));
  g_assert_cmpstr (a->description, ==, b->description);
}

static void
test_all_methods_and_classes_survive (void)
{
  GstFecMethod method;
  guint klass;

  for (method = GST_FEC_METHOD_CONNECT; method <= GST_FEC_METHOD_REPORT;
       method++) {
    for (klass = GST_FEC_CLASS_REQUEST; klass <= GST_FEC_CLASS_ERROR; klass++) {
      GstFecControlMessage in, out;

      fill (&in, method, klass);
      pass (&in, &out);
      assert_same (&in, &out);
    }
  }
}

static void
test_empty_message_survives (void)
{
  GstFecControlMessage in, out;

  gst_fec_control_init (
      &in, GST_FEC_METHOD_LEAVE, GST_FEC_CLASS_SUCCESS, transaction);
  g_assert_cmpuint (pass (&in, &out), ==, 28);
  assert_same (&in, &out);
}

static void
test_header_is_the_documented_one (void)
{
  static const guint8 expected[] = { 0x02, 0xf2, 0, 8, 0x21, 0x12, 0xa4, 0x42,
    'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 0x80, 0x28, 0,
    4 };
  GstFecControlMessage in;
  guint8 data[GST_FEC_CONTROL_MAX_SIZE];

  gst_fec_control_init (
      &in, GST_FEC_METHOD_JOIN, GST_FEC_CLASS_INDICATION, transaction);
  g_assert_cmpuint (gst_fec_control_write (&in, data, sizeof (data)), ==, 28);
  g_assert_cmpmem (data, sizeof (expected), expected, sizeof (expected));
}

static void
test_channel_list_is_the_documented_one (void)
{
  static const guint8 expected[] = { 0x7f, 0x02, 0, 18, 0, 0, 0, 5, 0, 0, 0, 60,
    0, 0, 0, 0, 0, 0, 0, 9, 1, 'x' };
  GstFecControlMessage in;
  guint8 data[GST_FEC_CONTROL_MAX_SIZE];

  gst_fec_control_init (
      &in, GST_FEC_METHOD_JOIN, GST_FEC_CLASS_REQUEST, transaction);
  in.n_channels = 1;
  in.channels[0].tsi = 5;
  in.channels[0].lease_seconds = 60;
  in.channels[0].lease_end = 9;
  g_strlcpy (in.channels[0].name, "x", 256);
  g_assert_cmpuint (gst_fec_control_write (&in, data, sizeof (data)), ==, 52);
  g_assert_cmpmem (data + 20, sizeof (expected), expected, sizeof (expected));
}

static void
test_connect_request_is_padded (void)
{
  GstFecControlMessage in, out;
  guint i;

  gst_fec_control_init (
      &in, GST_FEC_METHOD_CONNECT, GST_FEC_CLASS_REQUEST, NULL);
  g_assert_cmpuint (pass (&in, &out), ==, GST_FEC_CONTROL_CONNECT_SIZE);
  set_channels (&in);
  g_assert_cmpuint (pass (&in, &out), ==, GST_FEC_CONTROL_CONNECT_SIZE);
  assert_same (&in, &out);
  in.klass = GST_FEC_CLASS_SUCCESS;
  g_assert_cmpuint (pass (&in, &out), <, GST_FEC_CONTROL_CONNECT_SIZE);

  /* names of growing length around the size where no padding fits */
  in.klass = GST_FEC_CLASS_REQUEST;
  in.n_channels = 2;
  memset (&in.channels, 0, sizeof (in.channels));
  memset (in.channels[0].name, 'a', 255);
  for (i = 150; i <= 200; i++) {
    memset (in.channels[1].name, 'b', i);
    g_assert_cmpuint (pass (&in, &out), >=, GST_FEC_CONTROL_CONNECT_SIZE - 4);
    assert_same (&in, &out);
  }
}

static void
test_challenge_is_shorter_than_connect (void)
{
  GstFecControlMessage in, out;

  gst_fec_control_init (
      &in, GST_FEC_METHOD_CONNECT, GST_FEC_CLASS_ERROR, transaction);
  in.error_code = GST_FEC_ERROR_UNAUTHENTICATED;
  memset (in.nonce, 'n', GST_FEC_CONTROL_MAX_NONCE);
  memset (in.realm, 'r', GST_FEC_CONTROL_MAX_NAME);
  g_assert_cmpuint (pass (&in, &out), <, GST_FEC_CONTROL_CONNECT_SIZE);
  assert_same (&in, &out);
}

static void
test_reason_is_ours_unless_given (void)
{
  GstFecControlMessage in, out;

  gst_fec_control_init (&in, GST_FEC_METHOD_JOIN, GST_FEC_CLASS_ERROR, NULL);
  in.error_code = GST_FEC_ERROR_TOO_MANY_CHANNELS;
  pass (&in, &out);
  g_assert_cmpstr (out.reason, ==, "Too Many Channels");
  g_strlcpy (in.reason, "no camera", sizeof (in.reason));
  pass (&in, &out);
  g_assert_cmpstr (out.reason, ==, "no camera");
  in.error_code = 200;
  g_assert_cmpuint (
      gst_fec_control_write (&in, (guint8[512]){ 0 }, 512), ==, 0);
}

static void
test_full_lists_survive (void)
{
  GstFecControlMessage in, out;
  guint i;

  gst_fec_control_init (&in, GST_FEC_METHOD_JOIN, GST_FEC_CLASS_REQUEST, NULL);
  in.n_channels = in.n_grants = in.n_reports = GST_FEC_CONTROL_MAX_CHANNELS;
  for (i = 0; i < GST_FEC_CONTROL_MAX_CHANNELS; i++)
    g_snprintf (in.channels[i].name, 256, "channel-%u", i);
  pass (&in, &out);
  assert_same (&in, &out);
}

static void
test_longest_description_survives (void)
{
  GstFecControlMessage in, out;

  gst_fec_control_init (
      &in, GST_FEC_METHOD_DESCRIBE, GST_FEC_CLASS_SUCCESS, NULL);
  memset (in.description, 'd', GST_FEC_CONTROL_MAX_DESCRIPTION);
  pass (&in, &out);
  assert_same (&in, &out);
}

static void
test_what_does_not_fit_is_not_written (void)
{
  GstFecControlMessage in;
  guint8 data[GST_FEC_CONTROL_MAX_SIZE];
  gsize size, max;
  guint i;

  fill (&in, GST_FEC_METHOD_JOIN, GST_FEC_CLASS_ERROR);
  size = gst_fec_control_write (&in, data, sizeof (data));
  for (max = 0; max < size; max++)
    g_assert_cmpuint (gst_fec_control_write (&in, data, max), ==, 0);
  g_assert_cmpuint (gst_fec_control_write (&in, data, size), ==, size);

  in.n_channels = GST_FEC_CONTROL_MAX_CHANNELS;
  for (i = 0; i < in.n_channels; i++)
    memset (in.channels[i].name, 'a', GST_FEC_CONTROL_MAX_NAME);
  g_assert_cmpuint (gst_fec_control_write (&in, data, sizeof (data)), ==, 0);
  in.n_channels = GST_FEC_CONTROL_MAX_CHANNELS + 1;
  g_assert_cmpuint (gst_fec_control_write (&in, data, sizeof (data)), ==, 0);
}

static void
test_truncated_message_is_refused (void)
{
  GstFecControlMessage in, out;
  guint8 data[GST_FEC_CONTROL_MAX_SIZE];
  gsize size, cut;

  fill (&in, GST_FEC_METHOD_CONNECT, GST_FEC_CLASS_REQUEST);
  size = gst_fec_control_write (&in, data, sizeof (data));
  for (cut = 0; cut < size; cut++)
    g_assert_cmpint (
        parse_exact (&out, data, cut), ==, GST_FEC_CONTROL_NOT_STUN);
  memset (data + size, 0, 4);
  g_assert_cmpint (
      parse_exact (&out, data, size + 4), ==, GST_FEC_CONTROL_NOT_STUN);
}

static void
test_flipped_bit_is_refused (void)
{
  GstFecControlMessage in, out;
  guint8 data[GST_FEC_CONTROL_MAX_SIZE];
  gsize size, bit;

  fill (&in, GST_FEC_METHOD_JOIN, GST_FEC_CLASS_ERROR);
  size = gst_fec_control_write (&in, data, sizeof (data));
  for (bit = 0; bit < size * 8; bit++) {
    data[bit / 8] ^= 0x80 >> bit % 8;
    g_assert_cmpint (
        parse_exact (&out, data, size), ==, GST_FEC_CONTROL_NOT_STUN);
    data[bit / 8] ^= 0x80 >> bit % 8;
  }
}

static void
test_random_transactions_differ (void)
{
  GstFecControlMessage a, b;

  gst_fec_control_init (&a, GST_FEC_METHOD_JOIN, GST_FEC_CLASS_REQUEST, NULL);
  gst_fec_control_init (&b, GST_FEC_METHOD_JOIN, GST_FEC_CLASS_REQUEST, NULL);
  g_assert_true (memcmp (a.transaction, b.transaction, 12) != 0);
}

/* ---- messages made by hand ------------------------------------------------------------------------------------- */

static guint32
crc32 (const guint8 *data, gsize size)
{
  guint32 crc = 0xffffffff;
  guint bit;

  for (; size > 0; size--, data++) {
    crc ^= *data;
    for (bit = 0; bit < 8; bit++)
      crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
  }
  return ~crc;
}

/* A request of @method with one attribute and, when @with_fingerprint, what RFC 8489 section 14.7 asks for. */
static gsize
make_raw (guint8 *data, guint16 method, guint16 type, const void *value,
    guint16 length, gboolean with_fingerprint)
{
  gsize size = 20;
  guint32 crc;

  memset (data, 0, GST_FEC_CONTROL_MAX_SIZE);
  data[0] = method >> 6 & 0x3e;
  data[1] = (method & 0xf) | (method & 0x70) << 1;
  memcpy (data + 4,
      "\x21\x12\xa4\x42"
      "abcdefghijkl",
      16);
  if (type != 0) {
    data[size] = type >> 8;
    data[size + 1] = type & 0xff;
    data[size + 2] = length >> 8;
    data[size + 3] = length & 0xff;
    if (length > 0)
      memcpy (data + size + 4, value, length);
    size += 4 + ((length + 3) & ~3);
  }
  data[2] = (size - 20 + (with_fingerprint ? 8 : 0)) >> 8;
  data[3] = (size - 20 + (with_fingerprint ? 8 : 0)) & 0xff;
  if (!with_fingerprint)
    return size;
  crc = GUINT32_TO_BE (crc32 (data, size) ^ 0x5354554e);
  memcpy (data + size, "\x80\x28\0\4", 4);
  memcpy (data + size + 4, &crc, 4);
  return size + 8;
}

static GstFecControlStatus
parse_raw (GstFecControlMessage *message, guint16 method, guint16 type,
    const void *value, guint16 length)
{
  guint8 data[GST_FEC_CONTROL_MAX_SIZE];
  gsize size = make_raw (data, method, type, value, length, TRUE);

  return parse_exact (message, data, size);
}

static void
test_message_without_fingerprint_is_refused (void)
{
  GstFecControlMessage out;
  guint8 data[GST_FEC_CONTROL_MAX_SIZE];
  gsize size = make_raw (data, GST_FEC_METHOD_JOIN, 0, NULL, 0, FALSE);

  g_assert_cmpint (
      parse_exact (&out, data, size), ==, GST_FEC_CONTROL_NOT_STUN);
  size = make_raw (data, GST_FEC_METHOD_JOIN, 0, NULL, 0, TRUE);
  g_assert_cmpint (parse_exact (&out, data, size), ==, GST_FEC_CONTROL_OK);
}

static void
test_error_without_code_is_refused (void)
{
  GstFecControlMessage in, out;
  guint8 data[GST_FEC_CONTROL_MAX_SIZE];
  guint32 crc;

  gst_fec_control_init (&in, GST_FEC_METHOD_JOIN, GST_FEC_CLASS_SUCCESS, NULL);
  g_assert_cmpuint (gst_fec_control_write (&in, data, sizeof (data)), ==, 28);
  data[1] |= 0x10;
  crc = GUINT32_TO_BE (crc32 (data, 20) ^ 0x5354554e);
  memcpy (data + 24, &crc, 4);
  g_assert_cmpint (
      parse_exact (&out, data, 28), ==, GST_FEC_CONTROL_BAD_ATTRIBUTE);
}

static void
test_foreign_method_is_named (void)
{
  GstFecControlMessage out;

  g_assert_cmpint (
      parse_raw (&out, 1, 0, NULL, 0), ==, GST_FEC_CONTROL_UNKNOWN_METHOD);
  g_assert_cmpint (out.method, ==, 1);
  g_assert_cmpint (parse_raw (&out, GST_FEC_METHOD_REPORT + 1, 0, NULL, 0), ==,
      GST_FEC_CONTROL_UNKNOWN_METHOD);
  g_assert_cmpint (parse_raw (&out, GST_FEC_METHOD_CONNECT - 1, 0, NULL, 0), ==,
      GST_FEC_CONTROL_UNKNOWN_METHOD);
}

static void
test_unknown_attribute_is_listed (void)
{
  GstFecControlMessage out, answer, read;

  g_assert_cmpint (parse_raw (&out, GST_FEC_METHOD_JOIN, 0x7f7f, "abc", 3), ==,
      GST_FEC_CONTROL_UNKNOWN_ATTRIBUTE);
  g_assert_cmpint (out.method, ==, GST_FEC_METHOD_JOIN);
  g_assert_cmpmem (out.transaction, 12, transaction, 12);
  g_assert_cmpuint (out.n_unknown, ==, 1);
  g_assert_cmphex (out.unknown[0], ==, 0x7f7f);

  gst_fec_control_init (
      &answer, out.method, GST_FEC_CLASS_ERROR, out.transaction);
  answer.error_code = GST_FEC_ERROR_UNKNOWN_ATTRIBUTE;
  answer.n_unknown = out.n_unknown;
  memcpy (answer.unknown, out.unknown, sizeof (out.unknown));
  pass (&answer, &read);
  g_assert_cmpuint (read.n_unknown, ==, 1);
  g_assert_cmphex (read.unknown[0], ==, 0x7f7f);
}

static void
test_optional_attribute_is_ignored (void)
{
  GstFecControlMessage out;

  g_assert_cmpint (parse_raw (&out, GST_FEC_METHOD_JOIN, 0xff7f, "abc", 3), ==,
      GST_FEC_CONTROL_OK);
}

static void
test_malformed_attributes_are_refused (void)
{
  static const guint8 zero[1024];
  static const struct
  {
    guint16 type;
    const void *value;
    guint16 length;
  } attributes[] = {
    { 0x7f01, zero, 4 }, /* a session ID of 32 bits */
    { 0x7f04, zero, 0 }, /* no time in the server's time */
    { 0x000d, zero, 8 }, /* a lifetime of 64 bits */
    { 0x7f02, zero, 16 }, /* a channel cut short */
    { 0x7f02, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\5abc", 20 }, /* its name */
    { 0x7f02, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\2a\nb", 20 }, /* a line end */
    { 0x7f02, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\2\xc3(", 19 }, /* no UTF-8 */
    { 0x7f02, zero, 33 * 17 }, /* too many channels */
    { 0x7f03, zero, 17 }, /* part of a grant */
    { 0x7f03, zero, 33 * 16 }, /* too many grants */
    { 0x7f05, zero, 19 }, /* part of a report */
    { 0x7f05, zero, 33 * 20 }, /* too many reports */
    { 0x7f06, "v=0\0", 4 }, /* a NUL in the description */
    { 0x0015, "\xff", 1 }, /* a nonce that is no UTF-8 */
    { 0x000a, zero, 3 }, /* half an attribute type */
  };
  GstFecControlMessage out;
  guint i;

  for (i = 0; i < G_N_ELEMENTS (attributes); i++) {
    g_test_message ("attribute %u", i);
    g_assert_cmpint (parse_raw (&out, GST_FEC_METHOD_JOIN, attributes[i].type,
                         attributes[i].value, attributes[i].length),
        ==, GST_FEC_CONTROL_BAD_ATTRIBUTE);
    g_assert_cmpint (out.method, ==, GST_FEC_METHOD_JOIN);
    g_assert_cmpmem (out.transaction, 12, transaction, 12);
  }
}

static void
test_too_long_texts_are_refused (void)
{
  static const struct
  {
    guint16 type;
    guint16 max;
  } texts[] = {
    { 0x0015, GST_FEC_CONTROL_MAX_NONCE },
    { 0x0014, GST_FEC_CONTROL_MAX_NAME },
    { 0x7f06, GST_FEC_CONTROL_MAX_DESCRIPTION },
  };
  gchar text[GST_FEC_CONTROL_MAX_DESCRIPTION + 1];
  GstFecControlMessage out;
  guint i;

  memset (text, 't', sizeof (text));
  for (i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_assert_cmpint (parse_raw (&out, GST_FEC_METHOD_JOIN, texts[i].type, text,
                         texts[i].max),
        ==, GST_FEC_CONTROL_OK);
    g_assert_cmpint (parse_raw (&out, GST_FEC_METHOD_JOIN, texts[i].type, text,
                         texts[i].max + 1),
        ==, GST_FEC_CONTROL_BAD_ATTRIBUTE);
  }
}

static void
test_each_code_has_a_reason (void)
{
  static const guint codes[] = { 300, 400, 401, 403, 404, 420, 437, 438, 440,
    441, 486, 500, 503, 504, 508, 510 };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (codes); i++)
    g_assert_cmpstr (gst_fec_control_reason (codes[i]), !=, "Error");
  g_assert_cmpstr (gst_fec_control_reason (699), ==, "Error");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add_func ("/control/" name, func)
  ADD ("all-methods-and-classes-survive", test_all_methods_and_classes_survive);
  ADD ("empty-message-survives", test_empty_message_survives);
  ADD ("header-is-the-documented-one", test_header_is_the_documented_one);
  ADD ("channel-list-is-the-documented-one",
      test_channel_list_is_the_documented_one);
  ADD ("connect-request-is-padded", test_connect_request_is_padded);
  ADD ("challenge-is-shorter-than-connect",
      test_challenge_is_shorter_than_connect);
  ADD ("reason-is-ours-unless-given", test_reason_is_ours_unless_given);
  ADD ("full-lists-survive", test_full_lists_survive);
  ADD ("longest-description-survives", test_longest_description_survives);
  ADD ("what-does-not-fit-is-not-written",
      test_what_does_not_fit_is_not_written);
  ADD ("truncated-message-is-refused", test_truncated_message_is_refused);
  ADD ("flipped-bit-is-refused", test_flipped_bit_is_refused);
  ADD ("random-transactions-differ", test_random_transactions_differ);
  ADD ("message-without-fingerprint-is-refused",
      test_message_without_fingerprint_is_refused);
  ADD ("error-without-code-is-refused", test_error_without_code_is_refused);
  ADD ("foreign-method-is-named", test_foreign_method_is_named);
  ADD ("unknown-attribute-is-listed", test_unknown_attribute_is_listed);
  ADD ("optional-attribute-is-ignored", test_optional_attribute_is_ignored);
  ADD ("malformed-attributes-are-refused",
      test_malformed_attributes_are_refused);
  ADD ("too-long-texts-are-refused", test_too_long_texts_are_refused);
  ADD ("each-code-has-a-reason", test_each_code_has_a_reason);
#undef ADD
  return g_test_run ();
}
