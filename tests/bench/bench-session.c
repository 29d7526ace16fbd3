/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * bench-session.c: memory of a session with three leases, control messages a
 * second on one core, how exactly leases end, and what a flood of forged
 * Connects leaves behind.
 *
 * bench-session [--quick] [--json FILE]
 */
#include "benchreport.h"
#include "session/sessionserver.h"

#include <malloc.h>
#include <math.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SESSIONS 100000
#define LEASES 3
#define FLOOD 1000000
#define ROUNDS 5
#define SDP "v=0\r\n"
#define TICK_MS 10.0
#define START (1000 * (gint64) G_USEC_PER_SEC)

#define MEMORY_GOAL 256.0 /* bytes */
#define RATE_GOAL 50000.0 /* messages a second */
#define FLOOD_GOAL 256.0 /* KiB: the allocator's own coming and going */

typedef struct
{
  GstFecSessionServer *server;
  GstFecAddress address;
  GstFecCredentials *credentials; /* NULL: nobody logs in */
  guint8 key[GST_FEC_CONTROL_KEY_SIZE];
  guint64 ids[SESSIONS];
  gint64 now;
  gint64 latest; /* longest time that a lease went on too long */
  guint ended;
  gint64 *ends; /* of the leases by session and channel; NULL: not looked at */
  BenchReport *report;
  guint rounds;
} Bench;

/* Each in a network of its own, which costs the server most. */
static GstFecAddress
client_address (guint n)
{
  const guint8 ip[4] = { (guint8) (10 + (n >> 16)), (guint8) (n >> 8),
    (guint8) n, 1 };
  GstFecAddress address;

  gst_fec_address_set_ipv4 (&address, ip, 5000);
  return address;
}

static guint
client_number (const GstFecAddress *address)
{
  guint first = address->ip[12] - 10u;

  return first << 16 | (guint) address->ip[13] << 8 | address->ip[14];
}

/* Pages that the process has in memory, in bytes. */
static gsize
resident (void)
{
  gchar *text = NULL;
  guint64 pages = 0;

  if (g_file_get_contents ("/proc/self/statm", &text, NULL, NULL))
    pages = g_ascii_strtoull (strchr (text, ' '), NULL, 10);
  g_free (text);
  return (gsize) pages * (gsize) sysconf (_SC_PAGESIZE);
}

static void
listener_removed (gpointer user_data, guint64 session_id,
    const GstFecAddress *client, guint32 tsi, GstFecEndReason reason)
{
  Bench *b = user_data;

  if (b->ends == NULL || reason != GST_FEC_END_EXPIRED)
    return;
  b->latest = MAX (
      b->latest, b->now - b->ends[client_number (client) * LEASES + tsi - 1]);
  if (b->now < b->ends[client_number (client) * LEASES + tsi - 1])
    g_error ("a lease ended too early");
  b->ended++;
}

static void
server_new (Bench *b)
{
  const GstFecSessionCallbacks callbacks = { .listener_removed =
                                                 listener_removed };
  GstFecSessionSettings settings;

  gst_fec_session_settings_init (&settings);
  settings.challenge_rate = 1000000;
  b->server = gst_fec_session_server_new (&settings, &callbacks, b);
  gst_fec_session_server_set_credentials (b->server, b->credentials);
  gst_fec_session_server_add_channel (b->server, 1, "one", SDP);
  gst_fec_session_server_add_channel (b->server, 2, "two", SDP);
  gst_fec_session_server_add_channel (b->server, 3, "three", SDP);
  b->now = START;
}

static void
want (GstFecControlMessage *request, guint32 seconds)
{
  static const gchar *const names[LEASES] = { "one", "two", "three" };
  guint i;

  for (i = 0; i < LEASES; i++) {
    g_strlcpy (request->channels[i].name, names[i], 16);
    request->channels[i].lease_seconds = seconds;
  }
  request->n_channels = LEASES;
}

static void
sign (Bench *b, GstFecControlMessage *request)
{
  if (b->credentials == NULL)
    return;
  g_strlcpy (request->username, "ann", sizeof (request->username));
  g_strlcpy (request->realm, "gst-fec", sizeof (request->realm));
  request->key = b->key;
}

static gsize
handle (Bench *b, const guint8 *bytes, gsize size, guint n, guint8 *reply)
{
  GstFecAddress from = client_address (n);

  return gst_fec_session_server_handle (b->server, bytes, size, &from,
      &b->address, b->now, b->now, reply, GST_FEC_CONTROL_MAX_SIZE);
}

static void
ask (Bench *b, const GstFecControlMessage *request, guint n,
    GstFecControlMessage *answer)
{
  guint8 bytes[GST_FEC_CONTROL_MAX_SIZE], reply[GST_FEC_CONTROL_MAX_SIZE];
  gsize size = gst_fec_control_write (request, bytes, sizeof (bytes));

  size = handle (b, bytes, size, n, reply);
  if (gst_fec_control_parse (answer, reply, size) != GST_FEC_CONTROL_OK)
    g_error ("client %u got no answer", n);
}

