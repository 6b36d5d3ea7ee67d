/* The loop that all modes share: a round of the mode's own, and then everything that can be asked. */
#include <poll.h>
#include <sys/wait.h>

struct mode {
  const char *name;
  /* Gives why the mode cannot be had here, or nothing. */
  const char *(*prepare)(void);
  void (*round)(const char *name, long milliseconds);
  /* What is looked at once all rounds are over. */
  void (*end)(void);
  /* Where the rounds run, if not in the process that was started. */
  void (*place)(const struct mode *);
};

/* What ends the work. */
static int input = 0;

static int ended(void) {
  struct pollfd end = {input, POLLIN, 0};
  char byte;
  int count = poll(&end, 1, 0);
  if (count < 0) noticed("poll without a timeout gave -1 (%s)", error_name(errno));
  /* What is there can be read without waiting. */
  return count > 0 && (end.revents & ~POLLIN || read(input, &byte, 1) == 0);
}

/* How many children there are of its own making that live. */
static int own_children;

/* Whether a child is there which was not made here. With `all` also those whose end sends no signal: what is injected makes
 * such ones for a while, and so they are looked for only before and after. */
static void children_check(int all) {
  int pid = waitpid(-1, 0, WNOHANG | (all ? __WALL : 0));
  if (pid > 0) noticed("a child was found that nobody made");
  else if (pid == 0 && !own_children) noticed("there is a child that nobody made");
  else if (pid < 0 && errno != ECHILD) noticed("waitpid gave -1 (%s)", error_name(errno));
  else if (pid < 0 && own_children) noticed("a child is gone");
}

static void check_all(void) {
  memory_check();
  descriptors_check();
  state_check();
  children_check(0);
}

/* Who is told, if it is not the process that was started: a thread or another process. */
static int subject;

/* Not by dprintf, which allocates: a thread that does so for the first time is given new mappings. */
static void say_ready(void) {
  char text[32];
  int length = subject ? snprintf(text, sizeof text, "ready %d\n", subject) : snprintf(text, sizeof text, "ready\n");
  if (write(1, text, length) != length) _exit(2);
}

static void rounds(const struct mode *mode, void (*ready)(void)) {
  volatile unsigned char canary[4096];
  for (size_t i = 0; i < sizeof canary; i++) canary[i] = i * 31 + 7;
  children_check(1);
  descriptors_prepare();
  state_prepare();
  check_all();
  ready();
  for (int round = 0; !ended(); round++) {
    mode->round(mode->name, 100 + round * 53 % 150);
    told->rounds++;
    check_all();
    for (size_t i = 0; i < sizeof canary; i++)
      if (canary[i] != (unsigned char)(i * 31 + 7)) noticed("the stack changed");
  }
}
