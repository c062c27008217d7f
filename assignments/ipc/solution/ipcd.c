/*
 * ipcd.c - ipcd PATH: counts for the processes of this machine, at a socket that is a file.
 *
 * A stream of AF_UNIX is a stream: all that holds for TCP about messages in pieces holds here. What differs
 * is the address. It is a path, and a path has an owner, a mode, and a life of its own: the file stays when
 * the server is gone. So here we make it, protect it and remove it.
 *
 * Each client has a thread, which may wait for its client as long as it likes. counters.c keeps what the
 * threads share.
 */
#include "counters.h"
#include "path.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { EXIT_OK = 0, EXIT_USAGE = 1, EXIT_NETWORK = 2 };

#define MAX_LINE 256

/* What came from a client, and is not answered yet. */
struct connection {
    int fd;
    char in[MAX_LINE + 1];
    size_t used;
};

/* Where our socket is. For the signal handler, which gets no argument. */
static const char *our_path;

/* unlink() and _exit() are among the few calls that a signal handler is allowed to make. */
static void stop(int signal_number)
{
    (void)signal_number;
    unlink(our_path);
    _exit(EXIT_OK);
}

/* send() may take fewer bytes than it was given. Returns false when the client is gone. */
static bool send_all(int fd, const char *bytes, size_t n)
{
    while (n > 0) {
        ssize_t sent = send(fd, bytes, n, MSG_NOSIGNAL); /* an error, rather than SIGPIPE for all of us */
        if (sent < 0)
            return false;
        bytes += sent;
        n -= (size_t)sent;
    }
    return true;
}

/*
 * Takes the next line, without its line feed. Returns false when there is none: the client is gone, or sends
 * a line that is too long. What was read behind the line stays for the next call.
 */
static bool next_line(struct connection *c, char line[MAX_LINE + 1])
{
    char *feed;
    while (!(feed = memchr(c->in, '\n', c->used))) {
        ssize_t n = recv(c->fd, c->in + c->used, sizeof(c->in) - c->used, 0);
        if (n <= 0)
            return false; /* no room is left: then recv() was asked for 0 bytes */
        c->used += (size_t)n;
    }
    size_t length = (size_t)(feed - c->in);
    memcpy(line, c->in, length);
    line[length] = '\0';
    c->used -= length + 1;
    memmove(c->in, feed + 1, c->used);
    return true;
}

/* Returns the name in "INC name", or NULL when the line is no request. */
static const char *read_request(const char *line)
{
    if (strncmp(line, "INC ", 4) != 0)
        return NULL;
    const char *name = line + 4;
    size_t n = 0;
    while (isalnum((unsigned char)name[n]) || (name[n] != '\0' && strchr("_-", name[n])))
        n++;
    return n >= 1 && n <= MAX_NAME && name[n] == '\0' ? name : NULL;
}

static bool answer(struct connection *c, const char *line)
{
    char text[64];
    const char *name = read_request(line);
    uint64_t value = name ? counters_increment(name) : 0;
    if (!name)
        strcpy(text, "ERR say INC and a name\n");
    else if (value == 0)
        strcpy(text, "ERR out of memory\n");
    else
        snprintf(text, sizeof(text), "%" PRIu64 "\n", value);
    return send_all(c->fd, text, strlen(text));
}

/* A client's thread. It owns the connection, and nobody else knows of it. */
static void *serve(void *argument)
{
    struct connection *c = argument;
    char line[MAX_LINE + 1];
    while (next_line(c, line) && answer(c, line))
        ;
    close(c->fd);
    free(c);
    return NULL;
}

/* Each thread gets memory of its own: the next accept() would overwrite a variable that all of them share. */
static bool start_client(int fd)
{
    pthread_t thread;
    struct connection *c = calloc(1, sizeof(*c));
    if (!c)
        return false;
    c->fd = fd;
    if (pthread_create(&thread, NULL, serve, c) != 0) {
        free(c);
        return false;
    }
    pthread_detach(thread); /* nobody waits for its end */
    return true;
}

/*
 * A server that was killed leaves its file, and bind() then says that the address is in use. Returns true
 * when that is so, and the file may go: a socket that nobody listens at refuses connections. What answers, or
 * is no socket at all, is not ours.
 */
static bool is_stale(const struct sockaddr_un *address)
{
    struct stat file;
    if (lstat(address->sun_path, &file) < 0 || !S_ISSOCK(file.st_mode))
        return false;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return false;
    bool refused =
        connect(fd, (const struct sockaddr *)address, sizeof(*address)) < 0 && errno == ECONNREFUSED;
    close(fd);
    return refused;
}

/* bind() makes the file, and gives it all permissions that the umask does not forbid. To take them away later
 * would leave a moment in which anybody can connect. */
static bool bind_private(int fd, const struct sockaddr_un *address)
{
    mode_t before = umask(0177);
    bool bound = bind(fd, (const struct sockaddr *)address, sizeof(*address)) == 0;
    int reason = errno;
    umask(before);
    errno = reason;
    return bound;
}

/* Returns a socket that listens at the path, or -1. */
static int listen_at(const struct sockaddr_un *address)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    bool bound = bind_private(fd, address);
    if (!bound && errno == EADDRINUSE) {
        if (is_stale(address) && unlink(address->sun_path) == 0)
            bound = bind_private(fd, address);
        else
            errno = EADDRINUSE;
    }
    if (!bound || listen(fd, SOMAXCONN) < 0) {
        int reason = errno; /* close() may change it */
        close(fd);
        errno = reason;
        return -1;
    }
    return fd;
}

int main(int argc, char **argv)
{
    struct sockaddr_un address;
    if (argc != 2 || !path_address(&address, argv[1])) {
        fprintf(stderr, "usage: ipcd PATH\n       with 1 to %zu bytes of PATH\n",
                sizeof(address.sun_path) - 1);
        return EXIT_USAGE;
    }
    int listener = listen_at(&address);
    if (listener < 0) {
        fprintf(stderr, "ipcd: cannot listen at %s: %s\n", argv[1], strerror(errno));
        return EXIT_NETWORK;
    }
    our_path = argv[1]; /* not before: until now, a file of that name was somebody else's */
    signal(SIGTERM, stop);
    signal(SIGINT, stop);

    for (;;) {
        int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (fd >= 0 && !start_client(fd))
            close(fd); /* no memory for one more client is no reason to leave the others */
    }
}
