/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-address.c: addresses compare as bytes and print as URIs write them.
 */
#include "wire/address.h"

#include <string.h>

static const guint8 ipv4[4] = { 192, 0, 2, 1 };
static const guint8 ipv6[16] = { 0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 1 };

static void
test_ipv4_is_text_with_port (void)
{
  GstFecAddress address;
  gchar text[GST_FEC_ADDRESS_TEXT_SIZE];

  gst_fec_address_set_ipv4 (&address, ipv4, 6330);
  g_assert_true (gst_fec_address_is_ipv4 (&address));
  g_assert_cmpstr (
      gst_fec_address_format (&address, text), ==, "192.0.2.1:6330");
}

static void
test_ipv6_is_text_in_brackets (void)
{
  GstFecAddress address;
  gchar text[GST_FEC_ADDRESS_TEXT_SIZE];

  gst_fec_address_set_ipv6 (&address, ipv6, 65535, 0);
  g_assert_false (gst_fec_address_is_ipv4 (&address));
  g_assert_cmpstr (
      gst_fec_address_format (&address, text), ==, "[2001:db8::1]:65535");
  gst_fec_address_set_ipv6 (&address, ipv6, 1, G_MAXUINT32);
  g_assert_cmpstr (gst_fec_address_format (&address, text), ==,
      "[2001:db8::1%4294967295]:1");
}

static void
test_longest_text_fits (void)
{
  GstFecAddress address;
  gchar text[GST_FEC_ADDRESS_TEXT_SIZE];
  guint8 ip[16];

  memset (ip, 0xff, sizeof (ip));
  gst_fec_address_set_ipv6 (&address, ip, 65535, G_MAXUINT32);
  gst_fec_address_format (&address, text);
  g_assert_true (g_str_has_suffix (text, "%4294967295]:65535"));
}

static void
test_mapped_ipv6_equals_ipv4 (void)
{
  static const guint8 mapped[16] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff,
    192, 0, 2, 1 };
  GstFecAddress a, b;

  gst_fec_address_set_ipv4 (&a, ipv4, 6330);
  memset (&b, 0xaa, sizeof (b));
  gst_fec_address_set_ipv6 (&b, mapped, 6330, 0);
  g_assert_true (gst_fec_address_equal (&a, &b));
  g_assert_cmpuint (gst_fec_address_hash (&a), ==, gst_fec_address_hash (&b));
}

static void
test_port_and_scope_tell_addresses_apart (void)
{
  GstFecAddress a, b, c;

  gst_fec_address_set_ipv6 (&a, ipv6, 1000, 0);
  gst_fec_address_set_ipv6 (&b, ipv6, 1001, 0);
  gst_fec_address_set_ipv6 (&c, ipv6, 1000, 1);
  g_assert_false (gst_fec_address_equal (&a, &b));
  g_assert_false (gst_fec_address_equal (&a, &c));
  g_assert_cmpuint (gst_fec_address_hash (&a), !=, gst_fec_address_hash (&b));
  g_assert_cmpuint (gst_fec_address_hash (&a), !=, gst_fec_address_hash (&c));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func (
      "/address/ipv4-is-text-with-port", test_ipv4_is_text_with_port);
  g_test_add_func (
      "/address/ipv6-is-text-in-brackets", test_ipv6_is_text_in_brackets);
  g_test_add_func ("/address/longest-text-fits", test_longest_text_fits);
  g_test_add_func (
      "/address/mapped-ipv6-equals-ipv4", test_mapped_ipv6_equals_ipv4);
  g_test_add_func ("/address/port-and-scope-tell-apart",
      test_port_and_scope_tell_addresses_apart);
  return g_test_run ();
}
