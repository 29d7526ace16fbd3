/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * codec-memory.c: peaks of memory. Knows raptorq.h.
 *
 * Each figure comes from a child process that first touches all of the caller's
 * memory, reads how much of its own is resident (VmRSS), runs the codec once,
 * and reads the most that ever was (VmHWM). So every page counts by whatever
 * way the codec gets it: heap, arenas, mappings, pages of its tables. The
 * kernel counts in batches, so figures below half a megabyte say little. The
 * symbols are in shared memory, because what one child encodes the next
 * decodes.
 */
#include "codec-memory.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "raptorq.h"

/* Repair symbols beyond those needed, so that decoding does not fail. */
#define OVERHEAD 4u
#define WARM_UP_K 10u

/* What children see; all in shared memory. */
typedef struct
{
  guint k;
  guint t;
  guint loss; /* percent, from the block's beginning */
  guint8 *source;
  guint8 *repair; /* K + OVERHEAD symbols */
  guint8 *block;
  gdouble *peak; /* MB */
  gsize size; /* bytes of the mapping */
} Scene;

typedef void (*Work) (const Scene *scene, guint8 **symbols);

static gdouble
read_status (const gchar *name)
{
  gchar *text = NULL;
  const gchar *line = NULL;
  guint64 kb = 0;

  if (g_file_get_contents ("/proc/self/status", &text, NULL, NULL))
    line = strstr (text, name);
  if (line == NULL)
    g_error ("/proc/self/status has no %s", name);
  kb = g_ascii_strtoull (line + strlen (name), NULL, 10);
  g_free (text);
  return (gdouble) kb * 1024e-6;
}

static void
must (RqStatus status)
{
  if (status != RQ_OK)
    g_error ("measuring memory: %s", rq_status_message (status));
}

/* @count symbols; K + OVERHEAD when they are for decoding. */
static void
encode_symbols (const Scene *scene, guint8 **symbols, guint count)
{
  RqStatus status;
  RqEncoder *encoder = rq_encoder_new (NULL, scene->k, scene->t, &status);
  guint i;

  must (status);
  for (i = 0; i < count; i++)
    symbols[i] = scene->repair + (gsize) i * scene->t;
  must (rq_encoder_set_source_block (
      encoder, scene->source, (gsize) scene->k * scene->t, scene->t));
  must (rq_encoder_write (encoder, scene->k, count, symbols));
  rq_encoder_free (encoder);
}

static void
encode (const Scene *scene, guint8 **symbols)
{
  encode_symbols (scene, symbols, (scene->k + 9) / 10);
}

static void
encode_all (const Scene *scene, guint8 **symbols)
{
  encode_symbols (scene, symbols, scene->k + OVERHEAD);
}

static void
decode (const Scene *scene, guint8 **symbols)
{
  RqStatus status;
  RqDecoder *decoder = rq_decoder_new (NULL, scene->k, scene->t, &status);
  guint lost = MAX (scene->k * scene->loss / 100, 1);
  guint i;

  must (status);
  for (i = 0; i < scene->k; i++)
    symbols[i] = scene->block + (gsize) i * scene->t;
  must (rq_decoder_set_block (decoder, symbols));
  for (i = lost; i < scene->k; i++)
    rq_decoder_add (decoder, i, symbols[i]);
  for (i = 0; i < lost + OVERHEAD; i++)
    rq_decoder_add (
        decoder, scene->k + i, scene->repair + (gsize) i * scene->t);
  must (rq_decoder_decode (decoder));
  rq_decoder_free (decoder);
  if (memcmp (scene->block, scene->source, (gsize) scene->k * scene->t) != 0)
    g_error ("decoded wrong, K=%u", scene->k);
}

/* Reads and writes every page. */
static void
touch (volatile guint8 *data, gsize size)
{
  gsize i;

  for (i = 0; i < size; i += 4096)
    data[i] = data[i];
}

/* Pages of the library itself are not what is asked for. */
static void
warm_up (void)
{
  static guint8 memory[3 * 64 * (WARM_UP_K + OVERHEAD)];
  Scene scene = { .k = WARM_UP_K, .t = 64, .loss = 20, .source = memory };
  guint8 *symbols[WARM_UP_K + OVERHEAD];

  scene.block = memory + sizeof (memory) / 3;
  scene.repair = scene.block + sizeof (memory) / 3;
  encode_all (&scene, symbols);
  decode (&scene, symbols);
  rq_cache_clear (NULL);
#ifdef __GLIBC__
  malloc_trim (0);
#endif
}

static void
measure_here (const Scene *scene, Work work)
{
  gsize list = (scene->k + OVERHEAD) * sizeof (guint8 *);
  guint8 **symbols = g_malloc0 (list);
  guint lost = MAX (scene->k * scene->loss / 100, 1);
  gdouble before;

  warm_up ();
  touch (scene->source, scene->size);
  touch ((guint8 *) symbols, list);
  memcpy (scene->block, scene->source, (gsize) scene->k * scene->t);
  memset (scene->block, 0, (gsize) lost * scene->t);
  before = read_status ("VmRSS:");
  work (scene, symbols);
  *scene->peak = MAX (read_status ("VmHWM:") - before, 0);
  g_free (symbols);
}

static gdouble
measure (const Scene *scene, Work work)
{
  int status = 0;
  pid_t child;

  fflush (NULL);
  child = fork ();
  if (child == 0) {
    measure_here (scene, work);
    _exit (0);
  }
  if (child < 0 || waitpid (child, &status, 0) != child || status != 0)
    g_error ("the child that measures memory failed");
  return *scene->peak;
}

void
codec_memory_measure (CodecMemory *memory, guint k, guint t)
{
  gsize block = (gsize) k * t;
  Scene scene = { .k = k,
    .t = t,
    .loss = 20,
    .size = 3 * block + (gsize) OVERHEAD * t + sizeof (gdouble) };
  gsize i;

  scene.source = mmap (NULL, scene.size, PROT_READ | PROT_WRITE,
      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (scene.source == MAP_FAILED)
    g_error ("out of memory");
  scene.block = scene.source + block;
  scene.repair = scene.block + block;
  scene.peak = (gdouble *) (gpointer) (scene.source +
      (scene.size - sizeof (gdouble)) / sizeof (gdouble) * sizeof (gdouble));
  for (i = 0; i < block; i++)
    scene.source[i] = (guint8) (i * 31 + (i >> 8) * 57);

  memory->encode = measure (&scene, encode);
  measure (&scene, encode_all);
  memory->decode = measure (&scene, decode);
  scene.loss = 100;
  memory->repair_only = measure (&scene, decode);
  munmap (scene.source, scene.size);
}
