/* programs.c - the student's programs in a play: started, awaited, typed to, and brought to an end. */
#include "base/clock.h"
#include "base/mem.h"
#include "launch/terminal.h"
#include "run/ports.h"
#include "run/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define END_TIME (3 * NS_PER_S) /* between SIGTERM and SIGKILL, for a program that is still at work */

void programs_init(struct stage *st)
{
    st->programs = mem_new((st->spec->n_programs + 1) * sizeof *st->programs);
    for (size_t i = 0; i < st->spec->n_programs; i++) {
        struct program_run *p = &st->programs[i];
        p->spec = &st->spec->programs[i];
        p->index = i;
        p->in = p->in_far = -1;
        capture_init(&p->out, &st->loop, st->spec->limits.output);
        capture_init(&p->err, &st->loop, st->spec->limits.output);
        p->record.program = (uint32_t)i;
        p->record.exit_status = -1;
    }
}

static void forget(struct program_run *p)
{
    fd_closep(&p->in);
    fd_closep(&p->in_far);
    buf_deinit(&p->to_type);
    capture_deinit(&p->out);
    capture_deinit(&p->err);
}

void programs_deinit(struct stage *st)
{
    for (size_t i = 0; st->programs && i < st->spec->n_programs; i++)
        forget(&st->programs[i]);
    mem_free(st->programs);
    st->programs = NULL;
}

/* ---- starting
 * ---------------------------------------------------------------------------------------------- */

static const char **make_argv(struct stage *st, const struct program *p)
{
    const char **argv = arena_new(&st->arena, (p->run.n + p->n_args + 1) * sizeof *argv);
    size_t n = 0;

    for (size_t i = 0; i < p->run.n; i++)
        argv[n++] = p->run.word[i];
    for (size_t i = 0; i < p->n_args; i++) {
        struct bytes word = template_fill(&p->args[i], &st->bindings, &st->arena);
        argv[n++] = (const char *)arena_bytes(&st->arena, word).data;
    }
    return argv;
}

static int open_stdin(struct program_run *p, int *theirs)
{
    int ends[2], r;

    if (p->spec->stdin_kind == STDIN_CLOSED) {
        *theirs = open("/dev/null", O_RDONLY | O_CLOEXEC);
        return *theirs < 0 ? -errno : 0;
    }
    p->typed_last = '\n';
    if (p->spec->stdin_kind == STDIN_TERMINAL) {
        r = terminal_open(TERMINAL_INPUT, &p->in, theirs);
        p->in_far = r < 0 ? -1 : fcntl(*theirs, F_DUPFD_CLOEXEC, 0);
        return r;
    }
    r = fd_pipe(ends);
    if (r < 0)
        return r;
    fd_nonblock(ends[1]);
    *theirs = ends[0];
    p->in = ends[1];
    buf_append(&p->to_type, p->spec->stdin_text);
    p->typing_ends = p->spec->stdin_kind == STDIN_TEXT;
    return 0;
}

static void begin_record(struct stage *st, struct program_run *p)
{
    p->record = (struct program_record){.program = (uint32_t)p->index, .exit_status = -1};
    p->record.n_ports = p->spec->n_listens;
    p->record.ports = arena_copy(&st->arena, st->ports + port_index(st->spec, p->index, 0),
                                 p->spec->n_listens * sizeof *st->ports);
}

/* stdout of p in this case. */
static bool on_terminal(const struct stage *st, const struct program_run *p)
{
    return !p->spec->stdout_is_pipe || st->key->terminal;
}

static int spawn(struct stage *st, struct program_run *p, int in, int out, int err)
{
    struct box_command command = {.argv = make_argv(st, p->spec), .in = in, .out = out, .err = err};
    int cause = 0, r;

    p->started = clock_now();
    r = box_spawn(&st->box, &command, &p->pid, &cause, &st->err);
    if (r < 0)
        return err_wrap(&st->err, "starting %s", p->spec->name);
    if (r != SPAWNED) {
        p->pid = 0;
        p->record.readiness = READY_NOT_FOUND;
        p->record.limit = arena_text(&st->arena, st->err.text);
        st->err = (struct err){0};
        return 0;
    }
    p->running = true;
    program_type(st, p);
    return 0;
}

/* Its arguments may hold another's port: that one is started, and listens, first. A cycle ends where it is
 * closed, for whoever is being started counts as started. */
