/* build_error.c - which line of a build's output tells what is wrong (see build.h). */
#include "base/mem.h"
#include "launch/build.h"

#include <ctype.h>
#include <string.h>

/* Text that marks a line, from telling to vague: the first line of the first kind that occurs is the answer.
 */
static const char *const strong[] = {
    ": error: ",                  /* gcc, clang, javac */
    ": fatal error: ",            /* gcc */
    ": error TS",                 /* tsc */
    "undefined reference to ",    /* ld */
    "multiple definition of ",    /* ld */
    ": cannot find -l",           /* ld */
    "undefined symbol: ",         /* lld */
    "file format not recognized", /* ld, and so the next ones */
    "file in wrong format",
    " is incompatible with ",
    "cannot open output file ",
    "recompile with -fPI",
    "No rule to make target ", /* make, and so the next ones */
    "no makefile found",
    "missing separator",
    "SyntaxError: ",      /* Python, Node */
    "IndentationError: ", /* Python */
    "TabError: ",
    "ModuleNotFoundError: ",
    "ImportError: ",
    "Error: Cannot find module ", /* Node */
    ": No such file or directory",
    ": command not found",
    ": not found",
    ": Permission denied",
    "error: ", /* cargo, javac, meson */
};
static const char *const weak[] = {
    "CMake Error",
    "*** ", /* make: *** [Makefile:3: server] Error 1 */
    "Error 1",
    "FAILED",
};

static struct bytes first_line(struct bytes b)
{
    const uint8_t *end = b.len ? memchr(b.data, '\n', b.len) : NULL;

    return bytes_slice(b, 0, end ? (size_t)(end - b.data) : b.len);
}

static struct bytes trim(struct bytes b)
{
    while (b.len && isspace(b.data[b.len - 1]))
        b.len--;
    while (b.len && isspace(b.data[0]))
        b = bytes_slice(b, 1, b.len);
    return b;
}

static size_t digits(struct bytes b, size_t at)
{
    size_t n = 0;

    while (at + n < b.len && isdigit(b.data[at + n]))
        n++;
    return n;
}

/* ./server.go:12:3: undefined: x — Go says neither error nor warning. */
static bool is_go(struct bytes line)
{
    const uint8_t *go = bytes_find(line, bytes_of(".go:"));
    size_t at = go ? (size_t)(go - line.data) + 4 : 0, n = go ? digits(line, at) : 0;

    return n && at + n < line.len && line.data[at + n] == ':';
}

/* error[E0425]: cannot find value */
static bool is_rust(struct bytes line)
{
    return line.len > 6 && !memcmp(line.data, "error[", 6);
}

/* What make and the compilers say when they are only on the way to the place. */
static bool is_announcement(struct bytes line)
{
    return bytes_find(line, bytes_of("warning:")) || bytes_find(line, bytes_of("note:")) ||
           bytes_find(line, bytes_of("(ignored)"));
}

static bool is_strong(struct bytes line)
{
    if (is_announcement(line))
        return false;
    for (size_t i = 0; i < array_len(strong); i++)
        if (bytes_find(line, bytes_of(strong[i])))
            return true;
    return is_go(line) || is_rust(line);
}

static bool is_weak(struct bytes line)
{
    if (is_announcement(line))
        return false;
    for (size_t i = 0; i < array_len(weak); i++)
        if (bytes_find(line, bytes_of(weak[i])))
            return true;
    return false;
}

static struct bytes find_line(struct bytes output, bool (*matches)(struct bytes line))
{
    while (output.len) {
        struct bytes line = first_line(output);

        if (matches(line))
            return trim(line);
        output = bytes_slice(output, line.len + 1, output.len);
    }
    return (struct bytes){0};
}

struct bytes build_first_error(struct bytes output)
{
    struct bytes line = find_line(output, is_strong);

    return line.len ? line : find_line(output, is_weak);
}
