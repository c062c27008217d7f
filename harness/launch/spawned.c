#include "launch/spawned.h"

#include "base/clock.h"
#include "base/escape.h"
#include "base/mem.h"
#include "launch/visible.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static uint32_t count(const char *const *list)
{
    uint32_t n = 0;

    while (list && list[n])
        n++;
    return n;
}

static void append_all(struct buf *out, const char *const *list)
{
    for (; list && *list; list++)
        buf_append(out, (struct bytes){(const uint8_t *)*list, strlen(*list) + 1});
}

static bool is_set(const char *const *env, const char *name)
{
    size_t len = strlen(name);

    for (; env && *env; env++)
        if (!strncmp(*env, name, len) && (*env)[len] == '=')
            return true;
    return false;
}

/* A default, unless the command sets it. 1: it was added. */
static uint32_t add_default(struct buf *out, const char *const *env, const char *name, const char *value)
{
    if (is_set(env, name))
        return 0;
    buf_printf(out, "%s=%s", name, value);
    buf_byte(out, 0);
    return 1;
}

/* rustup's programs find their toolchains through $HOME, which is another one in the box. */
static uint32_t add_rustup(struct buf *out, const char *const *env)
{
    const char *home = getenv("HOME");
    char path[PATH_MAX];

    if (!home || snprintf(path, sizeof path, "%s/.rustup", home) >= (int)sizeof path ||
        access(path, F_OK) < 0)
        return 0;
    return add_default(out, env, "RUSTUP_HOME", path);
}

/* The whole environment of a program. Returns the number of entries. */
static uint32_t append_env(struct buf *out, const struct box *b, const char *const *env)
{
    bool full = b->isolation == ISOLATION_FULL;
    uint32_t n = add_default(out, env, "PATH", visible_path());

    n += add_default(out, env, "HOME", full ? BOX_HOME : b->tmp);
    n += add_default(out, env, "TMPDIR", full ? "/tmp" : b->tmp);
    n += add_default(out, env, "LANG", "C.UTF-8");
    n += add_default(out, env, "TERM", "dumb");
    n += add_rustup(out, env);
    append_all(out, env);
    return n + count(env);
}

/* The whole request; its head comes first but is known last. */
static void write_request(struct buf *out, const struct box *b, uint32_t id,
                          const struct box_command *command)
{
    struct request rq = {.kind = REQUEST_SPAWN, .id = id};

    rq.n_exchanges = command->n_exchanges;
    rq.traced = command->traced;
    rq.fault = command->fault;
    memcpy(rq.exchanges, command->exchanges, sizeof rq.exchanges);
    rq.argc = count(command->argv);
    buf_append(out, (struct bytes){(void *)&rq, sizeof rq});
    append_all(out, (const char *[]){command->cwd ? command->cwd : "", NULL});
    append_all(out, command->argv);
    rq.envc = append_env(out, b, command->env);
    memcpy(out->data, &rq, sizeof rq);
}

int spawn_send(const struct box *b, uint32_t id, const struct box_command *command, struct err *e)
{
    _cleanup_buf_ struct buf message = BUF_INIT;
    int status[2], fds[REQUEST_FDS], r, on = 1;

    write_request(&message, b, id, command);
    if (message.len > REQUEST_MAX)
        return err_say(e, -E2BIG, "the command line is too long");
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, status) < 0)
        return err_set(e, errno, "socketpair");
    /* The kernel then adds the sender's pid to each message, translated into our PID namespace (unix(7)). */
    r = setsockopt(status[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof on) < 0 ? -errno : 0;
    memcpy(fds, (int[]){command->in, command->out, command->err, status[1]}, sizeof fds);
    if (!r)
        r = fd_send(b->control, buf_view(&message), fds, REQUEST_FDS);
    fd_close(status[1]);
    if (r < 0) {
        fd_close(status[0]);
        return err_set(e, r, "cannot reach the box's init");
    }
    return status[0];
}

/* One message and the pid of its sender. Its length, 0 at the end, -errno. */
static ssize_t receive_with_pid(int fd, struct spawn_status *s, pid_t *pid)
{
    union {
        struct cmsghdr align;
        char room[CMSG_SPACE(sizeof(struct ucred))];
    } control;
    struct iovec part = {s, sizeof *s};
    struct msghdr m = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    struct cmsghdr *c;
    struct ucred who;
    ssize_t n;

    do
        n = recvmsg(fd, &m, MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    if (n <= 0)
        return n < 0 ? -errno : 0;
    c = CMSG_FIRSTHDR(&m);
    if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_CREDENTIALS) {
        memcpy(&who, CMSG_DATA(c), sizeof who);
        *pid = who.pid;
    }
    return n;
}

