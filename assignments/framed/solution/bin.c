/* bin.c - the mode `bin`: a frame is a length of two bytes, the high one first, and as many bytes of payload.
 */
#include "client.h"

bool bin_serve_one(struct client *c)
{
    /* The length itself may have arrived by half. */
    if (c->in_used < 2)
        return false;
    /* Put together by hand this is right on every machine. As char may be signed, unsigned char comes first.
     */
    size_t length = (size_t)(unsigned char)c->in[0] << 8 | (unsigned char)c->in[1];

    /* Checked before it is used, and before the payload is there: we would have no room to wait for it. */
    if (length > MAX_PAYLOAD) {
        c->leaving = true;
        return false;
    }
    if (c->in_used < 2 + length)
        return false;

    char answer[MAX_ANSWER] = {c->in[0], c->in[1]};
    for (size_t i = 0; i < length; i++)
        answer[2 + i] = c->in[2 + length - 1 - i];
    client_answer(c, answer, 2 + length);
    client_consume(c, 2 + length);
    if (length == 0)
        c->leaving = true;
    return true;
}
