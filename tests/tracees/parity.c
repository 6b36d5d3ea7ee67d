// A process that becomes what its arguments say, one after the other, tells what it may do and how it is, a line each, then
// "ready", and ends when nothing comes any more from where it reads. Without arguments it becomes nothing: so it is also a shell
// that is carried into another one, to be compared line by line.
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>
#include "become.h"

#ifndef PR_SET_MDWE
#define PR_SET_MDWE 65
#define PR_GET_MDWE 66
#endif

static void get_sets(struct __user_cap_data_struct *data) {
    struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
    must(syscall(SYS_capget, &header, data), "capget");
}

// 'i' adds to the inheritable set, 'e' and 'p' take away from the effective, and the permitted; -1 is all.
static void change_set(char set, int number) {
    struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
    struct __user_cap_data_struct data[2];
    get_sets(data);
    for (int half = 0; half < 2; half++) {
        unsigned bits = number < 0 ? ~0u : number / 32 == half ? 1u << number % 32 : 0;
        if (set == 'i')
            data[half].inheritable |= bits & data[half].permitted;
        if (set == 'E')
            data[half].effective |= bits & data[half].permitted;
        if (set == 'e' || set == 'p')
            data[half].effective &= ~bits;
        if (set == 'p')
            data[half].permitted &= ~bits;
    }
    must(syscall(SYS_capset, &header, data), "capset");
}

static int last_capability(void) {
    int number = 0;
    while (prctl(PR_CAPBSET_READ, number, 0, 0, 0) >= 0)
        number++;
    return number;
}

static void bound(char *which) {
    int count = last_capability();
    for (int number = 0; number < count; number++)
        if (!strcmp(which, "none") || (!strcmp(which, "half") && number % 2) || (atoi(which) == number && *which <= '9'))
            must(prctl(PR_CAPBSET_DROP, number, 0, 0, 0), "bound");
}

static const struct { const char *name; int number; } limits[] = {
    { "cpu", RLIMIT_CPU }, { "fsize", RLIMIT_FSIZE }, { "data", RLIMIT_DATA }, { "stack", RLIMIT_STACK },
    { "core", RLIMIT_CORE }, { "rss", RLIMIT_RSS }, { "nproc", RLIMIT_NPROC }, { "nofile", RLIMIT_NOFILE },
    { "memlock", RLIMIT_MEMLOCK }, { "as", RLIMIT_AS }, { "locks", RLIMIT_LOCKS }, { "sigpending", RLIMIT_SIGPENDING },
    { "msgqueue", RLIMIT_MSGQUEUE }, { "nice", RLIMIT_NICE }, { "rtprio", RLIMIT_RTPRIO }, { "rttime", RLIMIT_RTTIME },
};
#define LIMITS (sizeof limits / sizeof *limits)

static void limit(char *words) {
    char name[16];
    long long soft, hard;
    if (sscanf(words, "%15[a-z],%lld,%lld", name, &soft, &hard) != 3)
        errx(1, "a limit, soft, hard");
    for (size_t i = 0; i < LIMITS; i++)
        if (!strcmp(limits[i].name, name)) {
            struct rlimit wanted = { (rlim_t)soft, (rlim_t)hard };
            must(setrlimit(limits[i].number, &wanted), "setrlimit");
        }
}

// Calls of this number are answered with this errno; `kill` kills for them.
static void filter(char *words) {
    unsigned number, answer;
    if (sscanf(words, "%u,%u", &number, &answer) != 2)
        errx(1, "a call, an errno");
    struct sock_filter steps[] = {
        { BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, nr) },
        { BPF_JMP | BPF_JEQ | BPF_K, 0, 1, number },
        { BPF_RET | BPF_K, 0, 0, answer ? SECCOMP_RET_ERRNO | answer : SECCOMP_RET_KILL_PROCESS },
        { BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW },
    };
    struct sock_fprog program = { 4, steps };
    must(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program), "seccomp");
}

// Only read, write and exit are let: all else kills.
static void narrow(void) {
    struct sock_filter steps[] = {
        { BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, nr) },
        { BPF_JMP | BPF_JEQ | BPF_K, 3, 0, SYS_read },
        { BPF_JMP | BPF_JEQ | BPF_K, 2, 0, SYS_write },
        { BPF_JMP | BPF_JEQ | BPF_K, 1, 0, SYS_exit_group },
        { BPF_RET | BPF_K, 0, 0, SECCOMP_RET_KILL_PROCESS },
        { BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW },
    };
    struct sock_fprog program = { 6, steps };
    must(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program), "seccomp");
}

