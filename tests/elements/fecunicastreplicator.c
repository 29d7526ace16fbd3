/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fecunicastreplicator.c: tests of the element over the loopback. */
#include <gst/check/gstcheck.h>
#include <gst/check/gstharness.h>

#include "../unit/transport/testclient.h"
#include "transport/hub.h"
#include "wire/alc.h"

#define PACKET_SIZE 1384

static GstBuffer *
make_buffer (guint32 tsi, guint16 seq)
{
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, PACKET_SIZE, NULL);
  GstMapInfo map;

  fail_unless (gst_buffer_map (buffer, &map, GST_MAP_WRITE));
  test_make_packet (map.data, map.size, tsi, seq);
  gst_buffer_unmap (buffer, &map);
  return buffer;
}

static void
push_caps (GstHarness *h, guint tsi)
{
  gchar *caps = g_strdup_printf (GST_FEC_ALC_MEDIA_TYPE
      ", tsi=(uint)%u, "
      "symbol-size=(int)1344, packet-size=(int)1384, framing=(string)raw, "
      "media-caps=(string)\"video/mpegts\"",
      tsi);

  gst_harness_set_src_caps_str (h, caps);
  g_free (caps);
}

static guint
get_port (GstHarness *h)
{
  guint port;

  g_object_get (h->element, "bound-port", &port, NULL);
  fail_unless (port != 0);
  return port;
}

/* A harness around the element alone, not a bin. */
static GstHarness *
harness_element (const gchar *line)
{
  GstElement *element = gst_parse_launch (line, NULL);
  GstHarness *harness;

  fail_unless (element != NULL);
  harness = gst_harness_new_with_element (element, "sink", NULL);
  gst_object_unref (element);
  return harness;
}

static GstHarness *
new_harness (const gchar *properties)
{
  gchar *line = g_strdup_printf ("fecunicastreplicator %s", properties);
  GstHarness *h = harness_element (line);

  g_free (line);
  gst_harness_play (h);
  return h;
}

static TestClient *
join (GstHarness *h, const gchar *channel)
{
  TestClient *client = test_client_new ("127.0.0.1", get_port (h), channel);

  fail_unless (test_client_wait_state (client, GST_FEC_CLIENT_JOINED));
  return client;
}

static guint64
get_counter (GstHarness *h, const gchar *name)
{
  GstStructure *stats;
  guint64 value = 0;

  g_signal_emit_by_name (h->element, "get-stats", &stats);
  fail_unless (gst_structure_get_uint64 (stats, name, &value), "%s", name);
  gst_structure_free (stats);
  return value;
}

GST_START_TEST (test_buffers_and_lists_reach_the_client)
{
  GstHarness *h = new_harness ("port=0 channel=live");
  GstBufferList *list = gst_buffer_list_new ();
  TestClient *client;
  guint i;

  push_caps (h, 5);
  client = join (h, "live");
  for (i = 0; i < 10; i++)
    fail_unless_equals_int (
        gst_harness_push (h, make_buffer (5, i)), GST_FLOW_OK);
  for (i = 10; i < 150; i++)
    gst_buffer_list_add (list, make_buffer (5, i));
  fail_unless_equals_int (gst_pad_push_list (h->srcpad, list), GST_FLOW_OK);
  fail_unless (test_client_wait_packets (client, 150));
  fail_unless_equals_int (client->gaps, 0);
  fail_unless_equals_uint64 (get_counter (h, "packets-received"), 150);
  /* EOS waits for the sender, so that it has counted. */
  fail_unless (gst_harness_push_event (h, gst_event_new_eos ()));
  fail_unless_equals_uint64 (get_counter (h, "packets-sent"), 150);
  test_client_free (client);
  gst_harness_teardown (h);
}
GST_END_TEST;

GST_START_TEST (test_clients_learn_the_description)
{
  GstHarness *h = new_harness ("port=0 channel=live multicast-group="
                               "239.255.63.31 multicast-port=7000");
  const GstFecDescription *description;
  TestClient *client;
  gint64 until = g_get_monotonic_time () + 10 * G_USEC_PER_SEC;

  push_caps (h, 5);
  client = join (h, "live");
  while ((description = gst_fec_session_client_get_description (
              client->session)) == NULL) {
    test_client_poll (client);
    fail_unless (g_get_monotonic_time () < until);
  }
  fail_unless_equals_int (description->tsi, 5);
  fail_unless_equals_int (description->symbol_size, 1344);
  fail_unless_equals_string (description->media_caps, "video/mpegts");
  fail_unless (description->has_group);
  fail_unless_equals_int (description->group.port, 7000);
  test_client_free (client);
  gst_harness_teardown (h);
}
GST_END_TEST;

