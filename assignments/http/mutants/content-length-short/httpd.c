/*
 * httpd PORT ROOT, one process for each client.
 * The mistake: does not count the last line feed of a file.
 */
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static char root[PATH_MAX];
static char in[16384];
static size_t used;

static void put(int fd, const void *what, size_t size)
{
    ssize_t n;
    while (size > 0 && (n = write(fd, what, size)) > 0) {
        what = (const char *)what + n;
        size -= n;
    }
    if (size > 0)
        exit(0); /* the client is gone */
}

/* Reads until there is an empty line. Returns how many bytes stand up to there. */
static size_t next_head(int fd)
{
    char *end;

    while (!(end = memmem(in, used, "\r\n\r\n", 4))) {
        ssize_t n = used < sizeof(in) ? read(fd, in + used, sizeof(in) - used) : 0;
        if (n <= 0)
            exit(0);
        used += n;
    }
    return end + 4 - in;
}

/* What stands behind the header's name, or NULL. */
static const char *header(const char *head, const char *name)
{
    size_t n = strlen(name);

    for (const char *line = strstr(head, "\r\n"); line; line = strstr(line, "\r\n")) {
        line += 2;
        if (strncasecmp(line, name, n) == 0 && line[n] == ':')
            return line + n + 1 + strspn(line + n + 1, " \t");
    }
    return NULL;
}

/* Each line is a name, a colon and a value. */
static int is_well_formed(const char *head)
{
    for (const char *line = strstr(head, "\r\n"); line && line[2] != '\r'; line = strstr(line + 2, "\r\n")) {
        size_t n = strcspn(line + 2, " \t:\r");
        if (n == 0 || line[2 + n] != ':')
            return 0;
    }
    return 1;
}

static void decode(char *path)
{
    char *to = path;
    unsigned byte;

    path[strcspn(path, "?")] = '\0';
    for (char *from = path; *from; from++) {
        if (*from == '%' && sscanf(from, "%%%2x", &byte) == 1) {
            *to++ = byte;
            from += 2;
        } else {
            *to++ = *from;
        }
    }
    *to = '\0';
}

/* The file below root, or NULL. */
static FILE *find(char *path)
{
    char wanted[2 * PATH_MAX], real[PATH_MAX];
    struct stat info;
    FILE *f;

    decode(path);
    snprintf(wanted, sizeof(wanted), "%s%s%s", root, path, path[strlen(path) - 1] == '/' ? "index.html" : "");
    if (!realpath(wanted, real) || strncmp(real, root, strlen(root)) || real[strlen(root)] != '/')
        return NULL;
    if (stat(real, &info) || !S_ISREG(info.st_mode))
        return NULL;
    f = fopen(real, "rb");
    return f;
}

static void respond(int fd, const char *status, const char *body, size_t size, int head_only)
{
    char head[200];

    sprintf(head, "HTTP/1.1 %s\r\nContent-Length: %zu\r\n\r\n", status,
            size - (size && body[size - 1] == '\n'));
    put(fd, head, strlen(head));
    if (!head_only)
        put(fd, body, size);
}

static void refuse(int fd, const char *status, int head_only)
{
    respond(fd, status, status, strlen(status), head_only);
}

static void serve_file(int fd, char *path, int head_only)
{
    static char body[1 << 23];
    FILE *f = find(path);

    if (!f) {
        refuse(fd, "404 Not Found", head_only);
        return;
    }
    size_t size = fread(body, 1, sizeof(body), f);
    fclose(f);
    respond(fd, "200 OK", body, size, head_only);
}

static void serve_client(int fd)
{
    char method[16384], path[16384], version[16384];

    for (;;) {
        static char head[16385];
        size_t n = next_head(fd);
        const char *connection;

        memcpy(head, in, n);
        head[n] = '\0';
        used -= n;
        memmove(in, in + n, used);

        int words = sscanf(head, "%s %s %s", method, path, version);
        int old = words == 3 && strcmp(version, "HTTP/1.0") == 0;
        if (words != 3 || path[0] != '/' || strncmp(version, "HTTP/1.", 7) || !is_well_formed(head) ||
            (!old && !header(head, "Host"))) {
            refuse(fd, "400 Bad Request", 0);
            return;
        }
        if (strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0)
            serve_file(fd, path, method[0] == 'H');
        else
            refuse(fd, "501 Not Implemented", 0);
        connection = header(head, "Connection");
        if (old || (connection && strncasecmp(connection, "close\r", 6) == 0))
            return;
    }
}

int main(int argc, char *argv[])
{
    struct sockaddr_in me;
    int door, guest, one = 1;

    if (argc != 3 || !realpath(argv[2], root)) {
        fputs("usage: httpd PORT ROOT\n", stderr);
        return 1;
    }
    signal(SIGCHLD, SIG_IGN); /* no zombies */
    signal(SIGPIPE, SIG_IGN);

    door = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(door, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    memset(&me, 0, sizeof(me));
    me.sin_family = AF_INET;
    me.sin_addr.s_addr = htonl(INADDR_ANY);
    me.sin_port = htons(atoi(argv[1]));
    if (bind(door, (struct sockaddr *)&me, sizeof(me)) || listen(door, 100)) {
        perror("httpd");
        return 2;
    }
    for (;;) {
        guest = accept(door, NULL, NULL);
        if (guest >= 0 && fork() == 0) {
            close(door);
            serve_client(guest);
            exit(0);
        }
        close(guest);
    }
}
