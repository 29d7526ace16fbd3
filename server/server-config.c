/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * server-config.c: sections and keys become properties of the server's objects. What a key means stands in two tables.
 */
#include "server-config.h"

#include <stdarg.h>
#include <string.h>

#include "config-auth.h"
#include "config-lines.h"
#include "setting-check.h"

#define SERVER_SECTION "server"
#define CHANNEL_PREFIX "channel "
/* How long opening a media file may take before it counts as unreadable. */
#define CHECK_TIMEOUT (10 * GST_SECOND)

typedef enum
{
  KEY_NUMBER,
  KEY_MILLISECONDS, /* the property has nanoseconds */
  KEY_BOOLEAN,
  KEY_RANGE, /* i/n */
  KEY_FRAMING,
  KEY_REPAIR, /* a number or auto */
  KEY_ADDRESS,
  KEY_INTERFACE,
  KEY_GROUP, /* sets multicast-group and multicast-port */
  KEY_ALTERNATES, /* of the session pool */
  KEY_SOURCE,
} KeyKind;

typedef struct
{
  const gchar *name;
  const gchar *property;
  KeyKind kind;
  guint64 min, max; /* of numbers */
} Key;

static const Key server_keys[] = {
  { "address", "address", KEY_ADDRESS, 0, 0 },
  { "port", "port", KEY_NUMBER, 0, G_MAXUINT16 },
};

static const Key pool_keys[] = {
  { "lease-default", "lease-default", KEY_NUMBER, 1, 86400 },
  { "lease-min", "lease-min", KEY_NUMBER, 1, 86400 },
  { "lease-max", "lease-max", KEY_NUMBER, 1, 86400 },
  { "max-sessions", "max-sessions", KEY_NUMBER, 1, 10000000 },
  { "max-sessions-per-address", "max-sessions-per-address", KEY_NUMBER, 1,
      10000000 },
  { "max-sessions-per-prefix", "max-sessions-per-prefix", KEY_NUMBER, 1,
      10000000 },
  { "max-connections", "max-connections", KEY_NUMBER, 0, 1000000 },
  { "max-egress", "max-egress", KEY_NUMBER, 0, G_MAXUINT64 },
  { "breaker-loss", "breaker-loss", KEY_NUMBER, 0, 100 },
  { "breaker-time", "breaker-time", KEY_NUMBER, 1, 3600 },
  { "breaker-pause", "breaker-pause", KEY_NUMBER, 0, 86400 },
  { "alternates", NULL, KEY_ALTERNATES, 0, 0 },
  { "redirect", "redirect", KEY_BOOLEAN, 0, 0 },
};

static const Key channel_keys[] = {
  { "launch", "launch", KEY_SOURCE, 0, 0 },
  { "uri", "uri", KEY_SOURCE, 0, 0 },
  { "file", "file", KEY_SOURCE, 0, 0 },
  { "tsi", "tsi", KEY_NUMBER, 1, G_MAXUINT32 },
  { "repair", "repair", KEY_REPAIR, 0, 1000 },
  { "block-duration", "block-duration", KEY_MILLISECONDS, 1, 3600000 },
  { "symbol-size", "symbol-size", KEY_NUMBER, 4, 65467 },
  { "framing", "framing", KEY_FRAMING, 0, 0 },
  { "esi-range", "esi-range", KEY_RANGE, 1, 64 },
  { "multicast", NULL, KEY_GROUP, 0, 0 },
  { "ttl", "ttl", KEY_NUMBER, 0, 255 },
  { "interface", "multicast-iface", KEY_INTERFACE, 0, 0 },
  { "loop", "loop", KEY_BOOLEAN, 0, 0 },
};

static const gchar *const framings[] = { "auto", "raw", "records", NULL };

/* One reading of a file. */
typedef struct
{
  const gchar *file;
  GKeyFile *keys;
  ConfigLines *lines;
  GstFecServer *server;
  ServerConfigReport report;
  gpointer user_data;
  guint n_wrong;
  GHashTable *tsis; /* of channels read so far: TSI -> section */
  GHashTable *groups; /* "GROUP:PORT" -> section */
  GstFecAuth *auth; /* NULL: none of its sections so far */
} Reading;

static void G_GNUC_PRINTF (3, 4)
    report (Reading *reading, guint line, const gchar *format, ...)
{
  va_list args;
  gchar *message, *whole;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  if (line != 0)
    whole = g_strdup_printf ("%s:%u: %s", reading->file, line, message);
  else
    whole = g_strdup_printf ("%s: %s", reading->file, message);
  reading->report (reading->user_data, whole);
  reading->n_wrong++;
  g_free (whole);
  g_free (message);
}

static void
report_key (Reading *reading, const gchar *section, const gchar *key,
    const gchar *message)
{
  report (reading, config_lines_find (reading->lines, section, key),
      "[%s] %s: %s", section, key, message);
}

