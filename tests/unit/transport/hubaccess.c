/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hubaccess.c: tests of what a hub lets in, over the loopback: logins, and bandwidth by the channels' bitrates. */
#include <gio/gio.h>
#include <gst/gst.h>

#include "controlclient.h"
#include "transport/hub.h"

typedef struct
{
  GstFecHub *hub;
  GstFecHubChannel *channel;
  GstFecDescription description;
  ControlClient a, b;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  GstFecSessionSettings settings;
  GError *error = NULL;

  f->hub = gst_fec_hub_new ();
  gst_fec_session_settings_init (&settings);
  settings.max_egress = 1000000;
  gst_fec_hub_set_settings (f->hub, &settings);
  f->description = (GstFecDescription){
    .name = (gchar *) "live", .tsi = 7, .symbol_size = 1344, .alignment = 4
  };
  f->channel = gst_fec_hub_add_channel (f->hub, &f->description, &error);
  g_assert_no_error (error);
  gst_fec_hub_start (f->hub, "127.0.0.1", 0, &error);
  g_assert_no_error (error);
  control_client_init (&f->a, gst_fec_hub_get_port (f->hub));
  control_client_init (&f->b, gst_fec_hub_get_port (f->hub));
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  control_client_clear (&f->a);
  control_client_clear (&f->b);
  gst_fec_hub_stop (f->hub);
  gst_fec_hub_remove_channel (f->hub, f->channel);
  gst_object_unref (f->hub);
}

/* The error of a lease on the channel, or of the whole request. */
static guint
error_of (ControlClient *client, const gchar *user, const gchar *password)
{
  control_client_connect (client, "live", user, password);
  if (client->answer.klass == GST_FEC_CLASS_ERROR)
    return client->answer.error_code;
  return client->answer.grants[0].error;
}

static guint64
egress (Fixture *f)
{
  GstStructure *stats = gst_fec_hub_get_stats (f->hub);
  guint64 value = G_MAXUINT64;

  g_assert_true (gst_structure_get_uint64 (stats, "egress", &value));
  gst_structure_free (stats);
  return value;
}

static void
test_bandwidth_goes_by_the_described_bitrate (Fixture *f, gconstpointer data)
{
  f->description.bitrate = 600000;
  gst_fec_hub_update_channel (f->hub, f->channel, &f->description);
  g_assert_cmpuint (error_of (&f->a, NULL, NULL), ==, 0);
  g_assert_cmpuint (egress (f), ==, 600000);
  g_assert_cmpuint (error_of (&f->b, NULL, NULL), ==, 508);
  f->description.bitrate = 400000;
  gst_fec_hub_update_channel (f->hub, f->channel, &f->description);
  g_assert_cmpuint (egress (f), ==, 400000);
  g_assert_cmpuint (error_of (&f->b, NULL, NULL), ==, 0);
  g_assert_cmpuint (egress (f), ==, 800000);
}

static void
test_logins_count_at_once_and_after_a_restart (Fixture *f, gconstpointer data)
{
  GstFecCredentials *credentials = gst_fec_credentials_new (NULL);
  GError *error = NULL;

  g_assert_cmpuint (error_of (&f->a, NULL, NULL), ==, 0);
  gst_fec_credentials_add_user (credentials, "ann", "sesame", NULL);
  gst_fec_hub_set_credentials (f->hub, credentials);
  gst_fec_credentials_unref (credentials);
  g_assert_cmpuint (error_of (&f->b, NULL, NULL), ==, 401);
  g_assert_cmpuint (error_of (&f->b, "ann", "sesame"), ==, 0);

  gst_fec_hub_stop (f->hub);
  gst_fec_hub_start (f->hub, "127.0.0.1", 0, &error);
  g_assert_no_error (error);
  control_client_clear (&f->b);
  control_client_init (&f->b, gst_fec_hub_get_port (f->hub));
  g_assert_cmpuint (error_of (&f->b, NULL, NULL), ==, 401);
  g_assert_cmpuint (error_of (&f->b, "ann", "sesame"), ==, 0);
  gst_fec_hub_set_credentials (f->hub, NULL);
  control_client_clear (&f->a);
  control_client_init (&f->a, gst_fec_hub_get_port (f->hub));
  g_assert_cmpuint (error_of (&f->a, NULL, NULL), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gst_init (&argc, &argv);
#define ADD(name)                                                              \
  g_test_add (                                                                 \
      "/hubaccess/" #name, Fixture, NULL, set_up, test_##name, tear_down)
  ADD (bandwidth_goes_by_the_described_bitrate);
  ADD (logins_count_at_once_and_after_a_restart);
  return g_test_run ();
}
