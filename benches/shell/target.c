/* A process that is visited: `target MODE [FILE]` says "ready" and goes on in one way, until it is killed.
 *
 * "busy" and "threads" look at the clock all the time, and keep the longest time between two looks in the first word of FILE:
 * whoever sets that to 0 begins anew. "threads" has seven more threads that wait. "tables" waits with 100 more descriptors
 * and 1000 more mappings; "blocked" waits, and "timed" in a call with a time limit that is watched (epoll_wait). */
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000ull + time.tv_nsec;
}

static void *wait(void *unused) {
  (void)unused;
  while (pause());
  return 0;
}

static void look(const char *file) {
  int descriptor = open(file, O_RDWR | O_CLOEXEC);
  volatile uint64_t *longest = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  if (longest == MAP_FAILED) _exit(1);
  for (uint64_t last = now();;) {
    uint64_t here = now();
    if (here - last > *longest) *longest = here - last;
    last = here;
  }
}

static void wait_with_limit(void) {
  struct epoll_event event;
  int none = epoll_create1(0);
  while (epoll_wait(none, &event, 1, 3600000) == 0);
}

static void fill(void) {
  for (int i = 0; i < 100; i++)
    if (open("/dev/null", O_RDONLY) < 0) _exit(1);
  /* Neighbours of the same kind would be one mapping. */
  for (int i = 0; i < 1000; i++)
    if (mmap(0, 4096, i % 2 ? PROT_READ : PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED)
      _exit(1);
}

int main(int count, char **words) {
  if (count < 2) return 2;
  const char *mode = words[1];
  pthread_t thread;
  for (int i = 0; i < 7 && !strcmp(mode, "threads"); i++)
    if (pthread_create(&thread, 0, wait, 0)) return 1;
  if (!strcmp(mode, "tables")) fill();
  puts("ready");
  fflush(stdout);
  if (count > 2) look(words[2]);
  if (!strcmp(mode, "timed")) wait_with_limit();
  wait(0);
}
