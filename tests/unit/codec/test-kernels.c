/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-kernels.c: every set of kernels against plain loops over octets, with
 * random sizes, places and values; and how a set is chosen. Knows the codec's
 * inner functions.
 */
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "gf256.h"
#include "kernels.h"

#define CANARY 0xa5
#define GUARD 64u
#define SLOTS 64u

static const RqKernels *kernels;

/* ---- Memory between guards ------------------------------------------------- */

/* Unaligned memory. What lies before and behind it must stay as it is; half of
   the time nothing lies behind, so that ASan sees what is read too far. */
typedef struct
{
  uint8_t *memory;
  uint8_t *at;
  size_t size;
  size_t behind;
} Buffer;

static Buffer
buffer_new (size_t size)
{
  size_t before = 1 + check_random_below (GUARD);
  Buffer b = { .size = size, .behind = GUARD * check_random_below (2) };

  b.memory = malloc (before + size + b.behind);
  CHECK (b.memory != NULL);
  b.at = b.memory + before;
  memset (b.memory, CANARY, before);
  for (size_t i = 0; i < size; i++)
    b.at[i] = (uint8_t) (check_random () >> 11);
  memset (b.at + size, CANARY, b.behind);
  return b;
}

/* Checks the guards and that the memory holds @expected; NULL: anything. */
static void
buffer_end (Buffer *b, const uint8_t *expected)
{
  for (const uint8_t *p = b->memory; p < b->at; p++)
    CHECK_EQUAL (*p, CANARY);
  for (size_t i = 0; i < b->behind; i++)
    CHECK_EQUAL (b->at[b->size + i], CANARY);
  for (size_t i = 0; i < b->size && expected != NULL; i++)
    CHECK_EQUAL (b->at[i], expected[i]);
  free (b->memory);
}

static uint8_t *
copy_of (const uint8_t *at, size_t size)
{
  uint8_t *copy = malloc (size + 1);

  CHECK (copy != NULL);
  memcpy (copy, at, size);
  return copy;
}

/* @n slots of @width bytes, @stride bytes apart. */
static Buffer
slots_new (RqSlots *slots, size_t n, size_t width, size_t stride)
{
  Buffer b = buffer_new ((n - 1) * stride + width);

  *slots = (RqSlots){ b.at, stride };
  return b;
}

static void
add_octets (uint8_t *to, const uint8_t *from, size_t n)
{
  for (size_t i = 0; i < n; i++)
    to[i] ^= from[i];
}

/* ---- gather ---------------------------------------------------------------- */

static void
gather_once (size_t n, size_t width)
{
  size_t stride = width + check_random_below (70);
  RqSlots slots;
  Buffer memory = slots_new (&slots, SLOTS, width, stride);
  Buffer own = buffer_new (width);
  Buffer begin = buffer_new (width);
  uint8_t *expected_memory = copy_of (memory.at, memory.size);
  bool to_slot = check_random_below (3) == 0;
  uint8_t *dst = to_slot ? memory.at + (SLOTS - 1) * stride : own.at;
  uint8_t *expected_own = copy_of (own.at, width);
  uint8_t *expected =
      to_slot ? expected_memory + (SLOTS - 1) * stride : expected_own;
  const uint8_t *inits[] = { NULL, begin.at, dst };
  const uint8_t *init = inits[check_random_below (3)];
  uint16_t *list = malloc (n * sizeof *list + 1);

  CHECK (list != NULL);
  for (size_t i = 0; i < n; i++)
    list[i] = (uint16_t) check_random_below (SLOTS - 1);
  if (init == NULL)
    memset (expected, 0, width);
  else
    memmove (expected, init, width);
  for (size_t i = 0; i < n; i++)
    add_octets (expected, memory.at + list[i] * stride, width);
  kernels->gather (dst, init, &slots, list, n, width);
  buffer_end (&own, expected_own);
  buffer_end (&memory, expected_memory);
  buffer_end (&begin, NULL);
  free (expected_own);
  free (expected_memory);
  free (list);
}

