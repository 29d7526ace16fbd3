/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * flood.c: a flood of requests from forged addresses, with and without garbage for a cookie, against a server whose
 * clients are getting data. The server's memory stays as it is, nobody's data has a gap, no address is sent more than
 * came from it, and challenges are limited for each network. Prints its figures.
 *
 * The server is a process of its own (flood --serve), so that its memory can be told. Run it in a network namespace.
 */
#include <gio/gio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <wire/control.h>

#include "carousel.h"
#include "lightclients.h"
#include "spoof.h"
#include "testscene.h"

#define N_CLIENTS 20
#define DATA_RATE 300.0 /* packets a second to each of them */
#define N_TRANSACTIONS 64
/* Pages that a process may touch by chance: stacks, caches of malloc. */
#define RSS_TOLERANCE (512 << 10)
/* The address sanitizer keeps what was freed. */
#ifdef __SANITIZE_ADDRESS__
#define SANITIZED TRUE
#else
#define SANITIZED FALSE
#endif
/* Requests before memory is looked at first, and between looks. */
#define CHUNK 5000
#define PATIENCE_US (150 * G_TIME_SPAN_SECOND)
/* What a bucket of the limit holds, and gets in a second (docs/sessions.md). */
#define CHALLENGE_RATE 100
/* The network of the second part: 10.9.8.0/24. */
#define ONE_PREFIX (9 << 8 | 8)
/* Answers that are on the way are waited for. */
#define SETTLE_US (500 * G_TIME_SPAN_MILLISECOND)

/* ---- The server ---- */

typedef struct
{
  guint64 rss, memory, sessions, challenges, suppressed, malformed;
} ServerState;

