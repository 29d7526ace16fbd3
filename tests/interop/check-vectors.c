/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * check-vectors.c: checks files of test vectors against the codec. Knows
 * raptorq.h and libc, so that it is easily built for other machines.
 *
 * Two kinds of lines, which may be mixed; '#' begins a comment:
 *   K T ESI sha256(symbol) [hex of symbol]
 *   O F T Z N Al oti=HEX / B sbn K / P sbn esi sha256(id || symbol)
 *   sha256(symbol) [checks]
 * Object byte i is (((i*i*31 + i*7 + 13) mod 2^64) >> 3) & 0xff.
 *
 * Exit status 1 on any mismatch and on any file that cannot be understood; 77
 * when RQ_KERNELS names kernels that this machine does not have.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "raptorq.h"
#include "sha256.h"

#define FIELDS_MAX 8u
#define SKIPPED 77

typedef struct
{
  const char *name;
  unsigned line;
  unsigned checked;
  unsigned mismatches;
  bool broken;

  /* The object of the lines that follow, cut as the OTI says. */
  bool has_object;
  RqOti oti;
  uint8_t *object;

  /* The source block of the encoder, so that it is not set again each line. */
  RqEncoder *encoder;
  uint8_t *block; /* K * T bytes: its source symbols */
  uint32_t k;
  uint32_t t;
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

static bool
broken (Checker *checker, const char *why)
{
  checker->broken = true;
  report (checker, why);
  return false;
}

static void *
must (void *memory)
{
  if (memory == NULL)
    abort ();
  return memory;
}

static uint8_t *
make_object (size_t size)
{
  uint8_t *object = must (malloc (size));

  for (uint64_t i = 0; i < size; i++)
    object[i] = (uint8_t) ((i * i * 31 + i * 7 + 13) >> 3);
  return object;
}

static bool
read_number (const char *text, uint64_t most, uint64_t *value)
{
  size_t length = strlen (text);

  if (length == 0 || length > 18 || strspn (text, "0123456789") != length)
    return false;
  *value = strtoull (text, NULL, 10);
  return *value <= most;
}

static char *
to_hex (const uint8_t *data, size_t size)
{
  char *hex = must (calloc (2 * size + 1, 1));

  for (size_t i = 0; i < size; i++)
    snprintf (hex + 2 * i, 3, "%02x", data[i]);
  return hex;
}

static bool
is_digest (const char *text)
{
  return strlen (text) == 64 && strspn (text, "0123456789abcdef") == 64;
}

/* The encoder reads the block from now on; takes @block. */
static bool
set_block (Checker *checker, uint8_t *block, uint32_t k, uint32_t t)
{
  RqStatus status;

  free (checker->block);
  checker->block = block;
  checker->k = k;
  checker->t = t;
  rq_encoder_free (checker->encoder);
  checker->encoder = rq_encoder_new (NULL, k, t, &status);
  if (checker->encoder != NULL)
    status = rq_encoder_set_source_block (
        checker->encoder, block, (size_t) k * t, t);
  if (status != RQ_OK)
    return broken (checker, rq_status_message (status));
  return true;
}

static void
check_digest (Checker *checker, const char *what, const char *expected,
    const uint8_t *head, size_t head_size, const uint8_t *data, size_t size)
{
  char hex[65];

  sha256_hex (head, head_size, data, size, hex);
  checker->checked++;
  if (strcmp (hex, expected) != 0)
    mismatch (checker, what, hex);
}

static uint8_t *
make_symbol (Checker *checker, uint32_t esi)
{
  uint8_t *symbol = must (malloc (checker->t));
  RqStatus status = rq_encoder_write (checker->encoder, esi, 1, &symbol);

  if (status == RQ_OK)
    return symbol;
  free (symbol);
  broken (checker, rq_status_message (status));
  return NULL;
}

/* K T ESI sha256(symbol) [hex] */
static bool
check_symbol_line (Checker *checker, char **field, unsigned n)
{
  uint64_t k, t, esi;
  uint8_t *symbol;

  if (n < 4 || n > 5 || !read_number (field[0], RQ_K_MAX, &k) ||
      !read_number (field[1], RQ_T_MAX, &t) ||
      !read_number (field[2], RQ_ESI_MAX, &esi) || !is_digest (field[3]) ||
      k == 0 || t == 0)
    return broken (checker, "not a line of K T ESI sha256 [hex]");
  if ((checker->encoder == NULL || checker->has_object || checker->k != k ||
          checker->t != t) &&
      !set_block (checker, make_object (k * t), (uint32_t) k, (uint32_t) t))
    return false;
  checker->has_object = false;
  symbol = make_symbol (checker, (uint32_t) esi);
  if (symbol == NULL)
    return false;
  check_digest (
      checker, "the symbol's SHA-256", field[3], NULL, 0, symbol, (size_t) t);
  if (n == 5) {
    char *hex = to_hex (symbol, (size_t) t);

    checker->checked++;
    if (strcmp (hex, field[4]) != 0)
      mismatch (checker, "the symbol", hex);
    free (hex);
  }
  free (symbol);
  return true;
}

/* O F T Z N Al oti=HEX */
static bool
check_object_line (Checker *checker, char **field, unsigned n)
{
  uint64_t f, t, z, sub, al;
  uint8_t wire[RQ_OTI_SIZE];
  char *hex;

  if (n != 7 || !read_number (field[1], UINT32_MAX, &f) ||
      !read_number (field[2], RQ_T_MAX, &t) ||
      !read_number (field[3], RQ_Z_MAX, &z) ||
      !read_number (field[4], UINT16_MAX, &sub) ||
      !read_number (field[5], UINT8_MAX, &al) ||
      strncmp (field[6], "oti=", 4) != 0)
    return broken (checker, "not a line of O F T Z N Al oti=HEX");
  checker->oti =
      (RqOti){ f, (uint16_t) t, (uint8_t) z, (uint16_t) sub, (uint8_t) al };
  if (rq_oti_check (&checker->oti) != RQ_OK)
    return broken (checker, "F, T, Z, N and Al contradict each other");
  free (checker->object);
  checker->object = make_object (f);
  checker->has_object = true;
  checker->sbn = -1;
  rq_oti_write (&checker->oti, wire);
  hex = to_hex (wire, sizeof wire);
  checker->checked++;
  if (strcmp (hex, field[6] + 4) != 0)
    mismatch (checker, "the OTI", hex);
  free (hex);
  return true;
}

/* B sbn K */
static bool
check_block_line (Checker *checker, char **field, unsigned n)
{
  uint64_t sbn, k;
  uint32_t is;

  if (!checker->has_object || n != 3 ||
      !read_number (field[1], RQ_Z_MAX, &sbn) ||
      !read_number (field[2], UINT32_MAX, &k))
    return broken (checker, "not a line of B sbn K after an O line");
  is = rq_oti_block_symbols (&checker->oti, (unsigned) sbn);
  checker->checked++;
  if (is != k) {
    char text[16];

    snprintf (text, sizeof text, "%" PRIu32, is);
    mismatch (checker, "K", text);
  }
  return true;
}

static bool
set_source_block (Checker *checker, unsigned sbn)
{
  const RqOti *oti = &checker->oti;
  uint32_t k = rq_oti_block_symbols (oti, sbn);
  const uint8_t *from = checker->object + rq_oti_block_offset (oti, sbn);
  uint8_t *block;

  if (k == 0)
    return broken (checker, "the object has no such source block");
  block = must (malloc ((size_t) k * oti->symbol_size));
  for (uint32_t esi = 0; esi < k; esi++)
    rq_oti_take_symbol (
        oti, sbn, esi, from, block + (size_t) esi * oti->symbol_size);
  checker->sbn = (int) sbn;
  return set_block (checker, block, k, oti->symbol_size);
}

/* P sbn esi sha256(id || symbol) sha256(symbol) [checks] */
static bool
check_packet_line (Checker *checker, char **field, unsigned n)
{
  uint64_t sbn, esi;
  uint8_t id[4];
  uint8_t *symbol;

  if (!checker->has_object || n < 5 || n > 6 ||
      !read_number (field[1], RQ_Z_MAX, &sbn) ||
      !read_number (field[2], RQ_ESI_MAX, &esi) || !is_digest (field[3]) ||
      !is_digest (field[4]))
    return broken (checker, "not a line of P sbn esi sha256 sha256");
  if (checker->sbn != (int) sbn && !set_source_block (checker, (unsigned) sbn))
    return false;
  symbol = make_symbol (checker, (uint32_t) esi);
  if (symbol == NULL)
    return false;
  id[0] = (uint8_t) sbn;
  id[1] = (uint8_t) (esi >> 16);
  id[2] = (uint8_t) (esi >> 8);
  id[3] = (uint8_t) esi;
  check_digest (checker, "the packet's SHA-256", field[3], id, sizeof id,
      symbol, checker->t);
  check_digest (
      checker, "the symbol's SHA-256", field[4], NULL, 0, symbol, checker->t);
  free (symbol);
  return true;
}

/* Cuts @text at blanks; returns how many fields there are, at most FIELDS_MAX. */
static unsigned
split (char *text, char *field[FIELDS_MAX])
{
  unsigned n = 0;
  char *rest;

  for (char *word = strtok_r (text, " \t\r\n", &rest);
       word != NULL && n < FIELDS_MAX; word = strtok_r (NULL, " \t\r\n", &rest))
    field[n++] = word;
  return n;
}

static bool
check_line (Checker *checker, char *text)
{
  char *field[FIELDS_MAX];
  unsigned n = split (text, field);

  if (n == 0 || field[0][0] == '#')
    return true;
  if (strcmp (field[0], "O") == 0)
    return check_object_line (checker, field, n);
  if (strcmp (field[0], "B") == 0)
    return check_block_line (checker, field, n);
  if (strcmp (field[0], "P") == 0)
    return check_packet_line (checker, field, n);
  return check_symbol_line (checker, field, n);
}

/* true when the file could be read, holds vectors, and all of them are met. */
static bool
check_file (const char *name)
{
  Checker checker = { .name = name, .sbn = -1 };
  FILE *file = fopen (name, "r");
  char *line = NULL;
  size_t room = 0;

  if (file == NULL) {
    perror (name);
    return false;
  }
  while (getline (&line, &room, file) >= 0) {
    checker.line++;
    check_line (&checker, line);
  }
  free (line);
  fclose (file);
  if (checker.checked == 0)
    broken (&checker, "no vectors in this file");
  printf ("%s: %u checked, %u mismatches%s\n", name, checker.checked,
      checker.mismatches, checker.broken ? ", broken lines" : "");
  rq_encoder_free (checker.encoder);
  free (checker.block);
  free (checker.object);
  return checker.mismatches == 0 && !checker.broken;
}

int
main (int argc, char **argv)
{
  const char *kernels = getenv ("RQ_KERNELS");
  bool ok = true;

  if (argc < 2) {
    fprintf (stderr, "Usage: %s FILE...\n", argv[0]);
    return 1;
  }
  if (kernels != NULL && strcmp (kernels, rq_kernels_name ()) != 0) {
    printf ("skipped: this machine has no %s kernels\n", kernels);
    return SKIPPED;
  }
  for (int i = 1; i < argc; i++)
    ok = check_file (argv[i]) && ok;
  return ok ? 0 : 1;
}
