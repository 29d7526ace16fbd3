/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * kernels.h: what is done with the bytes of symbols. Knows gf256 only.
 *
 * Kernels work on slices of RQ_SLICE_UNIT bytes or multiples of it. No
 * alignment is asked for. One set of kernels is chosen once for the process by
 * what the machine can; the environment variable RQ_KERNELS (scalar, avx2)
 * forces one, for tests.
 */
#ifndef RQ_KERNELS_H
#define RQ_KERNELS_H

#include <stddef.h>
#include <stdint.h>

/** Widths of slices are multiples of this many bytes. */
#define RQ_SLICE_UNIT 64u

/** In lists of slots: there is none. */
#define RQ_NO_SLOT 0xffffu

/** Slots: slices that lie @stride bytes apart from @base. */
typedef struct
{
  uint8_t *base;
  size_t stride;
} RqSlots;

typedef struct
{
  const char *name;

  /**
   * @dst = @init + the sum of the @n slots in @list; @init NULL: zero. @dst may
   * be @init or one of the slots that is not in @list.
   */
  void (*gather) (uint8_t *dst, const uint8_t *init, const RqSlots *slots,
      const uint16_t *list, size_t n, size_t width);

  /** @dst += the sum of @factors[i] times slot i, i < @n. */
  void (*multiply_add) (uint8_t *dst, const RqSlots *slots,
      const uint8_t *factors, size_t n, size_t width);

  /**
   * For i < @n: acc = alpha * acc + slot @order[i] (RQ_NO_SLOT: zero), and acc
   * is added to the sums @pairs[2 * i] and @pairs[2 * i + 1], which differ.
   * @acc is read first and written at last.
   */
  void (*horner) (uint8_t *acc, const RqSlots *sums, const uint8_t *pairs,
      const RqSlots *slots, const uint16_t *order, size_t n, size_t width);
} RqKernels;

extern const RqKernels rq_kernels_scalar;
#ifdef RQ_HAVE_AVX2
extern const RqKernels rq_kernels_avx2;
#endif

/** The kernels of the process; the same at every call. */
const RqKernels *rq_kernels (void);

/** All kernels that this machine can run; returns their number. */
size_t rq_kernels_list (const RqKernels *list[8]);

/**
 * Products by nibble: @rq_nibbles[c][x] = c * x and
 * @rq_nibbles[c][16 + x] = c * 16 * x for x < 16. Filled by rq_kernels().
 */
extern uint8_t rq_nibbles[256][32];

#endif
