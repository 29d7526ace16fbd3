/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * planner.h: makes a program for a set of symbols. Knows solve and program.
 */
#ifndef RQ_PLANNER_H
#define RQ_PLANNER_H

#include "constraint.h"
#include "program.h"

/**
 * Plans how to get all intermediate symbols from @n symbols with the different
 * internal symbol IDs @isis; symbol i is input i of the program.
 *
 * @param result      memory of the program
 * @param scratch     working memory, reset before and after
 * @param deficiency  symbols that are missing at least, with RQ_NEED_MORE
 * @return RQ_OK, RQ_NEED_MORE when the symbols are not independent enough,
 *   RQ_ERR_MEMORY
 */
RqStatus rq_plan (RqProgram *program, const RqConstraint *constraint,
    const uint32_t *isis, uint32_t n, RqArena *result, RqArena *scratch,
    uint32_t *deficiency);

#endif
