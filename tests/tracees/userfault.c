/* Has memory that a userfaultfd(2) serves which is told of copies of this process (UFFD_FEATURE_EVENT_FORK): `userfault kept` holds it
 * itself, and with `userfault thread` another thread of it does, whose descriptors are its own; with `userfault late` another process does, that is no child of it, and reads that it was copied after five seconds, or as
 * many as the next argument says, which it says before. For each byte of its input it says "works"; the end of that ends it. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void must(int good, const char *what) {
  if (good) return;
  perror(what);
  _exit(2);
}

static void say(const char *text) { must(write(1, text, strlen(text)) > 0, "write"); }

/* Has it tell of copies, of whoever has made it. */
static void arm(int userfault, void *place, unsigned long length) {
  struct uffdio_api api = {.api = UFFD_API, .features = UFFD_FEATURE_EVENT_FORK};
  must(!ioctl(userfault, UFFDIO_API, &api), "UFFDIO_API");
  struct uffdio_register served = {.range = {(unsigned long)place, length}, .mode = UFFDIO_REGISTER_MODE_MISSING};
  must(!ioctl(userfault, UFFDIO_REGISTER, &served), "UFFDIO_REGISTER");
}

/* Reads late what it is told, until nobody holds the other end of `lives`. */
static void monitor(int userfault, int lives, int seconds) {
  struct pollfd wait[] = {{userfault, POLLIN, 0}, {lives, 0, 0}};
  struct uffd_msg message;
  for (;;) {
    poll(wait, 2, -1);
    if (wait[1].revents) _exit(0);
    nanosleep(&(struct timespec){seconds, 0}, 0);
    /* When it has been read the process goes on, and may be the next to say something. */
    say("late\n");
    if (read(userfault, &message, sizeof message) != sizeof message) continue;
    close(message.arg.fork.ufd);
  }
}

static int open_one(void) {
  int userfault = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
  must(userfault >= 0, "userfaultfd");
  return userfault;
}

static void *place;

/* A thread that does not share what it opens. */
static int thread(void *told) {
  arm(open_one(), place, 4096);
  must(write(*(int *)told, "", 1) == 1, "write");
  for (;;) pause();
}

int main(int argc, char **argv) {
  int is_late = argc > 1 && !strcmp(argv[1], "late"), lives[2], told[2];
  char byte;
  place = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  must(!pipe2(lives, O_CLOEXEC) && !pipe2(told, O_CLOEXEC), "pipe");
  if (argc > 1 && !strcmp(argv[1], "thread")) {
    static char stack[65536] __attribute__((aligned(16)));
    int flags = CLONE_VM | CLONE_FS | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM;
    must(clone(thread, stack + sizeof stack, flags, &told[1]) > 0, "clone");
    must(read(told[0], &byte, 1) == 1, "the other");
    say("ready\n");
    while (read(0, &byte, 1) == 1) say("works\n");
    return 0;
  }
  int userfault = open_one();
  if (!is_late) {
    arm(userfault, place, 4096);
  } else {
    int child = fork();
    if (!child) {
      if (fork()) _exit(0);
      arm(userfault, place, 4096);
      must(write(told[1], "", 1) == 1, "write");
      close(lives[1]), close(told[1]);
      monitor(userfault, lives[0], argc > 2 ? atoi(argv[2]) : 5);
    }
    waitpid(child, 0, 0);
    close(told[1]);
    must(read(told[0], &byte, 1) == 1, "the other");
    close(userfault);
  }
  say("ready\n");
  while (read(0, &byte, 1) == 1) say("works\n");
  return 0;
}
