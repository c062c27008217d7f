/*
 * ftd PORT DIR: a thread for each session, and one for each transfer.
 * The mistake: says 226 for an upload when its thread has begun.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME_CHARS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"

struct session {
    int ctl;
    int door; /* listens for data, or -1 */
    char in[1024];
    int n_in;
    pthread_t mover;
    int moving;
    int data;
    char what; /* L, R or S */
    char name[200];
};

static const char *dir;

static void reply(struct session *s, const char *text)
{
    char line[200];
    int n = snprintf(line, sizeof line, "%s\r\n", text);
    send(s->ctl, line, n, MSG_NOSIGNAL);
}

static int is_name(const char *s)
{
    return *s && *s != '.' && strlen(s) <= 100 && s[strspn(s, NAME_CHARS)] == 0;
}

static int send_all(int fd, const char *p, long n)
{
    while (n > 0) {
        long k = send(fd, p, n, MSG_NOSIGNAL);
        if (k < 0)
            return -1;
        p += k;
        n -= k;
    }
    return 0;
}

static void path_of(struct session *s, char path[500])
{
    snprintf(path, 500, "%s/%s", dir, s->name);
}

static int give_file(struct session *s)
{
    char path[500], buf[8192];
    long n;
    int bad = 0;
    path_of(s, path);
    FILE *f = fopen(path, "rb");
    if (!f)
        return -1;
    while (!bad && (n = fread(buf, 1, sizeof buf, f)) > 0)
        bad = send_all(s->data, buf, n);
    fclose(f);
    return bad;
}

static int take_file(struct session *s)
{
    char path[500], part[600], buf[8192];
    long n;
    path_of(s, path);
    snprintf(part, sizeof part, "%s/.part%d", dir, s->ctl);
    FILE *f = fopen(part, "wb");
    if (!f)
        return -1;
    while ((n = recv(s->data, buf, sizeof buf, 0)) > 0)
        fwrite(buf, 1, n, f);
    fclose(f);
    if (n < 0) {
        unlink(part);
        return -1;
    }
    return rename(part, path);
}

static int visible(const struct dirent *e)
{
    return is_name(e->d_name);
}

static int give_list(struct session *s)
{
    struct dirent **all;
    int n = scandir(dir, &all, visible, alphasort), bad = 0;
    for (int i = 0; i < n; i++) {
        char path[500], line[400];
        struct stat st;
        snprintf(path, sizeof path, "%s/%s", dir, all[i]->d_name);
        if (!bad && stat(path, &st) == 0 && S_ISREG(st.st_mode))
            bad = send_all(s->data, line, sprintf(line, "%s %ld\n", all[i]->d_name, (long)st.st_size));
        free(all[i]);
    }
    free(all);
    return bad;
}

static void *move(void *arg)
{
    struct session *s = arg;
    int bad = s->what == 'L' ? give_list(s) : s->what == 'R' ? give_file(s) : take_file(s);
    close(s->data);
    if (s->what != 'S')
        reply(s, bad ? "426 broken" : "226 done");
    return NULL;
}

static void close_door(struct session *s)
{
    if (s->door >= 0)
        close(s->door);
    s->door = -1;
}

static void wait_for_mover(struct session *s)
{
    if (s->moving)
        pthread_join(s->mover, NULL);
    s->moving = 0;
}

static void pasv(struct session *s)
{
    struct sockaddr_in a = {.sin_family = AF_INET};
    socklen_t len = sizeof a;
    char text[50];
    close_door(s);
    s->door = socket(AF_INET, SOCK_STREAM, 0);
    bind(s->door, (struct sockaddr *)&a, sizeof a);
    listen(s->door, 5);
    getsockname(s->door, (struct sockaddr *)&a, &len);
    sprintf(text, "227 %d", ntohs(a.sin_port));
    reply(s, text);
}

static void transfer(struct session *s, char what, const char *name)
{
    struct pollfd p;
    struct stat st;
    char path[500];
    s->what = what;
    snprintf(s->name, sizeof s->name, "%s", name);
    path_of(s, path);
    if (what != 'L' && (!is_name(name) || (what == 'R' && (stat(path, &st) < 0 || !S_ISREG(st.st_mode))))) {
        close_door(s);
        reply(s, "550 no such file");
        return;
    }
    p.fd = s->door;
    p.events = POLLIN;
    if (s->door < 0 || poll(&p, 1, 500) <= 0) {
        close_door(s);
        reply(s, "425 no data connection");
        return;
    }
    s->data = accept(s->door, NULL, NULL);
    close_door(s);
    reply(s, "150 ok");
    s->moving = 1;
    pthread_create(&s->mover, NULL, move, s);
    if (what == 'S')
        reply(s, "226 done");
}

/* the next line, without its end; 0 when there is no more */
static int get_line(struct session *s, char *line)
{
    char *end;
    while (!(end = memmem(s->in, s->n_in, "\r\n", 2))) {
        int n = recv(s->ctl, s->in + s->n_in, sizeof s->in - s->n_in, 0);
        if (n <= 0)
            return 0;
        s->n_in += n;
    }
    memcpy(line, s->in, end - s->in);
    line[end - s->in] = 0;
    s->n_in -= end + 2 - s->in;
    memmove(s->in, end + 2, s->n_in);
    return 1;
}

static void *serve(void *arg)
{
    struct session *s = arg;
    char line[1100];
    while (get_line(s, line)) {
        if (strcmp(line, "NOOP") == 0) {
            reply(s, "200 ok");
            continue;
        }
        wait_for_mover(s);
        if (strcmp(line, "QUIT") == 0) {
            reply(s, "221 bye");
            break;
        }
        if (strcmp(line, "PASV") == 0)
            pasv(s);
        else if (strcmp(line, "LIST") == 0)
            transfer(s, 'L', "");
        else if (strncmp(line, "RETR ", 5) == 0)
            transfer(s, 'R', line + 5);
        else if (strncmp(line, "STOR ", 5) == 0)
            transfer(s, 'S', line + 5);
        else
            reply(s, "500 unknown command");
    }
    wait_for_mover(s);
    close_door(s);
    close(s->ctl);
    free(s);
    return NULL;
}

int main(int argc, char **argv)
{
    struct sockaddr_in a = {.sin_family = AF_INET};
    int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    if (argc != 3) {
        fprintf(stderr, "usage: ftd PORT DIR\n");
        return 1;
    }
    dir = argv[2];
    a.sin_port = htons(atoi(argv[1]));
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&a, sizeof a) < 0 || listen(listener, 50) < 0) {
        perror("ftd");
        return 2;
    }
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        if (fd < 0)
            continue;
        struct session *s = calloc(1, sizeof *s);
        pthread_t t;
        s->ctl = fd;
        s->door = -1;
        pthread_create(&t, NULL, serve, s);
        pthread_detach(t);
    }
}
