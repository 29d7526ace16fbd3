/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * startup.h: how long it takes from the start of a receiver to its first
 * decoded byte.
 */
#pragma once

#include "benchreport.h"

G_BEGIN_DECLS

/**
 * Starts receivers @starts times each against a running channel on loopback:
 * fecsrc ! fecdecode, the program @fec_get (NULL: left out), and udpsrc.
 */
void startup_measure (BenchReport *report, guint starts, const gchar *fec_get);

G_END_DECLS
