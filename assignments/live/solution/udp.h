/* udp.h - sockets for datagrams, and the numbers of a command line. */
#ifndef UDP_H
#define UDP_H

#include <stdint.h>

enum { EXIT_OK = 0, EXIT_USAGE = 1, EXIT_NETWORK = 2 };

/* A decimal number from 1 to `most` and nothing else. Returns 0 for anything that is not one. */
long read_number(const char *text, long most);

/* Returns a socket that sends to one receiver and hears of nobody else, or -1, having said why. */
int udp_open_to(const char *host, const char *port);

/* Returns a socket that receives on every address of this machine, or -1, having said why. */
int udp_open_service(uint16_t port);

#endif
