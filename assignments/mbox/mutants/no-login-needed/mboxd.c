/*
 * mboxd PORT DIR.
 * The mistake: lets anybody read who names the mailbox: LOGIN remembers the user before it looks at the
 * password.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *dir;

struct client {
    int fd;
    char user[64];
    int over;
};

static void send_all(int fd, const char *bytes, size_t n)
{
    ssize_t sent;

    while (n > 0 && (sent = send(fd, bytes, n, 0)) > 0) {
        bytes += sent;
        n -= sent;
    }
}

static void say(struct client *c, const char *text)
{
    send_all(c->fd, text, strlen(text));
    send_all(c->fd, "\r\n", 2);
}

static int is_known(const char *user, const char *password)
{
    char path[1000], name[100], secret[100];
    int known = 0;

    snprintf(path, sizeof(path), "%s/users", dir);
    FILE *f = fopen(path, "r");
    while (f && fscanf(f, "%99s %99s", name, secret) == 2)
        if (strcmp(name, user) == 0 && strcmp(secret, password) == 0)
            known = 1;
    if (f)
        fclose(f);
    return known;
}

static FILE *open_message(struct client *c, int n, long *size)
{
    char path[1000];
    struct stat st;

    snprintf(path, sizeof(path), "%s/%s/%d", dir, c->user, n);
    if (stat(path, &st) < 0 || !S_ISREG(st.st_mode))
        return NULL;
    *size = st.st_size;
    return fopen(path, "r");
}

static const char *list(struct client *c)
{
    char text[100];
    long size;
    FILE *f;

    if (c->user[0] == 0)
        return "NO";
    for (int n = 1; (f = open_message(c, n, &size)); n++) {
        fclose(f);
        sprintf(text, "* %d SIZE %ld", n, size);
        say(c, text);
    }
    return "OK";
}

static const char *fetch(struct client *c, const char *number)
{
    char text[100];
    long size;
    FILE *f;

    if (strspn(number, "0123456789") != strlen(number) || atoi(number) == 0)
        return "BAD";
    if (c->user[0] == 0 || !(f = open_message(c, atoi(number), &size)))
        return "NO";
    char *bytes = malloc(size + 1);
    if (fread(bytes, 1, size, f) != size)
        size = 0;
    fclose(f);
    sprintf(text, "* %d FETCH ({%ld}", atoi(number), size);
    say(c, text);
    send_all(c->fd, bytes, size);
    free(bytes);
    say(c, ")");
    return "OK";
}

static const char *obey(struct client *c, char **word, int n)
{
    if (n == 4 && strcasecmp(word[1], "LOGIN") == 0) {
        if (c->user[0])
            return "NO";
        strcpy(c->user, word[2]);
        return is_known(word[2], word[3]) ? "OK" : "NO";
    }
    if (n == 2 && strcasecmp(word[1], "LIST") == 0)
        return list(c);
    if (n == 3 && strcasecmp(word[1], "FETCH") == 0)
        return fetch(c, word[2]);
    if (n == 2 && strcasecmp(word[1], "LOGOUT") == 0) {
        say(c, "* BYE");
        c->over = 1;
        return "OK";
    }
    return "BAD";
}

static void handle(struct client *c, char *line, int length)
{
    char *word[5] = {0}, answer[600];
    int n = 0, good = 1, tagged = 1;
    char *rest = line;

    for (int i = 0; i < length; i++)
        if (line[i] < 32 || line[i] > 126)
            good = 0;
    while (n < 5 && (word[n] = strsep(&rest, " ")))
        n++;
    for (char *p = word[0]; *p; p++)
        if (!isascii(*p) || !isalnum(*p))
            tagged = 0;
    if (!tagged || word[0][0] == 0 || strlen(word[0]) > 16) {
        say(c, "* BAD");
        return;
    }
    sprintf(answer, "%s %s", word[0], good ? obey(c, word, n) : "BAD");
    say(c, answer);
}

static void *serve(void *arg)
{
    struct client c = {.fd = (int)(long)arg};
    char buf[1025];
    int used = 0, n;

    say(&c, "* OK mbox");
    while (!c.over && (n = recv(c.fd, buf + used, 1024 - used, 0)) > 0) {
        char *end;
        used += n;
        while (!c.over && (end = memmem(buf, used, "\r\n", 2))) {
            int length = end - buf;
            *end = 0;
            handle(&c, buf, length);
            used -= length + 2;
            memmove(buf, end + 2, used);
        }
    }
    close(c.fd);
    return NULL;
}

int main(int argc, char **argv)
{
    struct sockaddr_in me = {.sin_family = AF_INET};
    int listener, fd, on = 1;
    pthread_t thread;

    if (argc != 3) {
        fprintf(stderr, "usage: mboxd PORT DIR\n");
        return 1;
    }
    dir = argv[2];
    signal(SIGPIPE, SIG_IGN);
    listener = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    me.sin_port = htons(atoi(argv[1]));
    if (bind(listener, (struct sockaddr *)&me, sizeof(me)) < 0 || listen(listener, 50) < 0) {
        perror("mboxd");
        return 2;
    }
    for (;;) {
        fd = accept(listener, NULL, NULL);
        if (fd < 0)
            continue;
        pthread_create(&thread, NULL, serve, (void *)(long)fd);
        pthread_detach(thread);
    }
}
