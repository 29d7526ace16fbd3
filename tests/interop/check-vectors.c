/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * check-vectors.c: checks files of test vectors against the codec. Knows
 * raptorq.h and GLib (checksums, strings).
 *
 * Two kinds of lines, which may be mixed; '#' begins a comment:
 *   K T ESI sha256(symbol) [hex of symbol]
 *   O F T Z N Al oti=HEX / B sbn K / P sbn esi sha256(id || symbol)
 *   sha256(symbol) [checks]
 * Object byte i is (((i*i*31 + i*7 + 13) mod 2^64) >> 3) & 0xff.
 *
 * Exit status 1 on any mismatch and on any file that cannot be understood.
 */
#include <glib.h>
#include <stdio.h>
#include <string.h>

#include "raptorq.h"

typedef struct
{
  const char *name;
  unsigned line;
  unsigned checked;
  unsigned mismatches;
  gboolean broken;

  /* The object of the lines that follow, cut as the OTI says. */
  gboolean has_object;
  RqOti oti;
  guint8 *object;

  /* The source block of the encoder, so that it is not set again each line. */
  RqEncoder *encoder;
  guint8 *block; /* K * T bytes: its source symbols */
  guint32 k;
  guint32 t;
  int sbn;
} Checker;

static void
report (Checker *checker, const char *what)
{
  printf ("%s:%u: %s\n", checker->name, checker->line, what);
}

static void
mismatch (Checker *checker, const char *what, const char *is)
{
  checker->mismatches++;
  printf ("%s:%u: mismatch: %s is %s here\n", checker->name, checker->line,
      what, is);
}

static gboolean
broken (Checker *checker, const char *why)
{
  checker->broken = TRUE;
  report (checker, why);
  return FALSE;
}

static guint8 *
make_object (gsize size)
{
  guint8 *object = g_malloc (size);

  for (guint64 i = 0; i < size; i++)
    object[i] = (guint8) ((i * i * 31 + i * 7 + 13) >> 3);
  return object;
}

static gboolean
read_number (const char *text, guint64 most, guint64 *value)
{
  return g_ascii_string_to_unsigned (text, 10, 0, most, value, NULL);
}

static char *
to_hex (const guint8 *data, gsize size)
{
  GString *text = g_string_new (NULL);

  for (gsize i = 0; i < size; i++)
    g_string_append_printf (text, "%02x", data[i]);
  return g_string_free (text, FALSE);
}

static gboolean
is_digest (const char *text)
{
  return strlen (text) == 64 && strspn (text, "0123456789abcdef") == 64;
}

/* The encoder reads the block from now on; takes @block. */
static gboolean
set_block (Checker *checker, guint8 *block, guint32 k, guint32 t)
{
  RqStatus status;

  g_free (checker->block);
  checker->block = block;
  checker->k = k;
  checker->t = t;
  rq_encoder_free (checker->encoder);
  checker->encoder = rq_encoder_new (NULL, k, t, &status);
  if (checker->encoder != NULL)
    status =
        rq_encoder_set_source_block (checker->encoder, block, (gsize) k * t, t);
  if (status != RQ_OK)
    return broken (checker, rq_status_message (status));
  return TRUE;
}

static void
check_digest (Checker *checker, const char *what, const char *expected,
    const guint8 *head, gsize head_size, const guint8 *data, gsize size)
{
  GChecksum *sum = g_checksum_new (G_CHECKSUM_SHA256);

  g_checksum_update (sum, head, (gssize) head_size);
  g_checksum_update (sum, data, (gssize) size);
  checker->checked++;
  if (strcmp (g_checksum_get_string (sum), expected) != 0)
    mismatch (checker, what, g_checksum_get_string (sum));
  g_checksum_free (sum);
}

static guint8 *
make_symbol (Checker *checker, guint32 esi)
{
  guint8 *symbol = g_malloc (checker->t);
  RqStatus status = rq_encoder_write (checker->encoder, esi, 1, &symbol);

  if (status == RQ_OK)
    return symbol;
  g_free (symbol);
  broken (checker, rq_status_message (status));
  return NULL;
}

/* K T ESI sha256(symbol) [hex] */
static gboolean
check_symbol_line (Checker *checker, char **field, guint n)
{
  guint64 k, t, esi;
  guint8 *symbol;

  if (n < 4 || n > 5 || !read_number (field[0], RQ_K_MAX, &k) ||
      !read_number (field[1], RQ_T_MAX, &t) ||
      !read_number (field[2], RQ_ESI_MAX, &esi) || !is_digest (field[3]) ||
      k == 0 || t == 0)
    return broken (checker, "not a line of K T ESI sha256 [hex]");
  if ((checker->encoder == NULL || checker->has_object || checker->k != k ||
          checker->t != t) &&
      !set_block (checker, make_object (k * t), (guint32) k, (guint32) t))
    return FALSE;
  checker->has_object = FALSE;
  symbol = make_symbol (checker, (guint32) esi);
  if (symbol == NULL)
    return FALSE;
  check_digest (
      checker, "the symbol's SHA-256", field[3], NULL, 0, symbol, (gsize) t);
  if (n == 5) {
    char *hex = to_hex (symbol, (gsize) t);

    checker->checked++;
    if (strcmp (hex, field[4]) != 0)
      mismatch (checker, "the symbol", hex);
    g_free (hex);
  }
  g_free (symbol);
  return TRUE;
}

