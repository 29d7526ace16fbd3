/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hdpc.h: the HDPC rows over the inactive columns (RFC 6330 section 5.3.3.3).
 * Knows constraint and kernels.
 */
#ifndef RQ_HDPC_H
#define RQ_HDPC_H

#include <stdbool.h>

#include "constraint.h"
#include "kernels.h"

/**
 * The coefficients of the H HDPC rows, each over all inactive columns, when
 * every pivot is replaced by the inactive columns it depends on.
 *
 * @param slot    of each intermediate symbol
 * @param bits    for each slot @words words: the inactive columns it depends on
 * @param rows    is filled in: H rows of @words * 64 octets, of @arena
 * @return false when out of memory
 */
bool rq_hdpc_over_inactive (const RqConstraint *constraint,
    const uint16_t *slot, const RqSlots *bits, uint32_t words, RqSlots *rows,
    RqArena *arena);

#endif
