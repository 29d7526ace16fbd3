/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * testscene.h: what the system tests have in common: pipelines of a sender and
 * of receivers, conditions waited for, numbers taken from stats.
 */
#pragma once

#include <gst/gst.h>

#include "outputcheck.h"

G_BEGIN_DECLS

/** Exit status of a test that cannot run here. */
#define TEST_SKIPPED 77
/** A wait for anything that should come at once, in microseconds. */
#define TEST_PATIENCE (20 * G_TIME_SPAN_SECOND)

typedef gboolean (*TestCondition) (gpointer user_data);

/** Waits until @condition holds, at most @timeout_us; FALSE when it never did. */
gboolean test_wait (
    TestCondition condition, gpointer user_data, gint64 timeout_us);

/** Parses and returns a pipeline, or ends the program with a message. */
GstElement *test_pipeline (const gchar *format, ...) G_GNUC_PRINTF (1, 2);
/** Starts @pipeline; FALSE with a message printed when it fails. */
gboolean test_pipeline_play (GstElement *pipeline);
/** Prints and returns TRUE when the bus has an error. */
gboolean test_pipeline_failed (GstElement *pipeline);
/** Stops and frees. */
void test_pipeline_stop (GstElement *pipeline);

/** Skips the whole test (exit 77, reason printed) unless @names (NULL-terminated) can all be made. */
void test_need_elements (const gchar *const *names);

/** A static pad of a named element of @pipeline; (transfer full). */
GstPad *test_pad (GstElement *pipeline, const gchar *element, const gchar *pad);
guint test_uint_property (
    GstElement *pipeline, const gchar *element, const gchar *property);
/** A counter of an element's stats; ends the program when there is no such field. */
guint64 test_stat (
    GstElement *pipeline, const gchar *element, const gchar *field);
/** Whether a string of an element's stats is @text. */
gboolean test_stat_is (GstElement *pipeline, const gchar *element,
    const gchar *field, const gchar *text);
/** How many clients a replicator named @element lists. */
guint test_n_clients (GstElement *pipeline, const gchar *element);

/** Waits until the replicator named @element offers its channel; prints when it never does. */
gboolean test_wait_for_channel (GstElement *pipeline, const gchar *element);

/** A receiver: a pipeline with an appsink "out", its output checked. */
typedef struct
{
  const gchar *name;
  GstElement *pipeline;
  OutputCheck *check;
  gint eos; /**< atomic */
  gint64
      last_output; /**< monotonic time; only from the sink's thread and after stopping */
} TestReceiver;

/** Feeds @receiver's check with all that its appsink gets. */
void test_receiver_connect (TestReceiver *receiver);

G_END_DECLS
