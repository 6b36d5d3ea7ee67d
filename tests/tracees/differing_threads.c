/* A thread that changes nothing ends, then one that sets no_new_privs for itself alone, and the process. With an argument
   the second thread does that later, and then makes the file of that name instead of ending, and nothing but SIGKILL ends
   the process. */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

static void *change_nothing(void *unused) { return unused; }

static void *change_itself(void *file) {
  if (file) usleep(600000);
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (file) {
    close(open(file, O_CREAT | O_WRONLY, 0644));
    for (;;) pause();
  }
  return 0;
}

int main(int argc, char **argv) {
  pthread_t thread;
  signal(SIGTERM, SIG_IGN);
  pthread_create(&thread, 0, change_nothing, 0);
  pthread_join(thread, 0);
  pthread_create(&thread, 0, change_itself, argc > 1 ? argv[1] : 0);
  pthread_join(thread, 0);
  return 0;
}
