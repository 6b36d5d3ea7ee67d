// What the launcher left open, and where it leads.
#include "hostile.h"
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static bool is_granted(int fd) { return fd <= 2 || fd == arguments.append || fd == arguments.read_fd; }

struct finding beyond_the_streams(void) {
    struct harvest harvest = {0};
    for (int i = 0; i < start.descriptor_count; i++)
        if (!is_granted(start.descriptors[i])) reap(&harvest, "%d", start.descriptors[i]);
    return weigh(&harvest, "every fcntl from 3 to 65535: EBADF");
}

// The launcher's own list, if /proc is there: it also shows numbers above those that are tried one by one.
struct finding descriptors_in_proc(void) {
    struct harvest harvest = {0};
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/fd", start.pid);
    DIR *folder = opendir(path);
    if (!folder) return refused("%s: %s", path, error_name(errno));
    for (struct dirent *entry; (entry = readdir(folder));) {
        int fd = atoi(entry->d_name);
        // Of the program itself: the pipe on which the finding will be read.
        bool of_the_start = false;
        for (int i = 0; i < start.descriptor_count; i++) of_the_start |= start.descriptors[i] == fd;
        bool above = fd >= MOST_DESCRIPTORS;
        if (entry->d_name[0] != '.' && !is_granted(fd) && (of_the_start || above)) reap(&harvest, "%d", fd);
    }
    closedir(folder);
    return weigh(&harvest, "none but the granted ones");
}

struct finding descriptor_of_the_launcher(void) {
    struct stat status;
    if (arguments.fd == -1) return unclear("no --fd");
    for (int i = 0; i < start.descriptor_count; i++)
        if (start.descriptors[i] == arguments.fd && fstat((int)arguments.fd, &status) == 0)
            return is_open("%ld is open: inode %lu", arguments.fd, (unsigned long)status.st_ino);
    return refused("%ld is not open", arguments.fd);
}

struct finding folders_among_descriptors(void) {
    struct harvest harvest = {0};
    for (int i = 0; i < start.descriptor_count; i++) {
        int fd = start.descriptors[i];
        if (openat(fd, "etc/passwd", O_RDONLY) != -1) reap(&harvest, "%d/etc/passwd", fd);
        if (openat(fd, "../../../../../../../../etc/passwd", O_RDONLY) != -1) reap(&harvest, "%d/../etc/passwd", fd);
        if (fchdir(fd) == 0 && open("../../../../../../../../etc/passwd", O_RDONLY) != -1) reap(&harvest, "fchdir(%d)", fd);
    }
    return weigh(&harvest, "none leads to a folder");
}

struct finding standard_input(void) {
    struct stat status;
    if (arguments.tty) return unclear("a terminal is granted");
    if (fstat(0, &status)) return refused("standard input is closed");
    if (S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 3)) return refused("standard input is the null device");
    return is_open("standard input is inode %lu of device %lx", (unsigned long)status.st_ino, (unsigned long)status.st_dev);
}
