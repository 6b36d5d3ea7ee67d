/* Runs every probe in a process of its own, and prints a line for each: "refused NAME: …", "OPEN NAME: …" or
 * "unclear NAME: …". `inside` among the arguments allows those that change something. `list` prints the table. */
#include "hostile.h"
#include <poll.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/wait.h>

static char **arguments;
char seen[256];

const char *planted(const char *name) {
  size_t length = strlen(name);
  for (char **a = arguments; *a; a++)
    if (!strncmp(*a, name, length) && (*a)[length] == '=') return *a + length + 1;
  return NULL;
}

static int has(const char *word) {
  for (char **a = arguments; *a; a++)
    if (!strcmp(*a, word)) return 1;
  return 0;
}

#define SAY(outcome)                                                                                                   \
  va_list list;                                                                                                        \
  va_start(list, format);                                                                                              \
  vsnprintf(seen, sizeof seen, format, list);                                                                          \
  va_end(list);                                                                                                        \
  return outcome

enum outcome open_to(const char *format, ...) { SAY(OPEN); }
enum outcome closed(const char *format, ...) { SAY(REFUSED); }
enum outcome unclear(const char *format, ...) { SAY(UNCLEAR); }
enum outcome refused(void) { return closed("%s", strerrorname_np(errno)); }
enum outcome result(long value) { return value < 0 ? refused() : open_to("done: %ld", value); }

/* Each in a process of its own, with a time limit: one that hangs or is killed does not end the others. */
static enum outcome attempt(const struct probe *probe) {
  struct shared { enum outcome outcome; char seen[sizeof seen]; } *shared =
      mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) return unclear("no memory");
  shared->outcome = UNCLEAR;
  strcpy(shared->seen, "it did not come back");
  fflush(stdout);
  pid_t child = fork();
  if (child < 0) return unclear("no process");
  if (!child) {
    seen[0] = 0;
    shared->outcome = probe->attempt();
    memcpy(shared->seen, seen, sizeof seen);
    _exit(0);
  }
  int status = 0, waited = 0;
  for (int i = 0; i < 300 && !(waited = waitpid(child, &status, WNOHANG | __WALL)); i++) poll(NULL, 0, 10);
  if (!waited) {
    kill(child, SIGKILL);
    waitpid(child, &status, __WALL);
    strcpy(shared->seen, "it took too long");
  } else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS) {
    shared->outcome = REFUSED;
    strcpy(shared->seen, "killed by the filter");
  } else if (WIFSIGNALED(status)) {
    snprintf(shared->seen, sizeof shared->seen, "killed by signal %d", WTERMSIG(status));
  }
  memcpy(seen, shared->seen, sizeof seen);
  enum outcome outcome = shared->outcome;
  munmap(shared, sizeof *shared);
  return outcome;
}

int main(int argc, char **argv) {
  (void)argc;
  arguments = argv + 1;
  static const struct probe *const subjects[] = {descriptors, identity, namespaces, files, sockets,   local,
                                                  network,     sends,    listening,  calls, processes, ambient};
  static const char *const words[] = {"refused", "OPEN", "unclear"};
  int counts[3] = {0};
  for (size_t s = 0; s < sizeof subjects / sizeof *subjects; s++)
    for (const struct probe *p = subjects[s]; p->name; p++) {
      if (has("list")) {
        printf("%s\t%s\n", p->name, p->nowhere ? p->nowhere : "");
        continue;
      }
      enum outcome outcome = p->acts && !has("inside") ? unclear("not tried here") : attempt(p);
      counts[outcome]++;
      printf("%s %s: %s\n", words[outcome], p->name, seen);
    }
  if (!has("list")) printf("%d refused, %d open, %d unclear\n", counts[REFUSED], counts[OPEN], counts[UNCLEAR]);
  return 0;
}
