/* progress.c - see progress.h. */
#include "report/progress.h"
#include "report/pen.h"

#include <stdio.h>

#define BAR 20u

static void put_bar(struct pen *p, size_t done, size_t total)
{
    size_t full = total ? (done < total ? done * BAR / total : BAR) : 0;
    char bar[BAR + 3] = "[";

    for (size_t i = 0; i < BAR; i++)
        bar[i + 1] = i < full ? '=' : i == full && done < total ? '>' : ' ';
    bar[BAR + 1] = ']';
    pen_text(p, INK_PLAIN, bar);
}

void progress_line(size_t done, size_t total, const char *title, size_t failures, unsigned width,
                   struct buf *out)
{
    /* The last column is left free: a terminal may wrap when it is written. */
    unsigned right = (width ? width : 80) - 1;
    struct pen p = {.out = out, .width = right};
    char numbers[96];

    buf_text(out, "\r");
    snprintf(numbers, sizeof numbers, " %zu/%zu", done, total);
    if (right > BAR + 12)
        put_bar(&p, done, total);
    pen_cut(&p, INK_PLAIN, p.column ? numbers : numbers + 1, right);
    if (failures) {
        snprintf(numbers, sizeof numbers, "  %zu failed", failures);
        pen_cut(&p, INK_PLAIN, numbers, right);
    }
    if (title && p.column + 2 < right) {
        pen_text(&p, INK_PLAIN, "  ");
        pen_cut(&p, INK_PLAIN, title, right);
    }
    buf_text(out, "\033[K");
}

void progress_clear(struct buf *out)
{
    buf_text(out, "\r\033[K");
}
