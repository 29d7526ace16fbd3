/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * bench-codec.c: how fast the codec encodes and decodes, with liblcrq beside it
 * round by round. Knows raptorq.h, and lcrq.h where it was found.
 *
 * bench-codec [--quick] [--json FILE] [--rounds N] [--peer-max K] [--t T] [K...]
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

static FILE *json; /* or NULL */

static void
write_json (const Bench *bench, const char *name, int loss, double value,
    const double spread[2], double peer)
{
  static int rows;

  fprintf (json, "%s    { \"name\": \"%s\", \"params\": { \"K\": %u, \"T\": %u",
      rows++ > 0 ? ",\n" : "", name, bench->k, bench->t);
  if (loss >= 0)
    fprintf (json, ", \"loss\": %d, \"overhead\": 0", loss);
  fprintf (json,
      " }, \"value\": %.2f, \"unit\": \"Gbit/s\", \"rounds\": %u, "
      "\"spread\": [%.2f, %.2f]",
      value, bench->rounds, spread[0], spread[1]);
  if (peer > 0)
    fprintf (json,
        ", \"peer\": \"liblcrq\", \"peer_value\": %.3f, \"ratio\": %.1f", peer,
        value / peer);
  fprintf (json, " }");
}

static void
print_row (const Bench *bench, const char *name, int loss, double *seconds,
    double *peer_seconds, unsigned peer_rounds)
{
  double bits = (double) bench->k * bench->t * 8e-9;
  unsigned n = bench->rounds;
  double value, peer = 0;
  double spread[2];

  qsort (seconds, n, sizeof *seconds, compare);
  value = bits / seconds[n / 2];
  spread[0] = bits / seconds[n - 1];
  spread[1] = bits / seconds[0];
  if (peer_rounds > 0) {
    qsort (peer_seconds, peer_rounds, sizeof *peer_seconds, compare);
    peer = bits / peer_seconds[peer_rounds / 2];
  }
  printf ("%-14s K=%-6u T=%u", name, bench->k, bench->t);
  if (loss >= 0)
    printf (" loss=%2d %%", loss);
  printf ("  %7.2f Gbit/s (%.2f to %.2f)", value, spread[0], spread[1]);
  if (peer > 0)
    printf ("  liblcrq %.3f, %.1f times", peer, value / peer);
  printf ("\n");
  fflush (stdout);
  if (json)
    write_json (bench, name, loss, value, spread, peer);
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

static int
usage (void)
{
  fprintf (stderr,
      "usage: bench-codec [--quick] [--json FILE] [--rounds N] "
      "[--peer-max K] [--t T] [K...]\n");
  return 2;
}

int
main (int argc, char **argv)
{
  static const uint32_t all[] = { 10, 100, 250, 500, 1000, 2000, 5000, 10000,
    20000, 50000 };
  static const uint32_t quick[] = { 10, 100, 500, 1000 };
  const uint32_t *sizes = all;
  size_t n_sizes = sizeof all / sizeof *all;
  uint32_t own[32];
  size_t n_own = 0;
  unsigned rounds = 7;
  uint32_t peer_max = 500;
  uint32_t t = 1344;

  for (int i = 1; i < argc; i++) {
    if (strcmp (argv[i], "--quick") == 0) {
      sizes = quick;
      n_sizes = sizeof quick / sizeof *quick;
    } else if (strcmp (argv[i], "--json") == 0 && i + 1 < argc) {
      json = fopen (argv[++i], "w");
      must (json != NULL, "opening the JSON file");
    } else if (strcmp (argv[i], "--rounds") == 0 && i + 1 < argc) {
      rounds = (unsigned) strtoul (argv[++i], NULL, 10);
    } else if (strcmp (argv[i], "--peer-max") == 0 && i + 1 < argc) {
      peer_max = (uint32_t) strtoul (argv[++i], NULL, 10);
    } else if (strcmp (argv[i], "--t") == 0 && i + 1 < argc) {
      t = (uint32_t) strtoul (argv[++i], NULL, 10);
    } else {
      uint32_t k = (uint32_t) strtoul (argv[i], NULL, 10);

      if (k < 1 || k > RQ_K_MAX || n_own == sizeof own / sizeof *own)
        return usage ();
      own[n_own++] = k;
    }
  }
  if (t < 1 || t > RQ_T_MAX || rounds < 1 || rounds > ROUNDS_MAX)
    return usage ();
  if (n_own > 0) {
    sizes = own;
    n_sizes = n_own;
  }

  if (json)
    fprintf (json, "{ \"bench\": \"codec\", \"rows\": [\n");
  for (size_t i = 0; i < n_sizes; i++)
    bench_size (sizes[i], t, rounds, peer_max);
  if (json) {
    fprintf (json, "\n] }\n");
    fclose (json);
  }
  return 0;
}
