/* diag.c - the list of diagnostics, and the nearest word. How they look is diag_render.c's business. */
#include "spec/diag.h"
#include "base/mem.h"

#include <ctype.h>
#include <string.h>

void diags_deinit(struct diags *d)
{
    mem_free(d->diags);
    mem_free(d->sources);
    arena_deinit(&d->arena);
    *d = (struct diags){0};
}

void diags_source(struct diags *d, const char *file, struct bytes text)
{
    struct diag_source *s = array_push(d->sources, d->n_sources, d->cap_sources);

    s->file = arena_text(&d->arena, file);
    s->text = arena_bytes(&d->arena, text);
}

/* The file's name as this list owns it: a mark's own lives in a spec, which goes away when loading fails. */
static const char *file_name(struct diags *d, const char *file)
{
    if (!file)
        return NULL;
    for (size_t i = 0; i < d->n_sources; i++)
        if (strcmp(d->sources[i].file, file) == 0)
            return d->sources[i].file;
    return arena_text(&d->arena, file);
}

static const char *text_of(struct diags *d, const char *fmt, va_list ap)
{
    _cleanup_buf_ struct buf b = BUF_INIT;

    buf_vprintf(&b, fmt, ap);
    return (const char *)arena_bytes(&d->arena, buf_view(&b)).data;
}

static struct diag *diag_add(struct diags *d, enum severity severity, struct mark at, const char *message)
{
    struct diag *diag = array_push(d->diags, d->n, d->cap);

    at.file = file_name(d, at.file);
    *diag = (struct diag){.severity = severity, .mark = at, .message = message};
    d->errors += severity == DIAG_ERROR;
    return diag;
}

struct diag *diag_error(struct diags *d, struct mark at, const char *fmt, ...)
{
    va_list ap;
    const char *message;

    va_start(ap, fmt);
    message = text_of(d, fmt, ap);
    va_end(ap);
    return diag_add(d, DIAG_ERROR, at, message);
}

struct diag *diag_warning(struct diags *d, struct mark at, const char *fmt, ...)
{
    va_list ap;
    const char *message;

    va_start(ap, fmt);
    message = text_of(d, fmt, ap);
    va_end(ap);
    return diag_add(d, DIAG_WARNING, at, message);
}

void diag_note(struct diags *d, struct diag *of, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    of->note = text_of(d, fmt, ap);
    va_end(ap);
}

const char *diag_place(struct diags *d, struct mark of, struct mark seen_from)
{
    if (of.file == seen_from.file || (of.file && seen_from.file && strcmp(of.file, seen_from.file) == 0))
        return arena_printf(&d->arena, "line %d", of.line);
    return arena_printf(&d->arena, "%s:%d", of.file ? of.file : "sockgrade", of.line);
}

/* ---- nearest word -------------------------------------------------------------------------------- */

#define WORD_MAX 48u

static bool same_letter(char a, char b)
{
    return tolower((unsigned char)a) == tolower((unsigned char)b);
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Edit distance where exchanging two neighbours counts as one, the commonest slip of fingers, and capitals as
 * nothing. */
static size_t distance(const char *a, size_t na, const char *b, size_t nb)
{
    size_t row[3][WORD_MAX + 1];

    for (size_t j = 0; j <= nb; j++)
        row[0][j] = j;
    for (size_t i = 1; i <= na; i++) {
        size_t *now = row[i % 3], *last = row[(i + 2) % 3], *before = row[(i + 1) % 3];

        now[0] = i;
        for (size_t j = 1; j <= nb; j++) {
            now[j] = least(least(last[j], now[j - 1]) + 1, last[j - 1] + !same_letter(a[i - 1], b[j - 1]));
            if (i > 1 && j > 1 && same_letter(a[i - 1], b[j - 2]) && same_letter(a[i - 2], b[j - 1]))
                now[j] = least(now[j], before[j - 2] + 1);
        }
    }
    return row[na % 3][nb];
}

const char *diag_nearest(const char *word, const char *const *words, size_t n)
{
    size_t len = strlen(word), best = len / 3 + 1;
    const char *nearest = NULL;

    if (len > WORD_MAX)
        return NULL;
    for (size_t i = 0; i < n; i++) {
        size_t len_i = strlen(words[i]), d;

        if (len_i > WORD_MAX)
            continue;
        d = distance(word, len, words[i], len_i);
        if (d < best) {
            best = d;
            nearest = words[i];
        }
    }
    return nearest;
}
