/*
 * session.c - the protocol, as the server sees it.
 *
 * A session is in one of two states: nobody is logged in, or a user is. Which commands make sense depends on
 * that, and each session has a state of its own: what one client has said means nothing for another.
 */
#include "session.h"
#include "store.h"
#include "wire.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define MAX_TAG 16
#define MAX_NAME 32
#define MAX_WORDS 4 /* of the longest command: tag, LOGIN, user, password */

struct session {
    struct wire wire;
    int dir;
    char user[MAX_NAME + 1]; /* empty: nobody is logged in */
    bool over;
};

/* ---- words --------------------------------------------------------------------------------------------- */

/* isalnum takes no negative numbers, and a char above 0x7f may be one. And it must not find letters there. */
static bool is_name(const char *word, size_t most)
{
    size_t n = strlen(word);

    for (size_t i = 0; i < n; i++)
        if ((unsigned char)word[i] > 0x7f || !isalnum((unsigned char)word[i]))
            return false;
    return n >= 1 && n <= most;
}

/* What is printed, and no blank. Lines hold text: a CR or a LF that ends no line has no business there. */
static bool is_text(const char *line, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (line[i] < ' ' || line[i] > '~')
            return false;
    return true;
}

/* Cuts the line at each blank. Returns the number of words, which may be empty ones; MAX_WORDS + 1: too many.
 */
static size_t split(char *line, char *words[MAX_WORDS])
{
    size_t n = 0;

    for (char *next = line; next; n++) {
        char *blank = strchr(next, ' ');
        if (n == MAX_WORDS)
            return MAX_WORDS + 1;
        words[n] = next;
        next = blank ? blank + 1 : NULL;
        if (blank)
            *blank = '\0';
    }
    return n;
}

/* A number of messages, or 0: it is none. */
static unsigned read_number(const char *word)
{
    size_t n = strlen(word);

    return n >= 1 && n <= 9 && strspn(word, "0123456789") == n ? (unsigned)strtoul(word, NULL, 10) : 0;
}

/* ---- commands: each returns the last word of the answer -------------------------------------------------
 */

#define OK "OK"
#define NO "NO"   /* understood, but it cannot be done (now) */
#define BAD "BAD" /* not understood */

static const char *do_login(struct session *s, char **words)
{
    if (s->user[0] || !is_name(words[2], MAX_NAME) || !store_knows(s->dir, words[2], words[3]))
        return NO;
    strcpy(s->user, words[2]);
    return OK;
}

static const char *do_list(struct session *s, char **words)
{
    long long size;
    int fd;

    (void)words;
    if (!s->user[0])
        return NO;
    for (unsigned n = 1; (fd = store_open(s->dir, s->user, n, &size)) >= 0; n++) {
        close(fd);
        wire_print(&s->wire, "* %u SIZE %lld\r\n", n, size);
    }
    return OK;
}

/* Sends as many bytes as were promised, and no others: what the client takes for them depends on nothing
 * else. */
static void send_literal(struct session *s, int fd, long long size)
{
    char bytes[16384];

    while (size > 0) {
        ssize_t n = read(fd, bytes, sizeof(bytes) < (size_t)size ? sizeof(bytes) : (size_t)size);
        if (n <= 0 || !wire_write(&s->wire, bytes, (size_t)n)) {
            s->over = true; /* the promise cannot be kept any more */
            return;
        }
        size -= n;
    }
}

static const char *do_fetch(struct session *s, char **words)
{
    unsigned n = read_number(words[2]);
    long long size;
    int fd;

    if (n == 0)
        return BAD;
    fd = s->user[0] ? store_open(s->dir, s->user, n, &size) : -1;
    if (fd < 0)
        return NO;
    wire_print(&s->wire, "* %u FETCH ({%lld}\r\n", n, size);
    send_literal(s, fd, size);
    wire_print(&s->wire, ")\r\n");
    close(fd);
    return OK;
}

static const char *do_logout(struct session *s, char **words)
{
    (void)words;
    wire_print(&s->wire, "* BYE\r\n");
    s->over = true;
    return OK;
}

static const struct command {
    const char *name;
    size_t n_words; /* with the tag and itself */
    const char *(*run)(struct session *s, char **words);
} commands[] = {
    {"LOGIN", 4, do_login},
    {"LIST", 2, do_list},
    {"FETCH", 3, do_fetch},
    {"LOGOUT", 2, do_logout},
};

/* ---- lines --------------------------------------------------------------------------------------------- */

static void answer(struct session *s, char *line, size_t length)
{
    bool text = is_text(line, length);
    char *words[MAX_WORDS];
    size_t n = split(line, words);
    const char *result = BAD;

    if (!is_name(words[0], MAX_TAG)) {
        wire_print(&s->wire, "* BAD\r\n"); /* there is no tag that the answer could have */
        return;
    }
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]) && text; i++)
        if (n == commands[i].n_words && strcasecmp(words[1], commands[i].name) == 0)
            result = commands[i].run(s, words);
    wire_print(&s->wire, "%s %s\r\n", words[0], result);
}

void session_serve(int fd, int dir)
{
    struct session s = {.dir = dir};
    char line[MAX_LINE + 1];
    size_t length;

    wire_init(&s.wire, fd);
    wire_print(&s.wire, "* OK mbox\r\n");
    while (!s.over) {
        switch (wire_read_line(&s.wire, line, &length)) {
        case WIRE_LINE: answer(&s, line, length); break;
        case WIRE_END: s.over = true; break;
        case WIRE_TOO_LONG:
            wire_print(&s.wire, "* BAD\r\n");
            s.over = true;
            break;
        }
    }
    close(fd);
}
