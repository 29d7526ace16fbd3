/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * decodewindow.c: the blocks of a channel that are being received, in order.
 * Decides where a receiver begins, which block a packet belongs to, how long a
 * block with a hole is waited for, when a sender has started anew, and hands
 * on what can be released. Knows blocks, not pads; time is a parameter.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "decodewindow.h"

/* Repair of block n leaves while n + 1 is filled: when n + 3 has begun it is
 * over, with a block to spare for reordering. */
#define REPAIR_DISTANCE 3
/* The same for a receiver that has not begun yet: it wants to begin soon. */
#define JOIN_DISTANCE 2
/* Packets this many blocks old are late; older ones are strays. */
#define LATE_DISTANCE 64
/* Strays that agree before they are believed: one forged packet is not. */
#define STRAY_CONFIRM 8
/* Source packets of blocks just finished, with none of a newer block between,
 * until a sender that started anew shortly behind is assumed. */
#define LATE_CONFIRM 256
/* A jump ahead this far is a gap in the stream, further a new stream. */
#define GAP_DISTANCE 256

struct _GstFecDecodeWindow
{
  GstFecDecodeWindowConfig config;
  GstFecDecodeStats *stats;
  GstFecDecodeBudget budget;

  GPtrArray *slots; /* block of next + i, or NULL */
  gboolean started; /* next is valid */
  gboolean joining; /* nothing was released yet */
  guint32 next; /* TOI of slots[0] */
  guint64 history; /* bit i: block next - 1 - i was complete */

  guint32 released; /* symbols of slots[0] that were handed on */
  gboolean giving_up; /* slots[0] was reported lost */
  gboolean head_done; /* slots[0] goes with the next call */
  gboolean pressed;
  gboolean draining;

  gboolean last_known; /* the stream ends with block last_toi */
  guint32 last_toi;
  GstClockTime last_time;
  gboolean ended;

  guint32 stray_toi;
  guint stray_count;
  guint late_count;
};

static gint32
distance (guint32 toi, guint32 from)
{
  return (gint32) (toi - from);
}

static GstFecDecodeBlock *
slot (const GstFecDecodeWindow *window, guint i)
{
  return i < window->slots->len ? g_ptr_array_index (window->slots, i) : NULL;
}

GstFecDecodeWindow *
gst_fec_decode_window_new (GstFecDecodeStats *stats)
{
  GstFecDecodeWindow *window = g_new0 (GstFecDecodeWindow, 1);

  window->stats = stats;
  window->slots = g_ptr_array_new_with_free_func (
      (GDestroyNotify) gst_fec_decode_block_free);
  gst_fec_decode_window_reset (window);
  return window;
}

void
gst_fec_decode_window_free (GstFecDecodeWindow *window)
{
  g_ptr_array_unref (window->slots);
  g_free (window);
}

void
gst_fec_decode_window_configure (
    GstFecDecodeWindow *window, const GstFecDecodeWindowConfig *config)
{
  window->config = *config;
  window->budget.max = config->max_memory;
}

static void
update_stats (GstFecDecodeWindow *window)
{
  guint i;

  window->stats->memory = window->budget.used;
  window->stats->memory_max = window->budget.peak;
  window->stats->blocks_pending = 0;
  for (i = 0; i < window->slots->len; i++)
    window->stats->blocks_pending += slot (window, i) != NULL;
}

void
gst_fec_decode_window_reset (GstFecDecodeWindow *window)
{
  g_ptr_array_set_size (window->slots, 0);
  window->started = FALSE;
  window->joining = TRUE;
  window->history = 0;
  window->released = 0;
  window->giving_up = window->head_done = FALSE;
  window->pressed = window->draining = FALSE;
  window->last_known = window->ended = FALSE;
  window->stray_count = window->late_count = 0;
  update_stats (window);
}

/* The oldest block is over: the next one takes its place. */
static void
shift (GstFecDecodeWindow *window, gboolean complete)
{
  if (window->slots->len > 0)
    g_ptr_array_remove_index (window->slots, 0);
  window->history = window->history << 1 | (complete ? 1 : 0);
  window->next++;
  window->released = 0;
  window->giving_up = window->head_done = window->pressed = FALSE;
}

/* ---- Packets in ---------------------------------------------------------- */

