/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * limits.h: what a network is to the limits, and how many challenges one may
 * cause. Bounded memory, whatever the number of networks: a fixed table of
 * buckets, each shared by the prefixes that fall into it by a secret hash.
 * Knows addresses and times.
 */
#pragma once

#include <glib.h>
#include "wire/address.h"

G_BEGIN_DECLS

/** Buckets of a limiter, 8 bytes each: 128 KiB. */
#define GST_FEC_LIMITER_BUCKETS 16384

typedef struct
{
  gint64 interval_us; /**< one challenge each */
  gint64 tolerance_us; /**< how far a burst may run ahead */
  guint64 secret;
  gint64 full_at
      [GST_FEC_LIMITER_BUCKETS]; /**< when a bucket has all its tokens again */
} GstFecLimiter;

/** How many bytes of the IP address are its prefix: /24 of IPv4, /56 of IPv6. */
gsize gst_fec_limits_prefix_size (const GstFecAddress *address);

/** @rate: per second and prefix, at least 1; the burst is as many. */
void gst_fec_limiter_init (GstFecLimiter *limiter, guint rate);

/**
 * Takes a token of @client's prefix. FALSE when there is none. Prefixes that share a bucket share its tokens: the rate of one
 * prefix is never exceeded, and a flood from one prefix costs another one its
 * challenges with a chance of 1 to 16384.
 */
gboolean gst_fec_limiter_take (
    GstFecLimiter *limiter, const GstFecAddress *client, gint64 now);

G_END_DECLS
