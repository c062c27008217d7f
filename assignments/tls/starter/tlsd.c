/*
 * tlsd.c - tlsd PORT CERT KEY: gives back the frames of its clients, reversed, inside of TLS.
 *
 * It listens, accepts, and gives each client a thread. What is missing stands behind TODO.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EXIT_OK = 0, EXIT_USAGE = 1, EXIT_NETWORK = 2, EXIT_SECURITY = 4 };

/* TODO: SSL_CTX_new, the oldest version that is good enough, the certificate, its key. NULL: they are
 * unusable. */
static SSL_CTX *identity(const char *cert, const char *key)
{
    (void)cert;
    (void)key;
    return SSL_CTX_new(TLS_server_method());
}

/* One client, in a thread of its own, which may wait for it as long as it likes. */
static void *serve(void *argument)
{
    SSL *ssl = argument;
    int fd = SSL_get_fd(ssl);

    /* TODO: the handshake; frames, until an empty one or the client's goodbye; our goodbye. */
    SSL_free(ssl);
    close(fd);
    return NULL;
}

/* Returns a socket that listens on every address of this machine, or -1. */
static int listen_on(unsigned short port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr.s_addr = htonl(INADDR_ANY),
    };
    int on = 1, fd = socket(AF_INET, SOCK_STREAM, 0);

    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0 && listen(fd, SOMAXCONN) == 0)
        return fd;
    close(fd);
    return -1;
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: tlsd PORT CERT KEY\n");
        return EXIT_USAGE;
    }
    SSL_CTX *ctx = identity(argv[2], argv[3]);
    if (!ctx) {
        ERR_print_errors_fp(stderr);
        return EXIT_SECURITY;
    }
    int listener = listen_on((unsigned short)atoi(argv[1])); /* TODO: is it a port at all? */
    if (listener < 0) {
        perror("tlsd");
        return EXIT_NETWORK;
    }
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        SSL *ssl = fd < 0 ? NULL : SSL_new(ctx);
        pthread_t thread;

        if (!ssl)
            continue;
        SSL_set_fd(ssl, fd);
        if (pthread_create(&thread, NULL, serve, ssl) == 0)
            pthread_detach(thread);
    }
}
