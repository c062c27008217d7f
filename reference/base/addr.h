/* addr.h - socket addresses: IPv4, IPv6, Unix. Ports are in host order. */
#pragma once
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct addr {
    union {
        struct sockaddr sa;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
        struct sockaddr_storage any;
    };
    socklen_t len;
};

#define ADDR_LOOPBACK_BROADCAST 0x7fffffffu /* 127.255.255.255 */

struct addr addr_v4(uint32_t host, uint16_t port); /* both in host order: addr_v4(INADDR_LOOPBACK, 80) */
struct addr addr_v6(const struct in6_addr *host, uint16_t port);
int addr_parse(const char *host, uint16_t port, struct addr *out); /* numeric only; 0 or -EINVAL */
int addr_local(int fd, struct addr *out);                          /* getsockname; 0 or -errno */
int addr_remote(int fd, struct addr *out);                         /* getpeername; 0 or -errno */
uint16_t addr_port(const struct addr *a);
bool addr_equal(const struct addr *a, const struct addr *b); /* v4-mapped IPv6 equals its IPv4 address */
/* An IPv4 address in host order, also one that is mapped into IPv6; false for any other. */
bool addr_host_v4(const struct addr *a, uint32_t *host);
bool addr_is_any(const struct addr *a);
bool addr_is_loopback(const struct addr *a);

#define ADDR_TEXT 64
/* Writes "127.0.0.1:80" or "[::1]:80"; returns out. */
const char *addr_text(const struct addr *a, char out[ADDR_TEXT]);
/* The same without the port: "127.0.0.1", "::1". */
const char *addr_host_text(const struct addr *a, char out[ADDR_TEXT]);
