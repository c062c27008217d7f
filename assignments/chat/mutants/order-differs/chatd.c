/*
 * chatd PORT, with poll().
 * The mistake: what is said in one round is passed on to each member beginning with its neighbour.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX 1000

static struct user {
    int fd, skip, bye, dead;
    char nick[17], in[2048];
    size_t n;
    char *out;
    size_t queued;
    char *said; /* in this round */
    size_t n_said;
} users[MAX];
static struct pollfd fds[MAX + 1];
static int n_users;
static unsigned long number;

static void append(char **to, size_t *used, const char *line)
{
    size_t n = strlen(line);
    *to = realloc(*to, *used + n + 1);
    memcpy(*to + *used, line, n + 1);
    *used += n;
}

static void put(struct user *u, const char *line)
{
    append(&u->out, &u->queued, line);
}

/* Everybody is told what the others have said, fairly: each begins with another one. */
static void pass_on(void)
{
    for (int i = 0; i < n_users; i++)
        for (int k = 1; users[i].nick[0] && k < n_users; k++) {
            struct user *from = &users[(i + k) % n_users];
            if (from->n_said > 0)
                put(&users[i], from->said);
        }
    for (int i = 0; i < n_users; i++) {
        free(users[i].said);
        users[i].said = NULL;
        users[i].n_said = 0;
    }
}

static int good_nick(const char *s)
{
    size_t n = strlen(s);
    for (; *s; s++)
        if (!isalnum((unsigned char)*s) && *s != '-' && *s != '_')
            return 0;
    return n > 0 && n <= 16;
}

static int taken(const char *nick)
{
    for (int i = 0; i < n_users; i++)
        if (!strcmp(users[i].nick, nick))
            return 1;
    return 0;
}

static void say(struct user *u, const char *text)
{
    char line[700];
    snprintf(line, sizeof line, "MSG %lu %s %s\n", ++number, u->nick, text);
    append(&u->said, &u->n_said, line);
    snprintf(line, sizeof line, "OK %lu\n", number);
    put(u, line);
}

/* line: without its line feed, n bytes */
static void request(struct user *u, char *line, size_t n)
{
    char reply[40];

    for (size_t i = 0; i < n; i++)
        if ((unsigned char)line[i] < 32 || line[i] == 127) {
            put(u, "ERR control bytes\n");
            return;
        }
    if (!strncmp(line, "NICK ", 5) && !u->nick[0] && good_nick(line + 5) && !taken(line + 5)) {
        strcpy(u->nick, line + 5);
        sprintf(reply, "OK %s\n", u->nick);
        put(u, reply);
    } else if (!strncmp(line, "SAY ", 4) && line[4] && u->nick[0]) {
        say(u, line + 4);
    } else if (!strcmp(line, "QUIT")) {
        u->nick[0] = 0;
        put(u, "OK bye\n");
        u->bye = 1;
    } else {
        put(u, "ERR what do you mean?\n");
    }
}

static void take_lines(struct user *u)
{
    char *feed;

    while (!u->bye && (feed = memchr(u->in, '\n', u->n))) {
        size_t n = feed - u->in;
        *feed = 0;
        if (n > 512 && !u->skip)
            put(u, "ERR too long\n");
        else if (!u->skip)
            request(u, u->in, n);
        u->skip = 0;
        u->n -= n + 1;
        memmove(u->in, feed + 1, u->n);
    }
    if (u->n > 512) {
        if (!u->skip)
            put(u, "ERR too long\n");
        u->skip = 1;
        u->n = 0;
    }
}

static void input(struct user *u)
{
    ssize_t n = recv(u->fd, u->in + u->n, sizeof u->in - u->n, 0);
    if (n <= 0) {
        u->dead = 1;
        return;
    }
    if (u->bye)
        return;
    u->n += n;
    take_lines(u);
}

static void output(struct user *u)
{
    if (u->queued == 0)
        return;
    ssize_t n = send(u->fd, u->out, u->queued, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n > 0) {
        u->queued -= n;
        memmove(u->out, u->out + n, u->queued);
    }
    if (u->bye && u->queued == 0)
        shutdown(u->fd, SHUT_WR);
}

static void drop(int i)
{
    close(users[i].fd);
    free(users[i].out);
    users[i] = users[--n_users];
}

static int listen_on(int port)
{
    struct sockaddr_in me = {.sin_family = AF_INET, .sin_port = htons(port)};
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;

    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, (struct sockaddr *)&me, sizeof me) < 0 || listen(fd, 256) < 0) {
        perror("chatd");
        exit(2);
    }
    return fd;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: chatd PORT\n");
        return 1;
    }
    signal(SIGPIPE, SIG_IGN);
    int door = listen_on(atoi(argv[1]));

    for (;;) {
        int n = n_users;
        for (int i = 0; i < n; i++)
            fds[i] = (struct pollfd){users[i].fd, POLLIN | (users[i].queued ? POLLOUT : 0), 0};
        fds[n] = (struct pollfd){n < MAX ? door : -1, POLLIN, 0};
        poll(fds, n + 1, -1);
        for (int i = 0; i < n; i++)
            if (fds[i].revents & ~POLLOUT)
                input(&users[i]);
        pass_on();
        for (int i = 0; i < n; i++)
            output(&users[i]);
        for (int i = n - 1; i >= 0; i--)
            if (users[i].dead)
                drop(i);
        if (fds[n].revents) {
            memset(&users[n_users], 0, sizeof users[0]);
            users[n_users].fd = accept(door, NULL, NULL);
            n_users += users[n_users].fd >= 0;
        }
    }
}
