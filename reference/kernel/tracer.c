#include "kernel/tracer.h"

#include "base/clock.h"
#include "base/mem.h"
#include "kernel/call_faults.h"
#include "kernel/proc.h"
#include "kernel/stops.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* How a program comes to be traced. It must be before it makes a call, so its child of ours asks for it. That
 * kind of tracing cannot leave a program stopped by a signal; so once it executes, it is let go, into a stop,
 * and seized there. Not earlier: until then its memory is a copy of ours, and nobody may look at that. */
enum stage {
    STAGE_BEGINS,   /* has asked, and stops itself */
    STAGE_EXECUTES, /* will stop with SIGTRAP when it does */
    STAGE_SEIZED,   /* will be found stopped */
    STAGE_RUNS,
};

struct tracee {
    pid_t tid, tgid;
    enum stage stage;
    bool calling;    /* in a call, of which the return is awaited */
    bool restarting; /* the call was interrupted, and may go on */
    bool paused;     /* stopped by a signal */
    uint32_t thread;
    struct caller caller;
    struct call call;          /* while one of these two */
    struct call_length length; /* of a call that is cut */
    struct held_signal signal;
};

struct traced_process {
    pid_t tgid;
    uint32_t program, number;
    uint32_t threads; /* that it ever had */
    enum call_fault fault;
    uint32_t children; /* of the program's first process: processes that descend from it */
};

/* ---- who there is -------------------------------------------------------------------------------------- */

static struct tracee *find(const struct tracer *t, pid_t tid)
{
    for (size_t i = 0; i < t->n; i++)
        if (t->tracees[i].tid == tid)
            return &t->tracees[i];
    return NULL;
}

static struct traced_process *process_of(const struct tracer *t, pid_t tgid)
{
    for (size_t i = 0; i < t->n_processes; i++)
        if (t->processes[i].tgid == tgid)
            return &t->processes[i];
    return NULL;
}

/* The process as which a program began; it may have ended. */
static struct traced_process *first_of(const struct tracer *t, uint32_t program)
{
    for (size_t i = 0; i < t->n_processes; i++)
        if (t->processes[i].program == program && t->processes[i].number == 0)
            return &t->processes[i];
    return NULL;
}

static struct tracee *add(struct tracer *t, pid_t tid, pid_t tgid, enum stage stage)
{
    struct traced_process *p = process_of(t, tgid);
    struct tracee *e = array_push(t->tracees, t->n, t->cap);

    *e = (struct tracee){.tid = tid, .tgid = tgid, .stage = stage};
    if (p)
        e->thread = p->threads++;
    return e;
}

static void drop(struct tracer *t, struct tracee *e)
{
    *e = t->tracees[--t->n];
}

static struct traced_process *add_process(struct tracer *t, pid_t tgid, uint32_t program, uint32_t number)
{
    struct traced_process *p = array_push(t->processes, t->n_processes, t->cap_processes);

    *p = (struct traced_process){.tgid = tgid, .program = program, .number = number};
    return p;
}

void tracer_expect(struct tracer *t, pid_t pid, uint32_t program, enum call_fault fault)
{
    if (!t->known)
        t->known = mem_new(SOCKETS_KNOWN * sizeof *t->known);
    add_process(t, pid, program, 0)->fault = fault;
    add(t, pid, pid, STAGE_BEGINS);
}

void tracer_deinit(struct tracer *t)
{
    mem_free(t->tracees);
    mem_free(t->processes);
    mem_free(t->known);
    call_log_deinit(&t->log);
    *t = (struct tracer){0};
}

/* ---- what is written down ------------------------------------------------------------------------------ */

/* A call of this thread's, from now on. */
static struct call call_of(const struct tracer *t, const struct tracee *e)
{
    const struct traced_process *p = process_of(t, e->tgid);
    struct call c = {.began = clock_now(), .fd = -1, .thread = e->thread};

    c.program = p ? p->program : 0;
    c.process = p ? p->number : 0;
    return c;
}

static void note(struct tracer *t, const struct tracee *e, enum call_kind kind, int64_t result)
{
    struct call c = call_of(t, e);

    c.kind = kind;
    c.result = result;
    c.ended = c.began;
    call_log_add(&t->log, &c);
}

static void note_return(struct tracer *t, struct tracee *e, int64_t result)
{
    e->call.result = result;
    e->call.ended = clock_now();
    e->calling = e->restarting = false;
    call_look_back(&e->call, &e->caller, t->known);
    call_log_add(&t->log, &e->call);
}

/* A thread or process that `by` has made. It may have stopped before its maker told of it. */
static struct tracee *adopt(struct tracer *t, pid_t tid, const struct tracee *by)
{
    pid_t tgid = (pid_t)proc_status_number(tid, "Tgid", 10), parent;
    const struct traced_process *from;
    struct traced_process *first;
    struct tracee maker = {0};
    enum call_fault fault;

