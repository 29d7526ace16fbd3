/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fecsrc-servers.c: tests of fecsrc with two hubs in the same process, by UDP and TCP, over the loopback. */
#include <gst/check/gstcheck.h>
#include <gst/check/gstharness.h>
#include <string.h>

#include "../unit/transport/testclient.h"
#include "transport/hub.h"
#include "wire/alc.h"

#define TSI 9
#define PACKET_SIZE 1384
#define TIMEOUT (10 * GST_SECOND)
#define N_HUBS 2

static GstFecHub *hubs[N_HUBS];
static GstFecHubChannel *channels[N_HUBS];
static guint16 ports[N_HUBS];
static GstHarness *h;
static GstBus *bus;

static void
setup (void)
{
  guint i;

  for (i = 0; i < N_HUBS; i++) {
    hubs[i] = gst_fec_hub_new ();
    fail_unless (gst_fec_hub_start (hubs[i], "127.0.0.1", 0, NULL));
    ports[i] = gst_fec_hub_get_port (hubs[i]);
  }
  h = NULL;
  bus = gst_bus_new ();
}

static void
teardown (void)
{
  guint i;

  for (i = 0; i < N_HUBS; i++) {
    gst_fec_hub_stop (hubs[i]);
    gst_object_unref (hubs[i]);
  }
  gst_object_unref (bus);
}

static void
add_channel (guint i, guint32 tsi)
{
  GstFecDescription description = {
    .name = (gchar *) "live",
    .tsi = tsi,
    .symbol_size = PACKET_SIZE - GST_FEC_ALC_HEADER_SIZE,
    .alignment = 4,
    .media_caps = (gchar *) "video/mpegts",
  };

  channels[i] = gst_fec_hub_add_channel (hubs[i], &description, NULL);
  fail_unless (channels[i] != NULL);
}

static void
start_source (const gchar *properties)
{
  gchar *line = g_strdup_printf ("fecsrc uris=\"fec://127.0.0.1:%u/live, "
                                 "fec://127.0.0.1:%u/live\" %s",
      ports[0], ports[1], properties);
  GstElement *element = gst_parse_launch (line, NULL);

  g_free (line);
  fail_unless (element != NULL);
  h = gst_harness_new_with_element (element, NULL, "src");
  gst_object_unref (element);
  gst_harness_use_systemclock (h);
  gst_element_set_bus (h->element, bus);
  gst_harness_play (h);
}

static void
stop_source (void)
{
  gst_element_set_bus (h->element, NULL);
  gst_harness_teardown (h);
  h = NULL;
}

static void
wait_listeners (guint i, guint n)
{
  gint64 until = g_get_monotonic_time () + 10 * G_USEC_PER_SEC;

  while (gst_fec_hub_channel_get_listeners (hubs[i], channels[i]) != n) {
    fail_unless (g_get_monotonic_time () < until);
    g_thread_yield ();
  }
}

/* Packets with the ESIs and sequence numbers from @first on, every @step-th. */
static void
write_packets (guint i, guint first, guint n, guint step)
{
  guint8 packet[PACKET_SIZE];
  guint j;

  for (j = 0; j < n; j++) {
    GstFecAlcPacket header;
    guint number = first + j * step;

    test_make_packet (packet, sizeof (packet), TSI, (guint16) number);
    fail_unless (
        gst_fec_alc_parse (&header, packet, sizeof (packet)) == GST_FEC_ALC_OK);
    header.toi = number >> 6;
    header.esi = number & 63;
    gst_fec_alc_write_header (&header, packet);
    gst_fec_hub_write (hubs[i], channels[i], packet, sizeof (packet));
  }
  gst_fec_hub_flush (hubs[i], channels[i]);
}

/* Pulls @n packets, all of them unlike each other. */
static void
expect_unlike_packets (guint n)
{
  GHashTable *seen = g_hash_table_new (NULL, NULL);
  guint i;

  for (i = 0; i < n; i++) {
    GstBuffer *buffer = gst_harness_pull (h);
    GstFecAlcPacket packet;
    GstMapInfo map;

    fail_unless (buffer != NULL);
    fail_unless (gst_buffer_map (buffer, &map, GST_MAP_READ));
    fail_unless (
        gst_fec_alc_parse (&packet, map.data, map.size) == GST_FEC_ALC_OK);
    fail_unless (g_hash_table_add (
        seen, GUINT_TO_POINTER ((packet.toi << 8 | packet.esi) + 1)));
    gst_buffer_unmap (buffer, &map);
    gst_buffer_unref (buffer);
  }
  g_hash_table_unref (seen);
}

static guint64
get_counter (const gchar *name)
{
  GstStructure *stats;
  guint64 value = 0;

  g_object_get (h->element, "stats", &stats, NULL);
  fail_unless (gst_structure_get_uint64 (stats, name, &value), "%s", name);
  gst_structure_free (stats);
  return value;
}

