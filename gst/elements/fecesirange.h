/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fecesirange.h: which repair ESIs a sender of several of one object uses, so
 * that none of two is the same: sender i of n begins at
 * K + i floor ((2^24 - K) / n). Pure arithmetic.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** Most senders of one object. */
#define FEC_ESI_MAX_SENDERS 64

typedef struct
{
  guint index; /**< i; above 0: no source symbols are sent */
  guint count; /**< n; 0 is as 1 */
} FecEsiRange;

/** First repair ESI of a block of @symbols. */
guint32 fec_esi_range_first (const FecEsiRange *range, guint32 symbols);
/** How many there are of it. */
guint32 fec_esi_range_size (const FecEsiRange *range, guint32 symbols);

/** Reads "i/n"; FALSE: @text is something else, nothing was changed. */
gboolean fec_esi_range_parse (FecEsiRange *range, const gchar *text);
/** What fec_esi_range_parse() reads; free with g_free(). */
gchar *fec_esi_range_format (const FecEsiRange *range);

G_END_DECLS