    if (!tgid || find(t, tid))
        return find(t, tid);
    if (process_of(t, tgid))
        return add(t, tid, tgid, STAGE_RUNS);
    parent = by ? by->tgid : (pid_t)proc_status_number(tid, "PPid", 10);
    if (by)
        maker = *by;
    from = process_of(t, parent);
    first = from ? first_of(t, from->program) : NULL;
    fault = from ? from->fault : FAULT_NONE;
    if (from)
        add_process(t, tgid, from->program, first ? ++first->children : 1)->fault = fault;
    if (by && process_of(t, tgid))
        note(t, &maker, CALL_FORK, process_of(t, tgid)->number);
    return add(t, tid, tgid, STAGE_RUNS);
}

/* ---- stops --------------------------------------------------------------------------------------------- */

/* Signal 0: none. One that is gone meanwhile was killed. */
static void go_on(struct tracee *e, int sig)
{
    e->paused = false;
    order(e->calling || e->signal.sig ? PTRACE_SYSCALL : PTRACE_CONT, e->tid, sig);
}

static void begin_to_trace(struct tracee *e, int status)
{
    int sig = WSTOPSIG(status);

    if (e->stage == STAGE_BEGINS && sig == SIGSTOP) {
        order(PTRACE_SETOPTIONS, e->tid, PTRACE_O_EXITKILL | PTRACE_O_TRACESECCOMP);
        e->stage = STAGE_EXECUTES;
        order(PTRACE_CONT, e->tid, 0);
    } else if (e->stage == STAGE_EXECUTES && sig == SIGTRAP && status >> 16 == 0) {
        e->stage = STAGE_SEIZED;
        if (order(PTRACE_DETACH, e->tid, SIGSTOP) < 0 || order(PTRACE_SEIZE, e->tid, TRACER_OPTIONS) < 0)
            kill(e->tid, SIGKILL); /* its calls would all fail */
    } else if (e->stage == STAGE_SEIZED && status >> 16 == PTRACE_EVENT_STOP) {
        e->stage = STAGE_RUNS;
        kill(e->tid, SIGCONT);
        order(PTRACE_CONT, e->tid, 0);
    } else
        order(PTRACE_CONT, e->tid, status >> 16 ? 0 : sig);
}

static bool has_fault(const struct tracer *t, const struct tracee *e, enum call_fault fault)
{
    const struct traced_process *p = process_of(t, e->tgid);

    return p && p->fault == fault;
}

/* The program does not see it: the length is put back when the call returns. */
static void shorten(struct tracer *t, struct tracee *e, int64_t socket)
{
    if (has_fault(t, e, FAULT_SHORT_SENDS) && call_length_find(&e->caller, socket, t->known, &e->length) &&
        call_length_set(e->tid, &e->length, e->length.value - 1))
        e->call.cut = 1;
}

/* The same call once more, after it was interrupted? */
static bool goes_on(const struct tracee *e, const struct call_info *info)
{
    return e->restarting && ((int64_t)info->entry.nr == SYS_restart_syscall ||
                             ((int64_t)info->entry.nr == e->caller.rule->number &&
                              memcmp(info->entry.args, e->caller.args, sizeof e->caller.args) == 0));
}

/* Which of the calls that are made of any file are worth telling: those of sockets, and of what is no
 * descriptor at all. */
static bool is_told(const struct call_rule *rule, int64_t socket)
{
    return rule->kind != CALL_OTHER && (!rule->any_file || socket);
}

static void on_call(struct tracer *t, struct tracee *e)
{
    struct call_info info = {0};
    const struct call_rule *rule;
    int64_t socket = 0;

    if (ptrace(PTRACE_GET_SYSCALL_INFO, e->tid, sizeof info, &info) <= 0 || info.op != OP_TRAPPED)
        return;
    if (goes_on(e, &info)) {
        e->calling = true;
        e->restarting = false;
        if (e->call.cut)
            call_length_set(e->tid, &e->length, e->length.value - 1);
        return;
    }
    if (e->restarting)
        note_return(t, e, -EINTR);
    rule = call_find((int64_t)info.entry.nr);
    if (rule && rule->shape != SHAPE_NEW && rule->shape != SHAPE_WAIT)
        socket = call_socket(e->tid, (int)info.entry.args[0]);
    if (!rule || !is_told(rule, socket))
        return;
    e->caller = (struct caller){.pid = e->tgid, .tid = e->tid, .rule = rule};
    memcpy(e->caller.args, info.entry.args, sizeof e->caller.args);
    e->call = call_of(t, e);
    call_look(&e->call, &e->caller, socket, t->known);
    shorten(t, e, socket);
    e->calling = true;
}

/* At the end of a call that is told, and at both ends of any while a signal is held. */
static void on_call_or_return(struct tracer *t, struct tracee *e)
{
    struct call_info info = {0};

    if (ptrace(PTRACE_GET_SYSCALL_INFO, e->tid, sizeof info, &info) <= 0)
        return;
    if (info.op == OP_ENTRY)
        held_signal_at_call(&e->signal, e->tgid, e->tid, (int64_t)info.entry.nr);
    if (info.op != OP_EXIT || !e->calling)
        return;
    held_signal_at_return(&e->signal, info.exit.rval);
    if (e->call.cut)
        call_length_set(e->tid, &e->length, e->length.value);
    if (call_was_interrupted(info.exit.rval)) {
        e->calling = false;
        e->restarting = true;
    } else
        note_return(t, e, info.exit.rval);
}

