/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fecreplicatoraccess.c: tests of fecunicastreplicator's logins and limits over the loopback. */
#include <gst/check/gstcheck.h>
#include <gst/check/gstharness.h>

#include <arpa/inet.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "session/sessionserver.h"
#include "wire/alc.h"

/* A socket that asks the element, and the last answer. */
typedef struct
{
  GstHarness *h;
  gint fd;
  GstFecControlMessage request, answer;
  guint8 key[GST_FEC_CONTROL_KEY_SIZE];
} Fixture;

static void
set_up (Fixture *f, const gchar *properties)
{
  gchar *line = g_strdup_printf (
      "fecunicastreplicator port=0 address=127.0.0.1 channel=live %s",
      properties);
  GstElement *element = gst_parse_launch (line, NULL);
  struct sockaddr_in server = { .sin_family = AF_INET };
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
  server.sin_port = htons (port);
  server.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  f->fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  fail_unless (
      connect (f->fd, (struct sockaddr *) &server, sizeof (server)) == 0);
}

static void
tear_down (Fixture *f)
{
  close (f->fd);
  gst_harness_teardown (f->h);
}

static void
ask (Fixture *f)
{
  guint8 bytes[GST_FEC_CONTROL_MAX_SIZE];
  struct pollfd pfd = { .fd = f->fd, .events = POLLIN };
  gssize size = gst_fec_control_write (&f->request, bytes, sizeof (bytes));

  fail_unless (send (f->fd, bytes, size, 0) == size);
  fail_unless (poll (&pfd, 1, 10000) == 1);
  size = recv (f->fd, bytes, sizeof (bytes), 0);
  fail_unless (size > 0);
  fail_unless_equals_int (
      gst_fec_control_parse (&f->answer, bytes, size), GST_FEC_CONTROL_OK);
}

/* Connects with a cookie to "live"; @user NULL: without a login. */
static void
connect_as (Fixture *f, const gchar *user, const gchar *password)
{
  gst_fec_control_init (
      &f->request, GST_FEC_METHOD_CONNECT, GST_FEC_CLASS_REQUEST, NULL);
  g_strlcpy (f->request.channels[0].name, "live", 8);
  f->request.n_channels = 1;
  ask (f);
  fail_unless_equals_int (f->answer.error_code, 401);
  g_strlcpy (f->request.nonce, f->answer.nonce, sizeof (f->request.nonce));
  if (user != NULL) {
    g_strlcpy (f->request.realm, f->answer.realm, sizeof (f->request.realm));
    g_strlcpy (f->request.username, user, sizeof (f->request.username));
    gst_fec_control_make_key (user, f->request.realm, password, f->key);
    f->request.key = f->key;
  }
  ask (f);
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
  connect_as (&f, NULL, NULL);
  fail_unless_equals_int (f.answer.error_code, 401);
  fail_unless_equals_string (f.answer.nonce, "");
  fail_unless_equals_string (f.answer.realm, "home");
  connect_as (&f, "ann", "open");
  fail_unless_equals_int (f.answer.error_code, 401);
  connect_as (&f, "bob", "open");
  fail_unless_equals_int (f.answer.klass, GST_FEC_CLASS_SUCCESS);
  fail_unless_equals_int (f.answer.grants[0].error, 403);
  connect_as (&f, "ann", "sesame");
  fail_unless_equals_int (f.answer.grants[0].error, 0);
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
  connect_as (&f, "4000000000:joe", password);
  fail_unless_equals_int (f.answer.grants[0].error, 0);
  connect_as (&f, NULL, NULL);
  fail_unless_equals_int (f.answer.klass, GST_FEC_CLASS_SUCCESS);
  fail_unless_equals_int (f.answer.grants[0].error, 403);
  tear_down (&f);
}
GST_END_TEST;

GST_START_TEST (test_other_servers_and_limits)
{
  Fixture f;
  guint n;

  set_up (&f, "alternates=\"192.0.2.7:7000, [2001:db8::1]\" redirect=true");
  connect_as (&f, NULL, NULL);
  fail_unless_equals_int (f.answer.error_code, 300);
  fail_unless (f.answer.has_alternate);
  fail_unless_equals_int (f.answer.alternate.port, 7000);
  fail_unless_equals_uint64 (count (&f, "redirected"), 1);
  tear_down (&f);

  set_up (&f,
      "max-sessions-per-prefix=1 max-sessions-per-address=1 "
      "max-egress=1 breaker-loss=60");
  g_object_get (f.h->element, "breaker-loss", &n, NULL);
  fail_unless_equals_int (n, 60);
  connect_as (&f, NULL, NULL);
  fail_unless_equals_int (f.answer.grants[0].error, 0);
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
