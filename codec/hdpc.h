/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hdpc.h: the HDPC rows over the inactive columns (RFC 6330 section 5.3.3.3).
 * Knows peel and kernels.
 */
#ifndef RQ_HDPC_H
#define RQ_HDPC_H

#include "kernels.h"
#include "peel.h"

/**
 * The coefficients of the H HDPC rows, each over all inactive columns, when
 * every pivot is replaced by the inactive columns it depends on.
 *
 * @param place   as for rq_solve()
 * @param pivots  for each pivot the bits of the inactive columns
 * @return H rows of n_inactive octets, of @arena; NULL when out of memory
 */
uint8_t *rq_hdpc_over_inactive (const RqConstraint *constraint,
    const RqPeeling *peeling, const uint16_t *place, const RqSlots *pivots,
    RqArena *arena);

#endif