static void
gather_adds_the_listed_slots (void)
{
  for (size_t units = 1; units <= 15; units++) {
    for (size_t n = 0; n <= 13; n++)
      gather_once (n, units * RQ_SLICE_UNIT);
    gather_once (60 + check_random_below (60), units * RQ_SLICE_UNIT);
  }
}

/* ---- subsets --------------------------------------------------------------- */

static void
subsets_are_all_written (void)
{
  for (unsigned round = 0; round < 50; round++) {
    unsigned n = round % 5;
    size_t stride = RQ_SLICE_UNIT + check_random_below (70);
    RqSlots slots;
    Buffer memory = slots_new (&slots, 4, RQ_SLICE_UNIT, stride);
    Buffer to = buffer_new ((size_t) RQ_SLICE_UNIT << n);
    uint8_t *expected_memory = copy_of (memory.at, memory.size);
    uint8_t *expected = copy_of (to.at, to.size);

    memset (expected, 0, to.size);
    for (unsigned i = 0; i < 1u << n; i++) {
      for (unsigned j = 0; j < n; j++) {
        if (i >> j & 1)
          add_octets (expected + (size_t) i * RQ_SLICE_UNIT,
              memory.at + j * stride, RQ_SLICE_UNIT);
      }
    }
    kernels->subsets (to.at, &slots, n);
    buffer_end (&to, expected);
    buffer_end (&memory, expected_memory);
    free (expected);
    free (expected_memory);
  }
}

/* ---- sums ------------------------------------------------------------------ */

#define RUNS_MAX 4u
#define RUN_MAX 6u /* sums of a run */
#define SYMBOLS 9u

typedef struct
{
  RqSumJob job;
  RqSlots slots;
  RqSlots to;
  RqRun runs[RUNS_MAX];
  uint16_t *list;
  uint32_t *input;
  const uint8_t *symbols[SYMBOLS];
  size_t n_sums;
} Sums;

/* Random runs, the first one of sums of @n slots; no entry too many, so that
   ASan sees what is read too far. */
static void
make_runs (Sums *s, size_t n, bool inputs)
{
  size_t n_list = 0;
  size_t n_input = RQ_FETCH_AHEAD;

  s->job.n_runs = 1 + check_random_below (RUNS_MAX);
  s->job.first_pass = check_random_below (2);
  for (size_t r = 0; r < s->job.n_runs; r++) {
    RqRun *run = &s->runs[r];

    run->count = (uint16_t) (1 + check_random_below (RUN_MAX));
    run->first = (uint16_t) (r == 0 ? n : check_random_below (13));
    run->all = (uint16_t) (run->first + check_random_below (4));
    if (r == 0 && !s->job.first_pass) {
      run->all = (uint16_t) n;
      run->first = (uint16_t) check_random_below ((uint32_t) n + 1);
    }
    run->has_input = (uint16_t) check_random_below (2);
    n_list += (size_t) run->count * run->all;
    n_input += run->has_input ? run->count : 0;
    s->n_sums += run->count;
  }
  s->list = malloc (n_list * sizeof *s->list + 1);
  s->input = malloc (n_input * sizeof *s->input);
  CHECK (s->list != NULL && s->input != NULL);
  for (size_t i = 0; i < n_list; i++)
    s->list[i] = (uint16_t) check_random_below (SLOTS);
  for (size_t i = 0; i < n_input; i++)
    s->input[i] = check_random_below (SYMBOLS);
  s->job.runs = s->runs;
  s->job.list = s->list;
  s->job.input = inputs ? s->input : NULL;
  s->job.symbols = inputs ? s->symbols : NULL;
  s->job.slots = &s->slots;
  s->job.to = &s->to;
}

/* The same, one octet after the other: from slots at @from to sums at @to. */
static void
plain_sums (const Sums *s, const uint8_t *from, uint8_t *to, size_t width)
{
  const uint16_t *list = s->list;
  const uint32_t *input = s->input;
  uint8_t sum[RQ_UNITS_MAX * RQ_SLICE_UNIT];

  for (size_t r = 0; r < s->job.n_runs; r++) {
    const RqRun *run = &s->runs[r];
    size_t n = s->job.first_pass ? run->first : run->all;

    for (size_t i = 0; i < run->count; i++, list += run->all) {
      memset (sum, 0, width);
      if (run->has_input && s->job.symbols != NULL)
        add_octets (sum, s->symbols[*input++] + s->job.at, width);
      for (size_t j = 0; j < n; j++)
        add_octets (sum, from + list[j] * s->slots.stride, width);
      memcpy (to, sum, width);
      to += s->to.stride;
    }
  }
}

