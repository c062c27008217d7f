/*
 * peer PORT DIR [HOST PORT], with poll().
 * The mistake: tells others the port that a peer has connected from.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX 100
#define CHUNK 65536
#define NAME_CHARS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"

struct conn {
    int fd, dialed, hello, ended, dead, peers_left, asked;
    long order;
    struct sockaddr_in who; /* where this peer can be dialed */
    char in[8192];
    size_t n_in;
    char out[2 * CHUNK];
    size_t n_out;
    FILE *give; /* a file that goes out */
    char later[1100];
};

static struct conn *conns[MAX];
static int n_conns, my_port;
static long hellos;
static const char *dir;

static char wanted[1024], part[2048]; /* the file that we want, and where it is until it is whole */
static struct conn *source;
static long asked_up_to, want_size, want_left;
static FILE *taking;

static char typed[1024];
static size_t n_typed;

static void say(struct conn *c, const char *line)
{
    size_t n = strlen(line);
    if (c->n_out + n > sizeof c->out) {
        c->dead = 1;
        return;
    }
    memcpy(c->out + c->n_out, line, n);
    c->n_out += n;
}

static int is_name(const char *s)
{
    size_t n = strlen(s);
    return n > 0 && n <= 100 && s[0] != '.' && strspn(s, NAME_CHARS) == n;
}

/* A decimal number up to max, or -1. */
static long number(const char *s, long max)
{
    char *end;
    errno = 0;
    long n = strtol(s, &end, 10);
    return *s < '0' || *s > '9' || *end || errno || n > max ? -1 : n;
}

static struct conn *add(int fd, int dialed, struct sockaddr_in who)
{
    struct conn *c = calloc(1, sizeof *c);
    c->fd = fd;
    c->dialed = dialed;
    c->who = who;
    conns[n_conns++] = c;
    return c;
}

static int same(const struct sockaddr_in *a, const struct sockaddr_in *b)
{
    return a->sin_addr.s_addr == b->sin_addr.s_addr && a->sin_port == b->sin_port;
}

static int dial(struct sockaddr_in who)
{
    char line[50];
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    if (n_conns == MAX || connect(fd, (struct sockaddr *)&who, sizeof who) < 0) {
        close(fd);
        return -1;
    }
    sprintf(line, "HELLO %d\n", my_port);
    say(add(fd, 1, who), line);
    return 0;
}

/* ---- others -------------------------------------------------------------------------------------------- */

static void hello(struct conn *c, const char *text)
{
    long port = number(text, 65535);
    char line[100];
    int count = 0;

    if (c->hello || port < 1) {
        c->dead = 1;
        return;
    }
    if (!c->dialed) {
        c->who.sin_port = htons(port);
        for (int i = 0; i < n_conns; i++)
            if (conns[i] != c && conns[i]->hello && same(&conns[i]->who, &c->who)) {
                c->dead = 1;
                return;
            }
    }
    c->hello = 1;
    c->order = ++hellos;
    if (c->dialed)
        return;
    for (int i = 0; i < n_conns; i++)
        count += conns[i] != c && conns[i]->hello;
    sprintf(line, "HELLO %d\nPEERS %d\n", my_port, count);
    say(c, line);
    for (long order = 1; order < hellos; order++)
        for (int i = 0; i < n_conns; i++)
            if (conns[i]->hello && conns[i]->order == order) {
                struct sockaddr_in from;
                socklen_t size = sizeof from;
                getpeername(conns[i]->fd, (struct sockaddr *)&from, &size);
                sprintf(line, "%s %d\n", inet_ntoa(from.sin_addr), ntohs(from.sin_port));
                say(c, line);
            }
}

static void address(struct conn *c, char *line)
{
    struct sockaddr_in who = {.sin_family = AF_INET}, me;
    socklen_t size = sizeof me;
    char *blank = strchr(line, ' ');
    long port = blank ? number(blank + 1, 65535) : -1;

    c->peers_left--;
    if (blank)
        *blank = 0;
    if (port < 1 || inet_pton(AF_INET, line, &who.sin_addr) != 1) {
        c->dead = 1;
        return;
    }
    who.sin_port = htons(port);
    getsockname(c->fd, (struct sockaddr *)&me, &size);
    if (port == my_port && me.sin_addr.s_addr == who.sin_addr.s_addr)
        return;
    for (int i = 0; i < n_conns; i++)
        if (same(&conns[i]->who, &who))
            return;
    dial(who);
}

