/*
 * framing.h - where a message begins and ends in a stream of bytes. Bytes in, bytes out: no descriptor is
 * known here.
 */
#pragma once
#include "wire/http.h"

enum framing_kind {
    FRAMING_NONE,      /* a stream of bytes without messages */
    FRAMING_DELIMITER, /* body, then the delimiter: line (LF), crlf, any other */
    FRAMING_FIXED,     /* bodies of `size` bytes */
    FRAMING_LENGTH,    /* an unsigned integer of `width` bytes, then the body */
    FRAMING_ASCII,     /* a decimal number, then the delimiter, then so many bytes of body */
    FRAMING_EOF,       /* all up to the end of the stream */
    FRAMING_FIELDS,    /* a message ends where its own syntax does */
    FRAMING_HTTP,      /* a request or a response: start line, headers and body together */
    FRAMING_DATAGRAM,  /* each datagram is a message */
};

struct message_set;

struct framing {
    enum framing_kind kind;
    struct bytes delimiter; /* FRAMING_DELIMITER, FRAMING_ASCII (begins with no digit); not empty */
    size_t size;            /* FRAMING_FIXED: bytes of a body, > 0 */
    unsigned width;         /* FRAMING_LENGTH: 1, 2, 4 or 8 bytes */
    bool little;            /* FRAMING_LENGTH: little-endian */
    bool counts_all;        /* FRAMING_LENGTH: the number counts itself too */
    const struct message_set
        *messages;            /* what bodies may be, or NULL; FRAMING_FIELDS: each says where it ends */
    unsigned from;            /* FRAMING_FIELDS: enum message_from, whose messages are read */
    struct http_context http; /* FRAMING_HTTP: what the next message is */
    uint64_t max;             /* most bytes of a body; 0: no bound but FRAMING_BOUND */
};

#define FRAMING_BOUND (UINT64_C(256) << 20)
#define FRAMING_DIGITS 20 /* most of a decimal length, leading zeros among them: those of UINT64_MAX */

enum framed {
    FRAMED_MESSAGE,  /* a whole message is there */
    FRAMED_PARTIAL,  /* what is there may become one */
    FRAMED_TOO_LONG, /* the body is, or is announced to be, longer than max */
    FRAMED_INVALID,  /* no message can begin like this: a length that counts itself, less than its width;
                      * no decimal number, or one of too many digits; none of the messages whose
                      * fields tell their end; whatever breaks HTTP */
};

struct frame {
    struct http_found http; /* FRAMING_HTTP: what was found, also on anything but FRAMED_MESSAGE */
    struct bytes body;      /* a view into the input */
    size_t header;          /* bytes before the body */
    size_t total;           /* bytes of the whole frame: header, body, delimiter */
    uint64_t announced;     /* the length as read, as soon as all of it is there; UINT64_MAX: that, or more */
};

/* Reads the first message of `in`, of a stream that may go on. On anything but FRAMED_MESSAGE only `header`
 * and `announced` are set, and `http`. */
enum framed framing_next(const struct framing *f, struct bytes in, struct frame *out);
/* The same of a stream that has ended in good order behind `in`: with FRAMING_EOF that completes a message,
 * be it an empty one. Ask it once: there is one on a connection. With FRAMING_HTTP it completes a response of
 * no told length, and breaks whatever else has only begun. */
enum framed framing_last(const struct framing *f, struct bytes in, struct frame *out);

/* Appends body as a frame. -EMSGSIZE when its length does not fit the length field. A body that holds the
 * delimiter, or has another size than a fixed one, is framed as it is: specs may send wrong things. With
 * FRAMING_EOF the end of the stream is the caller's. */
int framing_encode(const struct framing *f, struct bytes body, struct buf *out);

/* Offsets strictly inside one encoded frame at which one field ends and the next begins (after a length
 * field, before and after a delimiter); those of FRAMING_FIELDS are message_edges'. Writes at most 2,
 * ascending; returns how many. */
size_t framing_edges(const struct framing *f, struct bytes frame, size_t edges[2]);

/* "line", "u16be length" …: how a report calls it. Static or written into out. */
const char *framing_name(const struct framing *f, char out[48]);