/* Those that people wait for, send, or die of: runtimes use others for their own purposes. */
static bool is_telling(int sig)
{
    static const int signals[] = {SIGHUP, SIGINT, SIGPIPE, SIGALRM, SIGTERM, SIGUSR1, SIGUSR2, SIGCHLD};

    for (size_t i = 0; i < array_len(signals); i++)
        if (signals[i] == sig)
            return true;
    return false;
}

/* Only the thread that executes is left of its process, and it has the process's number. */
static void on_exec(struct tracer *t, pid_t tgid)
{
    for (size_t i = t->n; i-- > 0;)
        if (t->tracees[i].tgid == tgid && t->tracees[i].tid != tgid)
            drop(t, &t->tracees[i]);
}

static void on_birth(struct tracer *t, const struct tracee *e)
{
    unsigned long tid = 0;

    if (ptrace(PTRACE_GETEVENTMSG, e->tid, 0, &tid) == 0)
        adopt(t, (pid_t)tid, e);
}

static bool is_stop(int sig)
{
    return sig == SIGSTOP || sig == SIGTSTP || sig == SIGTTIN || sig == SIGTTOU;
}

/* A stop of a signal's lasts, as it would without us. */
static void on_pause(struct tracee *e)
{
    e->paused = order(PTRACE_LISTEN, e->tid, 0) == 0;
}

static void on_signal(struct tracer *t, struct tracee *e, int sig)
{
    if (sig == (SIGTRAP | 0x80)) {
        on_call_or_return(t, e);
        go_on(e, 0);
        return;
    }
    if (has_fault(t, e, FAULT_INTERRUPTIONS) && held_signal_keep(&e->signal, e->tid, sig)) {
        go_on(e, 0);
        return;
    }
    held_signal_deliver(&e->signal, e->tid, sig);
    if (is_telling(sig))
        note(t, e, CALL_SIGNAL, sig);
    go_on(e, sig);
}

void tracer_stopped(struct tracer *t, pid_t tid, int status)
{
    struct tracee *e = find(t, tid);
    int event = status >> 16;

    if (!e && t->n)
        e = adopt(t, tid, NULL);
    if (!e) { /* it has made its parent its tracer: PTRACE_TRACEME */
        order(PTRACE_DETACH, tid, event ? 0 : WSTOPSIG(status) == SIGTRAP ? 0 : WSTOPSIG(status));
        return;
    }
    if (e->stage != STAGE_RUNS) {
        begin_to_trace(e, status);
        return;
    }
    switch (event) {
    case 0: on_signal(t, e, WSTOPSIG(status)); return;
    case PTRACE_EVENT_SECCOMP: on_call(t, e); break;
    case PTRACE_EVENT_FORK:
    case PTRACE_EVENT_VFORK:
    case PTRACE_EVENT_CLONE: on_birth(t, e); break;
    case PTRACE_EVENT_EXEC: on_exec(t, e->tgid); break;
    case PTRACE_EVENT_STOP:
        if (is_stop(WSTOPSIG(status))) {
            on_pause(e);
            return;
        }
        break;
    }
    e = find(t, tid); /* the list may have moved */
    if (event == PTRACE_EVENT_EXEC)
        e->calling = e->restarting = false;
    go_on(e, 0);
}

void tracer_ended(struct tracer *t, pid_t tid, int status)
{
    struct tracee *e = find(t, tid);

    if (!e)
        return;
    if (e->restarting && WIFEXITED(status)) /* who ends by itself has come back */
        note_return(t, e, -EINTR);
    else if (e->calling || e->restarting)
        call_log_add(&t->log, &e->call);
    if (e->tgid == tid && e->stage == STAGE_RUNS)
        note(t, e, CALL_END, status);
    for (size_t i = 0; i < t->n_processes; i++)
        if (t->processes[i].tgid == tid && t->processes[i].number)
            t->processes[i--] = t->processes[--t->n_processes];
    drop(t, e);
}

/* ---- what it has come to ------------------------------------------------------------------------------- */

void tracer_calls(const struct tracer *t, struct call **list, size_t *n, uint64_t *lost)
{
    *list = call_log_list(&t->log, n);
    *lost = call_log_lost(&t->log);
    for (size_t i = 0, waiting = 0; i < t->n && waiting < CALLS_WAITING; i++)
        if (t->tracees[i].calling || t->tracees[i].restarting) {
            (*list)[(*n)++] = t->tracees[i].call;
            waiting++;
        }
}

struct traced tracer_traced(const struct tracer *t)
{
    struct traced now = {.on = t->known != NULL, .threads = (uint32_t)t->n};

    for (size_t i = 0; i < t->n; i++)
        now.paused += t->tracees[i].paused;
    return now;
}

/* ---- the program's side -------------------------------------------------------------------------------- */

int tracer_begin(void)
{
    if (ptrace(PTRACE_TRACEME, 0, 0, 0) < 0)
        return -errno;
    if (kill(getpid(), SIGSTOP) < 0) /* until the tracer has set its options */
        return -errno;
    return calls_trap();
}