/* Half of the time the sums are written to slots of which others are made. */
static void
sums_once (size_t n, unsigned units, size_t stride, bool inputs)
{
  Sums s = { 0 };
  size_t width = units * RQ_SLICE_UNIT;
  Buffer memory = slots_new (&s.slots, SLOTS, width, stride);
  Buffer own = slots_new (
      &s.to, RUNS_MAX * RUN_MAX, width, width + check_random_below (70));
  Buffer symbols[SYMBOLS];
  uint8_t *expected_memory = copy_of (memory.at, memory.size);
  uint8_t *expected_own = copy_of (own.at, own.size);
  bool to_slots = check_random_below (2);

  if (to_slots)
    s.to = s.slots;
  s.job.at = check_random_below (100);
  for (size_t i = 0; i < SYMBOLS; i++) {
    symbols[i] = buffer_new (s.job.at + width);
    s.symbols[i] = symbols[i].at;
  }
  make_runs (&s, n, inputs);
  plain_sums (
      &s, expected_memory, to_slots ? expected_memory : expected_own, width);
  kernels->sums (&s.job, units);
  buffer_end (&memory, expected_memory);
  buffer_end (&own, expected_own);
  for (size_t i = 0; i < SYMBOLS; i++)
    buffer_end (&symbols[i], NULL);
  free (expected_memory);
  free (expected_own);
  free (s.list);
  free (s.input);
}

static void
sums_are_those_of_their_runs (void)
{
  for (unsigned units = 1; units <= kernels->units_max; units *= 2) {
    for (size_t n = 0; n <= 12; n++) {
      for (unsigned round = 0; round < 6; round++)
        sums_once (n, units, units * RQ_SLICE_UNIT, round % 3 > 0);
    }
    sums_once (100, units, units * RQ_SLICE_UNIT, true);
  }
}

static void
sums_of_slots_apart_are_the_same (void)
{
  for (size_t n = 0; n <= 12; n++) {
    for (unsigned round = 0; round < 6; round++)
      sums_once (n, 1, RQ_SLICE_UNIT + 1 + check_random_below (200), round % 3);
  }
}

/* ---- multiply -------------------------------------------------------------- */

#define ROWS_MAX 14u
#define INPUTS_MAX 80u

typedef enum
{
  FROM_ZERO,
  FROM_OTHERS,
  FROM_OUT,
  FROMS
} From;

static void
plain_multiply (
    const RqProducts *p, uint8_t *expected[], size_t at, size_t bytes)
{
  for (size_t r = 0; r < p->n_out; r++) {
    for (size_t k = at; k < at + bytes; k++) {
      uint8_t sum = p->init != NULL ? p->init[r][k] : 0;

      for (size_t j = 0; j < p->n_in; j++)
        sum ^= rq_gf_mul (p->factors[r * p->stride + j], p->in[j][k]);
      expected[r][k] = sum;
    }
  }
}

static void
multiply_once (size_t rows, size_t n_in, size_t bytes, From from)
{
  size_t at = check_random_below (70);
  size_t size = at + bytes;
  size_t stride = n_in + check_random_below (5);
  Buffer in[INPUTS_MAX];
  Buffer out[ROWS_MAX];
  Buffer init[ROWS_MAX];
  Buffer factors = buffer_new ((rows - 1) * stride + n_in);
  const uint8_t *in_at[INPUTS_MAX];
  const uint8_t *init_at[ROWS_MAX];
  uint8_t *out_at[ROWS_MAX];
  uint8_t *expected[ROWS_MAX];
  RqProducts p = { .out = out_at,
    .init = from == FROM_ZERO ? NULL : init_at,
    .n_out = rows,
    .in = in_at,
    .n_in = n_in,
    .factors = factors.at,
    .stride = stride };

  for (size_t j = 0; j < n_in; j++) {
    in[j] = buffer_new (size);
    in_at[j] = in[j].at;
  }
  for (size_t r = 0; r < rows; r++) {
    out[r] = buffer_new (size);
    init[r] = buffer_new (size);
    out_at[r] = out[r].at;
    init_at[r] = from == FROM_OUT ? out[r].at : init[r].at;
    expected[r] = copy_of (out[r].at, size);
  }
  plain_multiply (&p, expected, at, bytes);
  kernels->multiply (&p, at, bytes);
  for (size_t r = 0; r < rows; r++) {
    buffer_end (&out[r], expected[r]);
    buffer_end (&init[r], NULL);
    free (expected[r]);
  }
  for (size_t j = 0; j < n_in; j++)
    buffer_end (&in[j], NULL);
  buffer_end (&factors, NULL);
}

