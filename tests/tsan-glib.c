/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tsan-glib.c: shows GLib's locks and queues to the thread sanitizer. GLib is
 * not instrumented and locks by futexes of its own, so that the sanitizer sees
 * no order where there is one. Linked into the tests of such builds only; what
 * it defines comes before GLib's in all libraries of the process.
 */
#include <dlfcn.h>
#include <glib.h>

/* The whole process has to find what is defined here. */
#pragma GCC visibility push(default)

void __tsan_acquire (void *addr);
void __tsan_release (void *addr);

#define GLIB_FUNCTION(type, name)                                              \
  static _Thread_local type (*real) PARAMETERS;                                \
  if (!real)                                                                   \
  real = (type (*) PARAMETERS) dlsym (RTLD_NEXT, name)

#define PARAMETERS (GMutex *)
void
g_mutex_lock (GMutex *mutex)
{
  GLIB_FUNCTION (void, "g_mutex_lock");
  real (mutex);
  __tsan_acquire (mutex);
}

void
g_mutex_unlock (GMutex *mutex)
{
  GLIB_FUNCTION (void, "g_mutex_unlock");
  __tsan_release (mutex);
  real (mutex);
}

gboolean
g_mutex_trylock (GMutex *mutex)
{
  gboolean locked;

  GLIB_FUNCTION (gboolean, "g_mutex_trylock");
  locked = real (mutex);
  if (locked)
    __tsan_acquire (mutex);
  return locked;
}
#undef PARAMETERS

#define PARAMETERS (GRecMutex *)
void
g_rec_mutex_lock (GRecMutex *mutex)
{
  GLIB_FUNCTION (void, "g_rec_mutex_lock");
  real (mutex);
  __tsan_acquire (mutex);
}

void
g_rec_mutex_unlock (GRecMutex *mutex)
{
  GLIB_FUNCTION (void, "g_rec_mutex_unlock");
  __tsan_release (mutex);
  real (mutex);
}

gboolean
g_rec_mutex_trylock (GRecMutex *mutex)
{
  gboolean locked;

  GLIB_FUNCTION (gboolean, "g_rec_mutex_trylock");
  locked = real (mutex);
  if (locked)
    __tsan_acquire (mutex);
  return locked;
}
#undef PARAMETERS

#define PARAMETERS (GCond *, GMutex *)
void
g_cond_wait (GCond *cond, GMutex *mutex)
{
  GLIB_FUNCTION (void, "g_cond_wait");
  __tsan_release (mutex);
  real (cond, mutex);
  __tsan_acquire (mutex);
}
#undef PARAMETERS

#define PARAMETERS (GCond *, GMutex *, gint64)
gboolean
g_cond_wait_until (GCond *cond, GMutex *mutex, gint64 end_time)
{
  gboolean signalled;

  GLIB_FUNCTION (gboolean, "g_cond_wait_until");
  __tsan_release (mutex);
  signalled = real (cond, mutex, end_time);
  __tsan_acquire (mutex);
  return signalled;
}
#undef PARAMETERS

#define PARAMETERS (GAsyncQueue *, gpointer)
void
g_async_queue_push (GAsyncQueue *queue, gpointer data)
{
  GLIB_FUNCTION (void, "g_async_queue_push");
  __tsan_release (queue);
  real (queue, data);
}
#undef PARAMETERS

#define PARAMETERS (GAsyncQueue *)
gpointer
g_async_queue_pop (GAsyncQueue *queue)
{
  gpointer data;

  GLIB_FUNCTION (gpointer, "g_async_queue_pop");
  data = real (queue);
  __tsan_acquire (queue);
  return data;
}

gpointer
g_async_queue_try_pop (GAsyncQueue *queue)
{
  gpointer data;

  GLIB_FUNCTION (gpointer, "g_async_queue_try_pop");
  data = real (queue);
  __tsan_acquire (queue);
  return data;
}
#undef PARAMETERS

#define PARAMETERS (GAsyncQueue *, guint64)
gpointer
g_async_queue_timeout_pop (GAsyncQueue *queue, guint64 timeout)
{
  gpointer data;

  GLIB_FUNCTION (gpointer, "g_async_queue_timeout_pop");
  data = real (queue, timeout);
  __tsan_acquire (queue);
  return data;
}
#undef PARAMETERS
