/*
 * fuzz_sockdiag.c - any bytes as the kernel's reply. An even first byte: the rest is the reply. An odd one:
 * three bytes for each socket, whose message is right but for the byte at the second's place, to which the
 * third is added.
 */
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <string.h>

#include "base/mem.h"
#include "fuzz.h"
#include "kernel/sockdiag.h"

#define SEQ 7
#define FAMILY_V4 2
#define FAMILY_V6 10

static void put_socket(struct buf *out, uint8_t choice)
{
    uint16_t lacks = 16 * (choice >> 5); /* an older kernel tells less */
    struct {
        struct nlmsghdr head;
        struct inet_diag_msg body;
        struct rtattr attr;
        struct tcp_info info;
    } m = {
        .head = {.nlmsg_type = SOCK_DIAG_BY_FAMILY, .nlmsg_seq = SEQ, .nlmsg_len = sizeof m - lacks},
        .body = {.idiag_family = choice & 1 ? FAMILY_V4 : FAMILY_V6,
                 .idiag_inode = 1,
                 .idiag_rqueue = choice},
        .attr = {.rta_type = INET_DIAG_INFO, .rta_len = sizeof m.attr + sizeof m.info - lacks},
        .info = {.tcpi_bytes_sent = 3, .tcpi_bytes_received = 4},
    };

    if (choice & 2) /* without attributes */
        m.head.nlmsg_len = NLMSG_LENGTH(sizeof m.body);
    if ((choice & 0x1c) == 4)
        m.head.nlmsg_type = NLMSG_DONE;
    buf_append(out, (struct bytes){(const uint8_t *)&m, m.head.nlmsg_len});
}

static struct buf reply_of(const uint8_t *data, size_t size)
{
    struct buf out = BUF_INIT;

    if (!(data[0] & 1))
        buf_append(&out, (struct bytes){data + 1, size - 1});
    for (size_t at = 1; (data[0] & 1) && at + 2 < size; at += 3) {
        size_t start = out.len;

        put_socket(&out, data[at]);
        if (data[at + 1])
            out.data[start + data[at + 1] % (out.len - start)] += data[at + 2];
    }
    return out;
}

/* In memory of just that size and alignment, so that ASan sees whoever reads beyond it. */
static void check_one(struct bytes in)
{
    uint8_t *exact = mem_new(in.len);
    struct sock_info a, b;
    int r;

    if (in.len)
        memcpy(exact, in.data, in.len);
    r = sockdiag_decode(exact, in.len, &a);
    require(r <= 1 && sockdiag_decode(exact, in.len, &b) == r);
    if (r == 1)
        require((a.family == FAMILY_V4 || a.family == FAMILY_V6) && a.inode == b.inode &&
                a.bytes_sent == b.bytes_sent && a.has_info == b.has_info);
    mem_free(exact);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sock_infos all = {0};
    struct buf reply;
    bool torn = false;

    if (size == 0)
        return 0;
    reply = reply_of(data, size);
    check_one(buf_view(&reply));
    require(sockdiag_decode_dump(reply.data, reply.len, SEQ, &torn, &all) <= 1);
    require(all.n <= reply.len / sizeof(struct nlmsghdr));
    sock_infos_deinit(&all);
    buf_deinit(&reply);
    return 0;
}
