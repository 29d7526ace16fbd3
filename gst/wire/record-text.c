/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * record-text.c: guards GStreamer's parser of caps and tag lists against text from the network; see record-text.h.
 */
#include "wire/record-text.h"

#include <gst/video/video.h>
#include <string.h>

/* Nested arrays and elements of all arrays; more than any caps need. */
#define MAX_DEPTH 4
#define MAX_ELEMENTS 65536
#define MAX_TYPE_NAME 64
/* Of a field or media type, with its NUL. */
#define MAX_NAME 128

/* What is left of the text, and what of it was counted. */
typedef struct
{
  const gchar *p;
  guint elements;
} Scan;

static gboolean
is_token_char (gchar c)
{
  return g_ascii_isalnum (c) || (c != '\0' && strchr ("_-+/:.", c) != NULL);
}

static void
skip_space (Scan *scan)
{
  while (g_ascii_isspace (*scan->p))
    scan->p++;
}

static gboolean
skip_char (Scan *scan, gchar c)
{
  skip_space (scan);
  if (*scan->p != c)
    return FALSE;
  scan->p++;
  return TRUE;
}

static gsize
skip_token (Scan *scan)
{
  const gchar *start;

  skip_space (scan);
  start = scan->p;
  while (is_token_char (*scan->p))
    scan->p++;
  return scan->p - start;
}

static gboolean
is_octal (gchar c)
{
  return c >= '0' && c <= '7';
}

/* Reads what follows a backslash: three octal digits of a byte, or a character that is no digit. */
static gboolean
read_escape (Scan *scan, guchar *byte)
{
  const gchar *p = scan->p;

  if (g_ascii_isdigit (*p)) {
    if (*p > '3' || !is_octal (p[1]) || !is_octal (p[2]))
      return FALSE;
    *byte = (p[0] - '0') << 6 | (p[1] - '0') << 3 | (p[2] - '0');
    scan->p += 3;
    return *byte != 0;
  }
  *byte = *p;
  scan->p++;
  return g_ascii_isprint (*byte);
}

/* A quoted string as GStreamer writes them, which will come out as UTF-8. */
static gboolean
skip_quoted (Scan *scan)
{
  GString *text = g_string_new (NULL);
  gboolean sound = TRUE;

  for (scan->p++; sound && *scan->p != '"';) {
    guchar byte = *scan->p;

    if (byte == '\\') {
      scan->p++;
      sound = read_escape (scan, &byte);
    } else {
      sound = is_token_char (byte);
      scan->p++;
    }
    g_string_append_c (text, byte);
  }
  sound = sound && g_utf8_validate (text->str, text->len, NULL);
  g_string_free (text, TRUE);
  return sound && skip_char (scan, '"');
}

/* Reads "(type)" where there is one; else @type is left as it is. */
static gboolean
read_type (Scan *scan, gchar type[MAX_TYPE_NAME])
{
  gsize length;

  if (!skip_char (scan, '('))
    return TRUE;
  length = skip_token (scan);
  if (length == 0 || length >= MAX_TYPE_NAME)
    return FALSE;
  memcpy (type, scan->p - length, length);
  type[length] = '\0';
  return skip_char (scan, ')');
}

static gboolean
is_one_of (const gchar *type, const gchar *const *types)
{
  return g_strv_contains (types, type);
}

static gboolean
is_string_type (const gchar *type)
{
  static const gchar *const types[] = { "", "string", "str", "s", "gchararray",
    NULL };

  return is_one_of (type, types);
}

/* Types whose text holds no text of other values. */
static gboolean
is_flat_type (const gchar *type)
{
  static const gchar *const types[] = { "int", "i", "gint", "uint", "u",
    "guint", "int64", "gint64", "uint64", "guint64", "float", "f", "gfloat",
    "double", "d", "gdouble", "boolean", "bool", "b", "gboolean", "fraction",
    "GstFraction", "bitmask", "GstBitmask", "buffer", "GstBuffer", "date",
    "GDate", "datetime", "GstDateTime", NULL };
  GType known;

  if (is_string_type (type) || is_one_of (type, types))
    return TRUE;
  known = g_type_from_name (type);
  return known != G_TYPE_INVALID &&
      (g_type_is_a (known, G_TYPE_ENUM) || g_type_is_a (known, G_TYPE_FLAGS) ||
          g_type_is_a (known, GST_TYPE_FLAG_SET));
}

static gboolean
is_hex (const gchar *text, gsize length)
{
  gsize i;

  for (i = 0; i < length; i++) {
    if (!g_ascii_isxdigit (text[i]))
      return FALSE;
  }
  return length % 2 == 0;
}

