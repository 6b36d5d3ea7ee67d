/* A tree that grows and withers: each process makes `width` children, `depth` levels deep, again and again for a number of
 * rounds, and outlives them. At the end it exits with 3. */
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void grow(int depth, int width) {
  if (!depth) return;
  for (int i = 0; i < width; i++)
    if (!fork()) {
      struct timespec time = {0, 300000};
      grow(depth - 1, width);
      nanosleep(&time, 0);
      while (wait(0) > 0) continue;
      _exit(0);
    }
}

int main(int argc, char **argv) {
  if (argc < 4) return 2;
  for (int round = atoi(argv[3]); round > 0; round--) {
    grow(atoi(argv[1]), atoi(argv[2]));
    while (wait(0) > 0) continue;
  }
  return 3;
}