static void give(struct conn *c, const char *name)
{
    char path[600], line[50];
    struct stat st;

    snprintf(path, sizeof path, "%s/%s", dir, name);
    if (!is_name(name) || stat(path, &st) < 0 || !S_ISREG(st.st_mode) || !(c->give = fopen(path, "r"))) {
        say(c, "NONE\n");
        return;
    }
    sprintf(line, "DATA %ld\n", (long)st.st_size);
    say(c, line);
}

/* ---- what we want -------------------------------------------------------------------------------------- */

static void over(int got)
{
    if (got)
        printf("got %s %ld\n", wanted, want_size);
    else
        printf("none %s\n", wanted);
    fflush(stdout);
    wanted[0] = 0;
    source = NULL;
    asked_up_to = 0;
}

static void ask_next(void)
{
    char line[1100];

    if (taking) {
        fclose(taking);
        remove(part);
        taking = NULL;
    }
    source = NULL;
    for (int i = 0; i < n_conns; i++) {
        struct conn *c = conns[i];
        if (c->hello && !c->dead && !c->ended && c->order > asked_up_to &&
            (!source || c->order < source->order))
            source = c;
    }
    if (!source) {
        over(0);
        return;
    }
    asked_up_to = source->order;
    snprintf(line, sizeof line, "GET %s\n", wanted);
    if (source->give)
        strcpy(source->later, line);
    else
        say(source, line);
}

static void all_there(void)
{
    char path[2048];

    fclose(taking);
    taking = NULL;
    snprintf(path, sizeof path, "%s/%s", dir, wanted);
    over(rename(part, path) == 0);
}

static void data(struct conn *c, const char *text)
{
    if (c != source || taking || (want_size = number(text, 1 << 30)) < 0) {
        c->dead = 1;
        return;
    }
    snprintf(part, sizeof part, "%s/.%s.part", dir, wanted);
    taking = fopen(part, "w");
    want_left = want_size;
    if (want_left == 0)
        all_there();
}

static void want(const char *name)
{
    snprintf(wanted, sizeof wanted, "%s", name);
    if (is_name(name))
        ask_next();
    else
        over(0);
}

/* ---- bytes --------------------------------------------------------------------------------------------- */

static void line_of(struct conn *c, char *line)
{
    if (c->peers_left > 0)
        address(c, line);
    else if (!strncmp(line, "HELLO ", 6))
        hello(c, line + 6);
    else if (!c->hello)
        c->dead = 1;
    else if (!strncmp(line, "PEERS ", 6) && c->dialed && number(line + 6, 1000) >= 0)
        c->peers_left = number(line + 6, 1000);
    else if (!strncmp(line, "GET ", 4))
        give(c, line + 4);
    else if (!strncmp(line, "DATA ", 5))
        data(c, line + 5);
    else if (!strcmp(line, "NONE") && c == source && !taking)
        ask_next();
    else
        c->dead = 1;
}

static void eat(struct conn *c, size_t n)
{
    c->n_in -= n;
    memmove(c->in, c->in + n, c->n_in);
}

static void understand(struct conn *c)
{
    while (!c->dead && c->n_in > 0) {
        if (c == source && taking) {
            size_t n = c->n_in < (size_t)want_left ? c->n_in : (size_t)want_left;
            fwrite(c->in, 1, n, taking);
            want_left -= n;
            eat(c, n);
            if (want_left == 0)
                all_there();
            continue;
        }
        char line[513], *feed = memchr(c->in, '\n', c->n_in);
        size_t n = feed ? (size_t)(feed - c->in) : c->n_in;
        if (n > 512)
            c->dead = 1;
        if (!feed || n > 512 || (c->give && !strncmp(c->in, "GET ", 4)))
            break;
        memcpy(line, c->in, n);
        line[n] = 0;
        eat(c, n + 1);
        line_of(c, line);
    }
    if ((c->ended || c->dead) && c == source)
        ask_next();
}

