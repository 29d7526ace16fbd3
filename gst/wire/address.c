/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * address.c: addresses as plain bytes; see address.h. Of the system's headers only the conversion to text is used.
 */
#include "wire/address.h"

#include <arpa/inet.h>
#include <string.h>

static const guint8 ipv4_prefix[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff,
  0xff };

void
gst_fec_address_set_ipv4 (
    GstFecAddress *address, const guint8 ip[4], guint16 port)
{
  memset (address, 0, sizeof (*address));
  memcpy (address->ip, ipv4_prefix, sizeof (ipv4_prefix));
  memcpy (address->ip + sizeof (ipv4_prefix), ip, 4);
  address->port = port;
}

void
gst_fec_address_set_ipv6 (
    GstFecAddress *address, const guint8 ip[16], guint16 port, guint32 scope)
{
  memset (address, 0, sizeof (*address));
  memcpy (address->ip, ip, 16);
  address->port = port;
  address->scope = scope;
}

gboolean
gst_fec_address_is_ipv4 (const GstFecAddress *address)
{
  return memcmp (address->ip, ipv4_prefix, sizeof (ipv4_prefix)) == 0;
}

gboolean
gst_fec_address_equal (const GstFecAddress *a, const GstFecAddress *b)
{
  return memcmp (a, b, sizeof (*a)) == 0;
}

guint
gst_fec_address_hash (const GstFecAddress *address)
{
  guint32 word[4];
  guint hash =
      (address->port | (guint) address->transport << 16) * 0x9e3779b1u ^
      address->scope;
  guint i;

  memcpy (word, address->ip, sizeof (word));
  for (i = 0; i < G_N_ELEMENTS (word); i++) {
    hash = (hash ^ word[i]) * 0x9e3779b1u;
    hash ^= hash >> 15;
  }
  return hash;
}

gboolean
gst_fec_address_key_equal (gconstpointer a, gconstpointer b)
{
  return gst_fec_address_equal (a, b);
}

guint
gst_fec_address_key_hash (gconstpointer address)
{
  return gst_fec_address_hash (address);
}

gchar *
gst_fec_address_format (const GstFecAddress *address, gchar *text)
{
  const gchar *suffix =
      address->transport == GST_FEC_TRANSPORT_TCP ? "/tcp" : "";
  gchar ip[INET6_ADDRSTRLEN] = "";

  if (gst_fec_address_is_ipv4 (address)) {
    inet_ntop (AF_INET, address->ip + sizeof (ipv4_prefix), ip, sizeof (ip));
    g_snprintf (
        text, GST_FEC_ADDRESS_TEXT_SIZE, "%s:%u%s", ip, address->port, suffix);
    return text;
  }
  inet_ntop (AF_INET6, address->ip, ip, sizeof (ip));
  if (address->scope != 0)
    g_snprintf (text, GST_FEC_ADDRESS_TEXT_SIZE, "[%s%%%u]:%u%s", ip,
        address->scope, address->port, suffix);
  else
    g_snprintf (text, GST_FEC_ADDRESS_TEXT_SIZE, "[%s]:%u%s", ip, address->port,
        suffix);
  return text;
}
