/* http_describe.c - what is wrong with an HTTP message, in a sentence for whoever sent it. */
#include "wire/http.h"

static const char *const sentences[] = {
    [HTTP_FINE] = "nothing is wrong with it",
    [HTTP_NO_START] = "no response begins like this: its first line is like `HTTP/1.1 200 OK`",
    [HTTP_EMPTY_START] = "an empty line stands where a message should begin: nothing belongs before it",
    [HTTP_BAD_METHOD] = "a method is letters alone, and one space follows it",
    [HTTP_BAD_TARGET] = "between the method and the version stands what is asked for, with one space before "
                        "and one behind it",
    [HTTP_BAD_VERSION] = "the version is written `HTTP/1.1`: upper case, and nothing else beside it",
    [HTTP_BAD_STATUS] = "behind the version stand one space and three digits, from 100 to 599",
    [HTTP_NO_STATUS_SPACE] = "one space follows the status, even if no words follow it",
    [HTTP_BAD_REASON] = "a control character stands among the words behind the status",
    [HTTP_BARE_LF] =
        "this line ends with LF alone: each line up to the empty one ends with CR LF (\"\\r\\n\")",
    [HTTP_BARE_CR] =
        "a CR stands here without its LF: each line up to the empty one ends with CR LF (\"\\r\\n\")",
    [HTTP_FOLDED] = "a line begins with a space: a header is one line, and begins with its name",
    [HTTP_NO_COLON] = "this line is no header, for it has no colon. Is it the body? An empty line ends the "
                      "headers before it",
    [HTTP_BAD_NAME] =
        "no header has a name like this. Is it the body? An empty line ends the headers before it",
    [HTTP_SPACE_BEFORE_COLON] = "the colon follows the header's name at once, without a space",
    [HTTP_BAD_VALUE] = "a control character stands in the worth of a header",
    [HTTP_HEAD_TOO_LONG] = "the headers have no end within 64 KiB",
    [HTTP_TOO_MANY_HEADERS] = "there are more than 256 headers",
    [HTTP_HOST_MISSING] = "a request of HTTP/1.1 needs the header `Host`, with the server's name",
    [HTTP_HOST_TWICE] = "the header `Host` stands here a second time",
    [HTTP_BAD_LENGTH] = "`Content-Length` is a decimal number of bytes, and nothing else",
    [HTTP_LENGTH_TWICE] = "the header `Content-Length` stands here a second time",
    [HTTP_LENGTH_BESIDE_CODING] = "`Content-Length` and `Transfer-Encoding` exclude each other",
    [HTTP_LENGTH_FORBIDDEN] = "a response with this status has no body, and so no `Content-Length`",
    [HTTP_CODING_FORBIDDEN] = "`Transfer-Encoding` belongs in messages of HTTP/1.1 that may have a body",
    [HTTP_CODING_UNKNOWN] = "the only `Transfer-Encoding` that is understood here is `chunked`, once",
    [HTTP_BODY_TOO_LONG] = "the body is longer than it may be",
    [HTTP_BAD_CHUNK_SIZE] = "a chunk begins with its size, in hexadecimal digits, and CR LF",
    [HTTP_BAD_CHUNK_END] =
        "CR LF belongs here, behind as many bytes as the chunk's size says: is the size right?",
    [HTTP_CUT_IN_START] = "the first line has no end",
    [HTTP_CUT_IN_HEAD] = "the headers have no end: an empty line (\"\\r\\n\\r\\n\") is due before the body, "
                         "if there is one or not",
    [HTTP_CUT_IN_CHUNKS] = "the chunk of size 0 is missing that ends the body, or the empty line behind it",
    [HTTP_STILL_OPEN] =
        "with neither `Content-Length` nor `Transfer-Encoding: chunked`, only the connection's end "
        "ends the body, and the connection is open",
};

void http_describe(struct http_context c, const struct http_found *f, struct buf *out)
{
    if (f->problem == HTTP_CUT_IN_BODY)
        buf_printf(out, "`Content-Length` says %llu, and the body has %llu byte%s",
                   (unsigned long long)f->announced, (unsigned long long)f->there, f->there == 1 ? "" : "s");
    else if (f->problem == HTTP_NO_START && c.kind == HTTP_REQUEST)
        buf_text(out, "no request begins like this: its first line is like `GET /index.html HTTP/1.1`");
    else
        buf_text(out, sentences[f->problem]);
}
