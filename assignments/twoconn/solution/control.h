/*
 * control.h - the client's end of a control connection: commands out, replies in.
 *
 * Whatever goes wrong here ends the program: its status says what it was.
 */
#ifndef CONTROL_H
#define CONTROL_H

#include <netinet/in.h>
#include <stddef.h>

enum { EXIT_OK = 0, EXIT_USAGE = 1, EXIT_NETWORK = 2, EXIT_PROTOCOL = 3 };

#define MAX_LINE 512

struct control {
    int fd;
    struct sockaddr_in server; /* whose address is also that of its data ports */
    char in[MAX_LINE];         /* read, and not yet used */
    size_t used;
};

_Noreturn void die(int status, const char *why);

void control_connect(struct control *c, const char *host, const char *port);
int control_connect_data(const struct control *c, unsigned short port); /* returns a connected socket */

void control_say(const struct control *c, const char *command, const char *argument);
/* Waits for the next reply. Returns its code; what stands behind it goes to `text`. */
int control_hear(struct control *c, char text[MAX_LINE]);

#endif
