/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pattern.c: makes and checks the words of pattern.h.
 */
#include "pattern.h"

#include <string.h>

/* Any function will do whose values for neighbours have nothing in common. */
static guint32
check_of (guint32 number)
{
  guint64 x = (number + 1) * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);

  x ^= x >> 29;
  x *= G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
  return x >> 32;
}

void
pattern_write (guint32 number, guint8 out[PATTERN_WORD])
{
  guint32 words[2] = { GUINT32_TO_BE (number),
    GUINT32_TO_BE (check_of (number)) };

  memcpy (out, words, PATTERN_WORD);
}

static void
check_word (PatternCheck *check, const guint8 word[PATTERN_WORD])
{
  guint32 parts[2], number;

  memcpy (parts, word, PATTERN_WORD);
  number = GUINT32_FROM_BE (parts[0]);
  if (GUINT32_FROM_BE (parts[1]) != check_of (number)) {
    check->damaged++;
    return;
  }
  if (check->words == 0) {
    check->first = number;
  } else if (number <= check->last) {
    check->repeated++;
    return;
  } else if (number != check->last + 1) {
    check->gaps++;
    check->missing += number - check->last - 1;
  }
  check->words++;
  check->last = number;
}

void
pattern_check (PatternCheck *check, const guint8 *data, gsize size)
{
  while (size > 0) {
    gsize n = MIN (PATTERN_WORD - check->n_rest, size);

    memcpy (check->rest + check->n_rest, data, n);
    check->n_rest += n;
    data += n;
    size -= n;
    if (check->n_rest == PATTERN_WORD) {
      check_word (check, check->rest);
      check->n_rest = 0;
    }
  }
}