static GstFecDecodeResult
note_stray (GstFecDecodeWindow *window, guint32 toi)
{
  gint32 d = distance (toi, window->stray_toi);
  gint32 reach = (gint32) window->config.max_blocks;

  if (window->stray_count == 0 || d > reach || d < -reach) {
    window->stray_toi = toi;
    window->stray_count = 0;
  }
  window->stray_count++;
  window->stats->packets_stray++;
  if (window->stray_count < STRAY_CONFIRM)
    return GST_FEC_DECODE_STRAY;
  d = distance (window->stray_toi, window->next);
  if (d > 0 && d <= GAP_DISTANCE)
    window->stats->blocks_lost += d - window->slots->len;
  else
    window->stats->resyncs++;
  return GST_FEC_DECODE_RESYNC;
}

static GstFecDecodeResult
note_late (GstFecDecodeWindow *window, const GstFecAlcPacket *packet)
{
  guint age = (guint) -distance (packet->toi, window->next) - 1;
  gboolean complete = window->history >> age & 1;
  gboolean source = packet->has_symbol &&
      (!packet->has_oti ||
          packet->esi < rq_oti_block_symbols (&packet->oti, 0));

  if (source && ++window->late_count >= LATE_CONFIRM) {
    window->stats->resyncs++;
    return GST_FEC_DECODE_RESYNC;
  }
  if (complete)
    window->stats->symbols_wasted++;
  else
    window->stats->packets_late++;
  return complete ? GST_FEC_DECODE_WASTED : GST_FEC_DECODE_LATE;
}

/* Puts room for earlier blocks in front: nothing was released yet. */
static void
shift_back (GstFecDecodeWindow *window, guint32 toi)
{
  while (window->next != toi) {
    g_ptr_array_insert (window->slots, 0, NULL);
    window->next--;
  }
}

static void
note_close (GstFecDecodeWindow *window, guint32 toi, GstClockTime now)
{
  if (!window->last_known) {
    window->last_known = TRUE;
    window->last_toi = toi;
    window->last_time = now;
  }
}

static GstFecDecodeResult
add_symbol (GstFecDecodeWindow *window, guint d, const GstFecAlcPacket *packet,
    const GstFecDecodeTime *time)
{
  GstFecDecodeBlock *block = slot (window, d);
  GstFecDecodeResult result;
  guint32 had;

  if (packet->symbol_size == 0)
    return GST_FEC_DECODE_INCONSISTENT;
  if (block) {
    had = gst_fec_decode_block_recovered (block);
    result = gst_fec_decode_block_add (block, packet, time);
    window->stats->symbols_recovered +=
        gst_fec_decode_block_recovered (block) - had;
    return result;
  }
  block = gst_fec_decode_block_new (packet, time, &window->budget);
  result = gst_fec_decode_block_add (block, packet, time);
  if (result != GST_FEC_DECODE_ADDED &&
      gst_fec_decode_block_have (block) + gst_fec_decode_block_repair (block) ==
          0) {
    gst_fec_decode_block_free (block);
    return result;
  }
  window->stats->symbols_recovered += gst_fec_decode_block_recovered (block);
  if (d >= window->slots->len)
    g_ptr_array_set_size (window->slots, (gint) d + 1);
  g_ptr_array_index (window->slots, d) = block;
  return result;
}

static void
count_result (GstFecDecodeStats *stats, GstFecDecodeResult result)
{
  switch (result) {
    case GST_FEC_DECODE_DUPLICATE:
      stats->packets_duplicate++;
      break;
    case GST_FEC_DECODE_WASTED:
      stats->symbols_wasted++;
      break;
    case GST_FEC_DECODE_INCONSISTENT:
      stats->packets_inconsistent++;
      break;
    case GST_FEC_DECODE_OVER_LIMIT:
      stats->packets_over_limit++;
      break;
    default:
      break;
  }
}

GstFecDecodeResult
gst_fec_decode_window_add (GstFecDecodeWindow *window,
    const GstFecAlcPacket *packet, const GstFecDecodeTime *time)
{
  GstFecDecodeResult result = GST_FEC_DECODE_ADDED;
  gint32 d;

  if (window->head_done)
    shift (window, gst_fec_decode_block_is_complete (slot (window, 0)));
  if (!window->started) {
    window->started = TRUE;
    window->next = packet->toi;
  }
  d = distance (packet->toi, window->next);
  if (d < 0 && window->joining && d >= -JOIN_DISTANCE &&
      window->slots->len - d <= window->config.max_blocks) {
    shift_back (window, packet->toi);
    d = 0;
  }
  if (d < -LATE_DISTANCE || d >= (gint32) window->config.max_blocks)
    return note_stray (window, packet->toi);
  window->stray_count = 0;
  if (packet->close_session || (packet->block_flags & GST_FEC_BLOCK_LAST))
    note_close (window, packet->toi, time->received);
  if (d < 0)
    return note_late (window, packet);
  window->late_count = 0;
  if (packet->has_symbol)
    result = add_symbol (window, (guint) d, packet, time);
  count_result (window->stats, result);
  update_stats (window);
  return result;
}

