/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * entropy.c: random bytes of the kernel and a keyed hash for tables.
 */
#include "entropy.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

void
gst_fec_entropy_fill (gpointer data, gsize size)
{
  guint8 *p = data;

  while (size > 0) {
    gssize n = getrandom (p, size, 0);

    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      g_error ("The kernel gives no random bytes (%s): keys would be"
               " guessable. Is getrandom() forbidden by a seccomp filter?",
          g_strerror (errno));
    p += n;
    size -= (gsize) n;
  }
}

static guint64
mix (guint64 x)
{
  x ^= x >> 30;
  x *= G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
  x ^= x >> 27;
  x *= G_GUINT64_CONSTANT (0x94d049bb133111eb);
  return x ^ (x >> 31);
}

guint64
gst_fec_entropy_hash (guint64 secret, gconstpointer data, gsize size)
{
  const guint8 *p = data;
  guint64 hash = mix (secret + size);

  while (size > 0) {
    guint64 word = 0;
    gsize n = MIN (size, sizeof (word));

    memcpy (&word, p, n);
    hash = mix (hash ^ word) + secret;
    p += n;
    size -= n;
  }
  return mix (hash);
}
