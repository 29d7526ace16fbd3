/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * resumestate.h: the file in which fec-get keeps what came of objects that are not whole: written at once or not at all,
 * read strictly. docs/resume.md has the format. Knows packets and files.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct
{
  guint32 tsi;
  guint32 symbol_size; /**< bytes */
  /** bytes of the output up to the end of the last object that was finished */
  guint64 output_bytes;
  GPtrArray *packets; /**< GBytes; owned */
} ResumeState;

/** Replaces file @name. FALSE with @error set when that failed: the file is what it was before. */
gboolean resume_state_write (
    const ResumeState *state, const gchar *name, GError **error);
/**
 * Reads file @name, whose packets may have @max_bytes in all. NULL with @error set: G_IO_ERROR_NOT_FOUND when there is
 * none, other codes when it cannot be read, is damaged, or is too large.
 */
ResumeState *resume_state_read (
    const gchar *name, guint64 max_bytes, GError **error);
/** NULL is allowed. */
void resume_state_free (ResumeState *state);

G_END_DECLS
