/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * lightclients.h: many clients that join and leave at random, each a socket and
 * a session and no pipeline; one thread runs them all. Knows sessions and
 * packets' sequence numbers.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  guint n_clients;
  guint16 port; /**< of the server at 127.0.0.1 */
  const gchar *channel;
  guint32 seed;
  /** they come at once and stay to the end; what follows has no meaning */
  gboolean steady;
  guint vanish; /**< percent that go without a Leave */
  guint min_stay_ms; /**< shortest stay, and shortest absence */
  guint max_stay_ms;
} LightClientsSettings;

typedef struct
{
  guint visits; /**< stays that began */
  guint vanished;
  guint64 packets;
  guint gaps; /**< sequence numbers missing during stays */
  guint refused;
  guint unserved; /**< stays of two seconds or more without a packet */
} LightClientsResult;

typedef struct _LightClients LightClients;

/** Starts the thread. */
LightClients *light_clients_start (const LightClientsSettings *settings);
/** How many are there right now; any thread. */
guint light_clients_present (LightClients *clients);
/** All leave (none vanishes); frees @clients. */
void light_clients_finish (LightClients *clients, LightClientsResult *result);

G_END_DECLS
