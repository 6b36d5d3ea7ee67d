// What a process inherits without a word: variables, mask, folder, personality, slack.
#include "hostile.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct finding environment_variables(void) {
    struct harvest harvest = {0};
    for (char **variable = start.environment; *variable; variable++)
        reap(&harvest, "%.*s", (int)strcspn(*variable, "="), *variable);
    return weigh(&harvest, "no variable");
}

struct finding secret_variable(void) {
    if (!arguments.secret_env) return unclear("no --secret-env");
    const char *value = getenv(arguments.secret_env);
    return value ? is_open("%s has %zu bytes", arguments.secret_env, strlen(value)) : refused("%s is not set", arguments.secret_env);
}

struct finding file_mode_mask(void) {
    if (start.umask == (unsigned)arguments.umask) return refused("%03o", start.umask);
    return is_open("%03o", start.umask);
}

struct finding start_directory(void) {
    if (strcmp(start.directory, "/")) return is_open("started in %s", start.directory);
    return refused("started in /");
}

// A folder outside the root, as chroot(2) leaves it, has a parent that is the launcher's.
struct finding parent_of_the_start_directory(void) {
    return judge_presence("etc/passwd above the start folder", open("../../../../../../../../../../../../etc/passwd", O_RDONLY));
}

struct finding inherited_personality(void) {
    return start.personality == 0 ? refused("0") : is_open("%#x", (unsigned)start.personality);
}

struct finding inherited_timer_slack(void) {
    return start.timer_slack == 50000 ? refused("50000 ns") : is_open("%d ns", start.timer_slack);
}
