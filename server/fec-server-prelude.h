/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fec-server-prelude.h: what all public headers of the server library share: how its symbols are exported.
 */
#pragma once

#include <gst/gst.h>

#if defined(__GNUC__)
#define GST_FEC_SERVER_API extern __attribute__ ((visibility ("default")))
#else
#define GST_FEC_SERVER_API extern
#endif
