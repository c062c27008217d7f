#include "campaign/runner.h"
#include "base/fd.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void on_ready(struct watch *w, uint32_t events)
{
    struct runner *r = (struct runner *)w;
    uint8_t chunk[65536];
    ssize_t n = read(r->out, chunk, sizeof chunk);

    (void)events;
    if (n > 0) {
        record_reader_feed(&r->reader, (struct bytes){chunk, (size_t)n});
        return;
    }
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    loop_remove(r->loop, &r->watch);
    r->ended = true;
}

static void child(const struct play_request *request, pid_t parent, int out) __attribute__((noreturn));

static void child(const struct play_request *request, pid_t parent, int out)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
    prctl(PR_SET_NAME, "sockgrade-run");
    _exit(play_run(request, out));
}

int runner_start(struct runner *r, struct loop *loop, const struct play_request *request)
{
    _cleanup_fd_ int in = -1;
    _cleanup_fd_ int out = -1;
    int ends[2], error = fd_pipe(ends);
    pid_t parent = getpid();

    if (error < 0)
        return error;
    in = ends[0];
    out = ends[1];
    *r = (struct runner){.watch = WATCH_INIT(on_ready), .loop = loop, .pidfd = -1, .out = -1};
    r->pid = fork();
    if (r->pid < 0)
        return -errno;
    if (r->pid == 0) {
        fd_closep(&in);
        child(request, parent, out);
    }
    r->pidfd = (int)syscall(SYS_pidfd_open, r->pid, 0);
    record_reader_init(&r->reader);
    fd_nonblock(in);
    r->out = fd_steal(&in);
    return loop_add(loop, &r->watch, r->out, EPOLLIN);
}

void runner_kill(struct runner *r)
{
    if (r->pid > 0)
        kill(r->pid, SIGKILL); /* our unreaped child: the number is still its own */
}

struct record *runner_finish(struct runner *r)
{
    struct record *record;
    int status = 0;

    loop_remove(r->loop, &r->watch);
    fd_closep(&r->out);
    fd_closep(&r->pidfd);
    while (waitpid(r->pid, &status, 0) < 0 && errno == EINTR)
        ;
    r->pid = 0;
    record = record_reader_take(&r->reader);
    record_reader_deinit(&r->reader);
    if (!record->complete && !record->fault && WIFSIGNALED(status))
        record->fault =
            arena_printf(&record->arena, "the process that played the case was ended by signal %d (%s)",
                         WTERMSIG(status), strsignal(WTERMSIG(status)));
    return record;
}
