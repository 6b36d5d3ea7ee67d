// What the parts of the hostile program share: a probe, its finding, what was asked for, and what was there at the start.
#ifndef HOSTILE_H
#define HOSTILE_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

// How an attempt ended.
enum verdict { REFUSED, OPEN, UNCLEAR };

struct finding {
    enum verdict verdict;
    char note[240];
};

// Where an attempt may be made. What would change the machine when it succeeds is IN_A_VOID only.
enum place { ANYWHERE, IN_A_VOID };

struct probe {
    const char *name;
    struct finding (*attempt)(void);
    enum place place;
    // The process itself is the object, so that a copy of it will not do.
    bool itself;
    const char *promise;
};

// table.c: all probes, and how many they are.
extern const struct probe probes[];
extern const size_t probe_count;
#define PROBE(name, function, place, itself, promise) struct finding function(void);
#include "probes.def"
#undef PROBE

// finding.c
struct finding refused(const char *format, ...) __attribute__((format(printf, 1, 2)));
struct finding is_open(const char *format, ...) __attribute__((format(printf, 1, 2)));
struct finding unclear(const char *format, ...) __attribute__((format(printf, 1, 2)));
// An errno by its name.
const char *error_name(int error);
// Whether this errno says that it may not be done, rather than that it was done wrongly.
bool is_refusal(int error);
// For a call that checks permission first: whatever else it says after that, the way to it was open.
struct finding judge(const char *what, long result);
// For a call that finds nothing where there is nothing: every failure is a refusal.
struct finding judge_presence(const char *what, long result);
// Collects what was found; the finding is OPEN if that is anything.
struct harvest {
    int count;
    char text[200];
};
void reap(struct harvest *harvest, const char *format, ...) __attribute__((format(printf, 2, 3)));
struct finding weigh(const struct harvest *harvest, const char *when_nothing);

// run.c
struct finding run(const struct probe *probe);

// place.c: whether this process is certainly in namespaces of its own, and was told that it is.
bool may_act(void);
// Whether a process group or session is one that began in this pid namespace, with this program or its pid 1.
bool began_here(pid_t group);

// arguments.c: what to look for. A null pointer or -1 is "not given".
struct arguments {
    bool inside, list, tty, groups_kept, root_writable, report_euid;
    const char *only, *secret_env, *abstract, *socket, *fifo, *key, *queue, *hostname;
    const char *readonly_dir, *rw_dir, *setuid_file, *terminal;
    long fd, host_pid, shm, sysv_queue, boot, append, read_fd, mounts, umask;
};
extern struct arguments arguments;
void read_arguments(int count, char **values);

// start.c: what the program was started with. Much of it is changed by a fork, so it is looked at once, in main.
#define MOST_DESCRIPTORS 65536
struct start {
    pid_t pid;
    const char *program;
    char **environment;
    int descriptors[64];
    int descriptor_count;
    sigset_t mask, pending;
    unsigned char ignored[65];
    unsigned char handled[65];
    bool alternate_stack;
    int timers;
    unsigned umask;
    int personality, timer_slack;
    char directory[256];
};
extern struct start start;
void look_around(char **values, char **environment);

// files.c: the places where something might be written, from "/" on; ends with a null pointer.
const char *const *writable_places(void);
// grants.c: the path of the first plain file in a folder, or null.
const char *first_file_of(const char *folder);

#endif
