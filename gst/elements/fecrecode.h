/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fecrecode.h: fecencode with whole objects of another sender as input: what its pads say and what a buffer means.
 * Packets are made by the encoder as of any block. Knows caps and buffers, no threads.
 */
#pragma once

#include "fecencoder.h"

G_BEGIN_DECLS

/**
 * Answers a caps query at fecencode's sink pad, which takes anything: objects come first, so that a decoder that has a
 * choice sends them. FALSE: the default answer is right.
 */
gboolean fec_recode_answer_caps (GstQuery *query);

/** Sets @config to the channel of objects with @caps. FALSE when these do not tell enough. */
gboolean fec_recode_configure (FecChannelConfig *config, const GstCaps *caps);

/** Caps of the packets made of objects with @caps, which fec_recode_configure() has taken. Transfer full. */
GstCaps *fec_recode_packet_caps (
    const FecChannelConfig *config, const GstCaps *caps);

/**
 * Takes in an object (not its ownership). Buffers that are none, or of another T than @config's, are dropped with a
 * message in the log.
 */
GstFlowReturn fec_recode_take (FecEncoder *encoder,
    const FecChannelConfig *config, GstBuffer *buffer, GstClockTime position,
    GstClockTime now);

G_END_DECLS
