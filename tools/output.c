/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * output.c: writing to a file descriptor until all is written.
 */
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <gio/gio.h>
#include <string.h>
#include <unistd.h>

struct _Output
{
  gchar *name; /* NULL: nowhere */
  gint fd; /* -1: not opened yet */
  guint64 bytes; /* of the file, up to where the next ones go */
};

static void
set_error (GError **error, const gchar *name, gint number)
{
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (number),
      "cannot write to %s: %s",
      g_str_equal (name, "-") ? "standard output" : name, g_strerror (number));
}

static gboolean
check_writable (const gchar *name, GError **error)
{
  gchar *folder = g_path_get_dirname (name);
  gint number = 0;

  if (g_file_test (name, G_FILE_TEST_IS_DIR))
    number = EISDIR;
  else if (g_file_test (name, G_FILE_TEST_EXISTS))
    number = g_access (name, W_OK) == 0 ? 0 : errno;
  else if (g_access (folder, W_OK | X_OK) != 0)
    number = errno;
  g_free (folder);
  if (number == 0)
    return TRUE;
  set_error (error, name, number);
  return FALSE;
}

Output *
output_new (const gchar *name, GError **error)
{
  gboolean to_stdout = g_strcmp0 (name, "-") == 0;
  Output *output;

  if (name != NULL && !to_stdout && !check_writable (name, error))
    return NULL;
  output = g_new0 (Output, 1);
  output->name = g_strdup (name);
  output->fd = to_stdout ? STDOUT_FILENO : -1;
  return output;
}

gboolean
output_go_on (Output *output, guint64 bytes, GError **error)
{
  GStatBuf status;

  output->bytes = bytes;
  if (output->name == NULL || output->fd >= 0 || bytes == 0)
    return TRUE;
  if (g_stat (output->name, &status) == 0 && (guint64) status.st_size >= bytes)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
      "cannot go on with %s: it has not the %" G_GUINT64_FORMAT
      " bytes that were written before",
      output->name, bytes);
  return FALSE;
}

guint64
output_get_bytes (const Output *output)
{
  return output->bytes;
}

/* Makes the file, or cuts off what is not kept. */
static gboolean
open_file (Output *output, GError **error)
{
  output->fd = g_open (output->name, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
  /* what is no file, a pipe with a name for instance, has no length */
  if (output->fd >= 0 &&
      (ftruncate (output->fd, (off_t) output->bytes) == 0 || errno == EINVAL) &&
      (lseek (output->fd, 0, SEEK_END) >= 0 || errno == ESPIPE))
    return TRUE;
  set_error (error, output->name, errno);
  return FALSE;
}

gboolean
output_write (Output *output, const guint8 *data, gsize size, GError **error)
{
  if (output->name != NULL && output->fd < 0 && !open_file (output, error))
    return FALSE;
  output->bytes += size;
  if (output->name == NULL)
    return TRUE;
  while (size > 0) {
    gssize n = write (output->fd, data, size);

    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0) {
      set_error (error, output->name, errno);
      return FALSE;
    }
    data += n;
    size -= n;
  }
  return TRUE;
}

gboolean
output_close (Output *output, GError **error)
{
  gint fd = output->fd;

  output->fd = -1;
  if (fd < 0 || fd == STDOUT_FILENO || close (fd) == 0)
    return TRUE;
  set_error (error, output->name, errno);
  return FALSE;
}

void
output_free (Output *output)
{
  output_close (output, NULL);
  g_free (output->name);
  g_free (output);
}
