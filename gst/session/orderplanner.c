/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * orderplanner.c: see orderplanner.h.
 *
 * Each object counts its symbols that went to all. A request (count lacking,
 * newest packet received) becomes a target: so many symbols must have gone to
 * all for the one who asks to have enough, if all that are on their way arrive.
 * So requests can wait, and what is sent meanwhile needs no further thought.
 */
#include "session/orderplanner.h"
#include "session/entropy.h"

#include <string.h>

/* Packets of an object of which is known when they were sent. */
#define MAX_SENT 256
/* Deliveries to single clients that are remembered for an object. */
#define MAX_SERVED 256
/* Sessions share buckets by a secret hash, as in limits.c. */
#define SESSION_BUCKETS 4096
/* Nobody lacks more symbols than the largest block has. */
#define MAX_COUNT 65536

typedef struct
{
  guint64 seq; /* extended to 64 bits */
  gint64 at;
} Sent;

/* One who waits for the window to end. */
typedef struct
{
  GstFecRequester who;
  guint64 target; /* of the object's count of symbols that went to all */
  guint32 asked;
} Wish;

/* Symbols that were ordered for one client alone. */
typedef struct
{
  guint64 session;
  guint32 order;
  guint32 count;
  gboolean delivered;
  guint64 seq; /* newest packet to all when the last one was delivered */
  gint64 at;
} Served;

typedef struct
{
  guint32 toi;
  guint8 sbn;
  gint64 last_sent;
  guint64 n_sent; /* symbols that went to all */
  Sent sent[MAX_SENT]; /* the newest, a ring */
  guint32 ordered; /* for all and not sent yet */
  gint64 ordered_at;
  gint64 decide_at; /* G_MAXINT64: nobody waits */
  GArray *wishes; /* Wish */
  GArray *served; /* Served */
  /* those who are too many to be served alone */
  guint crowd;
  guint64 crowd_target;
  guint64 crowd_asked;
} Object;

struct _GstFecOrderPlanner
{
  GstFecOrderSettings settings;
  GstFecOrderCounters counters;
  guint n_objects;
  Object *objects[GST_FEC_ORDER_MAX_OBJECTS]; /* the last sent first */
  gboolean any_sent;
  guint64 newest; /* number of the newest packet to all, extended */
  guint32 next_number;

  gint64 session_interval_us; /* one symbol each */
  guint64 secret;
  gint64 full_at[SESSION_BUCKETS]; /* when all tokens are there again */

  gdouble tokens; /* of the channel */
  gint64 filled_at;
  gint64 measured_since;
  guint64 measured; /* packets to all since */
  gdouble rate; /* of packets to all, a second */
};

void
gst_fec_order_settings_init (GstFecOrderSettings *settings)
{
  *settings = (GstFecOrderSettings){
    .window_us = 10 * 1000,
    .patience_us = 200 * 1000,
    .history_us = 4 * G_USEC_PER_SEC,
    .session_rate = 2000,
    .channel_rate = 500,
    .channel_percent = 20,
  };
}

GstFecOrderPlanner *
gst_fec_order_planner_new (const GstFecOrderSettings *settings)
{
  GstFecOrderPlanner *planner = g_new0 (GstFecOrderPlanner, 1);
  guint rate = CLAMP (settings->session_rate, 1, G_USEC_PER_SEC);

  planner->settings = *settings;
  planner->session_interval_us = G_USEC_PER_SEC / rate;
  planner->tokens = settings->channel_rate;
  planner->filled_at = G_MININT64;
  gst_fec_entropy_fill (&planner->secret, sizeof (planner->secret));
  memset (planner->full_at, 0x80, sizeof (planner->full_at)); /* long ago */
  return planner;
}

static void
free_object (Object *object)
{
  g_array_unref (object->wishes);
  g_array_unref (object->served);
  g_free (object);
}

void
gst_fec_order_planner_free (GstFecOrderPlanner *planner)
{
  guint i;

  for (i = 0; i < planner->n_objects; i++)
    free_object (planner->objects[i]);
  g_free (planner);
}

const GstFecOrderCounters *
gst_fec_order_planner_counters (const GstFecOrderPlanner *planner)
{
  return &planner->counters;
}

void
gst_fec_order_planner_spare (GstFecOrderPlanner *planner, guint32 count)
{
  planner->counters.symbols_ordered -= count;
  planner->counters.symbols_suppressed += count;
}