static int start_others(struct stage *st, struct program_run *p)
{
    for (size_t i = 0; i < p->spec->n_args; i++)
        for (size_t k = 0; k < p->spec->args[i].n; k++) {
            const struct piece *piece = &p->spec->args[i].pieces[k];
            bool other =
                (piece->kind == PIECE_PORT || piece->kind == PIECE_HOST) && piece->program != p->index;

            if (other && !st->programs[piece->program].pid && !st->programs[piece->program].starting)
                program_ready(st, piece->program);
        }
    return st->err.code;
}

int program_start(struct stage *st, size_t index)
{
    struct program_run *p = &st->programs[index];
    _cleanup_fd_ int in = -1;
    _cleanup_fd_ int out = -1;
    _cleanup_fd_ int err = -1;
    int r;

    if (p->pid || p->record.readiness == READY_NOT_FOUND)
        return 0;
    p->starting = true;
    r = start_others(st, p);
    p->starting = false;
    if (r < 0)
        return r;
    forget(p);
    capture_init(&p->out, &st->loop, st->spec->limits.output);
    capture_init(&p->err, &st->loop, st->spec->limits.output);
    begin_record(st, p);
    p->exit_expected = p->sent_kill = p->paused = false;
    r = open_stdin(p, &in);
    if (r == 0)
        r = capture_open(&p->out, on_terminal(st, p), &out);
    if (r == 0)
        r = capture_open(&p->err, false, &err);
    if (r < 0)
        return err_set(&st->err, r, "making the pipes of %s", p->spec->name);
    return spawn(st, p, in, out, err);
}

/* ---- readiness
 * ---------------------------------------------------------------------------------------------- */

static bool held(const struct socket_list *held, uint64_t inode)
{
    for (size_t i = 0; i < held->n; i++)
        if (held->refs[i].inode == inode)
            return true;
    return false;
}

/* The port was given to another program of the submission: it is that one's. */
static bool is_anothers(struct stage *st, const struct program_run *p, uint16_t port)
{
    size_t own = port_index(st->spec, p->index, 0);

    for (size_t i = 0; i < port_count(st->spec); i++)
        if (st->ports[i] == port && (i < own || i >= own + p->spec->n_listens))
            return true;
    return false;
}

static int list_protocol(struct stage *st, struct program_run *p, int protocol,
                         const struct socket_list *sockets)
{
    struct sock_infos infos = {0};
    int r = sockdiag_list(&st->diag, protocol, protocol == IPPROTO_TCP ? 1u << TCP_STATE_LISTEN : ~0u, &infos);
    struct listener_record *all;

    all = arena_new(&st->arena, (p->record.n_listeners + infos.n + 1) * sizeof *all);
    for (size_t i = 0; i < p->record.n_listeners; i++)
        all[i] = p->record.listeners[i];
    p->record.listeners = all;
    for (size_t i = 0; i < infos.n; i++) {
        const struct sock_info *s = &infos.infos[i];
        if (!held(sockets, s->inode) || leftovers_have(p, s->inode) || is_anothers(st, p, addr_port(&s->local)))
            continue;
        all[p->record.n_listeners++] = (struct listener_record){
            .transport = protocol == IPPROTO_TCP ? TRANSPORT_TCP : TRANSPORT_UDP,
            .ipv6 = s->family == AF_INET6,
            .loopback = addr_is_loopback(&s->local),
            .port = addr_port(&s->local),
        };
    }
    sock_infos_deinit(&infos);
    return r;
}

static int find_listeners(struct stage *st, struct program_run *p)
{
    struct socket_list sockets = {0};
    int r = box_sockets(&st->box, &sockets);

    p->record.n_listeners = 0;
    if (r == 0)
        r = list_protocol(st, p, IPPROTO_TCP, &sockets);
    if (r >= 0)
        r = list_protocol(st, p, IPPROTO_UDP, &sockets);
    socket_list_deinit(&sockets);
    return r < 0 ? err_set(&st->err, r, "listing sockets") : 0;
}

static bool listens(const struct program_run *p, size_t endpoint)
{
    for (size_t i = 0; i < p->record.n_listeners; i++)
        if (p->record.listeners[i].transport == (uint8_t)p->spec->listens[endpoint].transport &&
            p->record.listeners[i].port == p->record.ports[endpoint])
            return true;
    return false;
}

static bool ready_done(struct stage *st, void *arg)
{
    struct program_run *p = arg;

    if (!p->running || find_listeners(st, p) < 0)
        return true;
    for (size_t i = 0; i < p->spec->n_listens; i++)
        if (!listens(p, i))
            return false;
    return true;
}