// Nothing may be read, written or executed any more but beneath a path, where it may be read.
static void landlock(char *path) {
    struct landlock_ruleset_attr all = { .handled_access_fs = 0x1fff };
    int ruleset = syscall(SYS_landlock_create_ruleset, &all, sizeof all.handled_access_fs, 0);
    must(ruleset, "landlock");
    struct landlock_path_beneath_attr beneath = { 0xc, open(path, O_PATH | O_CLOEXEC) };
    must(beneath.parent_fd, path);
    must(syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0), "landlock");
    must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs");
    must(syscall(SYS_landlock_restrict_self, ruleset, 0), "landlock");
    close(ruleset);
    close(beneath.parent_fd);
}

static void write_to(const char *path, const char *words) {
    int file = open(path, O_WRONLY | O_CLOEXEC);
    must(file, path);
    must(write(file, words, strlen(words)), path);
    close(file);
}

// A user namespace in which we have this id.
static void user_namespace(char *id) {
    char words[64];
    unsigned uid = geteuid(), gid = getegid();
    must(unshare(CLONE_NEWUSER), "unshare");
    write_to("/proc/self/setgroups", "deny");
    snprintf(words, sizeof words, "%s %u 1", id, uid);
    write_to("/proc/self/uid_map", words);
    snprintf(words, sizeof words, "%s %u 1", id, gid);
    write_to("/proc/self/gid_map", words);
}

// 'path', opened with these flags, has this number, and this position.
static void open_as(char *words) {
    char path[128];
    int number, flags, position;
    if (sscanf(words, "%d,%i,%d,%127s", &number, &flags, &position, path) != 4)
        errx(1, "a number, flags, a position, a path");
    int file = open(path, flags, 0600);
    must(file, path);
    if (position)
        must(lseek(file, position, SEEK_SET), path);
    if (file != number) {
        must(dup3(file, number, flags & O_CLOEXEC), "dup3");
        close(file);
    }
}

static void become(char *action) {
    char *value = strchr(action, '=');
    if (value)
        *value++ = 0;
#define IS(name) (!strcmp(action, name))
    if IS("no-new-privs")
        must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs");
    else if IS("filter")
        filter(value);
    else if IS("narrow")
        narrow();
    else if IS("landlock")
        landlock(value);
    else if IS("inherit")
        change_set('i', atoi(value));
    else if IS("effect")
        change_set('E', atoi(value));
    else if IS("permit-not")
        change_set('p', atoi(value));
    else if IS("effect-not")
        change_set('e', atoi(value));
    else if IS("ambient")
        must(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, atoi(value), 0, 0), "ambient");
    else if IS("bound")
        bound(value);
    else if IS("securebits")
        must(prctl(PR_SET_SECUREBITS, strtol(value, NULL, 0), 0, 0, 0), "securebits");
    else if IS("groups")
        groups(value);
    else if IS("gids")
        ids(SYS_setresgid, SYS_setfsgid, value);
    else if IS("uids")
        ids(SYS_setresuid, SYS_setfsuid, value);
    else if IS("dumpable")
        must(prctl(PR_SET_DUMPABLE, atoi(value), 0, 0, 0), "dumpable");
    else if IS("limit")
        limit(value);
    else if IS("umask")
        umask(strtol(value, NULL, 8));
    else if IS("chdir")
        must(chdir(value), value);
    else if IS("chroot")
        must(chroot(value), value);
    else if IS("nice")
        must(setpriority(PRIO_PROCESS, 0, atoi(value)), "nice");
    else if IS("batch") {
        struct sched_param none = { 0 };
        must(sched_setscheduler(0, SCHED_BATCH, &none), "batch");
    } else if IS("affinity") {
        cpu_set_t set;
        CPU_ZERO(&set);
        CPU_SET(atoi(value), &set);
        must(sched_setaffinity(0, sizeof set, &set), "affinity");
    } else if IS("oom")
        write_to("/proc/self/oom_score_adj", value);
    else if IS("slack")
        must(prctl(PR_SET_TIMERSLACK, atol(value), 0, 0, 0), "slack");
    else if IS("personality")
        must(personality(strtoul(value, NULL, 0)), "personality");
    else if IS("thp")
        must(prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0), "thp");
    else if IS("mdwe")
        must(prctl(PR_SET_MDWE, 1, 0, 0, 0), "mdwe");
    else if IS("user-namespace")
        user_namespace(value);
    else if IS("unshare")
        must(unshare(strtol(value, NULL, 0)), "unshare");
    else if IS("open")
        open_as(value);
    else if IS("fill")
        for (int number = 0; number < atoi(value); number++)
            must(open("/dev/null", O_RDONLY | (number % 2 ? O_CLOEXEC : 0)), "fill");
    else if IS("close")
        close(atoi(value));
    else if IS("ignore")
        signal(atoi(value), SIG_IGN);
    else if IS("pending-pid") // The next child is the first of a pid namespace.
        must(unshare(CLONE_NEWPID), "unshare");
    else if IS("fork") { // The child goes on.
        pid_t child = fork();
        must(child, "fork");
        if (child) {
            int status;
            waitpid(child, &status, 0);
            _exit(0);
        }
        must(prctl(PR_SET_PDEATHSIG, SIGKILL), "death with the parent");
    } else
        errx(1, "%s?", action);
}

