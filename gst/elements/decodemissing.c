/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * decodemissing.c: which blocks cannot be rebuilt with what has come, how many
 * symbols they lack, and when to ask for these. Knows blocks and packets, not
 * who is asked; time is a parameter.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "decodemissing.h"

#include <string.h>

#define MIN_INTERVAL (50 * GST_MSECOND)
/* While it is not known how long an answer takes. */
#define FIRST_INTERVAL (100 * GST_MSECOND)
/* A block whose packets still come is not asked for again. */
#define QUIET (20 * GST_MSECOND)
/* Silence until the newest block is asked for: closed, and still open. */
#define STALL (100 * GST_MSECOND)
#define OPEN_STALL (500 * GST_MSECOND)
/* An open block in a silent stream most often lacks nothing. */
#define OPEN_REQUESTS 3
/* After so many requests of a block the interval doubles. */
#define REQUESTS_UNTIL_SLOWER 8

/* A block that was asked for. */
typedef struct
{
  guint32 toi;
  guint requests;
  gboolean closed; /* K was known when it was asked for last */
  gboolean answered;
  GstClockTime asked;
  GstClockTime heard; /* last packet since, or 0 */
} Entry;

struct _GstFecDecodeMissing
{
  GstFecDecodeStats *stats;
  gboolean enabled;
  GstClockTime interval; /* 0: by round_trip */
  GstClockTime round_trip; /* 0: not known */
  GstClockTime last_packet; /* NONE: none came */
  Entry entries[GST_FEC_DECODE_MISSING_BLOCKS];
  guint n;
};

GstFecDecodeMissing *
gst_fec_decode_missing_new (GstFecDecodeStats *stats)
{
  GstFecDecodeMissing *missing = g_new0 (GstFecDecodeMissing, 1);

  missing->stats = stats;
  missing->last_packet = GST_CLOCK_TIME_NONE;
  return missing;
}

void
gst_fec_decode_missing_free (GstFecDecodeMissing *missing)
{
  g_free (missing);
}

void
gst_fec_decode_missing_reset (GstFecDecodeMissing *missing)
{
  missing->n = 0;
  missing->last_packet = GST_CLOCK_TIME_NONE;
}

void
gst_fec_decode_missing_configure (
    GstFecDecodeMissing *missing, gboolean enabled, GstClockTime interval)
{
  missing->enabled = enabled;
  missing->interval = interval;
}

static Entry *
find_entry (const GstFecDecodeMissing *missing, guint32 toi)
{
  guint i;

  for (i = 0; i < missing->n; i++) {
    if (missing->entries[i].toi == toi)
      return (Entry *) &missing->entries[i];
  }
  return NULL;
}

static void
drop_entry (GstFecDecodeMissing *missing, guint i)
{
  missing->n--;
  memmove (&missing->entries[i], &missing->entries[i + 1],
      (missing->n - i) * sizeof (Entry));
}

/* ---- Answers --------------------------------------------------------------- */

static gboolean
is_answer (const GstFecAlcPacket *packet)
{
  if (packet->block_flags & GST_FEC_BLOCK_REPLACEMENT)
    return TRUE;
  return packet->has_symbol && packet->has_oti &&
      packet->esi >= rq_oti_block_symbols (&packet->oti, 0);
}

static void
note_round_trip (GstFecDecodeMissing *missing, GstClockTime sample)
{
  if (missing->round_trip == 0)
    missing->round_trip = sample;
  else
    missing->round_trip = (7 * missing->round_trip + sample) / 8;
  missing->stats->round_trip = missing->round_trip;
}

void
gst_fec_decode_missing_note (GstFecDecodeMissing *missing,
    const GstFecAlcPacket *packet, GstClockTime now)
{
  Entry *entry = find_entry (missing, packet->toi);

  missing->last_packet = now;
  if (!entry)
    return;
  entry->heard = now;
  if (entry->answered || !is_answer (packet))
    return;
  entry->answered = TRUE;
  /* which of several requests was answered is not known */
  if (entry->requests == 1 && now >= entry->asked)
    note_round_trip (missing, now - entry->asked);
}

/* ---- Requests -------------------------------------------------------------- */

static GstClockTime
interval_of (const GstFecDecodeMissing *missing, const Entry *entry)
{
  GstClockTime interval = missing->interval;

  if (interval == 0 && missing->round_trip == 0)
    interval = FIRST_INTERVAL;
  else if (interval == 0)
    interval = MAX (2 * missing->round_trip, MIN_INTERVAL);
  return interval << (entry->requests / REQUESTS_UNTIL_SLOWER);
}