/* O F T Z N Al oti=HEX */
static gboolean
check_object_line (Checker *checker, char **field, guint n)
{
  guint64 f, t, z, sub, al;
  guint8 wire[RQ_OTI_SIZE];
  char *hex;

  if (n != 7 || !read_number (field[1], G_MAXUINT32, &f) ||
      !read_number (field[2], RQ_T_MAX, &t) ||
      !read_number (field[3], RQ_Z_MAX, &z) ||
      !read_number (field[4], G_MAXUINT16, &sub) ||
      !read_number (field[5], G_MAXUINT8, &al) ||
      !g_str_has_prefix (field[6], "oti="))
    return broken (checker, "not a line of O F T Z N Al oti=HEX");
  checker->oti =
      (RqOti){ f, (guint16) t, (guint8) z, (guint16) sub, (guint8) al };
  if (rq_oti_check (&checker->oti) != RQ_OK)
    return broken (checker, "F, T, Z, N and Al contradict each other");
  g_free (checker->object);
  checker->object = make_object (f);
  checker->has_object = TRUE;
  checker->sbn = -1;
  rq_oti_write (&checker->oti, wire);
  hex = to_hex (wire, sizeof wire);
  checker->checked++;
  if (strcmp (hex, field[6] + 4) != 0)
    mismatch (checker, "the OTI", hex);
  g_free (hex);
  return TRUE;
}

/* B sbn K */
static gboolean
check_block_line (Checker *checker, char **field, guint n)
{
  guint64 sbn, k;
  guint32 is;

  if (!checker->has_object || n != 3 ||
      !read_number (field[1], RQ_Z_MAX, &sbn) ||
      !read_number (field[2], G_MAXUINT32, &k))
    return broken (checker, "not a line of B sbn K after an O line");
  is = rq_oti_block_symbols (&checker->oti, (unsigned) sbn);
  checker->checked++;
  if (is != k) {
    char *text = g_strdup_printf ("%u", is);

    mismatch (checker, "K", text);
    g_free (text);
  }
  return TRUE;
}

static gboolean
set_source_block (Checker *checker, unsigned sbn)
{
  const RqOti *oti = &checker->oti;
  guint32 k = rq_oti_block_symbols (oti, sbn);
  const guint8 *from = checker->object + rq_oti_block_offset (oti, sbn);
  guint8 *block;

  if (k == 0)
    return broken (checker, "the object has no such source block");
  block = g_malloc ((gsize) k * oti->symbol_size);
  for (guint32 esi = 0; esi < k; esi++)
    rq_oti_take_symbol (
        oti, sbn, esi, from, block + (gsize) esi * oti->symbol_size);
  checker->sbn = (int) sbn;
  return set_block (checker, block, k, oti->symbol_size);
}

/* P sbn esi sha256(id || symbol) sha256(symbol) [checks] */
static gboolean
check_packet_line (Checker *checker, char **field, guint n)
{
  guint64 sbn, esi;
  guint8 id[4];
  guint8 *symbol;

  if (!checker->has_object || n < 5 || n > 6 ||
      !read_number (field[1], RQ_Z_MAX, &sbn) ||
      !read_number (field[2], RQ_ESI_MAX, &esi) || !is_digest (field[3]) ||
      !is_digest (field[4]))
    return broken (checker, "not a line of P sbn esi sha256 sha256");
  if (checker->sbn != (int) sbn && !set_source_block (checker, (unsigned) sbn))
    return FALSE;
  symbol = make_symbol (checker, (guint32) esi);
  if (symbol == NULL)
    return FALSE;
  id[0] = (guint8) sbn;
  id[1] = (guint8) (esi >> 16);
  id[2] = (guint8) (esi >> 8);
  id[3] = (guint8) esi;
  check_digest (checker, "the packet's SHA-256", field[3], id, sizeof id,
      symbol, checker->t);
  check_digest (
      checker, "the symbol's SHA-256", field[4], NULL, 0, symbol, checker->t);
  g_free (symbol);
  return TRUE;
}

static gboolean
check_line (Checker *checker, char *text)
{
  char **field;
  guint n;
  gboolean ok;

  g_strstrip (text);
  if (*text == '\0' || *text == '#')
    return TRUE;
  field = g_strsplit (text, " ", -1);
  n = g_strv_length (field);
  if (strcmp (field[0], "O") == 0)
    ok = check_object_line (checker, field, n);
  else if (strcmp (field[0], "B") == 0)
    ok = check_block_line (checker, field, n);
  else if (strcmp (field[0], "P") == 0)
    ok = check_packet_line (checker, field, n);
  else
    ok = check_symbol_line (checker, field, n);
  g_strfreev (field);
  return ok;
}

/* TRUE when the file could be read, holds vectors, and all of them are met. */
static gboolean
check_file (const char *name)
{
  Checker checker = { .name = name, .sbn = -1 };
  GError *error = NULL;
  char *content;
  char **lines;

  if (!g_file_get_contents (name, &content, NULL, &error)) {
    printf ("%s: %s\n", name, error->message);
    g_error_free (error);
    return FALSE;
  }
  lines = g_strsplit (content, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++) {
    checker.line = i + 1;
    check_line (&checker, lines[i]);
  }
  if (checker.checked == 0)
    broken (&checker, "no vectors in this file");
  printf ("%s: %u checked, %u mismatches%s\n", name, checker.checked,
      checker.mismatches, checker.broken ? ", broken lines" : "");
  rq_encoder_free (checker.encoder);
  g_free (checker.block);
  g_free (checker.object);
  g_strfreev (lines);
  g_free (content);
  return checker.mismatches == 0 && !checker.broken;
}

int
main (int argc, char **argv)
{
  gboolean ok = TRUE;

  if (argc < 2) {
    fprintf (stderr, "Usage: %s FILE...\n", argv[0]);
    return 1;
  }
  for (int i = 1; i < argc; i++)
    ok = check_file (argv[i]) && ok;
  return ok ? 0 : 1;
}
