/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * kernels-loops.h: the loops of all kernels, to be included once by each set.
 * Knows kernels.h only. Before it, a set defines
 *
 *   Vec, VEC_SIZE              a vector of octets and its bytes (at most 64)
 *   vec_load, vec_store        from and to anywhere
 *   vec_zero, vec_xor, vec_xor3
 *   vec_alpha                  times alpha
 *   vec_bits (bits, i)         octets 0 or 1, of the i'th VEC_SIZE bits
 *   Factor, factor_of          a factor ready to multiply by
 *   Operand, operand_of        a vector ready to be multiplied
 *   operand_times              their product
 *   PRODUCT_ROWS, PRODUCT_VECS the block of products held in registers
 *   PRODUCT_INPUTS             inputs multiplied at a time, 1 or 2
 *   SET_NAME, SET_SYMBOL       what the set is called
 *   SET_PRODUCTS, SET_PLAN     RqKernels.products and plan
 *   SET_UNITS                  most units of sums that registers hold
 *
 * Everything is inlined into functions in which the number of units is known,
 * so that sums stay in registers.
 */
#include <string.h>

#define INLINE static inline __attribute__ ((always_inline))

/* Vectors of a unit. */
#define UNIT_VECS (RQ_SLICE_UNIT / VEC_SIZE)

/* Most vectors of sums that are held in registers. */
#define SUM_VECS (UNIT_VECS * SET_UNITS)

/* Adds @n slots to @sum, @vecs vectors of each. */
INLINE void
add_slots (Vec *sum, const uint8_t *base, size_t stride, const uint16_t *list,
    size_t n, const unsigned vecs)
{
  size_t i = 0;

  for (; i + 4 <= n; i += 4) {
    const uint8_t *a = base + list[i] * stride;
    const uint8_t *b = base + list[i + 1] * stride;
    const uint8_t *c = base + list[i + 2] * stride;
    const uint8_t *d = base + list[i + 3] * stride;

    for (unsigned v = 0; v < vecs; v++) {
      sum[v] = vec_xor3 (
          sum[v], vec_load (a + v * VEC_SIZE), vec_load (b + v * VEC_SIZE));
      sum[v] = vec_xor3 (
          sum[v], vec_load (c + v * VEC_SIZE), vec_load (d + v * VEC_SIZE));
    }
  }
  for (; i + 2 <= n; i += 2) {
    const uint8_t *a = base + list[i] * stride;
    const uint8_t *b = base + list[i + 1] * stride;

    for (unsigned v = 0; v < vecs; v++)
      sum[v] = vec_xor3 (
          sum[v], vec_load (a + v * VEC_SIZE), vec_load (b + v * VEC_SIZE));
  }
  if (i < n) {
    const uint8_t *a = base + list[i] * stride;

    for (unsigned v = 0; v < vecs; v++)
      sum[v] = vec_xor (sum[v], vec_load (a + v * VEC_SIZE));
  }
}

INLINE void
load_vecs (Vec *to, const uint8_t *from, const unsigned vecs)
{
  for (unsigned v = 0; v < vecs; v++)
    to[v] = from != NULL ? vec_load (from + v * VEC_SIZE) : vec_zero ();
}

INLINE void
store_vecs (uint8_t *to, const Vec *from, const unsigned vecs)
{
  for (unsigned v = 0; v < vecs; v++)
    vec_store (to + v * VEC_SIZE, from[v]);
}

/* ---- gather ---------------------------------------------------------------- */

INLINE void
gather_units (uint8_t *dst, const uint8_t *init, const uint8_t *base,
    size_t stride, const uint16_t *list, size_t n, const unsigned units)
{
  Vec sum[SUM_VECS];

  load_vecs (sum, init, units * UNIT_VECS);
  add_slots (sum, base, stride, list, n, units * UNIT_VECS);
  store_vecs (dst, sum, units * UNIT_VECS);
}

