/* Sends a process real-time signals of two kinds in turn, with the numbers from 0 on as their values. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  for (int i = 0; i < atoi(argv[2]); i++) {
    union sigval value = {.sival_int = i};
    while (sigqueue(atoi(argv[1]), SIGRTMIN + i % 2, value))
      if (errno != EAGAIN) return 1;
  }
  return 0;
}
