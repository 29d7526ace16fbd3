/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-selector.c: which engine is chosen, and that it makes no difference to
 * what comes out. Knows the codec's inner functions.
 */
#include "selector.h"

#include "check.h"

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
  RUN (portions_make_no_difference);
  RUN (portions_stay_as_they_are);
  RUN (bad_portions_are_none);
  return 0;
}
