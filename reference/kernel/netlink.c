#include "kernel/netlink.h"

#include "base/mem.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <string.h>
#include <sys/socket.h>

#define DUMP_MAX 65536 /* the kernel fills at most 32 KiB a message */

int netlink_ask(struct sockdiag *d, struct nlmsghdr *head, size_t size)
{
    head->nlmsg_len = (uint32_t)size;
    head->nlmsg_type = SOCK_DIAG_BY_FAMILY;
    head->nlmsg_flags |= NLM_F_REQUEST;
    head->nlmsg_seq = ++d->seq;
    for (;;) {
        if (send(d->fd, head, size, 0) >= 0)
            return 0;
        if (errno != EINTR)
            return -errno;
    }
}

/* The kernel answers within send (and recv, for the next part of a dump), so nothing to read is a fault, not
 * a reason to wait. */
static ptrdiff_t receive(struct sockdiag *d, void *out, size_t size)
{
    ssize_t n;

    do
        n = recv(d->fd, out, size, MSG_DONTWAIT | MSG_TRUNC);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return errno == EAGAIN ? -EPROTO : -errno;
    return (size_t)n > size ? -EMSGSIZE : n;
}

/* The error of a reply that is one, 0 otherwise. A dump ends with NLMSG_DONE, which may carry an error too.
 */
static int reply_error(const uint8_t *data, const struct nlmsghdr *head)
{
    int error = 0;

    if ((head->nlmsg_type == NLMSG_ERROR || head->nlmsg_type == NLMSG_DONE) &&
        head->nlmsg_len >= NLMSG_LENGTH(sizeof error))
        memcpy(&error, data + NLMSG_LENGTH(0), sizeof error);
    return error < 0 ? error : 0;
}

/* Copies the head of the first of the messages in data. False when it does not fit into len. */
static bool take_head(const uint8_t *data, size_t len, struct nlmsghdr *out)
{
    if (len < sizeof *out)
        return false;
    memcpy(out, data, sizeof *out);
    return out->nlmsg_len >= sizeof *out && out->nlmsg_len <= len;
}

int netlink_open(const void *msg, size_t len, void *body, size_t size, struct bytes *rest)
{
    const uint8_t *data = msg;
    struct nlmsghdr head;

    if (!take_head(data, len, &head))
        return -EBADMSG;
    if (head.nlmsg_type != SOCK_DIAG_BY_FAMILY)
        return 0;
    if (head.nlmsg_len < NLMSG_LENGTH(size))
        return -EBADMSG;
    memcpy(body, data + NLMSG_LENGTH(0), size);
    *rest = (struct bytes){data + NLMSG_LENGTH(size), head.nlmsg_len - NLMSG_LENGTH(size)};
    return 1;
}

int netlink_attributes(struct bytes rest, void (*take)(uint16_t type, struct bytes value, void *arg),
                       void *arg)
{
    struct rtattr a;

    while (rest.len >= sizeof a) {
        memcpy(&a, rest.data, sizeof a);
        if (a.rta_len < sizeof a || a.rta_len > rest.len)
            return -EBADMSG;
        take(a.rta_type, bytes_slice(rest, RTA_LENGTH(0), a.rta_len - RTA_LENGTH(0)), arg);
        rest = bytes_slice(rest, RTA_ALIGN(a.rta_len), rest.len);
    }
    return 1;
}

ptrdiff_t netlink_answer(struct sockdiag *d, struct nlmsghdr *head, size_t size, void *out, size_t room)
{
    int r = netlink_ask(d, head, size);

    while (r >= 0) {
        ptrdiff_t n = receive(d, out, room);
        struct nlmsghdr first;

        if (n < 0 && n != -EMSGSIZE)
            return n;
        if (n < 0 || !take_head(out, (size_t)n, &first) || first.nlmsg_seq != d->seq)
            continue; /* what an earlier, broken off dump left behind */
        r = reply_error(out, &first);
        if (r < 0)
            return r == -ENOENT ? 0 : r;
        return n;
    }
    return r;
}

int netlink_walk(const void *reply, size_t len, uint32_t seq, bool *torn, netlink_take *take, void *arg)
{
    const uint8_t *data = reply;
    struct nlmsghdr head;

    while (take_head(data, len, &head)) {
        size_t step = NLMSG_ALIGN(head.nlmsg_len);
        int r;

        if (head.nlmsg_seq == seq) {
            *torn |= (head.nlmsg_flags & NLM_F_DUMP_INTR) != 0;
            r = reply_error(data, &head);
            if (r < 0 || head.nlmsg_type == NLMSG_DONE || head.nlmsg_type == NLMSG_ERROR)
                return r;
            r = take(data, head.nlmsg_len, arg);
            if (r < 0)
                return r;
        }
        if (step >= len)
            break;
        data += step;
        len -= step;
    }
    return 1;
}

int netlink_dump(struct sockdiag *d, struct nlmsghdr *head, size_t size, netlink_take *take, void *arg)
{
    _cleanup_free_ uint8_t *room = mem_new(DUMP_MAX);
    bool torn = false;
    int r = netlink_ask(d, head, size);

    if (r < 0)
        return r;
    do {
        ptrdiff_t n = receive(d, room, DUMP_MAX);

        if (n < 0)
            return (int)n;
        r = netlink_walk(room, (size_t)n, d->seq, &torn, take, arg);
    } while (r > 0);
    return r < 0 ? r : !torn;
}