static enum readiness classify(const struct program_run *p)
{
    bool all = true, other_transport = false;

    if (!p->running)
        return READY_EXITED;
    for (size_t i = 0; i < p->spec->n_listens; i++) {
        all &= listens(p, i);
        for (size_t k = 0; k < p->record.n_listeners; k++)
            other_transport |= p->record.listeners[k].port == p->record.ports[i] && !listens(p, i);
    }
    if (all)
        return READY;
    if (other_transport)
        return READY_OTHER_TRANSPORT;
    return p->record.n_listeners ? READY_OTHER_PORT : READY_NEVER;
}

/* The moment from which on what comes to it counts. */
static void take_base(struct program_run *p)
{
    int n = proc_count_fds(p->pid);

    p->base = (struct fd_base){.fds = n > 0 ? (uint32_t)n : 0, .taken = n > 0};
    p->visits = 0;
}

bool program_ready(struct stage *st, size_t index)
{
    struct program_run *p = &st->programs[index];
    struct wait w = {.done = ready_done, .arg = p, .within = 2 * SPEC_WITHIN};

    if (p->record.readiness == READY) /* one that has ended since stays what it was: ready once */
        return p->running;
    if (program_start(st, index) < 0 || p->record.readiness == READY_NOT_FOUND)
        return false;
    if (p->spec->n_listens == 0)
        return p->running;
    p->record.ready_decided = await(st, &w);
    programs_reap(st);
    p->record.readiness = classify(p);
    p->record.ready_after = p->record.readiness == READY ? clock_now() - p->started : 0;
    if (p->record.readiness == READY)
        take_base(p);
    return p->record.readiness == READY;
}

/* ---- what it holds
 * ------------------------------------------------------------------------------------------ */

/* Sockets of the program's processes whose connection the other side has closed. All programs of a box are
 * one tree; which of its processes are whose is not told, so it is the box's. */
static int count_stale(struct stage *st, uint32_t *stale)
{
    struct socket_list sockets = {0};
    struct sock_infos infos = {0};
    int r = box_sockets(&st->box, &sockets);

    *stale = 0;
    if (r == 0)
        r = sockdiag_list(&st->diag, IPPROTO_TCP, 1u << TCP_CLOSE_WAIT, &infos);
    for (size_t i = 0; i < infos.n; i++)
        *stale += held(&sockets, infos.infos[i].inode);
    sock_infos_deinit(&infos);
    socket_list_deinit(&sockets);
    return r < 0 ? r : 0;
}

int program_holds(struct stage *st, struct program_run *p, uint32_t *fds, uint32_t *stale)
{
    int n = p->running ? proc_count_fds(p->pid) : 0, r = count_stale(st, stale);

    *fds = n > 0 ? (uint32_t)n : 0;
    return r < 0 ? err_set(&st->err, r, "listing what %s holds", p->spec->name) : 0;
}

struct addr program_addr(struct stage *st, size_t program, size_t endpoint, uint32_t host)
{
    return addr_v4(host, st->ports[port_index(st->spec, program, endpoint)]);
}

/* ---- standard input
 * ----------------------------------------------------------------------------------------- */

/* A terminal stays open at its end: it is told by a byte, twice where a line was begun. */
static void end_typing(struct program_run *p)
{
    static const uint8_t end[] = {TERMINAL_END, TERMINAL_END};

    p->typing_ends = false;
    if (p->in_far < 0)
        fd_closep(&p->in);
    else if (write(p->in, end, p->typed_last == '\n' ? 1 : 2) < 0)
        p->typing_ends = errno == EAGAIN;
}

