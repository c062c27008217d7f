#include "launch/build.h"

#include "base/clock.h"
#include "kernel/idle.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define HEAD_MAX ((size_t)256 * 1024)
#define TAIL_MAX ((size_t)16 * 1024)
#define OUTPUT_MAX (UINT64_C(16) * 1024 * 1024)
#define LOOK (100 * NS_PER_MS) /* between two looks at what memory is used, and who waits for a CPU */
#define STARVED_AT_MOST 10     /* the time limit is put off to this many times itself at most */

/* The beginning of what was written, and its end. */
struct kept {
    struct buf head, tail;
    uint64_t total;
};

struct build {
    const struct build_request *request;
    struct build_outcome *out;
    struct box box;
    struct kept kept;
    int output; /* owned: our end of the pipe; -1: at its end */
    bool ended;
    int64_t started, looked;   /* when; 0: not yet */
    struct tree tree;          /* owned: its processes */
    struct tree_sample sample; /* owned */
    int64_t waited;            /* for how long some of them have waited for a CPU, ns */
    int64_t counted;           /* what they had waited, together, at the last look */
};

static void keep(struct kept *k, struct bytes b)
{
    size_t room = HEAD_MAX - k->head.len;

    k->total += b.len;
    buf_append(&k->head, bytes_slice(b, 0, room));
    buf_append(&k->tail, bytes_slice(b, room, b.len));
    if (k->tail.len > 4 * TAIL_MAX)
        buf_consume(&k->tail, k->tail.len - TAIL_MAX);
}

/* Puts both parts together. */
static void finish_output(struct kept *k, struct build_outcome *out)
{
    struct bytes tail;

    if (k->tail.len > TAIL_MAX)
        buf_consume(&k->tail, k->tail.len - TAIL_MAX);
    tail = buf_view(&k->tail);
    out->left_out = k->total - k->head.len - tail.len;
    out->output = k->head;
    k->head = BUF_INIT;
    if (out->left_out)
        buf_printf(&out->output, "\n[%llu bytes left out]\n", (unsigned long long)out->left_out);
    buf_append(&out->output, tail);
    buf_deinit(&k->tail);
    out->error = build_first_error(buf_view(&out->output));
}

/* Reads what is there, without waiting. */
static void drain(struct build *b)
{
    uint8_t block[16384];

    while (b->output >= 0 && b->kept.total <= OUTPUT_MAX) {
        ssize_t n = read(b->output, block, sizeof block);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            return;
        if (n <= 0)
            fd_closep(&b->output);
        else
            keep(&b->kept, (struct bytes){block, (size_t)n});
    }
}

static int take_exit(struct build *b, struct err *e)
{
    struct box_exit x;
    int r = box_next_exit(&b->box, &x);

    if (r < 0)
        return err_say(e, r, "%s", b->box.error);
    if (r > 0) {
        b->ended = true;
        b->out->status = x.status;
        b->out->cpu = x.cpu;
        b->out->end = x.status == 0 ? BUILD_RUN_OK : BUILD_RUN_FAILED;
    }
    return 0;
}

/* Of processes that end between two looks, what they have waited since the first of these is lost. */
static void count_waiting(struct build *b, int64_t passed)
{
    struct idle now;
    int64_t more;

    if (tree_sample(&b->tree, &b->sample) < 0)
        return;
    idle_single(&b->sample, &now);
    more = now.starved - b->counted;
    b->counted = now.starved;
    if (more > 0)
        b->waited += more < passed ? more : passed;
}

/* Should it be stopped for what it uses? */
static bool uses_too_much(struct build *b)
{
    int64_t most = (int64_t)b->request->limits.memory, now = clock_now();

    if (now - b->looked < LOOK)
        return false;
    count_waiting(b, now - (b->looked ? b->looked : b->started));
    b->looked = now;
    return most && box_memory(&b->box, most) > most;
}

/* Until the time limit, which is for what it does while it gets a CPU. */
static int64_t time_left(const struct build *b)
{
    int64_t limit = b->request->timeout, most = (STARVED_AT_MOST - 1) * limit;

    return b->started + limit + (b->waited < most ? b->waited : most) - clock_now();
}

