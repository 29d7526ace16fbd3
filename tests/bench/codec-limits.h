/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * codec-limits.h: what the machine's one core can do at most of what a
 * RaptorQ codec spends its time with. Knows nothing of the codec.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** Where the sources lie: 16 KiB, 384 KiB, 8 MiB and 256 MiB of them. */
typedef enum
{
  CODEC_LEVEL_L1,
  CODEC_LEVEL_L2,
  CODEC_LEVEL_L3,
  CODEC_LEVEL_MEMORY,
  CODEC_N_LEVELS
} CodecLevel;

typedef struct
{
  /** Sums of eight sources: source bytes read, GB/s. */
  gdouble gather_xor[CODEC_N_LEVELS];
  const gchar *gather_kernel; /**< by which instructions */
  /** A register-blocked matrix over GF(256): bytes multiplied and added, GB/s. */
  gdouble matrix;
  const gchar *matrix_kernel;
} CodecLimits;

/**
 * Measures by the best instructions this machine has, and prints the result.
 *
 * @param least  seconds that each figure is measured for, several times
 */
void codec_limits_measure (CodecLimits *limits, gdouble least);

G_END_DECLS
