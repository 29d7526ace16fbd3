/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * harness.h: a session server with a clock of the test's own, whose changes
 * are written down, and requests to it by hand.
 */
#pragma once

#include "session/sessionserver.h"
#include "wire/description.h"

typedef struct
{
  GstFecSessionServer *server;
  GstFecAddress address; /* the server's own */
  gint64 now; /* microseconds; starts at 1000 s */
  gint64 wall; /* goes with now by harness_advance() */
  GString *changes; /* "+TSI@CLIENT " and "-TSI@CLIENT:reason " */
  guint listeners; /* added less removed */
  guint added;
  gboolean allow; /* what may_join says */
  gsize answer_size; /* of the last answer */
  gsize request_size; /* of the last request */
  guint8 reply[GST_FEC_CONTROL_MAX_SIZE]; /* the last answer */
  /* "USER?TSI " for each may_join, "TSI:COUNT " for missing */
  GString *told;
  GString *losses; /* "TSI:LOST " for each channel of a report */
} Harness;

/* @settings NULL: the defaults. Offers no channel. */
Harness *harness_new (const GstFecSessionSettings *settings);
void harness_free (Harness *h);
/* Channels "one" (TSI 1), "two" (2), ... up to "four". */
void harness_add_channels (Harness *h, guint n);

/* 10.0.0.@host:@port and so on. */
GstFecAddress harness_ipv4 (
    guint8 a, guint8 b, guint8 c, guint8 d, guint16 port);

/* Lets time go by, with a tick of the server whenever it asked for one. */
void harness_advance (Harness *h, gint64 us);

/* Hands over bytes; returns the answer's size, its bytes in h's buffer. */
gsize harness_send (Harness *h, const guint8 *data, gsize size,
    const GstFecAddress *from, GstFecControlMessage *answer);
/* Writes and hands over @request; FALSE when there is no answer. */
gboolean harness_ask (Harness *h, const GstFecControlMessage *request,
    const GstFecAddress *from, GstFecControlMessage *answer);

/* Gives @request, a Connect or long enough, the NONCE and REALM it is told. */
void harness_prove (
    Harness *h, GstFecControlMessage *request, const GstFecAddress *from);
/* Gives @request USERNAME and, if it has none, REALM, and makes it signed with @key, which is made of them. */
void harness_sign (GstFecControlMessage *request, const gchar *user,
    const gchar *password, guint8 key[GST_FEC_CONTROL_KEY_SIZE]);
/* Makes @request one of @method in session @id. */
void harness_begin (
    GstFecControlMessage *request, GstFecMethod method, guint64 id);
/* Lets time go by while session @id reports, so that it is not silent. */
void harness_stay_awake (
    Harness *h, const GstFecAddress *from, guint64 id, gint64 us);
/* Adds a channel to @request. */
void harness_want (GstFecControlMessage *request, const gchar *name,
    guint32 lease_seconds, guint64 lease_end);
/* Connects with cookie; returns the session id. */
guint64 harness_connect (Harness *h, const GstFecAddress *from);
/* As harness_connect(), with a lease of the default length on @name. */
guint64 harness_connect_to (
    Harness *h, const GstFecAddress *from, const gchar *name);
/* A request of @method in session @id for channel @name (or NULL). Returns the error code of the answer or of its
   first grant, 0 for success. */
guint harness_request (Harness *h, const GstFecAddress *from, guint64 id,
    GstFecMethod method, const gchar *name, guint32 lease_seconds,
    GstFecControlMessage *answer);

/* Compares what changed since the last time, and forgets it. */
#define harness_assert_changes(h, expected)                                    \
  G_STMT_START                                                                 \
  {                                                                            \
    g_assert_cmpstr ((h)->changes->str, ==, expected);                         \
    g_string_truncate ((h)->changes, 0);                                       \
  }                                                                            \
  G_STMT_END

guint64 harness_counter (Harness *h, const gchar *name);
guint harness_number (Harness *h, const gchar *name);

/* Sets the FINGERPRINT at the end of @data, and the length in the header. */
void harness_seal (guint8 *data, gsize size);
/* Puts an attribute before the FINGERPRINT; returns the new size. @length a
   multiple of 4. */
gsize harness_insert (guint8 *data, gsize size, guint16 type,
    const guint8 *value, guint16 length);
