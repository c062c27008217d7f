/*
 * init.c - the first process of a box: forks the programs, reaps everything, reports exits, and ends all when
 * told or left alone.
 *
 * It has the student's uid, but nothing of the student's can touch it: it is not dumpable (no ptrace, no
 * /proc/PID/fd), and as process 1 of a PID namespace, or outside the programs' Landlock domain, no signal of
 * theirs reaches it. Where neither holds it may be killed; box_close then finishes its work.
 */
#include "launch/init.h"

#include "base/mem.h"
#include "kernel/timers.h"
#include "kernel/tracer.h"
#include "launch/confine.h"
#include "launch/family.h"
#include "launch/program.h"
#include "launch/rebind.h"
#include "launch/timing.h"
#include "launch/visible.h"
#include "launch/workdir.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

struct child {
    uint32_t id;
    pid_t pid;
    bool ended, reported;
    struct report report;
    struct rebind rebind; /* of the ports in its source */
};

struct init {
    const struct init_setup *setup;
    int control, answers, signals;
    struct confinement confinement;
    struct child *children; /* the programs, in the order of their start */
    size_t n, cap;
    pid_t *counted; /* orphans with sessions of their own that were reported with some program */
    size_t n_counted, cap_counted;
    struct tree tree;
    struct tracer tracer;
    bool timing_shows; /* see timing.h */
};

static bool is_full(const struct init *in)
{
    return in->setup->config->isolation == ISOLATION_FULL;
}

static struct child *find_child(struct init *in, pid_t pid)
{
    for (size_t i = 0; i < in->n; i++)
        if (in->children[i].pid == pid)
            return &in->children[i];
    return NULL;
}

static bool was_counted(const struct init *in, pid_t pid)
{
    for (size_t i = 0; i < in->n_counted; i++)
        if (in->counted[i] == pid)
            return true;
    return false;
}

/* Is this a process that `dead` left behind? It is in its session, or in one of its own and nobody's yet. */
static bool is_left_by(struct init *in, const struct family *f, const struct relative *r, pid_t dead)
{
    if (r->state == 'Z' || find_child(in, r->pid))
        return false;
    if (r->session == dead)
        return true;
    if (find_child(in, r->session) || was_counted(in, r->pid))
        return false;
    for (size_t up = r->from; up != SIZE_MAX; up = f->members[up].from)
        if (find_child(in, f->members[up].pid))
            return false;
    return true;
}

/* After `dead` was reaped: what it left are children of ours by now. Mostly there are none, and no need to
 * read all of /proc. */
static uint32_t count_left(struct init *in, pid_t dead)
{
    struct family f;
    siginfo_t any;
    uint32_t left = 0;

    if (waitid(P_ALL, 0, &any, WEXITED | WNOHANG | WNOWAIT) < 0 && errno == ECHILD)
        return 0;
    if (family_list(getpid(), &f) == 0) {
        for (size_t i = 0; i < f.n; i++) {
            if (!is_left_by(in, &f, &f.members[i], dead))
                continue;
            left++;
            *array_push(in->counted, in->n_counted, in->cap_counted) = f.members[i].pid;
        }
    }
    family_deinit(&f);
    return left;
}

static int64_t cpu_time(const struct rusage *u)
{
    return (u->ru_utime.tv_sec + u->ru_stime.tv_sec) * INT64_C(1000000000) +
           (u->ru_utime.tv_usec + u->ru_stime.tv_usec) * INT64_C(1000);
}

/* Reports wait for room in the socket, and never block us: the caller may be waiting for an answer meanwhile.
 */