static gboolean
is_closed (const GstFecDecodeBlock *block)
{
  return block && gst_fec_decode_block_k (block) != 0;
}

/* When block @i of @window, @newest or not, is to be asked for; NONE: never. */
static GstClockTime
due_time (const GstFecDecodeMissing *missing, guint32 toi,
    const GstFecDecodeBlock *block, gboolean newest)
{
  const Entry *entry = find_entry (missing, toi);
  GstClockTime since = 0;

  if (!missing->enabled || (block && gst_fec_decode_block_is_complete (block)))
    return GST_CLOCK_TIME_NONE;
  if (newest && !GST_CLOCK_TIME_IS_VALID (missing->last_packet))
    return GST_CLOCK_TIME_NONE;
  if (newest)
    since = missing->last_packet + (is_closed (block) ? STALL : OPEN_STALL);
  if (!entry)
    return missing->n < GST_FEC_DECODE_MISSING_BLOCKS ? since
                                                      : GST_CLOCK_TIME_NONE;
  if (entry->requests >= GST_FEC_DECODE_MISSING_REQUESTS ||
      (newest && !is_closed (block) && entry->requests >= OPEN_REQUESTS))
    return GST_CLOCK_TIME_NONE;
  /* what was asked for was a guess */
  if (is_closed (block) && !entry->closed)
    return since;
  since = MAX (since, entry->asked + interval_of (missing, entry));
  return MAX (since, entry->heard + QUIET);
}

static guint32
missing_symbols (const GstFecDecodeBlock *block, const Entry *entry)
{
  guint32 k, got;

  if (!block)
    return 1;
  k = gst_fec_decode_block_k (block);
  if (k == 0) {
    k = gst_fec_decode_block_span (block);
    got = gst_fec_decode_block_have (block);
  } else {
    got =
        gst_fec_decode_block_have (block) + gst_fec_decode_block_repair (block);
  }
  if (got < k)
    return k - got;
  /* K symbols do not always suffice, K + 2 all but always. */
  return entry && is_closed (block) ? 2 : 1;
}

/* Forgets blocks that are over or whole. */
static void
drop_done (GstFecDecodeMissing *missing, const GstFecDecodeWindow *window)
{
  const GstFecDecodeBlock *block;
  guint i = 0;

  while (i < missing->n) {
    if (!gst_fec_decode_window_find (window, missing->entries[i].toi, &block) ||
        (block && gst_fec_decode_block_is_complete (block)))
      drop_entry (missing, i);
    else
      i++;
  }
}

static void
note_request (GstFecDecodeMissing *missing, guint32 toi,
    const GstFecDecodeBlock *block, GstClockTime now)
{
  Entry *entry = find_entry (missing, toi);

  if (!entry) {
    entry = &missing->entries[missing->n++];
    *entry = (Entry){ .toi = toi };
  }
  entry->requests++;
  entry->closed = is_closed (block);
  entry->answered = FALSE;
  entry->asked = now;
  entry->heard = 0;
}

gboolean
gst_fec_decode_missing_next (GstFecDecodeMissing *missing,
    const GstFecDecodeWindow *window, GstClockTime now, guint32 *toi,
    guint32 *count)
{
  const GstFecDecodeBlock *block;
  guint i, n = gst_fec_decode_window_pending (window);

  drop_done (missing, window);
  for (i = 0; i < n; i++) {
    block = gst_fec_decode_window_peek (window, i, toi);
    if (due_time (missing, *toi, block, i + 1 == n) > now)
      continue;
    *count = missing_symbols (block, find_entry (missing, *toi));
    note_request (missing, *toi, block, now);
    return TRUE;
  }
  return FALSE;
}

GstClockTime
gst_fec_decode_missing_deadline (
    const GstFecDecodeMissing *missing, const GstFecDecodeWindow *window)
{
  guint i, n = gst_fec_decode_window_pending (window);
  GstClockTime deadline = GST_CLOCK_TIME_NONE;
  const GstFecDecodeBlock *block;
  guint32 toi;

  for (i = 0; i < n; i++) {
    block = gst_fec_decode_window_peek (window, i, &toi);
    deadline = MIN (deadline, due_time (missing, toi, block, i + 1 == n));
  }
  return deadline;
}
