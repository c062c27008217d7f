/*
 * frame.c - frames inside TLS.
 *
 * TLS gives us what TCP does: a stream of bytes, which keeps their order and nothing else. It cuts that
 * stream into records of at most 16384 bytes, and one SSL_read() brings what one record holds, or less. So a
 * frame may come in several records, and one record may hold several frames: what was true of recv() is true
 * again.
 */
#include "frame.h"

#include <errno.h>
#include <openssl/err.h>
#include <string.h>

/* Why SSL_read() brought nothing. The call looks at errno and at OpenSSL's own queue of errors, so it has to
 * come first after SSL_read(), and both have to be empty before that. */
static enum heard why(const SSL *ssl, int result)
{
    switch (SSL_get_error(ssl, result)) {
    case SSL_ERROR_ZERO_RETURN: return HEARD_END;
    case SSL_ERROR_SYSCALL:
        return errno == 0 ? HEARD_CUT : HEARD_RESET; /* OpenSSL 1.1 tells a cut this way */
    case SSL_ERROR_SSL:
#ifdef SSL_R_UNEXPECTED_EOF_WHILE_READING /* and OpenSSL 3 that way */
        if (ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING)
            return HEARD_CUT;
#endif
        return HEARD_WRONG;
    default: return HEARD_WRONG;
    }
}

/* Reads exactly n bytes. What SSL_read() does not take of a record waits inside of OpenSSL for the next call:
 * poll() knows nothing of it, which is one more reason to read in a loop. */
static enum heard read_all(SSL *ssl, unsigned char *into, size_t n)
{
    while (n > 0) {
        errno = 0;
        ERR_clear_error();
        int got = SSL_read(ssl, into, (int)n);
        if (got <= 0)
            return why(ssl, got);
        into += got;
        n -= (size_t)got;
    }
    return HEARD_FRAME;
}

enum heard frame_read(SSL *ssl, struct frame *f)
{
    unsigned char head[2];
    enum heard heard = read_all(ssl, head, sizeof(head));

    if (heard != HEARD_FRAME)
        return heard;
    f->length = (size_t)head[0] << 8 | head[1];
    return read_all(ssl, f->payload, f->length);
}

bool frame_write(SSL *ssl, const struct frame *f)
{
    unsigned char message[2 + MAX_PAYLOAD] = {(unsigned char)(f->length >> 8), (unsigned char)f->length};

    /* Length and payload go out in one call: two would be two records, each with its own overhead. On a
     * socket that blocks SSL_write() is not short, it returns when all is sent or when nothing can be. */
    memcpy(message + 2, f->payload, f->length);
    return SSL_write(ssl, message, (int)(2 + f->length)) > 0;
}