static bool flush_reports(struct init *in)
{
    for (size_t i = 0; i < in->n; i++) {
        struct child *c = &in->children[i];

        if (!c->ended || c->reported)
            continue;
        if (send(in->control, &c->report, sizeof c->report, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
            return errno != EAGAIN;
        c->reported = true;
    }
    return true;
}

/* A dead program keeps its entry: the session of what it left is named after it. */
static void note_end(struct init *in, pid_t pid, int status, const struct rusage *usage)
{
    struct child *c = find_child(in, pid);

    if (!c || c->ended)
        return;
    c->ended = true;
    c->report = (struct report){.kind = REPORT_EXIT, .id = c->id, .status = status, .cpu = cpu_time(usage)};
    c->report.left = count_left(in, pid);
}

#define AT_ONCE 64 /* a traced program may stop again and again, and others wait for us too */

/* Threads that are traced are told of, too. True: there may be more of them. */
static bool reap(struct init *in)
{
    struct rusage usage;
    int status, n = 0;
    pid_t pid = 0;

    while (n++ < AT_ONCE && (pid = wait4(-1, &status, WNOHANG | __WALL, &usage)) > 0) {
        if (WIFSTOPPED(status)) {
            tracer_stopped(&in->tracer, pid, status);
            continue;
        }
        tracer_ended(&in->tracer, pid, status);
        note_end(in, pid, status, &usage);
    }
    in->setup->shared->traced = tracer_traced(&in->tracer);
    flush_reports(in);
    return pid > 0;
}

/* Splits n strings off text; NULL-terminated, owned by the caller. NULL: they are not there. */
static char **take_strings(char **text, const char *end, uint32_t n)
{
    char **list;

    if (n > REQUEST_MAX)
        return NULL;
    list = mem_new((n + 1) * sizeof *list);
    for (uint32_t i = 0; i < n; i++) {
        size_t len = strnlen(*text, (size_t)(end - *text));

        if (*text + len >= end) {
            mem_free(list);
            return NULL;
        }
        list[i] = *text;
        *text += len + 1;
    }
    return list;
}

static void report_failed_fork(int status, int error)
{
    struct spawn_status s = {.stage = STAGE_FORK, .error = error};

    fd_send(status, (struct bytes){(void *)&s, sizeof s}, NULL, 0);
}

/* A dead program's pid may come again. */
static struct child *add_child(struct init *in, uint32_t id, pid_t pid)
{
    struct child *c;

    struct child *old = find_child(in, pid);

    if (old)
        old->pid = 0;
    c = array_push(in->children, in->n, in->cap);
    *c = (struct child){.id = id, .pid = pid};
    rebind_init(&c->rebind, &in->setup->shared->timing);
    return c;
}

static void start_program(struct init *in, const struct request *rq, char **cwd, char **argv, char **env,
                          const int *fds)
{
    const struct box_config *config = in->setup->config;
    struct program_start start = {.request = rq,
                                  .work = is_full(in) ? BOX_WORK : config->work,
                                  .cwd = cwd[0],
                                  .argv = argv,
                                  .env = env,
                                  .path = visible_path(),
                                  .in = fds[0],
                                  .out = fds[1],
                                  .err = fds[2],
                                  .status = fds[3],
                                  .limits = &config->limits,
                                  .private_uid = is_full(in) || in->setup->private_uid,
                                  .ruleset = in->confinement.ruleset,
                                  .traced = rq->traced,
                                  .courier = -1};
    _cleanup_fd_ int ours = -1;
    _cleanup_fd_ int theirs = -1;
    pid_t pid;

    if ((rq->n_exchanges || !in->timing_shows) && rebind_courier(&ours, &theirs) < 0) {
        report_failed_fork(fds[3], errno);
        return;
    }
    start.courier = theirs;
    pid = fork();

    if (pid == 0)
        program_become(&start);
    if (pid < 0)
        report_failed_fork(fds[3], errno);
    else
        rebind_expect(&add_child(in, rq->id, pid)->rebind, fd_steal(&ours), rq->exchanges, rq->n_exchanges);
    if (pid > 0 && rq->traced)
        tracer_expect(&in->tracer, pid, rq->id, (enum call_fault)rq->fault);
    in->setup->shared->traced = tracer_traced(&in->tracer);
}

static void spawn(struct init *in, const struct request *rq, char *text, const char *end, const int *fds)
{
    _cleanup_free_ char **cwd = take_strings(&text, end, 1);
    _cleanup_free_ char **argv = cwd ? take_strings(&text, end, rq->argc) : NULL;
    _cleanup_free_ char **env = argv ? take_strings(&text, end, rq->envc) : NULL;

    if (env && rq->argc)
        start_program(in, rq, cwd, argv, env, fds);
    else
        report_failed_fork(fds[3], EINVAL);
}

static void answer(struct init *in, int result, const void *data, size_t n, size_t size)
{
    struct answer head = {.result = result, .n = (uint32_t)n};

    if (fd_write_all(in->answers, (struct bytes){(void *)&head, sizeof head}) == 0 && n)
        fd_write_all(in->answers, (struct bytes){data, n * size});
}

static void answer_sample(struct init *in)
{
    struct tree_sample s = {0};
    int r;

    in->tree.socket_timeout = in->setup->shared->timing;
    in->tree.traced = in->setup->shared->traced;
    r = tree_sample(&in->tree, &s);
    answer(in, r, s.threads, r < 0 ? 0 : s.n, sizeof *s.threads);
    tree_sample_deinit(&s);
}

static void answer_sockets(struct init *in)
{
    struct socket_list l = {0};
    int r = tree_sockets(getpid(), &l);

    answer(in, r, l.refs, r < 0 ? 0 : l.n, sizeof *l.refs);
    socket_list_deinit(&l);
}

static void answer_timers(struct init *in)
{
    struct timer_answer a = {.until = -1};

    a.found = tree_hidden_timer(&in->tree, &a.until);
    answer(in, 0, &a, 1, sizeof a);
}

static void answer_calls(struct init *in)
{
    struct call *calls;
    uint64_t lost;
    size_t n;

    tracer_calls(&in->tracer, &calls, &n, &lost);
    answer(in, lost < INT32_MAX ? (int)lost : INT32_MAX, calls, n, sizeof *calls);
    mem_free(calls);
}

static void serve(struct init *in, char *message, size_t len, const int *fds, size_t n_fds)
{
    struct request rq;

    if (len < sizeof rq)
        return;
    memcpy(&rq, message, sizeof rq);
    switch ((enum request_kind)rq.kind) {
    case REQUEST_START: break;
    case REQUEST_SPAWN:
        if (n_fds == REQUEST_FDS)
            spawn(in, &rq, message + sizeof rq, message + len, fds);
        break;
    case REQUEST_SAMPLE: answer_sample(in); break;
    case REQUEST_SOCKETS: answer_sockets(in); break;
    case REQUEST_TIMERS: answer_timers(in); break;
    case REQUEST_CALLS: answer_calls(in); break;
    }
}

/* False: the other side is gone. */
static bool take_request(struct init *in, char *message)
{
    int fds[REQUEST_FDS];
    size_t n_fds;
    ptrdiff_t n = fd_receive(in->control, message, REQUEST_MAX, fds, array_len(fds), &n_fds);

    if (n > 0)
        serve(in, message, (size_t)n, fds, n_fds);
    for (size_t i = 0; i < n_fds; i++)
        fd_close(fds[i]);
    return n > 0;
}

static void drain_signals(struct init *in)
{
    struct signalfd_siginfo info;

    while (read(in->signals, &info, sizeof info) > 0)
        ;
}

/* The end of control tells it too, unless some other process of ours still holds a copy. */
static bool is_orphan(const struct init *in)
{
    return !is_full(in) && getppid() != in->setup->parent;
}

static bool has_reports(const struct init *in)
{
    for (size_t i = 0; i < in->n; i++)
        if (in->children[i].ended && !in->children[i].reported)
            return true;
    return false;
}

/* control, signals, and whatever brings us the programs' calls that we make in their place: n of them. */
static struct pollfd *list_waits(const struct init *in, size_t *n)
{
    struct pollfd *waits = mem_new((in->n + 2) * sizeof *waits);

    waits[0] = (struct pollfd){.fd = in->control, .events = POLLIN};
    if (has_reports(in))
        waits[0].events |= POLLOUT;
    waits[1] = (struct pollfd){.fd = in->signals, .events = POLLIN};
    *n = 2;
    for (size_t i = 0; i < in->n; i++)
        waits[(*n)++] = (struct pollfd){.fd = in->children[i].rebind.fd, .events = POLLIN};
    return waits;
}

static void run(struct init *in)
{
    _cleanup_free_ char *message = mem_new(REQUEST_MAX);
    bool more = false;

    for (;;) {
        size_t n;
        _cleanup_free_ struct pollfd *waits = list_waits(in, &n);

        if (poll(waits, n, more ? 0 : -1) < 0 && errno != EINTR)
            return;
        for (size_t i = 2; i < n; i++)
            if (waits[i].revents)
                rebind_serve(&in->children[i - 2].rebind);
        if (waits[1].revents)
            drain_signals(in);
        if (is_orphan(in))
            return;
        more = reap(in);
        if ((waits[0].revents & (POLLIN | POLLHUP | POLLERR)) && !take_request(in, message))
            return;
    }
}

static void finish(struct init *in)
{
    if (is_full(in))
        return; /* The kernel ends the PID namespace with us. */
    do          /* Who was forked while we counted is an orphan, and so our child, by now. */
        if (in->setup->private_uid)
            kill(-1, SIGKILL); /* As this uid; holds off forks meanwhile, so that nobody escapes
                                  (kernel/signal.c). */
        else
            family_kill();
    while (waitpid(-1, NULL, __WALL) > 0 || errno == EINTR);
    workdir_remove(in->setup->tmp, NULL);
}

/* Not by signal(2) of the C library, which keeps two real-time signals to itself: ignored by whoever started
 * us, they would be ignored by the programs. sizeof the kernel's sigset is 8 on all 64-bit Linux; all zero is
 * SIG_DFL. */
static void set_default(int sig)
{
    uint64_t none[4] = {0};

    syscall(SYS_rt_sigaction, sig, none, NULL, sizeof(uint64_t));
}

/* Signals come through a descriptor; the programs inherit default dispositions from us, and clear their mask
 * themselves. */
static int open_signals(void)
{
    sigset_t all, wanted;

    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    for (int sig = 1; sig < NSIG; sig++)
        set_default(sig);
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGCHLD);
    sigaddset(&wanted, SIGTERM);
    return signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void say(struct init *in, enum report_kind kind, const struct err *e)
{
    struct report report = {.kind = kind, .status = e->code};

    snprintf(report.text, sizeof report.text, "%.*s", (int)sizeof report.text - 1, e->text);
    fd_send(in->control, (struct bytes){(void *)&report, sizeof report}, NULL, 0);
}

void init_run(const struct init_setup *setup)
{
    struct init in = {.setup = setup, .control = setup->control, .answers = setup->answers};
    struct request start;
    struct err e = {0};
    size_t n;

    in.signals = open_signals();
    /* The ids must be mapped before anything else can be done in a user namespace. */
    if (confine_descriptors(&in.control, &in.answers, &in.signals) < 0 ||
        fd_receive(in.control, &start, sizeof start, NULL, 0, &n) != sizeof start)
        _exit(1);
    if (confine(&in.confinement, setup->config, setup->tmp, &e) < 0) {
        say(&in, REPORT_FAILED, &e);
        _exit(1);
    }
    tree_init(&in.tree, getpid());
    in.timing_shows = timing_shows();
    say(&in, REPORT_READY, &e);
    run(&in);
    finish(&in);
    _exit(0);
}