static int take_failure(const struct spawn_status *s, struct spawn_result *out, struct err *e)
{
    out->cause = s->error;
    snprintf(out->path, sizeof out->path, "%s", s->path);
    switch ((enum spawn_stage)s->stage) {
    case STAGE_HELLO: return 0;
    case STAGE_FORK: return err_set(e, s->error, "the box's init cannot fork");
    case STAGE_SETUP: return err_set(e, s->error, "cannot prepare the program: %s", s->path);
    case STAGE_CWD: out->is_cwd = true; /* fall through */
    case STAGE_SEARCH: out->outcome = SPAWN_NOT_FOUND; return 0;
    case STAGE_EXEC: out->outcome = SPAWN_NOT_EXECUTABLE; return 0;
    }
    return err_say(e, -EPROTO, "the box's init speaks nonsense");
}

static int receive_all(int status, int64_t deadline, struct spawn_result *out, struct err *e)
{
    struct pollfd p = {.fd = status, .events = POLLIN};

    for (;;) {
        struct spawn_status s = {0};
        int64_t left = deadline - clock_now();
        int ready = poll(&p, 1, left <= 0 ? 0 : (int)(left / NS_PER_MS) + 1);
        ssize_t n;
        int r;

        if (ready == 0 && left <= 0)
            return err_set(e, -ETIMEDOUT, "the box's init does not start the program");
        if (ready <= 0)
            continue;
        n = receive_with_pid(status, &s, &out->pid);
        if (n < 0)
            return err_set(e, (int)n, "the box's init");
        if (n == 0)
            return out->pid ? 0 : err_say(e, -EPIPE, "the box's init is gone");
        s.path[sizeof s.path - 1] = 0;
        r = take_failure(&s, out, e);
        if (r < 0 || out->outcome != SPAWNED)
            return r;
    }
}

int spawn_receive(int status, int64_t deadline, struct spawn_result *out, struct err *e)
{
    int r;

    *out = (struct spawn_result){.outcome = SPAWNED};
    r = receive_all(status, deadline, out, e);
    fd_close(status);
    return r;
}

/* Would we ourselves find this program? */
static bool have_program(const char *name, char *file, size_t size)
{
    for (const char *dir = visible_path(); *dir;) {
        size_t len = strcspn(dir, ":");
        struct stat st;

        snprintf(file, size, "%.*s/%s", (int)len, dir, name);
        if (len && access(file, X_OK) == 0 && stat(file, &st) == 0 && S_ISREG(st.st_mode))
            return true;
        dir += len + (dir[len] == ':');
    }
    return false;
}

/* Does this machine have what the box did not find? Then hiding it is our doing. */
static bool is_hidden(const struct spawn_result *result, const char *name, char *file, size_t size)
{
    bool is_interpreter = result->outcome == SPAWN_NOT_EXECUTABLE && result->cause == ENOENT;

    if (result->is_cwd || (result->cause != ENOENT && result->cause != EACCES))
        return false;
    if (!is_interpreter && !strchr(name, '/'))
        return have_program(name, file, size);
    snprintf(file, size, "%s", result->path);
    return *file == '/' && access(file, X_OK) == 0;
}

static void describe(const struct spawn_result *result, const char *name, struct err *e)
{
    _cleanup_buf_ struct buf path = BUF_INIT;

    escape_text(&path, bytes_of(result->path));
    buf_byte(&path, 0);
    if (result->is_cwd)
        err_set(e, result->cause, "the directory %s", path.data);
    else if (result->outcome == SPAWN_NOT_EXECUTABLE && result->cause == ENOENT)
        err_say(e, -ENOENT, "%s needs the interpreter %s, which is not there", name, path.data);
    else if (result->outcome == SPAWN_NOT_EXECUTABLE)
        err_set(e, result->cause, "cannot execute %s", path.data);
    else
        err_set(e, result->cause, "%s", name);
}

int spawn_explain(const struct spawn_result *result, const char *name, struct err *e)
{
    char file[PATH_MAX];

    if (is_hidden(result, name, file, sizeof file))
        return err_say(e, -EACCES, "%s is on this machine but not within reach of the box (use --expose)",
                       file);
    describe(result, name, e);
    return result->outcome;
}
