/* session.c - commands and their replies, and who comes to the data port. */
#include "session.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE 1000 /* milliseconds in which a client comes to its data port */
#define MAX_REPLY 64

long now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

struct session *session_new(int control, int folder)
{
    struct session *s = calloc(1, sizeof(*s));

    if (s) {
        s->control = control;
        s->folder = folder;
        s->listener = -1;
        transfer_init(&s->transfer);
    }
    return s;
}

/* The data port is for one transfer: whatever became of it, the next one needs a PASV of its own. */
static void close_data(struct session *s)
{
    if (s->listener >= 0)
        close(s->listener);
    s->listener = -1;
    s->waiting = false;
    if (s->transfer.data >= 0 && s->transfer.direction == INCOMING)
        folder_drop(s->folder, s->control);
    transfer_end(&s->transfer);
}

void session_free(struct session *s)
{
    if (!s)
        return;
    close_data(s);
    close(s->control);
    free(s);
}

static bool is_busy(const struct session *s)
{
    return s->waiting || s->transfer.data >= 0;
}

/* ---- replies ------------------------------------------------------------------------------------------- */

static void reply(struct session *s, const char *text)
{
    s->out_used += (size_t)snprintf(s->out + s->out_used, sizeof(s->out) - s->out_used, "%s\r\n", text);
}

static bool has_room(const struct session *s)
{
    return sizeof(s->out) - s->out_used >= 2 * MAX_REPLY; /* a command may lead to two */
}

/* ---- the data port ------------------------------------------------------------------------------------- */

/* Port 0 means: any that is free. Only the kernel knows which, so it has to be asked. */
static void open_data(struct session *s)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_ANY)};
    socklen_t size = sizeof(address);
    char text[MAX_REPLY];

    close_data(s);
    s->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (s->listener < 0 || bind(s->listener, (struct sockaddr *)&address, sizeof(address)) < 0 ||
        listen(s->listener, 1) < 0 || getsockname(s->listener, (struct sockaddr *)&address, &size) < 0) {
        close_data(s);
        reply(s, "425 no data port can be had");
        return;
    }
    snprintf(text, sizeof(text), "227 %d", ntohs(address.sin_port));
    reply(s, text);
}

static void begin_transfer(struct session *s, int data)
{
    enum direction direction = s->command == 'S' ? INCOMING : OUTGOING;
    int file = s->command == 'S'   ? folder_begin(s->folder, s->control)
               : s->command == 'R' ? folder_read(s->folder, s->name)
                                   : folder_list(s->folder);

    if (file < 0) {
        close(data);
        close_data(s);
        reply(s, "550 there is no such file");
        return;
    }
    close(s->listener); /* nobody else is expected there */
    s->listener = -1;
    s->waiting = false;
    transfer_begin(&s->transfer, direction, data, file);
    reply(s, "150 here it comes");
}

/* The client has connected before it has sent its command, but that is another connection: which of the two
 * is seen first is not certain. */
