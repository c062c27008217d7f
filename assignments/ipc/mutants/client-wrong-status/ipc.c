/*
 * ipc PATH NAME.
 * The mistake: exits with status 0 when nobody listens.
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

int main(int argc, char **argv)
{
    struct sockaddr_un addr;
    char request[100], answer[256];
    size_t used = 0;
    ssize_t n;
    int fd;

    if (argc != 3 || strlen(argv[2]) > 64) {
        fprintf(stderr, "usage: ipc PATH NAME\n");
        return 1;
    }
    if (strlen(argv[1]) >= sizeof(addr.sun_path)) {
        fprintf(stderr, "ipc: the path is too long\n");
        return 1;
    }
    memset(&addr, 0, sizeof(addr));
    addr.sun_family = AF_UNIX;
    strcpy(addr.sun_path, argv[1]);
    fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0) {
        perror(argv[1]);
        return 0;
    }
    sprintf(request, "INC %s\n", argv[2]);
    send(fd, request, strlen(request), MSG_NOSIGNAL);
    do {
        n = recv(fd, answer + used, sizeof(answer) - 1 - used, 0);
        if (n <= 0) {
            fprintf(stderr, "ipc: no answer\n");
            return 3;
        }
        used += n;
        answer[used] = 0;
    } while (!strchr(answer, '\n'));
    *strchr(answer, '\n') = 0;
    if (answer[0] == 0 || strspn(answer, "0123456789") != strlen(answer)) {
        fprintf(stderr, "ipc: %s\n", answer);
        return 3;
    }
    printf("%s\n", answer);
    return 0;
}