void program_type(struct stage *st, struct program_run *p)
{
    (void)st;
    while (p->in >= 0 && p->to_type.len) {
        ssize_t n = write(p->in, p->to_type.data, p->to_type.len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            return;
        if (n < 0) { /* it has closed its end */
            p->to_type.len = 0;
            break;
        }
        p->typed_last = p->to_type.data[n - 1];
        buf_consume(&p->to_type, (size_t)n);
    }
    if (p->typing_ends && p->to_type.len == 0)
        end_typing(p);
}

/* A terminal's line discipline has all that was written: what it hands on wakes whoever waits for it. */
static void deliver(const struct program_run *p)
{
    struct pollfd far = {.fd = p->in_far, .events = POLLIN};

    if (p->in_far >= 0)
        poll(&far, 1, 0);
}

bool programs_typed(struct stage *st)
{
    for (size_t i = 0; i < st->spec->n_programs; i++) {
        struct program_run *p = &st->programs[i];
        int unread = 0;

        program_type(st, p);
        deliver(p);
        if (p->in_far >= 0)
            continue;
        /* What a program leaves in the pipe and sleeps on is no obstacle; what did not fit in yet is. */
        if (p->in >= 0 && p->to_type.len && ioctl(p->in, FIONREAD, &unread) == 0 && unread == 0)
            return false;
    }
    return true;
}

/* ---- the end
 * -------------------------------------------------------------------------------------------------- */

static struct program_run *by_pid(struct stage *st, pid_t pid)
{
    for (size_t i = 0; i < st->spec->n_programs; i++)
        if (st->programs[i].running && st->programs[i].pid == pid)
            return &st->programs[i];
    return NULL;
}

/* A SIGKILL that is not ours is its own doing, or the hard limit of CPU time, unless the machine ran out of
 * memory. */
static void note_kill(struct stage *st, struct program_run *p, int status)
{
    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL || p->sent_kill)
        return;
    if (p->record.cpu >= st->spec->limits.cpu)
        p->record.limit = arena_text(&st->arena, "cpu");
    else if (proc_oom_kills() != st->oom_kills && !st->err.code)
        err_say(&st->err, -ENOMEM, "this machine ran out of memory, and its kernel ended %s", p->spec->name);
}

void programs_reap(struct stage *st)
{
    struct box_exit e;
    int r;

    while ((r = box_next_exit(&st->box, &e)) == 1) {
        struct program_run *p = by_pid(st, e.pid);
        if (!p)
            continue;
        p->running = false;
        p->record.exit_status = e.status;
        p->record.cpu = e.cpu;
        p->record.left_behind = e.left;
        p->record.exited = !p->exit_expected;
        if (WIFSIGNALED(e.status) && WTERMSIG(e.status) == SIGXCPU)
            p->record.limit = arena_text(&st->arena, "cpu");
        note_kill(st, p, e.status);
    }
    if (r < 0 && !st->err.code)
        err_set(&st->err, r, "the box ended: %s", st->box.error[0] ? st->box.error : "no reason was given");
}

void program_signal(struct stage *st, struct program_run *p, int sig)
{
    p->sent_kill |= sig == SIGKILL;
    p->paused = sig == SIGSTOP || (p->paused && sig != SIGCONT);
    box_signal(&st->box, p->pid, sig);
}

static bool all_ended(struct stage *st, void *arg)
{
    bool per_case_only = *(bool *)arg;

    for (size_t i = 0; i < st->spec->n_programs; i++)
        if (st->programs[i].running && (!per_case_only || st->programs[i].spec->start_per_case))
            return false;
    return true;
}

void programs_stop(struct stage *st, bool per_case_only)
{
    struct wait w = {.done = all_ended, .arg = &per_case_only, .within = END_TIME};

    for (size_t i = 0; i < st->spec->n_programs; i++) {
        struct program_run *p = &st->programs[i];
        if (!p->running || (per_case_only && !p->spec->start_per_case))
            continue;
        p->exit_expected = p->record.terminated = true;
        program_signal(st, p, SIGTERM);
        program_signal(st, p, SIGCONT); /* a paused one could not end */
    }
    if (!st->spins && !st->err.code)
        await(st, &w);
    for (size_t i = 0; i < st->spec->n_programs; i++) {
        struct program_run *p = &st->programs[i];
        if (per_case_only && !p->spec->start_per_case)
            continue;
        if (p->running) {
            p->record.killed = true;
            program_signal(st, p, SIGKILL);
        }
    }
    if (!all_ended(st, &per_case_only) && !st->err.code)
        await(st, &w);
    for (size_t i = 0; i < st->spec->n_programs; i++)
        if (!per_case_only || st->programs[i].spec->start_per_case)
            program_stream_record(st, &st->programs[i]);
}

void programs_forget(struct stage *st, bool per_case_only)
{
    for (size_t i = 0; i < st->spec->n_programs; i++) {
        struct program_run *p = &st->programs[i];
        if (per_case_only && !p->spec->start_per_case)
            continue;
        p->pid = 0;
        p->record.readiness = READY_NOT_ASKED;
    }
}

void program_stream_record(struct stage *st, struct program_run *p)
{
    stage_pump(st);
    capture_drain(&p->out);
    capture_drain(&p->err);
    p->record.out = capture_excerpt(&p->out, &st->arena);
    p->record.err = capture_excerpt(&p->err, &st->arena);
}
