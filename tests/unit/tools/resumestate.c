/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* resumestate.c: tests of the file of fec-get --resume. */
#include "resumestate.h"

#include <glib/gstdio.h>
#include <string.h>

#include "packets.h"

#define N_PACKETS 5
#define PLENTY (1 << 20)

typedef struct
{
  gchar *folder;
  gchar *name;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->folder = g_dir_make_tmp ("resumestate-XXXXXX", NULL);
  fixture->name = g_build_filename (fixture->folder, "state", NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_unlink (fixture->name);
  /* nothing temporary may be left */
  g_assert_cmpint (g_rmdir (fixture->folder), ==, 0);
  g_free (fixture->folder);
  g_free (fixture->name);
}

static void
write_state (Fixture *fixture)
{
  ResumeState state = { .tsi = TEST_TSI,
    .symbol_size = TEST_T,
    .output_bytes = G_GUINT64_CONSTANT (0x123456789a),
    .packets =
        g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref) };
  GError *error = NULL;
  guint i;

  for (i = 0; i < N_PACKETS; i++)
    g_ptr_array_add (state.packets, test_packet (9, i, 2 * TEST_T));
  g_assert_true (resume_state_write (&state, fixture->name, &error));
  g_assert_no_error (error);
  g_ptr_array_unref (state.packets);
}

static void
test_what_was_written_is_read (Fixture *fixture, gconstpointer data)
{
  GError *error = NULL;
  ResumeState *state;
  guint i;

  write_state (fixture);
  write_state (fixture);
  state =
      resume_state_read (fixture->name, N_PACKETS * TEST_PACKET_SIZE, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (state->tsi, ==, TEST_TSI);
  g_assert_cmpuint (state->symbol_size, ==, TEST_T);
  g_assert_cmpuint (state->output_bytes, ==, G_GUINT64_CONSTANT (0x123456789a));
  g_assert_cmpuint (state->packets->len, ==, N_PACKETS);
  for (i = 0; i < N_PACKETS; i++) {
    GBytes *wanted = test_packet (9, i, 2 * TEST_T);

    g_assert_true (
        g_bytes_equal (wanted, g_ptr_array_index (state->packets, i)));
    g_bytes_unref (wanted);
  }
  resume_state_free (state);
}

static void
test_no_file_is_told_from_a_bad_one (Fixture *fixture, gconstpointer data)
{
  GError *error = NULL;

  g_assert_null (resume_state_read (fixture->name, PLENTY, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_null (resume_state_read (fixture->folder, PLENTY, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
  g_clear_error (&error);
}

/* Without waiting for the disk. */
static void
put_file (Fixture *fixture, gconstpointer bytes, gsize size)
{
  g_assert_true (g_file_set_contents_full (fixture->name, bytes, (gssize) size,
      G_FILE_SET_CONTENTS_NONE, 0600, NULL));
}

static void
expect_bad (Fixture *fixture, const gchar *bytes, gsize size)
{
  GError *error = NULL;

  put_file (fixture, bytes, size);
  g_assert_null (resume_state_read (fixture->name, PLENTY, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
  g_clear_error (&error);
}

static void
test_every_changed_bit_and_every_cut_is_noticed (
    Fixture *fixture, gconstpointer data)
{
  gchar *bytes;
  gsize size, i;

  write_state (fixture);
  g_assert_true (g_file_get_contents (fixture->name, &bytes, &size, NULL));
  for (i = 0; i < size; i++) {
    bytes[i] ^= 1 << i % 8;
    expect_bad (fixture, bytes, size);
    bytes[i] ^= 1 << i % 8;
    expect_bad (fixture, bytes, i);
  }
  g_free (bytes);
}

/* With a right checksum: whatever the rest is, it is read or refused. */
static void
test_signed_garbage_is_refused_or_read (Fixture *fixture, gconstpointer data)
{
  GRand *random = g_rand_new_with_seed (1);
  gchar *bytes;
  gsize size;
  guint i;

  write_state (fixture);
  g_assert_true (g_file_get_contents (fixture->name, &bytes, &size, NULL));
  for (i = 0; i < 2000; i++) {
    guint8 *changed = g_memdup2 (bytes, size);
    GChecksum *checksum = g_checksum_new (G_CHECKSUM_SHA256);
    gsize digest = 32;
    ResumeState *state;
    guint j, n = g_rand_int_range (random, 1, 5);

    for (j = 0; j < n; j++)
      changed[g_rand_int_range (random, 0, (gint) (size - digest))] =
          g_rand_int (random) & 0xff;
    g_checksum_update (checksum, changed, (gssize) (size - digest));
    g_checksum_get_digest (checksum, changed + size - digest, &digest);
    put_file (fixture, changed, size);
    state = resume_state_read (fixture->name, PLENTY, NULL);
    if (state != NULL)
      g_assert_cmpuint (state->packets->len, ==, N_PACKETS);
    resume_state_free (state);
    g_checksum_free (checksum);
    g_free (changed);
  }
  g_free (bytes);
  g_rand_free (random);
}

static void
test_what_is_larger_than_the_limit_is_not_read (
    Fixture *fixture, gconstpointer data)
{
  GError *error = NULL;

  write_state (fixture);
  g_assert_null (
      resume_state_read (fixture->name, 2 * TEST_PACKET_SIZE, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
  g_assert_nonnull (strstr (error->message, "--resume-limit"));
  g_clear_error (&error);
}

static void
test_a_file_that_cannot_be_written_is_told (
    Fixture *fixture, gconstpointer data)
{
  ResumeState state = { .packets = g_ptr_array_new () };
  gchar *name = g_build_filename (fixture->folder, "none", "state", NULL);
  GError *error = NULL;

  g_assert_false (resume_state_write (&state, name, &error));
  g_assert_nonnull (error);
  g_clear_error (&error);
  g_ptr_array_unref (state.packets);
  g_free (name);
}

#define ADD(name, function)                                                    \
  g_test_add ("/resumestate/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("read", test_what_was_written_is_read);
  ADD ("none", test_no_file_is_told_from_a_bad_one);
  ADD ("damaged", test_every_changed_bit_and_every_cut_is_noticed);
  ADD ("garbage", test_signed_garbage_is_refused_or_read);
  ADD ("large", test_what_is_larger_than_the_limit_is_not_read);
  ADD ("unwritable", test_a_file_that_cannot_be_written_is_told);
  return g_test_run ();
}
