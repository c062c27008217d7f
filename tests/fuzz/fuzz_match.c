/* fuzz_match.c - any pattern on any subject: the first byte says how long the pattern is. */
#include <string.h>

#include "fuzz.h"
#include "wire/match.h"

#define SUBJECT_MAX 512 /* a bad pattern may cost a second on it, and there are many of them */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes all = {data, size}, pattern, subject;
    char message[16];
    size_t offset = 0;
    struct regex *r;

    if (size == 0)
        return 0;
    pattern = bytes_slice(all, 1, data[0]);
    subject = bytes_slice(all, 1 + pattern.len, SUBJECT_MAX);
    memset(message, 'x', sizeof message);
    r = regex_new(pattern, &offset, message, sizeof message);
    if (!r) {
        require(offset <= pattern.len && memchr(message, 0, sizeof message));
        return 0;
    }
    require(regex_match(r, subject) == regex_match(r, subject));
    require(match_prefix(pattern, subject) <= subject.len);
    regex_free(r);
    return 0;
}
