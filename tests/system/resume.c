/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * resume.c: fec-get --resume leaves a carousel at 30 % and at 60 % of an object and comes back: the file is the object,
 * and all in all no more symbols came than the object needs. And what it does with files of others and damaged ones.
 *
 * resume FEC-GET [--systematic]
 */
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <stdlib.h>
#include <string.h>

#include "carousel.h"
#include "testscene.h"

#define SYMBOL_SIZE 1344
#define K 2000
#define RATE 2500.0
#define TSI 9
/* More than K that may be needed: with three more RFC 6330 fails once in 10^8. */
#define OVERHEAD 3
/* Packets that come at once, of which the first may have been the last one needed. */
#define MAX_LIST 64
#define EXIT_FAILED 1
#define EXIT_UNFINISHED 3
/* Of the file: magic, version, TSI, T, n, bytes of the output; then the first packet's length. */
#define STATE_HEADER 32
/* The bit that write_changed() changes: bytes of the output that are finished. */
#define FINISHED 0x40

typedef struct
{
  const gchar *program;
  gboolean systematic;
  gchar *folder;
  gchar *output, *state, *stats;
  GBytes *object;
  Carousel *carousel;
} Scene;

/* ---- The carousel ---- */

static Carousel *
start_carousel (const Scene *scene, guint32 tsi, gsize size)
{
  const CarouselSettings settings = { .channel = "object",
    .tsi = tsi,
    .toi = 77,
    .object = g_bytes_get_data (scene->object, NULL),
    .size = size,
    .symbol_size = SYMBOL_SIZE,
    .rate = RATE,
    .systematic = scene->systematic,
    .n_ranges = 1 };
  GError *error = NULL;
  Carousel *carousel = carousel_start (&settings, &error);

  if (carousel == NULL)
    g_error ("%s", error->message);
  return carousel;
}

static GBytes *
make_object (void)
{
  gsize size = (gsize) K * SYMBOL_SIZE - 100, i;
  guint8 *data = g_malloc (size);
  GRand *random = g_rand_new_with_seed (3);

  for (i = 0; i < size; i++)
    data[i] = g_rand_int (random) & 0xff;
  g_rand_free (random);
  return g_bytes_new_take (data, size);
}

/* ---- The client ---- */

typedef struct
{
  int status;
  gchar *messages; /* standard error */
} Run;

static void
run_clear (Run *run)
{
  g_clear_pointer (&run->messages, g_free);
}

static GSubprocess *
start_client (const Scene *scene, Carousel *carousel)
{
  gchar *uri = g_strdup_printf (
      "fec://127.0.0.1:%u/object", carousel_get_port (carousel));
  GError *error = NULL;
  GSubprocess *client =
      g_subprocess_new (G_SUBPROCESS_FLAGS_STDERR_PIPE, &error, scene->program,
          "-o", scene->output, "--resume", scene->state, "--resume-limit", "16",
          "--stats-json", scene->stats, "--protocols", "udp", uri, NULL);

  if (client == NULL)
    g_error ("%s", error->message);
  g_free (uri);
  return client;
}

static void
end_client (GSubprocess *client, Run *run)
{
  GError *error = NULL;

  if (!g_subprocess_communicate_utf8 (
          client, NULL, NULL, NULL, &run->messages, &error))
    g_error ("%s", error->message);
  run->status = g_subprocess_get_if_exited (client)
      ? g_subprocess_get_exit_status (client)
      : -1;
  g_object_unref (client);
}

typedef struct
{
  Carousel *carousel;
  guint sent;
} Mark;

static gboolean
is_reached (gpointer user_data)
{
  const Mark *mark = user_data;

  return carousel_get_sent (mark->carousel) >= mark->sent;
}

/* Receives until the carousel has sent @until packets in all, 0: to the end. */
static void
receive (const Scene *scene, Carousel *carousel, guint until, Run *run)
{
  GSubprocess *client = start_client (scene, carousel);
  Mark mark = { carousel, until };

  if (until > 0) {
    if (!test_wait (is_reached, &mark, TEST_PATIENCE))
      g_printerr ("the carousel does not turn\n");
    g_subprocess_send_signal (client, SIGINT);
  }
  end_client (client, run);
}

/* A number of the client's statistics: of an element's when @element is not NULL. */
static gint64
get_number (const Scene *scene, const gchar *element, const gchar *name)
{
  JsonParser *parser = json_parser_new ();
  JsonObject *object;
  gint64 number = -1;

  if (json_parser_load_from_file (parser, scene->stats, NULL)) {
    object = json_node_get_object (json_parser_get_root (parser));
    if (element != NULL)
      object = json_object_get_object_member (object, element);
    number = json_object_get_int_member (object, name);
  }
  g_object_unref (parser);
  return number;
}

