/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fec-auth.c: logins of a server, kept so that they can be changed; what the hub gets is made of them anew each time.
 */
#include "fec-server-private.h"
#include "wire/secret.h"

#include <string.h>

enum
{
  PROP_0,
  PROP_REALM,
  PROP_SECRET,
  PROP_SECRET_CHANNELS,
  PROP_ANONYMOUS_CHANNELS,
};

enum
{
  SIGNAL_CHANGED,
  N_SIGNALS
};

typedef struct
{
  gchar *password;
  gchar **channels; /* NULL: all */
} User;

struct _GstFecAuth
{
  GObject parent;

  GMutex lock;
  gchar *realm; /* these are protected by lock */
  GHashTable *users; /* name -> User */
  gchar *secret; /* NULL: none */
  gchar **secret_channels; /* NULL: all */
  gboolean anonymous;
  gchar **anonymous_channels; /* NULL: all */
};

static guint signals[N_SIGNALS];

G_DEFINE_TYPE (GstFecAuth, gst_fec_auth, G_TYPE_OBJECT)

static void
user_free (gpointer data)
{
  User *user = data;

  gst_fec_secret_free (user->password);
  g_strfreev (user->channels);
  g_free (user);
}

GstFecAuth *
gst_fec_auth_new (void)
{
  return g_object_new (GST_TYPE_FEC_AUTH, NULL);
}

static void
tell_changed (GstFecAuth *self)
{
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

static void
set_channels (gchar ***to, const gchar *const *channels)
{
  g_strfreev (*to);
  *to = g_strdupv ((gchar **) channels);
}

void
gst_fec_auth_set_realm (GstFecAuth *self, const gchar *realm)
{
  g_return_if_fail (GST_IS_FEC_AUTH (self));

  g_mutex_lock (&self->lock);
  g_free (self->realm);
  self->realm = g_strdup (realm);
  g_mutex_unlock (&self->lock);
  tell_changed (self);
}

/* With the lock. */
static GstFecCredentials *
make_credentials (GstFecAuth *self)
{
  GstFecCredentials *credentials = gst_fec_credentials_new (self->realm);
  GHashTableIter iter;
  gpointer name, value;

  g_hash_table_iter_init (&iter, self->users);
  while (g_hash_table_iter_next (&iter, &name, &value)) {
    const User *user = value;

    gst_fec_credentials_add_user (credentials, name, user->password,
        (const gchar *const *) user->channels);
  }
  gst_fec_credentials_set_secret (
      credentials, self->secret, (const gchar *const *) self->secret_channels);
  if (self->anonymous)
    gst_fec_credentials_allow_anonymous (
        credentials, (const gchar *const *) self->anonymous_channels);
  return credentials;
}

GstFecCredentials *
gst_fec_auth_make_credentials (GstFecAuth *self)
{
  GstFecCredentials *credentials;

  g_mutex_lock (&self->lock);
  credentials = make_credentials (self);
  g_mutex_unlock (&self->lock);
  return credentials;
}

gchar *
gst_fec_auth_get_realm (GstFecAuth *self)
{
  GstFecCredentials *credentials;
  gchar *realm;

  g_return_val_if_fail (GST_IS_FEC_AUTH (self), NULL);

  credentials = gst_fec_auth_make_credentials (self);
  realm = g_strdup (gst_fec_credentials_get_realm (credentials));
  gst_fec_credentials_unref (credentials);
  return realm;
}

/* Whether a message can carry @name. */
static gboolean
is_name (const gchar *name)
{
  GstFecCredentials *credentials = gst_fec_credentials_new (NULL);
  gboolean good = gst_fec_credentials_add_user (credentials, name, "", NULL);

  gst_fec_credentials_unref (credentials);
  return good;
}

gboolean
gst_fec_auth_add_user (GstFecAuth *self, const gchar *name,
    const gchar *password, const gchar *const *channels)
{
  User *user;

  g_return_val_if_fail (GST_IS_FEC_AUTH (self), FALSE);
  g_return_val_if_fail (name != NULL && password != NULL, FALSE);

  if (!is_name (name))
    return FALSE;
  user = g_new0 (User, 1);
  user->password = g_strdup (password);
  set_channels (&user->channels, channels);
  g_mutex_lock (&self->lock);
  g_hash_table_replace (self->users, g_strdup (name), user);
  g_mutex_unlock (&self->lock);
  tell_changed (self);
  return TRUE;
}

gboolean
gst_fec_auth_remove_user (GstFecAuth *self, const gchar *name)
{
  gboolean removed;

  g_return_val_if_fail (GST_IS_FEC_AUTH (self), FALSE);
  g_return_val_if_fail (name != NULL, FALSE);

  g_mutex_lock (&self->lock);
  removed = g_hash_table_remove (self->users, name);
  g_mutex_unlock (&self->lock);
  if (removed)
    tell_changed (self);
  return removed;
}

void
gst_fec_auth_set_secret (
    GstFecAuth *self, const gchar *secret, const gchar *const *channels)
{
  g_return_if_fail (GST_IS_FEC_AUTH (self));

  g_mutex_lock (&self->lock);
  gst_fec_secret_free (self->secret);
  self->secret = g_strdup (secret);
  set_channels (&self->secret_channels, channels);
  g_mutex_unlock (&self->lock);
  tell_changed (self);
}

void
gst_fec_auth_set_anonymous (
    GstFecAuth *self, gboolean allowed, const gchar *const *channels)
{
  g_return_if_fail (GST_IS_FEC_AUTH (self));

  g_mutex_lock (&self->lock);
  self->anonymous = allowed;
  set_channels (&self->anonymous_channels, channels);
  g_mutex_unlock (&self->lock);
  tell_changed (self);
}

/* ---- Properties --------------------------------------------------------- */

static gchar **
split_channels (const gchar *text)
{
  gchar **channels;

  if (text == NULL)
    return NULL;
  channels = g_strsplit (text, ",", -1);
  for (gchar **channel = channels; *channel != NULL; channel++)
    g_strstrip (*channel);
  return channels;
}

static void
gst_fec_auth_set_property (
    GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  GstFecAuth *self = GST_FEC_AUTH (object);
  const gchar *text = g_value_get_string (value);

  g_mutex_lock (&self->lock);
  switch (prop_id) {
    case PROP_REALM:
      g_free (self->realm);
      self->realm = g_strdup (text);
      break;
    case PROP_SECRET:
      gst_fec_secret_free (self->secret);
      self->secret = g_strdup (text);
      break;
    case PROP_SECRET_CHANNELS:
      g_strfreev (self->secret_channels);
      self->secret_channels = split_channels (text);
      break;
    case PROP_ANONYMOUS_CHANNELS:
      g_strfreev (self->anonymous_channels);
      self->anonymous_channels = split_channels (text);
      self->anonymous = text != NULL;
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
      break;
  }
  g_mutex_unlock (&self->lock);
  tell_changed (self);
}

static void
take_joined (GValue *value, gchar **channels)
{
  if (channels != NULL)
    g_value_take_string (value, g_strjoinv (",", channels));
}

static void
gst_fec_auth_get_property (
    GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  GstFecAuth *self = GST_FEC_AUTH (object);

  switch (prop_id) {
    case PROP_REALM:
      g_value_take_string (value, gst_fec_auth_get_realm (self));
      break;
    case PROP_SECRET_CHANNELS:
      g_mutex_lock (&self->lock);
      take_joined (value, self->secret_channels);
      g_mutex_unlock (&self->lock);
      break;
    case PROP_ANONYMOUS_CHANNELS:
      g_mutex_lock (&self->lock);
      if (self->anonymous && self->anonymous_channels == NULL)
        g_value_set_string (value, "*");
      else if (self->anonymous)
        take_joined (value, self->anonymous_channels);
      g_mutex_unlock (&self->lock);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
      break;
  }
}

static void
gst_fec_auth_finalize (GObject *object)
{
  GstFecAuth *self = GST_FEC_AUTH (object);

  g_free (self->realm);
  g_hash_table_unref (self->users);
  gst_fec_secret_free (self->secret);
  g_strfreev (self->secret_channels);
  g_strfreev (self->anonymous_channels);
  g_mutex_clear (&self->lock);
  G_OBJECT_CLASS (gst_fec_auth_parent_class)->finalize (object);
}

static void
gst_fec_auth_init (GstFecAuth *self)
{
  g_mutex_init (&self->lock);
  self->users =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, user_free);
}

