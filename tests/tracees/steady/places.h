/* Where the rounds run: in the process that was started, in a thread whose leader is gone, in a child by vfork, or in a child
 * that is stopped and continued. */

static void finish(const struct mode *mode) {
  if (mode->end) mode->end();
  partner_stop();
  memory_check();
  children_check(1);
  _exit(report());
}

static void here(const struct mode *mode) { rounds(mode, say_ready); }

static pthread_t leader;

static void *without_leader(void *mode) {
  pthread_join(leader, 0);
  subject = gettid();
  rounds(mode, say_ready);
  finish(mode);
  return 0;
}

static void in_worker(const struct mode *mode) {
  pthread_t thread;
  leader = pthread_self();
  must("a thread", -pthread_create(&thread, 0, without_leader, (void *)mode));
  pthread_exit(0);
}

static void vforked_child_came(siginfo_t *info) {
  if (info->si_pid != subject || info->si_code != CLD_EXITED)
    noticed("SIGCHLD of process %d (code %d)", info->si_pid, info->si_code);
}

/* The child has the parent's memory, and its stack. */
static void in_vfork_child(const struct mode *mode) {
  int status = 0;
  wanted[SIGCHLD] = vforked_child_came;
  if (!vfork()) {
    subject = getpid();
    rounds(mode, say_ready);
    _exit(0);
  }
  int pid = waitpid(-1, &status, 0);
  if (zombies ? pid != subject || status : pid != -1 || errno != ECHILD)
    noticed("the child by vfork ended as process %d with %#x", pid, status);
}

/* The parent counts what it is told of a child that it stops and continues: each once, by a signal and by waitid. */
static struct { atomic_int ready, sent, came; } *stops;
static int stopped_child;

static void say_ready_to_parent(void) { stops->ready = 1; }

static void continued(siginfo_t *info) {
  if (info->si_pid != getppid()) noticed("SIGCONT of process %d", info->si_pid);
  stops->came++;
}

/* How long to wait for what should come at once, before it is said that it did not, in milliseconds: no less than a wait may be
 * late. Once something went wrong, more does. */
static long soon(void) { return told->noticed.count ? 100 : allowance > 3000 ? allowance : 3000; }

/* `code` is 0 if there should be nothing. */
static int check_told(int code) {
  sigset_t set;
  siginfo_t info = {0};
  long late = now() + soon() * MILLISECOND;
  struct timespec limit = interval(code && children_signals != IGNORED ? soon() : 0);
  do {
    info.si_pid = 0;
    if (waitid(P_PID, stopped_child, &info, WEXITED | WSTOPPED | WCONTINUED | WNOHANG)) noticed("waitid: %s", error_name(errno));
  } while (code && !info.si_pid && now() < late && (rest(1), 1));
  int told_of = info.si_pid ? info.si_code : 0;
  if (told_of != code) noticed("waitid told code %d (status %d) instead of %d", told_of, info.si_status, code);
  else if (code == CLD_STOPPED && info.si_status != SIGSTOP) noticed("the child was stopped by signal %d", info.si_status);
  sigemptyset(&set);
  sigaddset(&set, SIGCHLD);
  int number = sigtimedwait(&set, &info, &limit);
  if (children_signals == IGNORED) code = 0;
  if (code ? number != SIGCHLD || info.si_code != code : number >= 0)
    noticed("SIGCHLD told code %d instead of %d", number < 0 ? 0 : info.si_code, code);
  return told_of;
}

static void stop_and_continue(void) {
  kill(stopped_child, SIGSTOP);
  check_told(CLD_STOPPED);
  rest(100);
  check_told(0);
  stops->sent++;
  kill(stopped_child, SIGCONT);
  check_told(CLD_CONTINUED);
  long late = now() + soon() * MILLISECOND;
  while (stops->came != stops->sent && now() < late) rest(1);
  if (stops->came != stops->sent) noticed("of %d SIGCONT %d came", stops->sent, stops->came);
  /* What is too much or lost is told once. */
  stops->sent = stops->came;
  rest(60);
  check_told(0);
}

static void in_stopped_child(const struct mode *mode) {
  int control[2];
  stops = mmap(0, sizeof *stops, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  must("pipe", pipe2(control, O_CLOEXEC));
  wanted[SIGCONT] = continued;
  stopped_child = must("fork", fork());
  if (!stopped_child) {
    close(control[1]);
    input = control[0];
    rounds(mode, say_ready_to_parent);
    _exit(0);
  }
  close(control[0]);
  block(SIGCHLD, SIG_BLOCK);
  while (!stops->ready) rest(1);
  subject = stopped_child;
  say_ready();
  while (!ended()) stop_and_continue();
  close(control[1]);
  if (zombies) {
    /* It may still stand where somebody else stopped it. */
    if (check_told(CLD_EXITED) != CLD_EXITED) {
      kill(stopped_child, SIGKILL);
      waitpid(stopped_child, 0, 0);
    }
  } else if (waitpid(-1, 0, 0) != -1 || errno != ECHILD) noticed("a child became a zombie");
}