static void
wait_counter (const gchar *name, guint64 value)
{
  gint64 until = g_get_monotonic_time () + 10 * G_USEC_PER_SEC;

  while (get_counter (name) < value) {
    fail_unless (g_get_monotonic_time () < until, "%s: %" G_GUINT64_FORMAT,
        name, get_counter (name));
    g_thread_yield ();
  }
}

static GstMessage *
wait_message (GstMessageType type)
{
  GstMessage *message = gst_bus_timed_pop_filtered (bus, TIMEOUT, type);

  fail_unless (message != NULL);
  return message;
}

GST_START_TEST (test_the_same_packets_of_two_servers_come_once)
{
  add_channel (0, TSI);
  add_channel (1, TSI);
  start_source ("");
  wait_listeners (0, 1);
  wait_listeners (1, 1);
  write_packets (0, 0, 200, 1);
  write_packets (1, 0, 200, 1);
  expect_unlike_packets (200);
  wait_counter ("packets-received", 400);
  wait_counter ("packets-duplicate", 200);
  fail_unless_equals_int (gst_harness_buffers_in_queue (h), 0);
  fail_unless_equals_uint64 (get_counter ("packets-lost"), 0);
  stop_source ();
}
GST_END_TEST;

GST_START_TEST (test_one_server_fills_the_holes_of_the_other)
{
  add_channel (0, TSI);
  add_channel (1, TSI);
  start_source ("");
  wait_listeners (0, 1);
  wait_listeners (1, 1);
  write_packets (0, 0, 100, 2);
  write_packets (1, 1, 100, 2);
  expect_unlike_packets (200);
  fail_unless_equals_uint64 (get_counter ("packets-duplicate"), 0);
  stop_source ();
}
GST_END_TEST;

GST_START_TEST (test_a_server_of_another_channel_is_refused_with_a_warning)
{
  GstMessage *message;
  GError *error = NULL;

  add_channel (0, TSI);
  add_channel (1, TSI + 1);
  start_source ("");
  message = wait_message (GST_MESSAGE_WARNING);
  gst_message_parse_warning (message, &error, NULL);
  fail_unless (
      strstr (error->message, "another channel") != NULL, "%s", error->message);
  g_error_free (error);
  gst_message_unref (message);
  fail_unless (
      gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR | GST_MESSAGE_EOS) == NULL);
  stop_source ();
}
GST_END_TEST;

/* Events come until the stream is over. */
static void
wait_eos (void)
{
  GstEventType type;

  do {
    GstEvent *event = gst_harness_pull_event (h);

    fail_unless (event != NULL);
    type = GST_EVENT_TYPE (event);
    gst_event_unref (event);
  } while (type != GST_EVENT_EOS);
}

GST_START_TEST (test_the_stream_ends_at_the_time_wished_for)
{
  gint64 end = g_get_real_time () + G_USEC_PER_SEC;
  gchar *properties = g_strdup_printf ("end-time=%" G_GINT64_FORMAT, end);

  add_channel (0, TSI);
  add_channel (1, TSI);
  start_source (properties);
  g_free (properties);
  wait_listeners (0, 1);
  wait_listeners (1, 1);
  write_packets (0, 0, 10, 1);
  expect_unlike_packets (10);
  wait_eos ();
  fail_unless (g_get_real_time () >= end);
  wait_listeners (0, 0);
  wait_listeners (1, 0);
  fail_unless (gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR) == NULL);
  stop_source ();
}
GST_END_TEST;

GST_START_TEST (test_messages_and_statistics_tell_of_each_server)
{
  const GValue *servers;
  GstStructure *stats;
  gchar *uris[N_HUBS];
  guint i, told = 0;

  add_channel (0, TSI);
  add_channel (1, TSI);
  start_source ("");
  wait_listeners (0, 1);
  wait_listeners (1, 1);
  write_packets (0, 0, 5, 1);
  write_packets (1, 0, 5, 1);
  for (i = 0; i < N_HUBS; i++)
    uris[i] = g_strdup_printf ("fec://127.0.0.1:%u/live", ports[i]);
  while (told != (1u << N_HUBS) - 1) {
    GstMessage *message = wait_message (GST_MESSAGE_ELEMENT);
    const GstStructure *fields = gst_message_get_structure (message);

    for (i = 0; i < N_HUBS; i++) {
      if (g_strcmp0 (gst_structure_get_string (fields, "uri"), uris[i]) == 0 &&
          g_strcmp0 (gst_structure_get_string (fields, "transport"), "udp") ==
              0)
        told |= 1u << i;
    }
    gst_message_unref (message);
  }
  g_object_get (h->element, "stats", &stats, NULL);
  servers = gst_structure_get_value (stats, "servers");
  fail_unless (servers != NULL);
  fail_unless_equals_int (gst_value_list_get_size (servers), N_HUBS);
  gst_structure_free (stats);
  for (i = 0; i < N_HUBS; i++)
    g_free (uris[i]);
  stop_source ();
}
GST_END_TEST;

