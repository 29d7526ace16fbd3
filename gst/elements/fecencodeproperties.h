/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fecencodeproperties.h: the properties of fecencode: names, ranges, defaults
 * and values.
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
/**
 * Sets property @id of @element, which the values belong to and whose object
 * lock guards them. What cannot be set now, or not at all, posts a warning
 * message and changes nothing. FALSE: there is no property @id.
 */
gboolean fec_encode_properties_change (FecEncodeProperties *properties,
    GstElement *element, guint id, const GValue *value, GParamSpec *pspec);
/** The owner has locked. FALSE: there is no property @id. */
gboolean fec_encode_properties_get (
    const FecEncodeProperties *properties, guint id, GValue *value);

G_END_DECLS
