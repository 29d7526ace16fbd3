/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * carousel.h: a sender that offers one object for as long as it is asked to: a hub with one channel, to which a thread
 * writes different encoding symbols of the object without end. While nobody listens it waits. Knows codec, packets and
 * hub.
 */
#pragma once

#include <transport/hub.h>

G_BEGIN_DECLS

typedef struct
{
  guint16 port; /**< at 127.0.0.1; 0: any */
  const gchar *channel;
  guint32 tsi;
  guint32 toi;
  const guint8 *object; /**< borrowed as long as the carousel lives */
  gsize size; /**< bytes of it, 1 to RQ_K_MAX symbols */
  guint16 symbol_size; /**< T */
  gdouble rate; /**< packets a second */
  /** source symbols first; only where range is 0 */
  gboolean systematic;
  guint range,
      n_ranges; /**< which of how many disjoint ranges of repair ESIs */
} CarouselSettings;

typedef struct _Carousel Carousel;

/** Starts the hub and the thread. NULL with @error set when the port is taken. */
Carousel *carousel_start (const CarouselSettings *settings, GError **error);
void carousel_stop (Carousel *carousel);

guint16 carousel_get_port (Carousel *carousel);
/** (transfer none) */
GstFecHub *carousel_get_hub (Carousel *carousel);
/** K, and how many packets were sent so far; any thread. */
guint32 carousel_get_k (Carousel *carousel);
guint carousel_get_sent (Carousel *carousel);

G_END_DECLS