static void input(struct conn *c)
{
    ssize_t n = recv(c->fd, c->in + c->n_in, sizeof c->in - c->n_in, MSG_DONTWAIT);
    if (n == 0)
        c->ended = 1;
    if (n < 0 && errno != EAGAIN)
        c->dead = 1;
    if (n > 0)
        c->n_in += n;
    understand(c);
}

static void output(struct conn *c)
{
    ssize_t n;

    if (c->give && c->n_out < CHUNK) {
        size_t got = fread(c->out + c->n_out, 1, CHUNK, c->give);
        c->n_out += got;
        if (got == 0) {
            fclose(c->give);
            c->give = NULL;
            if (c->later[0])
                say(c, c->later);
            c->later[0] = 0;
            understand(c);
        }
    }
    if (c->n_out == 0)
        return;
    n = send(c->fd, c->out, c->n_out, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n < 0 && errno != EAGAIN)
        c->dead = 1;
    if (n > 0) {
        c->n_out -= n;
        memmove(c->out, c->out + n, c->n_out);
    }
}

static void end(int i)
{
    struct conn *c = conns[i];

    c->dead = 1;
    if (c == source)
        ask_next();
    close(c->fd);
    if (c->give)
        fclose(c->give);
    free(c);
    conns[i] = conns[--n_conns];
}

/* Returns 0 at the end of stdin. */
static int user(void)
{
    ssize_t n = read(0, typed + n_typed, sizeof typed - n_typed);
    if (n > 0)
        n_typed += n;
    return n > 0;
}

static void wishes(void)
{
    char *feed;

    while (!wanted[0] && (feed = memchr(typed, '\n', n_typed))) {
        char line[1024];
        *feed = 0;
        strcpy(line, typed);
        n_typed -= feed + 1 - typed;
        memmove(typed, feed + 1, n_typed);
        if (!strncmp(line, "get ", 4))
            want(line + 4);
    }
}

static int listen_on(int port)
{
    struct sockaddr_in me = {.sin_family = AF_INET, .sin_port = htons(port)};
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;

    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, (struct sockaddr *)&me, sizeof me) < 0 || listen(fd, 50) < 0) {
        perror("peer");
        exit(2);
    }
    return fd;
}

static void join(const char *host, const char *port)
{
    struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *a;

    if (getaddrinfo(host, port, &hints, &a) != 0 || dial(*(struct sockaddr_in *)a->ai_addr) < 0) {
        fprintf(stderr, "peer: nobody at %s %s\n", host, port);
        exit(2);
    }
    freeaddrinfo(a);
}

int main(int argc, char **argv)
{
    struct pollfd fds[MAX + 2];
    int door, reads = 1;

    if (argc != 3 && argc != 5) {
        fprintf(stderr, "usage: peer PORT DIR [HOST PORT]\n");
        return 1;
    }
    my_port = atoi(argv[1]);
    dir = argv[2];
    door = listen_on(my_port);
    if (argc == 5)
        join(argv[3], argv[4]);

    for (;;) {
        int n = n_conns;
        for (int i = 0; i < n; i++) {
            struct conn *c = conns[i];
            fds[i] = (struct pollfd){c->fd, 0, 0};
            if (!c->ended && c->n_in < sizeof c->in)
                fds[i].events |= POLLIN;
            if (c->n_out || c->give)
                fds[i].events |= POLLOUT;
        }
        fds[n] = (struct pollfd){n < MAX ? door : -1, POLLIN, 0};
        fds[n + 1] = (struct pollfd){reads && !wanted[0] ? 0 : -1, POLLIN, 0};
        poll(fds, n + 2, -1);
        for (int i = 0; i < n; i++) {
            if (fds[i].revents & ~POLLOUT)
                input(conns[i]);
            if (fds[i].revents)
                output(conns[i]);
        }
        for (int i = n - 1; i >= 0; i--)
            if (conns[i]->dead || (conns[i]->ended && !conns[i]->n_out && !conns[i]->give))
                end(i);
        if (fds[n].revents) {
            struct sockaddr_in from;
            socklen_t size = sizeof from;
            int fd = accept(door, (struct sockaddr *)&from, &size);
            from.sin_port = 0;
            if (fd >= 0)
                add(fd, 0, from);
        }
        if (fds[n + 1].revents)
            reads = user();
        wishes();
    }
}
