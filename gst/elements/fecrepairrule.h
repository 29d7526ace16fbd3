/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fecrepairrule.h: how many repair symbols a block gets: a share of its symbols,
 * or what the listeners' loss asks for. Pure arithmetic; time is a parameter.
 */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/** Percent in automatic mode, within the bounds, as long as nobody has told a loss. */
#define FEC_REPAIR_UNKNOWN_PERCENT 20

/** How much repair a block gets. */
typedef struct
{
  gboolean automatic; /**< by @loss; else by @percent */
  guint percent; /**< of K; 0: no repair at all */
  guint min_percent; /**< bounds when automatic, of K */
  guint max_percent;
  guint min_symbols; /**< least number, unless @percent is what counts and 0 */
  gdouble loss; /**< when automatic: 0 to 1; below 0: not known */
} FecRepairRule;

/**
 * R of a block of @symbols: @percent rounded up; automatic at a loss of p
 *
 *   R = K p / (1 - p) + 3 sqrt (K p) / (1 - p)
 *
 * within the bounds: what is lost of K + R packets on average, and three times
 * the standard deviation of that, so that of 1000 blocks at that loss one lacks
 * symbols. In both cases @min_symbols at least.
 */
guint32 fec_repair_rule_count (const FecRepairRule *rule, guint32 symbols);

/** Reads "auto" or a whole number of percent up to @max into @rule; FALSE: @text is neither, nothing was changed. */
gboolean fec_repair_rule_parse (
    FecRepairRule *rule, const gchar *text, guint max);
/** What fec_repair_rule_parse() reads; free with g_free(). */
gchar *fec_repair_rule_format (const FecRepairRule *rule);

/** A loss that rises at once and falls slowly: by half of the difference in 10 s. */
typedef struct
{
  gboolean known;
  gdouble told; /**< the newest, 0 to 1 */
  gdouble held; /**< at @since */
  GstClockTime since;
} FecHeldLoss;

/** Somebody tells @loss (what is no share is brought to 0 to 1) at @now. */
void fec_held_loss_tell (FecHeldLoss *held, gdouble loss, GstClockTime now);
/** The loss to reckon with at @now; below 0: none was told. */
gdouble fec_held_loss_get (const FecHeldLoss *held, GstClockTime now);

G_END_DECLS
