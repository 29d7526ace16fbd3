/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tcptestclient.h: for tests: a TCP client of a hub on the loopback, a session client and a raw socket. */
#pragma once

#include "session/sessionclient.h"

typedef struct
{
  gint fd;
  GstFecSessionClient *session; /* NULL: it says nothing by itself */
  GByteArray *in; /* the beginning of a frame */
  guint packets; /* with a right CRC */
  guint damaged; /* frames with a wrong one */
  guint gaps; /* jumps of the sequence number */
  guint skipped; /* what was missing there */
  guint16 last_seq;
  guint32 last_tsi;
  guint control; /* control messages received */
  guint alive; /* frames of length 0 */
  gboolean closed; /* by the server */
} TcpTestClient;

/** A client of the hub at @address and @port that asks for @channel; NULL: it says nothing by itself. */
TcpTestClient *tcp_test_client_new (
    const gchar *address, guint16 port, const gchar *channel);
/** The same, with a receive buffer of about @buffer bytes (0: the system's), to be slow with. */
TcpTestClient *tcp_test_client_new_slow (
    const gchar *address, guint16 port, const gchar *channel, gint buffer);
void tcp_test_client_free (TcpTestClient *client);

/** Sends what is due and handles what came, without waiting. */
void tcp_test_client_poll (TcpTestClient *client);
/** Sends @size bytes as they are. */
void tcp_test_client_send (
    TcpTestClient *client, gconstpointer data, gsize size);

/* These poll until it is so; FALSE after some seconds. */
gboolean tcp_test_client_wait_state (
    TcpTestClient *client, GstFecClientState state);
gboolean tcp_test_client_wait_packets (TcpTestClient *client, guint n);
gboolean tcp_test_client_wait_closed (TcpTestClient *client);
