/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* subscriber.c: what the lines bring goes through one merger into one queue; when the last line is over, so is that. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "transport/subscriber.h"
#include "transport/packetmerger.h"
#include "transport/packetqueue.h"

/* How long the first packets wait for the description. */
#define HOLD_NS (500 * GST_MSECOND)
/* Ways of a line: multicast, UDP, TCP. */
#define N_WAYS 3

G_STATIC_ASSERT (
    N_WAYS *GST_FEC_SUBSCRIBER_MAX_LINES <= GST_FEC_MERGER_MAX_WAYS);

struct _GstFecSubscriber
{
  GstFecSubscriberFunc func;
  gpointer user_data;
  GstFecPacketQueue *queue;
  gint discard; /* atomic */
  gint next_line; /* atomic; whom to ask */

  /* held while a line tells: what one is told comes in the order it was decided; before @lock */
  GMutex telling;
  GMutex lock; /* guards what follows */
  GstFecLine *lines[GST_FEC_SUBSCRIBER_MAX_LINES];
  guint n_lines;
  guint n_over;
  guint32 delivering; /* a bit for each line that packets come from */
  gboolean any_ended; /* a line that is over had not failed */
  GstFecPacketMerger *merger;
  gboolean has_tsi;
  guint32 tsi;
  GstClockTime first_packet; /* GST_CLOCK_TIME_NONE: none yet */
  GstCaps *caps;
  guint64 duplicates;
  guint64 dropped;
};

/* ---- What the lines tell ------------------------------------------------ */

static guint
number_of (const GstFecSubscriber *self, const GstFecLine *line)
{
  guint i = 0;

  while (self->lines[i] != line)
    i++;
  return i;
}

/* When all servers were lost, what comes next may be new under old numbers: a server that began anew. With the lock. */
static void
note_delivering (GstFecSubscriber *self, guint line, GstFecLineState state)
{
  const guint32 bit = 1u << line;

  if (state == GST_FEC_LINE_MULTICAST || state == GST_FEC_LINE_UDP ||
      state == GST_FEC_LINE_TCP) {
    self->delivering |= bit;
    return;
  }
  self->delivering &= ~bit;
  if (state == GST_FEC_LINE_LOST && self->delivering == 0)
    gst_fec_packet_merger_clear (self->merger);
}

static void
on_state (GstFecLine *line, GstFecLineState state, const gchar *reason,
    const GError *error, gpointer user_data)
{
  GstFecSubscriber *self = user_data;
  gboolean last = FALSE, ended;

  g_mutex_lock (&self->telling);
  g_mutex_lock (&self->lock);
  note_delivering (self, number_of (self, line), state);
  if (state == GST_FEC_LINE_ENDED || state == GST_FEC_LINE_FAILED) {
    self->any_ended |= state == GST_FEC_LINE_ENDED;
    last = ++self->n_over == self->n_lines;
  }
  ended = self->any_ended;
  g_mutex_unlock (&self->lock);

  self->func (self, number_of (self, line), state, reason, error,
      last && (state == GST_FEC_LINE_ENDED || !ended), self->user_data);
  if (last)
    gst_fec_packet_queue_finish (
        self->queue, ended ? GST_FLOW_EOS : GST_FLOW_ERROR);
  g_mutex_unlock (&self->telling);
}

static gboolean
on_described (
    GstFecLine *line, const GstFecDescription *description, gpointer user_data)
{
  GstFecSubscriber *self = user_data;
  GstCaps *caps = gst_fec_description_to_caps (description);
  gboolean same;

  g_mutex_lock (&self->lock);
  same = !self->has_tsi || self->tsi == description->tsi;
  if (same) {
    self->has_tsi = TRUE;
    self->tsi = description->tsi;
    gst_caps_replace (&self->caps, caps);
  }
  g_mutex_unlock (&self->lock);
  gst_caps_unref (caps);
  if (same)
    gst_fec_packet_queue_release (self->queue);
  return same;
}

/* Whether it goes on; notes that it came. */
static gboolean
take (GstFecSubscriber *self, const GstFecAlcPacket *packet, guint way,
    GstClockTime now)
{
  gboolean new;

  if (self->first_packet == GST_CLOCK_TIME_NONE)
    self->first_packet = now;
  if (now - self->first_packet >= HOLD_NS)
    gst_fec_packet_queue_release (self->queue);
  new = gst_fec_packet_merger_add (self->merger, packet, way);
  if (!new)
    self->duplicates++;
  return new;
}

static void
on_packet (GstFecLine *line, const GstFecAlcPacket *packet, GstFecLineState way,
    GstBuffer *buffer, gpointer user_data)
{
  GstFecSubscriber *self = user_data;
  guint number =
      N_WAYS * number_of (self, line) + (way - GST_FEC_LINE_MULTICAST);

  if (g_atomic_int_get (&self->discard)) {
    gst_buffer_unref (buffer);
    return;
  }
  /* Pushed with the lock, so that packets of one line stay in their order. */
  g_mutex_lock (&self->lock);
  if (take (self, packet, number, GST_BUFFER_PTS (buffer)))
    self->dropped += gst_fec_packet_queue_push (self->queue, buffer);
  else
    gst_buffer_unref (buffer);
  g_mutex_unlock (&self->lock);
}

/* ---- For others --------------------------------------------------------- */

