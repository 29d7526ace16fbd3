/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * control-private.h: what reading (control.c) and writing (control-write.c) of control messages share: the numbers of
 * attributes, sizes of list entries, and the agent of libnice.
 */
#pragma once

#include <stun/stunagent.h>

#include "wire/control.h"

G_BEGIN_DECLS

/* STUN's and TURN's attributes that libnice has, PADDING of RFC 5780, and ours: comprehension-required, unassigned. */
#define ATTRIBUTE_PADDING ((StunAttribute) 0x0026)
#define ATTRIBUTE_SESSION_ID ((StunAttribute) 0x7F01)
#define ATTRIBUTE_CHANNELS ((StunAttribute) 0x7F02)
#define ATTRIBUTE_GRANTS ((StunAttribute) 0x7F03)
#define ATTRIBUTE_SERVER_TIME ((StunAttribute) 0x7F04)
#define ATTRIBUTE_REPORTS ((StunAttribute) 0x7F05)
#define ATTRIBUTE_DESCRIPTION ((StunAttribute) 0x7F06)
#define ATTRIBUTE_MISSING ((StunAttribute) 0x7F07)
#define ATTRIBUTE_REPORT_NUMBER ((StunAttribute) 0x7F08)

#define ATTRIBUTE_HEADER 4
#define FINGERPRINT_SIZE 8

/* Sizes of list entries. A channel's name follows its fixed fields. */
#define CHANNEL_FIELDS 17
#define GRANT_SIZE 16
#define REPORT_SIZE 20
#define MISSING_SIZE 16
#define INTEGRITY_SIZE 24
#define ERROR_FIELDS 4

/** An agent that signs and checks nothing but the FINGERPRINT. */
void gst_fec_control_init_agent (StunAgent *agent);

G_END_DECLS
