/* node.c - HELLO, PEERS, GET, DATA and NONE. */
#include "node.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_PEERS 1000 /* in one PEERS */

/* Reads a decimal number of at most `most`, and nothing else. strtoul would take blanks, and "-1" for a large
 * one. */
static bool read_number(const char *text, uint64_t most, uint64_t *number)
{
    *number = 0;
    if (*text == '\0')
        return false;
    for (; *text >= '0' && *text <= '9'; text++) {
        *number = *number * 10 + (*text - '0');
        if (*number > most) /* before it can grow too large to be held */
            return false;
    }
    return *text == '\0';
}

/* ---- links --------------------------------------------------------------------------------------------- */

void node_add(struct node *n, int fd, bool dialled, struct in_addr host, uint16_t port, bool connecting)
{
    struct link *l = n->n_links < MAX_LINKS ? link_new(fd, dialled) : NULL;

    if (!l) {
        close(fd);
        return;
    }
    l->host = host;
    l->port = port;
    l->connecting = connecting;
    if (dialled)
        link_say(l, "HELLO %u\n", n->port); /* who dials speaks first */
    n->links[n->n_links++] = l;
}

void node_dial(struct node *n, struct in_addr host, uint16_t port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr = host, .sin_port = htons(port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return;
    if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0)
        node_add(n, fd, true, host, port, false);
    else if (errno == EINPROGRESS)
        node_add(n, fd, true, host, port, true);
    else
        close(fd);
}

/* Have we a link with this peer, besides `except`? One that we have dialled counts before it has answered. */
static bool is_known(const struct node *n, struct in_addr host, uint16_t port, const struct link *except)
{
    for (size_t i = 0; i < n->n_links; i++) {
        const struct link *l = n->links[i];
        if (l != except && !l->lost && l->host.s_addr == host.s_addr && l->port == port)
            return true;
    }
    return false;
}

static bool is_linked(const struct link *l)
{
    return l->hello && !l->ended && !l->lost;
}

/* ---- HELLO and PEERS ----------------------------------------------------------------------------------- */

static void tell_peers(struct node *n, struct link *to)
{
    size_t count = 0;
    char host[INET_ADDRSTRLEN];

    for (size_t i = 0; i < n->n_links; i++)
        count += n->links[i] != to && is_linked(n->links[i]);
    link_say(to, "PEERS %zu\n", count);

    /* By their order, so that whoever asks twice reads the same: links are kept in the order of connections.
     */
    unsigned last = 0;
    while (count-- > 0) {
        const struct link *next = NULL;
        for (size_t i = 0; i < n->n_links; i++) {
            const struct link *l = n->links[i];
            if (l != to && is_linked(l) && l->order > last && (!next || l->order < next->order))
                next = l;
        }
        inet_ntop(AF_INET, &next->host, host, sizeof(host));
        link_say(to, "%s %u\n", host, next->port);
        last = next->order;
    }
}

/* Has this peer a link already that is complete on both sides? Then a second one is of no use. */
static bool is_second(const struct node *n, const struct link *l, uint16_t port)
{
    for (size_t i = 0; i < n->n_links; i++) {
        const struct link *other = n->links[i];
        if (other != l && is_linked(other) && other->host.s_addr == l->host.s_addr && other->port == port)
            return true;
    }
    return false;
}

static void hear_hello(struct node *n, struct link *l, const char *text)
{
    uint64_t port;

    if (l->hello || !read_number(text, 65535, &port) || port == 0 || (!l->dialled && is_second(n, l, port))) {
        l->lost = true;
        return;
    }
    l->hello = true;
    l->order = ++n->hellos;
    if (l->dialled)
        return;
    l->port = port; /* the one that it has connected from is no place to dial */
    link_say(l, "HELLO %u\n", n->port);
    tell_peers(n, l);
}

static void hear_peers(struct link *l, const char *text)
{
    uint64_t count;

    if (!l->dialled || !read_number(text, MAX_PEERS, &count))
        l->lost = true;
    else
        l->peers_due = count;
}

/* A line of a PEERS: `host port`. */
static void hear_address(struct node *n, struct link *l, char *line)
{
    char *blank = strchr(line, ' ');
    struct in_addr host;
    uint64_t port;

    if (blank)
        *blank = '\0';
    if (!blank || inet_pton(AF_INET, line, &host) != 1 || !read_number(blank + 1, 65535, &port) ||
        port == 0) {
        l->lost = true;
        return;
    }
    l->peers_due--;
    bool is_me = port == n->port && host.s_addr == l->here.s_addr;
    if (!is_me && !is_known(n, host, port, NULL))
        node_dial(n, host, port);
}

/* ---- a file for them ----------------------------------------------------------------------------------- */

static void hear_get(struct node *n, struct link *l, const char *name)
{
    uint64_t size;
    int fd = share_open(n->dir, name, &size);

    if (fd < 0) {
        link_say(l, "NONE\n");
        return;
    }
    link_say(l, "DATA %" PRIu64 "\n", size);
    l->file = fd; /* link_write() sends it, piece by piece, as fast as the other side reads */
    l->file_left = size;
}

/* ---- a file for us ------------------------------------------------------------------------------------- */

/* What the user reads. Somebody may be waiting at the other end of a pipe. */
static void tell_user(struct fetch *f, bool got)
{
    if (got)
        printf("got %s %" PRIu64 "\n", f->name, f->size);
    else
        printf("none %s\n", f->name);
    fflush(stdout);
    *f = (struct fetch){.fd = -1};
}