GST_START_TEST (test_further_tsis_are_further_channels)
{
  GstHarness *h = new_harness ("port=0 channel=live");
  TestClient *one, *two;

  push_caps (h, 5);
  gst_harness_push (h, make_buffer (5, 0));
  push_caps (h, 6);
  one = join (h, "live");
  two = join (h, "live/6");
  gst_harness_push (h, make_buffer (6, 0));
  gst_harness_push (h, make_buffer (5, 1));
  fail_unless (test_client_wait_packets (one, 1));
  fail_unless (test_client_wait_packets (two, 1));
  fail_unless_equals_int (one->last_tsi, 5);
  fail_unless_equals_int (two->last_tsi, 6);
  test_client_free (one);
  test_client_free (two);
  gst_harness_teardown (h);
}
GST_END_TEST;

GST_START_TEST (test_what_is_no_packet_is_dropped)
{
  GstHarness *h = new_harness ("port=0");
  GstBuffer *buffer;

  push_caps (h, 5);
  buffer = gst_buffer_new_allocate (NULL, 100, NULL);
  gst_buffer_memset (buffer, 0, 0xff, 100);
  fail_unless_equals_int (gst_harness_push (h, buffer), GST_FLOW_OK);
  fail_unless_equals_int (gst_harness_push (h, gst_buffer_new ()), GST_FLOW_OK);
  fail_unless_equals_uint64 (get_counter (h, "packets-malformed"), 2);
  fail_unless_equals_uint64 (get_counter (h, "packets-received"), 0);
  gst_harness_teardown (h);
}
GST_END_TEST;

GST_START_TEST (test_eos_comes_after_the_last_packet)
{
  GstHarness *h = new_harness ("port=0 channel=live");
  TestClient *client;
  guint i;

  push_caps (h, 5);
  client = join (h, "live");
  for (i = 0; i < 500; i++)
    gst_harness_push (h, make_buffer (5, i));
  fail_unless (gst_harness_push_event (h, gst_event_new_eos ()));
  fail_unless_equals_uint64 (get_counter (h, "packets-sent"), 500);
  test_client_free (client);
  gst_harness_teardown (h);
}
GST_END_TEST;

GST_START_TEST (test_a_port_in_use_fails_the_state_change)
{
  GstHarness *h = new_harness ("port=0");
  GstElement *other = gst_element_factory_make ("fecunicastreplicator", NULL);
  GstBus *bus = gst_bus_new ();
  GstMessage *message;
  GError *error = NULL;

  gst_element_set_bus (other, bus);
  g_object_set (other, "port", get_port (h), NULL);
  fail_unless_equals_int (
      gst_element_set_state (other, GST_STATE_READY), GST_STATE_CHANGE_FAILURE);
  message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  fail_unless (message != NULL);
  gst_message_parse_error (message, &error, NULL);
  fail_unless (
      g_error_matches (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_BUSY),
      "%s", error->message);
  g_error_free (error);
  gst_message_unref (message);
  gst_element_set_state (other, GST_STATE_NULL);
  gst_element_set_bus (other, NULL);
  gst_object_unref (bus);
  gst_object_unref (other);
  gst_harness_teardown (h);
}
GST_END_TEST;

static gboolean
refuse (GstElement *element, const gchar *address, gint port, guint tsi,
    gint *asked)
{
  fail_unless_equals_string (address, "127.0.0.1");
  fail_unless_equals_int (tsi, 5);
  g_atomic_int_inc (asked);
  return FALSE;
}

GST_START_TEST (test_a_handler_can_refuse_clients)
{
  GstHarness *h = new_harness ("port=0 channel=live");
  TestClient *client;
  gint asked = 0;

  g_signal_connect (
      h->element, "client-connecting", G_CALLBACK (refuse), &asked);
  push_caps (h, 5);
  client = test_client_new ("127.0.0.1", get_port (h), "live");
  fail_unless (test_client_wait_state (client, GST_FEC_CLIENT_REFUSED));
  fail_unless (g_atomic_int_get (&asked) > 0);
  test_client_free (client);
  gst_harness_teardown (h);
}
GST_END_TEST;

static void
on_removed (GstElement *element, const gchar *address, gint port, guint tsi,
    const gchar *reason, gchar **reasons)
{
  gchar *before = *reasons;

  *reasons = g_strdup_printf ("%s%s ", before != NULL ? before : "", reason);
  g_free (before);
}

