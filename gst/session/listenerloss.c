/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* listenerloss.c: what the listeners of a channel lose. */
#include "session/listenerloss.h"

typedef struct
{
  guint64 received;
  guint64 lost;
} Sum;

typedef struct
{
  guint64 session; /* the key of the table */
  gint64 at; /* of the newest report */
  gint64 since; /* when @current began */
  Sum current, before;
} Listener;

struct _GstFecListenerLoss
{
  GHashTable *listeners; /* by session */
  GArray *shares; /* gdouble, for sorting */
};

GstFecListenerLoss *
gst_fec_listener_loss_new (void)
{
  GstFecListenerLoss *loss = g_new0 (GstFecListenerLoss, 1);

  loss->listeners =
      g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, g_free);
  loss->shares = g_array_new (FALSE, FALSE, sizeof (gdouble));
  return loss;
}

void
gst_fec_listener_loss_free (GstFecListenerLoss *loss)
{
  g_hash_table_destroy (loss->listeners);
  g_array_unref (loss->shares);
  g_free (loss);
}

static gboolean
is_forgotten (gpointer key, gpointer value, gpointer user_data)
{
  const Listener *listener = value;
  const gint64 *now = user_data;

  return *now - listener->at > GST_FEC_LOSS_FORGET_US;
}

/* NULL when there are too many. */
static Listener *
get_listener (GstFecListenerLoss *loss, guint64 session, gint64 now)
{
  Listener *listener = g_hash_table_lookup (loss->listeners, &session);

  if (listener != NULL ||
      g_hash_table_size (loss->listeners) >= GST_FEC_LOSS_MAX_LISTENERS)
    return listener;
  listener = g_new0 (Listener, 1);
  listener->session = session;
  listener->since = now;
  g_hash_table_insert (loss->listeners, &listener->session, listener);
  return listener;
}

void
gst_fec_listener_loss_report (GstFecListenerLoss *loss, guint64 session,
    guint32 received, guint32 lost, gint64 now)
{
  Listener *listener;

  if (received == 0 && lost == 0)
    return;
  listener = get_listener (loss, session, now);
  if (listener == NULL)
    return;
  /* A report of a few packets says little: at least two seconds count. */
  if (now - listener->since >= GST_FEC_LOSS_GATHER_US) {
    listener->before = listener->current;
    listener->current = (Sum){ 0 };
    listener->since = now;
  }
  listener->current.received += received;
  listener->current.lost += lost;
  listener->at = now;
}

static gint
compare (gconstpointer a, gconstpointer b)
{
  const gdouble *x = a, *y = b;

  return (*x > *y) - (*x < *y);
}

gdouble
gst_fec_listener_loss_worst_tenth (
    GstFecListenerLoss *loss, gint64 now, guint *listeners)
{
  GHashTableIter iter;
  Listener *listener;
  guint n;

  g_hash_table_foreach_remove (loss->listeners, is_forgotten, &now);
  g_array_set_size (loss->shares, 0);
  g_hash_table_iter_init (&iter, loss->listeners);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &listener)) {
    gdouble lost = (gdouble) listener->current.lost + listener->before.lost;
    gdouble share =
        lost / (lost + listener->current.received + listener->before.received);

    g_array_append_val (loss->shares, share);
  }
  n = loss->shares->len;
  *listeners = n;
  if (n == 0)
    return 0;
  g_array_sort (loss->shares, compare);
  return g_array_index (loss->shares, gdouble, (n * 9 + 9) / 10 - 1);
}