GST_START_TEST (test_a_lost_server_is_an_error_only_when_none_is_left)
{
  GstMessage *message;
  GError *error = NULL;

  add_channel (0, TSI);
  add_channel (1, TSI);
  start_source ("protocols=udp udp-timeout=200 reconnect=false");
  wait_listeners (0, 1);
  wait_listeners (1, 1);
  write_packets (0, 0, 5, 1);
  write_packets (1, 5, 5, 1);
  expect_unlike_packets (10);
  message = wait_message (GST_MESSAGE_WARNING);
  gst_message_unref (message);
  message = wait_message (GST_MESSAGE_ERROR);
  gst_message_parse_error (message, &error, NULL);
  fail_unless (
      g_error_matches (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ),
      "%s", error->message);
  g_error_free (error);
  gst_message_unref (message);
  stop_source ();
}
GST_END_TEST;

GST_START_TEST (test_packets_come_by_tcp)
{
  GstStructure *stats;

  add_channel (0, TSI);
  add_channel (1, TSI);
  start_source ("protocols=tcp");
  wait_listeners (0, 1);
  wait_listeners (1, 1);
  write_packets (0, 0, 300, 1);
  write_packets (1, 0, 300, 1);
  expect_unlike_packets (300);
  wait_counter ("packets-received", 600);
  fail_unless_equals_uint64 (get_counter ("packets-damaged"), 0);
  g_object_get (h->element, "stats", &stats, NULL);
  fail_unless_equals_string (
      gst_structure_get_string (stats, "transport"), "tcp");
  gst_structure_free (stats);
  stop_source ();
  wait_listeners (0, 0);
  wait_listeners (1, 0);
}
GST_END_TEST;

/* localhost is ::1 and 127.0.0.1; the server is at one of them. */
GST_START_TEST (test_each_address_of_a_host_is_tried_by_tcp)
{
  gchar *properties =
      g_strdup_printf ("protocols=tcp uris=fec://localhost:%u/live", ports[0]);

  add_channel (0, TSI);
  start_source (properties);
  g_free (properties);
  wait_listeners (0, 1);
  write_packets (0, 0, 10, 1);
  expect_unlike_packets (10);
  stop_source ();
}
GST_END_TEST;

GST_START_TEST (test_too_many_and_wrong_uris_are_errors)
{
  GString *uris = g_string_new (NULL);
  GstElement *src = gst_element_factory_make ("fecsrc", NULL);
  GstMessage *message;
  guint i;

  for (i = 0; i < 17; i++)
    g_string_append (uris, "fec://127.0.0.1/live ");
  gst_element_set_bus (src, bus);
  g_object_set (src, "uris", uris->str, NULL);
  gst_element_set_state (src, GST_STATE_PAUSED);
  message = wait_message (GST_MESSAGE_ERROR);
  gst_message_unref (message);
  gst_element_set_state (src, GST_STATE_NULL);
  g_object_set (src, "uris", "fec://me:secret@127.0.0.1/live?x", NULL);
  gst_element_set_state (src, GST_STATE_PAUSED);
  message = wait_message (GST_MESSAGE_ERROR);
  {
    GError *error = NULL;

    gst_message_parse_error (message, &error, NULL);
    fail_unless (
        strstr (error->message, "secret") == NULL, "%s", error->message);
    g_error_free (error);
  }
  gst_message_unref (message);
  gst_element_set_state (src, GST_STATE_NULL);
  gst_element_set_bus (src, NULL);
  gst_object_unref (src);
  g_string_free (uris, TRUE);
}
GST_END_TEST;

GST_START_TEST (test_the_uri_does_not_tell_the_password)
{
  GstElement *src = gst_element_factory_make ("fecsrc", NULL);
  gchar *uri, *user;

  g_object_set (src, "uri", "fec://me:secret@127.0.0.1/live", NULL);
  g_object_get (src, "uri", &uri, "user", &user, NULL);
  fail_unless_equals_string (uri, "fec://127.0.0.1/live");
  fail_unless_equals_string (user, "me");
  g_free (uri);
  g_free (user);
  gst_object_unref (src);
}
GST_END_TEST;

static Suite *
fecsrc_servers_suite (void)
{
  Suite *s = suite_create ("fecsrc-servers");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, test_the_same_packets_of_two_servers_come_once);
  tcase_add_test (tc, test_one_server_fills_the_holes_of_the_other);
  tcase_add_test (
      tc, test_a_server_of_another_channel_is_refused_with_a_warning);
  tcase_add_test (tc, test_the_stream_ends_at_the_time_wished_for);
  tcase_add_test (tc, test_messages_and_statistics_tell_of_each_server);
  tcase_add_test (tc, test_a_lost_server_is_an_error_only_when_none_is_left);
  tcase_add_test (tc, test_packets_come_by_tcp);
  tcase_add_test (tc, test_each_address_of_a_host_is_tried_by_tcp);
  tcase_add_test (tc, test_too_many_and_wrong_uris_are_errors);
  tcase_add_test (tc, test_the_uri_does_not_tell_the_password);
  return s;
}

GST_CHECK_MAIN (fecsrc_servers);
