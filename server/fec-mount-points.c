/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fec-mount-points.c: a table from path to factory that keeps the order of its entries. Knows nothing of servers: they
 * listen to its signals.
 */
#include "fec-mount-points.h"

#include <string.h>

enum
{
  SIGNAL_FACTORY_ADDED,
  SIGNAL_FACTORY_REMOVED,
  N_SIGNALS
};

typedef struct
{
  gchar *path;
  GstFecChannelFactory *factory;
} Mount;

struct _GstFecMountPoints
{
  GObject parent;

  GMutex lock;
  GPtrArray *mounts; /* of Mount, protected by lock */
};

static guint signals[N_SIGNALS];

G_DEFINE_TYPE (GstFecMountPoints, gst_fec_mount_points, G_TYPE_OBJECT)

static void
mount_free (gpointer data)
{
  Mount *mount = data;

  g_free (mount->path);
  g_object_unref (mount->factory);
  g_free (mount);
}

static const gchar *
skip_slash (const gchar *path)
{
  return path[0] == '/' ? path + 1 : path;
}

/* Call with the lock held. */
static gboolean
find_mount (GstFecMountPoints *self, const gchar *path, guint *index)
{
  for (guint i = 0; i < self->mounts->len; i++) {
    const Mount *mount = g_ptr_array_index (self->mounts, i);

    if (strcmp (mount->path, path) == 0) {
      *index = i;
      return TRUE;
    }
  }
  return FALSE;
}

GstFecMountPoints *
gst_fec_mount_points_new (void)
{
  return g_object_new (GST_TYPE_FEC_MOUNT_POINTS, NULL);
}

gboolean
gst_fec_mount_points_path_is_valid (const gchar *path)
{
  static const gchar *const allowed =
      "abcdefghijklmnopqrstuvwxyz"
      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/";
  gsize length;

  if (path == NULL || path[0] == '/')
    return FALSE;
  length = strlen (path);
  return length > 0 && length <= GST_FEC_MOUNT_POINTS_MAX_PATH &&
      strspn (path, allowed) == length;
}

gboolean
gst_fec_mount_points_add_factory (
    GstFecMountPoints *self, const gchar *path, GstFecChannelFactory *factory)
{
  Mount *mount;
  guint index;

  g_return_val_if_fail (GST_IS_FEC_MOUNT_POINTS (self), FALSE);
  g_return_val_if_fail (path != NULL, FALSE);
  g_return_val_if_fail (GST_IS_FEC_CHANNEL_FACTORY (factory), FALSE);

  path = skip_slash (path);
  if (!gst_fec_mount_points_path_is_valid (path))
    return FALSE;

  gst_fec_mount_points_remove_factory (self, path);
  mount = g_new0 (Mount, 1);
  mount->path = g_strdup (path);
  mount->factory = g_object_ref (factory);
  g_mutex_lock (&self->lock);
  if (find_mount (self, path, &index))
    g_ptr_array_remove_index (self->mounts, index);
  g_ptr_array_add (self->mounts, mount);
  g_mutex_unlock (&self->lock);
  g_signal_emit (self, signals[SIGNAL_FACTORY_ADDED], 0, path, factory);
  return TRUE;
}

gboolean
gst_fec_mount_points_remove_factory (GstFecMountPoints *self, const gchar *path)
{
  gboolean found;
  guint index;

  g_return_val_if_fail (GST_IS_FEC_MOUNT_POINTS (self), FALSE);
  g_return_val_if_fail (path != NULL, FALSE);

  path = skip_slash (path);
  g_mutex_lock (&self->lock);
  found = find_mount (self, path, &index);
  if (found)
    g_ptr_array_remove_index (self->mounts, index);
  g_mutex_unlock (&self->lock);
  if (found)
    g_signal_emit (self, signals[SIGNAL_FACTORY_REMOVED], 0, path);
  return found;
}

GstFecChannelFactory *
gst_fec_mount_points_match (GstFecMountPoints *self, const gchar *path)
{
  GstFecChannelFactory *factory = NULL;
  guint index;

  g_return_val_if_fail (GST_IS_FEC_MOUNT_POINTS (self), NULL);
  g_return_val_if_fail (path != NULL, NULL);

  g_mutex_lock (&self->lock);
  if (find_mount (self, skip_slash (path), &index)) {
    Mount *mount = g_ptr_array_index (self->mounts, index);

    factory = g_object_ref (mount->factory);
  }
  g_mutex_unlock (&self->lock);
  return factory;
}

gchar **
gst_fec_mount_points_get_paths (GstFecMountPoints *self)
{
  GPtrArray *paths = g_ptr_array_new ();

  g_return_val_if_fail (GST_IS_FEC_MOUNT_POINTS (self), NULL);

  g_mutex_lock (&self->lock);
  for (guint i = 0; i < self->mounts->len; i++) {
    const Mount *mount = g_ptr_array_index (self->mounts, i);

    g_ptr_array_add (paths, g_strdup (mount->path));
  }
  g_mutex_unlock (&self->lock);
  g_ptr_array_add (paths, NULL);
  return (gchar **) g_ptr_array_free (paths, FALSE);
}

static void
gst_fec_mount_points_finalize (GObject *object)
{
  GstFecMountPoints *self = GST_FEC_MOUNT_POINTS (object);

  g_ptr_array_unref (self->mounts);
  g_mutex_clear (&self->lock);
  G_OBJECT_CLASS (gst_fec_mount_points_parent_class)->finalize (object);
}

static void
gst_fec_mount_points_init (GstFecMountPoints *self)
{
  g_mutex_init (&self->lock);
  self->mounts = g_ptr_array_new_with_free_func (mount_free);
}

static void
gst_fec_mount_points_class_init (GstFecMountPointsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = gst_fec_mount_points_finalize;

  /**
   * GstFecMountPoints::factory-added:
   * @self: the mount points
   * @path: the path
   * @factory: what was mounted there
   *
   * Emitted in the thread that added it.
   */
  signals[SIGNAL_FACTORY_ADDED] = g_signal_new ("factory-added",
      G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
      G_TYPE_NONE, 2, G_TYPE_STRING, GST_TYPE_FEC_CHANNEL_FACTORY);
  /**
   * GstFecMountPoints::factory-removed:
   * @self: the mount points
   * @path: the path
   *
   * Emitted in the thread that removed it.
   */
  signals[SIGNAL_FACTORY_REMOVED] = g_signal_new ("factory-removed",
      G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
      G_TYPE_NONE, 1, G_TYPE_STRING);
}
