/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * bench-engines.c: measures what the selector's constants stand for, and where
 * the engines really cross. Knows the codec's inner functions.
 *
 * bench-engines [--t T] [K...]: for each set of kernels what its constants
 * should be; then, with the fastest, each engine's time for some numbers of
 * missing symbols, and the one that the selector takes, marked with *.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cache.h"
#include "invert.h"
#include "planner.h"
#include "recover.h"
#include "selector.h"
#include "wanted.h"

#define ROUNDS 25
#define T_MAX 9000u

static uint32_t t = 1280;

/* A block of K' symbols, and as many repair symbols. */
typedef struct
{
  uint32_t k;
  RqCacheEntry *entry;
  const RqProgram *program;
  uint8_t **symbols;
  uint8_t *has;
  RqRepair *repair;
  uint8_t **repair_at;
  RqArena memory;
  RqArena result;
  RqArena scratch;
  RqWantedList wanted;
} Block;

static double
now (void)
{
  struct timespec time;

  clock_gettime (CLOCK_MONOTONIC, &time);
  return (double) time.tv_sec + 1e-9 * (double) time.tv_nsec;
}

static void
must (bool condition, const char *what)
{
  if (!condition) {
    fprintf (stderr, "bench-engines: %s failed\n", what);
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

/* The median, in nanoseconds, of @what on @data. */
static double
measure (void (*what) (void *data), void *data)
{
  double seconds[ROUNDS];

  what (data);
  for (unsigned i = 0; i < ROUNDS; i++) {
    double start = now ();

    what (data);
    seconds[i] = now () - start;
  }
  qsort (seconds, ROUNDS, sizeof *seconds, compare);
  return 1e9 * seconds[ROUNDS / 2];
}

static uint8_t **
symbols_new (uint32_t n)
{
  size_t stride = (t + 63) & ~63u;
  uint8_t *memory = aligned_alloc (64, n * stride);
  uint8_t **at = malloc (n * sizeof *at);

  must (memory != NULL && at != NULL, "getting memory");
  for (size_t i = 0; i < n * stride; i++)
    memory[i] = (uint8_t) ((i * 7 + i / 251) >> 1);
  for (uint32_t i = 0; i < n; i++)
    at[i] = memory + i * stride;
  return at;
}

static void
symbols_free (uint8_t **symbols)
{
  free (symbols[0]);
  free (symbols);
}

static void
run_program (void *data)
{
  Block *b = data;
  uint32_t n = (b->k + 9) / 10;

  must (rq_wanted_prepare (&b->wanted, n), "listing");
  for (uint32_t i = 0; i < n; i++)
    rq_wanted_add (&b->wanted, b->program, b->k + i, b->repair_at[i]);
  rq_wanted_finish (&b->wanted);
  must (rq_program_run (b->program, (const uint8_t *const *) b->symbols, b->k,
            t, &b->wanted.wanted, NULL, 0, &b->scratch) == RQ_OK,
      "running the program");
}

static void
block_init (Block *b, uint32_t k)
{
  uint32_t k_prime = rq_params_k_prime (k);
  RqEncoder *encoder;

  memset (b, 0, sizeof *b);
  b->k = k_prime;
  b->entry = rq_cache_get (NULL, k_prime);
  must (b->entry != NULL, "getting the entry");
  b->program = rq_cache_make_program (NULL, b->entry);
  must (b->program != NULL, "planning");
  b->symbols = symbols_new (k_prime);
  b->repair_at = symbols_new (k_prime);
  b->repair = malloc (k_prime * sizeof *b->repair);
  b->has = malloc (k_prime);
  for (uint32_t i = 0; i < k_prime; i++)
    b->repair[i] = (RqRepair){ k_prime + i, b->repair_at[i] };
  encoder = rq_encoder_new (NULL, k_prime, t, NULL);
  must (rq_encoder_set_source (encoder, (const uint8_t *const *) b->symbols) ==
              RQ_OK &&
          rq_encoder_write (encoder, k_prime, k_prime, b->repair_at) == RQ_OK,
      "encoding");
  rq_encoder_free (encoder);
}

static void
block_clear (Block *b)
{
  symbols_free (b->symbols);
  symbols_free (b->repair_at);
  free (b->repair);
  free (b->has);
  rq_arena_clear (&b->memory);
  rq_arena_clear (&b->result);
  rq_arena_clear (&b->scratch);
  rq_wanted_clear (&b->wanted);
  rq_cache_entry_unref (b->entry);
}

/* ---- The constants --------------------------------------------------------- */

static void
multiply (void *data)
{
  Block *b = data;
  uint32_t n = b->k < 250 ? b->k : 250;
  uint8_t *factors = malloc ((size_t) n * 25);
  RqProducts products = { .out = b->repair_at,
    .n_out = 25,
    .in = (const uint8_t *const *) b->symbols,
    .n_in = n,
    .factors = factors,
    .stride = n };

  for (uint32_t i = 0; i < n * 25; i++)
    factors[i] = (uint8_t) (i * 31 + 7);
  rq_kernels ()->multiply (&products, 0, t);
  free (factors);
}

static void
make_plan (void *data)
{
  Block *b = data;
  uint32_t *isis = malloc (b->k * sizeof *isis);
  RqProgram program;
  uint32_t deficiency;
  uint32_t n = 0;

  for (uint32_t i = 0; i < b->k; i++) {
    isis[i] = i;
    if (rand () % 5 == 0)
      isis[i] = b->k + n++;
  }
  rq_arena_reset (&b->result);
  rq_plan (&program, rq_cache_entry_constraint (b->entry), isis, b->k,
      &b->result, &b->scratch, &deficiency);
  free (isis);
}

static void
invert (void *data)
{
  Block *b = data;
  const uint32_t n = 150;
  RqMatrix matrix = { .n_rows = n, .n = n };
  uint32_t row_of[150];
  uint32_t rank;

  rq_arena_reset (&b->memory);
  matrix.rows.stride = 192;
  matrix.rows.base = rq_arena_take_zeroed (&b->memory, n, 192);
  must (matrix.rows.base != NULL, "getting memory");
  for (uint32_t i = 0; i < n; i++) {
    for (uint32_t j = 0; j < n; j++)
      matrix.rows.base[i * 192 + j] =
          (uint8_t) ((i * i * 7 + j * i * 3 + j * j * 5 + i + j) >> 2);
  }
  must (rq_invert (&matrix, row_of, &rank, &b->memory), "inverting");
}

static void
print_constants (void)
{
  const RqKernels *sets[RQ_KERNEL_SETS];
  size_t n = rq_kernels_list (sets);
  Block b;

  block_init (&b, 500);
  for (size_t i = 0; i < n; i++) {
    double octet; /* of source through the program */
    double product;

    must (rq_kernels_force (sets[i]->name) == RQ_OK, "choosing kernels");
    octet = measure (run_program, &b) / ((double) b.k * t);
    product = measure (multiply, &b) / (25.0 * 250 * t);
    printf (
        "%-9s program %6.2f Gbit/s, products %5.1f (set to %.1f), plan %4.0f "
        "octets (set to %.0f), inverting %.0f octets\n",
        sets[i]->name, 8 / octet, octet / product, sets[i]->products,
        measure (make_plan, &b) / (octet * b.k), sets[i]->plan,
        measure (invert, &b) / (octet * 150 * 150));
  }
  rq_kernels_force (NULL);
  block_clear (&b);
}

/* ---- Where they cross ------------------------------------------------------ */

typedef struct
{
  Block *block;
  uint32_t missing;
  RqStatus (*recover) (const RqRecovery *recovery, uint32_t *deficiency);
  const RqGenerator *generator;
} Case;

/* Other ones each time, as it is: a processor would learn them. */
static void
lose (Block *b, uint32_t n)
{
  memset (b->has, 1, b->k);
  while (n > 0) {
    uint32_t i = (uint32_t) rand () % b->k;

    n -= b->has[i];
    b->has[i] = 0;
  }
}

static void
recover (void *data)
{
  Case *c = data;
  Block *b = c->block;
  uint32_t spare = 4;
  uint32_t n = c->missing + spare < b->k ? c->missing + spare : b->k;
  RqRecovery recovery = { .program = b->program,
    .generator = c->generator,
    .k = b->k,
    .t = t,
    .symbols = b->symbols,
    .has = b->has,
    .missing = c->missing,
    .repair = b->repair,
    .n_repair = n,
    .memory = &b->memory,
    .scratch = &b->scratch };
  uint32_t deficiency;

  lose (b, c->missing);
  must (c->recover (&recovery, &deficiency) == RQ_OK, "recovering");
}

/* The same by a decoder that has no other choice, for lack of anything cached. */
static void
plan_and_run (void *data)
{
  Case *c = data;
  Block *b = c->block;
  uint32_t *isis = malloc ((b->k + 4) * sizeof *isis);
  const uint8_t **inputs = malloc ((b->k + 4) * sizeof *inputs);
  RqProgram program;
  uint32_t deficiency;
  uint32_t n = 0;

  must (rq_wanted_prepare (&b->wanted, c->missing), "listing");
  lose (b, c->missing);
  for (uint32_t i = 0; i < b->k; i++) {
    if (b->has[i]) {
      isis[n] = i;
      inputs[n++] = b->symbols[i];
    }
  }
  for (uint32_t i = 0; i < c->missing + 4 && i < b->k; i++) {
    isis[n] = b->k + i;
    inputs[n++] = b->repair_at[i];
  }
  rq_arena_reset (&b->result);
  must (rq_plan (&program, rq_cache_entry_constraint (b->entry), isis, n,
            &b->result, &b->scratch, &deficiency) == RQ_OK,
      "planning");
  for (uint32_t i = 0; i < b->k; i++) {
    if (!b->has[i])
      rq_wanted_add (&b->wanted, &program, i, b->symbols[i]);
  }
  rq_wanted_finish (&b->wanted);
  must (rq_program_run (&program, inputs, n, t, &b->wanted.wanted, NULL, 0,
            &b->scratch) == RQ_OK,
      "running the plan");
  free (isis);
  free (inputs);
}

static void
print_row (Block *b, uint32_t missing)
{
  const RqGenerator *generator = rq_cache_entry_generator (b->entry);
  Case c = { .block = b, .missing = missing, .generator = generator };
  RqSituation situation = { .kernels = rq_kernels (),
    .params = &b->program->params,
    .t = t,
    .has_program = true,
    .has_generator = generator != NULL };
  RqEngine engine = rq_select_decoding (&situation, missing);

  printf ("K %6u missing %5u:", b->k, missing);
  if (generator != NULL) {
    c.recover = rq_recover_dense;
    printf ("  dense %8.1f us%s", measure (recover, &c) / 1e3,
        engine == RQ_ENGINE_DENSE ? "*" : " ");
  }
  c.recover = rq_recover_zeros;
  printf ("  zeros %8.1f us%s", measure (recover, &c) / 1e3,
      engine == RQ_ENGINE_ZEROS ? "*" : " ");
  printf ("  plan %8.1f us%s\n", measure (plan_and_run, &c) / 1e3,
      engine == RQ_ENGINE_PROGRAM ? "*" : " ");
}

static void
print_crossings (uint32_t k)
{
  static const uint32_t percent[] = { 1, 2, 3, 5, 7, 10, 15, 20, 30 };
  Block b;
  uint32_t last = 0;

  block_init (&b, k);
  if (rq_generator_bytes (&b.program->params) < 6u << 20)
    rq_cache_make_generator (NULL, b.entry);
  for (unsigned i = 0; i < sizeof percent / sizeof *percent; i++) {
    uint32_t missing = b.k * percent[i] / 100;

    if (missing > last && missing <= 700)
      print_row (&b, missing);
    last = missing;
  }
  block_clear (&b);
}

int
main (int argc, char **argv)
{
  static const uint32_t all[] = { 10, 50, 100, 250, 500, 1000, 2000, 5000,
    10000, 20000 };
  bool own = false;

  for (int i = 1; i < argc; i++) {
    if (strcmp (argv[i], "--t") == 0 && i + 1 < argc)
      t = (uint32_t) strtoul (argv[++i], NULL, 10);
  }
  must (t >= 1 && t <= T_MAX, "reading T");
  print_constants ();
  for (int i = 1; i < argc; i++) {
    if (strcmp (argv[i], "--t") == 0) {
      i++;
    } else {
      print_crossings ((uint32_t) strtoul (argv[i], NULL, 10));
      own = true;
    }
  }
  for (unsigned i = 0; !own && i < sizeof all / sizeof *all; i++)
    print_crossings (all[i]);
  return 0;
}
