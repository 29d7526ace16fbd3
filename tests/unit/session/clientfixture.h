/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * clientfixture.h: a session client with a clock of the test's own, and answers
 * to its requests written by hand.
 */
#pragma once

#include "session/sessionclient.h"

#define MS G_TIME_SPAN_MILLISECOND
#define SECOND ((gint64) G_USEC_PER_SEC)
#define CLIENT_ID G_GUINT64_CONSTANT (0x1122334455667788)

typedef struct
{
  GstFecSessionClient *client;
  gint64 now, next;
  GstFecControlMessage sent; /* the last request */
  guint8 bytes[GST_FEC_CONTROL_MAX_SIZE]; /* as it was sent */
  gsize size;
  guint n_sent;
  const guint8 *key; /* answers are signed with it; NULL: not */
} ClientFixture;

/* A client of the channel "live" with default settings, at 50 s. */
void client_set_up (ClientFixture *f, gconstpointer data);
/* Puts one with @settings in its place. */
void client_renew (ClientFixture *f, const GstFecClientSettings *settings);
void client_tear_down (ClientFixture *f, gconstpointer data);

/* Lets the client say one thing, if it has something to say now. */
gboolean client_ask (ClientFixture *f);
/* Goes on to the client's next request, which must come within @us. */
void client_wait_and_ask (ClientFixture *f, gint64 us);
/* Lets time go by to @end; everything the client asks is granted. */
void client_run (ClientFixture *f, gint64 end);
/* Writes @answer and hands it in; returns what handle() does. */
gboolean client_hand_in (ClientFixture *f, const GstFecControlMessage *answer);
/* Makes @answer the usual one to @request: success, or @error. The server's
   clock is at 1000 s, leases last 60 s. */
void client_answer_to (const GstFecControlMessage *request, guint error,
    GstFecControlMessage *answer);
/* Answers the last request so, signed with f's key. The server's clock is 950 s
   ahead, leases last 60 s or until the end that is asked for. */
gboolean client_reply (ClientFixture *f, guint error);
GstFecClientState client_state (ClientFixture *f);
guint64 client_counter (ClientFixture *f, const gchar *name);
/* Connects, joins and is described, with the first report answered. */
void client_join (ClientFixture *f);
