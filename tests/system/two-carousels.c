/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * two-carousels.c: two servers send one object, each other repair symbols of it: a client that listens to both has it in
 * half the time, and no symbol came twice.
 */
#include <gst/app/gstappsink.h>
#include <stdlib.h>
#include <string.h>

#include "carousel.h"
#include "testscene.h"

#define N_CAROUSELS 2
#define SYMBOL_SIZE 1344
#define K 4000
#define RATE 2000.0
#define TOLERANCE 0.05
/* A machine that is busy with other things may spoil a measurement. */
#define ATTEMPTS 3

typedef struct
{
  GMutex lock;
  GByteArray *bytes; /* under lock, as what follows */
  gint64 first_packet;
  gint64 decoded;
  guint packets;
} Reception;

static GstPadProbeReturn
on_packet (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  Reception *reception = user_data;

  g_mutex_lock (&reception->lock);
  if (reception->first_packet == 0)
    reception->first_packet = g_get_monotonic_time ();
  if (reception->decoded == 0)
    reception->packets += info->type & GST_PAD_PROBE_TYPE_BUFFER_LIST
        ? gst_buffer_list_length (GST_PAD_PROBE_INFO_BUFFER_LIST (info))
        : 1;
  g_mutex_unlock (&reception->lock);
  return GST_PAD_PROBE_OK;
}

static GstFlowReturn
on_sample (GstAppSink *sink, gpointer user_data)
{
  Reception *reception = user_data;
  GstSample *sample = gst_app_sink_pull_sample (sink);
  GstMapInfo map;

  if (sample == NULL)
    return GST_FLOW_EOS;
  gst_buffer_map (gst_sample_get_buffer (sample), &map, GST_MAP_READ);
  g_mutex_lock (&reception->lock);
  if (reception->decoded == 0)
    reception->decoded = g_get_monotonic_time ();
  g_byte_array_append (reception->bytes, map.data, map.size);
  g_mutex_unlock (&reception->lock);
  gst_buffer_unmap (gst_sample_get_buffer (sample), &map);
  gst_sample_unref (sample);
  return GST_FLOW_OK;
}

static Carousel *
start_carousel (GBytes *object, guint range)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (object, &size);
  const CarouselSettings settings = { .channel = "object",
    .tsi = 7,
    .toi = 1,
    .object = data,
    .size = size,
    .symbol_size = SYMBOL_SIZE,
    .rate = RATE,
    .range = range,
    .n_ranges = N_CAROUSELS };
  GError *error = NULL;
  Carousel *carousel = carousel_start (&settings, &error);

  if (carousel == NULL)
    g_error ("%s", error->message);
  return carousel;
}

static GstElement *
make_client (Carousel *const *carousels, guint n)
{
  GString *uris = g_string_new (NULL);
  GstElement *client;
  guint i;

  for (i = 0; i < n; i++)
    g_string_append_printf (
        uris, "fec://127.0.0.1:%u/object ", carousel_get_port (carousels[i]));
  client =
      test_pipeline ("fecsrc name=source protocols=udp uris=\"%s\" ! fecdecode "
                     "name=decoder latency=3600000 "
                     "! appsink name=out sync=false",
          uris->str);
  g_string_free (uris, TRUE);
  return client;
}

static void
watch_client (GstElement *client, Reception *reception)
{
  static GstAppSinkCallbacks callbacks = { .new_sample = on_sample };
  GstPad *pad = test_pad (client, "decoder", "sink");
  GstElement *sink = gst_bin_get_by_name (GST_BIN (client), "out");

  gst_pad_add_probe (pad,
      GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST, on_packet,
      reception, NULL);
  gst_app_sink_set_callbacks (GST_APP_SINK (sink), &callbacks, reception, NULL);
  gst_object_unref (sink);
  gst_object_unref (pad);
}

/* Plays until the end of the stream. */
static gboolean
play (GstElement *client)
{
  GstBus *bus = gst_element_get_bus (client);
  GstMessage *message = NULL;
  gboolean good = test_pipeline_play (client);

  if (good)
    message = gst_bus_timed_pop_filtered (
        bus, TEST_PATIENCE * GST_USECOND, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  good = message != NULL && GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS;
  if (!good)
    g_printerr ("the stream did not end\n");
  gst_clear_message (&message);
  gst_object_unref (bus);
  return good;
}

static gboolean
check (GstElement *client, const Reception *reception, GBytes *object)
{
  gsize size;
  gconstpointer data = g_bytes_get_data (object, &size);
  guint64 duplicates = test_stat (client, "source", "packets-duplicate") +
      test_stat (client, "decoder", "packets-duplicate");

  g_print ("%u packets for %u symbols in %.1f ms, %" G_GUINT64_FORMAT
           " duplicates\n",
      reception->packets, K,
      (reception->decoded - reception->first_packet) / 1e3, duplicates);
  if (size != reception->bytes->len ||
      memcmp (data, reception->bytes->data, size) != 0)
    g_printerr ("other bytes came out than went in\n");
  else if (duplicates > 0)
    g_printerr ("symbols came twice\n");
  else
    return TRUE;
  return FALSE;
}

/* Receives @object from @n servers; how long it took in microseconds, or -1. */
static gint64
receive (GBytes *object, guint n)
{
  Reception reception = { .bytes = g_byte_array_new () };
  Carousel *carousels[N_CAROUSELS];
  GstElement *client;
  gboolean good;
  guint i;

  g_mutex_init (&reception.lock);
  for (i = 0; i < n; i++)
    carousels[i] = start_carousel (object, i);
  client = make_client (carousels, n);
  watch_client (client, &reception);
  good = play (client) && check (client, &reception, object);
  test_pipeline_stop (client);
  for (i = 0; i < n; i++)
    carousel_stop (carousels[i]);
  g_byte_array_unref (reception.bytes);
  g_mutex_clear (&reception.lock);
  return good ? reception.decoded - reception.first_packet : -1;
}

static GBytes *
make_object (void)
{
  gsize size = (gsize) K * SYMBOL_SIZE - 100, i;
  guint8 *data = g_malloc (size);
  GRand *random = g_rand_new_with_seed (1);

  for (i = 0; i < size; i++)
    data[i] = g_rand_int (random) & 0xff;
  g_rand_free (random);
  return g_bytes_new_take (data, size);
}

/* One server and then two; what share of half the time the two take, or -1. */
static gdouble
compare (GBytes *object)
{
  gint64 alone = receive (object, 1);
  gint64 together = alone < 0 ? -1 : receive (object, N_CAROUSELS);
  gdouble share = (gdouble) together * N_CAROUSELS / alone;

  if (together < 0)
    return -1;
  g_print ("two servers take %.3f of half the time of one\n", share);
  return share;
}

int
main (int argc, char **argv)
{
  static const gchar *const elements[] = { "fecsrc", "fecdecode", NULL };
  gdouble share = 0;
  GBytes *object;
  guint i;

  gst_init (&argc, &argv);
  test_need_elements (elements);
  object = make_object ();
  for (i = 0; i < ATTEMPTS && share >= 0 && ABS (share - 1) > TOLERANCE; i++)
    share = compare (object);
  g_bytes_unref (object);
  if (ABS (share - 1) <= TOLERANCE)
    return EXIT_SUCCESS;
  g_printerr ("that is not half the time\n");
  return EXIT_FAILURE;
}
