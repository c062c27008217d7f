/* programs.c - the student's programs in a play: started, awaited, typed to, and brought to an end. */
#include "base/clock.h"
#include "base/mem.h"
#include "launch/terminal.h"
#include "run/steps.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define COMMAND_MAX 1000        /* bytes of a word, and of those before it, that a record keeps */
#define END_TIME (3 * NS_PER_S) /* between SIGTERM and SIGKILL, for a program that is still at work */

static void on_room(struct watch *w, uint32_t events);

void programs_init(struct stage *st)
{
    st->programs = mem_new((st->spec->n_programs + 1) * sizeof *st->programs);
    for (size_t i = 0; i < st->spec->n_programs; i++) {
        struct program_run *p = &st->programs[i];
        p->spec = test_program(st->spec, st->test, i);
        p->index = p->waits_for = i;
        p->in = p->in_far = -1;
        p->typing = WATCH_INIT(on_room);
        p->loop = &st->loop;
        capture_init(&p->out, &st->loop, st->spec->limits.output);
        capture_init(&p->err, &st->loop, st->spec->limits.output);
        p->record.program = (uint32_t)i;
        p->record.exit_status = -1;
    }
}

static void close_stdin(struct program_run *p)
{
    loop_remove(p->loop, &p->typing);
    fd_closep(&p->in);
    p->typed = p->to_type.len = 0;
}

