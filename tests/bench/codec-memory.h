/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * codec-memory.h: the most memory that the codec takes beyond its caller's.
 * Knows raptorq.h.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** Megabytes (10^6 bytes) at the peak, cache included. */
typedef struct
{
  gdouble encode; /**< 10 % repair symbols */
  gdouble decode; /**< 20 % lost */
  gdouble repair_only;
} CodecMemory;

/** To be called before the process has used the codec or has any thread. */
void codec_memory_measure (CodecMemory *memory, guint k, guint t);

G_END_DECLS
