/* explain.c - see explain.h. In the examples, lines that the other one has not are coloured. */
#include "report/explain.h"
#include "base/mem.h"
#include "report/explanation.h"
#include "report/pen.h"
#include "spec/concepts.h"

#include <stdlib.h>
#include <string.h>

#define LEFT 2u
#define ITEM 9u /* columns of "Concept: " */
#define CODE_LEFT 4u

static struct pen pen_by(const struct report_options *o, struct buf *out)
{
    return o ? pen_on(out, o->width, o->colour, o->ascii) : pen_on(out, 0, false, false);
}

/* ---- all of them --------------------------------------------------------------------------------------- */

static const char *family_title(enum family f)
{
    switch (f) {
    case FAMILY_STREAM: return "Streams";
    case FAMILY_MESSAGE: return "Messages";
    case FAMILY_ADDRESS: return "Addresses and ports";
    case FAMILY_SERVER: return "Servers and their clients";
    case FAMILY_DATAGRAM: return "Datagrams";
    case FAMILY_PROCESS: return "The program itself";
    }
    return "";
}

static int compare(const void *a, const void *b)
{
    const struct diagnosis *x = *(const struct diagnosis *const *)a, *y = *(const struct diagnosis *const *)b;

    return x->family != y->family ? (x->family > y->family) - (x->family < y->family) : strcmp(x->id, y->id);
}

static void put_row(struct pen *p, const struct diagnosis *d, unsigned column)
{
    pen_to(p, LEFT);
    pen_text(p, INK_NAME, d->id);
    p->indent = column;
    pen_to(p, column);
    pen_wrap(p, INK_PLAIN, d->mistake);
    pen_end(p);
}

void explain_list(const struct report_options *o, struct buf *out)
{
    struct pen p = pen_by(o, out);
    _cleanup_free_ const struct diagnosis **all = NULL;
    const struct diagnosis *d;
    size_t n = 0, cap = 0, longest = 0;

    while ((d = diagnosis_at(n))) {
        *array_push(all, n, cap) = d;
        longest = strlen(d->id) > longest ? strlen(d->id) : longest;
    }
    qsort(all, n, sizeof *all, compare);
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || all[i]->family != all[i - 1]->family) {
            if (i > 0)
                pen_gap(&p);
            pen_text(&p, INK_STRONG, family_title(all[i]->family));
            pen_end(&p);
        }
        put_row(&p, all[i], LEFT + (unsigned)longest + 2);
    }
    pen_gap(&p);
    pen_text(&p, INK_FAINT, "sockgrade explain ID tells more of one, with an example.");
    pen_end(&p);
}

/* ---- one ----------------------------------------------------------------------------------------------- */

static void put_item(struct pen *p, const char *name, enum ink ink, struct bytes text)
{
    if (text.len == 0)
        return;
    pen_to(p, LEFT);
    pen_text(p, INK_STRONG, name);
    p->indent = LEFT + ITEM;
    pen_to(p, p->indent);
    pen_wrap_to(p, ink, text, p->width);
    pen_end(p);
}

static struct bytes outdented(struct bytes line)
{
    while (line.len && line.data[0] == ' ')
        line = bytes_slice(line, 1, line.len);
    return line;
}

/* At whatever depth. */
static bool has_line(struct bytes code, struct bytes line)
{
    while (code.len)
        if (bytes_equal(outdented(explanation_line(&code)), outdented(line)))
            return true;
    return false;
}

static void put_example(struct pen *p, const char *name, enum ink ink, struct bytes code, struct bytes other)
{
    pen_gap(p);
    pen_to(p, LEFT);
    pen_text(p, ink, name);
    pen_end(p);
    pen_gap(p);
    p->indent = CODE_LEFT;
    while (code.len) {
        const struct bytes line = explanation_line(&code);

        if (line.len == 0) {
            pen_gap(p);
            continue;
        }
        pen_to(p, CODE_LEFT);
        pen_fill(p, has_line(other, line) ? INK_PLAIN : ink, line);
        pen_end(p);
    }
}

static void put_concept(struct pen *p, char letter)
{
    struct arena arena = {0};
    struct concept c;

    if (concept_find(&arena, letter, &c)) {
        pen_gap(p);
        put_item(p, "Concept:", INK_STRONG, bytes_of(c.title));
        put_item(p, "", INK_PLAIN, bytes_of(c.text));
    }
    arena_deinit(&arena);
}

void explain_one(const struct diagnosis *d, const struct report_options *o, struct buf *out)
{
    struct pen p = pen_by(o, out);
    struct explanation e;

    pen_text(&p, INK_STRONG, d->id);
    pen_text(&p, INK_FAINT, " — ");
    p.indent = LEFT;
    pen_wrap(&p, INK_PLAIN, d->mistake);
    pen_end(&p);
    pen_gap(&p);
    if (explanation_find(d->id, &e)) {
        put_item(&p, "Seen:", INK_PLAIN, e.seen);
        put_item(&p, "Why:", INK_PLAIN, e.why);
        put_example(&p, "Wrong:", INK_BAD, e.wrong, e.right);
        put_example(&p, "Right:", INK_GOOD, e.right, e.wrong);
        pen_gap(&p);
    }
    put_item(&p, "Hint:", INK_PLAIN, bytes_of(d->hint));
    if (diagnosis_is_advice(d))
        put_item(&p, "Costs:", INK_PLAIN, bytes_of("no points: it is advice"));
    put_concept(&p, d->concept);
}
