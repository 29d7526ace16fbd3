/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * table.h: what the demo shows in the terminal: a line for each player, drawn over itself once a second on a terminal,
 * printed every few seconds elsewhere.
 */
#pragma once

#include "player.h"

G_BEGIN_DECLS

typedef struct _Table Table;

/** A table of @players (a GPtrArray of Player, borrowed). */
Table *table_new (GPtrArray *players);
void table_free (Table *table);
/** Draws it; @elapsed and @total in seconds. */
void table_draw (Table *table, guint elapsed, guint total);
/** Prints it once more, to stay. */
void table_draw_last (Table *table, guint elapsed);

G_END_DECLS