static void
connect_client (Bench *b, guint n, guint32 seconds)
{
  GstFecControlMessage request, answer;

  gst_fec_control_init (
      &request, GST_FEC_METHOD_CONNECT, GST_FEC_CLASS_REQUEST, NULL);
  want (&request, seconds);
  ask (b, &request, n, &answer);
  g_strlcpy (request.nonce, answer.nonce, sizeof (request.nonce));
  sign (b, &request);
  ask (b, &request, n, &answer);
  if (answer.session_id == 0)
    g_error ("client %u was not connected: %s", n, answer.reason);
  b->ids[n] = answer.session_id;
}

/* ---- Memory ------------------------------------------------------------- */

static void
measure_memory (Bench *b)
{
  GstStructure *stats;
  guint64 counted = 0;
  gdouble value;
  gchar *params;
  gsize before;
  guint n;

  server_new (b);
  /* One session takes the first chunk and warms the allocator up. */
  connect_client (b, 0, 60);
  malloc_trim (0);
  before = resident ();
  for (n = 1; n < SESSIONS; n++)
    connect_client (b, n, 60);
  stats = gst_fec_session_server_get_stats (b->server);
  gst_structure_get_uint64 (stats, "memory-bytes", &counted);
  gst_structure_free (stats);
  params = g_strdup_printf ("sessions=%u leases=%u logins=%s counted=%.1f",
      SESSIONS, LEASES, b->credentials != NULL ? "yes" : "no",
      (gdouble) counted / SESSIONS);
  value = (gdouble) (resident () - before) / (SESSIONS - 1);
  bench_report_add (b->report,
      &(BenchRow){ .name = "memory-per-session",
          .params = params,
          .value = value,
          .unit = "B",
          .rounds = 1,
          .peer_value = NAN,
          .goal = MEMORY_GOAL,
          .low = value,
          .high = value });
  g_free (params);
}

/* ---- Messages ----------------------------------------------------------- */

typedef struct
{
  const gchar *name;
  GstFecMethod method;
  gboolean in_session; /* else a Connect without NONCE from elsewhere */
} Kind;

static gsize
write_message (Bench *b, const Kind *kind, guint n, guint8 *bytes)
{
  GstFecControlMessage request;

  gst_fec_control_init (&request, kind->method, GST_FEC_CLASS_REQUEST, NULL);
  request.session_id = kind->in_session ? b->ids[n] : 0;
  if (kind->method == GST_FEC_METHOD_REPORT)
    request.n_reports = LEASES;
  else if (kind->method != GST_FEC_METHOD_DESCRIBE)
    want (&request, 60);
  else
    request.channels[request.n_channels++].tsi = 1;
  if (kind->in_session)
    sign (b, &request);
  return gst_fec_control_write (&request, bytes, 512);
}

/* Time of this thread on its core, in microseconds: others may have it, too. */
static gint64
core_time (void)
{
  struct timespec time;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &time);
  return time.tv_sec * (gint64) G_USEC_PER_SEC + time.tv_nsec / 1000;
}

/* The server's part alone: the messages are written before. */
static gdouble
measure_round (Bench *b, const Kind *kind, guint8 *bytes, gsize *sizes)
{
  guint8 reply[GST_FEC_CONTROL_MAX_SIZE];
  gint64 begin;
  guint n;

  for (n = 0; n < SESSIONS; n++)
    sizes[n] = write_message (b, kind, n, bytes + n * 512UL);
  b->now += 1000;
  begin = core_time ();
  for (n = 0; n < SESSIONS; n++) {
    if (handle (b, bytes + n * 512UL, sizes[n],
            kind->in_session ? n : n + (1u << 20), reply) == 0)
      g_error ("%s %u was not answered", kind->name, n);
  }
  return SESSIONS * (gdouble) G_USEC_PER_SEC /
      (gdouble) MAX (core_time () - begin, 1);
}

static void
measure_messages (Bench *b)
{
  static const Kind kinds[] = {
    { "renewal", GST_FEC_METHOD_JOIN, TRUE },
    { "report", GST_FEC_METHOD_REPORT, TRUE },
    { "describe", GST_FEC_METHOD_DESCRIBE, TRUE },
    { "challenge", GST_FEC_METHOD_CONNECT, FALSE },
  };
  guint8 *bytes = g_malloc (SESSIONS * 512UL);
  gsize *sizes = g_new (gsize, SESSIONS);
  guint i, round;

  for (i = 0; i < G_N_ELEMENTS (kinds); i++) {
    GArray *rates = g_array_new (FALSE, FALSE, sizeof (gdouble));
    gchar *params = g_strdup_printf ("kind=%s sessions=%u logins=%s",
        kinds[i].name, SESSIONS, b->credentials != NULL ? "yes" : "no");
    gdouble low, high;

    for (round = 0; round < b->rounds; round++) {
      gdouble rate = measure_round (b, &kinds[i], bytes, sizes);

      g_array_append_val (rates, rate);
    }
    low = bench_percentile (rates, 0);
    high = bench_percentile (rates, 100);
    bench_report_add (b->report,
        &(BenchRow){ .name = "control-messages",
            .params = params,
            .value = bench_percentile (rates, 50),
            .unit = "1/s",
            .rounds = b->rounds,
            .low = low,
            .high = high,
            .peer_value = NAN,
            .goal = RATE_GOAL,
            .more_is_better = TRUE });
    g_free (params);
    g_array_unref (rates);
  }
  g_free (sizes);
  g_free (bytes);
}

