#include "kernel/unixdiag.h"

#include "base/mem.h"
#include "kernel/netlink.h"

#include <errno.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <string.h>

#define ATTEMPTS 3
#define SHOWN (UDIAG_SHOW_NAME | UDIAG_SHOW_VFS | UDIAG_SHOW_PEER | UDIAG_SHOW_RQLEN)

struct request {
    struct nlmsghdr head;
    struct unix_diag_req body;
};

static void decode_name(struct bytes b, struct unix_info *out)
{
    for (size_t i = 0; i < b.len && i < UNIX_NAME_MAX; i++)
        out->name[i] = b.data[i] || i ? (char)b.data[i] : '@';
}

static void take_attribute(uint16_t type, struct bytes value, void *arg)
{
    struct unix_info *out = arg;
    struct unix_diag_rqlen queues;
    struct unix_diag_vfs file;
    uint32_t peer;

    if (type == UNIX_DIAG_NAME)
        decode_name(value, out);
    if (type == UNIX_DIAG_PEER && value.len >= sizeof peer) {
        memcpy(&peer, value.data, sizeof peer);
        out->peer = peer;
    }
    if (type == UNIX_DIAG_VFS && value.len >= sizeof file) {
        memcpy(&file, value.data, sizeof file);
        out->file = file.udiag_vfs_ino;
    }
    if (type == UNIX_DIAG_RQLEN && value.len >= sizeof queues) {
        memcpy(&queues, value.data, sizeof queues);
        out->rqueue = queues.udiag_rqueue;
        out->wqueue = queues.udiag_wqueue;
    }
}

int unixdiag_decode(const void *msg, size_t len, struct unix_info *out)
{
    struct unix_diag_msg m;
    struct bytes rest;
    int r = netlink_open(msg, len, &m, sizeof m, &rest);

    *out = (struct unix_info){0};
    if (r <= 0)
        return r;
    if (m.udiag_family != AF_UNIX)
        return -EBADMSG;
    out->inode = m.udiag_ino;
    out->state = m.udiag_state;
    out->type = m.udiag_type;
    return netlink_attributes(rest, take_attribute, out);
}

/* ---- asking ---- */

int unixdiag_look(struct sockdiag *d, uint64_t inode, struct unix_info *out)
{
    struct request q = {.body = {.sdiag_family = AF_UNIX,
                                 .udiag_states = ~0u,
                                 .udiag_ino = (uint32_t)inode,
                                 .udiag_show = SHOWN,
                                 .udiag_cookie = {~0u, ~0u}}};
    _Alignas(struct nlmsghdr) uint8_t reply[NETLINK_REPLY_MAX];
    ptrdiff_t n;

    if (inode == 0)
        return 0;
    n = netlink_answer(d, &q.head, sizeof q, reply, sizeof reply);
    if (n <= 0)
        return (int)n;
    return unixdiag_decode(reply, (size_t)n, out);
}

void unix_infos_deinit(struct unix_infos *s)
{
    mem_free(s->infos);
    *s = (struct unix_infos){0};
}

static int take_info(const void *msg, size_t len, void *arg)
{
    struct unix_infos *out = arg;
    struct unix_info info;
    int r = unixdiag_decode(msg, len, &info);

    if (r > 0)
        *array_push(out->infos, out->n, out->cap) = info;
    return r;
}

int unixdiag_list(struct sockdiag *d, uint32_t states, struct unix_infos *out)
{
    size_t start = out->n;
    int r = 0;

    for (int i = 0; i < ATTEMPTS && r == 0; i++) {
        struct request q = {.head = {.nlmsg_flags = NLM_F_DUMP},
                            .body = {.sdiag_family = AF_UNIX, .udiag_states = states, .udiag_show = SHOWN}};

        out->n = start;
        r = netlink_dump(d, &q.head, sizeof q, take_info, out);
    }
    if (r > 0)
        return 0;
    out->n = start;
    return r < 0 ? r : -EAGAIN;
}
