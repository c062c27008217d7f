/*
 * rrecv PORT OUT.
 * The mistake: waits for ever for another FIN.
 */
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define DATA 1
#define ACK 2
#define FIN 3
#define HEADER 8
#define PAYLOAD 1000
#define WINDOW 16
#define LINGER -1

typedef unsigned char u8;
typedef unsigned short u16;

/* packets that came too early */
struct early {
    int used;
    u16 number;
    int length;
    u8 payload[PAYLOAD];
};

static struct early early[WINDOW];
static u16 expected;
static int done;
static FILE *out;
static int fd;
static struct sockaddr_in sender;

static u16 checksum(const u8 *p, int n)
{
    unsigned long sum = 0;
    int i;
    for (i = 0; i < n; i++)
        sum += i % 2 ? p[i] : p[i] << 8;
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return ~sum;
}

static void ack(void)
{
    u8 p[HEADER] = {ACK, 0, expected >> 8, expected & 0xff};
    u16 sum = checksum(p, HEADER);
    p[6] = sum >> 8;
    p[7] = sum;
    sendto(fd, p, HEADER, 0, (struct sockaddr *)&sender, sizeof(sender));
}

static void deliver(const u8 *payload, int length)
{
    fwrite(payload, 1, length, out);
    expected += length;
}

/* keeps a packet until those before it have come */
static void keep(u16 number, const u8 *payload, int length)
{
    int i, room = -1;
    for (i = 0; i < WINDOW; i++) {
        if (early[i].used && early[i].number == number)
            return;
        if (!early[i].used)
            room = i;
    }
    if (room < 0)
        return;
    early[room].used = 1;
    early[room].number = number;
    early[room].length = length;
    memcpy(early[room].payload, payload, length);
}

static void deliver_early(void)
{
    int i;
    for (i = 0; i < WINDOW; i++)
        if (early[i].used && early[i].number == expected) {
            early[i].used = 0;
            deliver(early[i].payload, early[i].length);
            i = -1; /* perhaps another fits now */
        }
}

static void data(u16 number, const u8 *payload, int length)
{
    short distance = number - expected;
    if (distance > 0)
        keep(number, payload, length);
    if (distance == 0) {
        deliver(payload, length);
        deliver_early();
    }
}

static void receive(void)
{
    u8 p[HEADER + PAYLOAD];
    socklen_t size = sizeof(sender);
    int n = recvfrom(fd, p, sizeof(p), 0, (struct sockaddr *)&sender, &size);
    int number = p[2] << 8 | p[3], length = p[4] << 8 | p[5];

    if (n < HEADER || checksum(p, n) != 0 || p[1] != 0 || n != HEADER + length)
        return;
    if (p[0] == DATA && length > 0) {
        if (!done)
            data(number, p + HEADER, length);
        ack();
    }
    if (p[0] == FIN && length == 0) {
        if (!done && number == expected) {
            done = 1;
            expected++;
            fclose(out);
        }
        ack();
    }
}

int main(int argc, char **argv)
{
    struct sockaddr_in addr;
    struct pollfd wait;

    if (argc != 3) {
        fprintf(stderr, "usage: rrecv PORT OUT\n");
        return 1;
    }
    fd = socket(AF_INET, SOCK_DGRAM, 0);
    memset(&addr, 0, sizeof(addr));
    addr.sin_family = AF_INET;
    addr.sin_port = htons(atoi(argv[1]));
    addr.sin_addr.s_addr = htonl(INADDR_ANY);
    if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0) {
        perror("bind");
        return 2;
    }
    out = fopen(argv[2], "wb");
    if (!out) {
        perror(argv[2]);
        return 1;
    }
    while (!done)
        receive();
    /* the ACK of the FIN may get lost: stay and answer */
    wait.fd = fd;
    wait.events = POLLIN;
    while (poll(&wait, 1, LINGER) > 0)
        receive();
    return 0;
}