static gboolean
expect (gboolean condition, const Run *run, const gchar *what)
{
  if (!condition)
    g_printerr ("%s\nthe client said: %s\n", what, run->messages);
  return condition;
}

/* ---- What is tested ---- */

static gboolean
leave (const Scene *scene, guint percent)
{
  Run run;
  gboolean good;

  receive (scene, scene->carousel, K * percent / 100, &run);
  g_print ("left at %u %%: %" G_GINT64_FORMAT " packets kept\n", percent,
      get_number (scene, NULL, "packets-kept"));
  good =
      expect (run.status == EXIT_UNFINISHED, &run, "it should exit with 3") &&
      expect (g_file_test (scene->state, G_FILE_TEST_EXISTS), &run,
          "nothing was kept");
  run_clear (&run);
  return good;
}

/* Whether the output is @before bytes and then the object. */
static gboolean
is_object (const Scene *scene, gsize before)
{
  gsize size, length = 0;
  gconstpointer object = g_bytes_get_data (scene->object, &size);
  gchar *data = NULL;
  gboolean good = g_file_get_contents (scene->output, &data, &length, NULL) &&
      length == before + size && memcmp (data + before, object, size) == 0;

  g_free (data);
  return good;
}

static gboolean
finish (const Scene *scene, gsize before)
{
  gint64 symbols, resumed, fresh;
  gboolean good;
  Run run;

  receive (scene, scene->carousel, 0, &run);
  resumed = get_number (scene, NULL, "packets-resumed");
  fresh = get_number (scene, NULL, "packets-fresh");
  symbols = get_number (scene, "decoder", "packets-received") -
      get_number (scene, "decoder", "packets-duplicate");
  g_print ("finished: %" G_GINT64_FORMAT " symbols for %u, %" G_GINT64_FORMAT
           " of them from before, %" G_GINT64_FORMAT " came\n",
      symbols, K, resumed, fresh);
  good = expect (run.status == 0, &run, "it should exit with 0") &&
      expect (is_object (scene, before), &run, "the file is not the object") &&
      expect (!g_file_test (scene->state, G_FILE_TEST_EXISTS), &run,
          "what was kept is still there") &&
      expect (resumed >= K / 6, &run, "what was kept was not used") &&
      expect (resumed + fresh <= K + OVERHEAD + MAX_LIST, &run,
          "what had come before came again") &&
      expect (symbols <= K + OVERHEAD, &run, "too many symbols were needed") &&
      expect (get_number (scene, "decoder", "packets-lost") == 0, &run,
          "packets count as lost that nobody has sent");
  run_clear (&run);
  return good;
}

/* Bytes of the output, -1: there is none. */
static gint64
output_size (const Scene *scene)
{
  GStatBuf status;

  return g_stat (scene->output, &status) == 0 ? status.st_size : -1;
}

/* Runs the client with @carousel to its end; it has to say @message and to change nothing. */
static gboolean
expect_refusal (const Scene *scene, Carousel *carousel, const gchar *message)
{
  gchar *before = NULL, *after = NULL;
  gsize size_before = 0, size_after = 0;
  gint64 output_before = output_size (scene);
  Run run;
  gboolean good;

  g_file_get_contents (scene->state, &before, &size_before, NULL);
  receive (scene, carousel, 0, &run);
  g_file_get_contents (scene->state, &after, &size_after, NULL);
  good = expect (run.status == EXIT_FAILED, &run, "it should exit with 1") &&
      expect (strstr (run.messages, message) != NULL, &run, message) &&
      expect (
          size_before == size_after && memcmp (before, after, size_before) == 0,
          &run, "it has changed what was kept") &&
      expect (output_before == output_size (scene), &run,
          "it has changed the output");
  run_clear (&run);
  g_free (before);
  g_free (after);
  return good;
}

/* Of another channel, and of another object of this one. */
static gboolean
refuse_others (const Scene *scene)
{
  gsize size = g_bytes_get_size (scene->object);
  Carousel *other = start_carousel (scene, TSI + 1, size);
  gboolean good = expect_refusal (scene, other, "another channel");

  carousel_stop (other);
  other = start_carousel (scene, TSI, size - 5 * SYMBOL_SIZE);
  good = good && expect_refusal (scene, other, "another object");
  carousel_stop (other);
  return good;
}

/* Writes the first @size bytes of the file with byte @at changed and, when asked for, a right checksum. */
static void
write_changed (
    const Scene *scene, const gchar *data, gsize size, gssize at, gboolean sign)
{
  gchar *changed = g_memdup2 (data, size);

  if (at >= 0)
    changed[at] ^= FINISHED;
  if (sign) {
    GChecksum *checksum = g_checksum_new (G_CHECKSUM_SHA256);
    gsize length = 32;

    g_checksum_update (
        checksum, (const guchar *) changed, (gssize) (size - length));
    g_checksum_get_digest (
        checksum, (guint8 *) changed + size - length, &length);
    g_checksum_free (checksum);
  }
  g_file_set_contents (scene->state, changed, (gssize) size, NULL);
  g_free (changed);
}

