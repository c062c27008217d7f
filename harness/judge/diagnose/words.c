/*
 * words.c - see words.h. A trace is long, and most of it is about the runtime's own code: what a student
 * wants to know of it is the error, and the line of theirs that it came from.
 */
#include "judge/diagnose/words.h"
#include "base/mem.h"
#include "judge/story.h"

#include <string.h>

/* ---- lines --------------------------------------------------------------------------------------------- */

static struct bytes next_line(struct bytes *rest)
{
    const uint8_t *end = rest->len ? memchr(rest->data, '\n', rest->len) : NULL;
    struct bytes line = bytes_slice(*rest, 0, end ? (size_t)(end - rest->data) : rest->len);

    *rest = bytes_slice(*rest, line.len + 1, rest->len);
    if (line.len && line.data[line.len - 1] == '\r')
        line.len--;
    return line;
}

static bool begins(struct bytes b, const char *with)
{
    size_t n = strlen(with);

    return b.len >= n && memcmp(b.data, with, n) == 0;
}

static bool holds(struct bytes b, const char *text)
{
    return bytes_find(b, bytes_of(text));
}

static struct bytes without_indent(struct bytes b)
{
    while (b.len && (b.data[0] == ' ' || b.data[0] == '\t'))
        b = bytes_slice(b, 1, b.len);
    return b;
}

/* What stands behind the first `mark`; empty: it is not there. */
static struct bytes behind(struct bytes b, const char *mark)
{
    const uint8_t *at = bytes_find(b, bytes_of(mark));

    return at ? bytes_slice(b, (size_t)(at - b.data) + strlen(mark), b.len) : (struct bytes){0};
}

/* What stands before the first byte that is one of `ends`; all, if there is none. */
static struct bytes before(struct bytes b, const char *ends)
{
    for (size_t i = 0; i < b.len; i++)
        if (strchr(ends, b.data[i]) && b.data[i])
            return bytes_slice(b, 0, i);
    return b;
}

static struct bytes base_name(struct bytes path)
{
    for (size_t i = path.len; i-- > 0;)
        if (path.data[i] == '/')
            return bytes_slice(path, i + 1, path.len);
    return path;
}

/* ---- traces -------------------------------------------------------------------------------------------- */

/* How each runtime begins the line that names the error, or what else is known of its traces. */
enum runtime { PYTHON, NODE, JAVA, GO, CPP, SANITIZER };

struct trace {
    enum runtime runtime;
    struct bytes what;       /* the error; empty: it has not come yet */
    struct bytes file, line; /* of the student's own code; empty: not known */
};

/* "/usr/lib/…": code that came with the runtime. */
static bool is_foreign(struct bytes path)
{
    static const char *const marks[] = {"/usr/", "/lib/python", "/go/src/", "/libsanitizer/",
                                        "<",     "node:",       "internal/"};

    for (size_t i = 0; i < array_len(marks); i++)
        if (marks[i][0] == '/' ? holds(path, marks[i]) : begins(path, marks[i]))
            return true;
    return path.len == 0;
}

/* "path:12" and what may follow, like a column. */
static void take_place(struct trace *t, struct bytes place)
{
    struct bytes path = before(place, ":");

    if (t->file.len || is_foreign(place) || path.len == place.len)
        return;
    t->file = base_name(path);
    t->line = before(bytes_slice(place, path.len + 1, place.len), ": )\t");
}

/* `  File "path", line 12, in f`: the last of them is where it happened. */
static void take_python(struct trace *t, struct bytes line)
{
    struct bytes path = before(behind(line, "File \""), "\"");

    if (is_foreign(path))
        return;
    t->file = base_name(path);
    t->line = before(behind(line, "\", line "), ",");
}

/* `at f (/path/x.js:12:3)`, `at /path/x.js:12:3` */
static void take_node(struct trace *t, struct bytes line)
{
    struct bytes inside = behind(line, "(");

    if (begins(line, "at "))
        take_place(t, inside.len ? inside : behind(line, "at "));
}

/* `at Server.serve(Server.java:12)` */
static void take_java(struct trace *t, struct bytes line)
{
    static const char *const own[] = {"at java.", "at javax.", "at jdk.", "at sun.", "at java.base/"};

    for (size_t i = 0; i < array_len(own); i++)
        if (begins(line, own[i]))
            return;
    if (begins(line, "at "))
        take_place(t, behind(line, "("));
}

