// What programs share that become what their arguments say.
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static void must(long result, const char *what) {
    if (result < 0)
        err(1, "%s", what);
}

static void groups(char *list) {
    gid_t groups[8];
    int count = 0;
    for (char *word = strtok(list, ","); word && count < 8; word = strtok(NULL, ","))
        groups[count++] = atoi(word);
    must(syscall(SYS_setgroups, count, groups), "setgroups");
}

// By the system calls, which, unlike the library's functions, are about the calling thread alone.
static void ids(long set, long set_fs, char *list) {
    unsigned real, effective, saved, filesystem;
    if (sscanf(list, "%u,%u,%u,%u", &real, &effective, &saved, &filesystem) != 4)
        errx(1, "four ids");
    must(syscall(set, real, effective, saved), "setres?id");
    syscall(set_fs, filesystem);
}
