/* words.c - names of services, and ports. */
#include "words.h"

#include <string.h>

bool word_is_service(const char *word)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
    size_t n = strlen(word);

    return n >= 1 && n <= MAX_SERVICE && strspn(word, allowed) == n;
}

/* Not with strtol or atoi: those take blanks, signs and whatever stands behind the digits, and they need a
 * zero byte at the end, which a datagram does not have. */
uint16_t word_port(const char *digits, size_t n)
{
    unsigned port = 0;

    if (n < 1 || n > 5)
        return 0;
    for (size_t i = 0; i < n; i++) {
        if (digits[i] < '0' || digits[i] > '9')
            return 0;
        port = port * 10 + (unsigned)(digits[i] - '0');
    }
    return port <= 65535 ? (uint16_t)port : 0;
}