static void forget(struct program_run *p)
{
    close_stdin(p);
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

static const char **make_argv(struct stage *st, size_t program, const struct bindings *b)
{
    const struct program *p = st->programs[program].spec;
    const struct words *run = &st->spec->programs[program].run;
    const char **argv = arena_new(&st->arena, (run->n + p->n_args + 1) * sizeof *argv);
    size_t n = 0;

    for (size_t i = 0; i < run->n; i++)
        argv[n++] = run->word[i];
    for (size_t i = 0; i < p->n_args; i++) {
        struct bytes word = template_fill(&p->args[i], b, &st->arena);
        argv[n++] = (const char *)arena_bytes(&st->arena, word).data;
    }
    return argv;
}

static char *one_line(struct stage *st, const char *const *argv)
{
    char *line = arena_text(&st->arena, argv[0]);

    while (*++argv && strlen(line) < COMMAND_MAX)
        line = arena_printf(&st->arena, "%s %.*s", line, COMMAND_MAX, *argv);
    return line;
}

/* The assignment's own are nobody's business. */
static bool is_traced(const struct stage *st, const struct program *p)
{
    return st->xray.on && p->owner == 0;
}

static const char **make_env(struct stage *st, const struct program *p, const struct bindings *b)
{
    const char **env = arena_new(&st->arena, (p->n_env + 3) * sizeof *env);

    for (size_t i = 0; i < p->n_env; i++) {
        struct bytes value = template_fill(&p->env[i].value, b, &st->arena);
        env[i] = arena_printf(&st->arena, "%s=%.*s", p->env[i].name, (int)value.len, value.data);
    }
    if (is_traced(st, p))
        xray_environment(st, env);
    return env;
}

static int open_stdin(struct stage *st, struct program_run *p, int *theirs)
{
    struct bindings b = program_bindings(st, p);
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
    buf_append(&p->to_type, template_fill(&p->spec->stdin_text, &b, &st->arena));
    p->typing_ends = p->spec->stdin_kind == STDIN_TEXT;
    return 0;
}

/* stdout of p in this case. */
static bool on_terminal(const struct stage *st, const struct program_run *p)
{
    return !p->spec->stdout_is_pipe || st->key->experiment == ON_TERMINAL;
}

static enum call_fault fault_of(enum experiment e)
{
    if (e == SHORT_SENDS)
        return FAULT_SHORT_SENDS;
    return e == INTERRUPTED ? FAULT_INTERRUPTIONS : FAULT_NONE;
}

static int spawn(struct stage *st, struct program_run *p, int in, int out, int err)
{
    struct owner *o = owner_of(st, p);
    struct bindings b = program_bindings(st, p);
    struct box_command command = {.argv = make_argv(st, p->index, &b),
                                  .env = make_env(st, p->spec, &b),
                                  .cwd = p->spec->cwd,
                                  .in = in,
                                  .out = out,
                                  .err = err,
                                  .traced = is_traced(st, p->spec),
                                  .fault = fault_of(st->key->experiment)};
    int cause = 0, r;

    p->record.command = one_line(st, command.argv);
    command.n_exchanges = (uint32_t)program_exchanges(st, p, command.exchanges);
    r = owner_open(o);
    if (r < 0)
        return r;
    p->started = clock_now();
    r = box_spawn(&o->box, &command, &p->pid, &cause, &st->err);
    if (r < 0 || (r != SPAWNED && p->spec->owner))
        return err_wrap(&st->err, "starting %s%s", p->spec->owner ? "the assignment's own " : "",
                        p->spec->name);
    if (r != SPAWNED) {
        p->pid = 0;
        p->record.readiness = READY_NOT_FOUND;
        p->record.limit = arena_text(&st->arena, st->err.text);
        st->err = (struct err){0};
        return 0;
    }
    p->running = true;
    if (command.traced)
        xray_spawned(st, o->box.last_id, p->index);
    program_type(st, p);
    return 0;
}

static int start(struct stage *st, struct program_run *p)
{
    _cleanup_fd_ int in = -1;
    _cleanup_fd_ int out = -1;
    _cleanup_fd_ int err = -1;
    int r;

    forget(p);
    capture_init(&p->out, &st->loop, st->spec->limits.output);
    capture_init(&p->err, &st->loop, st->spec->limits.output);
    program_begin_record(st, p);
    p->exit_expected = p->sent_kill = p->paused = false;
    p->selected = 0;
    r = open_stdin(st, p, &in);
    if (r == 0)
        r = capture_open(&p->out, on_terminal(st, p), &out);
    if (r == 0)
        r = capture_open(&p->err, false, &err);
    if (r < 0)
        return err_set(&st->err, r, "making the pipes of %s", p->spec->name);
    return spawn(st, p, in, out, err);
}

/* One that has ended is what a step wanted, or will be found by one: whoever is told of it can start. */
static bool is_over(const struct stage *st, size_t index)
{
    const struct program_run *p = &st->programs[index];

    return p->pid && !p->running && program_ports_known(st, p);
}

/* Those that it is told of come first. Where two are told of each other, one has to begin: whoever is being
 * started counts as started. */
static bool others_ready(struct stage *st, struct program_run *p)
{
    bool ready = true;

    p->starting = true;
    for (size_t i = 0; i < st->spec->n_programs && ready; i++) {
        if (st->programs[i].starting || !program_is_told_of(st->spec, p->spec, i) || is_over(st, i))
            continue;
        ready = program_ready(st, i);
        p->waits_for = ready ? p->index : i;
    }
    p->starting = false;
    return ready;
}

int program_start(struct stage *st, size_t index)
{
    struct program_run *p = &st->programs[index];

    p->waits_for = index;
    if (p->pid || p->record.readiness == READY_NOT_FOUND || !others_ready(st, p))
        return st->err.code;
    if (start(st, p) == 0 && st->key->experiment == RESTED)
        await_rest(st, SPEC_WITHIN, STEP_SPIN_CPU);
    return st->err.code;
}

uint32_t program_at_fault(const struct stage *st, size_t index)
{
    while (st->programs[index].waits_for != index)
        index = st->programs[index].waits_for;
    return (uint32_t)index;
}

/* ---- standard input
 * ----------------------------------------------------------------------------------------- */

/* A terminal stays open at its end: it is told by a byte, twice where a line was begun. */
static void end_typing(struct program_run *p)
{
    static const uint8_t end[] = {TERMINAL_END, TERMINAL_END};

    p->typing_ends = false;
    if (p->in_far < 0)
        close_stdin(p);
    else if (write(p->in, end, p->typed_last == '\n' ? 1 : 2) < 0)
        p->typing_ends = errno == EAGAIN;
}

/* Writes what there is room for. True: more is left for later. */
static bool type_some(struct program_run *p)
{
    while (p->in >= 0 && p->typed < p->to_type.len) {
        ssize_t n = write(p->in, p->to_type.data + p->typed, p->to_type.len - p->typed);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            return true;
        if (n < 0) /* it has closed its end */
            break;
        p->typed += (size_t)n;
        p->typed_last = p->to_type.data[p->typed - 1];
    }
    p->to_type.len = p->typed = 0;
    return false;
}

void program_type(struct stage *st, struct program_run *p)
{
    if (type_some(p)) {
        /* A terminal may call itself writable and take nothing: it is tried whenever the programs are looked
         * at. */
        if (p->typing.fd < 0 && p->in_far < 0)
            loop_add(&st->loop, &p->typing, p->in, EPOLLOUT);
        return;
    }
    loop_remove(&st->loop, &p->typing);
    if (p->typing_ends)
        end_typing(p);
}

static void on_room(struct watch *w, uint32_t events)
{
    struct program_run *p = (struct program_run *)((char *)w - offsetof(struct program_run, typing));

    (void)events;
    if (type_some(p))
        return;
    loop_remove(p->loop, w);
    if (p->typing_ends)
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

/* The student's program may end as it likes, and that is judged; the assignment's own ends by no signal but
 * ours. */
static void note_crash(struct stage *st, const struct program_run *p, int status)
{
    bool ours = p->exit_expected && (WTERMSIG(status) == SIGTERM || p->sent_kill || !p->record.terminated);

    if (WIFSIGNALED(status) && !ours)
        trusted_fails(st, p,
                      arena_printf(&st->arena, "was ended by signal %d (%s)%s%s", WTERMSIG(status),
                                   strsignal(WTERMSIG(status)), p->record.limit ? ", for the limit " : "",
                                   p->record.limit ? p->record.limit : ""));
}

static void note_exit(struct stage *st, struct program_run *p, const struct box_exit *e)
{
    p->running = false;
    p->record.exit_status = e->status;
    p->record.cpu = e->cpu;
    p->record.left_behind = e->left;
    p->record.exited = !p->exit_expected;
    if (WIFSIGNALED(e->status) && WTERMSIG(e->status) == SIGXCPU)
        p->record.limit = arena_text(&st->arena, "cpu");
    if (WIFSIGNALED(e->status) && WTERMSIG(e->status) == SIGXFSZ)
        p->record.limit = arena_text(&st->arena, "disk");
    note_kill(st, p, e->status);
    note_crash(st, p, e->status);
}

static void reap(struct stage *st, struct box *b)
{
    struct box_exit e;
    int r;

    while ((r = box_next_exit(b, &e)) == 1) {
        struct program_run *p = by_pid(st, e.pid);
        if (p)
            note_exit(st, p, &e);
    }
    if (r < 0 && !st->err.code)
        err_set(&st->err, r, "the box ended: %s", b->error[0] ? b->error : "no reason was given");
}

void programs_reap(struct stage *st)
{
    for (size_t i = 0; i < st->n_owners; i++)
        if (st->owners[i].open)
            reap(st, &st->owners[i].box);
}

void program_signal(struct stage *st, struct program_run *p, int sig)
{
    p->sent_kill |= sig == SIGKILL;
    p->paused = sig == SIGSTOP || (p->paused && sig != SIGCONT);
    if (sig == SIGSTOP || sig == SIGCONT)
        box_signal_group(&owner_of(st, p)->box, p->pid, sig);
    else
        box_signal(&owner_of(st, p)->box, p->pid, sig);
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
