// Asks the kernel what becomes of system calls under seccomp filters. Says where its calls come from, and then, for each
// case that it reads, what became of each call, a line each. A case is numbers: how many filters, each as how many
// instructions and four numbers for each, the oldest first; how many calls, each as its number and six arguments. The
// calls have to be such as return a positive number, and the filters have to let all others through.
#define _GNU_SOURCE
#include <err.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST 8

static struct sock_filter instructions[MOST][4200];
static struct sock_fprog filters[MOST];
static unsigned filter_count;

// What became of a call, told by the thread that made it or by those that are left.
static struct {
    const char *what;
    long value;
} *outcome;

static void must(long result, const char *what) {
    if (result < 0)
        err(1, "%s", what);
}

static void end(const char *what, long value) {
    outcome->what = what;
    outcome->value = value;
    _exit(0);
}

extern const char behind_the_call[];

#if defined(__x86_64__)
__attribute__((noinline, noclone)) static long call(const unsigned long *words) {
    long result = (long)words[0];
    register unsigned long r10 asm("r10") = words[4], r8 asm("r8") = words[5], r9 asm("r9") = words[6];
    asm volatile("syscall\n.globl behind_the_call\nbehind_the_call:"
                 : "+a"(result)
                 : "D"(words[1]), "S"(words[2]), "d"(words[3]), "r"(r10), "r"(r8), "r"(r9)
                 : "rcx", "r11", "memory");
    return result;
}
#elif defined(__aarch64__)
__attribute__((noinline, noclone)) static long call(const unsigned long *words) {
    register unsigned long x8 asm("x8") = words[0], x0 asm("x0") = words[1], x1 asm("x1") = words[2];
    register unsigned long x2 asm("x2") = words[3], x3 asm("x3") = words[4], x4 asm("x4") = words[5];
    register unsigned long x5 asm("x5") = words[6];
    asm volatile("svc #0\n.globl behind_the_call\nbehind_the_call:"
                 : "+r"(x0)
                 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
                 : "memory");
    return (long)x0;
}
#endif

static void trapped(int signal, siginfo_t *info, void *context) {
    (void)signal, (void)context;
    end("trap", info->si_errno);
}

static pid_t caller;

// Outlives the thread that calls, if only that is killed: the kernel then clears its number.
static void *watch(void *unused) {
    pid_t alive;
    while ((alive = __atomic_load_n(&caller, __ATOMIC_SEQ_CST)))
        syscall(SYS_futex, &caller, FUTEX_WAIT, alive, NULL, NULL, 0);
    end("thread killed", 0);
    return unused;
}

static void be_judged(const unsigned long *words) {
    struct sigaction action = { .sa_sigaction = trapped, .sa_flags = SA_SIGINFO };
    must(sigaction(SIGSYS, &action, NULL), "sigaction");
    caller = (pid_t)syscall(SYS_set_tid_address, &caller);
    pthread_t watcher;
    if (pthread_create(&watcher, NULL, watch, NULL))
        errx(1, "pthread_create");
    must(ptrace(PTRACE_TRACEME, 0, 0, 0), "ptrace");
    must(raise(SIGSTOP), "raise");
    must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl");
    for (unsigned i = 0; i < filter_count; i++)
        if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filters[i]))
            end("refused", i);
    long result = call(words);
    if (result > 0)
        end("carried out", 0);
    end("errno", -result);
}

// Lets it go on from a stop; a filter that asks its tracer has said what it had to.
static void resume(pid_t child, int status) {
    long signal = WSTOPSIG(status);
    if (status >> 8 == (SIGTRAP | PTRACE_EVENT_SECCOMP << 8)) {
        unsigned long data;
        must(ptrace(PTRACE_GETEVENTMSG, child, 0, &data), "the message");
        outcome->what = "trace";
        outcome->value = (long)data;
        must(kill(child, SIGKILL), "kill");
        return;
    }
    if (signal == SIGSTOP) {
        must(ptrace(PTRACE_SETOPTIONS, child, 0, PTRACE_O_TRACESECCOMP | PTRACE_O_EXITKILL), "options");
        signal = 0;
    }
    must(ptrace(PTRACE_CONT, child, 0, signal), "continue");
}

static void judge(const unsigned long *words) {
    outcome->what = NULL;
    pid_t child = fork();
    must(child, "fork");
    if (child == 0)
        be_judged(words);
    int status;
    must(waitpid(child, &status, __WALL), "wait");
    while (WIFSTOPPED(status)) {
        resume(child, status);
        must(waitpid(child, &status, __WALL), "wait");
    }
    if (outcome->what)
        printf("%s %ld\n", outcome->what, outcome->value);
    else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
        printf("process killed 0\n");
    else
        errx(1, "ended with status %#x", status);
}

static unsigned long number(void) {
    unsigned long number;
    if (scanf("%lu", &number) != 1)
        errx(1, "no number");
    return number;
}

static void read_filter(unsigned index) {
    struct sock_filter *filter = instructions[index];
    filters[index].len = (unsigned short)number();
    filters[index].filter = filter;
    for (unsigned i = 0; i < filters[index].len; i++) {
        filter[i].code = (unsigned short)number();
        filter[i].jt = (unsigned char)number();
        filter[i].jf = (unsigned char)number();
        filter[i].k = (unsigned)number();
    }
}

int main(void) {
    outcome = mmap(NULL, sizeof *outcome, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (outcome == MAP_FAILED)
        err(1, "mmap");
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("%lu\n", (unsigned long)behind_the_call);
    while (scanf("%u", &filter_count) == 1) {
        for (unsigned i = 0; i < filter_count; i++)
            read_filter(i);
        for (unsigned long calls = number(); calls > 0; calls--) {
            unsigned long words[7];
            for (int i = 0; i < 7; i++)
                words[i] = number();
            judge(words);
        }
    }
    return 0;
}
