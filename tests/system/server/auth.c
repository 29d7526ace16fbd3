/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* auth.c: logins of a GstFecServer that runs, over the loopback. */
#include <gio/gio.h>
#include <gst/check/gstcheck.h>

#include "../../unit/transport/controlclient.h"
#include "fecserver.h"

typedef struct
{
  GstFecServer *server;
  ControlClient client;
} Fixture;

static void
mount (GstFecMountPoints *mounts, const gchar *path, guint tsi)
{
  GstFecChannelFactory *factory = gst_fec_channel_factory_new ();

  gst_fec_channel_factory_set_launch (factory,
      "videotestsrc is-live=true ! capsfilter "
      "caps=video/x-raw,width=16,height=16");
  g_object_set (factory, "tsi", tsi, NULL);
  fail_unless (gst_fec_mount_points_add_factory (mounts, path, factory));
  g_object_unref (factory);
}

/* A channel is there when its first packet is. */
static void
wait_for_channels (GstFecServer *server, guint wanted)
{
  GstFecSessionPool *pool = gst_fec_server_get_session_pool (server);
  gint64 deadline = g_get_monotonic_time () + 10 * G_TIME_SPAN_SECOND;
  guint channels = 0;

  while (channels < wanted && g_get_monotonic_time () < deadline) {
    GstStructure *stats = gst_fec_session_pool_get_stats (pool);

    gst_structure_get_uint (stats, "channels", &channels);
    gst_structure_free (stats);
    g_main_context_iteration (NULL, FALSE);
  }
  fail_unless_equals_int (channels, wanted);
  g_object_unref (pool);
}

static void
set_up (Fixture *f, GstFecAuth *auth)
{
  GstFecMountPoints *mounts;
  GError *error = NULL;

  f->server = gst_fec_server_new ();
  g_object_set (f->server, "address", "127.0.0.1", "port", 0, NULL);
  gst_fec_server_set_auth (f->server, auth);
  mounts = gst_fec_server_get_mount_points (f->server);
  mount (mounts, "one", 1);
  mount (mounts, "two", 2);
  g_object_unref (mounts);
  fail_unless (gst_fec_server_start (f->server, &error), "%s",
      error != NULL ? error->message : "");
  wait_for_channels (f->server, 2);
  control_client_init (&f->client, gst_fec_server_get_bound_port (f->server));
}

static void
tear_down (Fixture *f)
{
  control_client_clear (&f->client);
  gst_fec_server_stop (f->server, 0);
  g_object_unref (f->server);
}

/* The error of a lease on @channel, 401 without one. */
static guint
error_of (
    Fixture *f, const gchar *channel, const gchar *user, const gchar *password)
{
  control_client_connect (&f->client, channel, user, password);
  if (f->client.answer.klass == GST_FEC_CLASS_ERROR)
    return f->client.answer.error_code;
  return f->client.answer.grants[0].error;
}

GST_START_TEST (test_users_may_have_their_channels)
{
  static const gchar *const some[] = { "o*", NULL };
  GstFecAuth *auth = gst_fec_auth_new ();
  Fixture f;
  gchar *realm;

  gst_fec_auth_set_realm (auth, "home");
  fail_unless (gst_fec_auth_add_user (auth, "ann", "sesame", NULL));
  fail_unless (gst_fec_auth_add_user (auth, "bob", "open", some));
  fail_if (gst_fec_auth_add_user (auth, "", "open", some));
  realm = gst_fec_auth_get_realm (auth);
  fail_unless_equals_string (realm, "home");
  g_free (realm);
  set_up (&f, auth);
  fail_unless_equals_int (error_of (&f, "one", NULL, NULL), 401);
  fail_unless_equals_string (f.client.answer.realm, "home");
  fail_unless_equals_int (error_of (&f, "one", "ann", "open"), 401);
  fail_unless_equals_int (error_of (&f, "one", "bob", "open"), 0);
  fail_unless_equals_int (error_of (&f, "two", "bob", "open"), 403);
  fail_unless_equals_int (error_of (&f, "two", "ann", "sesame"), 0);
  tear_down (&f);
  g_object_unref (auth);
}
GST_END_TEST;

