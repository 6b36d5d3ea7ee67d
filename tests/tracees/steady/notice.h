/* What the program will tell at its end: what it noticed, what it could not check, what it counted. It lies in memory that all
 * processes share which it makes, so that each can add to it, and is written down when there is nothing left to disturb. */
#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { TEXTS = 48, TEXT = 160 };

struct texts {
  atomic_int count;
  char text[TEXTS][TEXT];
};

static struct told {
  struct texts noticed, unchecked;
  atomic_int rounds, signals, children;
  /* The longest that anything came too late, in microseconds: it says whether a bound is of use on a machine. */
  atomic_long latest;
} *told;

static void told_prepare(void) {
  told = mmap(0, sizeof *told, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (told == MAP_FAILED) _exit(2);
}

/* The same thing again says nothing new, and a round that goes wrong each time would fill the list. */
static void add(struct texts *texts, const char *format, va_list arguments) {
  char text[TEXT];
  int error = errno;
  vsnprintf(text, sizeof text, format, arguments);
  errno = error;
  for (int i = 0; i < texts->count && i < TEXTS; i++)
    if (!strcmp(texts->text[i], text)) return;
  int place = texts->count++;
  if (place < TEXTS) memcpy(texts->text[place], text, sizeof text);
}

__attribute__((format(printf, 1, 2))) static void noticed(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  add(&told->noticed, format, arguments);
  va_end(arguments);
}

__attribute__((format(printf, 1, 2))) static void unchecked(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  add(&told->unchecked, format, arguments);
  va_end(arguments);
}

/* Setting up fails where this program has a mistake, not where it was disturbed. */
static long must(const char *what, long result) {
  if (result >= 0) return result;
  dprintf(2, "steady: %s: %s\n", what, strerror(errno));
  _exit(2);
}

/* Gives the exit code. */
static int report(void) {
  struct texts *bad = &told->noticed, *unknown = &told->unchecked;
  for (int i = 0; i < bad->count && i < TEXTS; i++) dprintf(1, "noticed: %s\n", bad->text[i]);
  if (bad->count > TEXTS) dprintf(1, "noticed: %d more\n", bad->count - TEXTS);
  for (int i = 0; i < unknown->count && i < TEXTS; i++) dprintf(1, "unchecked: %s\n", unknown->text[i]);
  dprintf(1, "rounds %d signals %d children %d latest %ld us noticed %d unchecked %d\n", told->rounds, told->signals,
          told->children, told->latest, bad->count, unknown->count);
  return bad->count ? 1 : 0;
}
