/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * udpsocket.h: what the files of this room share about UDP sockets: addresses to and from the kernel's form, bound
 * sockets, buffer sizes, and datagrams with our own address of arrival. Linux only, no threads.
 */
#pragma once

#include <gio/gio.h>
#include <sys/socket.h>
#include "wire/address.h"

G_BEGIN_DECLS

/** Bytes of ancillary data that hold our own address (IP_PKTINFO or IPV6_PKTINFO). */
#define GST_FEC_UDP_CONTROL_SIZE 64

/** FALSE when @sockaddr is no IPv4 or IPv6 address. */
gboolean gst_fec_address_from_sockaddr (
    GstFecAddress *address, const struct sockaddr *sockaddr);
/** Writes @address as @family has it (IPv4 as mapped in AF_INET6); returns the bytes used, 0: no IPv4 for AF_INET. */
socklen_t gst_fec_address_to_sockaddr (const GstFecAddress *address,
    gint family, struct sockaddr_storage *sockaddr);
/** FALSE when @inet is neither IPv4 nor IPv6. */
gboolean gst_fec_address_from_inet (
    GstFecAddress *address, GInetAddress *inet, guint16 port);
/** Reads a numeric address; FALSE when @text is none. */
gboolean gst_fec_address_parse (
    GstFecAddress *address, const gchar *text, guint16 port);
/** The address alone, without port; free with g_free(). */
gchar *gst_fec_address_ip_to_string (const GstFecAddress *address);
/** Whether it is 0.0.0.0 or ::. */
gboolean gst_fec_address_is_any (const GstFecAddress *address);
gboolean gst_fec_address_is_multicast (const GstFecAddress *address);

/** A bound socket. */
typedef struct
{
  gint fd; /**< close() it */
  gint family; /**< AF_INET or AF_INET6 (which then also carries IPv4) */
  GstFecAddress
      local; /**< as bound; all zero but the port when bound to all addresses */
} GstFecUdpSocket;

/**
 * Binds a socket to @address (numeric; NULL or "": all addresses of both families) and @port (0: any free one) that
 * tells the address of arrival. FALSE with @error set when that cannot be.
 */
gboolean gst_fec_udp_socket_bind (
    GstFecUdpSocket *udp, const gchar *address, guint16 port, GError **error);

/** Asks for a receive (SO_RCVBUF) or send (SO_SNDBUF) buffer of @size bytes; returns what the system gave. */
gsize gst_fec_udp_set_buffer (gint fd, gint option, gsize size);

/**
 * Puts @source (16 bytes as in GstFecAddress; all zero: nothing) into @control as the address a datagram leaves from;
 * returns the bytes used.
 */
gsize gst_fec_udp_put_source (
    gint family, const guint8 source[16], gpointer control);
/** Finds our own address in a received message; FALSE when it is not there. */
gboolean gst_fec_udp_get_destination (struct msghdr *msg, guint8 ip[16]);

G_END_DECLS
