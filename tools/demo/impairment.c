/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * impairment.c: losses, bursts, reordering and duplicates from a seeded
 * generator. Knows numbers of packets, never their contents.
 */
#include "impairment.h"

/* SplitMix64: small, and good enough to draw losses. */
static guint64
next_random (Impairment *self)
{
  guint64 z = (self->random_state += G_GUINT64_CONSTANT (0x9e3779b97f4a7c15));

  z = (z ^ (z >> 30)) * G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * G_GUINT64_CONSTANT (0x94d049bb133111eb);
  return z ^ (z >> 31);
}

static gboolean
happens (Impairment *self, gdouble percent)
{
  return (next_random (self) >> 11) * (100.0 / 9007199254740992.0) < percent;
}

static gboolean
is_percentage (gdouble value)
{
  return value >= 0.0 && value <= 100.0;
}

gboolean
impairment_check (const ImpairmentSettings *settings, const gchar **problem)
{
  if (!is_percentage (settings->loss) || !is_percentage (settings->reorder) ||
      !is_percentage (settings->duplicate)) {
    *problem = "--loss, --reorder and --duplicate take percentages, 0 to 100";
    return FALSE;
  }
  if (settings->burst_every < 0 || settings->burst_length < 0 ||
      settings->burst_length > settings->burst_every) {
    *problem = "--burst-length must lie between 0 and --burst-every";
    return FALSE;
  }
  return TRUE;
}

void
impairment_init (
    Impairment *self, const ImpairmentSettings *settings, guint64 seed)
{
  self->settings = *settings;
  self->random_state = seed;
  self->position = 0;
}

/* Bursts come at the end of their cycle: the first packets are seldom the ones
   meant. */
ImpairmentLoss
impairment_lose (Impairment *self)
{
  guint64 position = self->position++;

  if (self->settings.burst_every > 0 &&
      position % self->settings.burst_every >=
          (guint64) (self->settings.burst_every - self->settings.burst_length))
    return IMPAIRMENT_LOST_IN_BURST;
  return happens (self, self->settings.loss) ? IMPAIRMENT_LOST
                                             : IMPAIRMENT_KEPT;
}

gboolean
impairment_reorder (Impairment *self)
{
  return happens (self, self->settings.reorder);
}

gboolean
impairment_duplicate (Impairment *self)
{
  return happens (self, self->settings.duplicate);
}

guint
impairment_draw (Impairment *self, guint n)
{
  return next_random (self) % n;
}
