/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-selector.c: which engine is chosen, and that it makes no difference to
 * what comes out. Knows the codec's inner functions.
 */
#include "selector.h"

#include "cache.h"
#include "check.h"
#include "generator.h"
#include "tables.h"

static RqParams params;

/* All is there, with the fastest kernels. */
static RqSituation
situation (uint32_t k, uint32_t t)
{
  const RqKernels *sets[RQ_KERNEL_SETS];
  RqSituation s = {
    .params = &params, .t = t, .has_program = true, .has_generator = true
  };

  CHECK (rq_params_init (&params, k));
  s.kernels = sets[rq_kernels_list (sets) - 1];
  return s;
}

/* Kernels that multiply as fast as GFNI does, whatever the machine has. */
static RqSituation
fast_situation (uint32_t k, uint32_t t)
{
  static RqKernels fast;
  RqSituation s = situation (k, t);

  fast = *s.kernels;
  fast.products = 58;
  fast.plan = 1100;
  s.kernels = &fast;
  return s;
}

/* Far from the borders, so that constants may be measured anew. */
static void
each_engine_has_its_place (void)
{
  RqSituation s = fast_situation (100, 1280);

  CHECK_EQUAL (rq_select_encoding (&s, 1), RQ_ENGINE_DENSE);
  CHECK_EQUAL (rq_select_encoding (&s, 20), RQ_ENGINE_DENSE);
  CHECK_EQUAL (rq_select_encoding (&s, 100), RQ_ENGINE_PROGRAM);
  CHECK_EQUAL (rq_select_decoding (&s, 1), RQ_ENGINE_DENSE);
  CHECK_EQUAL (rq_select_decoding (&s, 20), RQ_ENGINE_DENSE);
  CHECK_EQUAL (rq_select_decoding (&s, 100), RQ_ENGINE_PROGRAM);
  s = fast_situation (1000, 1280);
  CHECK_EQUAL (rq_select_decoding (&s, 20), RQ_ENGINE_DENSE);
  CHECK_EQUAL (rq_select_decoding (&s, 90), RQ_ENGINE_ZEROS);
  CHECK_EQUAL (rq_select_decoding (&s, 400), RQ_ENGINE_PROGRAM);
  s = fast_situation (20000, 1280);
  s.has_generator = false;
  CHECK_EQUAL (rq_select_decoding (&s, 50), RQ_ENGINE_ZEROS);
  CHECK_EQUAL (rq_select_decoding (&s, 2000), RQ_ENGINE_PROGRAM);
}

/* It is made neither for one use nor where it would be very large. */
static void
a_generator_must_pay (void)
{
  RqSituation s = fast_situation (1500, 100);

  s.has_generator = false;
  CHECK_EQUAL (rq_select_encoding (&s, 5), RQ_ENGINE_PROGRAM);
  s.asked = 1000;
  CHECK_EQUAL (rq_select_encoding (&s, 5), RQ_ENGINE_DENSE);
  s = fast_situation (10000, 1280);
  s.has_generator = false;
  s.asked = 1000000;
  CHECK_EQUAL (rq_select_encoding (&s, 1), RQ_ENGINE_PROGRAM);
  CHECK (rq_select_decoding (&s, 1) != RQ_ENGINE_DENSE);
}

/* The more symbols, the further on in the row of engines; slow multiplication
   brings the next one earlier. */
static void
borders_are_crossed_once (void)
{
  static const uint32_t ks[] = { 10, 60, 300, 1000, 2000 };

  for (unsigned i = 0; i < sizeof ks / sizeof *ks; i++) {
    RqSituation s = fast_situation (ks[i], 1280);
    RqKernels slow = *s.kernels;
    RqSituation with_slow = s;
    RqEngine before = RQ_ENGINE_DENSE;

    slow.products = 5;
    with_slow.kernels = &slow;
    for (uint32_t n = 1; n <= ks[i]; n++) {
      RqEngine engine = rq_select_decoding (&s, n);

      CHECK (engine >= before);
      CHECK (rq_select_decoding (&with_slow, n) >= engine);
      before = engine;
    }
  }
}

/* However often it would have served. */
static void
large_generators_are_never_made (void)
{
  unsigned large = 0;

  for (unsigned i = 0; i < RQ_SYSTEMATIC_ROWS; i++) {
    RqSituation s = fast_situation (rq_systematic[i].k_prime, 1280);

    s.has_generator = false;
    s.asked = UINT32_MAX - 1;
    if (rq_generator_bytes (&params) <= (size_t) 16 << 20)
      continue;
    large++;
    for (uint32_t n = 1; n <= params.k_prime; n *= 2) {
      CHECK_EQUAL (rq_select_encoding (&s, n), RQ_ENGINE_PROGRAM);
      CHECK (rq_select_decoding (&s, n) != RQ_ENGINE_DENSE);
    }
  }
  CHECK (large > RQ_SYSTEMATIC_ROWS / 4);
}

/* Who has a plan made for many symbols has one made for more, whatever is there
   already, with all kernels of the machine. */
