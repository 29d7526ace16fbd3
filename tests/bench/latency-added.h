/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * latency-added.h: how much later media come out of fecencode ! fecdecode
 * without loss than they went in.
 */
#pragma once

#include "benchreport.h"

G_BEGIN_DECLS

/** Measures each block duration and framing beside identity, @seconds each. */
void latency_added_measure (BenchReport *report, guint seconds);

G_END_DECLS