GstFecSubscriber *
gst_fec_subscriber_new (const GstFecLineSettings *lines, guint n_lines,
    GstFecSubscriberFunc func, gpointer user_data)
{
  const GstFecLineCallbacks callbacks = {
    .state = on_state,
    .described = on_described,
    .packet = on_packet,
  };
  GstFecSubscriber *self = g_new0 (GstFecSubscriber, 1);

  g_return_val_if_fail (
      n_lines >= 1 && n_lines <= GST_FEC_SUBSCRIBER_MAX_LINES, NULL);

  self->func = func;
  self->user_data = user_data;
  g_mutex_init (&self->telling);
  g_mutex_init (&self->lock);
  self->queue = gst_fec_packet_queue_new (lines[0].buffer_size);
  self->merger = gst_fec_packet_merger_new ();
  self->caps = gst_caps_new_empty_simple (GST_FEC_ALC_MEDIA_TYPE);
  self->first_packet = GST_CLOCK_TIME_NONE;
  for (; self->n_lines < n_lines; self->n_lines++)
    self->lines[self->n_lines] =
        gst_fec_line_new (&lines[self->n_lines], &callbacks, self);
  return self;
}

void
gst_fec_subscriber_start (GstFecSubscriber *self)
{
  guint i;

  for (i = 0; i < self->n_lines; i++)
    gst_fec_line_start (self->lines[i]);
}

void
gst_fec_subscriber_free (GstFecSubscriber *self)
{
  guint i;

  for (i = 0; i < self->n_lines; i++)
    gst_fec_line_free (self->lines[i]);
  gst_fec_packet_queue_free (self->queue);
  gst_fec_packet_merger_free (self->merger);
  gst_caps_unref (self->caps);
  g_mutex_clear (&self->lock);
  g_mutex_clear (&self->telling);
  g_free (self);
}

GstFlowReturn
gst_fec_subscriber_pop (GstFecSubscriber *self, guint max, GstBufferList **list)
{
  return gst_fec_packet_queue_pop (self->queue, max, list);
}

void
gst_fec_subscriber_set_flushing (GstFecSubscriber *self, gboolean flushing)
{
  gst_fec_packet_queue_set_flushing (self->queue, flushing);
}

void
gst_fec_subscriber_set_discard (GstFecSubscriber *self, gboolean discard)
{
  g_atomic_int_set (&self->discard, discard);
  if (discard)
    gst_fec_packet_queue_clear (self->queue);
}

void
gst_fec_subscriber_report_missing (
    GstFecSubscriber *self, guint32 toi, guint8 sbn, guint32 count)
{
  guint first = (guint) g_atomic_int_add (&self->next_line, 1);
  guint i;

  for (i = 0; i < self->n_lines; i++) {
    if (gst_fec_line_report_missing (
            self->lines[(first + i) % self->n_lines], toi, sbn, count))
      return;
  }
}

GstCaps *
gst_fec_subscriber_get_caps (GstFecSubscriber *self)
{
  GstCaps *caps;

  g_mutex_lock (&self->lock);
  caps = gst_caps_ref (self->caps);
  g_mutex_unlock (&self->lock);
  return caps;
}

/* ---- Statistics --------------------------------------------------------- */

/* Adds what @line counted to @stats; what is no counter stays the first line's. */
static gboolean
add_field (GQuark field, const GValue *value, gpointer user_data)
{
  GstStructure *stats = user_data;
  const GValue *sum = gst_structure_id_get_value (stats, field);

  if (G_VALUE_HOLDS_UINT64 (value) && sum != NULL)
    gst_structure_id_set (stats, field, G_TYPE_UINT64,
        g_value_get_uint64 (sum) + g_value_get_uint64 (value), NULL);
  return TRUE;
}

static void
add_line (GstStructure *stats, const GstStructure *line)
{
  gst_structure_foreach (line, add_field, stats);
  if (g_str_equal (gst_structure_get_string (stats, "transport"), "none"))
    gst_structure_set (stats, "transport", G_TYPE_STRING,
        gst_structure_get_string (line, "transport"), NULL);
}

static GstStructure *
sum_lines (GstFecSubscriber *self)
{
  GValue servers = G_VALUE_INIT;
  GstStructure *stats = NULL;
  guint i;

  g_value_init (&servers, GST_TYPE_LIST);
  for (i = 0; i < self->n_lines; i++) {
    GstStructure *line = gst_fec_line_get_stats (self->lines[i]);
    GValue item = G_VALUE_INIT;

    if (stats == NULL)
      stats = gst_structure_copy (line);
    else
      add_line (stats, line);
    g_value_init (&item, GST_TYPE_STRUCTURE);
    g_value_take_boxed (&item, line);
    gst_value_list_append_and_take_value (&servers, &item);
  }
  gst_structure_remove_fields (stats, "host", "port", "line-state", NULL);
  gst_structure_take_value (stats, "servers", &servers);
  return stats;
}

GstStructure *
gst_fec_subscriber_get_stats (GstFecSubscriber *self)
{
  GstStructure *stats = sum_lines (self);

  gst_structure_set_name (stats, "application/x-fec-subscriber-stats");
  g_mutex_lock (&self->lock);
  gst_structure_set (stats, "packets-duplicate", G_TYPE_UINT64,
      self->duplicates, "packets-dropped", G_TYPE_UINT64, self->dropped, NULL);
  g_mutex_unlock (&self->lock);
  return stats;
}
