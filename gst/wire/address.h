/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * address.h: an Internet address and port as plain bytes, so that rooms without sockets can name whom they talk to.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** What a port belongs to: the same number by UDP and by TCP is two ports. */
typedef enum
{
  GST_FEC_TRANSPORT_UDP = 0,
  GST_FEC_TRANSPORT_TCP = 1,
} GstFecTransport;

/**
 * An IPv4 or IPv6 address and a port; comparable with memcmp() when made by the functions below (no padding). They
 * make UDP's.
 */
typedef struct
{
  guint8 ip[16]; /**< network order; IPv4 as ::ffff:a.b.c.d */
  /** IPv6 scope id (interface index) of link-local addresses, else 0 */
  guint32 scope;
  guint16 port; /**< host order */
  guint16 transport; /**< GstFecTransport */
} GstFecAddress;

/** Longest text of gst_fec_address_format(), with the final NUL. */
#define GST_FEC_ADDRESS_TEXT_SIZE 72

/** Makes an address of 4 or 16 bytes in network order and a port in host order. */
void gst_fec_address_set_ipv4 (
    GstFecAddress *address, const guint8 ip[4], guint16 port);
void gst_fec_address_set_ipv6 (
    GstFecAddress *address, const guint8 ip[16], guint16 port, guint32 scope);
gboolean gst_fec_address_is_ipv4 (const GstFecAddress *address);
gboolean gst_fec_address_equal (const GstFecAddress *a, const GstFecAddress *b);
guint gst_fec_address_hash (const GstFecAddress *address);
/** The same two as a GHashTable wants them; keys are pointers to addresses. */
gboolean gst_fec_address_key_equal (gconstpointer a, gconstpointer b);
guint gst_fec_address_key_hash (gconstpointer address);
/** "192.0.2.1:6330" or "[2001:db8::1]:6330", of TCP with "/tcp" behind it, into @text of GST_FEC_ADDRESS_TEXT_SIZE bytes; returns @text. */
gchar *gst_fec_address_format (const GstFecAddress *address, gchar *text);

G_END_DECLS
