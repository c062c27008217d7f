#include "kernel/timers.h"
#include "base/clock.h"
#include "base/fd.h"
#include "kernel/tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The file's text, NUL-terminated, in b; NULL when it cannot be read. */
static const char *read_text(struct buf *b, const char *path)
{
    b->len = 0;
    if (fd_read_file(AT_FDCWD, path, 1 << 16, b) < 0)
        return NULL;
    buf_byte(b, 0);
    return (const char *)b->data;
}

static bool has_posix_timers(pid_t pid, struct buf *b)
{
    char path[64];
    const char *text;

    snprintf(path, sizeof path, "/proc/%d/timers", (int)pid);
    text = read_text(b, path);
    return text && *text;
}

/* Go's runtime catches every signal that there is, whether or not anybody waits for it. Programs do not catch
 * SIGSTKFLT, which nothing sends. */
static bool catches_all(uint64_t caught)
{
    return caught >> (SIGSTKFLT - 1) & 1;
}

static bool handles_alarm(pid_t pid)
{
    uint64_t caught = proc_status_number(pid, "SigCgt", 16);

    return (caught >> (SIGALRM - 1) & 1) && !catches_all(caught);
}

/* A descriptor of the process: a timerfd that is armed? */
static bool timerfd_at(pid_t pid, const char *fd, struct buf *b, int64_t *until)
{
    long long seconds = 0, ns = 0;
    char path[320];
    const char *text, *at;

    snprintf(path, sizeof path, "/proc/%d/fdinfo/%s", (int)pid, fd);
    text = read_text(b, path);
    at = text ? strstr(text, "it_value: (") : NULL;
    if (!at || sscanf(at, "it_value: (%lld, %lld)", &seconds, &ns) != 2 || (seconds == 0 && ns == 0))
        return false;
    *until = seconds * NS_PER_S + ns;
    return true;
}

bool proc_timerfd(pid_t pid, int fd, int64_t *until)
{
    _cleanup_buf_ struct buf b = BUF_INIT;
    char name[16];

    snprintf(name, sizeof name, "%d", fd);
    return timerfd_at(pid, name, &b, until);
}

static bool armed_timerfd(pid_t pid, struct buf *b, int64_t *until)
{
    char path[64];
    struct dirent *entry;
    bool found = false;
    DIR *dir;

    snprintf(path, sizeof path, "/proc/%d/fdinfo", (int)pid);
    dir = opendir(path);
    while (dir && (entry = readdir(dir))) {
        int64_t at;
        if (entry->d_name[0] == '.' || !timerfd_at(pid, entry->d_name, b, &at))
            continue;
        if (!found || at < *until)
            *until = at;
        found = true;
    }
    if (dir)
        closedir(dir);
    return found;
}

enum hidden_timer proc_hidden_timer(pid_t pid, int64_t *until)
{
    _cleanup_buf_ struct buf b = BUF_INIT;

    if (has_posix_timers(pid, &b) || handles_alarm(pid))
        return TIMER_UNKNOWN;
    return armed_timerfd(pid, &b, until) ? TIMER_AT : TIMER_NONE;
}

enum hidden_timer tree_hidden_timer(const struct tree *t, int64_t *until)
{
    enum hidden_timer found = TIMER_NONE;

    for (size_t i = 0; i < t->n; i++) {
        int64_t at = -1;
        pid_t pid = t->entries[i].pid;

        if (pid == t->root || t->entries[i].tid != pid)
            continue;
        switch (proc_hidden_timer(pid, &at)) {
        case TIMER_NONE: break;
        case TIMER_UNKNOWN: return TIMER_UNKNOWN;
        case TIMER_AT:
            *until = found == TIMER_NONE || at < *until ? at : *until;
            found = TIMER_AT;
            break;
        }
    }
    return found;
}