static void
gather (uint8_t *dst, const uint8_t *init, const RqSlots *slots,
    const uint16_t *list, size_t n, size_t width)
{
  const uint8_t *base = slots->base;
  size_t stride = slots->stride;
  size_t at = 0;

#if SET_UNITS >= 4
  for (; at + 4 * RQ_SLICE_UNIT <= width; at += 4 * RQ_SLICE_UNIT)
    gather_units (dst + at, init != NULL ? init + at : NULL, base + at, stride,
        list, n, 4);
#endif
#if SET_UNITS >= 2
  for (; at + 2 * RQ_SLICE_UNIT <= width; at += 2 * RQ_SLICE_UNIT)
    gather_units (dst + at, init != NULL ? init + at : NULL, base + at, stride,
        list, n, 2);
#endif
  for (; at < width; at += RQ_SLICE_UNIT)
    gather_units (dst + at, init != NULL ? init + at : NULL, base + at, stride,
        list, n, 1);
}

static void
subsets (uint8_t *to, const RqSlots *slots, unsigned n)
{
  Vec sum[16][UNIT_VECS];

  load_vecs (sum[0], NULL, UNIT_VECS);
  store_vecs (to, sum[0], UNIT_VECS);
  for (unsigned j = 0; j < n; j++) {
    const uint8_t *from = slots->base + j * slots->stride;

    for (unsigned i = 0; i < 1u << j; i++) {
      unsigned with = i | 1u << j;

      for (unsigned v = 0; v < UNIT_VECS; v++)
        sum[with][v] = vec_xor (sum[i][v], vec_load (from + v * VEC_SIZE));
      store_vecs (to + with * RQ_SLICE_UNIT, sum[with], UNIT_VECS);
    }
  }
}

/* ---- sums ------------------------------------------------------------------ */

/* A run of sums of @n slots each. Functions of their own, in which as much as
   possible is known, keep all pointers in registers. */
INLINE void
run_sums (const RqSumJob *job, const RqRun *run, const uint16_t *list,
    const uint32_t *input, uint8_t *to, uint8_t *const *out, const size_t n,
    const size_t stride, const unsigned units)
{
  const uint8_t *base = job->slots->base;
  const uint8_t *const *symbols = input != NULL ? job->symbols : NULL;
  size_t to_stride = out == NULL ? job->to->stride : 0;
  size_t at = job->at;
  size_t all = run->all;
  Vec sum[SUM_VECS];

  for (uint32_t i = run->count; i > 0; i--) {
    if (symbols != NULL) {
      const uint8_t *ahead = symbols[input[RQ_FETCH_AHEAD]] + at;

      for (unsigned u = 0; u < units; u++)
        __builtin_prefetch (ahead + u * RQ_SLICE_UNIT);
      load_vecs (sum, symbols[*input++] + at, units * UNIT_VECS);
    } else {
      load_vecs (sum, NULL, units * UNIT_VECS);
    }
    add_slots (sum, base, stride, list, n, units * UNIT_VECS);
    if (out != NULL)
      to = *out++ + at;
    store_vecs (to, sum, units * UNIT_VECS);
    list += all;
    to += to_stride;
  }
}

#define DEFINE_RUN(units, n)                                                   \
  static __attribute__ ((noinline)) void run_sums_##units##_##n (              \
      const RqSumJob *job, const RqRun *run, const uint16_t *list,             \
      const uint32_t *input, uint8_t *to, uint8_t *const *out)                 \
  {                                                                            \
    run_sums (job, run, list, input, to, out, n, units *RQ_SLICE_UNIT, units); \
  }

/* A run of any n, and one for each n below RUN_FUNCS - 1. */
#define DEFINE_RUNS(units)                                                     \
  DEFINE_RUN (units, 0)                                                        \
  DEFINE_RUN (units, 1)                                                        \
  DEFINE_RUN (units, 2)                                                        \
  DEFINE_RUN (units, 3)                                                        \
  DEFINE_RUN (units, 4)                                                        \
  DEFINE_RUN (units, 5)                                                        \
  DEFINE_RUN (units, 6)                                                        \
  DEFINE_RUN (units, 7)                                                        \
  static __attribute__ ((noinline)) void run_sums_##units##_any (              \
      const RqSumJob *job, const RqRun *run, const uint16_t *list,             \
      const uint32_t *input, uint8_t *to, uint8_t *const *out)                 \
  {                                                                            \
    size_t n = job->first_pass ? run->first : run->all;                        \
    run_sums (job, run, list, input, to, out, n, units *RQ_SLICE_UNIT, units); \
  }                                                                            \
  static const RunFunc run_funcs_##units[RUN_FUNCS] = { run_sums_##units##_0,  \
    run_sums_##units##_1, run_sums_##units##_2, run_sums_##units##_3,          \
    run_sums_##units##_4, run_sums_##units##_5, run_sums_##units##_6,          \
    run_sums_##units##_7, run_sums_##units##_any };