static void
report_syntax (gpointer user_data, guint line, const gchar *message)
{
  report (user_data, line, "%s", message);
}

static const Key *
find_key (const Key *keys, guint n, const gchar *name)
{
  for (guint i = 0; i < n; i++)
    if (strcmp (keys[i].name, name) == 0)
      return &keys[i];
  return NULL;
}

/* ---- One key ---- */

/* Sets @property of @object, whatever integer type it has. */
static void
set_number (GObject *object, const gchar *property, guint64 number)
{
  GParamSpec *pspec =
      g_object_class_find_property (G_OBJECT_GET_CLASS (object), property);

  if (G_PARAM_SPEC_VALUE_TYPE (pspec) == G_TYPE_UINT64)
    g_object_set (object, property, number, NULL);
  else
    g_object_set (object, property, (guint) number, NULL);
}

/* NULL, or what is wrong, to be freed. */
static gchar *
apply_alternates (GObject *pool, const gchar *text)
{
  GError *error = NULL;
  gchar *wrong = NULL;

  if (!gst_fec_session_pool_set_alternates (
          GST_FEC_SESSION_POOL (pool), text, &error))
    wrong = g_strdup (error->message);
  g_clear_error (&error);
  return wrong;
}

/* NULL, or what is wrong, to be freed. */
static gchar *
apply_value (GObject *object, const Key *key, const gchar *text)
{
  gchar *wrong, *group;
  guint64 number;
  guint port;
  gboolean on;

  switch (key->kind) {
    case KEY_NUMBER:
      wrong = setting_check_number (text, key->min, key->max, &number);
      if (wrong == NULL)
        set_number (object, key->property, number);
      return wrong;
    case KEY_MILLISECONDS:
      wrong = setting_check_number (text, key->min, key->max, &number);
      if (wrong == NULL)
        set_number (object, key->property, number * GST_MSECOND);
      return wrong;
    case KEY_BOOLEAN:
      wrong = setting_check_boolean (text, &on);
      if (wrong == NULL)
        g_object_set (object, key->property, on, NULL);
      return wrong;
    case KEY_GROUP:
      wrong = setting_check_group (text, &group, &port);
      if (wrong == NULL)
        g_object_set (
            object, "multicast-group", group, "multicast-port", port, NULL);
      g_free (group);
      return wrong;
    case KEY_ALTERNATES:
      return apply_alternates (object, text);
    case KEY_FRAMING:
      wrong = setting_check_word (text, framings);
      break;
    case KEY_REPAIR:
      wrong = setting_check_number_or_auto (text, key->min, key->max);
      break;
    case KEY_ADDRESS:
      wrong = setting_check_address (text);
      break;
    case KEY_RANGE:
      wrong = setting_check_range (text, key->max);
      break;
    case KEY_INTERFACE:
      wrong = setting_check_interface (text);
      break;
    case KEY_SOURCE:
    default:
      wrong =
          text[0] == '\0' ? g_strdup ("there is nothing behind the =") : NULL;
      break;
  }
  if (wrong == NULL)
    g_object_set (object, key->property, text, NULL);
  return wrong;
}

/* TRUE when @key was there and good. */
static gboolean
apply_key (
    Reading *reading, const gchar *section, GObject *object, const Key *key)
{
  /* As it stands there: launch lines and file names need no second kind of escapes. */
  gchar *text = g_key_file_get_value (reading->keys, section, key->name, NULL);
  gchar *wrong;

  if (text == NULL)
    return FALSE;
  g_strstrip (text);
  wrong = apply_value (object, key, text);
  if (wrong != NULL)
    report_key (reading, section, key->name, wrong);
  g_free (text);
  g_free (wrong);
  return wrong == NULL;
}

static void
apply_keys (Reading *reading, const gchar *section, GObject *object,
    const Key *keys, guint n)
{
  for (guint i = 0; i < n; i++)
    apply_key (reading, section, object, &keys[i]);
}

static void
refuse_unknown_key (Reading *reading, const gchar *section, const gchar *name,
    const Key *keys, guint n)
{
  GString *known = g_string_new (NULL);

  for (guint i = 0; i < n; i++)
    g_string_append_printf (known, "%s%s", i == 0 ? "" : ", ", keys[i].name);
  report (reading, config_lines_find (reading->lines, section, name),
      "[%s] unknown key %s; known are %s", section, name, known->str);
  g_string_free (known, TRUE);
}

static void
refuse_unknown_keys (Reading *reading, const gchar *section, const Key *keys,
    guint n, const Key *more, guint n_more)
{
  gchar **names = g_key_file_get_keys (reading->keys, section, NULL, NULL);

  for (gchar **name = names; name != NULL && *name != NULL; name++)
    if (find_key (keys, n, *name) == NULL &&
        find_key (more, n_more, *name) == NULL)
      refuse_unknown_key (reading, section, *name, keys, n);
  g_strfreev (names);
}

