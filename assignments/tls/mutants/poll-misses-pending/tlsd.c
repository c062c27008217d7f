/*
 * tlsd PORT CERT KEY: one thread, poll(), and sockets that do not block.
 * The mistake: reads once when poll() calls, and waits for poll() again, which knows nothing of what
 * is left in the SSL.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_CLIENTS 200
#define MAX_FRAME (2 + 65535)
#define ROOM (4 * MAX_FRAME)

struct client {
    SSL *ssl;
    int fd, wants, shaken, leaving;
    unsigned char *in, *out;
    size_t n_in, n_out;
};

static struct client clients[MAX_CLIENTS];
static int n_clients;

static void drop(int i)
{
    SSL_free(clients[i].ssl);
    close(clients[i].fd);
    free(clients[i].in);
    free(clients[i].out);
    clients[i] = clients[--n_clients];
}

/* 0: wait for the socket, as c->wants says; -1: it is lost */
static int later(struct client *c, int result)
{
    switch (SSL_get_error(c->ssl, result)) {
    case SSL_ERROR_WANT_READ: c->wants = POLLIN; return 0;
    case SSL_ERROR_WANT_WRITE: c->wants = POLLOUT; return 0;
    case SSL_ERROR_ZERO_RETURN: SSL_shutdown(c->ssl); return -1;
    default: return -1;
    }
}

/* Moves whole frames from in to out, while there is room. */
static void answer(struct client *c)
{
    size_t length, i;

    while (c->n_in >= 2 && !c->leaving && c->n_out + MAX_FRAME <= ROOM) {
        length = c->in[0] << 8 | c->in[1];
        if (c->n_in < 2 + length)
            return;
        memcpy(c->out + c->n_out, c->in, 2);
        for (i = 0; i < length; i++)
            c->out[c->n_out + 2 + i] = c->in[2 + length - 1 - i];
        c->n_out += 2 + length;
        c->n_in -= 2 + length;
        memmove(c->in, c->in + 2 + length, c->n_in);
        c->leaving = length == 0;
    }
}

static int flush(struct client *c)
{
    int n;

    while (c->n_out > 0) {
        n = SSL_write(c->ssl, c->out, c->n_out);
        if (n <= 0)
            return n;
        c->n_out -= n;
        memmove(c->out, c->out + n, c->n_out);
    }
    return 1;
}

/* As far as it goes. */
static int step(struct client *c)
{
    int n;

    if (!c->shaken) {
        n = SSL_accept(c->ssl);
        if (n != 1)
            return later(c, n);
        c->shaken = 1;
    }
    if (c->n_out == 0) {
        n = MAX_FRAME - c->n_in < 4096 ? MAX_FRAME - c->n_in : 4096;
        n = SSL_read(c->ssl, c->in + c->n_in, n);
        if (n <= 0)
            return later(c, n);
        c->n_in += n;
        answer(c);
    }
    while (c->n_out > 0) {
        n = flush(c);
        if (n <= 0)
            return later(c, n);
        answer(c);
    }
    if (c->leaving) {
        SSL_shutdown(c->ssl);
        return -1;
    }
    c->wants = POLLIN;
    return 0;
}

static void welcome(int fd, SSL_CTX *ctx)
{
    struct client *c = &clients[n_clients];

    if (fd < 0)
        return;
    if (n_clients == MAX_CLIENTS) {
        close(fd);
        return;
    }
    fcntl(fd, F_SETFL, O_NONBLOCK);
    memset(c, 0, sizeof *c);
    c->fd = fd;
    c->wants = POLLIN;
    c->in = malloc(MAX_FRAME);
    c->out = malloc(ROOM);
    c->ssl = SSL_new(ctx);
    SSL_set_fd(c->ssl, fd);
    n_clients++;
}

static int listen_on(int port)
{
    struct sockaddr_in address;
    int fd, on = 1;

    fd = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_ANY);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 100) < 0) {
        perror("tlsd");
        exit(2);
    }
    return fd;
}

int main(int argc, char **argv)
{
    struct pollfd fds[1 + MAX_CLIENTS];
    SSL_CTX *ctx;
    int listener, i;

    if (argc != 4) {
        fprintf(stderr, "usage: tlsd PORT CERT KEY\n");
        return 1;
    }
    signal(SIGPIPE, SIG_IGN);
    ctx = SSL_CTX_new(TLS_server_method());
    SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    if (SSL_CTX_use_certificate_chain_file(ctx, argv[2]) != 1 ||
        SSL_CTX_use_PrivateKey_file(ctx, argv[3], SSL_FILETYPE_PEM) != 1) {
        ERR_print_errors_fp(stderr);
        return 4;
    }
    listener = listen_on(atoi(argv[1]));
    fcntl(listener, F_SETFL, O_NONBLOCK);
    for (;;) {
        fds[0].fd = listener;
        fds[0].events = POLLIN;
        for (i = 0; i < n_clients; i++) {
            fds[1 + i].fd = clients[i].fd;
            fds[1 + i].events = clients[i].wants;
        }
        if (poll(fds, 1 + n_clients, -1) < 0)
            continue;
        for (i = n_clients - 1; i >= 0; i--)
            if (fds[1 + i].revents && step(&clients[i]) < 0)
                drop(i);
        if (fds[0].revents)
            welcome(accept(listener, NULL, NULL), ctx);
    }
}
