/*
 * prelude.h - what the examples of harness/report/explanations/ take for granted: headers, and names that
 * speak for themselves. Each example is the body of a function behind this.
 */
#pragma once
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/param.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Sockets: a connection, a listener, an accepted connection, a UDP socket, two connections of one service. */
extern int fd, listener, client, sock, control, data_fd;
extern SSL_CTX *ctx;
extern SSL *ssl;
extern struct sockaddr_in addr, from, first, everybody;
extern socklen_t size;
extern struct addrinfo *list, *a;
extern fd_set watched;
extern int most;
extern pthread_t thread;

/* Where this program was called, and what it knows by then. */
extern int argc;
extern char **argv;
extern char *host, *name, *root, *result;
extern char path[PATH_MAX], real[PATH_MAX];
extern int file, sum, number;
extern FILE *in, *out;
extern uint8_t type;

/* Bytes: `have` of them in a buffer, `len` of them to be sent. */
extern char buf[4096], *end, *line, *data, *head, *body, *pending;
extern size_t have, len, length, head_len, body_len, pending_len;
extern ssize_t n;

/* Requests, clients of a loop, numbered packets. */
struct request {
    char *what;
};
extern struct request *request;
struct client {
    int fd;
    char queue[65536];
    size_t queued;
};
extern struct client clients[], *c;
extern int n_clients;
struct packet {
    uint16_t seq;
    size_t len;
    char data[1024];
};
extern struct packet p;
extern uint16_t base, expected;
#define CHUNK 1024
#define WINDOW 8

/* Sends all of it, however many calls that takes. */
void send_all(int fd, const void *data, size_t len);
void read_all(int fd, void *data, size_t len);
uint32_t read_u32(int fd);
void handle(const char *message, size_t len);
void serve(int client);
void *serve_in_thread(void *client);
void serve_all_in(const fd_set *ready);
void send_file(int fd, int file);
bool parse(const char *line, struct request **out);
struct request *read_request(int fd);
void answer(int fd, const struct request *request);
void refuse(int fd, const char *why);
void drop_client(int fd);
void wait_for(int fd, short events);
void enqueue(struct client *c, const char *data, size_t len);
void dequeue(struct client *c, size_t len);
bool send_what_is_typed(int fd);
bool show_what_came(int fd);
bool receive(int sock, struct packet *p);
void acknowledge(int sock, uint16_t seq);
void store(const struct packet *p);
