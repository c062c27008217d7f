/*
 * diag_render.c - diagnostics as text: the place, the message, the source line with a caret, the note.
 *
 * A spec may come from anywhere, and messages quote it: all of it is escaped on its way out.
 */
#include "base/escape.h"
#include "base/mem.h"
#include "spec/diag.h"

#include <stdlib.h>
#include <string.h>

#define LINE_BEFORE 70 /* characters of a long line shown before the caret */
#define LINE_SHOWN 100

struct look {
    const char *place, *error, *warning, *caret, *end;
};

static const struct look plain = {"", "", "", "", ""};
static const struct look coloured = {"\033[1m", "\033[1;31m", "\033[1;35m", "\033[1;32m", "\033[0m"};

struct ordered {
    const struct diag *diag;
    size_t file, index; /* files in the order of their first diagnostic; ties in the order of reporting */
};

static int by_place(const void *pa, const void *pb)
{
    const struct ordered *a = pa, *b = pb;
    const struct mark *ma = &a->diag->mark, *mb = &b->diag->mark;

    if (a->file != b->file)
        return a->file < b->file ? -1 : 1;
    if (ma->line != mb->line)
        return ma->line < mb->line ? -1 : 1;
    if (ma->col != mb->col)
        return ma->col < mb->col ? -1 : 1;
    return a->index < b->index ? -1 : a->index > b->index;
}

static struct ordered *in_order(const struct diags *d)
{
    struct ordered *all = mem_new(d->n * sizeof *all + 1);

    for (size_t i = 0; i < d->n; i++) {
        const char *file = d->diags[i].mark.file;

        all[i] = (struct ordered){&d->diags[i], i, i};
        for (size_t j = 0; j < i; j++) {
            const char *other = d->diags[j].mark.file;

            if (file == other || (file && other && strcmp(file, other) == 0)) {
                all[i].file = all[j].file;
                break;
            }
        }
    }
    qsort(all, d->n, sizeof *all, by_place);
    return all;
}

static bool source_line(const struct diags *d, const struct mark *m, struct bytes *line)
{
    for (size_t i = 0; i < d->n_sources; i++) {
        struct bytes left = d->sources[i].text;

        if (!m->file || strcmp(d->sources[i].file, m->file) != 0)
            continue;
        for (int n = 1; left.len > 0; n++) {
            const uint8_t *end = memchr(left.data, '\n', left.len);
            size_t len = end ? (size_t)(end - left.data) : left.len;

            if (n == m->line) {
                *line = bytes_slice(left, 0, len > 0 && left.data[len - 1] == '\r' ? len - 1 : len);
                return true;
            }
            left = bytes_slice(left, len + 1, left.len);
        }
    }
    return false;
}

/* Bytes of the first n characters, and how many characters there are if fewer. */
static size_t prefix(struct bytes line, size_t n, size_t *chars)
{
    size_t at = 0;

    for (*chars = 0; at < line.len && *chars < n; ++*chars)
        for (at++; at < line.len && (line.data[at] & 0xc0) == 0x80; at++)
            ;
    return at;
}

/* The spaces that put a caret under what follows `before`: tabs stay tabs. */
static void indent_like(struct buf *out, struct bytes before)
{
    _cleanup_buf_ struct buf shown = BUF_INIT;

    escape_text(&shown, before);
    for (size_t i = 0; i < shown.len; i++)
        if (shown.data[i] == '\t')
            buf_byte(out, '\t');
        else if ((shown.data[i] & 0xc0) != 0x80)
            buf_byte(out, ' ');
}

static void render_source(const struct diags *d, const struct mark *m, const struct look *look,
                          struct buf *out)
{
    struct bytes line;
    size_t from = 0, to, caret, chars, col = m->col > 0 ? (size_t)m->col - 1 : 0;

    if (!source_line(d, m, &line))
        return;
    caret = prefix(line, col, &chars);
    if (chars > LINE_BEFORE)
        from = prefix(line, chars - LINE_BEFORE, &chars);
    to = from + prefix(bytes_slice(line, from, line.len), LINE_SHOWN, &chars);
    buf_printf(out, "%6d | %s", m->line, from > 0 ? "..." : "");
    escape_text(out, bytes_slice(line, from, to - from));
    buf_printf(out, "%s\n       | %s", to < line.len ? "..." : "", from > 0 ? "   " : "");
    indent_like(out, bytes_slice(line, from, caret - from));
    buf_printf(out, "%s^%s\n", look->caret, look->end);
}

static void render_one(const struct diags *d, const struct diag *diag, const struct look *look,
                       struct buf *out)
{
    const struct mark *m = &diag->mark;
    bool error = diag->severity == DIAG_ERROR;

    buf_text(out, look->place);
    escape_text(out, bytes_of(m->file ? m->file : "sockgrade"));
    if (m->line > 0)
        buf_printf(out, ":%d:%d", m->line, m->col);
    buf_printf(out, ":%s %s%s:%s ", look->end, error ? look->error : look->warning,
               error ? "error" : "warning", look->end);
    escape_text(out, bytes_of(diag->message));
    buf_byte(out, '\n');
    if (m->line > 0)
        render_source(d, m, look, out);
    if (diag->note) {
        buf_text(out, "       = ");
        escape_text(out, bytes_of(diag->note));
        buf_byte(out, '\n');
    }
}

/* What stands in `defaults` is read for each test, and may be wrong for each. */
static bool is_repeated(const struct ordered *all, size_t i)
{
    const struct diag *d = all[i].diag;

    for (size_t k = i; k-- > 0;) {
        const struct diag *other = all[k].diag;

        if (all[k].file != all[i].file || other->mark.line != d->mark.line || other->mark.col != d->mark.col)
            return false;
        if (other->severity == d->severity && strcmp(other->message, d->message) == 0)
            return true;
    }
    return false;
}

void diags_render(struct diags *d, bool colour, struct buf *out)
{
    struct ordered *all = in_order(d);

    for (size_t i = 0; i < d->n; i++)
        if (!is_repeated(all, i))
            render_one(d, all[i].diag, colour ? &coloured : &plain, out);
    mem_free(all);
}
