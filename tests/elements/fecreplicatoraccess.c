/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fecreplicatoraccess.c: tests of fecunicastreplicator's logins and limits over the loopback. */
#include <gst/check/gstcheck.h>
#include <gst/check/gstharness.h>

#include "../unit/transport/controlclient.h"
#include "wire/alc.h"

typedef struct
{
  GstHarness *h;
  ControlClient client;
} Fixture;

static void
set_up (Fixture *f, const gchar *properties)
{
  gchar *line = g_strdup_printf (
      "fecunicastreplicator port=0 address=127.0.0.1 channel=live %s",
      properties);
  GstElement *element = gst_parse_launch (line, NULL);
  guint port;

  g_free (line);
  f->h = gst_harness_new_with_element (element, "sink", NULL);
  gst_object_unref (element);
  gst_harness_play (f->h);
  gst_harness_set_src_caps_str (f->h,
      GST_FEC_ALC_MEDIA_TYPE ", tsi=(uint)5, symbol-size=(int)1344, "
                             "packet-size=(int)1384, framing=(string)raw");
  g_object_get (f->h->element, "bound-port", &port, NULL);
  fail_unless (port != 0);
  control_client_init (&f->client, port);
}

static void
tear_down (Fixture *f)
{
  control_client_clear (&f->client);
  gst_harness_teardown (f->h);
}

static guint64
count (Fixture *f, const gchar *name)
{
  GstStructure *stats;
  guint64 value = 0;

  g_object_get (f->h->element, "stats", &stats, NULL);
  fail_unless (gst_structure_get_uint64 (stats, name, &value));
  gst_structure_free (stats);
  return value;
}

GST_START_TEST (test_users_log_in)
{
  GValue clients = G_VALUE_INIT;
  const GstStructure *client;
  Fixture f;

  set_up (&f, "users=\"ann:sesame,bob:open:other\" realm=home");
  control_client_connect (&f.client, "live", NULL, NULL);
  fail_unless_equals_int (f.client.answer.error_code, 401);
  fail_unless_equals_string (f.client.answer.nonce, "");
  fail_unless_equals_string (f.client.answer.realm, "home");
  control_client_connect (&f.client, "live", "ann", "open");
  fail_unless_equals_int (f.client.answer.error_code, 401);
  control_client_connect (&f.client, "live", "bob", "open");
  fail_unless_equals_int (f.client.answer.klass, GST_FEC_CLASS_SUCCESS);
  fail_unless_equals_int (f.client.answer.grants[0].error, 403);
  control_client_connect (&f.client, "live", "ann", "sesame");
  fail_unless_equals_int (f.client.answer.grants[0].error, 0);
  fail_unless_equals_uint64 (count (&f, "logins"), 2);
  fail_unless_equals_uint64 (count (&f, "logins-refused"), 2);

  g_value_init (&clients, GST_TYPE_ARRAY);
  g_object_get_property (G_OBJECT (f.h->element), "clients", &clients);
  fail_unless_equals_int (gst_value_array_get_size (&clients), 1);
  client = gst_value_get_structure (gst_value_array_get_value (&clients, 0));
  fail_unless_equals_string (gst_structure_get_string (client, "user"), "ann");
  g_value_unset (&clients);
  tear_down (&f);
}
GST_END_TEST;

GST_START_TEST (test_secret_and_anonymous_clients)
{
  /* printf %s 4000000000:joe | openssl dgst -sha1 -hmac north -binary | base64 */
  static const gchar password[] = "NAjLTUJdmwkeXZdjjeqB8av22n4=";
  Fixture f;

  set_up (&f, "secret=north allow-anonymous=true anonymous-channels=a,b*");
  control_client_connect (&f.client, "live", "4000000000:joe", password);
  fail_unless_equals_int (f.client.answer.grants[0].error, 0);
  control_client_connect (&f.client, "live", NULL, NULL);
  fail_unless_equals_int (f.client.answer.klass, GST_FEC_CLASS_SUCCESS);
  fail_unless_equals_int (f.client.answer.grants[0].error, 403);
  tear_down (&f);
}
GST_END_TEST;

GST_START_TEST (test_other_servers_and_limits)
{
  Fixture f;
  guint n;

  set_up (&f, "alternates=\"192.0.2.7:7000, [2001:db8::1]\" redirect=true");
  control_client_connect (&f.client, "live", NULL, NULL);
  fail_unless_equals_int (f.client.answer.error_code, 300);
  fail_unless (f.client.answer.has_alternate);
  fail_unless_equals_int (f.client.answer.alternate.port, 7000);
  fail_unless_equals_uint64 (count (&f, "redirected"), 1);
  tear_down (&f);

  set_up (&f,
      "max-sessions-per-prefix=1 max-sessions-per-address=1 "
      "max-egress=1 breaker-loss=60");
  g_object_get (f.h->element, "breaker-loss", &n, NULL);
  fail_unless_equals_int (n, 60);
  control_client_connect (&f.client, "live", NULL, NULL);
  fail_unless_equals_int (f.client.answer.grants[0].error, 0);
  tear_down (&f);
}
GST_END_TEST;

/* Whether the element gets to READY. */
static gboolean
starts (const gchar *property, const gchar *value)
{
  GstElement *element = gst_element_factory_make ("fecunicastreplicator", NULL);
  gboolean started;

  g_object_set (
      element, "port", 0, "address", "127.0.0.1", property, value, NULL);
  started = gst_element_set_state (element, GST_STATE_READY) !=
      GST_STATE_CHANGE_FAILURE;
  gst_element_set_state (element, GST_STATE_NULL);
  gst_object_unref (element);
  return started;
}

GST_START_TEST (test_wrong_texts_fail_the_state_change)
{
  fail_unless (starts ("users", "ann:sesame"));
  fail_if (starts ("users", "ann"));
  fail_unless (starts ("alternates", "192.0.2.1,2001:db8::1,[::1]:7"));
  fail_if (starts ("alternates", "localhost"));
  fail_if (starts ("alternates", "192.0.2.1:0"));
  fail_if (starts ("alternates", "192.0.2.1:x"));
  fail_if (starts ("alternates", "[::1"));
  fail_if (starts ("alternates", "::1]"));
  fail_if (starts ("alternates", "[::1]7"));
  fail_if (starts ("alternates", "192.0.2.1,"));
  fail_if (starts ("alternates",
      "1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1,"
      "1.1.1.1,1.1.1.1,1.1.1.1,1.1.1.1"));
}
GST_END_TEST;

GST_START_TEST (test_passwords_cannot_be_read)
{
  GstElement *element = gst_element_factory_make ("fecunicastreplicator", NULL);
  GObjectClass *klass = G_OBJECT_GET_CLASS (element);

  fail_if (
      g_object_class_find_property (klass, "users")->flags & G_PARAM_READABLE);
  fail_if (
      g_object_class_find_property (klass, "secret")->flags & G_PARAM_READABLE);
  gst_object_unref (element);
}
GST_END_TEST;

static Suite *
fecreplicatoraccess_suite (void)
{
  Suite *s = suite_create ("fecreplicatoraccess");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_users_log_in);
  tcase_add_test (tc, test_secret_and_anonymous_clients);
  tcase_add_test (tc, test_other_servers_and_limits);
  tcase_add_test (tc, test_wrong_texts_fail_the_state_change);
  tcase_add_test (tc, test_passwords_cannot_be_read);
  return s;
}

GST_CHECK_MAIN (fecreplicatoraccess);
