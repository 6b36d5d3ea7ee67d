/* Every signal has a handler, which does not make calls begin again: one that nobody expects is told, and also interrupts. */
#include <signal.h>
#include <stdint.h>
#include <sys/syscall.h>

/* What a mode does about signals that it expects, by their number. */
static void (*wanted[65])(siginfo_t *);

/* The byte by which a thread says whether its calls are to be dispatched to it (see dispatch.h). */
static volatile char selector;

static void take(int number, siginfo_t *info, void *context) {
  int error = errno;
  (void)context;
  /* The return from a handler is a system call. */
  selector = 0;
  if (wanted[number]) {
    told->signals++;
    wanted[number](info);
  } else {
    noticed("signal %d (code %d, of process %d)", number, info->si_code, info->si_code <= 0 ? info->si_pid : 0);
    /* A fault would come again for ever. */
    if (info->si_code > 0 && (number == SIGSEGV || number == SIGBUS || number == SIGILL || number == SIGFPE || number == SIGTRAP))
      _exit(report());
  }
  errno = error;
}

/* What is done about SIGCHLD: if it is ignored, or so asked for, children do not become zombies. */
static enum { HANDLED, IGNORED, NOT_WAITED } children_signals;
static int zombies = 1;

static void signals_prepare(void) {
  struct sigaction action = {.sa_sigaction = take, .sa_flags = SA_SIGINFO};
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, 0);
  sigfillset(&action.sa_mask);
  /* The C library keeps 32 and 33 for itself, and refuses. */
  for (int number = 1; number <= 64; number++) sigaction(number, &action, 0);
  action.sa_flags |= SA_NOCLDWAIT;
  if (children_signals == NOT_WAITED) sigaction(SIGCHLD, &action, 0);
  if (children_signals == IGNORED) signal(SIGCHLD, SIG_IGN);
  static char stack[16384];
  sigaltstack(&(stack_t){.ss_sp = stack, .ss_size = sizeof stack}, 0);
}

static void block(int number, int how) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, number);
  pthread_sigmask(how, &set, 0);
}
