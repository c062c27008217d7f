#include "kernel/netns.h"

#include "base/fd.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- entering ---- */

static int write_file(const char *path, const char *text)
{
    _cleanup_fd_ int fd = open(path, O_WRONLY | O_CLOEXEC);

    return fd < 0 ? -errno : fd_write_all(fd, bytes_of(text));
}

static int map_self(const char *path, unsigned id, struct err *e)
{
    char text[48];
    int r;

    snprintf(text, sizeof text, "%u %u 1", id, id);
    r = write_file(path, text);
    return r < 0 ? err_set(e, r, "write \"%s\" to %s", text, path) : 0;
}

static int map_ids(uid_t uid, gid_t gid, struct err *e)
{
    int r = write_file("/proc/self/setgroups", "deny"); /* else a gid_map may not be written */

    if (r < 0 && r != -ENOENT)
        return err_set(e, r, "write \"deny\" to /proc/self/setgroups");
    r = map_self("/proc/self/uid_map", uid, e);
    return r < 0 ? r : map_self("/proc/self/gid_map", gid, e);
}

int netns_enter_silent(struct err *e)
{
    uid_t uid = geteuid();
    gid_t gid = getegid();

    if (unshare(CLONE_NEWNET) == 0)
        return 0;
    if (uid == 0 || errno != EPERM)
        return err_set(e, errno, "unshare a network namespace");
    if (unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0)
        return err_set(e, errno, "unshare a user and a network namespace");
    return map_ids(uid, gid, e);
}

static int raise_loopback(void)
{
    _cleanup_fd_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct ifreq lo = {.ifr_name = "lo"};

    if (fd < 0 || ioctl(fd, SIOCGIFFLAGS, &lo) < 0)
        return -errno;
    lo.ifr_flags = (short)(lo.ifr_flags | IFF_UP);
    return ioctl(fd, SIOCSIFFLAGS, &lo) < 0 ? -errno : 0;
}

int netns_enter(struct err *e)
{
    int r = netns_enter_silent(e);

    if (r < 0)
        return r;
    r = raise_loopback();
    if (r < 0)
        return err_set(e, r, "bring the loopback interface up");
    /* So that a program with a low port in its source runs as it is; where /proc/sys is read-only it just
     * does not. */
    write_file("/proc/sys/net/ipv4/ip_unprivileged_port_start", "0");
    return 0;
}

static struct ifreq address_request(unsigned index, uint32_t host)
{
    struct ifreq q = {0};
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(host)};

    snprintf(q.ifr_name, sizeof q.ifr_name, "lo:%u", index);
    memcpy(&q.ifr_addr, &a, sizeof a);
    return q;
}

int netns_add_host(unsigned index, uint32_t host)
{
    _cleanup_fd_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct ifreq address = address_request(index, host), mask = address_request(index, UINT32_MAX);

    /* The mask that its class would give it makes a whole network local. */
    if (fd < 0 || ioctl(fd, SIOCSIFADDR, &address) < 0 || ioctl(fd, SIOCSIFNETMASK, &mask) < 0)
        return -errno;
    return 0;
}

/* ---- the wire ---- */

struct counts {
    int64_t requests, transmits, fragmented, fragments, receives, delivers, datagrams;
};

int netns_wire_init(struct netns_wire *w, bool is_private)
{
    *w = (struct netns_wire){.snmp = -1, .snmp6 = -1, .is_private = is_private};
    w->softnet = open("/proc/net/softnet_stat", O_RDONLY | O_CLOEXEC);
    if (w->softnet < 0)
        return -errno;
    if (!is_private)
        return 0;
    w->snmp = open("/proc/self/net/snmp", O_RDONLY | O_CLOEXEC);
    if (w->snmp < 0) {
        int r = -errno;

        netns_wire_deinit(w);
        return r;
    }
    w->snmp6 = open("/proc/self/net/snmp6", O_RDONLY | O_CLOEXEC); /* none: a kernel without IPv6 */
    return 0;
}

void netns_wire_deinit(struct netns_wire *w)
{
    fd_closep(&w->snmp);
    fd_closep(&w->snmp6);
    fd_closep(&w->softnet);
}

/* Reads the beginning of a file, NUL-terminated: all of these files have what we look for there. 0 or -errno.
 */