static gboolean
is_buffer_type (const gchar *type)
{
  return g_str_equal (type, "buffer") || g_str_equal (type, "GstBuffer");
}

/* Whether an array's element will be parsed without fail: where one is not, GStreamer leaks the array. */
static gboolean
is_sound_element (const gchar *type, const gchar *text, gsize length)
{
  static const gchar *const ints[] = { "int", "i", "gint", NULL };
  static const gchar *const uints[] = { "uint", "u", "guint", NULL };
  static const gchar *const reals[] = { "float", "f", "gfloat", "double", "d",
    "gdouble", NULL };
  gchar number[MAX_TYPE_NAME], *end;

  if (is_string_type (type))
    return TRUE;
  if (is_buffer_type (type))
    return is_hex (text, length);
  if (length >= sizeof (number))
    return FALSE;
  memcpy (number, text, length);
  number[length] = '\0';
  if (is_one_of (type, ints))
    return g_ascii_string_to_signed (
        number, 10, G_MININT, G_MAXINT, NULL, NULL);
  if (is_one_of (type, uints))
    return g_ascii_string_to_unsigned (number, 10, 0, G_MAXUINT, NULL, NULL);
  if (!is_one_of (type, reals))
    return FALSE;
  g_ascii_strtod (number, &end);
  return end != number && *end == '\0';
}

static gboolean skip_array (Scan *scan, const gchar *type, guint depth);

static gboolean
skip_element (Scan *scan, const gchar *array_type, guint depth)
{
  gchar type[MAX_TYPE_NAME];
  gsize length;

  if (++scan->elements > MAX_ELEMENTS)
    return FALSE;
  g_strlcpy (type, array_type, sizeof (type));
  if (!read_type (scan, type) || !is_flat_type (type))
    return FALSE;
  skip_space (scan);
  if (*scan->p == '<' || *scan->p == '{')
    return skip_array (scan, type, depth + 1);
  if (*scan->p == '"')
    return is_string_type (type) && skip_quoted (scan);
  length = skip_token (scan);
  return length > 0 && is_sound_element (type, scan->p - length, length);
}

/* "< a, b >" or "{ a, b }" */
static gboolean
skip_array (Scan *scan, const gchar *type, guint depth)
{
  gchar end = *scan->p++ == '<' ? '>' : '}';

  if (depth > MAX_DEPTH)
    return FALSE;
  if (skip_char (scan, end))
    return TRUE;
  do {
    if (!skip_element (scan, type, depth))
      return FALSE;
  } while (skip_char (scan, ','));
  return skip_char (scan, end);
}

/*
 * Names of fields and media types stay in the process for ever (GQuark): those that it does not have yet are let in up
 * to a limit.
 */
static gboolean
may_keep_name (const gchar *text, gsize length)
{
  static gint new_names = 0;
  gchar name[MAX_NAME];

  if (length == 0 || length >= sizeof (name))
    return FALSE;
  memcpy (name, text, length);
  name[length] = '\0';
  return g_quark_try_string (name) != 0 ||
      g_atomic_int_add (&new_names, 1) < GST_FEC_TEXT_MAX_NEW_NAMES;
}

static gboolean
skip_name (Scan *scan)
{
  gsize length = skip_token (scan);

  return may_keep_name (scan->p - length, length);
}

static gboolean
skip_field (Scan *scan)
{
  gchar type[MAX_TYPE_NAME] = "";
  gsize length;

  if (!skip_name (scan) || !skip_char (scan, '=') || !read_type (scan, type) ||
      !is_flat_type (type))
    return FALSE;
  skip_space (scan);
  if (*scan->p == '<' || *scan->p == '{')
    return skip_array (scan, type, 1);
  if (*scan->p == '"')
    return is_string_type (type) && skip_quoted (scan);
  length = skip_token (scan);
  /* GStreamer takes a digit that is none for a programming error. */
  return length > 0 &&
      (!is_buffer_type (type) || is_hex (scan->p - length, length));
}

/* "(memory:One, meta:Two)" */
static gboolean
skip_features (Scan *scan)
{
  if (!skip_char (scan, '('))
    return TRUE;
  do {
    if (!skip_name (scan))
      return FALSE;
  } while (skip_char (scan, ','));
  return skip_char (scan, ')');
}

/* Media types of GStreamer 0.10, which warns of them as of a programming error. */
static gboolean
is_old_raw (const gchar *text)
{
  return g_str_has_prefix (text, "video/x-raw-") ||
      g_str_has_prefix (text, "audio/x-raw-");
}

/*
 * Whether @text is one structure of flat values, strings and arrays of such: what caps and tags are in practice. Left
 * to itself GStreamer's parser recurses as deep as the text nests, in brackets and in quoted text that is parsed
 * again.
 */
