#include "launch/landlock.h"

#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_landlock_create_ruleset /* the numbers are the same on every architecture */
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule 445
#define SYS_landlock_restrict_self 446
#endif

#define FLAG_VERSION 1u
#define RULE_PATH 1

enum {
    FS_EXECUTE = 1 << 0,
    FS_WRITE_FILE = 1 << 1,
    FS_READ_FILE = 1 << 2,
    FS_READ_DIR = 1 << 3,
    FS_ABI_1 = (1 << 13) - 1,
    FS_REFER = 1 << 13,    /* ABI 2 */
    FS_TRUNCATE = 1 << 14, /* ABI 3 */
    FS_OF_FILES = FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE,
    FS_READ = FS_EXECUTE | FS_READ_FILE | FS_READ_DIR,
    NET_TCP = 3,      /* ABI 4: bind and connect */
    SCOPE_SIGNAL = 2, /* ABI 6: no signals to processes outside, init above all */
};

struct ruleset {
    uint64_t fs, net, scoped;
};

struct path_rule {
    uint64_t allowed;
    int32_t parent;
} __attribute__((packed));

int landlock_abi(void)
{
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, FLAG_VERSION);

    return abi < 0 ? 0 : (int)abi;
}

/* Rights that only directories have make the rule of a file invalid. */
static int allow(int ruleset, uint64_t handled, const char *path, uint64_t rights)
{
    _cleanup_fd_ int fd = open(path, O_PATH | O_CLOEXEC);
    struct path_rule rule = {.allowed = rights & handled, .parent = fd};
    struct stat st;

    if (fd < 0 || fstat(fd, &st) < 0)
        return 0;
    if (!S_ISDIR(st.st_mode))
        rule.allowed &= FS_OF_FILES;
    return syscall(SYS_landlock_add_rule, ruleset, RULE_PATH, &rule, 0) < 0 ? -errno : 0;
}

static int allow_devices(int ruleset, uint64_t handled)
{
    static const char *const devices[] = {"/dev/null",    "/dev/zero", "/dev/full", "/dev/random",
                                          "/dev/urandom", "/dev/tty",  "/dev/ptmx"};
    int r = 0;

    for (size_t i = 0; i < sizeof devices / sizeof *devices && !r; i++)
        r = allow(ruleset, handled, devices[i], FS_READ_FILE | FS_WRITE_FILE | FS_TRUNCATE);
    if (!r)
        r = allow(ruleset, handled, "/dev/pts", FS_READ | FS_WRITE_FILE);
    if (!r)
        r = allow(ruleset, handled, "/dev/shm", handled);
    return r;
}

static int allow_all(int ruleset, uint64_t handled, const struct landlock_request *request)
{
    static const char *const kernel[] = {"/proc", "/sys", "/run/systemd/resolve"};
    int r = allow_devices(ruleset, handled);

    for (size_t i = 0; i < request->visible->n && !r; i++)
        r = allow(ruleset, handled, request->visible->paths[i], FS_READ);
    for (size_t i = 0; i < sizeof kernel / sizeof *kernel && !r; i++)
        r = allow(ruleset, handled, kernel[i], FS_READ | FS_WRITE_FILE);
    for (const char *const *path = request->writable; *path && !r; path++)
        r = allow(ruleset, handled, *path, handled);
    return r;
}

int landlock_prepare(const struct landlock_request *request)
{
    int abi = landlock_abi();
    struct ruleset rules = {.fs = FS_ABI_1};
    size_t size = abi >= 6 ? 24 : abi >= 4 ? 16 : 8;
    int fd, r;

    if (!abi)
        return -ENOSYS;
    rules.fs |= (abi >= 2 ? FS_REFER : 0) | (abi >= 3 ? FS_TRUNCATE : 0);
    rules.net = abi >= 4 && !request->network ? NET_TCP : 0;
    rules.scoped = abi >= 6 ? SCOPE_SIGNAL : 0;
    fd = (int)syscall(SYS_landlock_create_ruleset, &rules, size, 0);
    if (fd < 0)
        return -errno;
    r = allow_all(fd, rules.fs, request);
    if (r < 0) {
        fd_close(fd);
        return r;
    }
    return fd;
}

int landlock_enter(int ruleset)
{
    if (ruleset < 0)
        return 0;
    return syscall(SYS_landlock_restrict_self, ruleset, 0) < 0 ? -errno : 0;
}