static void
a_plan_stays_a_plan (void)
{
  static const uint32_t ks[] = { 5, 10, 101, 1000, 4000 };
  static const uint32_t ts[] = { 1, 64, 1344, 9000 };
  const RqKernels *sets[RQ_KERNEL_SETS];
  size_t n_sets = rq_kernels_list (sets);

  for (unsigned i = 0; i < 5 * 4 * 4 * n_sets; i++) {
    RqSituation s = situation (ks[i % 5], ts[i / 5 % 4]);
    bool is_plan = false;

    s.has_program = i / 20 % 2 == 0;
    s.has_generator = i / 40 % 2 == 0;
    s.kernels = sets[i / 80];
    for (uint32_t n = 1; n <= params.k_prime; n++) {
      RqEngine engine = rq_select_decoding (&s, n);

      CHECK (!is_plan || engine == RQ_ENGINE_PROGRAM);
      is_plan = engine == RQ_ENGINE_PROGRAM;
    }
  }
}

/* Most symbols that the generator is taken for; beyond, it never is. */
static uint32_t
encoding_border (const RqSituation *s)
{
  uint32_t border = 0;

  for (uint32_t n = 1; n < 1000; n++) {
    if (rq_select_encoding (s, n) == RQ_ENGINE_DENSE) {
      CHECK_EQUAL (border, n - 1);
      border = n;
    }
  }
  return border;
}

static void
slow_products_move_the_border (void)
{
  static const uint32_t ks[] = { 10, 101, 1000 };

  for (unsigned i = 0; i < sizeof ks / sizeof *ks; i++) {
    RqSituation s = fast_situation (ks[i], 1280);
    RqKernels slow = *s.kernels;
    uint32_t border = encoding_border (&s);

    CHECK (border > 20 && border < 200);
    slow.products /= 4;
    s.kernels = &slow;
    CHECK (encoding_border (&s) > 0);
    CHECK (encoding_border (&s) < border / 2);
  }
}

/* ---- What comes out -------------------------------------------------------- */

#define REPAIR 70u

static CheckSymbols source;
static CheckSymbols expected;

/* Asks for the repair symbols @portion at a time (0: as many as are told). */
static void
encode_in_portions (RqCache *cache, uint32_t portion, bool clear)
{
  RqEncoder *encoder = check_encoder (cache, &source);
  CheckSymbols out = check_symbols_new (REPAIR, (uint32_t) source.stride);
  uint32_t done = 0;

  while (done < REPAIR) {
    uint32_t told = rq_encoder_portion (encoder, REPAIR);
    uint32_t n = portion == 0 ? told : portion;

    CHECK (told >= 1 && told <= REPAIR);
    if (n > REPAIR - done)
      n = REPAIR - done;
    CHECK_EQUAL (
        rq_encoder_write (encoder, source.n + done, n, out.at + done), RQ_OK);
    if (clear)
      rq_cache_clear (cache);
    done += n;
  }
  CHECK (check_same (&out, &expected));
  check_symbols_free (&out);
  rq_encoder_free (encoder);
}

static void
portions_make_no_difference (void)
{
  static const uint32_t ks[] = { 7, 40, 101, 700, 3000 };
  static const uint32_t portions[] = { 0, 1, 3, 10, REPAIR };

  for (unsigned i = 0; i < sizeof ks / sizeof *ks; i++) {
    RqCache *cache = rq_cache_new (32u << 20);
    RqCache *none = rq_cache_new (0);
    RqEncoder *encoder;

    source = check_symbols_new (ks[i], 150);
    expected = check_symbols_new (REPAIR, 150);
    check_symbols_fill (&source);
    encoder = check_encoder (none, &source);
    CHECK_EQUAL (rq_encoder_write (encoder, ks[i], REPAIR, expected.at), RQ_OK);
    rq_encoder_free (encoder);
    for (unsigned j = 0; j < sizeof portions / sizeof *portions; j++) {
      /* Again and again, so that what pays only then is made. */
      for (unsigned round = 0; round < 6; round++)
        encode_in_portions (cache, portions[j], round == 5);
      encode_in_portions (none, portions[j], false);
    }
    check_symbols_free (&source);
    check_symbols_free (&expected);
    rq_cache_free (cache);
    rq_cache_free (none);
  }
}

/* Makes the repair symbols from @first on, @count of them in one call. */
static void
encode (
    RqEncoder *encoder, const CheckSymbols *out, uint32_t first, uint32_t count)
{
  CHECK_EQUAL (
      rq_encoder_write (encoder, source.n + first, count, out->at + first),
      RQ_OK);
}

/* One encoder by the generator, one by one, then by the program, and then from
   kept intermediate symbols, as rq_encoder_portion() tells; the cache being
   emptied all the time. */