/* ---- [server] ---- */

static void
check_leases (Reading *reading, GObject *pool)
{
  guint min, initial, max;

  g_object_get (pool, "lease-min", &min, "lease-default", &initial, "lease-max",
      &max, NULL);
  if (min > max || initial < min || initial > max)
    report (reading, config_lines_find (reading->lines, SERVER_SECTION, NULL),
        "[server] leases must be lease-min ≤ lease-default ≤ lease-max, but "
        "are %u, %u and %u s",
        min, initial, max);
}

static void
read_server (Reading *reading)
{
  GstFecSessionPool *pool = gst_fec_server_get_session_pool (reading->server);

  refuse_unknown_keys (reading, SERVER_SECTION, server_keys,
      G_N_ELEMENTS (server_keys), pool_keys, G_N_ELEMENTS (pool_keys));
  apply_keys (reading, SERVER_SECTION, G_OBJECT (reading->server), server_keys,
      G_N_ELEMENTS (server_keys));
  apply_keys (reading, SERVER_SECTION, G_OBJECT (pool), pool_keys,
      G_N_ELEMENTS (pool_keys));
  check_leases (reading, G_OBJECT (pool));
  g_object_unref (pool);
}

/* ---- [channel NAME] ---- */

/* The key of the only source; NULL, and reported, when there is none or more than one. */
static const gchar *
find_source (Reading *reading, const gchar *section)
{
  const gchar *source = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (channel_keys); i++) {
    const gchar *name = channel_keys[i].name;

    if (channel_keys[i].kind != KEY_SOURCE ||
        !g_key_file_has_key (reading->keys, section, name, NULL))
      continue;
    if (source != NULL) {
      report (reading, config_lines_find (reading->lines, section, name),
          "[%s] %s: there is a %s already; a channel has one source", section,
          name, source);
      return NULL;
    }
    source = name;
  }
  if (source == NULL)
    report (reading, config_lines_find (reading->lines, section, NULL),
        "[%s] has no source: set one of launch, uri and file", section);
  return source;
}

/* Enters what must be there once in a server; reports it when it is there. */
static gboolean
enter_once (Reading *reading, GHashTable *table, gchar *value,
    const gchar *section, const gchar *key)
{
  const gchar *other = g_hash_table_lookup (table, value);

  if (other == NULL) {
    g_hash_table_insert (table, value, g_strdup (section));
    return TRUE;
  }
  if (key != NULL)
    report (reading, config_lines_find (reading->lines, section, key),
        "[%s] %s: [%s] has the same already", section, key, other);
  g_free (value);
  return FALSE;
}

static void
enter_tsi (Reading *reading, const gchar *section, GObject *factory)
{
  guint tsi;

  g_object_get (factory, "tsi", &tsi, NULL);
  enter_once (
      reading, reading->tsis, g_strdup_printf ("%u", tsi), section, "tsi");
}

static void
enter_group (Reading *reading, const gchar *section, GObject *factory)
{
  gchar *group;
  guint port;

  g_object_get (
      factory, "multicast-group", &group, "multicast-port", &port, NULL);
  enter_once (reading, reading->groups,
      g_strdup_printf ("%s port %u", group, port), section, "multicast");
  g_free (group);
}

/* Channels without a TSI get the lowest ones that are free, in their order. */
static void
assign_tsi (Reading *reading, const gchar *section, GObject *factory)
{
  guint tsi = 1;

  while (!enter_once (
      reading, reading->tsis, g_strdup_printf ("%u", tsi), section, NULL))
    tsi++;
  g_object_set (factory, "tsi", tsi, NULL);
}

static void
check_source (Reading *reading, const gchar *section, const gchar *source,
    GstFecChannelFactory *factory)
{
  GError *error = NULL;

  if (gst_fec_channel_factory_check (factory, CHECK_TIMEOUT, &error))
    return;
  report_key (reading, section, source, error->message);
  g_error_free (error);
}

static const gchar *
channel_path (const gchar *section)
{
  const gchar *path = section + strlen (CHANNEL_PREFIX);

  return path + strspn (path, " ");
}

