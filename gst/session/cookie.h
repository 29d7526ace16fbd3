/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cookie.h: the NONCE that a client has to send back before the server keeps
 * anything of it: proof that it receives at the address it sends from. Made
 * and checked without any state but the keys. Knows addresses and times, no
 * messages.
 *
 * The format, a matter of the server alone (a client returns what it got):
 *
 *   cookie = base64 (key id:16 | time:48 | mac:128)      24 bytes, 32 letters
 *
 * base64 is RFC 4648's standard alphabet; 24 bytes need no padding, so that
 * each cookie has exactly one text. All numbers are big endian.
 *
 *   key id  number of the key, plus one with each new key, modulo 2^16; the
 *           first one is random
 *   time    when it was made: milliseconds of the server's monotonic clock,
 *           modulo 2^48
 *   mac     the first 128 bits of HMAC-SHA-256 with the key of that id over
 *
 *     protocol string   15 bytes  "gst-fec cookie " (no final NUL)
 *     version            1 byte   0x02
 *     key id             2 bytes
 *     time               6 bytes
 *     client address    16 bytes  IPv4 as ::ffff:a.b.c.d
 *     client scope       4 bytes  IPv6 scope id, 0 when there is none
 *     client port        2 bytes
 *     client transport   2 bytes  0 UDP, 1 TCP
 *     server address    16 bytes  where the request arrived
 *     server scope       4 bytes
 *     server port        2 bytes
 *     server transport   2 bytes
 *
 * A key is 256 bits from the kernel, replaced when it is key_age old; the one
 * before is still accepted, older ones are forgotten.
 */
#pragma once

#include <glib.h>
#include "wire/address.h"

G_BEGIN_DECLS

/** Length of a cookie's text with its final NUL. */
#define GST_FEC_COOKIE_TEXT_SIZE 33
/** Length of a key in bytes. */
#define GST_FEC_COOKIE_KEY_SIZE 32

/** The keys; to be treated as opaque outside cookie.c and its tests. */
typedef struct
{
  gint64 key_age; /**< a key's time in use, microseconds */
  gint64 max_age; /**< oldest cookie accepted, microseconds */
  gint64 made; /**< when the current key came into use */
  guint16 id; /**< of the current key */
  gboolean has_previous;
  guint8 current[GST_FEC_COOKIE_KEY_SIZE];
  guint8 previous[GST_FEC_COOKIE_KEY_SIZE];
} GstFecCookieKeys;

/**
 * Makes the first key. @key_age and @max_age are microseconds, at least 1 s
 * each (smaller ones become that). A @max_age above @key_age does not help a
 * cookie whose key is two keys old.
 */
void gst_fec_cookie_keys_init (
    GstFecCookieKeys *keys, gint64 key_age, gint64 max_age, gint64 now);
/** Overwrites the keys. */
void gst_fec_cookie_keys_clear (GstFecCookieKeys *keys);

/**
 * Writes the cookie for @client asking at @server at the time @now (monotonic
 * microseconds) to @text, replacing the key when it is due.
 */
void gst_fec_cookie_make (GstFecCookieKeys *keys, const GstFecAddress *client,
    const GstFecAddress *server, gint64 now,
    gchar text[GST_FEC_COOKIE_TEXT_SIZE]);

/**
 * Whether @text is a cookie that was made for @client and @server at most
 * max_age before @now with a key that is still known. Compares the code in
 * constant time. Any @text is allowed.
 */
gboolean gst_fec_cookie_check (GstFecCookieKeys *keys, const gchar *text,
    const GstFecAddress *client, const GstFecAddress *server, gint64 now);

G_END_DECLS