#define RUN_FUNCS 9

typedef void (*RunFunc) (const RqSumJob *job, const RqRun *run,
    const uint16_t *list, const uint32_t *input, uint8_t *to,
    uint8_t *const *out);

DEFINE_RUNS (1)
#if SET_UNITS >= 2
DEFINE_RUNS (2)
#endif
#if SET_UNITS >= 4
DEFINE_RUNS (4)
#endif
#if SET_UNITS >= 8
DEFINE_RUNS (8)
#endif

/* Slots that lie apart. */
static __attribute__ ((noinline)) void
run_strided (const RqSumJob *job, const RqRun *run, const uint16_t *list,
    const uint32_t *input, uint8_t *to, uint8_t *const *out)
{
  size_t n = job->first_pass ? run->first : run->all;

  run_sums (job, run, list, input, to, out, n, job->slots->stride, 1);
}

static const RunFunc run_funcs_strided[RUN_FUNCS] = { run_strided, run_strided,
  run_strided, run_strided, run_strided, run_strided, run_strided, run_strided,
  run_strided };

static const RunFunc *
run_funcs (unsigned units, size_t stride)
{
  if (stride != units * RQ_SLICE_UNIT)
    return run_funcs_strided;

#if SET_UNITS >= 8
  if (units == 8)
    return run_funcs_8;
#endif
#if SET_UNITS >= 4
  if (units == 4)
    return run_funcs_4;
#endif
#if SET_UNITS >= 2
  if (units == 2)
    return run_funcs_2;
#endif
  return run_funcs_1;
}

static void
sums (const RqSumJob *job, unsigned units)
{
  const RunFunc *funcs = run_funcs (units, job->slots->stride);
  const uint16_t *list = job->list;
  const uint32_t *input = job->symbols != NULL ? job->input : NULL;
  uint8_t *const *out = job->to == NULL ? job->out : NULL;
  uint8_t *to = job->to != NULL ? job->to->base : NULL;

  for (size_t r = 0; r < job->n_runs; r++) {
    const RqRun *run = &job->runs[r];
    size_t n = job->first_pass ? run->first : run->all;
    const uint32_t *own_input = run->has_input ? input : NULL;

    funcs[n < RUN_FUNCS - 1 ? n : RUN_FUNCS - 1](
        job, run, list, own_input, to, out);
    list += (size_t) run->count * run->all;
    if (own_input != NULL)
      input += run->count;
    if (out != NULL)
      out += run->count;
    else
      to += run->count * job->to->stride;
  }
}

/* ---- multiply -------------------------------------------------------------- */

/* Adds the products of one input, or of two at a time, to a block of sums. */
INLINE void
add_products (Vec sum[][PRODUCT_VECS], const RqProducts *p,
    const uint8_t *factors, size_t j, size_t at, const unsigned rows,
    const unsigned vecs, const unsigned inputs)
{
  Operand x[2][PRODUCT_VECS];

  for (unsigned i = 0; i < inputs; i++) {
    for (unsigned v = 0; v < vecs; v++)
      x[i][v] = operand_of (vec_load (p->in[j + i] + at + v * VEC_SIZE));
  }
  for (unsigned r = 0; r < rows; r++) {
    Factor f = factor_of (factors[r * p->stride]);

    if (inputs == 2) {
      Factor g = factor_of (factors[r * p->stride + 1]);

      for (unsigned v = 0; v < vecs; v++)
        sum[r][v] = vec_xor3 (
            sum[r][v], operand_times (x[0][v], f), operand_times (x[1][v], g));
    } else {
      for (unsigned v = 0; v < vecs; v++)
        sum[r][v] = vec_xor (sum[r][v], operand_times (x[0][v], f));
    }
  }
}

/* Inputs are fetched into the cache so many ahead, for the first rows: they are
   there for all rows then. */
#define INPUTS_AHEAD 16u

