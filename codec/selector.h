/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * selector.h: which way of encoding or decoding is the cheapest. Knows params
 * and kernels.
 */
#ifndef RQ_SELECTOR_H
#define RQ_SELECTOR_H

#include <stdbool.h>

#include "kernels.h"
#include "params.h"

typedef enum
{
  RQ_ENGINE_DENSE, /**< by the generator matrix */
  RQ_ENGINE_ZEROS, /**< decoding: encode with zeros, solve for what is missing */
  RQ_ENGINE_PROGRAM, /**< encoding: run the program; decoding: make a plan */
} RqEngine;

typedef struct
{
  const RqKernels *kernels;
  const RqParams *params;
  uint32_t t; /**< bytes of a symbol */
  bool has_program; /**< the one for encoding is there */
  bool has_generator;
  /** Times a generator would have served already: it is made when that will
      probably pay. */
  uint32_t asked;
} RqSituation;

/** For making @count repair symbols at once. */
RqEngine rq_select_encoding (const RqSituation *situation, uint32_t count);

/** For getting @missing source symbols back. */
RqEngine rq_select_decoding (const RqSituation *situation, uint32_t missing);

#endif
