/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tcpwaiting.h: how many connections without a session each address has: an IPv4 address, or the first 64 bits of an
 * IPv6 one, which one host has to itself. Bounded by the number of connections; of one thread.
 */
#pragma once

#include "wire/address.h"

G_BEGIN_DECLS

typedef struct _GstFecTcpWaiting GstFecTcpWaiting;

GstFecTcpWaiting *gst_fec_tcp_waiting_new (void);
void gst_fec_tcp_waiting_free (GstFecTcpWaiting *waiting);
void gst_fec_tcp_waiting_add (
    GstFecTcpWaiting *waiting, const GstFecAddress *client);
/** Undoes one gst_fec_tcp_waiting_add(). */
void gst_fec_tcp_waiting_remove (
    GstFecTcpWaiting *waiting, const GstFecAddress *client);
guint gst_fec_tcp_waiting_get (
    GstFecTcpWaiting *waiting, const GstFecAddress *client);

G_END_DECLS