static char told[1 << 18];
static size_t length;
#define SAY(...) length += snprintf(told + length, sizeof told - length, __VA_ARGS__)

static void say_ids(void) {
    uid_t u[3];
    gid_t g[3], groups[64];
    getresuid(&u[0], &u[1], &u[2]);
    getresgid(&g[0], &g[1], &g[2]);
    SAY("uids: %d %d %d %d\n", u[0], u[1], u[2], setfsuid(-1));
    SAY("gids: %d %d %d %d\n", g[0], g[1], g[2], setfsgid(-1));
    SAY("groups:");
    int count = getgroups(64, groups);
    for (int i = 0; i < count; i++)
        SAY(" %d", groups[i]);
    SAY("\n");
}

static void say_capabilities(void) {
    struct __user_cap_data_struct data[2];
    get_sets(data);
    SAY("capabilities: e %08x%08x p %08x%08x i %08x%08x\n", data[1].effective, data[0].effective, data[1].permitted,
        data[0].permitted, data[1].inheritable, data[0].inheritable);
    SAY("bounding:");
    for (int number = 0; number < last_capability(); number++)
        if (prctl(PR_CAPBSET_READ, number, 0, 0, 0) == 1)
            SAY(" %d", number);
    SAY("\nambient:");
    for (int number = 0; number < last_capability(); number++)
        if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, number, 0, 0) == 1)
            SAY(" %d", number);
    SAY("\nsecurebits: %#x\n", prctl(PR_GET_SECUREBITS));
    SAY("keep capabilities: %d\n", prctl(PR_GET_KEEPCAPS));
}

static void say_modes(void) {
    SAY("dumpable: %d\n", prctl(PR_GET_DUMPABLE));
    SAY("no_new_privs: %d\n", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
    SAY("timer slack: %d\n", prctl(PR_GET_TIMERSLACK));
    SAY("thp disabled: %d\n", prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0));
    SAY("mdwe: %d\n", prctl(PR_GET_MDWE, 0, 0, 0, 0));
    SAY("personality: %#lx\n", syscall(SYS_personality, 0xffffffff));
    errno = 0;
    SAY("priority: %ld\n", syscall(SYS_getpriority, PRIO_PROCESS, 0));
    SAY("policy: %d\n", sched_getscheduler(0));
    cpu_set_t set;
    CPU_ZERO(&set);
    sched_getaffinity(0, sizeof set, &set);
    SAY("affinity:");
    for (int cpu = 0; cpu < 64; cpu++)
        if (CPU_ISSET(cpu, &set))
            SAY(" %d", cpu);
    mode_t mask = umask(0);
    umask(mask);
    SAY("\numask: %o\n", mask);
    char adjustment[16] = "?";
    int file = open("/proc/self/oom_score_adj", O_RDONLY | O_CLOEXEC);
    if (file >= 0 && read(file, adjustment, sizeof adjustment - 1) < 0)
        adjustment[0] = '!';
    close(file);
    SAY("oom: %s\n", adjustment);
}

