/*
 * chatd PORT, a thread for each client.
 * The mistake: sockets do not block, and what a full one does not take is lost.
 */
#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_MEMBERS 500
#define NICK_CHARS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"

struct member {
    int fd;
    char nick[20];
};

static struct member members[MAX_MEMBERS];
static int n_members;
static unsigned long long seq;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void send_line(int fd, const char *line)
{
    send(fd, line, strlen(line), MSG_NOSIGNAL | MSG_DONTWAIT);
}

static int find(const char *nick)
{
    for (int i = 0; i < n_members; i++)
        if (strcmp(members[i].nick, nick) == 0)
            return i;
    return -1;
}

static void leave(char *nick)
{
    pthread_mutex_lock(&lock);
    int i = nick[0] ? find(nick) : -1;
    if (i >= 0)
        members[i] = members[--n_members];
    nick[0] = '\0';
    pthread_mutex_unlock(&lock);
}

static void enter(int fd, char *nick, const char *wanted)
{
    size_t n = strlen(wanted);
    char reply[64] = "ERR no\n";

    pthread_mutex_lock(&lock);
    if (!nick[0] && n >= 1 && n <= 16 && strspn(wanted, NICK_CHARS) == n && find(wanted) < 0) {
        strcpy(nick, wanted);
        strcpy(members[n_members].nick, wanted);
        members[n_members++].fd = fd;
        snprintf(reply, sizeof reply, "OK %s\n", nick);
    }
    send_line(fd, reply);
    pthread_mutex_unlock(&lock);
}

static void say(int fd, const char *nick, const char *text)
{
    char line[600];

    pthread_mutex_lock(&lock);
    seq++;
    snprintf(line, sizeof line, "MSG %llu %s %s\n", seq, nick, text);
    for (int i = 0; i < n_members; i++)
        if (members[i].fd != fd)
            send_line(members[i].fd, line);
    snprintf(line, sizeof line, "OK %llu\n", seq);
    send_line(fd, line);
    pthread_mutex_unlock(&lock);
}

/* Reads up to a line feed, which is not kept. Returns the length, -2 for a line that is too long, -1 at the
 * end. */
static int read_line(FILE *in, char line[513])
{
    int n = 0, c;
    while ((c = getc(in)) != EOF && c != '\n') {
        if (n < 512)
            line[n] = c;
        n++;
    }
    if (c == EOF)
        return -1;
    line[n > 512 ? 512 : n] = '\0';
    return n > 512 ? -2 : n;
}

static int is_clean(const char *line, int n)
{
    for (int i = 0; i < n; i++)
        if ((unsigned char)line[i] < ' ' || line[i] == 127)
            return 0;
    return 1;
}

static void *serve(void *arg)
{
    int fd = (int)(intptr_t)arg, n;
    FILE *in = fdopen(dup(fd), "r");
    char line[513], nick[20] = "";

    while ((n = read_line(in, line)) != -1) {
        if (n == -2 || !is_clean(line, n)) {
            send_line(fd, "ERR bad line\n");
        } else if (strncmp(line, "NICK ", 5) == 0) {
            enter(fd, nick, line + 5);
        } else if (strncmp(line, "SAY ", 4) == 0 && line[4] && nick[0]) {
            say(fd, nick, line + 4);
        } else if (strcmp(line, "QUIT") == 0) {
            leave(nick);
            send_line(fd, "OK bye\n");
            shutdown(fd, SHUT_WR);
            while (getc(in) != EOF)
                ;
            break;
        } else {
            send_line(fd, "ERR unknown\n");
        }
    }
    leave(nick);
    fclose(in);
    close(fd);
    return NULL;
}

int main(int argc, char **argv)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    pthread_t thread;

    if (argc != 2) {
        fprintf(stderr, "usage: %s PORT\n", argv[0]);
        return 1;
    }
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    address.sin_port = htons(atoi(argv[1]));
    address.sin_addr.s_addr = INADDR_ANY;
    if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 256)) {
        perror("chatd");
        return 2;
    }
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        if (fd < 0)
            continue;
        if (pthread_create(&thread, NULL, serve, (void *)(intptr_t)fd) == 0)
            pthread_detach(thread);
        else
            close(fd);
    }
}
