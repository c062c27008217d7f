/* Forgets to listen. */
#include "reverse.h"

int main(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET};
    socklen_t len = sizeof a;
    int server = socket(AF_INET, SOCK_STREAM, 0);

    if (bind(server, (struct sockaddr *)&a, len) < 0 || getsockname(server, (struct sockaddr *)&a, &len) < 0)
        die("bind");
    printf("port %d\n", ntohs(a.sin_port));
    pause();
    return 1;
}