/* Without the ring of packets, which is shared memory of a fixed size that fills slowly. */
static guint64
own_rss (void)
{
  gchar *text = NULL;
  guint64 pages = 0, shared = 0;

  if (g_file_get_contents ("/proc/self/statm", &text, NULL, NULL))
    sscanf (
        text, "%*u %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT, &pages, &shared);
  g_free (text);
  return (pages - shared) * sysconf (_SC_PAGESIZE);
}

static guint64
number (const GstStructure *stats, const gchar *name)
{
  GValue value = G_VALUE_INIT;
  guint64 found;

  g_value_init (&value, G_TYPE_UINT64);
  if (!g_value_transform (gst_structure_get_value (stats, name), &value))
    g_error ("no number %s", name);
  found = g_value_get_uint64 (&value);
  g_value_unset (&value);
  return found;
}

static void
print_state (Carousel *carousel)
{
  GstStructure *stats = gst_fec_hub_get_stats (carousel_get_hub (carousel));

  printf ("%" G_GUINT64_FORMAT, own_rss ());
  printf (" %" G_GUINT64_FORMAT, number (stats, "memory-bytes"));
  printf (" %" G_GUINT64_FORMAT, number (stats, "sessions"));
  printf (" %" G_GUINT64_FORMAT, number (stats, "challenges"));
  printf (" %" G_GUINT64_FORMAT, number (stats, "challenges-suppressed"));
  printf (" %" G_GUINT64_FORMAT "\n", number (stats, "malformed"));
  fflush (stdout);
  gst_structure_free (stats);
}

/* Prints the port, then its state for each line that comes, until there is none. */
static int
serve (void)
{
  static const guint8 object[100000] = { 1, 2, 3 };
  const CarouselSettings settings = { .channel = "data",
    .tsi = 1,
    .object = object,
    .size = sizeof (object),
    .symbol_size = 1344,
    .rate = DATA_RATE,
    .n_ranges = 1 };
  Carousel *carousel = carousel_start (&settings, NULL);
  gchar line[16];

  if (carousel == NULL)
    return EXIT_FAILURE;
  printf ("%u\n", carousel_get_port (carousel));
  fflush (stdout);
  while (fgets (line, sizeof (line), stdin) != NULL)
    print_state (carousel);
  carousel_stop (carousel);
  return EXIT_SUCCESS;
}

/* ---- The scene ---- */

typedef struct
{
  GSubprocess *server;
  GDataInputStream *said;
  guint16 port;
  LightClients *clients;
  Spoof *spoof;
  GRand *random;
  GArray *requests; /* of Request */
} Scene;

static gchar *
read_line (Scene *scene)
{
  gchar *line = g_data_input_stream_read_line (scene->said, NULL, NULL, NULL);

  if (line == NULL)
    g_error ("the server is gone");
  return line;
}

static void
start_server (Scene *scene, const gchar *program)
{
  gchar *line;

  scene->server = g_subprocess_new (
      G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE, NULL,
      program, "--serve", NULL);
  if (scene->server == NULL)
    g_error ("the server does not start");
  scene->said =
      g_data_input_stream_new (g_subprocess_get_stdout_pipe (scene->server));
  line = read_line (scene);
  scene->port = atoi (line);
  g_free (line);
}

static void
ask_server (Scene *scene, ServerState *state)
{
  gchar *line;

  g_output_stream_write_all (
      g_subprocess_get_stdin_pipe (scene->server), "\n", 1, NULL, NULL, NULL);
  line = read_line (scene);
  if (sscanf (line,
          "%" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT
          " %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT,
          &state->rss, &state->memory, &state->sessions, &state->challenges,
          &state->suppressed, &state->malformed) != 6)
    g_error ("the server says %s", line);
  g_free (line);
}

/* ---- Requests ---- */

typedef struct
{
  gsize size;
  guint8 data[GST_FEC_CONTROL_CONNECT_SIZE];
} Request;

static void
add_request (Scene *scene, const GstFecControlMessage *message, gsize damage)
{
  Request request;

  request.size =
      gst_fec_control_write (message, request.data, sizeof (request.data));
  if (request.size == 0)
    g_error ("a request is too long");
  if (damage > 0)
    request.data[damage] ^= 1;
  g_array_append_val (scene->requests, request);
}

static void
set_garbage_cookie (Scene *scene, GstFecControlMessage *message)
{
  guint8 bytes[24];
  gchar *text;
  guint i;

  for (i = 0; i < sizeof (bytes); i++)
    bytes[i] = g_rand_int (scene->random) & 0xff;
  text = g_base64_encode (bytes, sizeof (bytes));
  g_strlcpy (message->nonce, text, sizeof (message->nonce));
  g_free (text);
}

/* Connects without and with a cookie, also with a session and a lease; short requests; broken ones. */
static void
make_requests (Scene *scene)
{
  guint i;

  for (i = 0; i < N_TRANSACTIONS; i++) {
    GstFecControlMessage message;

    gst_fec_control_init (
        &message, GST_FEC_METHOD_CONNECT, GST_FEC_CLASS_REQUEST, NULL);
    add_request (scene, &message, 0);
    add_request (scene, &message, 300); /* the fingerprint is wrong */
    message.n_channels = 1;
    g_strlcpy (message.channels[0].name, "data", 5);
    add_request (scene, &message, 0);
    set_garbage_cookie (scene, &message);
    add_request (scene, &message, 0);
    message.session_id = g_rand_int (scene->random) | 1;
    add_request (scene, &message, 0);
    message.method = GST_FEC_METHOD_JOIN;
    add_request (scene, &message, 0);
    gst_fec_control_init (
        &message, GST_FEC_METHOD_LEAVE, GST_FEC_CLASS_REQUEST, NULL);
    message.session_id = 1;
    add_request (scene, &message, 0);
  }
}

/* Sends @n requests, @rate a second, from addresses of which @mask is random. */
static void
flood (Scene *scene, guint n, gdouble rate, guint32 network, guint32 mask)
{
  gint64 begin = g_get_monotonic_time ();
  guint i;

  for (i = 0; i < n; i++) {
    const Request *request =
        &g_array_index (scene->requests, Request, i % scene->requests->len);
    gint64 due = begin + (gint64) (i / rate * G_USEC_PER_SEC);
    gint64 now = g_get_monotonic_time ();

    if (due > now + G_TIME_SPAN_MILLISECOND)
      g_usleep (due - now);
    spoof_put (scene->spoof, network | (g_rand_int (scene->random) & mask),
        request->data, request->size);
  }
  spoof_flush (scene->spoof);
}

typedef struct
{
  Spoof *spoof;
  guint64 answers;
  gint64 since;
} Quiet;

static gboolean
is_quiet (gpointer user_data)
{
  Quiet *quiet = user_data;
  gint64 now = g_get_monotonic_time ();
  SpoofCounts counts;

  spoof_get_counts (quiet->spoof, &counts);
  if (counts.answers != quiet->answers || quiet->since == 0) {
    quiet->answers = counts.answers;
    quiet->since = now;
  }
  return now - quiet->since > SETTLE_US;
}

/* Waits until no answer comes any more. */
static void
settle (Scene *scene)
{
  Quiet quiet = { .spoof = scene->spoof };

  test_wait (is_quiet, &quiet, TEST_PATIENCE);
}

/* ---- What is tested ---- */

static gboolean
check (gboolean condition, const gchar *what)
{
  if (!condition)
    g_printerr ("%s\n", what);
  return condition;
}

static gboolean
check_memory (const ServerState *before, const ServerState *after)
{
  g_print ("server: private RSS %" G_GUINT64_FORMAT
           " KiB before, %" G_GUINT64_FORMAT
           " KiB after; sessions' memory %" G_GUINT64_FORMAT
           " and %" G_GUINT64_FORMAT " bytes; sessions %" G_GUINT64_FORMAT "\n",
      before->rss >> 10, after->rss >> 10, before->memory, after->memory,
      after->sessions);
  return check (after->rss <= before->rss + RSS_TOLERANCE || SANITIZED,
             "the server's memory has grown") &&
      check (
          after->memory == before->memory, "the table of sessions has grown") &&
      check (after->sessions == N_CLIENTS, "there are other sessions");
}

static gboolean
check_bytes (Scene *scene)
{
  guint amplified = spoof_count_amplified (scene->spoof);
  SpoofCounts counts;

  spoof_get_counts (scene->spoof, &counts);
  g_print ("%" G_GUINT64_FORMAT " requests, %" G_GUINT64_FORMAT
           " bytes; %" G_GUINT64_FORMAT " answers, %" G_GUINT64_FORMAT
           " bytes, the largest %u; %u addresses were sent more than came "
           "from them\n",
      counts.requests, counts.request_bytes, counts.answers,
      counts.answer_bytes, counts.largest_answer, amplified);
  return check (amplified == 0, "an address was sent more than came from it") &&
      check (
          counts.unseen == 0, "answers were not seen: the test cannot tell") &&
      check (counts.not_sent == 0, "not all requests were sent") &&
      check (counts.answers > 0, "nothing was answered: nothing was tested");
}

static guint64
handled (const ServerState *before, const ServerState *now)
{
  return now->challenges + now->suppressed + now->malformed -
      before->challenges - before->suppressed - before->malformed;
}

/* From everywhere, until the server has seen @n: the system drops what comes faster than it reads. */
static gboolean
flood_all (Scene *scene, guint n, gdouble rate)
{
  ServerState before, now;
  gint64 begin;

  flood (scene, CHUNK, rate, 0, 0xffffff);
  settle (scene);
  ask_server (scene, &before);
  begin = g_get_monotonic_time ();
  do {
    flood (scene, CHUNK, rate, 0, 0xffffff);
    ask_server (scene, &now);
  } while (handled (&before, &now) < n &&
      g_get_monotonic_time () - begin < PATIENCE_US);
  g_print ("flood: %" G_GUINT64_FORMAT " requests handled in %.2f s\n",
      handled (&before, &now), (g_get_monotonic_time () - begin) / 1e6);
  settle (scene);
  ask_server (scene, &now);
  g_print ("server: %" G_GUINT64_FORMAT " challenged, %" G_GUINT64_FORMAT
           " over the limit, %" G_GUINT64_FORMAT " malformed\n",
      now.challenges - before.challenges, now.suppressed - before.suppressed,
      now.malformed - before.malformed);
  return check_memory (&before, &now) &&
      check (
          handled (&before, &now) >= n, "the flood did not reach the server") &&
      check_bytes (scene);
}

/* From one network: challenges for it are limited. */
static gboolean
flood_one (Scene *scene, guint n, gdouble rate)
{
  guint64 before = spoof_count_answers (scene->spoof, ONE_PREFIX);
  guint64 after, limit;
  gint64 begin = g_get_monotonic_time ();
  gdouble seconds;

  flood (scene, n, rate, ONE_PREFIX << 8, 0xff);
  seconds = (g_get_monotonic_time () - begin) / 1e6;
  settle (scene);
  after = spoof_count_answers (scene->spoof, ONE_PREFIX);
  limit = CHALLENGE_RATE * (1 + seconds);
  g_print ("one network: %u requests in %.2f s, %" G_GUINT64_FORMAT
           " answers; the limit is %" G_GUINT64_FORMAT "\n",
      n, seconds, after - before, limit);
  return check (after > before, "nothing was answered") &&
      check (after - before <= limit, "too many answers") &&
      check_bytes (scene);
}

static gboolean
are_there (gpointer user_data)
{
  Scene *scene = user_data;
  ServerState state;

  ask_server (scene, &state);
  return state.sessions == N_CLIENTS;
}

static gboolean
set_up (Scene *scene, const gchar *program)
{
  LightClientsSettings clients = {
    .n_clients = N_CLIENTS, .channel = "data", .seed = 1, .steady = TRUE
  };
  const gchar *reason = NULL;

  start_server (scene, program);
  scene->random = g_rand_new_with_seed (1);
  scene->requests = g_array_new (FALSE, FALSE, sizeof (Request));
  make_requests (scene);
  scene->spoof = spoof_new (scene->port, &reason);
  if (scene->spoof == NULL) {
    g_print ("skipped: %s\n", reason);
    exit (TEST_SKIPPED);
  }
  clients.port = scene->port;
  scene->clients = light_clients_start (&clients);
  return check (
      test_wait (are_there, scene, TEST_PATIENCE), "the clients do not get in");
}

static gboolean
tear_down (Scene *scene)
{
  LightClientsResult result;

  light_clients_finish (scene->clients, &result);
  spoof_free (scene->spoof);
  g_output_stream_close (
      g_subprocess_get_stdin_pipe (scene->server), NULL, NULL);
  g_subprocess_wait (scene->server, NULL, NULL);
  g_object_unref (scene->said);
  g_object_unref (scene->server);
  g_array_unref (scene->requests);
  g_rand_free (scene->random);
  g_print ("clients: %u, %" G_GUINT64_FORMAT " packets, %u missing, %u "
           "refused, %u unserved\n",
      result.visits, result.packets, result.gaps, result.refused,
      result.unserved);
  return check (result.gaps == 0, "clients' data has gaps") &&
      check (
          result.refused + result.unserved == 0, "clients were not served") &&
      check (result.visits == N_CLIENTS, "clients had to come again");
}

int
main (int argc, char **argv)
{
  gint requests = 100000;
  gdouble rate = 50000;
  gboolean server = FALSE, good, clients_good;
  GOptionEntry entries[] = { { "requests", 0, 0, G_OPTION_ARG_INT, &requests,
                                 "How many the server is to handle (100000)",
                                 "N" },
    { "rate", 0, 0, G_OPTION_ARG_DOUBLE, &rate, "A second (50000)", "N" },
    { "serve", 0, 0, G_OPTION_ARG_NONE, &server, "Be the server", NULL },
    { NULL } };
  GOptionContext *context = g_option_context_new ("- forged requests");
  Scene scene = { 0 };

  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_add_group (context, gst_init_get_option_group ());
  if (!g_option_context_parse (context, &argc, &argv, NULL) || requests < 1) {
    g_printerr ("flood: wrong arguments\n");
    return EXIT_FAILURE;
  }
  g_option_context_free (context);
  if (server)
    return serve ();
  good = set_up (&scene, argv[0]) && flood_all (&scene, requests, rate) &&
      flood_one (&scene, requests / 5, rate);
  clients_good = tear_down (&scene);
  return good && clients_good ? EXIT_SUCCESS : EXIT_FAILURE;
}