static guint
count_clients (GstHarness *h)
{
  GValue clients = G_VALUE_INIT;
  guint n;

  g_value_init (&clients, GST_TYPE_ARRAY);
  g_object_get_property (G_OBJECT (h->element), "clients", &clients);
  n = gst_value_array_get_size (&clients);
  g_value_unset (&clients);
  return n;
}

GST_START_TEST (test_clients_are_listed_and_removed_on_request)
{
  GstHarness *h = new_harness ("port=0 channel=live");
  TestClient *a, *b, *c;
  gchar *reasons = NULL;

  g_signal_connect (
      h->element, "client-removed", G_CALLBACK (on_removed), &reasons);
  push_caps (h, 5);
  a = join (h, "live");
  b = join (h, "live");
  fail_unless_equals_int (count_clients (h), 2);
  g_signal_emit_by_name (h->element, "remove", "127.0.0.1", 0);
  fail_unless_equals_int (count_clients (h), 0);
  c = join (h, "live");
  fail_unless_equals_int (count_clients (h), 1);
  g_signal_emit_by_name (h->element, "clear");
  fail_unless_equals_int (count_clients (h), 0);
  fail_unless_equals_string (reasons, "removed removed removed ");
  g_free (reasons);
  test_client_free (a);
  test_client_free (b);
  test_client_free (c);
  gst_harness_teardown (h);
}
GST_END_TEST;

GST_START_TEST (test_replicators_share_a_hub_by_property_and_context)
{
  GstFecHub *hub = gst_fec_hub_new ();
  GstHarness *one = harness_element ("fecunicastreplicator port=0 channel=one");
  GstHarness *two = harness_element ("fecunicastreplicator port=0 channel=two");
  GstContext *context = gst_fec_hub_context_new (hub);
  TestClient *a, *b;

  fail_unless (gst_fec_hub_start (hub, "127.0.0.1", 0, NULL));
  gst_element_set_state (one->element, GST_STATE_NULL);
  gst_element_set_state (two->element, GST_STATE_NULL);
  g_object_set (one->element, "hub", hub, NULL);
  gst_element_set_context (two->element, context);
  gst_context_unref (context);
  gst_harness_play (one);
  gst_harness_play (two);
  fail_unless_equals_int (get_port (one), gst_fec_hub_get_port (hub));
  fail_unless_equals_int (get_port (two), gst_fec_hub_get_port (hub));

  push_caps (one, 1);
  push_caps (two, 2);
  a = join (one, "one");
  b = join (one, "two");
  gst_harness_push (one, make_buffer (1, 0));
  gst_harness_push (two, make_buffer (2, 0));
  fail_unless (test_client_wait_packets (a, 1));
  fail_unless (test_client_wait_packets (b, 1));
  fail_unless_equals_int (a->last_tsi, 1);
  fail_unless_equals_int (b->last_tsi, 2);
  fail_unless_equals_int (count_clients (one), 1);

  /* The one that goes leaves hub and channel of the other alone. */
  gst_harness_teardown (one);
  gst_harness_push (two, make_buffer (2, 1));
  fail_unless (test_client_wait_packets (b, 2));
  gst_harness_teardown (two);
  test_client_free (a);
  test_client_free (b);
  gst_fec_hub_stop (hub);
  gst_object_unref (hub);
}
GST_END_TEST;

GST_START_TEST (test_too_many_tsis_are_refused)
{
  GstHarness *h = new_harness ("port=0");
  guint i;

  push_caps (h, 1);
  for (i = 1; i <= 300; i++)
    fail_unless_equals_int (
        gst_harness_push (h, make_buffer (i, 0)), GST_FLOW_OK);
  fail_unless_equals_uint64 (get_counter (h, "packets-received"), 256);
  fail_unless_equals_uint64 (get_counter (h, "packets-refused"), 44);
  gst_harness_teardown (h);
}
GST_END_TEST;

static Suite *
fecunicastreplicator_suite (void)
{
  Suite *s = suite_create ("fecunicastreplicator");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_buffers_and_lists_reach_the_client);
  tcase_add_test (tc, test_clients_learn_the_description);
  tcase_add_test (tc, test_further_tsis_are_further_channels);
  tcase_add_test (tc, test_what_is_no_packet_is_dropped);
  tcase_add_test (tc, test_eos_comes_after_the_last_packet);
  tcase_add_test (tc, test_a_port_in_use_fails_the_state_change);
  tcase_add_test (tc, test_a_handler_can_refuse_clients);
  tcase_add_test (tc, test_clients_are_listed_and_removed_on_request);
  tcase_add_test (tc, test_replicators_share_a_hub_by_property_and_context);
  tcase_add_test (tc, test_too_many_tsis_are_refused);
  return s;
}

GST_CHECK_MAIN (fecunicastreplicator);
