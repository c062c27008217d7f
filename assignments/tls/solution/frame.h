/*
 * frame.h - frames inside TLS, and how a conversation ends: what the server and the client have in common.
 */
#pragma once
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>

enum { EXIT_OK = 0, EXIT_USAGE = 1, EXIT_NETWORK = 2, EXIT_PROTOCOL = 3, EXIT_SECURITY = 4 };

#define MAX_PAYLOAD 65535 /* what two bytes can say */

struct frame {
    size_t length;
    unsigned char payload[MAX_PAYLOAD];
};

enum heard {
    HEARD_FRAME,
    HEARD_END,   /* close_notify: they have said all that they wanted to say */
    HEARD_CUT,   /* the stream ended without one: anybody on the way could have done that */
    HEARD_RESET, /* the connection is broken */
    HEARD_WRONG, /* what came was not made by whom we shook hands with */
};

/* Waits for a whole frame. An end in mid-frame is the same as one between two frames. */
enum heard frame_read(SSL *ssl, struct frame *f);
/* Waits until all of it is on its way. Returns false when the connection is broken. */
bool frame_write(SSL *ssl, const struct frame *f);