static gboolean
is_safe (const gchar *text)
{
  Scan scan = { .p = text };
  guint fields = 0;

  /* GStreamer takes another beginning for a programming error. */
  if (!g_ascii_isalpha (*text) || is_old_raw (text) || !skip_name (&scan) ||
      !skip_features (&scan))
    return FALSE;
  while (skip_char (&scan, ',')) {
    if (++fields > GST_FEC_TEXT_MAX_FIELDS || !skip_field (&scan))
      return FALSE;
  }
  skip_char (&scan, ';');
  skip_space (&scan);
  return *scan.p == '\0';
}

/*
 * A receiver may not have loaded what registers the types that parsers of video write into caps; GStreamer would not
 * know them by name then.
 */
static void
know_types (void)
{
  static gsize known = 0;

  if (g_once_init_enter (&known)) {
    g_type_ensure (GST_TYPE_VIDEO_MULTIVIEW_FLAGSET);
    g_once_init_leave (&known, 1);
  }
}

/* A terminated copy of text that may be parsed, or NULL. */
static gchar *
copy_safe (const gchar *text, gsize size)
{
  gchar *copy;

  if (size == 0 || size > GST_FEC_TEXT_MAX ||
      !g_utf8_validate_len (text, size, NULL))
    return NULL;
  copy = g_strndup (text, size);
  know_types ();
  if (!is_safe (copy))
    g_clear_pointer (&copy, g_free);
  return copy;
}

/* Gives @text back when the reader will take it, else frees it. */
static gchar *
keep_safe (gchar *text)
{
  if (text != NULL && strlen (text) <= GST_FEC_TEXT_MAX && is_safe (text))
    return text;
  g_free (text);
  return NULL;
}

GstCaps *
gst_fec_text_to_caps (const gchar *text, gsize size)
{
  gchar *copy = copy_safe (text, size);
  GstCaps *caps;

  if (copy == NULL)
    return NULL;
  caps = gst_caps_from_string (copy);
  g_free (copy);
  if (caps != NULL && !gst_caps_is_fixed (caps))
    gst_clear_caps (&caps);
  return caps;
}

gchar *
gst_fec_text_from_caps (const GstCaps *caps)
{
  if (!gst_caps_is_fixed (caps))
    return NULL;
  return keep_safe (gst_caps_to_string (caps));
}

/* Whether a value may be handed on: of the tag's registered type, strings in UTF-8, no samples. */
static gboolean
is_sound_tag (const gchar *tag, const GValue *value)
{
  GType type = gst_tag_get_type (tag);

  if (!G_VALUE_HOLDS (value, type) || type == GST_TYPE_SAMPLE)
    return FALSE;
  if (type != G_TYPE_STRING)
    return TRUE;
  return g_value_get_string (value) != NULL &&
      g_utf8_validate (g_value_get_string (value), -1, NULL);
}

static void
copy_sound_tag (const GstTagList *list, const gchar *tag, gpointer user_data)
{
  GstTagList *sound = user_data;
  guint i;

  if (!gst_tag_exists (tag))
    return;
  for (i = 0; i < gst_tag_list_get_tag_size (list, tag); i++) {
    const GValue *value = gst_tag_list_get_value_index (list, tag, i);

    if (is_sound_tag (tag, value))
      gst_tag_list_add_value (sound, GST_TAG_MERGE_APPEND, tag, value);
  }
}

/* A new list with what is sound in @tags; NULL when nothing is. */
static GstTagList *
copy_sound_tags (const GstTagList *tags)
{
  GstTagList *sound = gst_tag_list_new_empty ();

  gst_tag_list_set_scope (sound, gst_tag_list_get_scope (tags));
  gst_tag_list_foreach (tags, copy_sound_tag, sound);
  if (gst_tag_list_is_empty (sound))
    gst_clear_tag_list (&sound);
  return sound;
}

GstTagList *
gst_fec_text_to_tags (const gchar *text, gsize size)
{
  gchar *copy = copy_safe (text, size);
  GstTagList *parsed = NULL, *sound = NULL;

  if (copy != NULL && g_str_has_prefix (copy, "taglist"))
    parsed = gst_tag_list_new_from_string (copy);
  g_free (copy);
  if (parsed != NULL) {
    sound = copy_sound_tags (parsed);
    gst_tag_list_unref (parsed);
  }
  return sound;
}

gchar *
gst_fec_text_from_tags (const GstTagList *tags)
{
  GstTagList *sound = copy_sound_tags (tags);
  gchar *text = NULL;

  if (sound != NULL) {
    text = keep_safe (gst_tag_list_to_string (sound));
    gst_tag_list_unref (sound);
  }
  return text;
}
