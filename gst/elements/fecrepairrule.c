/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fecrepairrule.c: how many repair symbols a block gets. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <string.h>

#include "fecrepairrule.h"

/* Standard deviations that a block is protected against. */
#define DEVIATIONS 3.0
/* Above this share hardly anything arrives, and the rule has a pole at 1. */
#define MAX_LOSS 0.9
#define HALF_LIFE (10 * GST_SECOND)

static guint32
percent_of (guint32 symbols, guint percent)
{
  return (guint32) (((guint64) symbols * percent + 99) / 100);
}

/* What the loss asks for, within the bounds. */
static guint32
count_by_loss (const FecRepairRule *rule, guint32 symbols)
{
  gdouble loss = MIN (rule->loss, MAX_LOSS);
  guint32 least = percent_of (symbols, rule->min_percent);
  guint32 most =
      percent_of (symbols, MAX (rule->max_percent, rule->min_percent));
  gdouble lost, wanted;

  if (rule->loss < 0)
    return CLAMP (
        percent_of (symbols, FEC_REPAIR_UNKNOWN_PERCENT), least, most);
  lost = symbols * loss;
  wanted = ceil ((lost + DEVIATIONS * sqrt (lost)) / (1.0 - loss));
  return CLAMP ((guint32) wanted, least, most);
}

guint32
fec_repair_rule_count (const FecRepairRule *rule, guint32 symbols)
{
  guint32 count;

  if (rule->automatic)
    count = count_by_loss (rule, symbols);
  else if (rule->percent == 0)
    return 0;
  else
    count = percent_of (symbols, rule->percent);
  /* A share alone would leave blocks of few symbols nearly bare. */
  return MAX (count, rule->min_symbols);
}

gboolean
fec_repair_rule_parse (FecRepairRule *rule, const gchar *text, guint max)
{
  guint64 percent;

  if (text == NULL)
    return FALSE;
  if (strcmp (text, "auto") == 0) {
    rule->automatic = TRUE;
    return TRUE;
  }
  if (!g_ascii_string_to_unsigned (text, 10, 0, max, &percent, NULL))
    return FALSE;
  rule->automatic = FALSE;
  rule->percent = (guint) percent;
  return TRUE;
}

gchar *
fec_repair_rule_format (const FecRepairRule *rule)
{
  return rule->automatic ? g_strdup ("auto")
                         : g_strdup_printf ("%u", rule->percent);
}

void
fec_held_loss_tell (FecHeldLoss *held, gdouble loss, GstClockTime now)
{
  /* What is not a number is no loss. */
  loss = loss > 0 ? MIN (loss, 1.0) : 0;
  held->held = MAX (fec_held_loss_get (held, now), loss);
  held->told = loss;
  held->since = now;
  held->known = TRUE;
}

gdouble
fec_held_loss_get (const FecHeldLoss *held, GstClockTime now)
{
  gdouble elapsed;

  if (!held->known)
    return -1;
  elapsed = now > held->since ? (gdouble) (now - held->since) : 0;
  return held->told +
      (held->held - held->told) * exp2 (-elapsed / (gdouble) HALF_LIFE);
}
