/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * codec-peers.c: the peers of the codec's benchmark under the clock. Knows
 * codec-cells, and lcrq-peer and ISA-L where they were found.
 */
#include "codec-peers.h"

#include <string.h>

#include "codec-clock.h"

#ifdef HAVE_LCRQ
#include "lcrq-peer.h"
#endif
#ifdef HAVE_ISAL
#include <isa-l/erasure_code.h>
#endif

/* ---- liblcrq --------------------------------------------------------------- */

#ifdef HAVE_LCRQ

/* Symbols beyond K that it gets: with fewer it fails too often. */
#define LCRQ_OVERHEAD 5u

static const gchar *
lcrq_refuse (const CodecCell *cell, const CodecBlock *block)
{
  if (block->t % 4 != 0)
    return "takes multiples of four bytes only";
  if (!codec_cell_is_encode (cell) && cell->loss == 0)
    return "nothing is lost";
  if (cell->overhead > 0)
    return "always gets five symbols more";
  return NULL;
}

static gdouble
lcrq_encode (CodecBlock *block)
{
  gdouble seconds;
  LcrqPeer *peer;
  guint i;

  codec_block_clear_outputs (block, 1);
  seconds = codec_now ();
  peer = lcrq_peer_new (block->source, block->k, block->t);
  if (peer == NULL)
    g_error ("liblcrq does not encode K=%u T=%u", block->k, block->t);
  for (i = 0; i < block->n_encode; i++)
    lcrq_peer_symbol (peer, block->k + i, block->outputs[i]);
  lcrq_peer_free (peer);
  seconds = codec_now () - seconds;
  codec_block_check_outputs (block, 1, "liblcrq");
  return seconds;
}

static gdouble
lcrq_decode (const CodecCell *cell, CodecBlock *block)
{
  CodecCopy *copy = &block->copies[0];
  guint n = block->k + LCRQ_OVERHEAD;
  guint32 *esis = g_new (guint32, n);
  guint8 *symbols = g_malloc ((gsize) n * block->t);
  gdouble seconds;
  gboolean ok;
  guint i;

  codec_block_lose (block, copy, cell->loss);
  for (i = 0; i < n; i++) {
    guint repair = copy->first_repair + i - copy->n_received;
    gboolean is_source = i < copy->n_received;

    esis[i] = is_source ? copy->received[i] : block->k + repair;
    memcpy (symbols + (gsize) i * block->t,
        is_source ? copy->symbols[esis[i]] : block->repair[repair], block->t);
  }
  seconds = codec_now ();
  ok = lcrq_peer_decode (block->k, block->t, esis, n, symbols, copy->data);
  seconds = codec_now () - seconds;
  if (!ok)
    g_error ("liblcrq does not decode K=%u T=%u", block->k, block->t);
  codec_block_check_copy (block, copy, "liblcrq");
  g_free (esis);
  g_free (symbols);
  return seconds;
}

static gdouble
lcrq_run (const CodecCell *cell, CodecBlock *block, gdouble least)
{
  CodecClock clock;
  gboolean more;

  codec_clock_init (&clock, least);
  do {
    more = codec_clock_add (&clock,
        codec_cell_is_encode (cell) ? lcrq_encode (block)
                                    : lcrq_decode (cell, block),
        1);
  } while (more);
  return codec_clock_end (&clock);
}

static const CodecPeer lcrq = { "liblcrq", TRUE, lcrq_refuse, lcrq_run };

#endif

/* ---- ISA-L ----------------------------------------------------------------- */

#ifdef HAVE_ISAL

/* A code over GF(256) has no more symbols. */
#define ISAL_SYMBOLS_MAX 255u
/* ec_init_tables() makes that many bytes of each coefficient. */
#define ISAL_TABLE_BYTES 32u
/* Encodes that are timed at once. */
#define ISAL_ENCODES 32u

/* A Cauchy code of K source and R repair symbols. */
typedef struct
{
  guint k;
  guint r;
  guint8 *matrix; /* (K + R) x K: the identity, then the repair symbols */
  guint8 *tables; /* of R x K coefficients */
  guint8 *data; /* R symbols */
  guint8 **repair;
} IsalCode;

static void
isal_code_init (IsalCode *code, const CodecBlock *block, guint r)
{
  guint k = block->k;
  guint i;

  code->k = k;
  code->r = r;
  code->matrix = g_malloc ((gsize) (k + r) * k);
  code->tables = g_malloc ((gsize) r * k * ISAL_TABLE_BYTES);
  code->data = g_malloc0 ((gsize) r * block->t);
  code->repair = g_new (guint8 *, r);
  for (i = 0; i < r; i++)
    code->repair[i] = code->data + (gsize) i * block->t;
}

static void
isal_code_clear (IsalCode *code)
{
  g_free (code->matrix);
  g_free (code->tables);
  g_free (code->data);
  g_free (code->repair);
}

static void
isal_plan (IsalCode *code)
{
  gf_gen_cauchy1_matrix (
      code->matrix, (int) (code->k + code->r), (int) code->k);
  ec_init_tables ((int) code->k, (int) code->r,
      code->matrix + (gsize) code->k * code->k, code->tables);
}

static void
isal_encode (IsalCode *code, const CodecBlock *block)
{
  ec_encode_data ((int) block->t, (int) code->k, (int) code->r, code->tables,
      block->source_symbols, code->repair);
}

