/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * reception.h: receiving a channel into an Output: the pipeline of fec-get and what it counts.
 */
#pragma once

#include <gst/gst.h>

#include "output.h"
#include "resumption.h"

G_BEGIN_DECLS

typedef struct _Reception Reception;

/** What is asked for; strings are borrowed while reception_new() runs. */
typedef struct
{
  const gchar *uri;
  const gchar *protocols; /**< as fecsrc's property, NULL: its default */
  const gchar *iface; /**< to join groups on, NULL: as routed */
  gint latency_ms; /**< of fecdecode, -1: its default */
  guint max_memory; /**< of fecdecode, bytes, 0: its default */
} ReceptionSettings;

/** What was received so far. */
typedef struct
{
  guint64 bytes;
  gint64 elapsed_us; /**< since reception_start() */
  gint64
      first_byte_us; /**< from reception_start() to the first decoded byte, -1: there was none */
  /** to the first packet when there is a Resumption, else as first_byte_us */
  gint64 begin_us;
} ReceptionProgress;

/** @output and @resumption (or NULL) are borrowed. NULL with @error set when an element is missing or does not take a setting. */
Reception *reception_new (const ReceptionSettings *settings, Output *output,
    Resumption *resumption, GError **error);
/** Starts; errors come as ERROR messages on the bus, errors of @output as well. */
void reception_start (Reception *reception);
/** Leaves the server and ends; stats stay. */
void reception_stop (Reception *reception);
void reception_free (Reception *reception);

/** (transfer full) */
GstBus *reception_get_bus (Reception *reception);
void reception_get_progress (Reception *reception, ReceptionProgress *progress);
/** (transfer full) The "stats" of fecsrc and of fecdecode; NULL when there are none. */
GstStructure *reception_get_source_stats (Reception *reception);
GstStructure *reception_get_decoder_stats (Reception *reception);

G_END_DECLS
