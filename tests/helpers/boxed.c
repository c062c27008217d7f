/* boxed.c - what a program in a box may try: boxed ACT [ARGUMENT]. It prints what came of it, one line. */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static int say(const char *text)
{
    printf("%s\n", text);
    fflush(stdout);
    return 0;
}

static int say_errno(int failed)
{
    return say(failed ? strerror(errno) : "done");
}

/* Until killed. */
static int rest(void)
{
    while (pause() < 0)
        ;
    return 0;
}

static int count_fds(const char *arg)
{
    int n = 0;

    (void)arg;
    for (int fd = 0; fd < 1024; fd++)
        n += fcntl(fd, F_GETFD) >= 0;
    printf("%d\n", n);
    return 0;
}

static void on_term(int sig)
{
    (void)sig;
    if (write(1, "not now\n", 8) < 0)
        _exit(1);
}

static int defy(const char *arg)
{
    (void)arg;
    signal(SIGTERM, on_term);
    say("ready");
    return rest();
}

/* A daemon by the book; it keeps stdout, so that its end can be seen. Returns once it has spoken. */
static int daemonize(const char *arg)
{
    int spoke[2];
    char byte;

    (void)arg;
    if (pipe(spoke) < 0)
        return 1;
    if (fork() == 0) {
        setsid();
        if (fork() > 0)
            _exit(0);
        signal(SIGTERM, SIG_IGN);
        signal(SIGHUP, SIG_IGN);
        say("daemon");
        close(spoke[0]);
        if (write(spoke[1], "x", 1) == 1)
            rest();
        _exit(1);
    }
    wait(NULL);
    return read(spoke[0], &byte, 1) == 1 ? 0 : 1;
}

static int orphan(const char *arg)
{
    daemonize(arg);
    return rest();
}

/* Sleeping children, as many as there may be but at most ARGUMENT. */
static int breed(const char *arg)
{
    int n = 0, most = atoi(arg);

    while (n < most) {
        pid_t pid = fork();

        if (pid < 0)
            break;
        if (pid == 0) {
            setsid();
            rest();
        }
        n++;
    }
    printf("%d\n", n);
    fflush(stdout);
    _exit(0); /* LeakSanitizer would want one process more. */
}

/* A fork bomb: every child goes on; ended only from outside. */
static int bomb(const char *arg)
{
    (void)arg;
    say("ready");
    while (getpid() > 0)
        if (fork() == 0)
            setsid();
    return 0;
}

static int attach(const char *arg)
{
    char path[64];

    (void)arg;
    if (ptrace(PTRACE_ATTACH, getppid(), NULL, NULL) == 0)
        return say("attached");
    snprintf(path, sizeof path, "/proc/%d/mem", getppid());
    if (open(path, O_RDONLY) >= 0)
        return say("opened its memory");
    snprintf(path, sizeof path, "/proc/%d/fd", getppid());
    if (opendir(path))
        return say("opened its descriptors");
    return say("refused");
}

static int kill_parent(const char *arg)
{
    (void)arg;
    return say_errno(kill(getppid(), SIGKILL) < 0);
}

static int read_file(const char *path)
{
    return say_errno(open(path, O_RDONLY) < 0);
}

static int make_file(const char *path)
{
    return say_errno(open(path, O_WRONLY | O_CREAT, 0644) < 0);
}

static int close_all(const char *arg)
{
    (void)arg;
    for (int fd = 0; fd < 1024; fd++)
        close(fd);
    return 3;
}

/* A child that outlives its parent goes on as it would under a shell. */
static int terminal(const char *arg)
{
    int ends[2];
    char byte;

    (void)arg;
    if (!isatty(1) || pipe(ends) < 0)
        return say("no terminal");
    if (fork() != 0)
        return 0;
    close(ends[1]);
    if (read(ends[0], &byte, 1) != 0) /* the end, when the parent is gone */
        return say("no end");
    return say("done");
}

static int grow(const char *path)
{
    static char block[65536];
    int fd = open(path, O_WRONLY | O_CREAT, 0644);

    for (;;)
        if (write(fd, block, sizeof block) < 0)
            return say_errno(1);
}

static int wait_input(const char *arg)
{
    char byte;

    (void)arg;
    return read(0, &byte, 1) == 1 ? 0 : 1;
}

static int listen_any(const char *arg)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    if (listen(fd, 1) < 0)
        return say_errno(1);
    say("ready");
    return wait_input(arg);
}

static int reach(const char *port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return say_errno(fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) < 0);
}

/* The port under which the kernel lists a socket that listens; 0: it does not. */
static unsigned listed_port(int fd)
{
    unsigned long inode;
    unsigned port, state;
    char line[300];
    struct stat st;
    FILE *f = fopen("/proc/net/tcp", "r");

    fstat(fd, &st);
    while (f && fgets(line, sizeof line, f))
        if (sscanf(line, "%*d: %*x:%x %*x:%*x %x %*x:%*x %*x:%*x %*x %*d %*d %lu", &port, &state, &inode) ==
                3 &&
            inode == st.st_ino)
            return port;
    return 0;
}

/* Binds an address that is a constant: prints the port that it knows, that stands in the constant, that
 * others see. */
static int bind_constant(const char *type)
{
    static const struct sockaddr_in at = {.sin_family = AF_INET,
                                          .sin_port = 0x5000}; /* 80, in network order */
    struct sockaddr_in a;
    socklen_t len = sizeof a;
    int udp = strcmp(type, "udp") == 0, fd = socket(AF_INET, udp ? SOCK_DGRAM : SOCK_STREAM, 0);

    if (bind(fd, (const struct sockaddr *)&at, sizeof at) < 0 || (!udp && listen(fd, 1) < 0) ||
        getsockname(fd, (struct sockaddr *)&a, &len) < 0)
        return say_errno(1);
    printf("%u %u %u\n", ntohs(a.sin_port),
           udp ? 0 : ntohs(((const volatile struct sockaddr_in *)&at)->sin_port), listed_port(fd));
    fflush(stdout);
    errno = 0;
    if (bind(-1, (const struct sockaddr *)&at, sizeof at) == 0 || errno != EBADF)
        return 1;
    return 0;
}

static int show(const char *name)
{
    char line[256];
    FILE *f = fopen("/proc/self/status", "r");

    while (f && fgets(line, sizeof line, f))
        if (!strncmp(line, name, strlen(name)))
            printf("%s", line + strlen(name) + 2);
    return 0;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*run)(const char *arg);
    } acts[] = {
        {"fds", count_fds},  {"defy", defy},         {"daemon", daemonize},  {"orphan", orphan},
        {"breed", breed},    {"bomb", bomb},         {"attach", attach},     {"kill-parent", kill_parent},
        {"read", read_file}, {"make", make_file},    {"close", close_all},   {"terminal", terminal},
        {"grow", grow},      {"wait", wait_input},   {"listen", listen_any}, {"reach", reach},
        {"status", show},    {"bind", bind_constant}};

    for (size_t i = 0; argc > 1 && i < sizeof acts / sizeof *acts; i++)
        if (!strcmp(argv[1], acts[i].name))
            return acts[i].run(argc > 2 ? argv[2] : "");
    return 64;
}
