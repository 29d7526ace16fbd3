/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * check.h: what the codec's tests share: checks, random numbers, blocks. Knows
 * raptorq.h and libc only.
 */
#ifndef CODEC_CHECK_H
#define CODEC_CHECK_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "raptorq.h"

/** Ends the test with a message when @condition does not hold. */
#define CHECK(condition)                                                       \
  do {                                                                         \
    if (!(condition)) {                                                        \
      fprintf (stderr, "%s:%d: %s: not true: %s\n", __FILE__, __LINE__,        \
          __func__, #condition);                                               \
      exit (1);                                                                \
    }                                                                          \
  } while (0)

/** The same for two numbers, which are printed. */
#define CHECK_EQUAL(a, b)                                                      \
  do {                                                                         \
    long long a_ = (long long) (a);                                            \
    long long b_ = (long long) (b);                                            \
    if (a_ != b_) {                                                            \
      fprintf (stderr, "%s:%d: %s: %s is %lld, not %lld\n", __FILE__,          \
          __LINE__, __func__, #a, a_, b_);                                     \
      exit (1);                                                                \
    }                                                                          \
  } while (0)

/** Runs a test and says so. */
#define RUN(test)                                                              \
  do {                                                                         \
    printf ("%s\n", #test);                                                    \
    fflush (stdout);                                                           \
    test ();                                                                   \
  } while (0)

/** Status of a test that was skipped, for Meson. */
#define CHECK_SKIPPED 77

/** Says so and returns false when RQ_KERNELS names kernels that this machine
    does not have. */
static inline bool
check_kernels (void)
{
  const char *name = getenv ("RQ_KERNELS");

  if (name == NULL || strcmp (name, rq_kernels_name ()) == 0)
    return true;
  printf ("skipped: this machine has no %s kernels\n", name);
  return false;
}

static uint64_t check_random_state = UINT64_C (88172645463325252);

/** The next random number; the same ones in every run. */
static inline uint64_t
check_random (void)
{
  check_random_state ^= check_random_state << 13;
  check_random_state ^= check_random_state >> 7;
  check_random_state ^= check_random_state << 17;
  return check_random_state;
}

static inline uint32_t
check_random_below (uint32_t n)
{
  return (uint32_t) ((check_random () >> 16) % n);
}

/** Symbols in one piece, and pointers to them; @stride bytes apart. */
typedef struct
{
  uint32_t n;
  size_t stride;
  uint8_t *data;
  uint8_t **at;
} CheckSymbols;

/** Zeroed symbols, one byte off from any alignment. */
static inline CheckSymbols
check_symbols_new (uint32_t n, uint32_t t)
{
  CheckSymbols s = { .n = n, .stride = t };

  s.data = calloc ((size_t) n * t + 1, 1);
  s.at = malloc ((n + 1) * sizeof *s.at);
  CHECK (s.data != NULL && s.at != NULL);
  for (uint32_t i = 0; i < n; i++)
    s.at[i] = s.data + 1 + (size_t) i * t;
  return s;
}

static inline void
check_symbols_fill (CheckSymbols *s)
{
  for (size_t i = 0; i < s->n * s->stride; i++)
    s->data[1 + i] = (uint8_t) check_random ();
}

static inline void
check_symbols_free (CheckSymbols *s)
{
  free (s->data);
  free (s->at);
}

/** An encoder of @source. */
static inline RqEncoder *
check_encoder (RqCache *cache, const CheckSymbols *source)
{
  RqStatus status;
  RqEncoder *encoder =
      rq_encoder_new (cache, source->n, (uint32_t) source->stride, &status);

  CHECK_EQUAL (status, RQ_OK);
  CHECK (encoder != NULL);
  CHECK_EQUAL (
      rq_encoder_set_source (encoder, (const uint8_t *const *) source->at),
      RQ_OK);
  return encoder;
}

/** A decoder into @block. */
static inline RqDecoder *
check_decoder (RqCache *cache, const CheckSymbols *block)
{
  RqStatus status;
  RqDecoder *decoder =
      rq_decoder_new (cache, block->n, (uint32_t) block->stride, &status);

  CHECK_EQUAL (status, RQ_OK);
  CHECK (decoder != NULL);
  CHECK_EQUAL (rq_decoder_set_block (decoder, block->at), RQ_OK);
  return decoder;
}

static inline bool
check_same (const CheckSymbols *a, const CheckSymbols *b)
{
  return memcmp (a->data + 1, b->data + 1, a->n * a->stride) == 0;
}

#endif
