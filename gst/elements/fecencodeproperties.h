/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fecencodeproperties.h: the properties of fecencode: names, ranges, defaults
 * and values. Knows GObject; takes no locks.
 */
#pragma once

#include "fecencoder.h"
#include "gstfecencode.h"

G_BEGIN_DECLS

/** The values. The owner guards them. */
typedef struct
{
  FecChannelConfig config;
  FecBlockSettings settings;
  GstFecFraming framing;
  gint64 first_toi; /**< -1: from the wall clock */
  FecEncodeStats stats;
  FecHeldLoss loss; /**< of the worst tenth of the listeners */
} FecEncodeProperties;

/** Installs all properties. */
void fec_encode_properties_install (GObjectClass *klass);
/** Sets the defaults. */
void fec_encode_properties_init (FecEncodeProperties *properties);
/** What became of a value. */
typedef enum
{
  FEC_PROPERTY_TAKEN,
  FEC_PROPERTY_BAD_VALUE, /**< not changed: the text says nothing we know */
  FEC_PROPERTY_UNKNOWN, /**< there is no property of that number */
} FecPropertyResult;
FecPropertyResult fec_encode_properties_set (
    FecEncodeProperties *properties, guint id, const GValue *value);
/** FALSE: there is no property @id. */
gboolean fec_encode_properties_get (
    const FecEncodeProperties *properties, guint id, GValue *value);

G_END_DECLS
