// What the program was started with, before it has done anything itself.
#include "hostile.h"
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

struct start start;

static void look_at_descriptors(void) {
    const int most = sizeof start.descriptors / sizeof *start.descriptors;
    for (int fd = 0; fd < MOST_DESCRIPTORS && start.descriptor_count < most; fd++)
        if (fcntl(fd, F_GETFD) != -1) start.descriptors[start.descriptor_count++] = fd;
}

// The kernel's own structure: the C library hides the two signals that it uses itself.
struct kernel_action {
    void (*handler)(int);
    unsigned long flags;
    void (*restorer)(void);
    unsigned long mask;
};

static void look_at_signals(void) {
    stack_t stack;
    sigprocmask(SIG_SETMASK, NULL, &start.mask);
    sigpending(&start.pending);
    for (int signal = 1; signal <= 64; signal++) {
        struct kernel_action action = {0};
        if (syscall(SYS_rt_sigaction, signal, NULL, &action, sizeof action.mask)) continue;
        start.ignored[signal] = action.handler == SIG_IGN;
        start.handled[signal] = action.handler != SIG_IGN && action.handler != SIG_DFL;
    }
    start.alternate_stack = sigaltstack(NULL, &stack) == 0 && !(stack.ss_flags & SS_DISABLE);
}

static void look_at_timers(void) {
    const int kinds[] = {ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF};
    for (int i = 0; i < 3; i++) {
        struct itimerval timer = {0};
        if (getitimer(kinds[i], &timer) == 0 && (timer.it_value.tv_sec || timer.it_value.tv_usec)) start.timers++;
        memset(&timer, 0, sizeof timer);
        // Or it ends this program before its report.
        setitimer(kinds[i], &timer, NULL);
    }
}

void look_around(char **values, char **environment) {
    start.pid = getpid();
    start.program = values[0];
    start.environment = environment;
    look_at_descriptors();
    look_at_signals();
    look_at_timers();
    start.umask = umask(022);
    start.personality = personality(0xffffffff);
    start.timer_slack = prctl(PR_GET_TIMERSLACK);
    if (!getcwd(start.directory, sizeof start.directory)) snprintf(start.directory, sizeof start.directory, "(unreachable)");
}