guint16
gst_fec_order_planner_newest (const GstFecOrderPlanner *planner)
{
  return (guint16) planner->newest;
}

/* ---- What is sent ---- */

static gboolean
is_object (const Object *object, guint32 toi, guint8 sbn)
{
  return object->toi == toi && object->sbn == sbn;
}

static Object *
find_object (const GstFecOrderPlanner *planner, guint32 toi, guint8 sbn)
{
  guint i;

  for (i = 0; i < planner->n_objects; i++) {
    if (is_object (planner->objects[i], toi, sbn))
      return planner->objects[i];
  }
  return NULL;
}

static void
forget_wishes (Object *object)
{
  g_array_set_size (object->wishes, 0);
  object->crowd = 0;
  object->crowd_target = 0;
  object->crowd_asked = 0;
  object->decide_at = G_MAXINT64;
}

/* The one that was not sent for the longest time, the last, makes room. */
static Object *
take_place (GstFecOrderPlanner *planner)
{
  Object *object;

  if (planner->n_objects < G_N_ELEMENTS (planner->objects)) {
    object = g_new0 (Object, 1);
    object->wishes = g_array_new (FALSE, FALSE, sizeof (Wish));
    object->served = g_array_new (FALSE, FALSE, sizeof (Served));
    planner->objects[planner->n_objects++] = object;
  }
  return planner->objects[planner->n_objects - 1];
}

/* Packets of an object come close together: it is found soon next time. */
static void
move_to_front (GstFecOrderPlanner *planner, Object *object)
{
  guint i = 0;

  while (planner->objects[i] != object)
    i++;
  memmove (planner->objects + 1, planner->objects, i * sizeof (Object *));
  planner->objects[0] = object;
}

static Object *
add_object (GstFecOrderPlanner *planner, guint32 toi, guint8 sbn)
{
  Object *object = take_place (planner);

  object->toi = toi;
  object->sbn = sbn;
  object->n_sent = 0;
  object->ordered = 0;
  g_array_set_size (object->served, 0);
  forget_wishes (object);
  return object;
}

/* A packet number as a number that does not wrap, near the newest one. */
static guint64
extend (const GstFecOrderPlanner *planner, guint16 seq)
{
  gint16 ahead = (gint16) (guint16) (seq - (guint16) planner->newest);

  return planner->newest + (guint64) (gint64) ahead;
}

/* How many packets a second go to all, over about a second. */
static void
measure_rate (GstFecOrderPlanner *planner, gint64 now)
{
  gint64 elapsed = now - planner->measured_since;

  if (planner->measured == 0) {
    planner->measured_since = now;
  } else if (elapsed >= G_USEC_PER_SEC) {
    planner->rate =
        (gdouble) planner->measured * G_USEC_PER_SEC / (gdouble) elapsed;
    planner->measured = 0;
    planner->measured_since = now;
  }
  planner->measured++;
}

void
gst_fec_order_planner_sent (GstFecOrderPlanner *planner, guint32 toi,
    guint8 sbn, guint16 seq, gint64 now)
{
  Object *object = find_object (planner, toi, sbn);
  Sent sent;

  if (object == NULL)
    object = add_object (planner, toi, sbn);
  move_to_front (planner, object);
  if (!planner->any_sent) {
    /* Far from zero, so that older numbers do not wrap. */
    planner->newest = ((guint64) 1 << 32) | seq;
    planner->any_sent = TRUE;
  }
  sent = (Sent){ .seq = extend (planner, seq), .at = now };
  planner->newest = MAX (planner->newest, sent.seq);
  object->sent[object->n_sent % MAX_SENT] = sent;
  object->n_sent++;
  object->last_sent = now;
  if (object->ordered > 0)
    object->ordered--;
  measure_rate (planner, now);
}

void
gst_fec_order_planner_delivered (GstFecOrderPlanner *planner, guint32 number)
{
  guint i, j;

  for (i = 0; i < planner->n_objects; i++) {
    GArray *served = planner->objects[i]->served;

    for (j = 0; j < served->len; j++) {
      Served *one = &g_array_index (served, Served, j);

      if (one->order != number)
        continue;
      one->delivered = TRUE;
      one->seq = planner->newest;
    }
  }
}

/* ---- Requests ---- */

