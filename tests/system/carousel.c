/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* carousel.c: a sender of endless symbols of one object; see carousel.h. */
#include "carousel.h"

#include <raptorq.h>
#include <wire/alc.h>

/* Symbols that are made at a time: one at a time costs more. */
#define BATCH 32
/* How often it looks whether packets are due, and whether somebody listens. */
#define TICK_US 1000

struct _Carousel
{
  GstFecHub *hub;
  GstFecHubChannel *channel;
  RqEncoder *encoder;
  guint32 k;
  guint32 next_esi;
  guint32 first_repair, end_repair;
  guint16 sequence;
  gsize packet_size;
  guint8 *packets; /* BATCH of them */
  guint ready, used; /* packets made, and sent of these */
  GstFecAlcPacket header;
  gdouble rate;

  GThread *thread;
  GMutex lock;
  GCond wake;
  gboolean stop; /* under lock */
  gint sent; /* atomic */
};

/* ---- Packets ---- */

/* The next numbers that lie side by side, BATCH at most. */
static guint
next_run (Carousel *carousel, guint32 *esi)
{
  if (carousel->next_esi == carousel->k)
    carousel->next_esi = carousel->first_repair;
  if (carousel->next_esi == carousel->end_repair)
    carousel->next_esi = carousel->first_repair; /* after 2^24 / n symbols */
  *esi = carousel->next_esi;
  return MIN (
      BATCH, (*esi < carousel->k ? carousel->k : carousel->end_repair) - *esi);
}

static void
make_packets (Carousel *carousel)
{
  guint8 *symbols[BATCH];
  guint32 esi;
  guint i, n = next_run (carousel, &esi);

  for (i = 0; i < n; i++) {
    guint8 *packet = carousel->packets + i * carousel->packet_size;

    carousel->header.esi = esi + i;
    carousel->header.seq = carousel->sequence++;
    gst_fec_alc_write_header (&carousel->header, packet);
    symbols[i] = packet + GST_FEC_ALC_HEADER_SIZE;
  }
  if (rq_encoder_write (carousel->encoder, esi, n, symbols) != RQ_OK)
    g_error ("carousel: no symbols %u to %u", esi, esi + n - 1);
  carousel->next_esi += n;
  carousel->ready = n;
  carousel->used = 0;
}

static void
send_packets (Carousel *carousel, guint n)
{
  for (; n > 0; n--) {
    if (carousel->used == carousel->ready)
      make_packets (carousel);
    gst_fec_hub_write (carousel->hub, carousel->channel,
        carousel->packets + carousel->used++ * carousel->packet_size,
        carousel->packet_size);
    g_atomic_int_inc (&carousel->sent);
  }
  gst_fec_hub_flush (carousel->hub, carousel->channel);
}

/* ---- Thread ---- */

/* Sleeps for a tick; FALSE: it is over. */
static gboolean
pause_carousel (Carousel *carousel)
{
  gint64 until = g_get_monotonic_time () + TICK_US;
  gboolean stop;

  g_mutex_lock (&carousel->lock);
  while (!carousel->stop &&
      g_cond_wait_until (&carousel->wake, &carousel->lock, until))
    ;
  stop = carousel->stop;
  g_mutex_unlock (&carousel->lock);
  return !stop;
}

static gpointer
run (gpointer user_data)
{
  Carousel *carousel = user_data;
  gint64 begin = 0; /* when somebody began to listen */
  guint64 sent = 0; /* since then */

  do {
    if (gst_fec_hub_channel_get_listeners (carousel->hub, carousel->channel) ==
        0) {
      begin = 0;
    } else if (begin == 0) {
      begin = g_get_monotonic_time ();
      sent = 0;
    } else {
      guint64 due = (g_get_monotonic_time () - begin) * carousel->rate / 1e6;

      send_packets (carousel, due - sent);
      sent = due;
    }
  } while (pause_carousel (carousel));
  return NULL;
}