typedef struct
{
  gssize at; /* byte that is changed, -1: none */
  gssize cut; /* bytes that are missing at the end */
  gboolean sign;
  const gchar *message;
} Damage;

static gboolean
refuse_damaged (const Scene *scene)
{
  static const Damage damages[] = {
    { 0, 0, FALSE, "no file of fec-get" },
    { 9, 0, TRUE, "another version" },
    { 15, 0, TRUE, "no packet of its channel" },
    { 20, 0, TRUE, "ends within a packet" }, /* more packets than there are */
    { 23, 0, TRUE, "ends within a packet" },
    { 24, 0, TRUE, "it has not the" }, /* bytes of the output */
    { STATE_HEADER, 0, TRUE, "no packet of its channel" },
    { STATE_HEADER + 2, 0, TRUE, "no packet of its channel" },
    { STATE_HEADER + 100, 0, FALSE, "damaged" },
    { -1, 1, FALSE, "damaged" },
    { -1, 1000, TRUE, "ends within a packet" },
  };
  gboolean good = TRUE;
  gchar *data;
  gsize size;
  guint i;

  if (!g_file_get_contents (scene->state, &data, &size, NULL))
    return FALSE;
  for (i = 0; good && i < G_N_ELEMENTS (damages); i++) {
    write_changed (
        scene, data, size - damages[i].cut, damages[i].at, damages[i].sign);
    good = expect_refusal (scene, scene->carousel, damages[i].message);
  }
  g_file_set_contents (scene->state, data, 10, NULL);
  good = good && expect_refusal (scene, scene->carousel, "no file of fec-get");
  g_free (data);
  data = g_malloc0 (18 << 20);
  g_file_set_contents (scene->state, data, 18 << 20, NULL);
  good = good && expect_refusal (scene, scene->carousel, "--resume-limit");
  g_free (data);
  return good;
}

/* Behind an object that was finished: what follows it in the file comes again. */
static gboolean
go_on_behind_finished (const Scene *scene)
{
  gchar *data, *output = g_strnfill (FINISHED + 10, 'x');
  gboolean good;
  gsize size;

  g_file_get_contents (scene->state, &data, &size, NULL);
  write_changed (scene, data, size, STATE_HEADER - 1, TRUE);
  g_clear_pointer (&data, g_free);
  g_file_set_contents (scene->output, output, FINISHED + 10, NULL);
  good = finish (scene, FINISHED) &&
      g_file_get_contents (scene->output, &data, &size, NULL) &&
      memcmp (data, output, FINISHED) == 0;
  g_free (data);
  g_free (output);
  return good;
}

/* ---- Scene ---- */

static void
set_up (Scene *scene)
{
  scene->folder = g_dir_make_tmp ("resume-XXXXXX", NULL);
  scene->output = g_build_filename (scene->folder, "output", NULL);
  scene->state = g_build_filename (scene->folder, "state", NULL);
  scene->stats = g_build_filename (scene->folder, "stats", NULL);
  scene->object = make_object ();
  scene->carousel =
      start_carousel (scene, TSI, g_bytes_get_size (scene->object));
}

/* So that nothing of it was sent yet. */
static void
turn_anew (Scene *scene)
{
  carousel_stop (scene->carousel);
  scene->carousel =
      start_carousel (scene, TSI, g_bytes_get_size (scene->object));
}

static void
tear_down (Scene *scene)
{
  carousel_stop (scene->carousel);
  g_bytes_unref (scene->object);
  g_unlink (scene->output);
  g_unlink (scene->state);
  g_unlink (scene->stats);
  g_rmdir (scene->folder);
  g_free (scene->output);
  g_free (scene->state);
  g_free (scene->stats);
  g_free (scene->folder);
}

int
main (int argc, char **argv)
{
  static const gchar *const elements[] = { "fecsrc", "fecdecode", NULL };
  Scene scene = { 0 };
  gboolean good;

  gst_init (&argc, &argv);
  test_need_elements (elements);
  scene.program = argv[1];
  scene.systematic = argc > 2;
  set_up (&scene);
  good = leave (&scene, 30) && refuse_others (&scene) && leave (&scene, 60) &&
      finish (&scene, 0);
  turn_anew (&scene);
  good = good && leave (&scene, 20) && go_on_behind_finished (&scene);
  turn_anew (&scene);
  good = good && leave (&scene, 20) && refuse_damaged (&scene);
  tear_down (&scene);
  return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
