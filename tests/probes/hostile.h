/* A program that tries to get out. Each probe is one attempt, and says what came of it. */
#ifndef HOSTILE_H
#define HOSTILE_H
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum outcome { REFUSED, OPEN, UNCLEAR };

struct probe {
  const char *name;
  enum outcome (*attempt)(void);
  /* Changes something, so that it must not be tried outside of a void or a sandbox. */
  int acts;
  /* Why no control run of ours can be open to it, if none can. */
  const char *nowhere;
};

/* A subject's probes, ended by one without a name. */
extern const struct probe descriptors[], identity[], namespaces[], files[], sockets[], local[], network[], sends[],
    listening[], calls[], processes[], ambient[];

/* What the launcher was poisoned with: NAME=VALUE among the arguments. NULL if it was not. */
const char *planted(const char *name);
/* What a probe saw, for its line. */
extern char seen[256];

/* OPEN with these words. */
enum outcome open_to(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* REFUSED, with errno's name. */
enum outcome refused(void);
/* REFUSED with these words. */
enum outcome closed(const char *format, ...) __attribute__((format(printf, 1, 2)));
enum outcome unclear(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* By a system call's result: OPEN if it was done. */
enum outcome result(long value);
#endif
