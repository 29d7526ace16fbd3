/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * kernels.h: what is done with the bytes of symbols. Knows gf256 only.
 *
 * Symbols are worked on in slices of units of 64 bytes. No alignment is asked
 * for. One set of kernels is chosen once for the process by what the machine
 * can do; the environment variable RQ_KERNELS or rq_kernels_force() names
 * another one, for tests. All sets are the loops of kernels-loops.h, made of
 * the vectors of one instruction set each.
 */
#ifndef RQ_KERNELS_H
#define RQ_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Widths of slices are multiples of this many bytes. */
#define RQ_SLICE_UNIT 64u

/** Most units of a slice that any set of kernels takes. */
#define RQ_UNITS_MAX 8u

/** Entries that must follow the last one of RqSumJob.input. */
#define RQ_FETCH_AHEAD 12u

/** Slots: slices that lie @stride bytes apart from @base. */
typedef struct
{
  uint8_t *base;
  size_t stride;
} RqSlots;

/** A run: sums of one shape that follow each other. */
typedef struct
{
  uint16_t count; /**< sums */
  uint16_t first; /**< slots of each that count in the first pass */
  uint16_t all; /**< slots of each */
  uint16_t has_input; /**< 1: each begins with an input symbol */
} RqRun;

/** A list of runs. Sum after sum takes its slots from list, its input from
    input, and is written to the next slot. */
typedef struct
{
  const RqSlots *slots; /**< what is added */
  const RqSlots *to; /**< sum i is written to slot i of these, or, NULL, */
  uint8_t *const *out; /**< to out[i] + at */
  const RqRun *runs;
  size_t n_runs;
  const uint16_t *list;
  /** Index of the symbol of each sum that has one; RQ_FETCH_AHEAD valid indices
      more follow, which are only fetched into the cache. */
  const uint32_t *input;
  const uint8_t *const *symbols; /**< NULL: sums have no input at all */
  size_t at; /**< where the slice begins in the symbols and in out */
  bool first_pass;
} RqSumJob;

/** out[i] = init[i] + the sum over j of factors[i * stride + j] * in[j]. */
typedef struct
{
  uint8_t *const *out; /**< n_out; none of them among in */
  const uint8_t *const *init; /**< n_out, or NULL for zero; may be out */
  size_t n_out;
  const uint8_t *const *in; /**< n_in */
  size_t n_in;
  const uint8_t *factors;
  size_t stride;
} RqProducts;

typedef struct
{
  const char *name;

  /** How engines are chosen, in octets of source that a program works off in the
      same time: 1 / products for each octet of multiply(), plan for each row of a
      plan. Measured by tests/bench/bench-engines. */
  double products;
  double plan;

  /** Most units that sums() and horner() take; they take 1, 2, 4, 8. */
  unsigned units_max;

  /** @dst = @init + the sum of the @n slots in @list, @width bytes (whole
      units). @init NULL: zero. @dst may be @init or a slot not in @list. */
  void (*gather) (uint8_t *dst, const uint8_t *init, const RqSlots *slots,
      const uint16_t *list, size_t n, size_t width);

  /** Writes the sums of all subsets of @n slots (at most 4) from @slots: sum i,
      of the slots j whose bit j is set in i, to @to + i * units. One unit. */
  void (*subsets) (uint8_t *to, const RqSlots *slots, unsigned n);

  /** Works a list of sums off, in order, on slices of @units units: of slots
      side by side, or, one unit at a time, of slots that lie apart. */
  void (*sums) (const RqSumJob *job, unsigned units);

  /** Bytes @at to @at + @bytes of the products; any number of bytes. */
  void (*multiply) (const RqProducts *products, size_t at, size_t bytes);

  /** For i < @n: acc = alpha * acc + slot @order[i], and acc is added to the sum
      @sum[i]; the sums lie side by side like the slots. @acc is read first and
      written at last. */
  void (*horner) (uint8_t *acc, uint8_t *sums, const uint8_t *sum,
      const RqSlots *slots, const uint16_t *order, size_t n, unsigned units);

  /** The same for one unit of octets that are the bits of a word, at
      @slots->base + order[i] * stride, bit 0 being the first octet. */
  void (*horner_bits) (uint8_t *acc, uint8_t *sums, const uint8_t *sum,
      const RqSlots *slots, const uint16_t *order, size_t n);
} RqKernels;

extern const RqKernels rq_kernels_scalar;
#ifdef RQ_HAVE_SSSE3
extern const RqKernels rq_kernels_ssse3;
#endif
#ifdef RQ_HAVE_AVX2
extern const RqKernels rq_kernels_avx2;
#endif
#ifdef RQ_HAVE_AVX2GFNI
extern const RqKernels rq_kernels_avx2gfni;
#endif
#ifdef RQ_HAVE_AVX512
extern const RqKernels rq_kernels_avx512;
#endif
#ifdef RQ_HAVE_NEON
extern const RqKernels rq_kernels_neon;
#endif

/** The kernels in use; may be called by any thread. */
const RqKernels *rq_kernels (void);

/** Most sets of kernels of a machine. */
#define RQ_KERNEL_SETS 8u

/** All kernels that this machine can run, slowest first; returns their number. */
size_t rq_kernels_list (const RqKernels *list[RQ_KERNEL_SETS]);

/**
 * Products by nibble: @rq_nibbles[c][x] = c * x and
 * @rq_nibbles[c][16 + x] = c * 16 * x for x < 16. Filled by rq_kernels().
 */
extern uint8_t rq_nibbles[256][32];

/** Multiplication by c as the 8 x 8 bit matrix that GFNI takes. Filled by
    rq_kernels(). */
extern uint64_t rq_bit_matrices[256];

/** rq_bit_matrices[2], for code that multiplies by alpha only. */
#define RQ_ALPHA_MATRIX UINT64_C (0x8001828488102040)

#endif
