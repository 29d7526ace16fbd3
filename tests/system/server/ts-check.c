/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ts-check.c: ts-check FILE MIN-SECONDS: whether a received file is a transport stream without a break of at least that
 * length; its last packet may be cut off, as reception may end anywhere. Exit status 0 or 1, and a line that says what
 * was found.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tscheck.h"

int
main (int argc, char **argv)
{
  static TsCheck check;
  gchar *data;
  gsize size;
  gdouble seconds;

  if (argc != 3) {
    fprintf (stderr, "usage: ts-check FILE MIN-SECONDS\n");
    return 2;
  }
  if (!g_file_get_contents (argv[1], &data, &size, NULL)) {
    fprintf (stderr, "ts-check: cannot read %s\n", argv[1]);
    return 1;
  }
  ts_check_init (&check);
  for (gsize at = 0; at + 188 <= size; at += 188)
    ts_check_packet (&check, (const guint8 *) data + at);
  g_free (data);
  seconds = ts_check_seconds (&check);
  printf ("%" G_GSIZE_FORMAT " bytes, rest %" G_GSIZE_FORMAT ", %.2f s, "
          "%u streams, without sync %" G_GUINT64_FORMAT
          ", breaks: continuity %" G_GUINT64_FORMAT ", PCR %" G_GUINT64_FORMAT
          ", DTS %" G_GUINT64_FORMAT "\n",
      size, size % 188, seconds, check.n_pes_pids, check.bad_sync,
      check.bad_continuity, check.pcr_steps + check.pcr_gaps,
      check.dts_steps + check.dts_gaps);
  return size >= 188 && check.bad_sync == 0 && check.bad_continuity == 0 &&
          check.pcr_steps == 0 && check.pcr_gaps == 0 && check.dts_steps == 0 &&
          check.dts_gaps == 0 && check.n_pes_pids > 0 &&
          seconds >= atof (argv[2])
      ? 0
      : 1;
}
