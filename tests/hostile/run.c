// One attempt in a process of its own, with a time limit: an attempt may kill its process, hang it or change it for good.
#include "hostile.h"
#include <poll.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define LIMIT_MS 2000

// What became of an attempt that gave no answer.
static struct finding without_answer(int status, bool in_time) {
    if (!in_time) return unclear("no answer within %d ms", LIMIT_MS);
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS) return refused("the filter killed the process (SIGSYS)");
    if (WIFSIGNALED(status)) return unclear("the process died of signal %d", WTERMSIG(status));
    return unclear("the process ended with %d and no answer", WEXITSTATUS(status));
}

static struct finding await(pid_t child, int answers) {
    struct finding finding;
    struct pollfd wait_for = {.fd = answers, .events = POLLIN};
    int status = 0;
    bool in_time = poll(&wait_for, 1, LIMIT_MS) > 0;
    bool answered = in_time && read(answers, &finding, sizeof finding) == (ssize_t)sizeof finding;
    // An end of file says that the process is about to be dead already, of a cause that must not be overwritten.
    if (answered || !in_time) kill(child, SIGKILL);
    while (waitpid(child, &status, __WALL) == child && WIFSTOPPED(status)) kill(child, SIGKILL);
    return answered ? finding : without_answer(status, in_time);
}

static struct finding in_a_child(const struct probe *probe) {
    int answers[2];
    if (pipe(answers)) return unclear("no pipe: %s", error_name(errno));
    pid_t child = fork();
    if (child == -1) {
        int error = errno;
        close(answers[0]);
        close(answers[1]);
        return unclear("no child: %s", error_name(error));
    }
    if (child == 0) {
        close(answers[0]);
        struct finding finding = probe->attempt();
        _exit(write(answers[1], &finding, sizeof finding) != (ssize_t)sizeof finding);
    }
    close(answers[1]);
    struct finding finding = await(child, answers[0]);
    close(answers[0]);
    return finding;
}

struct finding run(const struct probe *probe) {
    if (probe->place == IN_A_VOID && !may_act()) return unclear("tried only with --inside, in namespaces of its own");
    return probe->itself ? probe->attempt() : in_a_child(probe);
}
