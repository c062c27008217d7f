/*
 * box.c - the caller's side of a box: opens it, tells its init what to do, and sees to it that nothing is
 * left of it.
 *
 * It never waits for init without a deadline: at levels B and C a program may have killed it.
 */
#include "launch/init.h"

#include "base/clock.h"
#include "base/mem.h"
#include "kernel/timers.h"
#include "launch/family.h"
#include "launch/isolation.h"
#include "launch/spawned.h"
#include "launch/visible.h"
#include "launch/workdir.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define WAIT_MAX (20 * NS_PER_S) /* for what init does at once, unless the machine is out of its mind */
#define SAMPLE_MAX 65536u        /* threads or sockets that an answer may hold */

struct box_program {
    uint32_t id;
    pid_t pid;
    int pidfd; /* owned: so that a signal never reaches another process that got the number */
};

/* 0 or -errno: -ETIMEDOUT. */
static int wait_readable(int fd, int64_t deadline)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};

    for (;;) {
        int64_t left = deadline - clock_now();
        int r = poll(&p, 1, left <= 0 ? 0 : (int)(left / NS_PER_MS) + 1);

        if (r > 0)
            return 0;
        if (r == 0 && left <= 0)
            return -ETIMEDOUT;
        if (r < 0 && errno != EINTR)
            return -errno;
    }
}

static void clear(struct box *b)
{
    *b = (struct box){.init_pidfd = -1, .control = -1, .answers = -1};
}

static void clear_config(struct box *b, const struct box_config *config)
{
    clear(b);
    b->isolation = config->isolation;
    b->uid = config->uid;
    b->gid = config->gid;
    b->private_uid = config->isolation != ISOLATION_FULL && config->uid != geteuid();
}

static int check_config(const struct box_config *config, struct err *e)
{
    if (config->uid == 0 || config->gid == 0)
        return err_say(e, -EINVAL, "a box is never root's");
    if (geteuid() != 0 && config->uid != geteuid())
        return err_say(e, -EPERM, "only root can open a box for another uid (%u)", config->uid);
    if (config->isolation == ISOLATION_UID && geteuid() != 0)
        return err_say(e, -EPERM, "isolation by uid needs root");
    return 0;
}

/* Levels B and C: there is no private /tmp. */
static int make_tmp(struct box *b, struct err *e)
{
    int r;

    if (b->isolation == ISOLATION_FULL)
        return 0;
    r = workdir_new(b->tmp, sizeof b->tmp, e);
    if (r < 0)
        b->tmp[0] = 0;
    else if (geteuid() == 0 && (chmod(b->tmp, 0700) < 0 || chown(b->tmp, b->uid, b->gid) < 0))
        r = err_set(e, errno, "cannot give away %s", b->tmp);
    return r;
}

static unsigned long namespaces(const struct box_config *config)
{
    unsigned long flags = CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS;

    if (config->isolation != ISOLATION_FULL)
        return 0;
    return config->network ? flags : flags | CLONE_NEWNET;
}

/* ours are the caller's ends of control and answers, theirs those of init. */
static int clone_init(struct box *b, const struct box_config *config, const int theirs[2], struct err *e)
{
    struct init_setup setup = {.config = config,
                               .parent = getpid(),
                               .control = theirs[0],
                               .answers = theirs[1],
                               .tmp = b->tmp,
                               .shared = b->shared,
                               .private_uid = b->private_uid};
    pid_t pid = isolation_clone(namespaces(config), &b->init_pidfd);

    if (pid < 0)
        return err_set(e, pid, "cannot make the namespaces of a box");
    if (pid == 0)
        init_run(&setup);
    b->init = pid;
    if (config->isolation == ISOLATION_FULL)
        return isolation_map(pid, config->uid, config->gid, e);
    return 0;
}

static int request(struct box *b, struct request rq)
{
    return fd_send(b->control, (struct bytes){(void *)&rq, sizeof rq}, NULL, 0);
}

static int await_ready(struct box *b, struct err *e)
{
    struct report report;
    ptrdiff_t n;
    size_t fds;
    int r = request(b, (struct request){.kind = REQUEST_START});

    if (!r)
        r = wait_readable(b->control, clock_now() + WAIT_MAX);
    if (r < 0)
        return err_set(e, r, "the box's init does not answer");
    n = fd_receive(b->control, &report, sizeof report, NULL, 0, &fds);
    if (n != sizeof report)
        return err_say(e, -EPIPE, "the box's init ended before it was ready");
    if (report.kind == REPORT_READY)
        return 0;
    return err_say(e, report.status ? report.status : -EIO, "%.*s", (int)sizeof report.text, report.text);
}

static int open_sockets(struct box *b, int theirs[2], struct err *e)
{
    int control[2], answers[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, control) < 0)
        return err_set(e, errno, "socketpair");
    b->control = control[0];
    theirs[0] = control[1];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, answers) < 0)
        return err_set(e, errno, "socketpair");
    b->answers = answers[0];
    theirs[1] = answers[1];
    return 0;
}

