/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cookie.c: makes and checks the NONCE that proves an address; see cookie.h
 * for the format. Stateless but for the keys.
 */
#include "cookie.h"
#include "entropy.h"

#include <string.h>

#define PROTOCOL "gst-fec cookie \x02"
#define PROTOCOL_SIZE 16
#define HEAD_SIZE 8
#define MAC_SIZE 16
#define COOKIE_SIZE (HEAD_SIZE + MAC_SIZE)
#define TEXT_LENGTH (GST_FEC_COOKIE_TEXT_SIZE - 1)
#define ADDRESS_SIZE 24
#define INPUT_SIZE (PROTOCOL_SIZE + HEAD_SIZE + 2 * ADDRESS_SIZE)
#define SHA256_SIZE 32
#define TIME_MASK G_GUINT64_CONSTANT (0xffffffffffff)

void
gst_fec_cookie_keys_init (
    GstFecCookieKeys *keys, gint64 key_age, gint64 max_age, gint64 now)
{
  memset (keys, 0, sizeof (*keys));
  keys->key_age = MAX (key_age, G_USEC_PER_SEC);
  keys->max_age = MAX (max_age, G_USEC_PER_SEC);
  keys->made = now;
  gst_fec_entropy_fill (&keys->id, sizeof (keys->id));
  gst_fec_entropy_fill (keys->current, sizeof (keys->current));
}

void
gst_fec_cookie_keys_clear (GstFecCookieKeys *keys)
{
  explicit_bzero (keys, sizeof (*keys));
}

/* Keys change at multiples of key_age, however rarely this is called. */
static void
replace_key_when_due (GstFecCookieKeys *keys, gint64 now)
{
  gint64 steps;

  if (now - keys->made < keys->key_age)
    return;

  steps = (now - keys->made) / keys->key_age;
  keys->has_previous = steps == 1;
  memcpy (keys->previous, keys->current, sizeof (keys->previous));
  gst_fec_entropy_fill (keys->current, sizeof (keys->current));
  keys->id = (guint16) (keys->id + steps);
  keys->made += steps * keys->key_age;
}

static guint8 *
put_number (guint8 *p, guint64 value, guint bytes)
{
  while (bytes > 0)
    *p++ = (guint8) (value >> (8 * --bytes));
  return p;
}

static guint64
get_number (const guint8 *p, guint bytes)
{
  guint64 value = 0;

  while (bytes-- > 0)
    value = value << 8 | *p++;
  return value;
}

static guint8 *
put_address (guint8 *p, const GstFecAddress *address)
{
  memcpy (p, address->ip, sizeof (address->ip));
  p = put_number (p + sizeof (address->ip), address->scope, 4);
  p = put_number (p, address->port, 2);
  return put_number (p, address->transport, 2);
}

static void
compute_mac (const guint8 key[GST_FEC_COOKIE_KEY_SIZE],
    const guint8 head[HEAD_SIZE], const GstFecAddress *client,
    const GstFecAddress *server, guint8 mac[MAC_SIZE])
{
  guint8 input[INPUT_SIZE], digest[SHA256_SIZE];
  gsize digest_size = sizeof (digest);
  guint8 *p = input;
  GHmac *hmac;

  memcpy (p, PROTOCOL, PROTOCOL_SIZE);
  p += PROTOCOL_SIZE;
  memcpy (p, head, HEAD_SIZE);
  p = put_address (p + HEAD_SIZE, client);
  put_address (p, server);

  hmac = g_hmac_new (G_CHECKSUM_SHA256, key, GST_FEC_COOKIE_KEY_SIZE);
  g_hmac_update (hmac, input, sizeof (input));
  g_hmac_get_digest (hmac, digest, &digest_size);
  g_hmac_unref (hmac);
  memcpy (mac, digest, MAC_SIZE);
}

void
gst_fec_cookie_make (GstFecCookieKeys *keys, const GstFecAddress *client,
    const GstFecAddress *server, gint64 now,
    gchar text[GST_FEC_COOKIE_TEXT_SIZE])
{
  guint8 cookie[COOKIE_SIZE];
  gchar encoded[2 * GST_FEC_COOKIE_TEXT_SIZE]; /* GLib wants some to spare */
  gint state = 0, save = 0;

  replace_key_when_due (keys, now);
  put_number (
      put_number (cookie, keys->id, 2), (guint64) (now / 1000) & TIME_MASK, 6);
  compute_mac (keys->current, cookie, client, server, cookie + HEAD_SIZE);

  g_base64_encode_step (cookie, COOKIE_SIZE, FALSE, encoded, &state, &save);
  memcpy (text, encoded, TEXT_LENGTH);
  text[TEXT_LENGTH] = '\0';
}

/* GLib skips letters that are not of the alphabet; here they make it wrong. */
static gboolean
decode_text (const gchar *text, guint8 cookie[COOKIE_SIZE])
{
  gint state = 0;
  guint save = 0;
  gsize i;

  for (i = 0; i < TEXT_LENGTH; i++) {
    if (!g_ascii_isalnum (text[i]) && text[i] != '+' && text[i] != '/')
      return FALSE;
  }
  return text[TEXT_LENGTH] == '\0' &&
      g_base64_decode_step (text, TEXT_LENGTH, cookie, &state, &save) ==
      COOKIE_SIZE;
}

static const guint8 *
find_key (const GstFecCookieKeys *keys, guint16 id)
{
  if (id == keys->id)
    return keys->current;
  if (keys->has_previous && id == (guint16) (keys->id - 1))
    return keys->previous;
  return NULL;
}

static gboolean
equal_in_constant_time (const guint8 *a, const guint8 *b, gsize size)
{
  volatile guint8 difference = 0;
  gsize i;

  for (i = 0; i < size; i++)
    difference |= a[i] ^ b[i];
  return difference == 0;
}

gboolean
gst_fec_cookie_check (GstFecCookieKeys *keys, const gchar *text,
    const GstFecAddress *client, const GstFecAddress *server, gint64 now)
{
  guint8 cookie[COOKIE_SIZE], mac[MAC_SIZE];
  const guint8 *key;
  guint64 age;

  replace_key_when_due (keys, now);
  if (!decode_text (text, cookie))
    return FALSE;
  key = find_key (keys, (guint16) get_number (cookie, 2));
  if (key == NULL)
    return FALSE;
  compute_mac (key, cookie, client, server, mac);
  if (!equal_in_constant_time (mac, cookie + HEAD_SIZE, MAC_SIZE))
    return FALSE;

  /* A time to come gives a huge age, modulo 2^48. */
  age = ((guint64) (now / 1000) - get_number (cookie + 2, 6)) & TIME_MASK;
  return age <= (guint64) (keys->max_age / 1000);
}
