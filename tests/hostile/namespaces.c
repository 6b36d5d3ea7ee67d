// Namespaces below the void's own: in a user namespace of its own making a program has every capability again.
#include "hostile.h"
#include <linux/sched.h>
#include <sched.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif

static long by_unshare(unsigned long flags) { return unshare((int)flags); }

static long by_clone(unsigned long flags) { return syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0); }

static long by_clone3(unsigned long flags) {
    struct clone_args arguments3 = {.flags = flags, .exit_signal = SIGCHLD};
    return syscall(SYS_clone3, &arguments3, sizeof arguments3);
}

// 0 if it succeeded, else the errno. In a process of its own, since a success cannot be undone.
static int outcome_of(long (*way)(unsigned long), unsigned long flags) {
    int status = 0;
    pid_t child = fork();
    if (child == -1) return EAGAIN;
    if (child == 0) {
        long result = way(flags);
        if (result > 0) waitpid((pid_t)result, NULL, 0);
        _exit(result == -1 ? errno : 0);
    }
    if (waitpid(child, &status, 0) != child) return EAGAIN;
    return WIFEXITED(status) ? WEXITSTATUS(status) : EPERM;
}

// With a user namespace in the same call no capability is needed.
static struct finding any_way(unsigned long kind) {
    const struct {
        const char *name;
        long (*way)(unsigned long);
    } ways[] = {{"unshare", by_unshare}, {"clone", by_clone}, {"clone3", by_clone3}};
    struct harvest harvest = {0};
    int last = 0;
    for (int i = 0; i < 3; i++) {
        // Its bit is one of clone's exit signal.
        if (kind == CLONE_NEWTIME && ways[i].way == by_clone) continue;
        if (!(last = outcome_of(ways[i].way, kind))) reap(&harvest, "%s", ways[i].name);
        if (kind != CLONE_NEWUSER && !outcome_of(ways[i].way, kind | CLONE_NEWUSER)) reap(&harvest, "%s with user", ways[i].name);
    }
    return harvest.count ? weigh(&harvest, "") : refused("unshare, clone, clone3, the last: %s", error_name(last));
}

struct finding nested_user(void) { return any_way(CLONE_NEWUSER); }
struct finding nested_mount(void) { return any_way(CLONE_NEWNS); }
struct finding nested_pid(void) { return any_way(CLONE_NEWPID); }
struct finding nested_network(void) { return any_way(CLONE_NEWNET); }
struct finding nested_ipc(void) { return any_way(CLONE_NEWIPC); }
struct finding nested_uts(void) { return any_way(CLONE_NEWUTS); }
struct finding nested_cgroup(void) { return any_way(CLONE_NEWCGROUP); }
struct finding nested_time(void) { return any_way(CLONE_NEWTIME); }

struct finding join_namespace(void) {
    long own = syscall(SYS_pidfd_open, getpid(), 0);
    if (own == -1) return unclear("pidfd_open: %s", error_name(errno));
    return judge("setns", setns((int)own, CLONE_NEWUTS));
}
