/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* testclient.h: for tests: a client of a hub on the loopback, a session client and a raw socket. */
#pragma once

#include "session/sessionclient.h"

typedef struct
{
  gint fd;
  GstFecSessionClient *session;
  guint packets; /* ALC packets received */
  guint gaps; /* jumps of their sequence number */
  guint16 last_seq;
  guint32 last_tsi;
  guint control; /* control messages received */
} TestClient;

/** A client at 127.0.0.1 of the hub at @address and @port that asks for @channel. */
TestClient *test_client_new (
    const gchar *address, guint16 port, const gchar *channel);
/** The same at the address @local. */
TestClient *test_client_new_at (const gchar *local, const gchar *address,
    guint16 port, const gchar *channel);
void test_client_free (TestClient *client);

/** Sends what is due and handles what came, without waiting. */
void test_client_poll (TestClient *client);
/** Polls until the state is @state; FALSE after some seconds. */
gboolean test_client_wait_state (TestClient *client, GstFecClientState state);
/** Polls until there have been @n packets; FALSE after some seconds. */
gboolean test_client_wait_packets (TestClient *client, guint n);
/** Sends a Leave. */
void test_client_leave (TestClient *client);

/** Writes a packet of @size bytes of channel @tsi to @out. */
void test_make_packet (guint8 *out, gsize size, guint32 tsi, guint16 seq);
