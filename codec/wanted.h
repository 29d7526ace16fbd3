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
  RqWanted wanted; /**< valid after rq_wanted_finish() */
  uint32_t capacity;
  /** As they were added: places in list, shapes and outputs. */
  uint32_t n;
  uint32_t *start;
  uint8_t *shape;
  uint16_t *list;
  uint8_t **to;
} RqWantedList;

/** Empties @list and makes room for @capacity symbols; false: no memory. */
bool rq_wanted_prepare (RqWantedList *list, uint32_t capacity);

/** Adds the symbol @isi, to be written to @to, within the room prepared. */
void rq_wanted_add (
    RqWantedList *list, const RqProgram *program, uint32_t isi, uint8_t *to);

/** Brings those of one shape together. Nothing is added any more. */
void rq_wanted_finish (RqWantedList *list);

void rq_wanted_clear (RqWantedList *list);

#endif
