/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sessionclientmissing.c: what the client misses: which objects lack how many
 * symbols, and when a Report of it leaves. Such a Report carries nothing else,
 * has a slot of its own and is not sent again: whoever still misses symbols
 * says so anew, with a new count.
 */
#include "sessionclient-private.h"

#include <string.h>

/* Between two Reports of what is missing. */
#define INTERVAL (20 * (gint64) G_TIME_SPAN_MILLISECOND)
/* What could not be told for so long is not wanted any more. */
#define TOO_OLD ((gint64) G_USEC_PER_SEC)
/* Without an answer for so long the session is asked for anew: a short request
   is not even challenged where the session is not known. */
#define UNHEARD (2 * (gint64) G_USEC_PER_SEC)

static void
remove_item (GstFecMissingList *list, guint i)
{
  list->n--;
  memmove (&list->items[i], &list->items[i + 1],
      (list->n - i) * sizeof (list->items[0]));
  memmove (&list->noted[i], &list->noted[i + 1],
      (list->n - i) * sizeof (list->noted[0]));
}

void
gst_fec_session_client_report_missing (GstFecSessionClient *client, guint32 toi,
    guint8 sbn, guint16 seq, guint32 count, gint64 now)
{
  GstFecMissingList *list = &client->missing;
  GstFecMissing *item;
  guint i;

  if (count == 0)
    return;
  for (i = 0; i < list->n; i++) {
    if (list->items[i].toi == toi && list->items[i].sbn == sbn) {
      remove_item (list, i);
      break;
    }
  }
  if (list->n == G_N_ELEMENTS (list->items))
    remove_item (list, 0);
  item = &list->items[list->n];
  memset (item, 0, sizeof (*item));
  item->toi = toi;
  item->sbn = sbn;
  item->seq = seq;
  item->count = count;
  list->noted[list->n++] = now;
}

static void
drop_old (GstFecMissingList *list, gint64 now)
{
  while (list->n > 0 && now - list->noted[0] > TOO_OLD)
    remove_item (list, 0);
}

void
gst_fec_session_client_plan_missing (GstFecSessionClient *client, gint64 now)
{
  GstFecSlot *slot = &client->slots[GST_FEC_SLOT_MISSING];

  drop_old (&client->missing, now);
  if (!client->connected)
    return;
  if (client->missing_unheard != 0 && now - client->missing_unheard > UNHEARD &&
      client->missing.n > 0) {
    client->missing_unheard = 0;
    gst_fec_session_client_reconnect (client, now);
    return;
  }
  if (slot->active && slot->has_transaction && now >= slot->due)
    slot->active = FALSE;
  if (client->missing.n > 0 && now >= client->missing_at)
    gst_fec_session_client_start_request (
        client, GST_FEC_SLOT_MISSING, GST_FEC_METHOD_REPORT, now);
}

gint64
gst_fec_session_client_next_missing (const GstFecSessionClient *client)
{
  if (client->missing.n == 0 || !client->connected)
    return G_MAXINT64;
  return client->missing_at;
}

void
gst_fec_session_client_begin_missing (GstFecSessionClient *client, gint64 now)
{
  /* After a challenge what was told is told again. */
  if (client->missing.n > 0) {
    client->told = client->missing;
    client->missing.n = 0;
  }
  client->missing_at = now + INTERVAL;
  client->missing_reports++;
}

void
gst_fec_session_client_add_missing (
    const GstFecSessionClient *client, GstFecControlMessage *message)
{
  guint i;

  message->n_missing = client->told.n;
  for (i = 0; i < client->told.n; i++) {
    message->missing[i] = client->told.items[i];
    message->missing[i].tsi = client->tsi;
  }
}

void
gst_fec_session_client_note_missing_sent (
    GstFecSessionClient *client, gint64 now)
{
  guint place = client->n_missing_sent++ % GST_FEC_CLIENT_MISSING_SENT;

  memcpy (client->missing_sent[place],
      client->slots[GST_FEC_SLOT_MISSING].transaction,
      sizeof (client->missing_sent[place]));
  if (client->missing_unheard == 0)
    client->missing_unheard = now;
}

gboolean
gst_fec_session_client_is_missing_report (
    const GstFecSessionClient *client, const guint8 *transaction)
{
  guint i;

  for (i = 0; i < MIN (client->n_missing_sent, GST_FEC_CLIENT_MISSING_SENT);
       i++) {
    if (memcmp (client->missing_sent[i], transaction,
            sizeof (client->missing_sent[i])) == 0)
      return TRUE;
  }
  return FALSE;
}

void
gst_fec_session_client_tell_missing_again (GstFecSessionClient *client)
{
  if (client->missing.n == 0)
    client->missing = client->told;
  client->told.n = 0;
}
