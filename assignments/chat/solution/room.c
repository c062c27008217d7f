/*
 * room.c - NICK, SAY and QUIT.
 *
 * The order of the talk is made in one place: say() takes the next number and puts the line into the queue of
 * every member, before anybody else's line is looked at. So all queues hold the same lines in the same order,
 * however fast or slowly each of them is emptied.
 */
#include "room.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The longest line that we make: MSG, a number of 20 digits, a nick and the text of the longest SAY. */
#define MAX_MESSAGE (MAX_LINE + 64)

static void reply(struct client *c, const char *text)
{
    client_put(c, text, strlen(text));
    client_put(c, "\n", 1);
}

/* ---- NICK ---------------------------------------------------------------------------------------------- */

static bool is_nick(const char *text, size_t n)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

    for (size_t i = 0; i < n; i++)
        if (!memchr(allowed, text[i], sizeof(allowed) - 1))
            return false;
    return n >= 1 && n <= MAX_NICK;
}

static bool is_taken(const struct room *r, const char *nick)
{
    for (size_t i = 0; i < r->n_clients; i++)
        if (strcmp(r->clients[i]->nick, nick) == 0)
            return true;
    return false;
}

static void take_nick(struct room *r, struct client *c, const char *text, size_t n)
{
    char nick[MAX_NICK + 1] = "", answer[sizeof(nick) + 3];

    if (c->nick[0] != '\0') {
        reply(c, "ERR you have a nick");
        return;
    }
    if (!is_nick(text, n)) {
        reply(c, "ERR a nick is 1 to 16 letters, digits, - and _");
        return;
    }
    memcpy(nick, text, n);
    if (is_taken(r, nick)) {
        reply(c, "ERR somebody has this nick");
        return;
    }
    strcpy(c->nick, nick);
    snprintf(answer, sizeof(answer), "OK %s", nick);
    reply(c, answer);
}

/* ---- SAY ----------------------------------------------------------------------------------------------- */

static void say(struct room *r, struct client *c, const char *text, size_t n)
{
    char line[MAX_MESSAGE];

    if (c->nick[0] == '\0') {
        reply(c, "ERR say NICK first");
        return;
    }
    r->number++;
    int head = snprintf(line, sizeof(line), "MSG %" PRIu64 " %s ", r->number, c->nick);
    memcpy(line + head, text, n);
    line[head + n] = '\n';
    for (size_t i = 0; i < r->n_clients; i++)
        if (r->clients[i] != c && r->clients[i]->nick[0] != '\0')
            client_put(r->clients[i], line, head + n + 1);

    snprintf(line, sizeof(line), "OK %" PRIu64, r->number);
    reply(c, line);
}

/* ---- lines --------------------------------------------------------------------------------------------- */

/* Control bytes have no business in a line: whoever sends them to a terminal can do more than write. */
static bool has_control_bytes(const char *line, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
            return true;
    return false;
}

static bool begins(const char *line, size_t n, const char *with)
{
    return n >= strlen(with) && memcmp(line, with, strlen(with)) == 0;
}

/* One line, given without its line feed. */
static void hear_line(struct room *r, struct client *c, const char *line, size_t n)
{
    if (has_control_bytes(line, n))
        reply(c, "ERR a line has no control bytes");
    else if (begins(line, n, "NICK "))
        take_nick(r, c, line + 5, n - 5);
    else if (begins(line, n, "SAY ") && n > 4)
        say(r, c, line + 4, n - 4);
    else if (begins(line, n, "QUIT") && n == 4) {
        room_leave(c); /* before the reply: whoever has read it may count on the nick being free */
        reply(c, "OK bye");
        c->leaving = true;
    } else
        reply(c, "ERR say NICK, SAY or QUIT");
}

/* Takes the line at the front of c->in, if a whole one is there. Returns false when only more input helps. */
static bool hear_one(struct room *r, struct client *c)
{
    char *feed = memchr(c->in, '\n', c->in_used);
    size_t n = feed ? (size_t)(feed - c->in) : c->in_used;
    bool too_long = n > MAX_LINE;

    if (too_long && !c->skipping)
        reply(c, "ERR the line is longer than 512 bytes");
    if (!feed) {
        /* Of a line that is too long we keep nothing but the fact, until its line feed comes. */
        if (too_long)
            c->skipping = true;
        if (c->skipping)
            client_consume(c, c->in_used);
        return false;
    }
    if (!too_long && !c->skipping)
        hear_line(r, c, c->in, n);
    c->skipping = false;
    client_consume(c, n + 1);
    return true;
}

void room_hear(struct room *r, struct client *c)
{
    /* One read may have brought several lines, and behind a QUIT nothing counts. */
    while (!c->leaving && hear_one(r, c))
        ;
    if (c->ended)
        room_leave(c); /* what is left in c->in is a piece of a line, and will never be more */
}

void room_leave(struct client *c)
{
    c->nick[0] = '\0';
}