static void
install_text (GObjectClass *klass, guint id, const gchar *name,
    const gchar *blurb, GParamFlags flags)
{
  g_object_class_install_property (klass, id,
      g_param_spec_string (
          name, name, blurb, NULL, flags | G_PARAM_STATIC_STRINGS));
}

static void
gst_fec_auth_class_init (GstFecAuthClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->set_property = gst_fec_auth_set_property;
  object_class->get_property = gst_fec_auth_get_property;
  object_class->finalize = gst_fec_auth_finalize;

  install_text (object_class, PROP_REALM, "realm",
      "The realm that passwords are good for (NULL: gst-fec)",
      G_PARAM_READWRITE);
  install_text (object_class, PROP_SECRET, "secret",
      "Secret that passwords of names with an expiry are made of (NULL: none)",
      G_PARAM_WRITABLE);
  install_text (object_class, PROP_SECRET_CHANNELS, "secret-channels",
      "Patterns of the channels they may have, separated by commas (NULL: all)",
      G_PARAM_READWRITE);
  install_text (object_class, PROP_ANONYMOUS_CHANNELS, "anonymous-channels",
      "Patterns of the channels that clients may have who do not log in, "
      "separated by commas (NULL: they are not let in)",
      G_PARAM_READWRITE);

  /**
   * GstFecAuth::changed:
   * @self: the object
   *
   * Something else is allowed from now on.
   */
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass),
      G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}
