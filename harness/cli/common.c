#include "cli/common.h"
#include "base/fd.h"
#include "cli/options.h"
#include "launch/isolation.h"
#include "spec/load.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

struct spec *load_spec(const char *path)
{
    struct diags diags = {0};
    struct spec *spec = spec_load(path, &diags);
    _cleanup_buf_ struct buf out = BUF_INIT;

    diags_render(&diags, terminal_options(STDERR_FILENO, COLOUR_AUTO).colour, &out);
    if (out.len)
        fwrite(out.data, 1, out.len, stderr);
    diags_deinit(&diags);
    return spec;
}

int read_colour(const char *word)
{
    if (!word || strcmp(word, "auto") == 0)
        return COLOUR_AUTO;
    if (strcmp(word, "always") == 0)
        return COLOUR_ALWAYS;
    if (strcmp(word, "never") == 0)
        return COLOUR_NEVER;
    usage_error("--colour takes auto, always or never, not “%s”", word);
    return -1;
}

static bool shows_utf8(void)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};

    for (size_t i = 0; i < 3; i++) {
        const char *value = getenv(names[i]);
        if (value && *value)
            return strcasestr(value, "utf-8") || strcasestr(value, "utf8");
    }
    return false;
}

struct report_options terminal_options(int fd, enum colour_choice colour)
{
    bool terminal = isatty(fd);
    const char *term = getenv("TERM"), *no_colour = getenv("NO_COLOR");
    struct report_options o = {.ascii = terminal && !shows_utf8()};
    struct winsize size;

    if (terminal && ioctl(fd, TIOCGWINSZ, &size) == 0)
        o.width = size.ws_col;
    o.colour = colour == COLOUR_ALWAYS || (colour == COLOUR_AUTO && terminal && !(no_colour && *no_colour) &&
                                           !(term && strcmp(term, "dumb") == 0));
    return o;
}

int choose_isolation(const char *word, int *out)
{
    *out = -1;
    for (int i = ISOLATION_FULL; word && i <= ISOLATION_BASIC; i++)
        if (strcmp(word, isolation_name((enum isolation)i)) == 0)
            *out = i;
    if (word && *out < 0)
        return usage_error("--isolation takes full, uid or basic, not “%s”", word);
    return 0;
}

static int write_beside(const char *path, const struct buf *content)
{
    char beside[PATH_MAX];
    _cleanup_fd_ int fd = -1;
    int r;

    if (snprintf(beside, sizeof beside, "%s.part", path) >= (int)sizeof beside)
        return -ENAMETOOLONG;
    fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0)
        return -errno;
    r = fd_write_all(fd, buf_view(content));
    if (r == 0 && rename(beside, path) < 0)
        r = -errno;
    if (r < 0)
        unlink(beside);
    return r;
}

/* A device or a pipe is written to, never replaced. */
static bool is_special(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);
}

static int write_into(const char *path, const struct buf *content)
{
    _cleanup_fd_ int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);

    return fd < 0 ? -errno : fd_write_all(fd, buf_view(content));
}

int write_file(const char *path, const struct buf *content)
{
    int r;

    if (strcmp(path, "-") == 0)
        return put_out(content->data, content->len, 0) == 0 ? 0 : -EIO;
    r = is_special(path) ? write_into(path, content) : write_beside(path, content);
    if (r < 0)
        fprintf(stderr, "sockgrade: cannot write %s: %s\n", path, strerror(-r));
    return r;
}