static int read_start(int fd, char *out, size_t size)
{
    ssize_t n = pread(fd, out, size - 1, 0);

    if (n < 0)
        return -errno;
    out[n] = 0;
    return 0;
}

static void take_count(struct counts *c, const char *name, size_t len, int64_t value)
{
    const struct {
        const char *name;
        int64_t *to;
    } known[] = {
        {"OutRequests", &c->requests},   {"OutTransmits", &c->transmits}, {"FragOKs", &c->fragmented},
        {"FragCreates", &c->fragments},  {"InReceives", &c->receives},    {"InDelivers", &c->delivers},
        {"OutDatagrams", &c->datagrams},
    };

    for (size_t i = 0; i < array_len(known); i++)
        if (strlen(known[i].name) == len && !memcmp(known[i].name, name, len))
            *known[i].to = value;
}

/* "Ip: Forwarding DefaultTTL …", and below it "Ip: 1 64 …": what begins with `family`. */
static int parse_snmp(const char *text, const char *family, struct counts *c)
{
    const char *names = text + strcspn(text, " "), *values = strchr(text, '\n');

    values = values ? strchr(values, ' ') : NULL;
    if (strncmp(text, family, strlen(family)) || !values)
        return -EBADMSG;
    while (*names == ' ' && *values == ' ') {
        size_t len = strcspn(++names, " \n");
        char *end;

        take_count(c, names, len, strtoll(values + 1, &end, 10));
        names += len;
        values = end;
    }
    return 0;
}

/* "Ip6InReceives                   	12", one a line, the Ip6 lines first. */
static void parse_snmp6(const char *text, struct counts *c)
{
    while (!strncmp(text, "Ip6", 3)) {
        size_t len = strcspn(text, " \t\n");

        take_count(c, text + 3, len - 3, strtoll(text + len, NULL, 10));
        text += strcspn(text, "\n");
        text += *text == '\n';
    }
}

static void add_family(struct netns_wire *w, const struct counts *c)
{
    int64_t transmits = c->transmits < 0 ? c->requests - c->fragmented + c->fragments : c->transmits;

    w->missing += transmits - c->receives;
    w->undelivered += c->requests - c->delivers;
}

/* Sets missing and undelivered. 0 or -errno. */
static int read_counts(struct netns_wire *w)
{
    struct counts v4 = {.transmits = -1}, v6 = {.transmits = -1};
    char text[4096];
    int r = read_start(w->snmp, text, sizeof text);

    w->missing = w->undelivered = 0;
    r = r < 0 ? r : parse_snmp(text, "Ip:", &v4);
    if (r < 0)
        return r;
    add_family(w, &v4);
    if (w->snmp6 < 0)
        return 0;
    r = read_start(w->snmp6, text, sizeof text);
    if (r < 0)
        return r;
    parse_snmp6(text, &v6);
    add_family(w, &v6);
    return 0;
}

int64_t netns_wire_datagrams(struct netns_wire *w)
{
    struct counts udp = {.datagrams = -ENOENT};
    char text[4096], *at;
    int r = w->is_private ? read_start(w->snmp, text, sizeof text) : -ENOENT;

    if (r < 0)
        return r;
    at = strstr(text, "\nUdp:");
    if (at)
        parse_snmp(at + 1, "Udp:", &udp);
    return udp.datagrams;
}

/* A line for each CPU, in hexadecimal; the twelfth number is the length of its backlog (since Linux 5.10). */
static int backlogs_empty(int fd)
{
    char text[16384], *line = text;
    int r = read_start(fd, text, sizeof text);

    if (r < 0)
        return r;
    while (*line) {
        char *at = line, *end = line + strcspn(line, "\n");
        unsigned long value = 1;

        for (int i = 0; i < 12; i++)
            value = at < end ? strtoul(at, &at, 16) : 1;
        if (value)
            return 0;
        line = end + (*end == '\n');
    }
    return 1;
}

int netns_wire_quiet(struct netns_wire *w)
{
    struct netns_wire before = *w;
    int r;

    if (!w->is_private)
        return backlogs_empty(w->softnet);
    r = read_counts(w);
    if (r < 0)
        return r;
    if (!w->missing && !w->undelivered)
        return 1;
    if (w->missing != before.missing || w->undelivered != before.undelivered)
        return 0;
    return backlogs_empty(w->softnet);
}
