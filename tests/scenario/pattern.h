/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pattern.h: bytes of which each place can be told from its value: words of 8 bytes, a number and a check of it. A
 * receiver that comes at any time sees whether anything is missing, doubled or damaged.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define PATTERN_WORD 8

/** What a run of bytes turned out to be. */
typedef struct
{
  guint64 words; /* good ones */
  guint64 damaged; /* whose check is wrong */
  guint64 gaps; /* places where words are missing */
  guint64 missing; /* words in them */
  guint64 repeated; /* words that came before */
  guint32 first, last; /* numbers, where there is a word */
  guint8 rest
      [PATTERN_WORD]; /* the begin of a word that goes on in the next bytes */
  guint n_rest;
} PatternCheck;

/** Writes the word of @number. */
void pattern_write (guint32 number, guint8 out[PATTERN_WORD]);
/** Takes the next @size bytes. */
void pattern_check (PatternCheck *check, const guint8 *data, gsize size);

G_END_DECLS
