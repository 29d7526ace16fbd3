/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tcpsocket.h: one port number for UDP and TCP. Linux only, no threads. */
#pragma once

#include "transport/udpsocket.h"

G_BEGIN_DECLS

/**
 * Binds @udp as gst_fec_udp_socket_bind() does, and a socket that listens to TCP at the same address and port. With
 * @port 0 other numbers are tried when the one found is taken by TCP. FALSE with @error (G_IO_ERROR) set when that cannot
 * be.
 *
 * @listen_fd: non-blocking; close() it
 */
gboolean gst_fec_port_bind (GstFecUdpSocket *udp, gint *listen_fd,
    const gchar *address, guint16 port, GError **error);

G_END_DECLS
