/* Waits for a child of the round's own, which sleeps and exits with the number of the round. */

static int child, child_rounds;
static atomic_long *child_ended;

static void round_child_came(siginfo_t *info) {
  if (info->si_pid != child || info->si_code != CLD_EXITED)
    noticed("SIGCHLD of process %d (code %d)", info->si_pid, info->si_code);
}

/* A child that ends while its parent is stopped, by whomever, leaves a signal besides itself; with a handler that does not make
 * calls begin again the wait would end with EINTR instead of the child. So it does here. */
static const char *prepare_child(void) {
  struct sigaction action;
  sigaction(SIGCHLD, 0, &action);
  action.sa_flags |= SA_RESTART;
  sigaction(SIGCHLD, &action, 0);
  child_ended = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  wanted[SIGCHLD] = round_child_came;
  return 0;
}

static int child_code(void) { return 1 + child_rounds % 100; }

/* SIGCHLD is held off until its number is known. */
static void make_child(long milliseconds) {
  block(SIGCHLD, SIG_BLOCK);
  child_rounds++;
  *child_ended = 0;
  child = must("fork", fork());
  if (!child) {
    rest(milliseconds);
    *child_ended = now();
    _exit(child_code());
  }
  told->children++;
  own_children++;
  block(SIGCHLD, SIG_UNBLOCK);
}

/* Where children do not become zombies, a wait ends with ECHILD when the last is gone. */
static void check_child(const char *mode, long result, int error, long wanted) {
  if (!*child_ended) {
    noticed("%s ended before the child", mode);
    while (waitpid(child, 0, 0) == -1 && errno == EINTR);
  } else check_late(mode, now() - *child_ended);
  own_children--;
  check_result(mode, result, error, zombies ? wanted : -1, ECHILD);
}

static void round_wait4(const char *mode, long milliseconds) {
  int status = 0;
  make_child(milliseconds);
  long result = wait4(-1, &status, 0, 0);
  check_child(mode, result, errno, child);
  if (zombies && (!WIFEXITED(status) || WEXITSTATUS(status) != child_code())) noticed("%s gave the status %#x", mode, status);
}

static void round_waitid(const char *mode, long milliseconds) {
  siginfo_t info = {0};
  make_child(milliseconds);
  long result = waitid(P_PID, child, &info, WEXITED);
  check_child(mode, result, errno, 0);
  if (zombies && (info.si_pid != child || info.si_status != child_code() || info.si_code != CLD_EXITED))
    noticed("%s gave process %d, status %d", mode, info.si_pid, info.si_status);
}
