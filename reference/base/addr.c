#include "base/addr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

struct addr addr_v4(uint32_t host, uint16_t port)
{
    return (struct addr){
        .v4 = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(host)},
        .len = sizeof(struct sockaddr_in),
    };
}

struct addr addr_v6(const struct in6_addr *host, uint16_t port)
{
    return (struct addr){
        .v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = *host},
        .len = sizeof(struct sockaddr_in6),
    };
}

int addr_parse(const char *host, uint16_t port, struct addr *out)
{
    struct in_addr v4;
    struct in6_addr v6;

    if (inet_pton(AF_INET, host, &v4) == 1)
        *out = addr_v4(ntohl(v4.s_addr), port);
    else if (inet_pton(AF_INET6, host, &v6) == 1)
        *out = addr_v6(&v6, port);
    else
        return -EINVAL;
    return 0;
}

int addr_local(int fd, struct addr *out)
{
    out->len = sizeof out->any;
    return getsockname(fd, &out->sa, &out->len) < 0 ? -errno : 0;
}

int addr_remote(int fd, struct addr *out)
{
    out->len = sizeof out->any;
    return getpeername(fd, &out->sa, &out->len) < 0 ? -errno : 0;
}

uint16_t addr_port(const struct addr *a)
{
    if (a->sa.sa_family == AF_INET)
        return ntohs(a->v4.sin_port);
    if (a->sa.sa_family == AF_INET6)
        return ntohs(a->v6.sin6_port);
    return 0;
}

bool addr_host_v4(const struct addr *a, uint32_t *host)
{
    if (a->sa.sa_family == AF_INET) {
        *host = ntohl(a->v4.sin_addr.s_addr);
        return true;
    }
    if (a->sa.sa_family != AF_INET6 || !IN6_IS_ADDR_V4MAPPED(&a->v6.sin6_addr))
        return false;
    memcpy(host, &a->v6.sin6_addr.s6_addr[12], 4);
    *host = ntohl(*host);
    return true;
}

bool addr_equal(const struct addr *a, const struct addr *b)
{
    uint32_t x, y;

    if (addr_port(a) != addr_port(b))
        return false;
    if (addr_host_v4(a, &x))
        return addr_host_v4(b, &y) && x == y;
    return a->sa.sa_family == AF_INET6 && b->sa.sa_family == AF_INET6 && !addr_host_v4(b, &y) &&
           memcmp(&a->v6.sin6_addr, &b->v6.sin6_addr, sizeof a->v6.sin6_addr) == 0;
}

bool addr_is_any(const struct addr *a)
{
    uint32_t host;

    if (addr_host_v4(a, &host))
        return host == INADDR_ANY;
    return a->sa.sa_family == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&a->v6.sin6_addr);
}

bool addr_is_loopback(const struct addr *a)
{
    uint32_t host;

    if (addr_host_v4(a, &host))
        return host >> 24 == 127;
    return a->sa.sa_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&a->v6.sin6_addr);
}

const char *addr_host_text(const struct addr *a, char out[ADDR_TEXT])
{
    snprintf(out, ADDR_TEXT, "?");
    if (a->sa.sa_family == AF_INET)
        inet_ntop(AF_INET, &a->v4.sin_addr, out, ADDR_TEXT);
    else if (a->sa.sa_family == AF_INET6)
        inet_ntop(AF_INET6, &a->v6.sin6_addr, out, ADDR_TEXT);
    return out;
}

const char *addr_text(const struct addr *a, char out[ADDR_TEXT])
{
    char host[ADDR_TEXT];

    addr_host_text(a, host);
    snprintf(out, ADDR_TEXT, a->sa.sa_family == AF_INET6 ? "[%.45s]:%u" : "%.45s:%u", host, addr_port(a));
    return out;
}
