// Says how long its turns are where others want the processor, in nanoseconds (sched_getattr(2)).
#include <stdint.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

struct attributes {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
};

int main(void) {
    struct attributes attributes = {0};
    if (syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0) != 0) {
        perror("sched_getattr");
        return 1;
    }
    printf("%llu\n", (unsigned long long)attributes.runtime);
    return 0;
}
