/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * outputcheck.h: compares what a receiver plays with what was sent, and keeps
 * the holes. Knows media only, no packets. One thread feeds; the questions may
 * be asked from others.
 */
#pragma once

#include <gst/gst.h>

#include "testmedia.h"

G_BEGIN_DECLS

typedef struct _OutputCheck OutputCheck;

/** What is missing, from @start up to and without @end: bytes, or buffers with records. */
typedef struct
{
  gsize start;
  gsize end;
} OutputHole;

/**
 * @records: buffers must be the same with timestamps, flags and caps; else the
 * bytes, however they are cut. @media is borrowed.
 */
OutputCheck *output_check_new (const TestMedia *media, gboolean records);
void output_check_free (OutputCheck *check);

/** Compares the next sample. After a hole it must be marked DISCONT. */
void output_check_sample (OutputCheck *check, GstSample *sample);
/** Notes what never came at the end as a hole. */
void output_check_finish (OutputCheck *check);

/** Bytes or buffers up to which the output has come, holes included. */
gsize output_check_position (OutputCheck *check);
/** Bytes or buffers in all. */
gsize output_check_total (OutputCheck *check);
/** Bytes or buffers missing so far. */
gsize output_check_missing (OutputCheck *check);
guint output_check_n_holes (OutputCheck *check);
OutputHole output_check_hole (OutputCheck *check, guint index);
/** Whether anything from @start up to and without @end is missing. */
gboolean output_check_is_damaged (OutputCheck *check, gsize start, gsize end);
/** What was wrong first, NULL when nothing; owned by @check. */
const gchar *output_check_problem (OutputCheck *check);

G_END_DECLS
