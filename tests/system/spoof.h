/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * spoof.h: datagrams to 127.0.0.1 that say that they come from addresses of 10.0.0.0/8, and what is sent back to these.
 * For a network namespace of one's own alone: it needs raw sockets and a route. Knows IPv4 and UDP, no messages.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _Spoof Spoof;

/** Sends to and watches @port of 127.0.0.1. NULL with @reason set (static) where that is not possible here. */
Spoof *spoof_new (guint16 port, const gchar **reason);
void spoof_free (Spoof *spoof);

/** Puts a datagram from @address (its low 24 bits count) behind those that wait; sends them when there are many. */
void spoof_put (Spoof *spoof, guint32 address, const guint8 *data, gsize size);
/** Sends what waits. */
void spoof_flush (Spoof *spoof);

/** Payload of UDP to and from addresses of 10.0.0.0/8 so far. Any thread. */
typedef struct
{
  guint64 requests, request_bytes; /**< sent by us */
  guint64 answers, answer_bytes; /**< seen on the way back */
  guint64 unseen; /**< answers that the watcher had no time for */
  guint largest_answer;
  guint64 not_sent; /**< refused by the system */
} SpoofCounts;

void spoof_get_counts (Spoof *spoof, SpoofCounts *counts);
/** How many answers addresses of one /24 got; @prefix: the middle two bytes of these. */
guint64 spoof_count_answers (Spoof *spoof, guint prefix);
/** How many addresses were sent more bytes than came from them. */
guint spoof_count_amplified (Spoof *spoof);

G_END_DECLS