static void await_client(struct session *s)
{
    int data = accept4(s->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (data >= 0)
        begin_transfer(s, data);
    else if (now() >= s->deadline) {
        close_data(s);
        reply(s, "425 nobody has come to the data port");
    }
}

static void go_on(struct session *s)
{
    bool kept = true;

    switch (transfer_step(&s->transfer)) {
    case UNDER_WAY: return;
    case COMPLETE:
        if (s->transfer.direction == INCOMING)
            kept = folder_keep(s->folder, s->control, s->name);
        close_data(s); /* first the end of the data, and only then the word that it is complete */
        reply(s, kept ? "226 done" : "550 it cannot be kept");
        return;
    case BROKEN:
        close_data(s);
        reply(s, "426 the data connection is broken");
        return;
    }
}

/* ---- commands ------------------------------------------------------------------------------------------ */

static void ask(struct session *s, char command, const char *name)
{
    if (command != 'L' && !is_name(name)) {
        close_data(s);
        reply(s, "550 that is no name");
    } else if (s->listener < 0)
        reply(s, "425 say PASV first");
    else {
        s->command = command;
        snprintf(s->name, sizeof(s->name), "%s", name);
        s->deadline = now() + PATIENCE;
        s->waiting = true;
    }
}

static void obey(struct session *s, const char *line)
{
    if (strcmp(line, "NOOP") == 0)
        reply(s, "200 fine");
    else if (strcmp(line, "PASV") == 0)
        open_data(s);
    else if (strcmp(line, "LIST") == 0)
        ask(s, 'L', "");
    else if (strncmp(line, "RETR ", 5) == 0)
        ask(s, 'R', line + 5);
    else if (strncmp(line, "STOR ", 5) == 0)
        ask(s, 'S', line + 5);
    else if (strcmp(line, "QUIT") == 0) {
        reply(s, "221 goodbye");
        s->leaving = true;
    } else
        reply(s, "500 what?");
}

/* Obeys the first line in `in`. Returns false when there is none, or when it has to wait: while a file is
 * under way, only NOOP is answered. */
static bool obey_next(struct session *s)
{
    char line[MAX_LINE + 1];
    const char *end = memmem(s->in, s->in_used, "\r\n", 2);
    size_t n = end ? (size_t)(end - s->in) : 0;

    if (!end || s->leaving || !has_room(s))
        return false;
    for (size_t i = 0; i < n; i++) /* a zero byte would end the line early, for C */
        line[i] = s->in[i] ? s->in[i] : '?';
    line[n] = '\0';
    if (is_busy(s) && strcmp(line, "NOOP") != 0)
        return false;
    obey(s, line);
    /* What is left over belongs to the next command: it moves to the front. */
    s->in_used -= n + 2;
    memmove(s->in, s->in + n + 2, s->in_used);
    return true;
}

/* ---- the control connection ---------------------------------------------------------------------------- */

static bool try_later(void)
{
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

/* One read. It may bring a piece of a command or many commands. */
static bool take_input(struct session *s)
{
    ssize_t n;

    if (s->ended || s->in_used == sizeof(s->in))
        return true;
    n = recv(s->control, s->in + s->in_used, sizeof(s->in) - s->in_used, 0);
    if (n < 0)
        return try_later();
    if (n == 0)
        s->ended = true;
    s->in_used += (size_t)n;
    /* A full buffer without an end of line in it will never have one. */
    return s->in_used < sizeof(s->in) || memmem(s->in, s->in_used, "\r\n", 2);
}

static bool give_output(struct session *s)
{
    ssize_t n;

    if (s->out_used == 0)
        return true;
    n = send(s->control, s->out, s->out_used, MSG_NOSIGNAL);
    if (n < 0)
        return try_later();
    s->out_used -= (size_t)n;
    memmove(s->out, s->out + n, s->out_used);
    return true;
}

void session_polls(const struct session *s, struct pollfd polled[2])
{
    short control = 0;

    if (!s->ended && s->in_used < sizeof(s->in))
        control |= POLLIN;
    if (s->out_used > 0)
        control |= POLLOUT;
    /* poll() skips -1. It would tell of a connection that is broken without being asked, again and again. */
    polled[0] = (struct pollfd){.fd = control ? s->control : -1, .events = control};
    polled[1] = (struct pollfd){.fd = -1};
    if (s->waiting)
        polled[1] = (struct pollfd){.fd = s->listener, .events = POLLIN};
    else if (s->transfer.data >= 0)
        polled[1] = (struct pollfd){.fd = s->transfer.data, .events = transfer_events(&s->transfer)};
}

int session_patience(const struct session *s)
{
    long left = s->deadline - now();

    if (!s->waiting)
        return -1;
    return left > 0 ? (int)left : 0;
}

bool session_step(struct session *s)
{
    if (!take_input(s) || !give_output(s))
        return false;
    if (s->waiting)
        await_client(s);
    else if (s->transfer.data >= 0)
        go_on(s);
    while (obey_next(s)) {
        if (s->waiting)
            await_client(s);
        if (!give_output(s))
            return false;
    }
    if (!give_output(s))
        return false;
    if (s->ended && !is_busy(s)) /* what may be left is a piece of a command that will never be whole */
        s->leaving = true;
    return !s->leaving || s->out_used > 0;
}
