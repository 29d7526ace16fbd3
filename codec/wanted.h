/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * wanted.h: lists of encoding symbols for a program to write, in memory that is
 * used again. Knows program and alloc.
 */
#ifndef RQ_WANTED_H
#define RQ_WANTED_H

#include "program.h"

/** All zero is an empty list. */
typedef struct
{
  RqWanted wanted;
  uint32_t capacity;
} RqWantedList;

/** Empties @list and makes room for @capacity symbols; false: no memory. */
bool rq_wanted_prepare (RqWantedList *list, uint32_t capacity);

/** Adds the symbol @isi, within the room prepared. */
void rq_wanted_add (RqWantedList *list, const RqProgram *program, uint32_t isi);

void rq_wanted_clear (RqWantedList *list);

#endif