static void
multiply_takes_any_number_of_bytes (void)
{
  for (size_t bytes = 0; bytes <= 200; bytes++)
    multiply_once (1 + check_random_below (6), check_random_below (5), bytes,
        (From) (bytes % FROMS));
  for (unsigned round = 0; round < 20; round++)
    multiply_once (1 + check_random_below (6), 1 + check_random_below (4),
        check_random_below (1500), (From) (round % FROMS));
}

static void
multiply_takes_any_number_of_rows_and_inputs (void)
{
  for (size_t rows = 1; rows < ROWS_MAX; rows++) {
    for (size_t n_in = 0; n_in < 10; n_in++)
      multiply_once (rows, n_in, check_random_below (400),
          (From) check_random_below (FROMS));
    multiply_once (rows, 30 + check_random_below (INPUTS_MAX - 30),
        check_random_below (400), (From) check_random_below (FROMS));
  }
}

/* Every constant times every octet. */
static void
multiply_takes_every_constant (void)
{
  uint8_t octets[256];
  uint8_t out[256][256];
  uint8_t *out_at[256];
  const uint8_t *in_at[] = { octets };
  RqProducts p = { out_at, NULL, 256, in_at, 1, octets, 1 };

  for (unsigned c = 0; c < 256; c++) {
    octets[c] = (uint8_t) c;
    out_at[c] = out[c];
  }
  kernels->multiply (&p, 0, 256);
  for (unsigned c = 0; c < 256; c++) {
    for (unsigned x = 0; x < 256; x++)
      CHECK_EQUAL (out[c][x], rq_gf_mul ((uint8_t) c, (uint8_t) x));
  }
}

/* ---- horner ---------------------------------------------------------------- */

#define HORNER_SUMS 7u

/* @bits: octets are the bits of eight octets of a slot. */
static void
plain_horner (uint8_t *acc, uint8_t *sums, const uint8_t *sum,
    const RqSlots *slots, const uint16_t *order, size_t n, size_t width,
    bool bits)
{
  for (size_t i = 0; i < n; i++) {
    const uint8_t *slot = slots->base + order[i] * slots->stride;

    for (size_t k = 0; k < width; k++) {
      uint8_t octet = bits ? slot[k / 8] >> k % 8 & 1 : slot[k];

      acc[k] = rq_gf_mul (2, acc[k]) ^ octet;
      sums[sum[i] * width + k] ^= acc[k];
    }
  }
}

static void
horner_once (size_t n, unsigned units, bool bits)
{
  size_t width = units * RQ_SLICE_UNIT;
  size_t stride = bits ? 8 + check_random_below (40) : width;
  RqSlots slots;
  Buffer memory = slots_new (&slots, SLOTS, bits ? 8 : width, stride);
  Buffer acc = buffer_new (width);
  Buffer sums = buffer_new (HORNER_SUMS * width);
  Buffer sum = buffer_new (n);
  uint8_t *expected_memory = copy_of (memory.at, memory.size);
  uint8_t *expected_acc = copy_of (acc.at, width);
  uint8_t *expected_sums = copy_of (sums.at, sums.size);
  uint16_t *order = malloc (n * sizeof *order + 1);

  CHECK (order != NULL);
  for (size_t i = 0; i < n; i++) {
    sum.at[i] %= HORNER_SUMS;
    order[i] = (uint16_t) check_random_below (SLOTS);
  }
  plain_horner (
      expected_acc, expected_sums, sum.at, &slots, order, n, width, bits);
  if (bits)
    kernels->horner_bits (acc.at, sums.at, sum.at, &slots, order, n);
  else
    kernels->horner (acc.at, sums.at, sum.at, &slots, order, n, units);
  buffer_end (&acc, expected_acc);
  buffer_end (&sums, expected_sums);
  buffer_end (&memory, expected_memory);
  buffer_end (&sum, NULL);
  free (expected_acc);
  free (expected_sums);
  free (expected_memory);
  free (order);
}