/* What the kernels made must be what the library's plain C makes. */
static void
isal_check (const IsalCode *code, const CodecBlock *block)
{
  gsize size = (gsize) code->r * block->t;
  guint8 *data = g_malloc (size);
  guint8 **right = g_new (guint8 *, code->r);
  guint i;

  for (i = 0; i < code->r; i++)
    right[i] = data + (gsize) i * block->t;
  ec_encode_data_base ((int) block->t, (int) code->k, (int) code->r,
      code->tables, block->source_symbols, right);
  if (memcmp (data, code->data, size) != 0)
    g_error ("ISA-L encoded K=%u T=%u wrong", block->k, block->t);
  g_free (right);
  g_free (data);
}

static gdouble
isal_time_encode (const CodecCell *cell, CodecBlock *block, gdouble least)
{
  gboolean cold = cell->kind == CODEC_ENCODE_COLD;
  CodecClock clock;
  gdouble seconds;
  IsalCode code;
  guint i;

  isal_code_init (&code, block, block->n_encode);
  isal_plan (&code);
  codec_clock_init (&clock, least);
  do {
    memset (code.data, 0, (gsize) code.r * block->t);
    seconds = codec_now ();
    for (i = 0; i < ISAL_ENCODES; i++) {
      if (cold)
        isal_plan (&code);
      isal_encode (&code, block);
    }
    seconds = codec_now () - seconds;
    isal_check (&code, block);
  } while (codec_clock_add (&clock, seconds, ISAL_ENCODES));
  isal_code_clear (&code);
  return codec_clock_end (&clock);
}

/* Recovers what @copy has lost to its places. */
static gboolean
isal_decode (const IsalCode *code, CodecBlock *block, const CodecCopy *copy)
{
  gsize k = code->k;
  guint8 *have = g_malloc (k * k);
  guint8 *inverse = g_malloc (k * k);
  guint8 *wanted = g_malloc (copy->n_lost * k);
  guint8 *tables = g_malloc (copy->n_lost * k * ISAL_TABLE_BYTES);
  guint8 **from = g_new (guint8 *, k);
  guint8 **to = g_new (guint8 *, copy->n_lost);
  gboolean ok;
  guint i;

  for (i = 0; i < k; i++) {
    gboolean is_source = i < copy->n_received;
    guint repair = i - copy->n_received;
    gsize row = is_source ? copy->received[i] : k + repair;

    from[i] = is_source ? copy->symbols[row] : code->repair[repair];
    memcpy (have + i * k, code->matrix + row * k, k);
  }
  ok = gf_invert_matrix (have, inverse, (int) k) == 0;
  for (i = 0; i < copy->n_lost; i++) {
    to[i] = copy->symbols[copy->lost[i]];
    memcpy (wanted + i * k, inverse + copy->lost[i] * k, k);
  }
  ec_init_tables ((int) k, (int) copy->n_lost, wanted, tables);
  ec_encode_data (
      (int) block->t, (int) k, (int) copy->n_lost, tables, from, to);
  g_free (have);
  g_free (inverse);
  g_free (wanted);
  g_free (tables);
  g_free (from);
  g_free (to);
  return ok;
}

static gdouble
isal_time_decode (const CodecCell *cell, CodecBlock *block, gdouble least)
{
  CodecClock clock;
  gdouble seconds;
  IsalCode code;
  guint i;

  isal_code_init (&code, block, codec_cell_symbols (cell, block));
  isal_plan (&code);
  isal_encode (&code, block);
  isal_check (&code, block);
  codec_clock_init (&clock, least);
  do {
    gboolean ok = TRUE;

    for (i = 0; i < block->n_copies; i++)
      codec_block_lose (block, &block->copies[i], cell->loss);
    seconds = codec_now ();
    for (i = 0; i < block->n_copies; i++)
      ok &= isal_decode (&code, block, &block->copies[i]);
    seconds = codec_now () - seconds;
    if (!ok)
      g_error ("ISA-L does not decode K=%u T=%u", block->k, block->t);
    for (i = 0; i < block->n_copies; i++)
      codec_block_check_copy (block, &block->copies[i], "ISA-L");
  } while (codec_clock_add (&clock, seconds, block->n_copies));
  isal_code_clear (&code);
  return codec_clock_end (&clock);
}

static const gchar *
isal_refuse (const CodecCell *cell, const CodecBlock *block)
{
  if (block->k + codec_cell_symbols (cell, block) > ISAL_SYMBOLS_MAX)
    return "255 symbols at most";
  if (!codec_cell_is_encode (cell) && cell->loss == 0)
    return "nothing is lost";
  if (cell->overhead > 0)
    return "needs no symbols more";
  return NULL;
}

static gdouble
isal_run (const CodecCell *cell, CodecBlock *block, gdouble least)
{
  return codec_cell_is_encode (cell) ? isal_time_encode (cell, block, least)
                                     : isal_time_decode (cell, block, least);
}

static const CodecPeer isal = { "ISA-L", FALSE, isal_refuse, isal_run };

#endif

guint
codec_peers_find (const CodecPeer *peers[CODEC_PEERS_MAX])
{
  guint n = 0;

#ifdef HAVE_LCRQ
  peers[n++] = &lcrq;
#else
  g_print ("peer liblcrq left out: liblcrq-dev was not there at build time\n");
#endif
#ifdef HAVE_ISAL
  peers[n++] = &isal;
#else
  g_print ("peer ISA-L left out: libisal-dev was not there at build time\n");
#endif
  return n;
}
