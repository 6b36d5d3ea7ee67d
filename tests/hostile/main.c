// The hostile program: run inside a void, it tries every way out, and says of each what the kernel answered.
#include "hostile.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const words[] = {[REFUSED] = "refused", [OPEN] = "OPEN", [UNCLEAR] = "unclear"};

static bool chosen(const struct probe *probe) { return !arguments.only || strcmp(arguments.only, probe->name) == 0; }

static void list(void) {
    for (size_t i = 0; i < probe_count; i++)
        if (chosen(&probes[i])) printf("%s: %s\n", probes[i].name, probes[i].promise);
}

static int attempt_all(void) {
    int counts[3] = {0};
    for (size_t i = 0; i < probe_count; i++) {
        if (!chosen(&probes[i])) continue;
        struct finding finding = run(&probes[i]);
        counts[finding.verdict]++;
        printf("%s %s: %s\n", words[finding.verdict], probes[i].name, finding.note);
        // A probe that ends the whole program must not take the lines before it along.
        fflush(stdout);
    }
    printf("%d refused, %d open, %d unclear\n", counts[REFUSED], counts[OPEN], counts[UNCLEAR]);
    return arguments.only && !(counts[REFUSED] + counts[OPEN] + counts[UNCLEAR]) ? 2 : 0;
}

int main(int count, char **values, char **environment) {
    look_around(values, environment);
    read_arguments(count, values);
    if (arguments.report_euid) return geteuid() == getuid() ? 0 : 42;
    if (arguments.list) {
        list();
        return 0;
    }
    int outcome = attempt_all();
    return fflush(stdout) ? 1 : outcome;
}