gboolean
gst_fec_decode_window_expects (
    GstFecDecodeWindow *window, guint32 toi, guint32 esi)
{
  const GstFecDecodeBlock *head;

  if (window->head_done)
    shift (window, gst_fec_decode_block_is_complete (slot (window, 0)));
  head = slot (window, 0);
  return window->started && !window->joining && !window->giving_up &&
      toi == window->next && esi == window->released &&
      !(head && gst_fec_decode_block_is_complete (head));
}

guint
gst_fec_decode_window_stray_count (const GstFecDecodeWindow *window)
{
  return window->stray_count;
}

gboolean
gst_fec_decode_window_press (GstFecDecodeWindow *window, guint32 toi)
{
  gint32 d = distance (toi, window->next);
  gint32 i;

  for (i = 0; i < d; i++) {
    if (slot (window, (guint) i)) {
      window->pressed = TRUE;
      /* counted when it is refused for good */
      window->stats->packets_over_limit--;
      return TRUE;
    }
  }
  return FALSE;
}

void
gst_fec_decode_window_drain (GstFecDecodeWindow *window)
{
  window->draining = TRUE;
}

/* ---- What is waited for -------------------------------------------------- */

/* How far ahead the newest block is. */
static guint
newest (const GstFecDecodeWindow *window)
{
  return MAX (window->slots->len, 1) - 1;
}

static GstClockTime
earlier (GstClockTime a, GstClockTime b)
{
  /* NONE is the largest number */
  return MIN (a, b);
}

/* Since when something that came is held back by what is missing. */
static GstClockTime
held_since (const GstFecDecodeWindow *window)
{
  const GstFecDecodeBlock *head = slot (window, 0);
  GstClockTime since = GST_CLOCK_TIME_NONE;
  guint32 first, count;
  guint i;

  if (head && !gst_fec_decode_block_is_complete (head)) {
    if (gst_fec_decode_block_find_run (head, window->released, &first, &count))
      since = gst_fec_decode_block_time (head, first).received;
    since = earlier (since, gst_fec_decode_block_closed_time (head));
  }
  for (i = 1; i < window->slots->len; i++) {
    if (slot (window, i)) {
      since =
          earlier (since, gst_fec_decode_block_first_time (slot (window, i)));
      break;
    }
  }
  if (window->last_known)
    since = earlier (since, window->last_time);
  return since;
}

GstClockTime
gst_fec_decode_window_deadline (const GstFecDecodeWindow *window)
{
  GstClockTime since;

  if (!window->config.live || !window->started || window->ended)
    return GST_CLOCK_TIME_NONE;
  since = held_since (window);
  return GST_CLOCK_TIME_IS_VALID (since) ? since + window->config.latency
                                         : GST_CLOCK_TIME_NONE;
}

static gboolean
is_overdue (const GstFecDecodeWindow *window, GstClockTime now)
{
  GstClockTime deadline = gst_fec_decode_window_deadline (window);

  return GST_CLOCK_TIME_IS_VALID (deadline) && GST_CLOCK_TIME_IS_VALID (now) &&
      now >= deadline;
}

static gboolean
must_give_up (const GstFecDecodeWindow *window, GstClockTime now)
{
  guint limit = window->config.live
      ? window->config.max_blocks - 1
      : MIN (REPAIR_DISTANCE, window->config.max_blocks - 1);

  if (window->draining)
    return window->slots->len > 0 || window->last_known;
  if (window->pressed || is_overdue (window, now))
    return TRUE;
  return newest (window) >= MAX (limit, 1);
}

/*
 * A receiver that came in the middle of a block misses what was sent before:
 * too much for the block's repair.
 */
static gboolean
is_hopeless (const GstFecDecodeWindow *window, GstClockTime now)
{
  const GstFecDecodeBlock *head = slot (window, 0);
  guint32 span;

  if (!head)
    return TRUE;
  if (newest (window) >= JOIN_DISTANCE || must_give_up (window, now))
    return TRUE;
  span = MAX (gst_fec_decode_block_k (head), gst_fec_decode_block_span (head));
  return newest (window) > 0 &&
      (guint64) (span - gst_fec_decode_block_have (head)) * 3 > span;
}

