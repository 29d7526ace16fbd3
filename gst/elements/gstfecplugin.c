/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gstfecplugin.c: registers the elements of the plugin; knows their names and nothing else of them. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <gst/gst.h>

#include "gstfecdecode.h"
#include "gstfecencode.h"
#include "gstfecmcastsink.h"
#include "gstfecsrc.h"
#include "gstfecunicastreplicator.h"

static gboolean
plugin_init (GstPlugin *plugin)
{
  gboolean ret = FALSE;

  ret |= GST_ELEMENT_REGISTER (fecdecode, plugin);
  ret |= GST_ELEMENT_REGISTER (fecencode, plugin);
  ret |= GST_ELEMENT_REGISTER (fecmcastsink, plugin);
  ret |= GST_ELEMENT_REGISTER (fecsrc, plugin);
  ret |= GST_ELEMENT_REGISTER (fecunicastreplicator, plugin);
  return ret;
}

GST_PLUGIN_DEFINE (GST_VERSION_MAJOR, GST_VERSION_MINOR, fec,
    "Fountain-coded media over networks that lose packets", plugin_init,
    VERSION, GST_LICENSE, GST_PACKAGE_NAME, GST_PACKAGE_ORIGIN)