/* ---- Ends of leases ----------------------------------------------------- */

/* Each lease with a length of its own, up to the time of consent, and a clock
   that goes to wherever the server asks for. */
static void
measure_expiry (Bench *b)
{
  GRand *rand = g_rand_new_with_seed (5);
  gdouble value;
  gint64 next;
  guint n, i;

  gst_fec_session_server_remove_client (b->server, NULL, b->now);
  b->ends = g_new0 (gint64, SESSIONS * LEASES);
  for (n = 0; n < SESSIONS; n++) {
    guint32 seconds = (guint32) g_rand_int_range (rand, 10, 30);

    b->now += g_rand_int_range (rand, 1, 50);
    connect_client (b, n, seconds);
    for (i = 0; i < LEASES; i++)
      b->ends[n * LEASES + i] = b->now + seconds * (gint64) G_USEC_PER_SEC;
  }
  b->latest = 0;
  b->ended = 0;
  while ((next = gst_fec_session_server_tick (b->server, b->now)) != G_MAXINT64)
    b->now = next;
  if (b->ended != SESSIONS * LEASES)
    g_error ("%u leases of %u ended", b->ended, SESSIONS * LEASES);
  value = (gdouble) b->latest / 1000.0;
  bench_report_add (b->report,
      &(BenchRow){ .name = "expiry-error",
          .params = "percentile=100 leases=300000",
          .value = value,
          .unit = "ms",
          .rounds = 1,
          .peer_value = NAN,
          .goal = TICK_MS,
          .low = value,
          .high = value });
  g_clear_pointer (&b->ends, g_free);
  g_rand_free (rand);
}

/* ---- Flood -------------------------------------------------------------- */

static void
measure_flood (Bench *b)
{
  guint8 bytes[GST_FEC_CONTROL_MAX_SIZE], reply[GST_FEC_CONTROL_MAX_SIZE];
  GRand *rand = g_rand_new_with_seed (6);
  const Kind forged = { "forged", GST_FEC_METHOD_CONNECT, FALSE };
  gsize size = write_message (b, &forged, 0, bytes), before, after;
  gdouble value;
  gchar *params;
  guint i;

  handle (b, bytes, size, 1, reply);
  before = resident ();
  for (i = 0; i < FLOOD; i++) {
    const guint32 ip = g_rand_int (rand);
    GstFecAddress from;

    gst_fec_address_set_ipv4 (
        &from, (const guint8 *) &ip, (guint16) g_rand_int (rand));
    gst_fec_session_server_handle (b->server, bytes, size, &from, &b->address,
        b->now, b->now, reply, sizeof (reply));
  }
  after = resident ();
  value = ((gdouble) after - (gdouble) before) / 1024.0;
  params = g_strdup_printf ("connects=%u rss-before-kib=%" G_GSIZE_FORMAT
                            " rss-after-kib=%" G_GSIZE_FORMAT,
      FLOOD, before / 1024, after / 1024);
  bench_report_add (b->report,
      &(BenchRow){ .name = "flood-memory",
          .params = params,
          .value = value,
          .unit = "KiB",
          .rounds = 1,
          .peer_value = NAN,
          .goal = FLOOD_GOAL,
          .low = value,
          .high = value });
  g_free (params);
  g_rand_free (rand);
}

static void
measure (Bench *b)
{
  measure_memory (b);
  measure_messages (b);
  if (b->credentials == NULL) {
    measure_expiry (b);
    measure_flood (b);
  }
  gst_fec_session_server_free (b->server);
}

int
main (int argc, char **argv)
{
  Bench *b = g_new0 (Bench, 1);
  const gchar *json = NULL;
  GError *error = NULL;
  gint status = 0, i;

  b->rounds = ROUNDS;
  for (i = 1; i < argc; i++) {
    if (strcmp (argv[i], "--quick") == 0) {
      b->rounds = 1;
    } else if (strcmp (argv[i], "--json") == 0 && i + 1 < argc) {
      json = argv[++i];
    } else {
      g_printerr ("usage: bench-session [--quick] [--json FILE]\n");
      return 2;
    }
  }
  gst_init (NULL, NULL);
  b->report = bench_report_new ("session");
  b->address = client_address (1u << 22);
  measure (b);
  b->credentials = gst_fec_credentials_new (NULL);
  gst_fec_credentials_add_user (b->credentials, "ann", "sesame", NULL);
  gst_fec_control_make_key ("ann", "gst-fec", "sesame", b->key);
  measure (b);

  if (!bench_report_met (b->report))
    status = 1;
  if (json != NULL && !bench_report_write (b->report, json, &error)) {
    g_printerr ("%s\n", error->message);
    g_clear_error (&error);
    status = 2;
  }
  bench_report_free (b->report);
  gst_fec_credentials_unref (b->credentials);
  g_free (b);
  return status;
}