/* Finds the block to begin with; TRUE when it is slots[0]. */
static gboolean
join (GstFecDecodeWindow *window, GstClockTime now)
{
  while (window->slots->len > 0) {
    if (slot (window, 0) &&
        gst_fec_decode_block_prefix (slot (window, 0)) > 0) {
      window->joining = FALSE;
      return TRUE;
    }
    if (!is_hopeless (window, now))
      return FALSE;
    if (slot (window, 0)) {
      if (window->slots->len == 1) {
        /* nothing to go on with: what came of it is better than nothing */
        window->joining = FALSE;
        return TRUE;
      }
      window->stats->blocks_skipped++;
    }
    shift (window, FALSE);
  }
  return window->last_known && must_give_up (window, now);
}

/* ---- Items out ----------------------------------------------------------- */

static void
fill_data (GstFecDecodeWindow *window, GstFecDecodeItem *item, guint32 first,
    guint32 count)
{
  item->type = GST_FEC_DECODE_ITEM_DATA;
  item->first = first;
  item->count = count;
  item->after_gap = first != window->released;
  window->released = first + count;
}

static void
finish_head (GstFecDecodeWindow *window, GstFecDecodeItem *item)
{
  const GstFecDecodeBlock *head = item->block;

  item->type = GST_FEC_DECODE_ITEM_BLOCK_END;
  item->after_gap = !gst_fec_decode_block_is_complete (head) &&
      (gst_fec_decode_block_k (head) == 0 ||
          window->released < gst_fec_decode_block_k (head));
  window->head_done = TRUE;
  if (gst_fec_decode_block_is_complete (head)) {
    window->stats->blocks_complete++;
    if (gst_fec_decode_block_recovered (head) > 0)
      window->stats->blocks_repaired++;
  }
}

/* What the oldest block has to give; FALSE: it has to be waited for. */
static gboolean
next_of_head (GstFecDecodeWindow *window, GstFecDecodeItem *item)
{
  const GstFecDecodeBlock *head = item->block;
  guint32 prefix = gst_fec_decode_block_prefix (head);
  guint32 first, count;

  if (window->released < prefix) {
    fill_data (window, item, window->released, prefix - window->released);
    return TRUE;
  }
  if (gst_fec_decode_block_is_complete (head)) {
    finish_head (window, item);
    return TRUE;
  }
  if (!window->giving_up)
    return FALSE;
  if (gst_fec_decode_block_find_run (head, window->released, &first, &count))
    fill_data (window, item, first, count);
  else
    finish_head (window, item);
  return TRUE;
}

static gboolean
is_past_last (const GstFecDecodeWindow *window)
{
  return window->last_known && distance (window->next, window->last_toi) > 0;
}

static gboolean
find_item (GstFecDecodeWindow *window, GstClockTime now, GstFecDecodeItem *item)
{
  if (window->head_done)
    shift (window, gst_fec_decode_block_is_complete (slot (window, 0)));
  if (!window->started || window->ended)
    return FALSE;
  if (is_past_last (window)) {
    window->ended = TRUE;
    item->type = GST_FEC_DECODE_ITEM_END;
    return TRUE;
  }
  if (window->joining && !join (window, now))
    return FALSE;
  item->block = slot (window, 0);
  item->toi = window->next;
  if (item->block && next_of_head (window, item))
    return TRUE;
  if (!must_give_up (window, now))
    return FALSE;
  item->type = GST_FEC_DECODE_ITEM_LOST;
  window->stats->blocks_lost++;
  if (item->block)
    window->giving_up = TRUE;
  else
    shift (window, FALSE);
  return TRUE;
}

gboolean
gst_fec_decode_window_next (
    GstFecDecodeWindow *window, GstClockTime now, GstFecDecodeItem *item)
{
  gboolean found;

  *item = (GstFecDecodeItem){ 0 };
  found = find_item (window, now, item);
  update_stats (window);
  return found;
}

/* ---- What is missing ------------------------------------------------------- */

/* The oldest block is not worth a packet any more when its rests leave. */
static guint
first_pending (const GstFecDecodeWindow *window)
{
  return window->giving_up || window->head_done ? 1 : 0;
}

guint
gst_fec_decode_window_pending (const GstFecDecodeWindow *window)
{
  guint first = first_pending (window);

  if (!window->started || window->joining || window->draining ||
      window->ended || window->slots->len <= first)
    return 0;
  return window->slots->len - first;
}

const GstFecDecodeBlock *
gst_fec_decode_window_peek (
    const GstFecDecodeWindow *window, guint i, guint32 *toi)
{
  i += first_pending (window);
  *toi = window->next + i;
  return slot (window, i);
}

gboolean
gst_fec_decode_window_find (const GstFecDecodeWindow *window, guint32 toi,
    const GstFecDecodeBlock **block)
{
  guint32 first = window->next + first_pending (window);

  if (toi - first >= gst_fec_decode_window_pending (window))
    return FALSE;
  *block = slot (window, toi - window->next);
  return TRUE;
}
