/*
 * fuzz_unixdiag.c - any bytes as the kernel's reply about Unix sockets. An odd first byte makes the rest a
 * socket's attributes, behind a message that is right.
 */
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <string.h>

#include "base/mem.h"
#include "fuzz.h"
#include "kernel/unixdiag.h"

static struct buf message_of(const uint8_t *data, size_t size)
{
    struct {
        struct nlmsghdr head;
        struct unix_diag_msg body;
    } m = {
        .head = {.nlmsg_type = SOCK_DIAG_BY_FAMILY, .nlmsg_len = (uint32_t)(sizeof m + size - 1)},
        .body = {.udiag_family = 1, .udiag_ino = 1},
    };
    struct buf out = BUF_INIT;

    if (data[0] & 1)
        buf_append(&out, (struct bytes){(const uint8_t *)&m, sizeof m});
    buf_append(&out, (struct bytes){data + 1, size - 1});
    return out;
}

/* In memory of just that size, so that ASan sees whoever reads beyond it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct unix_info a, b;
    struct buf message;
    uint8_t *exact;
    int r;

    if (size == 0)
        return 0;
    message = message_of(data, size);
    exact = mem_new(message.len);
    if (message.len)
        memcpy(exact, message.data, message.len);
    r = unixdiag_decode(exact, message.len, &a);
    require(r <= 1 && unixdiag_decode(exact, message.len, &b) == r);
    require(strlen(a.name) <= UNIX_NAME_MAX && strcmp(a.name, b.name) == 0 && a.peer == b.peer);
    mem_free(exact);
    buf_deinit(&message);
    return 0;
}
