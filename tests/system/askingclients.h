/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * askingclients.h: clients without threads or pipelines that lose the packets
 * they are told to, say what they lack, and decode. Each is a socket at a
 * loopback address of its own and writes its control messages itself, so that
 * it can say the same thing twice.
 */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

typedef struct _AskingClient AskingClient;

/** A client at 127.0.0.2 + @index that has joined @channel of the hub at 127.0.0.1 and @port; NULL when it was not let in. */
AskingClient *asking_client_new (
    guint index, guint16 port, const gchar *channel);
void asking_client_free (AskingClient *client);

/** From now on source packets with ESIs from @first on, @count of them, are lost. */
void asking_client_lose (AskingClient *client, guint32 first, guint32 count);
/** Takes what has come, without waiting. */
void asking_client_poll (AskingClient *client);

/** Of the packets of @toi that were not lost: source symbols, and packets made on request. */
guint asking_client_get_source (AskingClient *client, guint32 toi);
guint asking_client_get_fresh (AskingClient *client, guint32 toi);
/** Packets with a number that counts, lost ones included. */
guint asking_client_get_counted (AskingClient *client);
/** Numbers that did not follow the one before, or a replacement that counts. */
guint asking_client_get_gaps (AskingClient *client);
/** TOI of the newest packet. */
guint32 asking_client_get_toi (AskingClient *client);

/** Reports that @count symbols of @toi are missing; @times sendings of one message. */
void asking_client_report (
    AskingClient *client, guint32 toi, guint32 count, guint times);
/** Reports that @lost of @lost + @received packets were lost. */
void asking_client_report_loss (
    AskingClient *client, guint32 received, guint32 lost);
/** Answers to reports that have come. */
guint asking_client_get_answers (AskingClient *client);

/** Rebuilds @toi of @k symbols of @t bytes into @out (of k * t bytes) from what was not lost. */
gboolean asking_client_decode (
    AskingClient *client, guint32 toi, guint32 k, guint32 t, guint8 *out);

G_END_DECLS
