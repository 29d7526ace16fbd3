/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pictures.h: puts the pictures of two players beside each other, as a PNG file or in a window.
 */
#pragma once

#include "player.h"

G_BEGIN_DECLS

/** Both players' present pictures side by side (black where there is none yet); to be unreffed. */
GstSample *pictures_compose (Player *left, Player *right);
/** Writes @picture as PNG; FALSE with @error set when that fails. */
gboolean pictures_save (GstSample *picture, const gchar *path, GError **error);

/** A window that shows composed pictures. NULL when there is no display. */
typedef struct _PictureWindow PictureWindow;
PictureWindow *picture_window_new (void);
void picture_window_free (PictureWindow *window);
void picture_window_show (PictureWindow *window, GstSample *picture);

G_END_DECLS