GST_START_TEST (test_changes_count_at_once)
{
  static const gchar *const some[] = { "one", NULL };
  /* printf %s 4000000000:joe | openssl dgst -sha1 -hmac north -binary | base64 */
  static const gchar password[] = "NAjLTUJdmwkeXZdjjeqB8av22n4=";
  GstFecAuth *auth = gst_fec_auth_new (), *other;
  Fixture f;

  set_up (&f, NULL);
  fail_unless (gst_fec_server_get_auth (f.server) == NULL);
  fail_unless_equals_int (error_of (&f, "one", NULL, NULL), 0);
  gst_fec_server_set_auth (f.server, auth);
  other = gst_fec_server_get_auth (f.server);
  fail_unless (other == auth);
  g_object_unref (other);
  fail_unless_equals_int (error_of (&f, "one", NULL, NULL), 401);

  fail_unless (gst_fec_auth_add_user (auth, "ann", "sesame", NULL));
  fail_unless_equals_int (error_of (&f, "one", "ann", "sesame"), 0);
  fail_unless (gst_fec_auth_remove_user (auth, "ann"));
  fail_if (gst_fec_auth_remove_user (auth, "ann"));
  fail_unless_equals_int (error_of (&f, "one", "ann", "sesame"), 401);

  gst_fec_auth_set_secret (auth, "north", some);
  fail_unless_equals_int (error_of (&f, "one", "4000000000:joe", password), 0);
  fail_unless_equals_int (
      error_of (&f, "two", "4000000000:joe", password), 403);
  gst_fec_auth_set_secret (auth, NULL, NULL);
  fail_unless_equals_int (
      error_of (&f, "one", "4000000000:joe", password), 401);

  gst_fec_auth_set_anonymous (auth, TRUE, some);
  fail_unless_equals_int (error_of (&f, "one", NULL, NULL), 0);
  fail_unless_equals_int (error_of (&f, "two", NULL, NULL), 403);
  gst_fec_auth_set_anonymous (auth, FALSE, NULL);
  fail_unless_equals_int (error_of (&f, "one", NULL, NULL), 401);

  gst_fec_server_set_auth (f.server, NULL);
  fail_unless_equals_int (error_of (&f, "one", NULL, NULL), 0);
  /* What is no longer the server's changes nothing there. */
  gst_fec_auth_set_realm (auth, "elsewhere");
  fail_unless_equals_int (error_of (&f, "one", NULL, NULL), 0);
  tear_down (&f);
  g_object_unref (auth);
}
GST_END_TEST;

GST_START_TEST (test_limits_are_the_pools)
{
  GstFecSessionPool *pool;
  GError *error = NULL;
  guint64 egress;
  Fixture f;

  f.server = gst_fec_server_new ();
  pool = gst_fec_server_get_session_pool (f.server);
  g_object_set (pool, "redirect", TRUE, "max-egress", G_GUINT64_CONSTANT (5),
      "breaker-loss", 70, NULL);
  g_object_get (pool, "max-egress", &egress, NULL);
  fail_unless_equals_uint64 (egress, 5);
  fail_if (gst_fec_session_pool_set_alternates (pool, "nowhere", &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);
  fail_unless (
      gst_fec_session_pool_set_alternates (pool, "192.0.2.1:99", &error));
  g_object_set (f.server, "address", "127.0.0.1", "port", 0, NULL);
  fail_unless (gst_fec_server_start (f.server, &error));
  control_client_init (&f.client, gst_fec_server_get_bound_port (f.server));
  fail_unless_equals_int (error_of (&f, "one", NULL, NULL), 300);
  fail_unless_equals_int (f.client.answer.alternate.port, 99);
  g_object_unref (pool);
  tear_down (&f);
}
GST_END_TEST;

static Suite *
auth_suite (void)
{
  Suite *s = suite_create ("auth");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_users_may_have_their_channels);
  tcase_add_test (tc, test_changes_count_at_once);
  tcase_add_test (tc, test_limits_are_the_pools);
  return s;
}

GST_CHECK_MAIN (auth);
