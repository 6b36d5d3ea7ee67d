// How an attempt is judged: what the kernel said, turned into refused, open or unclear.
#include "hostile.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define FORMAT_FINDING(which)                                                                                          \
    struct finding finding = {.verdict = (which)};                                                                     \
    va_list values;                                                                                                    \
    va_start(values, format);                                                                                          \
    vsnprintf(finding.note, sizeof finding.note, format, values);                                                      \
    va_end(values);                                                                                                    \
    return finding

struct finding refused(const char *format, ...) { FORMAT_FINDING(REFUSED); }
struct finding is_open(const char *format, ...) { FORMAT_FINDING(OPEN); }
struct finding unclear(const char *format, ...) { FORMAT_FINDING(UNCLEAR); }

const char *error_name(int error) {
    const char *name = strerrorname_np(error);
    return name ? name : "an unknown errno";
}

bool is_refusal(int error) { return error == EPERM || error == EACCES || error == ENOSYS || error == EROFS; }

struct finding judge(const char *what, long result) {
    int error = errno;
    if (result != -1) return is_open("%s", what);
    if (is_refusal(error)) return refused("%s: %s", what, error_name(error));
    return is_open("%s: nothing but its arguments stops it (%s)", what, error_name(error));
}

struct finding judge_presence(const char *what, long result) {
    int error = errno;
    if (result != -1) return is_open("%s", what);
    return refused("%s: %s", what, error_name(error));
}

void reap(struct harvest *harvest, const char *format, ...) {
    size_t used = strlen(harvest->text);
    va_list values;
    harvest->count++;
    if (used && used + 2 < sizeof harvest->text) used += (size_t)sprintf(harvest->text + used, " ");
    va_start(values, format);
    vsnprintf(harvest->text + used, sizeof harvest->text - used, format, values);
    va_end(values);
}

struct finding weigh(const struct harvest *harvest, const char *when_nothing) {
    if (harvest->count) return is_open("%d: %s", harvest->count, harvest->text);
    return refused("%s", when_nothing);
}
