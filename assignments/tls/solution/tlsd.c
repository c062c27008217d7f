/*
 * tlsd.c - tlsd PORT CERT KEY: gives back the frames of its clients, reversed, inside of TLS.
 *
 * Each client has a thread of its own, which may wait for it as long as it likes. That begins with the
 * handshake: a client that connects and then says nothing keeps its own thread waiting and nobody else. The
 * certificate and the key are read once, into an SSL_CTX that all threads share; each connection has an SSL,
 * which belongs to one thread alone.
 */
#include "frame.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int usage(void)
{
    fprintf(stderr, "usage: tlsd PORT CERT KEY\n");
    return EXIT_USAGE;
}

/* A port is a number from 1 to 65535 and nothing else. Returns 0 for anything that is not one. */
static unsigned short read_port(const char *text)
{
    char *end;
    errno = 0;
    long port = strtol(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || port < 1 || port > 65535)
        return 0;
    return (unsigned short)port;
}

/* What the server shows to its clients, and the key that proves that it may. NULL: the two are unusable. */
static SSL_CTX *identity(const char *cert, const char *key)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

    if (!ctx)
        return NULL;
    SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION); /* what is older is broken */
    /* "chain": the file may hold the certificates of authorities between ours and the client's as well. */
    if (SSL_CTX_use_certificate_chain_file(ctx, cert) == 1 &&
        SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) == 1 && SSL_CTX_check_private_key(ctx) == 1)
        return ctx;
    SSL_CTX_free(ctx);
    return NULL;
}

/* Returns a socket that listens on every address of this machine, or -1. */
static int listen_on(unsigned short port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;

    /* Connections of an earlier run may linger for a minute. They must not keep us from the port. */
    int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));

    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr.s_addr = htonl(INADDR_ANY),
    };
    if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, SOMAXCONN) < 0) {
        int reason = errno; /* close() may change it */
        close(fd);
        errno = reason;
        return -1;
    }
    return fd;
}

/* ---- one client ---------------------------------------------------------------------------------------- */

static void reverse(struct frame *f)
{
    for (size_t i = 0, k = f->length; i + 1 < k; i++) {
        unsigned char byte = f->payload[i];
        f->payload[i] = f->payload[--k];
        f->payload[k] = byte;
    }
}

/* Answers frames until the empty one, or until the client is done. Returns whether we may say goodbye:
 * OpenSSL forbids that after an error. */
static bool answer_all(SSL *ssl, struct frame *f)
{
    enum heard heard;

    while ((heard = frame_read(ssl, f)) == HEARD_FRAME) {
        reverse(f);
        if (!frame_write(ssl, f))
            return false;
        if (f->length == 0)
            return true;
    }
    if (heard != HEARD_END)
        fprintf(stderr, "tlsd: a client was cut off\n");
    return heard == HEARD_END;
}

/* The client reads the end only when it has read our last answer. Closing while something of it is still
 * unread here would reset the connection, and could destroy that answer on its way. */
static void leave(SSL *ssl, int fd)
{
    char rest[4096];

    SSL_shutdown(ssl); /* sends our close_notify, and does not wait for theirs */
    shutdown(fd, SHUT_WR);
    while (recv(fd, rest, sizeof(rest), 0) > 0)
        ;
}

static void *serve(void *argument)
{
    SSL *ssl = argument;
    int fd = SSL_get_fd(ssl);
    struct frame *f = malloc(sizeof(*f));

    /* A client that speaks no TLS, or does not like our certificate, fails here: its connection is closed. */
    if (f && SSL_accept(ssl) == 1 && answer_all(ssl, f))
        leave(ssl, fd);
    free(f);
    SSL_free(ssl); /* does not close the descriptor */
    close(fd);
    return NULL;
}

/* ---- all clients --------------------------------------------------------------------------------------- */

/* Gives a client a thread. Where that cannot be, only this client is lost. */
static void welcome(SSL_CTX *ctx, int fd)
{
    SSL *ssl = SSL_new(ctx);
    pthread_t thread;

    if (ssl && SSL_set_fd(ssl, fd) == 1 && pthread_create(&thread, NULL, serve, ssl) == 0) {
        pthread_detach(thread);
        return;
    }
    SSL_free(ssl);
    close(fd);
}

int main(int argc, char **argv)
{
    if (argc != 4)
        return usage();
    unsigned short port = read_port(argv[1]);
    if (port == 0)
        return usage();

    /* OpenSSL writes with write(), which raises SIGPIPE when the client has gone, and that would end all of
     * us. */
    signal(SIGPIPE, SIG_IGN);

    SSL_CTX *ctx = identity(argv[2], argv[3]);
    if (!ctx) {
        fprintf(stderr, "tlsd: cannot use %s with %s:\n", argv[2], argv[3]);
        ERR_print_errors_fp(stderr);
        return EXIT_SECURITY;
    }
    int listener = listen_on(port);
    if (listener < 0) {
        fprintf(stderr, "tlsd: cannot listen on port %hu: %s\n", port, strerror(errno));
        return EXIT_NETWORK;
    }
    for (;;) {
        int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (fd >= 0)
            welcome(ctx, fd);
        else if (errno == EMFILE || errno == ENFILE)
            sleep(1); /* no descriptor is left: a client has to go first */
    }
}