/* Until the command has ended or has to be stopped. */
static int watch(struct build *b, struct err *e)
{
    while (!b->ended) {
        struct pollfd waits[2] = {{.fd = b->box.control, .events = POLLIN},
                                  {.fd = b->output, .events = POLLIN}};
        int64_t left = time_left(b);
        int r;

        if (left <= 0) {
            b->out->end = BUILD_RUN_TOO_LONG;
            return 0;
        }
        r = poll(waits, 2, (int)((left < LOOK ? left : LOOK) / NS_PER_MS) + 1);
        if (r < 0 && errno != EINTR)
            return err_set(e, errno, "poll");
        if (uses_too_much(b)) {
            b->out->end = BUILD_RUN_TOO_MUCH_MEMORY;
            return 0;
        }
        drain(b);
        if (b->kept.total > OUTPUT_MAX) {
            b->out->end = BUILD_RUN_TOO_MUCH_OUTPUT;
            return 0;
        }
        r = waits[0].revents ? take_exit(b, e) : 0;
        if (r < 0)
            return r;
    }
    return 0;
}

/* 0: it runs, 1: it could not be started, which out says; negative: a fault. */
static int spawn(struct build *b, struct err *e)
{
    const struct build_request *rq = b->request;
    _cleanup_fd_ int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    struct box_command command = {.argv = rq->argv, .env = rq->env, .in = null};
    int ends[2] = {-1, -1}, r;
    pid_t pid;

    if (null < 0 || fd_pipe(ends) < 0)
        return err_set(e, errno, "cannot capture the build's output");
    b->output = ends[0];
    command.out = command.err = ends[1];
    r = fd_nonblock(b->output);
    if (!r)
        r = box_spawn(&b->box, &command, &pid, &b->out->cause, e);
    fd_close(ends[1]);
    snprintf(b->out->missing, sizeof b->out->missing, "%.*s", (int)sizeof b->out->missing - 1,
             b->box.missing);
    if (r == SPAWN_NOT_FOUND)
        b->out->end = BUILD_RUN_NOT_FOUND;
    if (r == SPAWN_NOT_EXECUTABLE)
        b->out->end = BUILD_RUN_NOT_EXECUTABLE;
    return r > 0 ? 1 : r;
}

static int run(struct build *b, struct err *e)
{
    int r;

    b->started = clock_now();
    r = spawn(b, e);
    tree_init(&b->tree, b->box.init);
    if (r == 0)
        r = watch(b, e);
    tree_sample_deinit(&b->sample);
    tree_deinit(&b->tree);
    b->out->took = clock_now() - b->started;
    return r < 0 ? r : 0;
}

int build_run(const struct build_request *rq, struct build_outcome *out, struct err *e)
{
    struct box_config config = {.isolation = rq->isolation,
                                .uid = rq->uid,
                                .gid = rq->gid,
                                .work = rq->dir,
                                .network = false,
                                .limits = rq->limits,
                                .expose = rq->expose};
    struct build b = {.request = rq, .out = out, .output = -1};
    int r;

    *out = (struct build_outcome){0};
    r = box_open(&b.box, &config, e);
    if (r < 0)
        return err_wrap(e, "build");
    r = run(&b, e);
    box_close(&b.box); /* What is left of it holds the pipe no more: its rest can be read to the end. */
    drain(&b);
    fd_closep(&b.output);
    finish_output(&b.kept, out);
    return r < 0 ? err_wrap(e, "build") : 0;
}

void build_outcome_deinit(struct build_outcome *o)
{
    buf_deinit(&o->output);
    *o = (struct build_outcome){0};
}

/* By real paths, for the student may have planted links. */
static bool is_file_in(const char *root, const char *file)
{
    char path[PATH_MAX], real[PATH_MAX];
    size_t len = strlen(root);
    struct stat st;

    if (snprintf(path, sizeof path, "%s/%s", root, file) >= (int)sizeof path || !realpath(path, real))
        return false;
    return !strncmp(real, root, len) && real[len] == '/' && lstat(real, &st) == 0 && S_ISREG(st.st_mode);
}

const char *build_first_missing(const char *dir, const char *const *files)
{
    char root[PATH_MAX];
    bool there = realpath(dir, root);

    for (; *files; files++)
        if (!there || !is_file_in(root, *files))
            return *files;
    return NULL;
}
