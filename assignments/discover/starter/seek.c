/* seek.c - seek SVC PORT [BCAST]: asks everybody who offers the service SVC, prints where it is, and reads
 * the banner of the first one. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { EXIT_OK = 0, EXIT_USAGE = 1, EXIT_NETWORK = 2, EXIT_PROTOCOL = 3 };

/* Where the service is. */
struct place {
    struct in_addr address;
    int port;
};

/* Asks everybody, and returns the socket on which the answers will come, or -1. */
static int ask(const char *service, const char *everybody, int port)
{
    /* To do: a UDP socket that may broadcast, and the question. */
    (void)service, (void)everybody, (void)port;
    return -1;
}

/* Takes answers for half a second. Returns how many places there are now: sorted, and each of them once. */
static int collect(int fd, const char *service, struct place *found, int room)
{
    /* To do: recvfrom until the time is over. What is no answer is passed over. */
    (void)fd, (void)service, (void)found, (void)room;
    return 0;
}

/* Connects by TCP to the first place that takes the connection, and prints the line that comes. */
static int read_banner(const struct place *found, int n)
{
    /* To do. */
    (void)found, (void)n;
    return EXIT_NETWORK;
}

int main(int argc, char **argv)
{
    struct place found[100];

    if (argc != 3 && argc != 4) {
        fprintf(stderr, "usage: seek SVC PORT [BCAST]\n");
        return EXIT_USAGE;
    }
    int fd = ask(argv[1], argc == 4 ? argv[3] : "255.255.255.255", atoi(argv[2]));
    if (fd < 0)
        return EXIT_NETWORK;

    int n = collect(fd, argv[1], found, 100);
    for (int i = 0; i < n; i++)
        printf("%s %d\n", inet_ntoa(found[i].address), found[i].port);
    return read_banner(found, n);
}
