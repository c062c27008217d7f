/*
 * tlsc HOST PORT CA
 * The mistake: leaves when the last answer is there, and does not look whether the server's end comes
 * behind it.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static unsigned char message[2 + 65535];

static void die(int status, const char *what)
{
    fprintf(stderr, "tlsc: %s\n", what);
    ERR_print_errors_fp(stderr);
    exit(status);
}

static int dial(const char *host, const char *port)
{
    struct addrinfo hints, *list, *a;
    int fd = -1;

    memset(&hints, 0, sizeof hints);
    hints.ai_socktype = SOCK_STREAM;
    if (getaddrinfo(host, port, &hints, &list) != 0)
        die(2, "unknown host");
    for (a = list; a; a = a->ai_next) {
        fd = socket(a->ai_family, a->ai_socktype, a->ai_protocol);
        if (fd >= 0 && connect(fd, a->ai_addr, a->ai_addrlen) == 0)
            break;
        close(fd);
        fd = -1;
    }
    freeaddrinfo(list);
    if (fd < 0)
        die(2, "cannot connect");
    return fd;
}

/* How did the stream end? */
static void broken(SSL *ssl, int result)
{
    switch (SSL_get_error(ssl, result)) {
    case SSL_ERROR_ZERO_RETURN: die(3, "the server left");
    case SSL_ERROR_SYSCALL: die(errno ? 2 : 4, "the connection broke");
    default: die(4, "the connection was cut");
    }
}

static void read_full(SSL *ssl, unsigned char *p, int n)
{
    int got;

    while (n > 0) {
        errno = 0;
        got = SSL_read(ssl, p, n);
        if (got <= 0)
            broken(ssl, got);
        p += got;
        n -= got;
    }
}

/* The answer takes the place of the question. */
static int ask(SSL *ssl, int length)
{
    message[0] = length >> 8;
    message[1] = length & 255;
    if (SSL_write(ssl, message, 2 + length) <= 0)
        die(2, "cannot send");
    read_full(ssl, message, 2);
    length = message[0] << 8 | message[1];
    read_full(ssl, message + 2, length);
    return length;
}

static void converse(SSL *ssl)
{
    char *line = NULL;
    size_t size = 0;
    ssize_t n;
    int got;

    while ((n = getline(&line, &size, stdin)) > 0) {
        if (line[n - 1] == '\n')
            n--;
        if (n == 0)
            break;
        memcpy(message + 2, line, n);
        got = ask(ssl, n);
        fwrite(message + 2, 1, got, stdout);
        putchar('\n');
        fflush(stdout);
    }
    ask(ssl, 0);
    SSL_shutdown(ssl);
}

int main(int argc, char **argv)
{
    SSL_CTX *ctx;
    SSL *ssl;

    if (argc != 4)
        die(1, "usage: tlsc HOST PORT CA");
    signal(SIGPIPE, SIG_IGN);
    ctx = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    if (SSL_CTX_load_verify_locations(ctx, argv[3], NULL) != 1)
        die(4, argv[3]);
    ssl = SSL_new(ctx);
    SSL_set1_host(ssl, argv[1]);
    SSL_set_fd(ssl, dial(argv[1], argv[2]));
    if (SSL_connect(ssl) != 1)
        die(4, "no handshake");
    converse(ssl);
    return 0;
}