INLINE void
fetch_inputs (const RqProducts *p, size_t j, size_t at, const unsigned inputs,
    const unsigned vecs)
{
  for (unsigned i = 0; i < inputs; i++) {
    for (unsigned b = 0; b < vecs * VEC_SIZE; b += RQ_SLICE_UNIT)
      __builtin_prefetch (p->in[j + i] + at + b);
  }
}

/* A block of products: @rows outputs, @vecs vectors of each. */
INLINE void
multiply_block (const RqProducts *p, size_t row, size_t at, const unsigned rows,
    const unsigned vecs)
{
  Vec sum[PRODUCT_ROWS][PRODUCT_VECS];
  const uint8_t *factors = p->factors + row * p->stride;
  size_t j = 0;

  for (unsigned r = 0; r < rows; r++)
    load_vecs (sum[r], p->init != NULL ? p->init[row + r] + at : NULL, vecs);
  for (; j + PRODUCT_INPUTS <= p->n_in; j += PRODUCT_INPUTS) {
    if (row == 0 && j + INPUTS_AHEAD + PRODUCT_INPUTS <= p->n_in)
      fetch_inputs (p, j + INPUTS_AHEAD, at, PRODUCT_INPUTS, vecs);
    add_products (sum, p, factors + j, j, at, rows, vecs, PRODUCT_INPUTS);
  }
  for (; j < p->n_in; j++)
    add_products (sum, p, factors + j, j, at, rows, vecs, 1);
  for (unsigned r = 0; r < rows; r++)
    store_vecs (p->out[row + r] + at, sum[r], vecs);
}

/* @vecs vectors of all outputs. Rows are divided into blocks of nearly the same
   height; the inputs of a strip are still in the cache at the next block. */
INLINE void
multiply_strip (const RqProducts *p, size_t at, const unsigned vecs)
{
  size_t blocks = (p->n_out + PRODUCT_ROWS - 1) / PRODUCT_ROWS;
  size_t row = 0;

  for (; blocks > 0; blocks--) {
    size_t rows = (p->n_out - row + blocks - 1) / blocks;

    switch (rows) {
      case 1:
        multiply_block (p, row, at, 1, vecs);
        break;
      case 2:
        multiply_block (p, row, at, 2, vecs);
        break;
#if PRODUCT_ROWS >= 3
      case 3:
        multiply_block (p, row, at, 3, vecs);
        break;
#endif
#if PRODUCT_ROWS >= 4
      case 4:
        multiply_block (p, row, at, 4, vecs);
        break;
#endif
#if PRODUCT_ROWS >= 5
      case 5:
        multiply_block (p, row, at, 5, vecs);
        break;
#endif
      default:
        break;
    }
    row += rows;
  }
}

static void
multiply_strips (const RqProducts *p, size_t at, size_t end)
{
  for (; at + PRODUCT_VECS * VEC_SIZE <= end; at += PRODUCT_VECS * VEC_SIZE)
    multiply_strip (p, at, PRODUCT_VECS);
  for (; at + VEC_SIZE <= end; at += VEC_SIZE)
    multiply_strip (p, at, 1);
}

/* Inputs whose last bytes are copied at a time. */
#define TAIL_INPUTS 32u

/* Copies, of a vector's size, of the bytes behind the last whole vector. */
typedef struct
{
  uint8_t in[TAIL_INPUTS][VEC_SIZE];
  uint8_t out[PRODUCT_ROWS][VEC_SIZE];
  const uint8_t *in_at[TAIL_INPUTS];
  uint8_t *out_at[PRODUCT_ROWS];
} Tails;

/* Adds the products of the @n inputs from @j, which are in @tails. */
static void
add_tails (const RqProducts *p, Tails *tails, size_t j, size_t n, size_t at,
    size_t bytes)
{
  const uint8_t *const *init =
      j == 0 ? p->init : (const uint8_t *const *) p->out;

  for (size_t row = 0; row < p->n_out; row += PRODUCT_ROWS) {
    size_t left = p->n_out - row;
    size_t rows = left < PRODUCT_ROWS ? left : PRODUCT_ROWS;
    RqProducts part = { tails->out_at, (const uint8_t *const *) tails->out_at,
      rows, tails->in_at, n, p->factors + row * p->stride + j, p->stride };

    memset (tails->out, 0, sizeof tails->out);
    for (size_t r = 0; r < rows && init != NULL; r++)
      memcpy (tails->out[r], init[row + r] + at, bytes);
    multiply_strips (&part, 0, VEC_SIZE);
    for (size_t r = 0; r < rows; r++)
      memcpy (p->out[row + r] + at, tails->out[r], bytes);
  }
}