/* Symbols that went to all and may still come to one whose newest packet is @seq. */
static guint32
count_on_way (const GstFecOrderPlanner *planner, const Object *object,
    guint64 seq, gint64 now)
{
  guint64 n = MIN (object->n_sent, MAX_SENT), i;

  for (i = 0; i < n; i++) {
    const Sent *sent = &object->sent[(object->n_sent - 1 - i) % MAX_SENT];

    if (sent->seq <= seq || now - sent->at >= planner->settings.patience_us)
      break;
  }
  return (guint32) i;
}

/* Symbols made for @session alone that may still come to it. */
static guint32
count_served (GstFecOrderPlanner *planner, const Object *object,
    guint64 session, guint64 seq, gint64 now)
{
  guint32 count = 0;
  guint i;

  for (i = 0; i < object->served->len; i++) {
    const Served *served = &g_array_index (object->served, Served, i);

    if (served->session == session &&
        now - served->at < planner->settings.patience_us &&
        (!served->delivered || seq <= served->seq))
      count += served->count;
  }
  return count;
}

static Wish *
find_wish (const Object *object, guint64 session)
{
  guint i;

  for (i = 0; i < object->wishes->len; i++) {
    Wish *wish = &g_array_index (object->wishes, Wish, i);

    if (wish->who.session == session)
      return wish;
  }
  return NULL;
}

static void
add_wish (GstFecOrderPlanner *planner, Object *object, const Wish *wish)
{
  Wish *before = find_wish (object, wish->who.session);

  if (before != NULL) {
    planner->counters.symbols_suppressed += before->asked;
    *before = *wish;
  } else if (object->wishes->len < GST_FEC_ORDER_MAX_RECIPIENTS) {
    g_array_append_val (object->wishes, *wish);
  } else {
    object->crowd++;
    object->crowd_target = MAX (object->crowd_target, wish->target);
    object->crowd_asked += wish->asked;
  }
}

gboolean
gst_fec_order_planner_request (GstFecOrderPlanner *planner,
    const GstFecRequester *who, guint32 toi, guint8 sbn, guint16 seq,
    guint32 count, gint64 now)
{
  Object *object = find_object (planner, toi, sbn);
  guint32 coming;
  guint64 received;
  Wish wish;

  planner->counters.requests++;
  if (object == NULL ||
      now - object->last_sent > planner->settings.history_us) {
    planner->counters.requests_unknown++;
    return FALSE;
  }
  count = MIN (count, MAX_COUNT);
  planner->counters.symbols_requested += count;
  received = extend (planner, seq);
  coming = count_served (planner, object, who->session, received, now);
  if (count <= coming) {
    planner->counters.symbols_suppressed += count;
    return TRUE;
  }
  wish = (Wish){ .who = *who, .asked = count };
  wish.target = object->n_sent + count - coming -
      MIN (object->n_sent, count_on_way (planner, object, received, now));
  add_wish (planner, object, &wish);
  if (object->decide_at == G_MAXINT64)
    object->decide_at = now + planner->settings.window_us;
  return TRUE;
}

/* ---- Limits ---- */

/* Takes up to @count tokens of @session; returns how many there were. */
static guint32
take_session (
    GstFecOrderPlanner *planner, guint64 session, guint32 count, gint64 now)
{
  guint64 hash =
      gst_fec_entropy_hash (planner->secret, &session, sizeof (session));
  gint64 *full_at = &planner->full_at[hash % SESSION_BUCKETS];
  gint64 interval = planner->session_interval_us;
  gint64 begin = MAX (*full_at, now);
  gint64 free = MAX (G_USEC_PER_SEC - (begin - now), 0) / interval;

  count = (guint32) MIN (count, free);
  *full_at = begin + (gint64) count * interval;
  return count;
}

static guint32
take_channel (GstFecOrderPlanner *planner, guint32 count, gint64 now)
{
  const GstFecOrderSettings *settings = &planner->settings;
  gdouble rate = MAX ((gdouble) settings->channel_rate,
      planner->rate * settings->channel_percent / 100.0);

  if (planner->filled_at != G_MININT64)
    planner->tokens += rate * (gdouble) (now - planner->filled_at) / 1e6;
  planner->filled_at = now;
  planner->tokens = MIN (planner->tokens, rate);
  count = (guint32) MIN ((gdouble) count, planner->tokens);
  planner->tokens -= count;
  return count;
}

/* ---- Decisions ---- */

/* Symbols that must still be made for one with @target. */
static guint32
get_need (const Object *object, guint64 target)
{
  guint64 there = object->n_sent + object->ordered;

  return target > there ? (guint32) MIN (target - there, MAX_COUNT) : 0;
}