static void
check_every_way (RqCache *cache, uint32_t k)
{
  RqCacheEntry *entry = rq_cache_get (cache, rq_params_k_prime (k));
  RqSituation s = situation (k, 150);
  RqEncoder *encoder;
  CheckSymbols out;
  uint32_t border;

  CHECK (rq_cache_make_generator (cache, entry) != NULL);
  s.kernels = rq_kernels ();
  border = encoding_border (&s);
  CHECK (border >= 2);
  source = check_symbols_new (k, 150);
  check_symbols_fill (&source);
  out = check_symbols_new (border + 11, 150);
  expected = check_symbols_new (out.n, 150);

  encoder = check_encoder (NULL, &source);
  encode (encoder, &expected, 0, out.n);
  rq_encoder_free (encoder);

  encoder = check_encoder (cache, &source);
  for (uint32_t i = 0; i < border; i++) {
    uint32_t portion = rq_encoder_portion (encoder, border);

    CHECK_EQUAL (portion, border < 10 ? border : 10);
    encode (encoder, &out, i, 1);
    rq_cache_clear (cache);
  }
  /* One too many altogether, though not by itself. */
  encode (encoder, &out, border, 1);
  CHECK_EQUAL (rq_encoder_portion (encoder, border), border);
  rq_cache_clear (cache);
  encode (encoder, &out, border + 1, 1);
  CHECK_EQUAL (rq_encoder_portion (encoder, border), 1);
  encode (encoder, &out, border + 2, 9);
  CHECK (check_same (&out, &expected));

  rq_encoder_free (encoder);
  rq_cache_entry_unref (entry);
  check_symbols_free (&source);
  check_symbols_free (&out);
  check_symbols_free (&expected);
}

static void
every_way_of_encoding_gives_the_same (void)
{
  static const uint32_t ks[] = { 1, 10, 12, 101, 700, 1500 };
  RqCache *cache = rq_cache_new (32u << 20);

  for (unsigned i = 0; i < sizeof ks / sizeof *ks; i++)
    check_every_way (cache, ks[i]);
  rq_cache_free (cache);
}

static void
portions_are_within_what_is_wanted (void)
{
  RqCache *cache = rq_cache_new (32u << 20);
  CheckSymbols out = check_symbols_new (1, 150);

  source = check_symbols_new (101, 150);
  for (unsigned blocks = 0; blocks < 60; blocks++) {
    RqEncoder *encoder = check_encoder (cache, &source);

    for (uint32_t total = 1; total < 200; total += 1 + total / 8) {
      uint32_t portion = rq_encoder_portion (encoder, total);

      CHECK (portion >= 1 && portion <= total);
    }
    CHECK (rq_encoder_portion (encoder, UINT32_MAX) >= 1);
    encode (encoder, &out, 0, 1);
    rq_encoder_free (encoder);
  }
  check_symbols_free (&source);
  check_symbols_free (&out);
  rq_cache_free (cache);
}

/* Who asks again before each portion is not told to make all the rest at once. */
static void
portions_stay_as_they_are (void)
{
  RqEncoder *encoder;
  CheckSymbols out = check_symbols_new (40, 1280);
  uint32_t portion;

  source = check_symbols_new (101, 1280);
  check_symbols_fill (&source);
  encoder = check_encoder (NULL, &source);
  /* Until a generator is there. */
  for (unsigned i = 0; i < 50; i++) {
    CHECK_EQUAL (
        rq_encoder_set_source (encoder, (const uint8_t *const *) source.at),
        RQ_OK);
    CHECK_EQUAL (rq_encoder_write (encoder, 101, 1, out.at), RQ_OK);
  }
  CHECK_EQUAL (
      rq_encoder_set_source (encoder, (const uint8_t *const *) source.at),
      RQ_OK);
  portion = rq_encoder_portion (encoder, 40);
  CHECK (portion <= 40);
  for (uint32_t done = 0; done < 40; done += portion) {
    uint32_t n = 40 - done < portion ? 40 - done : portion;

    CHECK_EQUAL (rq_encoder_portion (encoder, 40), portion);
    CHECK_EQUAL (
        rq_encoder_write (encoder, 101 + done, n, out.at + done), RQ_OK);
  }
  rq_encoder_free (encoder);
  check_symbols_free (&source);
  check_symbols_free (&out);
}

static void
bad_portions_are_none (void)
{
  RqEncoder *encoder = rq_encoder_new (NULL, 10, 8, NULL);

  CHECK_EQUAL (rq_encoder_portion (NULL, 5), 0);
  CHECK_EQUAL (rq_encoder_portion (encoder, 5), 0);
  source = check_symbols_new (10, 8);
  CHECK_EQUAL (
      rq_encoder_set_source (encoder, (const uint8_t *const *) source.at),
      RQ_OK);
  CHECK_EQUAL (rq_encoder_portion (encoder, 0), 0);
  CHECK (rq_encoder_portion (encoder, 5) >= 1);
  CHECK (rq_encoder_portion (encoder, UINT32_MAX) >= 1);
  rq_encoder_free (encoder);
  check_symbols_free (&source);
}

int
main (void)
{
  RUN (each_engine_has_its_place);
  RUN (a_generator_must_pay);
  RUN (borders_are_crossed_once);
  RUN (large_generators_are_never_made);
  RUN (a_plan_stays_a_plan);
  RUN (slow_products_move_the_border);
  RUN (portions_make_no_difference);
  RUN (every_way_of_encoding_gives_the_same);
  RUN (portions_are_within_what_is_wanted);
  RUN (portions_stay_as_they_are);
  RUN (bad_portions_are_none);
  return 0;
}