/* ---- Begin and end ---- */

static void
set_up_packets (Carousel *carousel, const CarouselSettings *settings)
{
  guint8 alignment = gst_fec_alc_alignment (settings->symbol_size);
  guint32 share;

  carousel->k =
      (settings->size + settings->symbol_size - 1) / settings->symbol_size;
  share = (RQ_ESI_MAX + 1 - carousel->k) / settings->n_ranges;
  carousel->first_repair = carousel->k + settings->range * share;
  carousel->end_repair = carousel->first_repair + share;
  carousel->next_esi = settings->systematic ? 0 : carousel->first_repair;
  carousel->packet_size = GST_FEC_ALC_HEADER_SIZE + settings->symbol_size;
  carousel->packets = g_malloc0 (BATCH * carousel->packet_size);
  carousel->header = (GstFecAlcPacket){ .tsi = settings->tsi,
    .toi = settings->toi,
    .close_session = TRUE,
    .has_block = TRUE,
    .block_flags = GST_FEC_BLOCK_LAST,
    .has_oti = TRUE,
    .oti = { settings->size, settings->symbol_size, 1, 1, alignment } };
  carousel->encoder =
      rq_encoder_new (NULL, carousel->k, settings->symbol_size, NULL);
  if (carousel->encoder == NULL ||
      rq_encoder_set_source_block (carousel->encoder, settings->object,
          settings->size, settings->symbol_size) != RQ_OK)
    g_error ("carousel: the object is too large");
}

static gboolean
set_up_channel (
    Carousel *carousel, const CarouselSettings *settings, GError **error)
{
  GstFecDescription description = { .name = (gchar *) settings->channel,
    .tsi = settings->tsi,
    .symbol_size = settings->symbol_size,
    .alignment = gst_fec_alc_alignment (settings->symbol_size),
    .media_caps = (gchar *) "application/octet-stream" };

  carousel->channel =
      gst_fec_hub_add_channel (carousel->hub, &description, error);
  return carousel->channel != NULL &&
      gst_fec_hub_start (carousel->hub, "127.0.0.1", settings->port, error);
}

static void
carousel_free (Carousel *carousel)
{
  gst_fec_hub_stop (carousel->hub);
  gst_object_unref (carousel->hub);
  rq_encoder_free (carousel->encoder);
  g_free (carousel->packets);
  g_mutex_clear (&carousel->lock);
  g_cond_clear (&carousel->wake);
  g_free (carousel);
}

Carousel *
carousel_start (const CarouselSettings *settings, GError **error)
{
  Carousel *carousel = g_new0 (Carousel, 1);

  g_mutex_init (&carousel->lock);
  g_cond_init (&carousel->wake);
  carousel->rate = settings->rate;
  carousel->hub = gst_fec_hub_new ();
  set_up_packets (carousel, settings);
  if (!set_up_channel (carousel, settings, error)) {
    carousel_free (carousel);
    return NULL;
  }
  carousel->thread = g_thread_new ("carousel", run, carousel);
  return carousel;
}

void
carousel_stop (Carousel *carousel)
{
  g_mutex_lock (&carousel->lock);
  carousel->stop = TRUE;
  g_cond_signal (&carousel->wake);
  g_mutex_unlock (&carousel->lock);
  g_thread_join (carousel->thread);
  gst_fec_hub_remove_channel (carousel->hub, carousel->channel);
  carousel_free (carousel);
}

guint16
carousel_get_port (Carousel *carousel)
{
  return gst_fec_hub_get_port (carousel->hub);
}

GstFecHub *
carousel_get_hub (Carousel *carousel)
{
  return carousel->hub;
}

guint32
carousel_get_k (Carousel *carousel)
{
  return carousel->k;
}

guint
carousel_get_sent (Carousel *carousel)
{
  return (guint) g_atomic_int_get (&carousel->sent);
}
