/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * bench-failure-rate.c: how often K, K + 1 and K + 2 symbols do not suffice.
 * Knows raptorq.h.
 *
 * bench-failure-rate [--quick] [--json FILE] [--trials N] [K...]
 *
 * Each trial loses some of a block's source symbols, any number from one to all
 * (all in one trial of ten), adds repair symbols of random ESIs until it
 * decodes, and compares the block. RFC 6330 section 5.8 asks for failures no
 * more often than 1e-2, 1e-4 and 1e-6 with 0, 1 and 2 symbols more than K. Ends
 * with status 1 when more failed than chance explains, were the rate at that
 * limit.
 */
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "raptorq.h"

enum
{
  T = 4,
  EXTRAS = 3, /* 0, 1 and 2 symbols more than K */
  EXTRA_MAX = 12, /* a decoder that still fails then is wrong */
};

static const double limits[EXTRAS] = { 1e-2, 1e-4, 1e-6 };

/* As unlikely must a count be to be held against the codec. */
#define SIGNIFICANT 1e-5
/* The rate lies below the bound printed with this certainty. */
#define CERTAINTY 0.95

typedef struct
{
  uint32_t k;
  uint8_t *source;
  uint8_t *block;
  uint8_t **block_at;
  uint8_t *repair; /* K + EXTRA_MAX symbols */
  uint32_t *order; /* the source symbols, shuffled */
  RqEncoder *encoder;
  RqDecoder *decoder;
  unsigned long failures[EXTRAS];
} Bench;

static void
must (bool condition, const char *what)
{
  if (!condition) {
    fprintf (stderr, "bench-failure-rate: %s failed\n", what);
    exit (1);
  }
}

static uint64_t random_state;

/* xorshift64*; the same numbers in every run for a K. */
static uint32_t
random_below (uint32_t n)
{
  random_state ^= random_state >> 12;
  random_state ^= random_state << 25;
  random_state ^= random_state >> 27;
  return (
      uint32_t) (((random_state * UINT64_C (0x2545f4914f6cdd1d)) >> 32) * n >>
      32);
}

/* ---- Trials ---------------------------------------------------------------- */

static void *
allocate (size_t n, size_t size)
{
  void *memory = calloc (n, size);

  must (memory != NULL, "allocating");
  return memory;
}

static Bench
bench_new (uint32_t k)
{
  Bench bench = { .k = k };

  random_state = UINT64_C (0x9e3779b97f4a7c15) * k;
  bench.source = allocate (k, T);
  bench.block = allocate (k, T);
  bench.block_at = allocate (k, sizeof *bench.block_at);
  bench.repair = allocate (k + EXTRA_MAX, T);
  bench.order = allocate (k, sizeof *bench.order);
  for (size_t i = 0; i < (size_t) k * T; i++)
    bench.source[i] = (uint8_t) random_below (256);
  for (uint32_t i = 0; i < k; i++) {
    bench.block_at[i] = bench.block + (size_t) i * T;
    bench.order[i] = i;
  }
  bench.encoder = rq_encoder_new (NULL, k, T, NULL);
  bench.decoder = rq_decoder_new (NULL, k, T, NULL);
  must (bench.encoder != NULL && bench.decoder != NULL &&
          rq_encoder_set_source_block (
              bench.encoder, bench.source, (size_t) k * T, T) == RQ_OK,
      "making an encoder and a decoder");
  return bench;
}

static void
bench_free (Bench *bench)
{
  rq_encoder_free (bench->encoder);
  rq_decoder_free (bench->decoder);
  free (bench->source);
  free (bench->block);
  free (bench->block_at);
  free (bench->repair);
  free (bench->order);
}

/* Adds one source symbol after the other, in place, but for @n_lost of them. */
static void
add_source (Bench *bench, uint32_t n_lost)
{
  memset (bench->block, 0, (size_t) bench->k * T);
  for (uint32_t i = 0; i < bench->k - n_lost; i++) {
    uint32_t other = i + random_below (bench->k - i);
    uint32_t esi = bench->order[other];

    bench->order[other] = bench->order[i];
    bench->order[i] = esi;
    memcpy (bench->block_at[esi], bench->source + (size_t) esi * T, T);
    must (rq_decoder_add (bench->decoder, esi, bench->block_at[esi]) >= RQ_OK,
        "adding");
  }
}

/* Makes and adds repair symbol number @n of this trial. */
static RqStatus
add_repair (Bench *bench, uint32_t n)
{
  uint8_t *symbol = bench->repair + (size_t) n * T;
  uint32_t needed = rq_decoder_needed (bench->decoder);
  RqStatus status;

  /* An ESI that was drawn before changes nothing: it is drawn again. */
  do {
    uint32_t esi = bench->k + random_below (RQ_ESI_MAX + 1 - bench->k);

    must (rq_encoder_write (bench->encoder, esi, 1, &symbol) == RQ_OK,
        "encoding");
    status = rq_decoder_add (bench->decoder, esi, symbol);
    must (status >= RQ_OK, "adding");
  } while (rq_decoder_needed (bench->decoder) == needed);
  return status;
}

