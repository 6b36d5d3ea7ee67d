/* Time, and whether something took as long as it should have. */
#include <time.h>

enum { MILLISECOND = 1000000 };

/* How much later than asked for something may end, in milliseconds: a machine that does other things, too, is late. */
static long allowance = 30;

/* In nanoseconds. The vDSO answers, so that reading the clock is no system call that could be disturbed. */
static long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000L + time.tv_nsec;
}

static struct timespec interval(long milliseconds) {
  return (struct timespec){milliseconds / 1000, milliseconds % 1000 * MILLISECOND};
}

/* Sleeps, where nothing is measured: a partner, or between rounds. */
static void rest(long milliseconds) {
  struct timespec time = interval(milliseconds);
  while (nanosleep(&time, &time) && errno == EINTR);
}

static void check_late(const char *what, long late) {
  if (late / 1000 > told->latest) told->latest = late / 1000;
  /* The number is of the last time that is not told of a second time: a text with it would never be the same. */
  if (late > allowance * MILLISECOND) noticed("%s ended more than %ld ms late", what, allowance);
}

/* What was begun then should end now. A time limit that the kernel counts in ticks may be a tick short, at most 10 ms; and
 * more on a machine that is late with its ticks, and then makes up for those. */
static void check_time(const char *what, long begun, long milliseconds, int ticks) {
  long late = now() - begun - milliseconds * MILLISECOND;
  long short_by = allowance > 500 ? allowance / 50 : 10;
  if (late < (ticks ? -short_by * MILLISECOND : 0)) noticed("%s ended early", what);
  check_late(what, late);
}

static const char *error_name(int error) {
  const char *name = strerrorname_np(error);
  return error ? name ? name : "an unknown error" : "no error";
}

/* What a call gave, and what it should have. */
static int check_result(const char *what, long result, int error, long wanted, int wanted_error) {
  if (result == wanted && (result >= 0 || error == wanted_error)) return 1;
  noticed("%s gave %ld (%s)", what, result, error_name(result < 0 ? error : 0));
  return 0;
}