static int start(struct box *b, const struct box_config *config, struct err *e)
{
    int theirs[2] = {-1, -1};
    int r = make_tmp(b, e);

    if (!r)
        r = open_sockets(b, theirs, e);
    if (!r)
        r = clone_init(b, config, theirs, e);
    fd_close(theirs[0]);
    fd_close(theirs[1]);
    return r < 0 ? r : await_ready(b, e);
}

int box_open(struct box *b, const struct box_config *config, struct err *e)
{
    struct box_config real = *config;
    _cleanup_free_ char *work = realpath(config->work, NULL);
    int r;

    clear_config(b, config);
    if (!work)
        return err_set(e, errno, "the working directory %s", config->work);
    real.work = work;
    r = check_config(&real, e);
    if (!r && real.isolation != ISOLATION_FULL && prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
        r = err_set(e, errno, "cannot become a subreaper");
    b->shared = shared_new();
    if (!r && !b->shared)
        r = err_set(e, errno, "shared memory");
    if (!r)
        r = start(b, &real, e);
    if (r < 0) {
        box_close(b);
        return err_wrap(e, "box");
    }
    tree_init(&b->tree, b->init);
    return 0;
}

static void note_end(struct box *b, const char *text)
{
    siginfo_t how = {0};

    if (b->error[0])
        return;
    if (*text)
        snprintf(b->error, sizeof b->error, "%s", text);
    else if (waitid(P_PIDFD, (id_t)b->init_pidfd, &how, WEXITED | WNOWAIT) == 0 && how.si_code != CLD_EXITED)
        snprintf(b->error, sizeof b->error, "the box's init was killed by signal %d", how.si_status);
    else
        snprintf(b->error, sizeof b->error, "the box's init ended with status %d", how.si_status);
}

int box_spawn(struct box *b, const struct box_command *command, pid_t *pid, int *cause, struct err *e)
{
    struct spawn_result result;
    int r;

    *pid = 0;
    *cause = 0;
    b->missing[0] = 0;
    if (!b->init)
        return err_say(e, -EPIPE, "the box is closed");
    b->exchanges |= command->n_exchanges > 0;
    b->traces |= command->traced;
    r = spawn_send(b, ++b->last_id, command, e);
    if (r < 0)
        return r;
    r = spawn_receive(r, clock_now() + WAIT_MAX, &result, e);
    if (r < 0)
        return r;
    if (result.outcome == SPAWNED) {
        *pid = result.pid;
        *array_push(b->programs, b->n, b->cap) =
            (struct box_program){b->last_id, result.pid, (int)syscall(SYS_pidfd_open, result.pid, 0)};
        return SPAWNED;
    }
    *cause = result.cause;
    snprintf(b->missing, sizeof b->missing, "%s", result.path);
    return spawn_explain(&result, command->argv[0], e);
}

/* True: it was a program of ours. One that could not be executed ends too, and is nobody's. */
static bool take_exit(struct box *b, const struct report *report, struct box_exit *out)
{
    for (size_t i = 0; i < b->n; i++) {
        if (b->programs[i].id != report->id)
            continue;
        *out = (struct box_exit){b->programs[i].pid, report->status, report->cpu, report->left};
        fd_close(b->programs[i].pidfd);
        b->programs[i] = b->programs[--b->n];
        return true;
    }
    return false;
}

int box_next_exit(struct box *b, struct box_exit *out)
{
    struct report report;

    if (!b->init)
        return -EPIPE;
    for (;;) {
        ssize_t n = recv(b->control, &report, sizeof report, MSG_DONTWAIT);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            return 0;
        if (n != sizeof report || report.kind == REPORT_FAILED) {
            report.text[sizeof report.text - 1] = 0;
            note_end(b, n == sizeof report ? report.text : "");
            return -EPIPE;
        }
        if (report.kind == REPORT_EXIT && take_exit(b, &report, out))
            return 1;
    }
}

/* Not by way of init: when this returns, the signal has been sent, and whoever looks for idleness sees its
 * effect. */
int box_signal(struct box *b, pid_t pid, int sig)
{
    for (size_t i = 0; i < b->n; i++) {
        if (b->programs[i].pid != pid)
            continue;
        return syscall(SYS_pidfd_send_signal, b->programs[i].pidfd, sig, NULL, 0) < 0 ? -errno : 0;
    }
    return -ESRCH;
}

int box_signal_group(struct box *b, pid_t pid, int sig)
{
    for (size_t i = 0; i < b->n; i++)
        if (b->programs[i].pid == pid)
            return kill(-pid, sig) < 0 ? -errno : 0;
    return -ESRCH;
}

static int read_answer(struct box *b, void *data, size_t size)
{
    int64_t deadline = clock_now() + WAIT_MAX;
    char *at = data;

    while (size) {
        int r = wait_readable(b->answers, deadline);
        ssize_t n = r < 0 ? r : recv(b->answers, at, size, 0);

        if (n <= 0)
            return r < 0 ? r : n < 0 ? -errno : -EPIPE;
        at += n;
        size -= (size_t)n;
    }
    return 0;
}

/* Asks init for an array of elements of this size; *data is owned by the caller. The answer's result. */
static int ask(struct box *b, enum request_kind what, size_t size, void **data, size_t *n)
{
    struct answer head = {0};
    int r = b->init ? request(b, (struct request){.kind = what}) : -EPIPE;

    if (!r)
        r = read_answer(b, &head, sizeof head);
    if (!r)
        r = head.n > SAMPLE_MAX ? -EPROTO : head.result;
    if (r < 0)
        return r;
    *data = mem_new((head.n + 1) * size);
    *n = head.n;
    r = read_answer(b, *data, head.n * size);
    return r < 0 ? r : head.result;
}

/* Root in a container may lack CAP_SYS_PTRACE, and over another uid it has no other right, but as owner of
 * its user namespace. And only init knows whether calls wait for it: see rebind.h. */
static bool must_ask(const struct box *b)
{
    return b->exchanges || (b->isolation != ISOLATION_FULL && b->uid != geteuid());
}

int box_sample(struct box *b, struct tree_sample *out)
{
    int r;

    if (!must_ask(b)) {
        b->tree.socket_timeout = b->shared->timing;
        b->tree.traced = b->shared->traced;
        return b->init ? tree_sample(&b->tree, out) : -EPIPE;
    }
    tree_sample_deinit(out);
    r = ask(b, REQUEST_SAMPLE, sizeof *out->threads, (void **)&out->threads, &out->n);
    out->cap = out->n;
    return r;
}

int box_hidden_timer(struct box *b, int64_t *until)
{
    struct timer_answer *a = NULL;
    size_t n = 0;
    int r;

    if (!must_ask(b))
        return (int)tree_hidden_timer(&b->tree, until);
    r = ask(b, REQUEST_TIMERS, sizeof *a, (void **)&a, &n);
    if (r == 0 && n == 1) {
        *until = a->until;
        r = a->found;
    }
    mem_free(a);
    return r;
}

int box_sockets(struct box *b, struct socket_list *out)
{
    int r;

    if (!must_ask(b))
        return b->init ? tree_sockets(b->init, out) : -EPIPE;
    socket_list_deinit(out);
    r = ask(b, REQUEST_SOCKETS, sizeof *out->refs, (void **)&out->refs, &out->n);
    out->cap = out->n;
    return r;
}

int box_calls(struct box *b, struct call **calls, size_t *n)
{
    *calls = NULL;
    *n = 0;
    return b->traces ? ask(b, REQUEST_CALLS, sizeof **calls, (void **)calls, n) : 0;
}

int64_t box_memory(struct box *b, int64_t enough)
{
    struct family f;
    int r = family_list(b->init, &f);
    int64_t sum = r < 0 ? r : family_memory(&f, enough);

    family_deinit(&f);
    return sum;
}

/* Levels B and C as root: whatever has this uid, at once, even if init was killed. By a child, for only it
 * can take the uid without loss. */
static void kill_uid(const struct box *b)
{
    pid_t pid = fork();

    if (pid == 0) {
        if (setresgid(b->gid, b->gid, b->gid) == 0 && setresuid(b->uid, b->uid, b->uid) == 0)
            kill(-1, SIGKILL);
        _exit(0);
    }
    if (pid > 0)
        waitpid(pid, NULL, 0);
}

/* Programs have sessions of their own, our other children do not: so orphans of a dead init are told apart.
 */
static void end_orphans(void)
{
    struct family f;
    bool found = true;

    while (found) {
        found = false;
        if (family_list(getpid(), &f) < 0)
            return;
        for (size_t i = 0; i < f.n; i++) {
            if (f.members[i].parent != getpid() || f.members[i].session == getsid(0))
                continue;
            kill(f.members[i].pid, SIGKILL);
            found |= waitpid(f.members[i].pid, NULL, 0) > 0;
        }
        family_deinit(&f);
    }
}

static void end_init(struct box *b)
{
    if (b->isolation == ISOLATION_FULL || wait_readable(b->init_pidfd, clock_now() + WAIT_MAX) < 0)
        syscall(SYS_pidfd_send_signal, b->init_pidfd, SIGKILL, NULL, 0);
    while (waitpid(b->init, NULL, 0) < 0 && errno == EINTR)
        ;
    if (b->private_uid)
        kill_uid(b);
    if (b->isolation != ISOLATION_FULL)
        end_orphans();
}

void box_close(struct box *b)
{
    /* The end of control is what tells init to finish. */
    fd_closep(&b->control);
    fd_closep(&b->answers);
    if (b->init)
        end_init(b);
    fd_closep(&b->init_pidfd);
    tree_deinit(&b->tree);
    shared_free(b->shared);
    b->shared = NULL;
    for (size_t i = 0; i < b->n; i++)
        fd_close(b->programs[i].pidfd);
    mem_free(b->programs);
    b->programs = NULL;
    b->n = b->cap = 0;
    b->init = 0;
    if (b->tmp[0])
        workdir_remove(b->tmp, NULL);
    b->tmp[0] = 0;
}
