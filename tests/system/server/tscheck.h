/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tscheck.h: whether bytes are an MPEG transport stream (ISO/IEC 13818-1) without a break: sync bytes, continuity
 * counters, a clock (PCR) and time stamps (PTS of video, in decoding order: DTS) that never step. Own code on purpose:
 * it must not share the faults of the multiplexer it checks.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define TS_CHECK_PIDS 8192

typedef struct
{
  guint64 packets;
  guint64 bad_sync;
  guint64 bad_continuity;
  guint64 pcr_steps; /**< backwards */
  guint64 pcr_gaps; /**< more than half a second forwards */
  guint64 dts_steps; /**< of one PID: backwards */
  guint64 dts_gaps; /**< of one PID: more than a second forwards */
  guint64 first_pcr; /**< in units of 90 kHz */
  guint64 last_pcr;
  gboolean has_pcr;
  guint n_pes_pids; /**< how many PIDs carry PES packets */

  gint8
      counter[TS_CHECK_PIDS]; /**< next continuity counter, -1: not seen yet */
  gint64 dts[TS_CHECK_PIDS]; /**< last one, -1: not seen yet */
} TsCheck;

void ts_check_init (TsCheck *check);
/** Checks one packet of 188 bytes. */
void ts_check_packet (TsCheck *check, const guint8 *packet);
/** Seconds from the first to the last PCR. */
gdouble ts_check_seconds (const TsCheck *check);

G_END_DECLS