/* Lists who lacks how many, within the limits of each session. */
static void
list_recipients (GstFecOrderPlanner *planner, const Object *object, gint64 now,
    GstFecOrder *order)
{
  GstFecOrderCounters *counters = &planner->counters;
  guint i;

  order->n_recipients = 0;
  for (i = 0; i < object->wishes->len; i++) {
    const Wish *wish = &g_array_index (object->wishes, Wish, i);
    guint32 need = MIN (get_need (object, wish->target), wish->asked);
    guint32 granted = take_session (planner, wish->who.session, need, now);

    counters->symbols_suppressed += wish->asked - need;
    counters->symbols_refused += need - granted;
    if (granted > 0)
      order->recipients[order->n_recipients++] =
          (GstFecOrderRecipient){ .who = wish->who, .count = granted };
  }
}

static guint32
largest (const GstFecOrder *order, guint64 *sum)
{
  guint32 count = 0;
  guint i;

  *sum = 0;
  for (i = 0; i < order->n_recipients; i++) {
    count = MAX (count, order->recipients[i].count);
    *sum += order->recipients[i].count;
  }
  return count;
}

/* What some clients alone were given must not be made for them again. */
static void
remember_served (
    GstFecOrderPlanner *planner, Object *object, GstFecOrder *order, gint64 now)
{
  GArray *served = object->served;
  guint i;

  for (i = 0; i < order->n_recipients; i++) {
    GstFecOrderRecipient *recipient = &order->recipients[i];
    Served one = {
      .session = recipient->who.session,
      .order = order->number,
      .at = now,
    };

    recipient->count = MIN (recipient->count, order->count);
    one.count = recipient->count;
    if (served->len >= MAX_SERVED)
      g_array_remove_index (served, 0);
    g_array_append_val (served, one);
  }
}

static void
order_for_all (
    GstFecOrderPlanner *planner, Object *object, GstFecOrder *order, gint64 now)
{
  order->number = 0;
  order->n_recipients = 0;
  object->ordered += order->count;
  object->ordered_at = now;
  planner->counters.orders_to_all++;
}

static void
order_for_some (
    GstFecOrderPlanner *planner, Object *object, GstFecOrder *order, gint64 now)
{
  if (++planner->next_number == 0)
    planner->next_number = 1;
  order->number = planner->next_number;
  remember_served (planner, object, order, now);
  planner->counters.orders_to_some++;
}

/* FALSE when nothing is to be made. */
static gboolean
decide (GstFecOrderPlanner *planner, Object *object, guint cost_all, gint64 now,
    GstFecOrder *order)
{
  GstFecOrderCounters *counters = &planner->counters;
  guint32 most, crowd_need, wanted;
  guint64 cost_some, sum;
  gboolean for_all;

  /* An order that nobody carried out does not hold up others for ever. */
  if (now - object->ordered_at >= planner->settings.patience_us)
    object->ordered = 0;
  list_recipients (planner, object, now, order);
  crowd_need = object->crowd > 0 ? get_need (object, object->crowd_target) : 0;
  most = largest (order, &sum);
  cost_some = sum + (guint64) object->crowd * crowd_need;
  wanted = MAX (most, crowd_need);
  for_all = (guint64) wanted * cost_all <= cost_some;
  if (!for_all)
    wanted = most;
  order->toi = object->toi;
  order->sbn = object->sbn;
  order->count = take_channel (planner, wanted, now);
  counters->symbols_ordered += order->count;
  counters->symbols_refused += wanted - order->count;
  counters->symbols_suppressed += object->crowd_asked + sum - wanted;
  forget_wishes (object);
  if (order->count == 0)
    return FALSE;
  if (for_all)
    order_for_all (planner, object, order, now);
  else
    order_for_some (planner, object, order, now);
  return TRUE;
}

gint64
gst_fec_order_planner_deadline (const GstFecOrderPlanner *planner)
{
  gint64 deadline = G_MAXINT64;
  guint i;

  for (i = 0; i < planner->n_objects; i++)
    deadline = MIN (deadline, planner->objects[i]->decide_at);
  return deadline;
}

gboolean
gst_fec_order_planner_next (
    GstFecOrderPlanner *planner, guint cost_all, gint64 now, GstFecOrder *order)
{
  guint i;

  for (i = 0; i < planner->n_objects; i++) {
    Object *object = planner->objects[i];

    if (object->decide_at <= now &&
        decide (planner, object, cost_all, now, order))
      return TRUE;
  }
  return FALSE;
}
