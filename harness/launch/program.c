#include "launch/program.h"

#include "kernel/tracer.h"
#include "launch/landlock.h"
#include "launch/limits.h"
#include "launch/rebind.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

static void tell(int status, enum spawn_stage stage, int error, const char *path)
{
    struct spawn_status s = {.stage = stage, .error = error};

    snprintf(s.path, sizeof s.path, "%s", path);
    fd_send(status, (struct bytes){(void *)&s, sizeof s}, NULL, 0);
}

static void give_up(const struct program_start *p, enum spawn_stage stage, int error, const char *path)
    __attribute__((noreturn));

static void give_up(const struct program_start *p, enum spawn_stage stage, int error, const char *path)
{
    tell(p->status, stage, error, path);
    _exit(127);
}

/* The line after "#!" up to the first blank, or what the ELF header names as its loader. False: neither. */
static bool read_interpreter(const char *file, char *out, size_t size)
{
    _cleanup_fd_ int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    char head[256] = {0};
    Elf64_Ehdr elf;
    ssize_t n = fd < 0 ? -1 : pread(fd, head, sizeof head - 1, 0);

    if (n > 2 && !memcmp(head, "#!", 2)) {
        char *from = head + 2 + strspn(head + 2, " \t");
        snprintf(out, size, "%.*s", (int)strcspn(from, " \t\r\n"), from);
        return true;
    }
    if (n < (ssize_t)sizeof elf || memcmp(head, ELFMAG, SELFMAG) || head[EI_CLASS] != ELFCLASS64)
        return false;
    memcpy(&elf, head, sizeof elf);
    for (unsigned i = 0; i < elf.e_phnum && i < 64; i++) {
        Elf64_Phdr part;
        off_t at = (off_t)(elf.e_phoff + i * sizeof part);

        if (pread(fd, &part, sizeof part, at) != sizeof part || part.p_type != PT_INTERP)
            continue;
        n = pread(fd, out, part.p_filesz < size ? part.p_filesz : size - 1, (off_t)part.p_offset);
        out[n < 0 ? 0 : n] = 0;
        return n > 0;
    }
    return false;
}

/* As execvp and every shell do it: what the kernel does not know and is no binary is a script of the shell.
 */
static void run_as_script(const struct program_start *p, const char *file)
{
    size_t n = 0;
    char **argv, magic[SELFMAG] = {0};
    _cleanup_fd_ int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0 || pread(fd, magic, sizeof magic, 0) < 1 || !memcmp(magic, ELFMAG, SELFMAG))
        return;
    while (p->argv[n])
        n++;
    argv = calloc(n + 2, sizeof *argv);
    if (!argv)
        return;
    argv[0] = p->argv[0];
    argv[1] = (char *)file;
    memcpy(argv + 2, p->argv + 1, n * sizeof *argv);
    execve("/bin/sh", argv, p->env);
    free(argv);
}

/* Returns only if the file cannot be executed, with the errno: ENOENT and ENOTDIR mean that there is no such
 * file. */
static int try(const struct program_start *p, const char *file)
{
    char interpreter[PATH_MAX] = "";
    struct stat st;
    int error;

    execve(file, p->argv, p->env);
    error = errno;
    if (error == ENOEXEC) {
        run_as_script(p, file);
        give_up(p, STAGE_EXEC, ENOEXEC, file);
    }
    if (error == ENOENT && stat(file, &st) == 0 && read_interpreter(file, interpreter, sizeof interpreter))
        give_up(p, STAGE_EXEC, ENOENT, interpreter);
    if (error != ENOENT && error != ENOTDIR && error != EACCES)
        give_up(p, STAGE_EXEC, error, file);
    return error;
}

/* EACCES in one directory of PATH does not end the search, but is remembered (execvp(3)). */
static void search(const struct program_start *p)
{
    char file[PATH_MAX], denied[PATH_MAX] = "";

    for (const char *dir = p->path; *dir;) {
        size_t len = strcspn(dir, ":");
        int fits = snprintf(file, sizeof file, "%.*s/%s", (int)len, dir, p->argv[0]);

        if (len && fits < (int)sizeof file && try(p, file) == EACCES && access(file, F_OK) == 0)
            snprintf(denied, sizeof denied, "%s", file);
        dir += len + (dir[len] == ':');
    }
    if (*denied)
        give_up(p, STAGE_EXEC, EACCES, denied);
    give_up(p, STAGE_SEARCH, ENOENT, p->argv[0]);
}

static void execute(const struct program_start *p)
{
    int error;

    if (!p->argv[0][0])
        give_up(p, STAGE_SEARCH, ENOENT, "");
    if (!strchr(p->argv[0], '/'))
        search(p);
    error = try(p, p->argv[0]);
    give_up(p, error == EACCES ? STAGE_EXEC : STAGE_SEARCH, error, p->argv[0]);
}

static void take_descriptors(const struct program_start *p)
{
    /* All descriptors of init are above 2, and close on exec. */
    if (dup2(p->in, 0) < 0 || dup2(p->out, 1) < 0 || dup2(p->err, 2) < 0)
        give_up(p, STAGE_SETUP, errno, "standard descriptors");
}

void program_become(const struct program_start *p)
{
    sigset_t none;
    int r;

    tell(p->status, STAGE_HELLO, 0, "");
    setsid();
    take_descriptors(p);
    if (chdir(p->work) < 0)
        give_up(p, STAGE_SETUP, errno, p->work);
    if (*p->cwd && chdir(p->cwd) < 0)
        give_up(p, STAGE_CWD, errno, p->cwd);
    r = limits_apply(p->limits, p->private_uid);
    if (r < 0)
        give_up(p, STAGE_SETUP, -r, "resource limits");
    r = landlock_enter(p->ruleset);
    if (r < 0)
        give_up(p, STAGE_SETUP, -r, "Landlock");
    r = p->courier < 0 ? 0 : rebind_install(p->courier, p->request->n_exchanges > 0);
    if (r < 0 && p->request->n_exchanges)
        give_up(p, STAGE_SETUP, -r, "the exchange of ports");
    umask(022);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    r = p->traced ? tracer_begin() : 0;
    if (r < 0)
        give_up(p, STAGE_SETUP, -r, "tracing");
    execute(p);
    _exit(127);
}