/* Fewer bytes than a vector has, at @at. */
static void
multiply_octets (const RqProducts *p, size_t at, size_t bytes)
{
  Tails tails;
  size_t j = 0;

  for (size_t r = 0; r < PRODUCT_ROWS; r++)
    tails.out_at[r] = tails.out[r];
  memset (tails.in, 0, sizeof tails.in);
  do {
    size_t left = p->n_in - j;
    size_t n = left < TAIL_INPUTS ? left : TAIL_INPUTS;

    for (size_t i = 0; i < n; i++) {
      memcpy (tails.in[i], p->in[j + i] + at, bytes);
      tails.in_at[i] = tails.in[i];
    }
    add_tails (p, &tails, j, n, at, bytes);
    j += n;
  } while (j < p->n_in);
}

static void
multiply (const RqProducts *p, size_t at, size_t bytes)
{
  size_t octets = bytes % VEC_SIZE;
  size_t end = at + bytes - octets;

  multiply_strips (p, at, end);
  if (octets != 0)
    multiply_octets (p, end, octets);
}

/* ---- horner ---------------------------------------------------------------- */

INLINE void
add_into (uint8_t *to, const Vec *acc, const unsigned vecs)
{
  for (unsigned v = 0; v < vecs; v++)
    vec_store (
        to + v * VEC_SIZE, vec_xor (acc[v], vec_load (to + v * VEC_SIZE)));
}

INLINE void
horner_units (uint8_t *acc, uint8_t *sums, const uint8_t *sum,
    const RqSlots *slots, const uint16_t *order, size_t n, const unsigned units)
{
  const uint8_t *base = slots->base;
  const size_t stride = units * RQ_SLICE_UNIT;
  const unsigned vecs = units * UNIT_VECS;
  Vec a[SUM_VECS];

  load_vecs (a, acc, vecs);
  for (size_t i = 0; i < n; i++) {
    const uint8_t *from = base + order[i] * stride;

    for (unsigned v = 0; v < vecs; v++)
      a[v] = vec_xor (vec_alpha (a[v]), vec_load (from + v * VEC_SIZE));
    add_into (sums + sum[i] * stride, a, vecs);
  }
  store_vecs (acc, a, vecs);
}

static void
horner (uint8_t *acc, uint8_t *sums, const uint8_t *sum, const RqSlots *slots,
    const uint16_t *order, size_t n, unsigned units)
{
  if (units == 1)
    horner_units (acc, sums, sum, slots, order, n, 1);
#if SET_UNITS >= 2
  else if (units == 2)
    horner_units (acc, sums, sum, slots, order, n, 2);
#endif
#if SET_UNITS >= 4
  else if (units == 4)
    horner_units (acc, sums, sum, slots, order, n, 4);
#endif
#if SET_UNITS >= 8
  else
    horner_units (acc, sums, sum, slots, order, n, 8);
#endif
}

static void
horner_bits (uint8_t *acc, uint8_t *sums, const uint8_t *sum,
    const RqSlots *slots, const uint16_t *order, size_t n)
{
  const uint8_t *base = slots->base;
  size_t stride = slots->stride;
  Vec a[UNIT_VECS];

  load_vecs (a, acc, UNIT_VECS);
  for (size_t i = 0; i < n; i++) {
    uint64_t bits;

    memcpy (&bits, base + order[i] * stride, sizeof bits);
    for (unsigned v = 0; v < UNIT_VECS; v++)
      a[v] = vec_xor (vec_alpha (a[v]), vec_bits (bits, v));
    add_into (sums + sum[i] * RQ_SLICE_UNIT, a, UNIT_VECS);
  }
  store_vecs (acc, a, UNIT_VECS);
}

const RqKernels SET_SYMBOL = {
  .name = SET_NAME,
  .units_max = SET_UNITS,
  .products = SET_PRODUCTS,
  .plan = SET_PLAN,
  .gather = gather,
  .subsets = subsets,
  .sums = sums,
  .multiply = multiply,
  .horner = horner,
  .horner_bits = horner_bits,
};
