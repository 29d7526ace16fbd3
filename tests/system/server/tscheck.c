/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tscheck.c: reading the headers of transport packets and PES packets.
 */
#include "tscheck.h"

#include <string.h>

#define CLOCK 90000

void
ts_check_init (TsCheck *check)
{
  memset (check, 0, sizeof *check);
  memset (check->counter, -1, sizeof check->counter);
  for (guint i = 0; i < TS_CHECK_PIDS; i++)
    check->dts[i] = -1;
}

static void
check_pcr (TsCheck *check, const guint8 *field)
{
  guint64 pcr = (guint64) field[0] << 25 | field[1] << 17 | field[2] << 9 |
      field[3] << 1 | field[4] >> 7;

  if (!check->has_pcr)
    check->first_pcr = pcr;
  else if (pcr < check->last_pcr)
    check->pcr_steps++;
  else if (pcr - check->last_pcr > CLOCK / 2)
    check->pcr_gaps++;
  check->last_pcr = pcr;
  check->has_pcr = TRUE;
}

static gint64
read_time (const guint8 *field)
{
  return (gint64) (field[0] >> 1 & 7) << 30 | field[1] << 22 |
      (field[2] >> 1) << 15 | field[3] << 7 | field[4] >> 1;
}

/* The start of a PES packet of audio or video. */
static void
check_pes (TsCheck *check, guint pid, const guint8 *pes, gsize size)
{
  gint64 dts;

  if (size < 19 || pes[0] != 0 || pes[1] != 0 || pes[2] != 1 || pes[3] < 0xbd ||
      (pes[7] & 0x80) == 0)
    return;
  dts = read_time (pes + ((pes[7] & 0x40) != 0 ? 14 : 9));
  if (check->dts[pid] < 0)
    check->n_pes_pids++;
  else if (dts < check->dts[pid])
    check->dts_steps++;
  else if (dts - check->dts[pid] > CLOCK)
    check->dts_gaps++;
  check->dts[pid] = dts;
}

static void
check_continuity (TsCheck *check, guint pid, guint counter, gboolean payload)
{
  if (!payload)
    return;
  if (check->counter[pid] >= 0 && (guint) check->counter[pid] != counter)
    check->bad_continuity++;
  check->counter[pid] = (counter + 1) & 15;
}

void
ts_check_packet (TsCheck *check, const guint8 *packet)
{
  guint pid = (packet[1] & 0x1f) << 8 | packet[2];
  gboolean adaptation = (packet[3] & 0x20) != 0;
  gboolean payload = (packet[3] & 0x10) != 0;
  gsize at = 4;

  check->packets++;
  if (packet[0] != 0x47) {
    check->bad_sync++;
    return;
  }
  if (pid == 0x1fff)
    return;
  check_continuity (check, pid, packet[3] & 15, payload);
  if (adaptation) {
    if (packet[4] >= 7 && (packet[5] & 0x10) != 0)
      check_pcr (check, packet + 6);
    at += 1 + packet[4];
  }
  if (payload && (packet[1] & 0x40) != 0 && at < 188)
    check_pes (check, pid, packet + at, 188 - at);
}

gdouble
ts_check_seconds (const TsCheck *check)
{
  return (check->last_pcr - check->first_pcr) / (gdouble) CLOCK;
}
