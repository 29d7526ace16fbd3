/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hubevents.c: the hub's signals. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "transport/hubevents.h"
#include "transport/udpsocket.h"

typedef struct
{
  GstFecAddress client;
  guint32 tsi;
  const gchar *reason; /* NULL: added */
} Event;

enum
{
  SIGNAL_CONNECTING,
  SIGNAL_ADDED,
  SIGNAL_REMOVED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

/* Who is not refused may join. */
static gboolean
default_connecting (GObject *hub, const gchar *address, gint port, guint tsi)
{
  return TRUE;
}

/* The first handler that refuses has the last word. */
static gboolean
accumulate (GSignalInvocationHint *hint, GValue *result, const GValue *value,
    gpointer user_data)
{
  gboolean allowed = g_value_get_boolean (value);

  g_value_set_boolean (result, allowed);
  return allowed;
}

void
gst_fec_hub_events_install (GObjectClass *klass)
{
  GType type = G_OBJECT_CLASS_TYPE (klass);

  signals[SIGNAL_CONNECTING] = g_signal_new_class_handler ("client-connecting",
      type, G_SIGNAL_RUN_LAST, G_CALLBACK (default_connecting), accumulate,
      NULL, NULL, G_TYPE_BOOLEAN, 3, G_TYPE_STRING, G_TYPE_INT, G_TYPE_UINT);
  signals[SIGNAL_ADDED] =
      g_signal_new ("client-added", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
          NULL, G_TYPE_NONE, 3, G_TYPE_STRING, G_TYPE_INT, G_TYPE_UINT);
  signals[SIGNAL_REMOVED] = g_signal_new ("client-removed", type,
      G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 4, G_TYPE_STRING,
      G_TYPE_INT, G_TYPE_UINT, G_TYPE_STRING);
}

GArray *
gst_fec_hub_events_new (void)
{
  return g_array_new (FALSE, FALSE, sizeof (Event));
}

void
gst_fec_hub_event_append (GArray *events, const GstFecAddress *client,
    guint32 tsi, const gchar *reason)
{
  Event event = { .client = *client, .tsi = tsi, .reason = reason };

  g_array_append_val (events, event);
}

void
gst_fec_hub_events_emit (GObject *hub, GArray *events)
{
  guint i;

  for (i = 0; i < events->len; i++) {
    Event *event = &g_array_index (events, Event, i);
    gchar *ip = gst_fec_address_ip_to_string (&event->client);

    if (event->reason == NULL)
      g_signal_emit (hub, signals[SIGNAL_ADDED], 0, ip,
          (gint) event->client.port, event->tsi);
    else
      g_signal_emit (hub, signals[SIGNAL_REMOVED], 0, ip,
          (gint) event->client.port, event->tsi, event->reason);
    g_free (ip);
  }
  g_array_unref (events);
}

gboolean
gst_fec_hub_event_may_join (
    GObject *hub, const GstFecAddress *client, guint32 tsi)
{
  gchar *ip = gst_fec_address_ip_to_string (client);
  gboolean allowed = TRUE;

  g_signal_emit (hub, signals[SIGNAL_CONNECTING], 0, ip, (gint) client->port,
      tsi, &allowed);
  g_free (ip);
  return allowed;
}
