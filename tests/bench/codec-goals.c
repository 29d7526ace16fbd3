/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * codec-goals.c: the goals as data, and the limit that each was set by. Knows
 * codec-cells and codec-limits.
 */
#include "codec-goals.h"

/* All figures are for symbols of that many bytes. */
#define GOALS_T 1280u

static const struct
{
  guint k;
  /* Goals, Gbit/s. */
  gdouble encode;
  gdouble decode_5;
  gdouble decode_20; /* and with repair symbols only */
  /* The best of the open implementations of RFC 6330, Gbit/s. */
  gdouble best_encode;
  gdouble best_encode_cold;
  gdouble best_decode_5;
  gdouble best_decode_20;
  gdouble best_repair_only;
} table[] = {
  { 10, 1000, 300, 30, 12, 5.1, 6.4, 5.4, 5.5 },
  { 100, 350, 450, 40, 16.3, 10, 8.1, 7.5, 7.5 },
  { 250, 170, 200, 36, 17.7, 9.0, 7.4, 6.1, 6.7 },
  { 500, 80, 110, 36, 14.2, 8.0, 5.9, 6.8, 6.4 },
  { 1000, 68, 70, 36, 13.6, 8.0, 7.3, 6.8, 5.5 },
  { 2000, 65, 55, 30, 14.5, 6.6, 6.3, 5.9, 4.4 },
  { 5000, 46, 30, 24, 9.2, 4.4, 3.9, 4.1, 3.6 },
  { 10000, 40, 24, 18, 8.0, 4.0, 3.9, 3.6, 3.0 },
  { 20000, 32, 16, 13, 4.7, 3.2, 2.3, 2.2, 2.1 },
  { 50000, 20, 10, 9, 4.0, 1.8, 1.5, 1.6, 1.2 },
};

/* The limits of the machine that the goals were set on, GB/s. */
#define GATHER_L2_THEN 145.0
#define MATRIX_THEN 450.0

/* With no more symbols to make or to recover, a dense matrix is the shortest
   way; with more, sums are. */
#define DENSE_MAX 60u

/*
 * Sums for one source symbol that the RFC's own equations name: its LT row has
 * 4.82 LT columns and 2.34 PI columns on average (sections 5.3.5.2, 5.3.5.4),
 * its column is in three LDPC rows (5.3.3.3), and Horner's scheme for the HDPC
 * rows adds three times. A symbol that is made has an LT row of its own.
 */
#define SUMS_OF_LT_ROW (4.82 + 2.34)
#define SUMS_OF_SOURCE (SUMS_OF_LT_ROW + 3 + 3)

static gint
find (guint k, guint t)
{
  guint i;

  for (i = 0; t == GOALS_T && i < G_N_ELEMENTS (table); i++) {
    if (table[i].k == k)
      return (gint) i;
  }
  return -1;
}

gdouble
codec_goal (const CodecCell *cell, guint k, guint t)
{
  gint i = find (k, t);

  if (i < 0)
    return 0;
  switch (cell->kind) {
    case CODEC_ENCODE_CACHED:
      return table[i].encode;
    case CODEC_DECODE_LOSS:
      if (cell->loss == 5)
        return table[i].decode_5;
      return cell->loss == 20 ? table[i].decode_20 : 0;
    case CODEC_DECODE_REPAIR_ONLY:
      return table[i].decode_20;
    default:
      return 0;
  }
}

gdouble
codec_best_known (const CodecCell *cell, guint k, guint t)
{
  gint i = find (k, t);

  if (i < 0)
    return 0;
  switch (cell->kind) {
    case CODEC_ENCODE_CACHED:
      return table[i].best_encode;
    case CODEC_ENCODE_COLD:
      return table[i].best_encode_cold;
    case CODEC_DECODE_LOSS:
      if (cell->loss == 5)
        return table[i].best_decode_5;
      return cell->loss == 20 ? table[i].best_decode_20 : 0;
    default:
      return table[i].best_repair_only;
  }
}

/* RFC 6330, section 5.8. */
gdouble
codec_failure_goal (guint overhead)
{
  static const gdouble goals[] = { 1e-2, 1e-4, 1e-6 };

  return overhead < G_N_ELEMENTS (goals) ? goals[overhead] : 0;
}

CodecBound
codec_bound (
    const CodecCell *cell, const CodecBlock *block, const CodecLimits *limits)
{
  guint n = codec_cell_symbols (cell, block);
  gdouble outputs = codec_cell_is_encode (cell) ? n : 0;

  if (n <= DENSE_MAX)
    return (CodecBound){ "matrix", limits->matrix, MATRIX_THEN, n };
  return (CodecBound){ "gather-XOR in L2", limits->gather_xor[CODEC_LEVEL_L2],
    GATHER_L2_THEN, SUMS_OF_SOURCE + SUMS_OF_LT_ROW * outputs / block->k };
}
