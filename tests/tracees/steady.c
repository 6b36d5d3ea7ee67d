/* Works, or waits, in one way, and notices whatever disturbs it: `steady MODE [N [ignore|nocldwait]]`.
 *
 * It says "ready" when it stands in its work, or "ready ID" if that is not done by the process that was started; goes on, in
 * rounds of at most 300 ms, until its input ends; says what it noticed, what it could not check and what it counted, each on
 * a line; and exits with 1 if it noticed anything, with 0 otherwise. What cannot be had where it runs is "unchecked", and a
 * mode that cannot be had waits in nanosleep instead. N is how many milliseconds later than asked for a wait may end. With
 * "ignore" it ignores SIGCHLD, with "nocldwait" its children do not become zombies. `steady list` names the modes. */
#define _GNU_SOURCE
/* Each is built upon those before it. */
#include "steady/notice.h"
#include "steady/clock.h"
#include "steady/signals.h"
#include "steady/memory.h"
#include "steady/descriptors.h"
#include "steady/state.h"
#include "steady/rounds.h"
#include "steady/partner.h"
#include "steady/timed.h"
#include "steady/ended.h"
#include "steady/queued.h"
#include "steady/children.h"
#include "steady/work.h"
#include "steady/registers.h"
#include "steady/restartable.h"
#include "steady/threads.h"
#include "steady/dispatch.h"
#include "steady/places.h"

static const struct mode modes[] = {
    /* Ends by itself. */
    {"nanosleep", 0, round_nanosleep, 0, here},
    {"clock_nanosleep", 0, round_clock_nanosleep, 0, here},
    {"poll", 0, round_poll, 0, here},
    {"ppoll", prepare_mask, round_ppoll, 0, here},
    {"select", 0, round_select, 0, here},
    {"pselect", prepare_mask, round_pselect, 0, here},
    {"epoll_wait", prepare_epoll, round_epoll_wait, 0, here},
    {"epoll_pwait", prepare_epoll, round_epoll_pwait, 0, here},
    {"sigtimedwait", prepare_sigtimedwait, round_sigtimedwait, 0, here},
    {"futex", 0, round_futex, 0, here},
    {"accept_timed", prepare_accept_timed, round_accept_timed, 0, here},
    {"recv_timed", prepare_recv_timed, round_recv_timed, 0, here},
    {"semtimedop", prepare_semtimedop, round_semtimedop, 0, here},
    {"io_getevents", prepare_io_getevents, round_io_getevents, 0, here},
    {"mq_timedreceive", prepare_mq, round_mq_timedreceive, 0, here},
    {"io_uring_enter", prepare_io_uring, round_io_uring_enter, 0, here},
    {"registers_asleep", prepare_registers, round_registers_asleep, 0, here},
    /* Is ended by another process. */
    {"futex_woken", prepare_futex_woken, round_futex_woken, 0, here},
    {"read", prepare_read, round_read, 0, here},
    {"inotify", prepare_inotify, round_inotify, 0, here},
    {"accept", prepare_accept, round_accept, 0, here},
    {"recv", prepare_recv, round_recv, 0, here},
    {"recvfrom", prepare_recvfrom, round_recv, 0, here},
    {"msgrcv", prepare_msgrcv, round_msgrcv, 0, here},
    {"flock", prepare_flock, round_flock, 0, here},
    {"setlkw", prepare_setlkw, round_setlkw, 0, here},
    {"sigwaitinfo", prepare_blocked, round_sigwaitinfo, 0, here},
    {"sigsuspend", prepare_blocked, round_sigsuspend, 0, here},
    {"pause", prepare_pause, round_pause, 0, here},
    {"signalfd", prepare_signalfd, round_signalfd, 0, here},
    {"wait4", prepare_child, round_wait4, 0, here},
    {"waitid", prepare_child, round_waitid, 0, here},
    /* Works. */
    {"spin", prepare_registers, round_spin, 0, here},
    {"sums", 0, round_sums, 0, here},
    {"busy_syscalls", 0, round_busy_syscalls, 0, here},
    {"signals", prepare_signals, round_signals, 0, here},
    {"syscall_dispatch", prepare_dispatch, round_dispatch, end_dispatch, here},
    {"threads", prepare_threads, round_threads, end_threads, here},
    {"rseq", prepare_rseq, round_rseq, end_rseq, here},
    /* Not in the process that was started, or not in its first thread. */
    {"leader_gone", 0, round_sums, 0, in_worker},
    {"leader_gone_asleep", 0, round_nanosleep, 0, in_worker},
    {"vfork_child", 0, round_sums, 0, in_vfork_child},
    {"vfork_child_asleep", 0, round_nanosleep, 0, in_vfork_child},
    {"group", 0, round_sums, 0, in_stopped_child},
};

enum { MODES = sizeof modes / sizeof *modes };

static const struct mode *find_mode(const char *name) {
  for (int i = 0; i < MODES; i++)
    if (!strcmp(modes[i].name, name)) return &modes[i];
  dprintf(2, "steady: no mode %s\n", name);
  exit(2);
}

int main(int argc, char **argv) {
  if (argc < 2) return 2;
  if (!strcmp(argv[1], "list")) {
    for (int i = 0; i < MODES; i++) puts(modes[i].name);
    return 0;
  }
  const struct mode *mode = find_mode(argv[1]);
  const char *children = argc > 3 ? argv[3] : "";
  if (argc > 2) allowance = atol(argv[2]);
  zombies = !*children;
  children_signals = !strcmp(children, "ignore") ? IGNORED : zombies ? HANDLED : NOT_WAITED;
  told_prepare();
  signals_prepare();
  memory_prepare();
  const char *why = mode->prepare ? mode->prepare() : 0;
  if (why) {
    unchecked("%s (%s)", mode->name, why);
    mode = modes;
  }
  mode->place(mode);
  finish(mode);
}
