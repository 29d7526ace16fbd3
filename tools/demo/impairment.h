/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * impairment.h: decides which packets of a path suffer what. The decisions
 * follow from a seed and the order of the questions alone; no I/O.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** What a path does to its packets; percentages from 0 to 100. */
typedef struct
{
  gdouble loss; /**< lost at random */
  gdouble reorder; /**< held back behind later ones */
  gdouble duplicate; /**< sent twice */
  gint burst_every; /**< a burst is lost each so many packets; 0: none */
  gint burst_length; /**< packets lost in a burst */
} ImpairmentSettings;

typedef enum
{
  IMPAIRMENT_KEPT,
  IMPAIRMENT_LOST,
  IMPAIRMENT_LOST_IN_BURST,
} ImpairmentLoss;

/** One direction of a path. */
typedef struct
{
  ImpairmentSettings settings;
  guint64 random_state;
  guint64 position; /**< packets seen */
} Impairment;

/** FALSE with a sentence for the user in @problem (static) when @settings make no sense. */
gboolean impairment_check (
    const ImpairmentSettings *settings, const gchar **problem);
void impairment_init (
    Impairment *impairment, const ImpairmentSettings *settings, guint64 seed);
/** What becomes of the next packet. */
ImpairmentLoss impairment_lose (Impairment *impairment);
gboolean impairment_reorder (Impairment *impairment);
gboolean impairment_duplicate (Impairment *impairment);
/** A number from 0 to @n - 1. */
guint impairment_draw (Impairment *impairment, guint n);

G_END_DECLS
