/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * bench-codec.c: how fast the codec encodes and decodes, with liblcrq beside it
 * round by round. Knows raptorq.h, and lcrq.h where it was found.
 *
 * bench-codec [--rounds N] [--peer-max K] [--t T] K... prints JSON.
 *   encode-cached  10 % repair symbols, plan in the cache, from a contiguous
 *                  source
 *   encode-cold    the same with an empty cache
 *   decode-loss    new decoder until the block is whole, source symbols lying
 *                  in place, params.loss percent lost
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "raptorq.h"
#ifdef HAVE_LCRQ
#include "lcrq-peer.h"
#endif

#define ROUNDS_MAX 101

/* liblcrq wants a few symbols more. */
#define PEER_OVERHEAD 5

typedef struct
{
  uint32_t k;
  uint32_t t;
  uint32_t n_repair;
  unsigned rounds;
  uint8_t *source;
  uint8_t *block;
  uint8_t *peer_block;
  uint8_t *repair;
  uint8_t **source_at;
  uint8_t **block_at;
  uint8_t **repair_at;
  uint8_t *lost;
  bool with_peer;
} Bench;

static double
now (void)
{
  struct timespec time;

  clock_gettime (CLOCK_MONOTONIC, &time);
  return (double) time.tv_sec + 1e-9 * (double) time.tv_nsec;
}

static void
must (int condition, const char *what)
{
  if (!condition) {
    fprintf (stderr, "bench-codec: %s failed\n", what);
    exit (1);
  }
}

static int
compare (const void *a, const void *b)
{
  double x = *(const double *) a;
  double y = *(const double *) b;

  return (x > y) - (x < y);
}

/* ---- What is timed --------------------------------------------------------- */

static double
encode (const Bench *bench)
{
  double start = now ();
  RqEncoder *encoder = rq_encoder_new (NULL, bench->k, bench->t, NULL);
  RqStatus status = rq_encoder_set_source_block (
      encoder, bench->source, (size_t) bench->k * bench->t, bench->t);

  if (status == RQ_OK)
    status = rq_encoder_write (
        encoder, bench->k, (bench->k + 9) / 10, bench->repair_at);
  rq_encoder_free (encoder);
  must (status == RQ_OK, "encoding");
  return now () - start;
}

static double
encode_cold (const Bench *bench)
{
  rq_cache_clear (NULL);
  return encode (bench);
}

static uint32_t
lose (Bench *bench, uint32_t percent)
{
  uint32_t lost = (bench->k * percent + 50) / 100;
  uint32_t done = 0;

  if (lost == 0)
    lost = 1;
  memset (bench->lost, 0, bench->k);
  while (done < lost) {
    uint32_t i = (uint32_t) rand () % bench->k;

    if (!bench->lost[i]) {
      bench->lost[i] = 1;
      memset (bench->block_at[i], 0, bench->t);
      done++;
    }
  }
  return lost;
}

static double
decode (const Bench *bench, uint32_t lost)
{
  double start = now ();
  RqDecoder *decoder = rq_decoder_new (NULL, bench->k, bench->t, NULL);
  RqStatus status = rq_decoder_set_block (decoder, bench->block_at);
  uint32_t added = 0;

  must (status == RQ_OK, "setting the block");
  for (uint32_t i = 0; i < bench->k; i++) {
    if (!bench->lost[i])
      rq_decoder_add (decoder, i, bench->block_at[i]);
  }
  for (; added < lost; added++)
    rq_decoder_add (decoder, bench->k + added, bench->repair_at[added]);
  status = rq_decoder_decode (decoder);
  for (; status == RQ_NEED_MORE && added < bench->n_repair; added++) {
    rq_decoder_add (decoder, bench->k + added, bench->repair_at[added]);
    status = rq_decoder_decode (decoder);
  }
  rq_decoder_free (decoder);
  start = now () - start;
  must (status == RQ_OK, "decoding");
  must (memcmp (bench->block, bench->source, (size_t) bench->k * bench->t) == 0,
      "comparing");
  return start;
}

#ifdef HAVE_LCRQ
static double
peer_encode (const Bench *bench)
{
  double start = now ();
  LcrqPeer *peer = lcrq_peer_new (bench->source, bench->k, bench->t);

  must (peer != NULL, "liblcrq's encoding");
  for (uint32_t i = 0; i < (bench->k + 9) / 10; i++)
    lcrq_peer_symbol (peer, bench->k + i, bench->peer_block);
  lcrq_peer_free (peer);
  return now () - start;
}

static double
peer_decode (const Bench *bench)
{
  uint32_t *esis = malloc ((bench->k + PEER_OVERHEAD) * sizeof *esis);
  uint8_t *symbols = malloc ((size_t) (bench->k + PEER_OVERHEAD) * bench->t);
  uint32_t n = 0;
  double start;
  bool ok;

  for (uint32_t i = 0; i < bench->k; i++) {
    if (!bench->lost[i]) {
      memcpy (symbols + (size_t) n * bench->t, bench->source_at[i], bench->t);
      esis[n++] = i;
    }
  }
  for (uint32_t i = 0; n < bench->k + PEER_OVERHEAD; i++) {
    memcpy (symbols + (size_t) n * bench->t, bench->repair_at[i], bench->t);
    esis[n++] = bench->k + i;
  }
  start = now ();
  ok = lcrq_peer_decode (
      bench->k, bench->t, esis, n, symbols, bench->peer_block);
  start = now () - start;
  must (ok, "liblcrq's decoding");
  free (esis);
  free (symbols);
  return start;
}
#else
static double
peer_encode (const Bench *bench)
{
  return 0;
}

static double
peer_decode (const Bench *bench)
{
  return 0;
}
#endif

