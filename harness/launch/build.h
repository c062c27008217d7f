/*
 * build.h - makes a student's submission: a command in a box of its own, without network, its output kept in
 * part.
 *
 * Building runs the student's code (Makefile, annotation processors), so it is confined like any program.
 * What it leaves running is killed. It knows nothing of specs or points.
 */
#pragma once
#include "base/buf.h"
#include "launch/box.h"

struct build_request {
    const char *const *argv; /* NULL-terminated, found as box_spawn does */
    const char *const *env;  /* additions; may be NULL */
    const char *dir;         /* host path of the copied submission, owned by uid */
    int64_t timeout;         /* ns, without what it waits for a CPU on a busy machine */
    enum isolation isolation;
    uid_t uid;
    gid_t gid;
    struct box_limits limits;
    const char *const *expose; /* as for a box; may be NULL */
};

enum build_end {
    BUILD_RUN_OK,
    BUILD_RUN_FAILED,          /* status is not 0: a status of exit, or a signal */
    BUILD_RUN_TOO_LONG,        /* stopped at its time limit */
    BUILD_RUN_TOO_MUCH_OUTPUT, /* stopped after 16 MiB */
    BUILD_RUN_TOO_MUCH_MEMORY, /* stopped for limits.memory */
    BUILD_RUN_NOT_FOUND,       /* there is no such command */
    BUILD_RUN_NOT_EXECUTABLE,  /* it is there, but cannot be executed; cause is the errno */
};

struct build_outcome {
    enum build_end end;
    int status;        /* as wait gives it, if the command ended by itself */
    int cause;         /* errno, BUILD_RUN_NOT_FOUND and BUILD_RUN_NOT_EXECUTABLE */
    char missing[256]; /* the path that it is about, unescaped */
    int64_t took, cpu; /* ns */
    struct buf
        output; /* owned: stdout and stderr as they came, the middle left out if it is long; unescaped */
    uint64_t left_out;  /* bytes; a line in brackets in output tells of them */
    struct bytes error; /* the first error line, a view of output; empty if none was found */
};

/* 0, or a fault (a build that fails is none). out is set in either case. Blocks up to the time limit. */
int build_run(const struct build_request *request, struct build_outcome *out, struct err *e);
void build_outcome_deinit(struct build_outcome *o);

/* The first line that tells what is wrong, of what compilers, linkers, interpreters and make print: without
 * its line end; empty if there is none. Pure. */
struct bytes build_first_error(struct bytes output);

/* Appends what to do about it, one or two sentences, where that is known: from the first error line, from the
 * whole output, and from the objects that lie ready-made in the submission's folder, which is hostile. */
void build_hint(struct bytes error, struct bytes output, const char *submission, struct buf *hint);

/* Which of these files (relative to dir, NULL-terminated) is missing or no regular file? NULL: none. A link
 * that leads out of dir counts as missing. */
const char *build_first_missing(const char *dir, const char *const *files);