/* Asks the next link that has not been asked yet. When there is none, the search is over. */
static void ask_next(struct node *n)
{
    struct fetch *f = &n->fetch;
    struct link *next = NULL;

    for (size_t i = 0; i < n->n_links; i++) {
        struct link *l = n->links[i];
        if (is_linked(l) && l->order > f->asked && (!next || l->order < next->order))
            next = l;
    }
    f->from = next;
    if (!next) {
        tell_user(f, false);
        return;
    }
    f->asked = next->order;
    if (next->file < 0)
        link_say(next, "GET %s\n", f->name);
    else
        snprintf(next->ask, sizeof(next->ask), "GET %s\n", f->name);
}

/* The source has nothing, or not all of it: what has come is thrown away, and the next one is asked. */
static void give_up_source(struct node *n)
{
    struct fetch *f = &n->fetch;

    if (f->fd >= 0)
        share_drop(n->dir, f->name, f->fd);
    f->fd = -1;
    ask_next(n);
}

static void finish_fetch(struct node *n)
{
    struct fetch *f = &n->fetch;
    bool kept = share_keep(n->dir, f->name, f->fd);

    if (!kept)
        perror("peer: the file cannot be written");
    tell_user(f, kept);
}

static void hear_data(struct node *n, struct link *l, const char *text)
{
    struct fetch *f = &n->fetch;

    /* Checked before it is used: a stranger has written it. */
    if (f->from != l || f->fd >= 0 || !read_number(text, MAX_SIZE, &f->size)) {
        l->lost = true;
        return;
    }
    f->left = f->size;
    f->fd = share_create(n->dir, f->name);
    if (f->fd < 0) {
        perror("peer: the file cannot be written");
        l->lost = true; /* it would go on sending what we have no place for */
        return;
    }
    if (f->left == 0)
        finish_fetch(n);
}

static void hear_none(struct node *n, struct link *l)
{
    if (n->fetch.from == l && n->fetch.fd < 0)
        ask_next(n);
    else
        l->lost = true;
}

/* Bytes of the file: as many as are there, and no more than belong to it. */
static void take_bytes(struct node *n, struct link *l)
{
    struct fetch *f = &n->fetch;
    size_t most = l->in_used < f->left ? l->in_used : f->left;
    ssize_t written = write(f->fd, l->in, most);

    if (written < 0) {
        perror("peer: the file cannot be written");
        l->lost = true;
        return;
    }
    link_consume(l, written);
    f->left -= written;
    if (f->left == 0)
        finish_fetch(n);
}

void node_get(struct node *n, const char *name)
{
    struct fetch *f = &n->fetch;

    *f = (struct fetch){.fd = -1};
    snprintf(f->name, sizeof(f->name), "%s", name);
    if (share_is_name(name))
        ask_next(n);
    else
        tell_user(f, false);
}

/* ---- lines --------------------------------------------------------------------------------------------- */

/* What stands behind the word, when the line begins with it and a blank; else NULL. */
static const char *after(const char *line, const char *word)
{
    size_t n = strlen(word);
    return strncmp(line, word, n) == 0 && line[n] == ' ' ? line + n + 1 : NULL;
}

static void hear_line(struct node *n, struct link *l, char *line)
{
    const char *text;

    if (l->peers_due > 0)
        hear_address(n, l, line);
    else if ((text = after(line, "HELLO")))
        hear_hello(n, l, text);
    else if (!l->hello)
        l->lost = true; /* nobody asks before it has said who it is */
    else if ((text = after(line, "PEERS")))
        hear_peers(l, text);
    else if ((text = after(line, "GET")))
        hear_get(n, l, text);
    else if ((text = after(line, "DATA")))
        hear_data(n, l, text);
    else if (strcmp(line, "NONE") == 0)
        hear_none(n, l);
    else
        l->lost = true;
}

/* Takes the line at the front of l->in, if a whole one is there and its time has come. */
static bool hear_one(struct node *n, struct link *l)
{
    char line[MAX_LINE + 1];
    char *feed = memchr(l->in, '\n', l->in_used);
    size_t length = feed ? (size_t)(feed - l->in) : l->in_used;

    if (length > MAX_LINE) {
        l->lost = true;
        return false;
    }
    /* A second request waits until the first is answered: nothing fits in the middle of a file. */
    if (!feed || (l->file >= 0 && memcmp(l->in, "GET ", 4) == 0))
        return false;
    memcpy(line, l->in, length);
    line[length] = '\0';
    link_consume(l, length + 1);
    hear_line(n, l, line);
    return true;
}

void node_hear(struct node *n, struct link *l)
{
    bool more = true;

    /* One read may have brought lines, bytes of a file, and lines again. */
    while (more && !l->lost) {
        if (n->fetch.from == l && n->fetch.fd >= 0 && l->in_used > 0)
            take_bytes(n, l);
        else
            more = hear_one(n, l);
    }
    if ((l->ended || l->lost) && n->fetch.from == l)
        give_up_source(n);
}

void node_lose(struct node *n, struct link *l)
{
    size_t i = 0;

    l->lost = true;
    if (n->fetch.from == l)
        give_up_source(n);
    while (n->links[i] != l)
        i++;
    n->links[i] = n->links[--n->n_links];
    link_free(l);
}