/* `#1 0x55d0 in serve /path/x.c:12:3` */
static void take_sanitizer(struct trace *t, struct bytes line)
{
    if (begins(line, "#"))
        take_place(t, behind(behind(line, " in "), " "));
}

/* A line of the trace, behind the one that names the error; before it, of Python. */
static void take_frame(struct trace *t, struct bytes line)
{
    struct bytes inner = without_indent(line);

    switch (t->runtime) {
    case PYTHON: break;
    case NODE: take_node(t, inner); break;
    case JAVA: take_java(t, inner); break;
    case GO:
        if (begins(line, "\t/"))
            take_place(t, inner);
        break;
    case CPP:
        if (begins(inner, "what():"))
            t->what = inner;
        break;
    case SANITIZER: take_sanitizer(t, inner); break;
    }
}

/* `TypeError: …`, `RangeError [ERR_OUT_OF_RANGE]: …`: a word, and the error behind it. Without a trace below
 * it may be the program's own. */
static bool names_error(struct bytes line)
{
    struct bytes code = behind(line, "Error [");

    return (holds(before(line, " "), "Error:") && line.len > strlen("Error: ")) ||
           (holds(before(line, "["), "Error ") && behind(code, "]: ").len);
}

static bool is_start(struct bytes line, struct bytes rest, struct trace *out)
{
    struct bytes report = behind(line, "==ERROR: ");

    *out = (struct trace){.what = report.len ? report : line, .runtime = SANITIZER};
    if (report.len || holds(line, "WARNING: ThreadSanitizer"))
        return true;
    out->runtime = JAVA;
    if (begins(line, "Exception in thread "))
        return true;
    out->runtime = GO;
    if (begins(line, "panic: ") || begins(line, "fatal error: "))
        return true;
    out->runtime = CPP;
    if (begins(line, "terminate called ") || holds(line, ": runtime error: "))
        return true;
    out->runtime = NODE;
    return names_error(line) && begins(without_indent(next_line(&rest)), "at ");
}

/* The last that is told of in the text; what is empty: there is none. */
static struct trace last_trace(struct bytes rest)
{
    struct trace found = {0}, now = {0}, started;
    bool in_python = false;

    while (rest.len) {
        struct bytes line = next_line(&rest);

        if (begins(line, "  File \"") || begins(line, "Traceback (most recent call last):")) {
            if (!in_python)
                now = (struct trace){.runtime = PYTHON};
            in_python = true;
            take_python(&now, line);
        } else if (in_python && line.len && line.data[0] != ' ') {
            now.what = line;
            found = now;
            in_python = false;
        } else if (!in_python && is_start(line, rest, &started)) {
            found = started;
        } else if (!in_python) {
            take_frame(&found, line);
        }
    }
    return found;
}

/* ---- in words ------------------------------------------------------------------------------------------ */

struct bytes words_last(const struct program_record *p)
{
    struct bytes text = p->err.tail.len ? p->err.tail : p->err.head;
    size_t begin;

    while (text.len && (text.data[text.len - 1] == '\n' || text.data[text.len - 1] == '\r'))
        text.len--;
    begin = text.len;
    while (begin && text.data[begin - 1] != '\n')
        begin--;
    return bytes_slice(text, begin, text.len);
}

static const char *quote(const struct evidence *e, struct bytes text)
{
    return story_quote(e->arena, &(struct excerpt){.total = text.len, .head = text});
}

static struct trace trace_of(const struct program_record *p)
{
    struct trace t = last_trace(p->err.tail);

    return t.what.len ? t : last_trace(p->err.head);
}

struct bytes words_error(const struct program_record *p)
{
    return trace_of(p).what;
}

const char *words_uncaught(const struct evidence *e)
{
    struct trace t = trace_of(e->program);
    struct bytes place;

    if (!t.what.len)
        return NULL;
    if (!t.file.len || !t.line.len)
        return quote(e, t.what);
    place = bytes_of(arena_printf(e->arena, "%.*s:%.*s", (int)t.file.len, (const char *)t.file.data,
                                  (int)t.line.len, (const char *)t.line.data));
    return arena_printf(e->arena, "%s, of %s", quote(e, t.what), quote(e, place));
}

const char *words_of_end(const struct evidence *e)
{
    const char *uncaught = words_uncaught(e);
    struct bytes last = words_last(e->program);

    if (uncaught)
        return arena_printf(e->arena, "; nobody caught %s", uncaught);
    return last.len ? arena_printf(e->arena, "; the last that it said is %s", quote(e, last)) : "";
}
