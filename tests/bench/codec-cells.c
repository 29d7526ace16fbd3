/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * codec-cells.c: encoding and decoding under the clock. Knows codec-block and
 * raptorq.h.
 */
#include "codec-cells.h"

#include "codec-clock.h"

gboolean
codec_cell_is_encode (const CodecCell *cell)
{
  return cell->kind == CODEC_ENCODE_CACHED || cell->kind == CODEC_ENCODE_COLD;
}

guint
codec_cell_symbols (const CodecCell *cell, const CodecBlock *block)
{
  if (codec_cell_is_encode (cell))
    return block->n_encode;
  return codec_block_count_lost (block, cell->loss);
}

static void
must (RqStatus status, const gchar *what)
{
  if (status != RQ_OK)
    g_error ("%s failed: %s", what, rq_status_message (status));
}

/* ---- Encoding -------------------------------------------------------------- */

static RqStatus
encode (const CodecBlock *block, RqEncoder *encoder, guint set)
{
  RqStatus status = rq_encoder_set_source_block (
      encoder, block->source, (gsize) block->k * block->t, block->t);

  if (status != RQ_OK)
    return status;
  return rq_encoder_write (encoder, block->k, block->n_encode,
      block->outputs + (gsize) set * block->n_encode);
}

/* One block into each set of outputs; seconds in all. */
static gdouble
encode_cached (CodecBlock *block)
{
  RqStatus status = RQ_OK;
  gdouble seconds;
  guint i;

  codec_block_clear_outputs (block, block->n_outputs);
  seconds = codec_now ();
  for (i = 0; i < block->n_outputs && status == RQ_OK; i++) {
    status = rq_encoder_reset (block->encoder, block->k, block->t);
    if (status == RQ_OK)
      status = encode (block, block->encoder, i);
  }
  seconds = codec_now () - seconds;
  must (status, "encoding");
  codec_block_check_outputs (block, block->n_outputs, "this codec");
  return seconds;
}

static gdouble
encode_cold (CodecBlock *block)
{
  RqEncoder *encoder;
  RqStatus status = RQ_OK;
  gdouble seconds;

  codec_block_clear_outputs (block, 1);
  rq_cache_clear (NULL);
  seconds = codec_now ();
  encoder = rq_encoder_new (NULL, block->k, block->t, &status);
  if (encoder != NULL)
    status = encode (block, encoder, 0);
  rq_encoder_free (encoder);
  seconds = codec_now () - seconds;
  must (status, "encoding");
  codec_block_check_outputs (block, 1, "this codec");
  return seconds;
}

/* ---- Decoding -------------------------------------------------------------- */

static RqStatus
add_symbols (const CodecBlock *block, const CodecCopy *copy, RqDecoder *decoder,
    guint n_repair)
{
  RqStatus status = rq_decoder_set_block (decoder, copy->symbols);
  guint i;

  for (i = 0; i < copy->n_received && status >= RQ_OK; i++) {
    guint esi = copy->received[i];

    status = rq_decoder_add (decoder, esi, copy->symbols[esi]);
  }
  for (i = copy->first_repair;
       i < copy->first_repair + n_repair && status >= RQ_OK; i++)
    status = rq_decoder_add (decoder, block->k + i, block->repair[i]);
  return status;
}

/* A block that asks for more symbols gets them one by one; it counts once. */
static RqDecoder *
decode (const CodecBlock *block, const CodecCopy *copy, guint overhead,
    CodecTries *tries)
{
  guint given = copy->n_lost + overhead;
  guint next = copy->first_repair + given;
  RqDecoder *decoder;
  RqStatus status;

  decoder = rq_decoder_new (block->cache, block->k, block->t, &status);
  must (status, "creating a decoder");
  status = add_symbols (block, copy, decoder, given);
  if (status >= RQ_OK)
    status = rq_decoder_decode (decoder);
  tries->tries++;
  tries->failures += status == RQ_NEED_MORE;
  while (status == RQ_NEED_MORE && next < block->k + CODEC_BLOCK_SPARE) {
    rq_decoder_add (decoder, block->k + next, block->repair[next]);
    next++;
    status = rq_decoder_decode (decoder);
  }
  must (status, "decoding");
  return decoder;
}

/* All copies one after the other; seconds in all. */
static gdouble
decode_copies (const CodecCell *cell, CodecBlock *block, CodecTries *tries)
{
  RqDecoder *decoders[G_MAXUINT8];
  gdouble seconds;
  guint i;

  g_assert (block->n_copies <= G_N_ELEMENTS (decoders));
  for (i = 0; i < block->n_copies; i++)
    codec_block_lose (block, &block->copies[i], cell->loss);
  seconds = codec_now ();
  for (i = 0; i < block->n_copies; i++)
    decoders[i] = decode (block, &block->copies[i], cell->overhead, tries);
  seconds = codec_now () - seconds;
  for (i = 0; i < block->n_copies; i++) {
    rq_decoder_free (decoders[i]);
    codec_block_check_copy (block, &block->copies[i], "this codec");
  }
  return seconds;
}

gdouble
codec_cell_run (
    const CodecCell *cell, CodecBlock *block, gdouble least, CodecTries *tries)
{
  CodecClock clock;
  gboolean more;

  codec_clock_init (&clock, least);
  do {
    switch (cell->kind) {
      case CODEC_ENCODE_CACHED:
        more =
            codec_clock_add (&clock, encode_cached (block), block->n_outputs);
        break;
      case CODEC_ENCODE_COLD:
        more = codec_clock_add (&clock, encode_cold (block), 1);
        break;
      default:
        more = codec_clock_add (
            &clock, decode_copies (cell, block, tries), block->n_copies);
    }
  } while (more);
  return codec_clock_end (&clock);
}
