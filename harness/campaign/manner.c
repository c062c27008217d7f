#include "campaign/manner.h"
#include "base/fd.h"
#include "base/mem.h"
#include "launch/build.h"
#include "spec/submission.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- one way over another ------------------------------------------------------------------------ */

static struct chosen *chosen_of(struct result *r, const char *program)
{
    for (size_t i = 0; i < r->n_chosen; i++)
        if (r->chosen[i].program == program)
            return &r->chosen[i];
    return &r->chosen[r->n_chosen++];
}

/* What m says takes the place of what was said before. */
static void apply(struct spec *s, const struct manner *m, const char *by, struct result *r)
{
    if (m->says_build) {
        s->build.command = m->build;
        s->build.text = m->build.n ? m->build_text : NULL;
        *chosen_of(r, NULL) = (struct chosen){NULL, m->build_text ? m->build_text : "", by};
    }
    for (size_t i = 0; i < s->n_programs; i++) {
        if (!m->run[i].n || s->programs[i].owner)
            continue;
        s->programs[i].run = m->run[i];
        s->build.makes =
            (struct words){arena_new(&r->arena, sizeof(char *)), 0}; /* what it makes is for other runs */
        *chosen_of(r, s->programs[i].name) = (struct chosen){s->programs[i].name, m->run_text[i], by};
    }
}

static struct spec *own_spec(const struct spec *s, struct result *r)
{
    struct spec *own = arena_copy(&r->arena, s, sizeof *s);

    own->programs = arena_copy(&r->arena, s->programs, s->n_programs * sizeof *s->programs);
    r->chosen = arena_new(&r->arena, (s->n_programs + 1) * sizeof *r->chosen);
    return own;
}

/* ---- the submission's own ------------------------------------------------------------------------ */

enum own_file { FILE_NONE, FILE_READ, FILE_WRONG };

/* Nothing of the submission's is followed or waited for. Otherwise than read, *why is one sentence. */
static enum own_file read_own(const char *built, struct buf *out, const char **why)
{
    char path[PATH_MAX];
    _cleanup_fd_ int fd = -1;
    struct stat st;

    snprintf(path, sizeof path, "%s/" SUBMISSION_FILE, built);
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 && errno == ENOENT)
        return FILE_NONE;
    *why = strerror(errno);
    if (fd < 0 || fstat(fd, &st) < 0)
        return FILE_WRONG;
    *why = "it is no file";
    if (!S_ISREG(st.st_mode))
        return FILE_WRONG;
    *why = "it is longer than 64 KiB";
    if (st.st_size > SUBMISSION_FILE_MAX)
        return FILE_WRONG;
    buf_reserve(out, SUBMISSION_FILE_MAX);
    out->len = (size_t)pread(fd, out->data, SUBMISSION_FILE_MAX, 0);
    *why = strerror(errno);
    if ((ssize_t)out->len >= 0)
        return FILE_READ;
    out->len = 0;
    return FILE_WRONG;
}

static bool wrong(struct result *r, const char *first, struct bytes all)
{
    r->build.state = BUILD_FAILED;
    r->build.command = NULL;
    r->build.first_error = first;
    r->build.output = arena_bytes(&r->arena, all);
    return false;
}

static bool tell_wrong(struct result *r, struct diags *d)
{
    _cleanup_buf_ struct buf text = BUF_INIT;
    const struct diag *first = NULL;

    diags_render(d, false, &text); /* sorts them, too */
    for (size_t i = 0; i < d->n && !first; i++)
        first = d->diags[i].severity == DIAG_ERROR ? &d->diags[i] : NULL;
    if (!first)
        return true;
    return wrong(r,
                 arena_printf(&r->arena, SUBMISSION_FILE ":%d:%d: %s", first->mark.line, first->mark.col,
                              first->message),
                 buf_view(&text));
}

static bool apply_own(struct spec *s, const char *built, struct result *r)
{
    _cleanup_buf_ struct buf text = BUF_INIT;
    struct diags diags = {0};
    struct manner m;
    const char *why;
    bool right;

    switch (read_own(built, &text, &why)) {
    case FILE_NONE: return true;
    case FILE_WRONG:
        return wrong(r, arena_printf(&r->arena, SUBMISSION_FILE " cannot be read: %s", why),
                     (struct bytes){0});
    case FILE_READ: break;
    }
    if (s->submission.fixed) {
        r->unheard = SUBMISSION_FILE " counts for nothing here: the assignment fixes how it is built and run";
        return true;
    }
    right = manner_load(s, buf_view(&text), &r->arena, &diags, &m) || tell_wrong(r, &diags);
    if (right)
        apply(s, &m, SUBMISSION_FILE, r);
    diags_deinit(&diags);
    return right;
}

bool manner_choose(struct grading_request *q, const char *built, struct result *r)
{
    struct spec *own = own_spec(q->spec, r);
    const struct submission *sub = &own->submission;

    for (size_t i = 0; i < sub->n_languages; i++)
        if (!build_first_missing(built, sub->languages[i].when.word)) {
            apply(own, &sub->languages[i].manner,
                  arena_printf(&r->arena, "language %s", sub->languages[i].name), r);
            break;
        }
    if (!apply_own(own, built, r))
        return false;
    if (q->manner)
        apply(own, q->manner, "the command line", r);
    if (r->n_chosen)
        q->spec = own;
    return true;
}
