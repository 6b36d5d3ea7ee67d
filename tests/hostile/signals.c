// What is inherited of signals: blocked, ignored, pending, handled, and what will send one.
#include "hostile.h"

static struct finding members(const sigset_t *set, const char *when_none) {
    struct harvest harvest = {0};
    for (int signal = 1; signal <= 64; signal++)
        if (sigismember(set, signal) == 1) reap(&harvest, "%d", signal);
    return weigh(&harvest, when_none);
}

static struct finding marked(const unsigned char marks[65], const char *when_none) {
    struct harvest harvest = {0};
    for (int signal = 1; signal <= 64; signal++)
        if (marks[signal]) reap(&harvest, "%d", signal);
    return weigh(&harvest, when_none);
}

struct finding blocked_signals(void) { return members(&start.mask, "none is blocked"); }
struct finding pending_signals(void) { return members(&start.pending, "none is pending"); }
struct finding ignored_signals(void) { return marked(start.ignored, "none is ignored"); }
struct finding handled_signals(void) { return marked(start.handled, "none has a handler"); }
struct finding inherited_timers(void) { return start.timers ? is_open("%d running", start.timers) : refused("none runs"); }
struct finding inherited_signal_stack(void) { return start.alternate_stack ? is_open("there is one") : refused("none"); }
