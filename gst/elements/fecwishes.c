/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fecwishes.c: symbols that were asked for, until they are made. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <string.h>

#include "fecwishes.h"

void
fec_wishes_init (FecWishes *wishes)
{
  g_mutex_init (&wishes->lock);
  wishes->n = 0;
  wishes->dropped = 0;
}

void
fec_wishes_clear (FecWishes *wishes)
{
  g_mutex_clear (&wishes->lock);
}

void
fec_wishes_put (FecWishes *wishes, const FecSymbolsWanted *wanted)
{
  g_mutex_lock (&wishes->lock);
  if (wishes->n < FEC_WISHES_MAX)
    wishes->wanted[wishes->n++] = *wanted;
  else
    wishes->dropped += wanted->count;
  g_mutex_unlock (&wishes->lock);
}

gboolean
fec_wishes_pending (FecWishes *wishes)
{
  gboolean pending;

  g_mutex_lock (&wishes->lock);
  pending = wishes->n > 0;
  g_mutex_unlock (&wishes->lock);
  return pending;
}

guint
fec_wishes_take (FecWishes *wishes, FecSymbolsWanted wanted[FEC_WISHES_MAX])
{
  guint n;

  g_mutex_lock (&wishes->lock);
  n = wishes->n;
  memcpy (wanted, wishes->wanted, n * sizeof (*wanted));
  wishes->n = 0;
  g_mutex_unlock (&wishes->lock);
  return n;
}

guint64
fec_wishes_get_dropped (FecWishes *wishes)
{
  guint64 dropped;

  g_mutex_lock (&wishes->lock);
  dropped = wishes->dropped;
  g_mutex_unlock (&wishes->lock);
  return dropped;
}
