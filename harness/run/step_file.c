/*
 * step_file.c - what a program has written into a file of its working directory.
 *
 * A file is looked at when all programs have ended or sleep: before that it may be half written. The folder
 * is the student's, so no link is followed, and nothing but a plain file is opened for reading.
 */
#include "run/step_file.h"
#include "base/fd.h"
#include "launch/place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#define FILE_MAX ((size_t)128 << 20)

/* 0, with an open descriptor; or -errno: of a plain file that is not there, or none that may be read. */
static int open_below(const char *folder, const char *path, int *fd)
{
    struct stat st;

    *fd = place_open(folder, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (*fd < 0)
        return *fd;
    if (fstat(*fd, &st) == 0 && S_ISREG(st.st_mode))
        return 0;
    fd_closep(fd);
    return -EINVAL;
}

static bool is(struct stage *st, const struct message *want, struct bytes content)
{
    return message_is(want, &(struct incoming){.content = content}, &st->bindings, &st->case_arena, NULL);
}

static enum outcome compare(struct stage *st, const struct message *want, struct bytes content,
                            struct step_record *r)
{
    r->at = match_prefix(content, want->content);
    step_came(st, content, r);
    return is(st, want, content) ? STEP_PASSED : STEP_OTHER_FILE;
}

/* Of whatever is there, a link too. */
static enum outcome compare_mode(struct stage *st, const struct step *s, const struct message *want,
                                 struct step_record *r)
{
    _cleanup_fd_ int fd = place_open(st->owners[s->owner].lodging->work, s->path, O_PATH | O_NOFOLLOW);
    struct stat info;
    char text[16];

    if (fd < 0 || fstat(fd, &info) < 0)
        return STEP_NO_FILE;
    snprintf(text, sizeof text, "%04o", info.st_mode & 07777);
    step_came(st, bytes_of(text), r);
    return is(st, want, bytes_of(text)) ? STEP_PASSED : STEP_OTHER_MODE;
}

enum outcome step_play_file(struct stage *st, const struct step *s, struct step_record *r)
{
    struct messages m = messages_resolve(&s->value, &st->bindings, &st->case_arena);
    const struct message *want = &m.items[0];
    _cleanup_buf_ struct buf content = BUF_INIT;
    _cleanup_fd_ int fd = -1;
    int error;

    r->items = 1;
    if (m.n)
        r->expected = excerpt_of(&st->case_arena, want->regex ? bytes_of(want->source) : want->content);
    r->decided = await_rest(st, step_within(s), STEP_SPIN_CPU);
    if (s->verb == VERB_HAS_MODE)
        return compare_mode(st, s, want, r);
    error = open_below(st->owners[s->owner].lodging->work, s->path, &fd);
    if (s->verb == VERB_IS_ABSENT)
        return error == -ENOENT ? STEP_PASSED : STEP_FILE_THERE;
    if (error < 0)
        return STEP_NO_FILE;
    error = fd_read_all(fd, FILE_MAX, &content);
    if (error < 0 && error != -EFBIG) /* no spec can expect as much as that: it differs */
        return STEP_NO_FILE;
    return compare(st, want, buf_view(&content), r);
}
