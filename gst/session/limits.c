/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * limits.c: networks, and a rate limit for each in a fixed table; see limits.h. A
 * token bucket is kept as the one time at which it will be full again (the
 * generic cell rate algorithm), so that filling it costs nothing.
 */
#include "limits.h"
#include "entropy.h"

#include <string.h>

#define IPV4_PREFIX_BYTES 15 /* ::ffff:a.b.c */
#define IPV6_PREFIX_BYTES 7

gsize
gst_fec_limits_prefix_size (const GstFecAddress *address)
{
  return gst_fec_address_is_ipv4 (address) ? IPV4_PREFIX_BYTES
                                           : IPV6_PREFIX_BYTES;
}

void
gst_fec_limiter_init (GstFecLimiter *limiter, guint rate)
{
  rate = CLAMP (rate, 1, G_USEC_PER_SEC);
  memset (limiter, 0, sizeof (*limiter));
  limiter->interval_us = G_USEC_PER_SEC / rate;
  limiter->tolerance_us = limiter->interval_us * (rate - 1);
  gst_fec_entropy_fill (&limiter->secret, sizeof (limiter->secret));
}

gboolean
gst_fec_limiter_take (
    GstFecLimiter *limiter, const GstFecAddress *client, gint64 now)
{
  guint64 hash = gst_fec_entropy_hash (
      limiter->secret, client->ip, gst_fec_limits_prefix_size (client));
  gint64 *full_at = &limiter->full_at[hash % GST_FEC_LIMITER_BUCKETS];
  gint64 begin = MAX (*full_at, now);

  if (begin - now > limiter->tolerance_us)
    return FALSE;
  *full_at = begin + limiter->interval_us;
  return TRUE;
}
