// The five sets, the bits that guard them, and the ways to fill them again.
#include "hostile.h"
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

// What a void has: all of capabilities(7)' securebits but KEEP_CAPS, each with its lock.
#define LOCKED 0xef

struct sets {
    struct __user_cap_data_struct data[2];
};

static bool read_sets(struct sets *sets) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    return syscall(SYS_capget, &header, sets->data) == 0;
}

static struct finding empty(unsigned low, unsigned high) {
    return low || high ? is_open("%08x%08x", high, low) : refused("empty");
}

struct finding effective_capabilities(void) {
    struct sets sets;
    return read_sets(&sets) ? empty(sets.data[0].effective, sets.data[1].effective) : unclear("capget: %s", error_name(errno));
}

struct finding permitted_capabilities(void) {
    struct sets sets;
    return read_sets(&sets) ? empty(sets.data[0].permitted, sets.data[1].permitted) : unclear("capget: %s", error_name(errno));
}

struct finding inheritable_capabilities(void) {
    struct sets sets;
    return read_sets(&sets) ? empty(sets.data[0].inheritable, sets.data[1].inheritable) : unclear("capget: %s", error_name(errno));
}

struct finding bounding_set(void) {
    struct harvest harvest = {0};
    for (int capability = 0; capability < 64; capability++)
        if (prctl(PR_CAPBSET_READ, capability, 0, 0, 0) == 1) reap(&harvest, "%d", capability);
    return weigh(&harvest, "empty");
}

struct finding ambient_set(void) {
    struct harvest harvest = {0};
    for (int capability = 0; capability < 64; capability++)
        if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, capability, 0, 0) == 1) reap(&harvest, "%d", capability);
    return weigh(&harvest, "empty");
}

struct finding securebits(void) {
    int bits = prctl(PR_GET_SECUREBITS);
    if (bits == -1) return unclear("PR_GET_SECUREBITS: %s", error_name(errno));
    return bits == LOCKED ? refused("%#x", bits) : is_open("%#x in place of %#x", bits, LOCKED);
}

struct finding unlock_securebits(void) { return judge("PR_SET_SECUREBITS 0", prctl(PR_SET_SECUREBITS, 0, 0, 0, 0)); }

struct finding no_new_privileges(void) {
    int set = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
    return set == 1 ? refused("set") : is_open("not set");
}

// Raises all of each set that this process does not hold.
struct finding regain_capabilities(void) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    struct sets all = {{{~0u, ~0u, 0}, {0x1ff, 0x1ff, 0}}};
    struct sets inheritable = {{{0, 0, 1u << CAP_NET_RAW}, {0, 0, 0}}};
    struct harvest harvest = {0};
    if (syscall(SYS_capset, &header, all.data) == 0) reap(&harvest, "all, permitted and effective");
    if (syscall(SYS_capset, &header, inheritable.data) == 0) reap(&harvest, "one, inheritable");
    return weigh(&harvest, "capset");
}

struct finding system_call_filter(void) {
    int mode = prctl(PR_GET_SECCOMP, 0, 0, 0, 0);
    return mode == 2 ? refused("there is one") : is_open("mode %d", mode);
}
