/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * delayqueue.h: frames that wait for the time they are due, of one direction of a line.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FRAME_MAX 2048
#define QUEUE_MAX 4096

/** Settings of a line, of both directions. */
typedef struct
{
  double delay_ms;
  double jitter_ms; /* a frame takes up to so much longer; the order stays */
  double rate_kbit; /* 0: no limit */
  double
      reorder_percent; /* of the frames are overtaken by those of the next hold_ms */
  double hold_ms;
  double queue_ms; /* with a rate: frames that would wait longer are lost */
} LineSettings;

typedef struct
{
  int64_t due_us;
  uint64_t number;
  size_t size;
  uint8_t data[FRAME_MAX];
} Frame;

typedef struct
{
  Frame *heap[QUEUE_MAX]; /* by due_us, then by number */
  size_t n;
  uint64_t number;
  int64_t free_us; /* when the line has sent what it was given */
  int64_t last_due_us;
} DelayQueue;

/** Takes a copy of a frame that came at @now_us, or loses it when the queue is full. */
void delay_queue_push (DelayQueue *queue, const LineSettings *settings,
    const uint8_t *data, size_t size, int64_t now_us);
/** The frame that is due at @now_us, to be freed; NULL: none. */
Frame *delay_queue_pop (DelayQueue *queue, int64_t now_us);
/** When the next one is due; INT64_MAX: never. */
int64_t delay_queue_next_us (const DelayQueue *queue);
