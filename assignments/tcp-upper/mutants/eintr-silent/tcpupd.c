/*
 * tcpupd PORT
 * The mistake: the loop ends when accept() returns -1, which it also does when a child has ended. The server leaves
 * without a word, as if its work were done.
 */
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void child_ended(int sig)
{
    while (waitpid(-1, NULL, WNOHANG) > 0)
        ;
    (void)sig;
}

static int open_port(unsigned short port)
{
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(port)};
    int s = socket(AF_INET, SOCK_STREAM, 0), on = 1;

    setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(s, (struct sockaddr *)&here, sizeof here) < 0)
        return -1;
    return listen(s, 100) < 0 ? -1 : s;
}

static void put_all(int s, const char *from, size_t len)
{
    while (len > 0) {
        ssize_t n = write(s, from, len);
        if (n <= 0)
            _exit(0);
        from += n;
        len -= (size_t)n;
    }
}

static void child(int s)
{
    static char room[32768];
    ssize_t n;

    while ((n = read(s, room, sizeof room)) > 0) {
        for (char *p = room; p < room + n; p++)
            if (*p >= 'a' && *p <= 'z')
                *p ^= 0x20;
        put_all(s, room, (size_t)n);
    }
    _exit(0);
}

int main(int argc, char **argv)
{
    struct sigaction on_child = {.sa_handler = child_ended};
    int s, c;

    if (argc != 2 || (s = open_port((unsigned short)strtoul(argv[1], NULL, 10))) < 0)
        return 1;
    sigaction(SIGCHLD, &on_child, NULL);
    signal(SIGPIPE, SIG_IGN);
    while ((c = accept(s, NULL, NULL)) >= 0) {
        if (fork() == 0) {
            close(s);
            child(c);
        }
        close(c);
    }
    close(s);
    return 0;
}
