/* message.c - what a message looks like on the wire. */
#include "judge/diagnose/diagnose.h"

/* a is b with one NUL byte before or behind it. */
static bool is_with_nul(struct bytes a, struct bytes b)
{
    if (a.len != b.len + 1 || a.data == NULL)
        return false;
    return (a.data[b.len] == 0 && bytes_equal(bytes_slice(a, 0, b.len), b)) ||
           (a.data[0] == 0 && bytes_equal(bytes_slice(a, 1, b.len), b));
}

static const char *detect_nul(const struct evidence *e)
{
    const struct step_record *f = e->failed;

    if (!f || f->came.total == 0 || !excerpt_is_whole(&f->came) || !excerpt_is_whole(&f->expected))
        return NULL;
    if ((f->expected.total || f->outcome == STEP_OTHER_CAME) && is_with_nul(f->came.head, f->expected.head))
        return "what came is the expected message and one byte 0x00";
    if (f->outcome == STEP_CAME_UNASKED && f->came.total == 1 && f->came.head.data[0] == 0)
        return "behind the last message one byte 0x00 was left over";
    return NULL;
}

static const struct diagnosis nul_on_the_wire = {
    "nul-on-the-wire", FAMILY_MESSAGE, "the string's terminator is sent along",
    "The NUL at the end of a C string is not part of the message: send strlen(s) bytes, not strlen(s) + 1.",
    'M'};

const struct detector message_detectors[] = {
    {&nul_on_the_wire, detect_nul},
    {NULL, NULL},
};
