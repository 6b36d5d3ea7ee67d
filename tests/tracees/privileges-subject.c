// A process that becomes what its arguments say, one after the other, says "ready", and waits for its end.
#define _GNU_SOURCE
#include <err.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "become.h"

// The sets of the calling thread, changed: 'i' adds to the inheritable set, 'e' and 'p' take away.
static void change_set(char set, int number) {
    struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
    struct __user_cap_data_struct data[2];
    must(syscall(SYS_capget, &header, data), "capget");
    struct __user_cap_data_struct *half = &data[number / 32];
    unsigned bit = 1u << number % 32;
    if (set == 'i')
        half->inheritable |= bit;
    if (set == 'e' || set == 'p')
        half->effective &= ~bit;
    if (set == 'p')
        half->permitted &= ~bit;
    must(syscall(SYS_capset, &header, data), "capset");
}

static void filter(void) {
    struct sock_filter allow = { BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW };
    struct sock_fprog program = { 1, &allow };
    must(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program), "seccomp");
}

static void become(char *action);

static pthread_barrier_t done;

static void *in_thread(void *action) {
    become(action);
    pthread_barrier_wait(&done);
    pause();
    return NULL;
}

static void thread(char *action) {
    pthread_t thread;
    pthread_barrier_init(&done, NULL, 2);
    if (pthread_create(&thread, NULL, in_thread, action))
        errx(1, "pthread_create");
    pthread_barrier_wait(&done);
}

static void become(char *action) {
    char *value = strchr(action, '=');
    if (value)
        *value++ = 0;
    if (!strcmp(action, "no-new-privs"))
        must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs");
    else if (!strcmp(action, "filter"))
        filter();
    else if (!strcmp(action, "strict"))
        must(prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT), "strict");
    else if (!strcmp(action, "name"))
        must(prctl(PR_SET_NAME, value), "name");
    else if (!strcmp(action, "inherit"))
        change_set('i', atoi(value));
    else if (!strcmp(action, "permit-not"))
        change_set('p', atoi(value));
    else if (!strcmp(action, "effect-not"))
        change_set('e', atoi(value));
    else if (!strcmp(action, "ambient"))
        must(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, atoi(value), 0, 0), "ambient");
    else if (!strcmp(action, "bound-not"))
        must(prctl(PR_CAPBSET_DROP, atoi(value), 0, 0, 0), "bound");
    else if (!strcmp(action, "groups"))
        groups(value);
    else if (!strcmp(action, "gids"))
        ids(SYS_setresgid, SYS_setfsgid, value);
    else if (!strcmp(action, "uids"))
        ids(SYS_setresuid, SYS_setfsuid, value);
    else if (!strcmp(action, "unshare"))
        must(unshare(strtol(value, NULL, 0)), "unshare");
    else if (!strcmp(action, "thread"))
        thread(value);
    else
        errx(1, "%s?", action);
}

int main(int count, char **arguments) {
    // Nothing is left if a test fails.
    must(prctl(PR_SET_PDEATHSIG, SIGKILL), "death with the parent");
    // Strict mode leaves no other calls than these, so it comes last.
    int strict = count > 1 && !strcmp(arguments[count - 1], "strict");
    for (int i = 1; i < count - strict; i++)
        become(arguments[i]);
    if (strict) {
        static char byte;
        become("strict");
        must(syscall(SYS_write, 1, "ready\n", 6), "write");
        syscall(SYS_read, 0, &byte, 1);
        syscall(SYS_exit, 0);
    }
    must(write(1, "ready\n", 6), "write");
    for (;;)
        pause();
}