/* ---- Rows ------------------------------------------------------------------ */

static void
print_row (const Bench *bench, const char *name, int loss, double *seconds,
    double *peer_seconds, unsigned peer_rounds)
{
  static int rows;
  double bits = (double) bench->k * bench->t * 8e-9;
  unsigned n = bench->rounds;
  double value;

  qsort (seconds, n, sizeof *seconds, compare);
  value = bits / seconds[n / 2];
  printf ("%s    { \"name\": \"%s\", \"params\": { \"K\": %u, \"T\": %u",
      rows++ > 0 ? ",\n" : "", name, bench->k, bench->t);
  if (loss >= 0)
    printf (", \"loss\": %d, \"overhead\": 0", loss);
  printf (" }, \"value\": %.2f, \"unit\": \"Gbit/s\", \"rounds\": %u, "
          "\"spread\": [%.2f, %.2f]",
      value, n, bits / seconds[n - 1], bits / seconds[0]);
  if (peer_rounds > 0) {
    double peer;

    qsort (peer_seconds, peer_rounds, sizeof *peer_seconds, compare);
    peer = bits / peer_seconds[peer_rounds / 2];
    printf (", \"peer\": \"liblcrq\", \"peer_value\": %.3f, \"ratio\": %.1f",
        peer, value / peer);
  }
  printf (" }");
  fflush (stdout);
}

static void
bench_encode (Bench *bench, const char *name, double (*run) (const Bench *))
{
  double seconds[ROUNDS_MAX];
  double peer_seconds[ROUNDS_MAX];
  unsigned peer_rounds = 0;

  run (bench);
  for (unsigned i = 0; i < bench->rounds; i++) {
    seconds[i] = run (bench);
    if (bench->with_peer)
      peer_seconds[peer_rounds++] = peer_encode (bench);
  }
  print_row (bench, name, -1, seconds, peer_seconds, peer_rounds);
}

static void
bench_decode (Bench *bench, uint32_t percent)
{
  double seconds[ROUNDS_MAX];
  double peer_seconds[ROUNDS_MAX];
  unsigned peer_rounds = 0;

  for (unsigned i = 0; i < bench->rounds; i++) {
    uint32_t lost = lose (bench, percent);

    seconds[i] = decode (bench, lost);
    if (bench->with_peer)
      peer_seconds[peer_rounds++] = peer_decode (bench);
  }
  print_row (
      bench, "decode-loss", (int) percent, seconds, peer_seconds, peer_rounds);
}

static void
bench_size (uint32_t k, uint32_t t, unsigned rounds, uint32_t peer_max)
{
  Bench bench = { .k = k, .t = t, .n_repair = k + 20, .rounds = rounds };
  RqEncoder *encoder;

  bench.source = malloc ((size_t) k * t);
  bench.block = malloc ((size_t) k * t);
  bench.peer_block = malloc ((size_t) k * t);
  bench.repair = calloc (bench.n_repair, t);
  bench.source_at = malloc (k * sizeof (uint8_t *));
  bench.block_at = malloc (k * sizeof (uint8_t *));
  bench.repair_at = malloc (bench.n_repair * sizeof (uint8_t *));
  bench.lost = malloc (k);
  for (size_t i = 0; i < (size_t) k * t; i++)
    bench.source[i] = bench.block[i] = (uint8_t) ((i * 7 + i / 251) >> 1);
  for (uint32_t i = 0; i < k; i++) {
    bench.source_at[i] = bench.source + (size_t) i * t;
    bench.block_at[i] = bench.block + (size_t) i * t;
  }
  for (uint32_t i = 0; i < bench.n_repair; i++)
    bench.repair_at[i] = bench.repair + (size_t) i * t;
  encoder = rq_encoder_new (NULL, k, t, NULL);
  must (rq_encoder_set_source_block (
            encoder, bench.source, (size_t) k * t, t) == RQ_OK &&
          rq_encoder_write (encoder, k, bench.n_repair, bench.repair_at) ==
              RQ_OK,
      "encoding");
  rq_encoder_free (encoder);
#ifdef HAVE_LCRQ
  bench.with_peer = k <= peer_max && t % 4 == 0;
#endif

  bench_encode (&bench, "encode-cached", encode);
  bench_encode (&bench, "encode-cold", encode_cold);
  bench_decode (&bench, 5);
  bench_decode (&bench, 10);
  bench_decode (&bench, 20);
  free (bench.source);
  free (bench.block);
  free (bench.peer_block);
  free (bench.repair);
  free (bench.source_at);
  free (bench.block_at);
  free (bench.repair_at);
  free (bench.lost);
}

int
main (int argc, char **argv)
{
  unsigned rounds = 7;
  uint32_t peer_max = 1000;
  uint32_t t = 1344;

  printf ("{ \"bench\": \"codec\", \"rows\": [\n");
  for (int i = 1; i < argc; i++) {
    if (strcmp (argv[i], "--rounds") == 0 && i + 1 < argc)
      rounds = (unsigned) atoi (argv[++i]);
    else if (strcmp (argv[i], "--peer-max") == 0 && i + 1 < argc)
      peer_max = (uint32_t) atoi (argv[++i]);
    else if (strcmp (argv[i], "--t") == 0 && i + 1 < argc)
      t = (uint32_t) atoi (argv[++i]);
    else {
      uint32_t k = (uint32_t) atoi (argv[i]);

      must (k >= 1 && k <= RQ_K_MAX && t >= 1 && t <= RQ_T_MAX && rounds >= 1 &&
              rounds <= ROUNDS_MAX,
          "reading the arguments");
      bench_size (k, t, rounds, peer_max);
    }
  }
  printf ("\n] }\n");
  return 0;
}
