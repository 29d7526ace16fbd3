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
output_write (Output *output, const guint8 *data, gsize size, GError **error)
{
  if (output->name == NULL)
    return TRUE;
  if (output->fd < 0)
    output->fd =
        g_open (output->name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (output->fd < 0) {
    set_error (error, output->name, errno);
    return FALSE;
  }
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
