/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * usernames.h: names of users as numbers of 32 bits: each name is kept once,
 * however many sessions its user has, and as long as he has one. Knows no
 * sessions.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _GstFecUsernames GstFecUsernames;

GstFecUsernames *gst_fec_usernames_new (void);
void gst_fec_usernames_free (GstFecUsernames *names);

/** The number of @name, held until it is released; NULL is 0. */
guint32 gst_fec_usernames_hold (GstFecUsernames *names, const gchar *name);
/** Gives back what one gst_fec_usernames_hold() returned. */
void gst_fec_usernames_release (GstFecUsernames *names, guint32 number);
/** The name of a number that is held; NULL of 0. */
const gchar *gst_fec_usernames_get (
    const GstFecUsernames *names, guint32 number);
/** How many names there are. */
guint gst_fec_usernames_get_n (const GstFecUsernames *names);
/** Bytes allocated, about. */
gsize gst_fec_usernames_get_memory (const GstFecUsernames *names);

G_END_DECLS
