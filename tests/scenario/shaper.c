/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * shaper.c: a line with delay, jitter, reordering and a rate: makes two TAP devices and carries frames from each to the
 * other. TAP devices need no care for offloads: the kernel cuts and sums up what it gives to them.
 *
 *   shaper DEVICE DEVICE
 *
 * Standard input has lines of settings, "delay 30 jitter 5 rate 5000 reorder 2 hold 10 queue 100" (ms, kbit/s, percent);
 * what a line does not name stays as it was. Prints "ready" when the devices are there; ends with standard input.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "delayqueue.h"

/* How many frames are read before those that are due are looked at. */
#define BATCH 64

static int64_t
now_us (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return now.tv_sec * INT64_C (1000000) + now.tv_nsec / 1000;
}

static int
open_tap (const char *name)
{
  struct ifreq request = { .ifr_flags = IFF_TAP | IFF_NO_PI };
  int fd = open ("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);

  strncpy (request.ifr_name, name, IFNAMSIZ - 1);
  if (fd < 0 || ioctl (fd, TUNSETIFF, &request) < 0) {
    fprintf (stderr, "shaper: %s: %s\n", name, strerror (errno));
    exit (1);
  }
  return fd;
}

static void
set (LineSettings *settings, const char *name, double value)
{
  const struct
  {
    const char *name;
    double *value;
  } all[] = { { "delay", &settings->delay_ms },
    { "jitter", &settings->jitter_ms }, { "rate", &settings->rate_kbit },
    { "reorder", &settings->reorder_percent }, { "hold", &settings->hold_ms },
    { "queue", &settings->queue_ms } };

  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    if (strcmp (name, all[i].name) == 0)
      *all[i].value = value;
}

/* FALSE at the end of standard input. */
static bool
read_settings (LineSettings *settings)
{
  char line[256], *rest = line, *name, *value;
  ssize_t n = read (0, line, sizeof line - 1);

  if (n <= 0)
    return false;
  line[n] = '\0';
  while ((name = strtok_r (rest, " \n", &rest)) != NULL &&
      (value = strtok_r (rest, " \n", &rest)) != NULL)
    set (settings, name, strtod (value, NULL));
  return true;
}

static void
receive (int fd, DelayQueue *queue, const LineSettings *settings)
{
  uint8_t data[FRAME_MAX];
  ssize_t n;

  for (int i = 0; i < BATCH && (n = read (fd, data, sizeof data)) > 0; i++)
    delay_queue_push (queue, settings, data, n, now_us ());
}

static void
send_due (int fd, DelayQueue *queue)
{
  Frame *frame;

  while ((frame = delay_queue_pop (queue, now_us ())) != NULL) {
    /* what the other end does not take, because it is down, is lost as on a wire */
    ssize_t n = write (fd, frame->data, frame->size);

    (void) n;
    free (frame);
  }
}

static void
wait_for (struct pollfd *polled, nfds_t n, int64_t until_us)
{
  int64_t wait_us = until_us - now_us ();
  struct timespec timeout;

  if (until_us == INT64_MAX) {
    poll (polled, n, -1);
    return;
  }
  wait_us = wait_us > 0 ? wait_us : 0;
  timeout.tv_sec = wait_us / 1000000;
  timeout.tv_nsec = wait_us % 1000000 * 1000;
  ppoll (polled, n, &timeout, NULL);
}

int
main (int argc, char **argv)
{
  static DelayQueue queues[2]; /* [i]: from device i to the other */
  LineSettings settings = { .hold_ms = 10, .queue_ms = 100 };
  struct pollfd polled[3] = { { .fd = 0, .events = POLLIN } };

  if (argc != 3) {
    fprintf (stderr, "usage: shaper DEVICE DEVICE\n");
    return 2;
  }
  for (int i = 0; i < 2; i++)
    polled[1 + i] =
        (struct pollfd){ .fd = open_tap (argv[1 + i]), .events = POLLIN };
  printf ("ready\n");
  fflush (stdout);
  for (;;) {
    int64_t next[2] = { delay_queue_next_us (&queues[0]),
      delay_queue_next_us (&queues[1]) };

    wait_for (polled, 3, next[0] < next[1] ? next[0] : next[1]);
    if (polled[0].revents != 0 && !read_settings (&settings))
      return 0;
    for (int i = 0; i < 2; i++) {
      if (polled[1 + i].revents != 0)
        receive (polled[1 + i].fd, &queues[i], &settings);
      send_due (polled[1 + !i].fd, &queues[i]);
    }
  }
}
