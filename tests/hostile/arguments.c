// What the harness says: which secrets to look for, and which grants there are.
#include "hostile.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct arguments arguments = {
    .fd = -1, .host_pid = -1, .shm = -1, .sysv_queue = -1, .boot = -1, .append = -1, .read_fd = -1, .mounts = 1, .umask = 022,
};

struct option {
    const char *name;
    bool *flag;
    const char **text;
    long *number;
};

static const struct option options[] = {
    {"--inside", &arguments.inside, NULL, NULL},
    {"--list", &arguments.list, NULL, NULL},
    {"--tty", &arguments.tty, NULL, NULL},
    {"--groups-kept", &arguments.groups_kept, NULL, NULL},
    {"--root-writable-expected", &arguments.root_writable, NULL, NULL},
    {"--report-euid", &arguments.report_euid, NULL, NULL},
    {"--only", NULL, &arguments.only, NULL},
    {"--secret-env", NULL, &arguments.secret_env, NULL},
    {"--abstract", NULL, &arguments.abstract, NULL},
    {"--socket", NULL, &arguments.socket, NULL},
    {"--fifo", NULL, &arguments.fifo, NULL},
    {"--key", NULL, &arguments.key, NULL},
    {"--queue", NULL, &arguments.queue, NULL},
    {"--hostname", NULL, &arguments.hostname, NULL},
    {"--readonly-dir", NULL, &arguments.readonly_dir, NULL},
    {"--rw-dir", NULL, &arguments.rw_dir, NULL},
    {"--setuid-file", NULL, &arguments.setuid_file, NULL},
    {"--terminal", NULL, &arguments.terminal, NULL},
    {"--fd", NULL, NULL, &arguments.fd},
    {"--host-pid", NULL, NULL, &arguments.host_pid},
    {"--shm", NULL, NULL, &arguments.shm},
    {"--sysv-queue", NULL, NULL, &arguments.sysv_queue},
    {"--boot", NULL, NULL, &arguments.boot},
    {"--append", NULL, NULL, &arguments.append},
    {"--read-fd", NULL, NULL, &arguments.read_fd},
    {"--mounts", NULL, NULL, &arguments.mounts},
    {"--umask", NULL, NULL, &arguments.umask},
};

static void misused(const char *argument) {
    fprintf(stderr, "hostile: `%s` is not an argument, or lacks its value\n", argument);
    exit(2);
}

static const struct option *option_named(const char *name) {
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        if (strcmp(options[i].name, name) == 0) return &options[i];
    return NULL;
}

// Octal and hexadecimal numbers as in C.
static long number_of(const char *option, const char *text) {
    char *end;
    long number = strtol(text, &end, 0);
    if (!*text || *end) misused(option);
    return number;
}

void read_arguments(int count, char **values) {
    for (int i = 1; i < count; i++) {
        const struct option *option = option_named(values[i]);
        if (!option) misused(values[i]);
        if (option->flag) {
            *option->flag = true;
            continue;
        }
        if (++i == count) misused(option->name);
        if (option->text) *option->text = values[i];
        else *option->number = number_of(option->name, values[i]);
    }
}
