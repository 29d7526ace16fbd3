/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fecwishes.h: symbols that were asked for by events, which come from any
 * thread, until the thread that makes symbols takes them. Bounded.
 */
#pragma once

#include "fecfeedback.h"

G_BEGIN_DECLS

/** Most wishes that wait; further ones are dropped. */
#define FEC_WISHES_MAX 64

typedef struct
{
  GMutex lock;
  guint n;
  FecSymbolsWanted wanted[FEC_WISHES_MAX];
  guint64 dropped; /**< symbols of wishes that found no place */
} FecWishes;

void fec_wishes_init (FecWishes *wishes);
void fec_wishes_clear (FecWishes *wishes);

/** Adds @wanted. Any thread. */
void fec_wishes_put (FecWishes *wishes, const FecSymbolsWanted *wanted);
/** Whether one waits. Any thread. */
gboolean fec_wishes_pending (FecWishes *wishes);
/** Takes all, in order, into @wanted; returns how many. */
guint fec_wishes_take (
    FecWishes *wishes, FecSymbolsWanted wanted[FEC_WISHES_MAX]);
/** Symbols dropped since fec_wishes_init(). */
guint64 fec_wishes_get_dropped (FecWishes *wishes);

G_END_DECLS