static void
horner_adds_every_step_to_a_sum (void)
{
  for (unsigned units = 1; units <= kernels->units_max; units *= 2) {
    for (size_t n = 0; n < 10; n++)
      horner_once (n, units, false);
    horner_once (500, units, false);
  }
}

static void
horner_takes_bits_for_octets (void)
{
  for (size_t n = 0; n < 10; n++)
    horner_once (n, 1, true);
  horner_once (1000, 1, true);
}

/* ---- How a set is chosen --------------------------------------------------- */

/* Exit status of a process of RQ_KERNELS=@name: 0 when it got these kernels or,
   where it has none of that name, the fastest. */
static int
choose_in_child (const char *name)
{
  const RqKernels *list[RQ_KERNEL_SETS];
  const RqKernels *expected;
  size_t n;

  setenv ("RQ_KERNELS", name, 1);
  n = rq_kernels_list (list);
  expected = list[n - 1];
  for (size_t i = 0; i < n; i++) {
    if (strcmp (list[i]->name, name) == 0)
      expected = list[i];
  }
  return strcmp (rq_kernels_name (), expected->name) == 0 &&
          rq_kernels () == expected
      ? 0
      : 1;
}

/* To be run before this process has chosen. */
static void
the_environment_names_the_set (void)
{
  const char *names[] = { "scalar", "ssse3", "avx2", "avx2gfni", "avx512",
    "neon", "no such kernels", "" };

  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    int status;
    pid_t child = fork ();

    CHECK (child >= 0);
    if (child == 0)
      _exit (choose_in_child (names[i]));
    CHECK (waitpid (child, &status, 0) == child);
    CHECK (WIFEXITED (status));
    CHECK_EQUAL (WEXITSTATUS (status), 0);
  }
}

static void
a_set_can_be_forced (void)
{
  const RqKernels *list[RQ_KERNEL_SETS];
  size_t n = rq_kernels_list (list);

  CHECK (n >= 1 && list[0] == &rq_kernels_scalar);
  for (size_t i = 0; i < n; i++) {
    CHECK_EQUAL (rq_kernels_force (list[i]->name), RQ_OK);
    CHECK (rq_kernels () == list[i]);
    CHECK (strcmp (rq_kernels_name (), list[i]->name) == 0);
    CHECK_EQUAL (rq_kernels_force ("no such kernels"), RQ_ERR_ARGUMENT);
    CHECK_EQUAL (rq_kernels_force (""), RQ_ERR_ARGUMENT);
    CHECK (rq_kernels () == list[i]);
  }
  CHECK_EQUAL (rq_kernels_force ("scalar"), RQ_OK);
  CHECK_EQUAL (rq_kernels_force (NULL), RQ_OK);
  CHECK (rq_kernels () == list[n - 1]);
}

int
main (void)
{
  const RqKernels *list[RQ_KERNEL_SETS];
  size_t n;

  RUN (the_environment_names_the_set);
  RUN (a_set_can_be_forced);
  n = rq_kernels_list (list);
  for (size_t i = 0; i < n; i++) {
    kernels = list[i];
    printf ("kernels: %s\n", kernels->name);
    RUN (gather_adds_the_listed_slots);
    RUN (subsets_are_all_written);
    RUN (sums_are_those_of_their_runs);
    RUN (sums_of_slots_apart_are_the_same);
    RUN (multiply_takes_any_number_of_bytes);
    RUN (multiply_takes_any_number_of_rows_and_inputs);
    RUN (multiply_takes_every_constant);
    RUN (horner_adds_every_step_to_a_sum);
    RUN (horner_takes_bits_for_octets);
  }
  return 0;
}