/* The factory of a section, without its TSI when none is given; NULL when its name is wrong. */
static GstFecChannelFactory *
read_channel (Reading *reading, const gchar *section)
{
  GstFecChannelFactory *factory;
  const gchar *source, *path = channel_path (section);
  guint wrong_before = reading->n_wrong;

  if (!gst_fec_mount_points_path_is_valid (path)) {
    report (reading, config_lines_find (reading->lines, section, NULL),
        "“%s” cannot be the name of a channel: it is 1 to 255 letters, digits "
        "and -._~/ and does not begin with /",
        path);
    return NULL;
  }
  factory = gst_fec_channel_factory_new ();
  refuse_unknown_keys (
      reading, section, channel_keys, G_N_ELEMENTS (channel_keys), NULL, 0);
  source = find_source (reading, section);
  for (guint i = 0; i < G_N_ELEMENTS (channel_keys); i++) {
    if (!apply_key (reading, section, G_OBJECT (factory), &channel_keys[i]))
      continue;
    if (strcmp (channel_keys[i].name, "tsi") == 0)
      enter_tsi (reading, section, G_OBJECT (factory));
    else if (channel_keys[i].kind == KEY_GROUP)
      enter_group (reading, section, G_OBJECT (factory));
  }
  if (source != NULL && reading->n_wrong == wrong_before)
    check_source (reading, section, source, factory);
  return factory;
}

static void
mount_channel (
    Reading *reading, const gchar *section, GstFecChannelFactory *factory)
{
  GstFecMountPoints *mounts = gst_fec_server_get_mount_points (reading->server);
  const gchar *path = channel_path (section);
  GstFecChannelFactory *other = gst_fec_mount_points_match (mounts, path);

  if (other != NULL) {
    report (reading, config_lines_find (reading->lines, section, NULL),
        "there is a channel “%s” already", path);
    g_object_unref (other);
  } else {
    if (!g_key_file_has_key (reading->keys, section, "tsi", NULL))
      assign_tsi (reading, section, G_OBJECT (factory));
    gst_fec_mount_points_add_factory (mounts, path, factory);
  }
  g_object_unref (mounts);
}

/* ---- All ---- */

static void
report_auth (gpointer user_data, const gchar *section, const gchar *key,
    const gchar *message)
{
  Reading *reading = user_data;

  if (key != NULL)
    report_key (reading, section, key, message);
  else
    report (reading, config_lines_find (reading->lines, section, NULL),
        "[%s] %s", section, message);
}

static void
read_auth (Reading *reading, const gchar *section)
{
  if (reading->auth == NULL)
    reading->auth = gst_fec_auth_new ();
  config_auth_read (
      reading->keys, section, reading->auth, report_auth, reading);
}

static void
read_sections (Reading *reading)
{
  gchar **sections = g_key_file_get_groups (reading->keys, NULL);
  GPtrArray *factories = g_ptr_array_new ();
  guint n_channels = 0;

  read_server (reading);
  for (gchar **section = sections; *section != NULL; section++) {
    GstFecChannelFactory *factory = NULL;

    if (g_str_has_prefix (*section, CHANNEL_PREFIX)) {
      factory = read_channel (reading, *section);
      n_channels++;
    } else if (config_auth_is_section (*section)) {
      read_auth (reading, *section);
    } else if (strcmp (*section, SERVER_SECTION) != 0) {
      report (reading, config_lines_find (reading->lines, *section, NULL),
          "unknown section [%s]; known are [server], [auth], [user NAME] and "
          "[channel NAME]",
          *section);
    }
    g_ptr_array_add (factories, factory);
  }
  for (guint i = 0; sections[i] != NULL; i++) {
    GstFecChannelFactory *factory = g_ptr_array_index (factories, i);

    if (factory == NULL)
      continue;
    mount_channel (reading, sections[i], factory);
    g_object_unref (factory);
  }
  if (reading->auth != NULL)
    gst_fec_server_set_auth (reading->server, reading->auth);
  g_clear_object (&reading->auth);
  if (n_channels == 0)
    report (reading, 0, "there is no channel: add a section [channel NAME]");
  g_ptr_array_unref (factories);
  g_strfreev (sections);
}

gboolean
server_config_load (const gchar *file, GstFecServer *server,
    ServerConfigReport report_wrong, gpointer user_data)
{
  Reading reading = {
    0,
  };
  GError *error = NULL;
  gchar *text;
  gsize size;

  reading.file = file;
  reading.server = server;
  reading.report = report_wrong;
  reading.user_data = user_data;
  if (!g_file_get_contents (file, &text, &size, &error)) {
    report_wrong (user_data, error->message);
    g_error_free (error);
    return FALSE;
  }

  reading.keys = g_key_file_new ();
  reading.tsis =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  reading.groups =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  reading.lines = config_lines_new (text, report_syntax, &reading);
  if (reading.n_wrong == 0) {
    if (g_key_file_load_from_data (
            reading.keys, text, size, G_KEY_FILE_NONE, &error)) {
      read_sections (&reading);
    } else {
      report (&reading, 0, "%s", error->message);
      g_error_free (error);
    }
  }

  config_lines_free (reading.lines);
  g_hash_table_unref (reading.groups);
  g_hash_table_unref (reading.tsis);
  g_key_file_unref (reading.keys);
  g_free (text);
  return reading.n_wrong == 0;
}
