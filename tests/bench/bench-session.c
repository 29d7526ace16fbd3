/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * bench-session.c: memory of a session with three leases, and control messages
 * a second on one core: Connect with its challenge, renewals of three leases,
 * reports, and forged Connects.
 *
 * bench-session [--quick] [--json FILE]
 */
#include "session/sessionserver.h"

#include <string.h>

#define SESSIONS 100000
#define QUICK_SESSIONS 10000
#define LEASES 3
#define SDP "v=0\r\n"

typedef struct
{
  GstFecSessionServer *server;
  GstFecAddress address;
  guint n;
  guint64 *ids;
  GString *json;
} Bench;

static GstFecAddress
client_address (guint n)
{
  const guint8 ip[4] = { 10, (guint8) (n >> 16), (guint8) (n >> 8),
    (guint8) n };
  GstFecAddress address;

  gst_fec_address_set_ipv4 (&address, ip, 5000);
  return address;
}

static gsize
ask (Bench *b, const GstFecControlMessage *request, guint n,
    GstFecControlMessage *answer)
{
  guint8 bytes[GST_FEC_CONTROL_MAX_SIZE], reply[GST_FEC_CONTROL_MAX_SIZE];
  gsize size = gst_fec_control_write (request, bytes, sizeof (bytes));
  GstFecAddress from = client_address (n);

  size = gst_fec_session_server_handle (b->server, bytes, size, &from,
      &b->address, G_USEC_PER_SEC, G_USEC_PER_SEC, reply, sizeof (reply));
  if (size > 0 && answer != NULL)
    gst_fec_control_parse (answer, reply, size);
  return size;
}

static void
want (GstFecControlMessage *request)
{
  static const gchar *const names[LEASES] = { "one", "two", "three" };
  guint i;

  for (i = 0; i < LEASES; i++) {
    g_strlcpy (request->channels[i].name, names[i], 16);
    request->channels[i].lease_seconds = 60;
  }
  request->n_channels = LEASES;
}

static void
connect_client (Bench *b, guint n)
{
  GstFecControlMessage request, answer;

  gst_fec_control_init (
      &request, GST_FEC_METHOD_CONNECT, GST_FEC_CLASS_REQUEST, NULL);
  want (&request);
  ask (b, &request, n, &answer);
  g_strlcpy (request.nonce, answer.nonce, sizeof (request.nonce));
  ask (b, &request, n, &answer);
  if (answer.session_id == 0)
    g_error ("client %u was not connected: %s", n, answer.reason);
  b->ids[n] = answer.session_id;
}

/* The server's part alone: the messages are written before. */
static void
measure (Bench *b, const gchar *name, GstFecMethod method, gboolean proved)
{
  const guint messages = b->n;
  guint8 *bytes = g_malloc ((gsize) messages * 512);
  gsize *sizes = g_new (gsize, messages);
  guint8 reply[GST_FEC_CONTROL_MAX_SIZE];
  gint64 begin, took;
  gdouble rate;
  guint i;

  for (i = 0; i < messages; i++) {
    GstFecControlMessage request;

    gst_fec_control_init (&request, method, GST_FEC_CLASS_REQUEST, NULL);
    request.session_id = proved ? b->ids[i] : 0;
    if (method == GST_FEC_METHOD_REPORT)
      request.n_reports = LEASES;
    else
      want (&request);
    sizes[i] = gst_fec_control_write (&request, bytes + i * 512UL, 512);
  }
  begin = g_get_monotonic_time ();
  for (i = 0; i < messages; i++) {
    GstFecAddress from = client_address (proved ? i : i + (1u << 20));

    if (gst_fec_session_server_handle (b->server, bytes + i * 512UL, sizes[i],
            &from, &b->address, G_USEC_PER_SEC, G_USEC_PER_SEC, reply,
            sizeof (reply)) == 0)
      g_error ("%s %u was not answered", name, i);
  }
  took = g_get_monotonic_time () - begin;
  rate = messages * (gdouble) G_USEC_PER_SEC / (gdouble) MAX (took, 1);
  g_print ("%-28s %9.0f messages/s\n", name, rate);
  g_string_append_printf (b->json, ", \"%s-per-second\": %.0f", name, rate);
  g_free (bytes);
  g_free (sizes);
}

static void
fill (Bench *b)
{
  GstStructure *stats;
  guint64 memory = 0;
  gint64 begin = g_get_monotonic_time ();
  guint i;

  for (i = 0; i < b->n; i++)
    connect_client (b, i);
  begin = g_get_monotonic_time () - begin;
  stats = gst_fec_session_server_get_stats (b->server);
  gst_structure_get_uint64 (stats, "memory-bytes", &memory);
  gst_structure_free (stats);
  g_print ("%u sessions with %u leases: %.1f bytes each, connected in %.2f s"
           " (both sides)\n",
      b->n, LEASES, (gdouble) memory / b->n, (gdouble) begin / G_USEC_PER_SEC);
  g_string_append_printf (b->json,
      "\"sessions\": %u, \"bytes-per-session\": %.1f", b->n,
      (gdouble) memory / b->n);
}

int
main (int argc, char **argv)
{
  const GstFecSessionCallbacks callbacks = { NULL };
  GstFecSessionSettings settings;
  const gchar *json_file = NULL;
  Bench b = { .n = SESSIONS };
  GError *error = NULL;
  int i;

  for (i = 1; i < argc; i++) {
    if (strcmp (argv[i], "--quick") == 0) {
      b.n = QUICK_SESSIONS;
    } else if (strcmp (argv[i], "--json") == 0 && i + 1 < argc) {
      json_file = argv[++i];
    } else {
      g_printerr ("usage: bench-session [--quick] [--json FILE]\n");
      return 2;
    }
  }
  gst_init (NULL, NULL);
  gst_fec_session_settings_init (&settings);
  settings.challenge_rate = 1000000;
  b.server = gst_fec_session_server_new (&settings, &callbacks, NULL);
  b.address = client_address (1u << 24);
  b.ids = g_new0 (guint64, b.n);
  b.json = g_string_new ("{ ");
  gst_fec_session_server_add_channel (b.server, 1, "one", SDP);
  gst_fec_session_server_add_channel (b.server, 2, "two", SDP);
  gst_fec_session_server_add_channel (b.server, 3, "three", SDP);

  fill (&b);
  measure (&b, "renewals", GST_FEC_METHOD_JOIN, TRUE);
  measure (&b, "reports", GST_FEC_METHOD_REPORT, TRUE);
  measure (&b, "challenges", GST_FEC_METHOD_CONNECT, FALSE);

  g_string_append (b.json, " }\n");
  i = 0;
  if (json_file != NULL &&
      !g_file_set_contents (json_file, b.json->str, -1, &error)) {
    g_printerr ("%s\n", error->message);
    g_clear_error (&error);
    i = 1;
  }
  gst_fec_session_server_free (b.server);
  g_string_free (b.json, TRUE);
  g_free (b.ids);
  return i;
}