static void say_limits(void) {
    for (size_t i = 0; i < LIMITS; i++) {
        struct rlimit limit = { 0, 0 };
        getrlimit(limits[i].number, &limit);
        SAY("limit %s: %lld %lld\n", limits[i].name, (long long)limit.rlim_cur, (long long)limit.rlim_max);
    }
}

static void say_places(void) {
    struct stat at;
    char path[512];
    SAY("root: %d", stat("/", &at));
    SAY(" %lx:%lx\n", at.st_dev, at.st_ino);
    SAY("directory: %d", stat(".", &at));
    SAY(" %lx:%lx %s\n", at.st_dev, at.st_ino, syscall(SYS_getcwd, path, sizeof path) < 0 ? "?" : path);
    struct utsname name;
    uname(&name);
    SAY("host: %s\n", name.nodename);
}

// What is let, by its errno.
static void say_acts(void) {
    static const char *const files[] = { "/etc/passwd", "/etc/shadow", "/root", "/proc/1/environ", "/bin/sh" };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        int file = open(files[i], O_RDONLY | O_CLOEXEC);
        SAY("open %s: %s\n", files[i], file < 0 ? strerrorname_np(errno) : "let");
        close(file);
    }
    SAY("execute: %s\n", access("/bin/sh", X_OK) ? strerrorname_np(errno) : "let");
    int made = socket(AF_INET, SOCK_STREAM, 0);
    SAY("socket: %s\n", made < 0 ? strerrorname_np(errno) : "let");
    close(made);
    SAY("getppid: %s\n", syscall(SYS_getppid) < 0 ? strerrorname_np(errno) : "let");
    SAY("setuid 0: %s\n", syscall(SYS_setuid, -1) < 0 ? strerrorname_np(errno) : "let");
    SAY("sysinfo: %s\n", syscall(SYS_sysinfo, told + length + 512) < 0 ? strerrorname_np(errno) : "let");
    SAY("hostname: %s\n", syscall(SYS_sethostname, "x", -1) ? strerrorname_np(errno) : "let");
    void *map = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    SAY("map: %s\n", map == MAP_FAILED ? strerrorname_np(errno) : "let");
}

// The number by which a descriptor of the process is open in the shell.
static int here(int number) {
    char name[32];
    snprintf(name, sizeof name, "FORKTOP_FD%d", number);
    const char *other = getenv(name);
    return other ? atoi(other) : -1;
}

// The number by which the shell has itself open, where it cannot execute itself by a path.
static int itself(void) {
    const char *number = getenv("FORKTOP_SHELL");
    return number ? atoi(number) : -1;
}

static void say_descriptor(int number, int at) {
    int flags = fcntl(at, F_GETFD);
    struct stat is;
    if (flags < 0 || fstat(at, &is))
        return;
    SAY("descriptor %d: %lx:%lx %d %#x %ld\n", number, is.st_dev, is.st_ino, flags, fcntl(at, F_GETFL),
        (long)lseek(at, 0, SEEK_CUR));
}

static void say_descriptors(int is_shell) {
    for (int number = 0; number < 3; number++)
        say_descriptor(number, is_shell ? here(number) : number);
    for (int number = 3; number < 2048; number++)
        if (!is_shell || (number != here(0) && number != here(1) && number != here(2) && number != itself()))
            say_descriptor(number, number);
}

int main(int count, char **arguments) {
    int is_shell = count < 2;
    // Where it says it, and where it waits for its end, whatever becomes of 0, 1 and 2.
    int out = 1, in = 0;
    if (!is_shell)
        // Nothing is left if a test fails. In a void it is not let, and that ends with its launcher.
        prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (int i = 1; i < count; i++) {
        if (!strcmp(arguments[i], "narrow"))
            must(write(out, "ready\n", 6), "write");
        if (!strncmp(arguments[i], "streams=", 8)) {
            out = atoi(arguments[i] + 8);
            in = out + 1;
            continue;
        }
        become(arguments[i]);
        if (!strcmp(arguments[i], "narrow"))
            for (;;)
                if (read(in, told, 1) <= 0)
                    _exit(0);
    }
    say_ids();
    say_capabilities();
    say_modes();
    say_limits();
    say_places();
    say_acts();
    say_descriptors(is_shell);
    SAY("ready\n");
    for (size_t written = 0; written < length;) {
        ssize_t more = write(out, told + written, length - written);
        if (more < 0)
            _exit(3);
        written += more;
    }
    while (read(in, told, 64) > 0)
        ;
    _exit(0);
}
