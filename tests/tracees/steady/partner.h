/* A process of its own making that ends a wait when it is asked to, after a while; it says in shared memory that it does,
 * just before. So a wait that ended by itself is told from one that was ended. */
static struct partnership {
  atomic_int asked, acted, done, finished, count;
  atomic_long acted_at;
} *partnership;

static int partner, partner_pipe[2] = {-1, -1}, self;
static void (*partner_end)(void);

enum { PARTNER_WAITS = 120 };

static void acts(int round) {
  partnership->acted_at = now();
  partnership->acted = round;
}

static void partner_work(void (*act)(int round)) {
  unsigned char byte;
  close(partner_pipe[1]);
  /* That the other end is closed is the end, also if the other process was killed. */
  for (long got; (got = read(partner_pipe[0], &byte, 1)) != 0;) {
    if (got < 0) continue;
    rest(PARTNER_WAITS);
    act(partnership->asked);
  }
  if (partner_end) partner_end();
  _exit(0);
}

static void known_child(siginfo_t *info) {
  if (info->si_pid != partner || info->si_code != CLD_EXITED)
    noticed("SIGCHLD of process %d (code %d)", info->si_pid, info->si_code);
}

/* `end` is done by the partner at its end, whatever became of the other process: it cleans up. */
static void partner_start(void (*act)(int round), void (*end)(void)) {
  partnership = mmap(0, sizeof *partnership, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  must("pipe", pipe2(partner_pipe, O_CLOEXEC));
  self = getpid();
  partner_end = end;
  partner = must("fork", fork());
  if (!partner) partner_work(act);
  close(partner_pipe[0]);
  told->children++;
  own_children++;
}

static void partner_stop(void) {
  int status = 0;
  if (!partner) return;
  wanted[SIGCHLD] = known_child;
  close(partner_pipe[1]);
  while (waitpid(partner, &status, 0) < 0 && errno == EINTR);
  if (status) noticed("the partner ended with %#x", status);
  own_children--;
}

static long asked_at;

static void partner_ask(void) {
  partnership->asked++;
  asked_at = now();
  if (write(partner_pipe[1], "", 1) != 1) noticed("writing to the partner gave -1 (%s)", error_name(errno));
}

/* A wait is over that the partner should have ended. */
static void partner_check(const char *what) {
  long at = now();
  if (partnership->acted != partnership->asked) {
    noticed("%s ended before its partner ended it", what);
    /* The next round begins anew. */
    while (partnership->acted != partnership->asked) rest(1);
  } else check_late(what, at - partnership->acted_at);
}