static void
trial (Bench *bench)
{
  uint32_t n_lost =
      random_below (10) == 0 ? bench->k : 1 + random_below (bench->k);
  uint32_t added = 0;
  RqStatus status = RQ_NEED_MORE;

  must (rq_decoder_reset (bench->decoder, bench->k, T) == RQ_OK &&
          rq_decoder_set_block (bench->decoder, bench->block_at) == RQ_OK,
      "resetting the decoder");
  add_source (bench, n_lost);
  while (status != RQ_OK) {
    must (added < n_lost + EXTRA_MAX, "decoding");
    status = add_repair (bench, added++);
    if (status == RQ_OK)
      status = rq_decoder_decode (bench->decoder);
    must (status >= RQ_OK, "decoding");
  }
  must (added >= n_lost, "needing K symbols");
  must (memcmp (bench->block, bench->source, (size_t) bench->k * T) == 0,
      "comparing");
  for (uint32_t extra = 0; extra < EXTRAS; extra++)
    bench->failures[extra] += added > n_lost + extra;
}

/* ---- Statistics ------------------------------------------------------------ */

/* Chance of at most @count events where @mean are expected (Poisson). */
static double
at_most (unsigned long count, double mean)
{
  double sum = 0;

  for (unsigned long i = 0; i <= count; i++)
    sum += exp ((double) i * log (mean) - mean - lgamma ((double) i + 1));
  return sum < 1 ? sum : 1;
}

/* Chance of @count events or more. */
static double
at_least (unsigned long count, double mean)
{
  double sum = 0;
  double term = 1;

  if (count == 0)
    return 1;
  if ((double) count < mean)
    return 1 - at_most (count - 1, mean);
  for (unsigned long i = count; term > 1e-20; i++) {
    term = exp ((double) i * log (mean) - mean - lgamma ((double) i + 1));
    sum += term;
  }
  return sum;
}

/* The largest mean that @count is not too small for. */
static double
upper_bound (unsigned long count)
{
  double low = (double) count;
  double high = 2 * low + 20;

  for (unsigned i = 0; i < 60; i++) {
    double middle = (low + high) / 2;

    if (at_most (count, middle) > 1 - CERTAINTY)
      low = middle;
    else
      high = middle;
  }
  return high;
}

/* ---- Rows ------------------------------------------------------------------ */

static FILE *json; /* or NULL */

static bool
report (const Bench *bench, unsigned long trials, uint32_t extra)
{
  static int rows;
  unsigned long count = bench->failures[extra];
  double limit = limits[extra];
  double rate = (double) count / (double) trials;
  double bound = upper_bound (count) / (double) trials;
  bool ok = at_least (count, limit * (double) trials) >= SIGNIFICANT;

  printf ("failure-rate   K=%-6u +%u  %7lu of %lu failed: %.2e, below %.2e "
          "(%.0f %% sure), limit %.0e%s\n",
      bench->k, extra, count, trials, rate, bound, 100 * CERTAINTY, limit,
      ok ? "" : "  EXCEEDED");
  fflush (stdout);
  if (json != NULL)
    fprintf (json,
        "%s    { \"name\": \"failure-rate\", \"params\": { \"K\": %u, "
        "\"overhead\": %u }, \"value\": %.4g, \"unit\": \"failures/decode\", "
        "\"rounds\": %lu, \"failures\": %lu, \"upper_95\": %.4g, "
        "\"goal\": %g, \"met\": %s, \"significantly_above\": %s }",
        rows++ > 0 ? ",\n" : "", bench->k, extra, rate, trials, count, bound,
        limit, rate <= limit ? "true" : "false", ok ? "false" : "true");
  return ok;
}

/* False when the RFC's limits are not kept. */
static bool
measure (uint32_t k, unsigned long trials)
{
  Bench bench = bench_new (k);
  bool ok = true;

  for (unsigned long i = 0; i < trials; i++)
    trial (&bench);
  for (uint32_t extra = 0; extra < EXTRAS; extra++)
    ok &= report (&bench, trials, extra);
  bench_free (&bench);
  return ok;
}

static int
usage (void)
{
  fprintf (stderr,
      "usage: bench-failure-rate [--quick] [--json FILE] [--trials N] "
      "[K...]\n");
  return 2;
}

int
main (int argc, char **argv)
{
  static const struct
  {
    uint32_t k;
    unsigned long trials;
    unsigned long quick_trials;
  } all[] = {
    { 10, 1000000, 100000 },
    { 50, 1000000, 100000 },
    { 100, 1000000, 100000 },
    { 1000, 1000000, 10000 },
    { 10000, 2000, 200 },
  };
  uint32_t own[32];
  size_t n_own = 0;
  unsigned long trials = 0;
  bool quick = false;
  bool ok = true;

  for (int i = 1; i < argc; i++) {
    if (strcmp (argv[i], "--quick") == 0) {
      quick = true;
    } else if (strcmp (argv[i], "--json") == 0 && i + 1 < argc) {
      json = fopen (argv[++i], "w");
      must (json != NULL, "opening the JSON file");
    } else if (strcmp (argv[i], "--trials") == 0 && i + 1 < argc) {
      trials = strtoul (argv[++i], NULL, 10);
      if (trials == 0)
        return usage ();
    } else {
      unsigned long k = strtoul (argv[i], NULL, 10);

      if (k < 1 || k > RQ_K_MAX || n_own == sizeof own / sizeof *own)
        return usage ();
      own[n_own++] = (uint32_t) k;
    }
  }

  if (json != NULL)
    fprintf (json, "{ \"bench\": \"failure-rate\", \"rows\": [\n");
  for (size_t i = 0; i < n_own; i++)
    ok &= measure (own[i], trials > 0 ? trials : 10000);
  for (size_t i = 0; n_own == 0 && i < sizeof all / sizeof *all; i++) {
    unsigned long n = quick ? all[i].quick_trials : all[i].trials;

    ok &= measure (all[i].k, trials > 0 ? trials : n);
  }
  if (json != NULL) {
    fprintf (json, "\n] }\n");
    fclose (json);
  }
  return ok ? 0 : 1;
}
