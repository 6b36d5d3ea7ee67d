/* Syscall user dispatch: while the byte says so, every system call of the thread is handed to it as SIGSYS. Nearly all of a
 * round is spent so, in a loop, and so a call from elsewhere would be handed to it as well. */
#include <linux/prctl.h>

#ifdef __x86_64__
enum { NO_CALL = 5000, TURNS = 40 };

static volatile int dispatched, last_call;
static void call_came(siginfo_t *info) {
  if (info->si_code != 2) noticed("SIGSYS with code %d", info->si_code);
  last_call = info->si_syscall;
  dispatched++;
}

static const char *prepare_dispatch(void) {
  selector = 0;
  if (prctl(PR_SET_SYSCALL_USER_DISPATCH, PR_SYS_DISPATCH_ON, 0, 0, &selector)) return error_name(errno);
  wanted[SIGSYS] = call_came;
  return 0;
}

static void round_dispatch(const char *mode, long milliseconds) {
  (void)milliseconds;
  for (int i = 0; i < TURNS; i++) {
    int before = dispatched, call = NO_CALL + i;
    selector = 1;
    for (volatile int turn = 0; turn < 1000000; turn++);
    if (dispatched != before || selector != 1) noticed("%s: a call was handed over that nobody made", mode);
    long result = syscall(call);
    selector = 0;
    if (dispatched != before + 1) noticed("%s: a call was handed over %d times", mode, dispatched - before);
    else if (last_call != call || result != call) noticed("%s: call %d came as %d, with %ld", mode, call, last_call, result);
  }
}

static void end_dispatch(void) { prctl(PR_SET_SYSCALL_USER_DISPATCH, PR_SYS_DISPATCH_OFF, 0, 0, 0); }
#else
static const char *prepare_dispatch(void) { return "dispatch on this machine"; }
static void round_dispatch(const char *mode, long milliseconds) { (void)mode, rest(milliseconds); }
static void end_dispatch(void) {}
#endif
