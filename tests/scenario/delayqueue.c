/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * delayqueue.c: a binary heap of frames.
 */
#include "delayqueue.h"

#include <stdlib.h>
#include <string.h>

static double
draw (void)
{
  return random () / (RAND_MAX + 1.0);
}

static bool
before (const Frame *a, const Frame *b)
{
  return a->due_us != b->due_us ? a->due_us < b->due_us : a->number < b->number;
}

static void
swap (DelayQueue *queue, size_t a, size_t b)
{
  Frame *frame = queue->heap[a];

  queue->heap[a] = queue->heap[b];
  queue->heap[b] = frame;
}

static void
insert (DelayQueue *queue, Frame *frame)
{
  size_t at = queue->n++;

  queue->heap[at] = frame;
  while (at > 0 && before (queue->heap[at], queue->heap[(at - 1) / 2])) {
    swap (queue, at, (at - 1) / 2);
    at = (at - 1) / 2;
  }
}

static Frame *
take_first (DelayQueue *queue)
{
  Frame *first = queue->heap[0];
  size_t at = 0;

  queue->heap[0] = queue->heap[--queue->n];
  for (;;) {
    size_t child = 2 * at + 1;

    if (child + 1 < queue->n &&
        before (queue->heap[child + 1], queue->heap[child]))
      child++;
    if (child >= queue->n || !before (queue->heap[child], queue->heap[at]))
      return first;
    swap (queue, at, child);
    at = child;
  }
}

/* When a frame leaves the far end of the line. */
static int64_t
due_time (DelayQueue *queue, const LineSettings *settings, int64_t now_us)
{
  int64_t due_us = (queue->free_us > now_us ? queue->free_us : now_us) +
      (int64_t) (1e3 * (settings->delay_ms + settings->jitter_ms * draw ()));

  if (draw () * 100 < settings->reorder_percent)
    return due_us + (int64_t) (1e3 * settings->hold_ms);
  if (due_us < queue->last_due_us)
    due_us = queue->last_due_us;
  queue->last_due_us = due_us;
  return due_us;
}

void
delay_queue_push (DelayQueue *queue, const LineSettings *settings,
    const uint8_t *data, size_t size, int64_t now_us)
{
  Frame *frame;

  if (queue->n == QUEUE_MAX || size > FRAME_MAX)
    return;
  if (settings->rate_kbit > 0) {
    int64_t start_us = queue->free_us > now_us ? queue->free_us : now_us;

    if (start_us - now_us > 1e3 * settings->queue_ms)
      return;
    queue->free_us = start_us + (int64_t) (size * 8e3 / settings->rate_kbit);
  }
  frame = malloc (sizeof *frame);
  if (frame == NULL)
    return;
  frame->due_us = due_time (queue, settings, now_us);
  frame->number = queue->number++;
  frame->size = size;
  memcpy (frame->data, data, size);
  insert (queue, frame);
}

Frame *
delay_queue_pop (DelayQueue *queue, int64_t now_us)
{
  if (queue->n == 0 || queue->heap[0]->due_us > now_us)
    return NULL;
  return take_first (queue);
}

int64_t
delay_queue_next_us (const DelayQueue *queue)
{
  return queue->n > 0 ? queue->heap[0]->due_us : INT64_MAX;
}
