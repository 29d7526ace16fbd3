/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * selector.c: which way of encoding or decoding is the cheapest. Knows params,
 * generator and kernels.
 *
 * Costs are counted in octets of source that the program works off in the same
 * time; the constants were measured by tests/bench/bench-engines.
 */
#include "selector.h"

#include "generator.h"

/* Inverting n rows costs n * n times so many octets. */
#define INVERT_OCTETS 30.0

/* Largest generator made. */
#define GENERATOR_MAX ((size_t) 6 * 1024 * 1024)

/* Even the smallest slice of a program has a whole unit. */
static double
program_cost (const RqSituation *s, double octets)
{
  return s->params->k_prime * (octets > 64 ? octets : 64.0);
}

static bool
generator_allowed (const RqSituation *s)
{
  return s->has_generator || rq_generator_bytes (s->params) <= GENERATOR_MAX;
}

/* What is not there yet must be made; a generator serves later, too. */
static double
generator_cost (const RqSituation *s)
{
  if (s->has_generator)
    return 0;
  return program_cost (s, s->params->k_prime) / (1 + s->asked);
}

RqEngine
rq_select_encoding (const RqSituation *s, uint32_t count)
{
  double symbols = s->params->k_prime;
  double dense = symbols * count * s->t / s->kernels->products;

  if (generator_allowed (s) &&
      dense + generator_cost (s) < program_cost (s, s->t))
    return RQ_ENGINE_DENSE;
  return RQ_ENGINE_PROGRAM;
}

RqEngine
rq_select_decoding (const RqSituation *s, uint32_t missing)
{
  double n = missing;
  double symbols = s->params->k_prime;
  double products = s->kernels->products;
  double invert = n * n * INVERT_OCTETS;
  double encode_plan = s->has_program ? 0 : program_cost (s, s->kernels->plan);
  double dense = encode_plan + generator_cost (s) + invert +
      n * symbols * (s->t + n) / products;
  double zeros =
      encode_plan + invert + program_cost (s, s->t) + n * n * s->t / products;
  double plan = program_cost (s, s->t) + program_cost (s, s->kernels->plan);

  if (!s->has_generator)
    zeros += program_cost (s, n);
  if (generator_allowed (s) && dense < zeros && dense < plan)
    return RQ_ENGINE_DENSE;
  return zeros < plan ? RQ_ENGINE_ZEROS : RQ_ENGINE_PROGRAM;
}
