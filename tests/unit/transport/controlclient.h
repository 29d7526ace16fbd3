/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* controlclient.h: for tests: a socket on the loopback that asks a server message by message. */
#pragma once

#include "wire/control.h"

typedef struct
{
  gint fd;
  GstFecControlMessage request; /* the last one */
  GstFecControlMessage answer; /* to it */
  guint8 key[GST_FEC_CONTROL_KEY_SIZE]; /* of who logged in last */
} ControlClient;

/** A client of 127.0.0.1 at @port. */
void control_client_init (ControlClient *client, guint16 port);
void control_client_clear (ControlClient *client);

/** Sends the request and waits for the answer, which there must be. */
void control_client_ask (ControlClient *client);
/** Connects to @channel with a cookie, signed by @user (NULL: nobody). */
void control_client_connect (ControlClient *client, const gchar *channel,
    const gchar *user, const gchar *password);
