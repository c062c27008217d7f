/*
 * tlsc.c - tlsc HOST PORT CA: sends each line of stdin as a frame inside of TLS, and prints the answers.
 *
 * Encryption alone is worth nothing: who does not know whom he is talking to whispers his secrets into any
 * ear. So the client checks two things before it says a word: that an authority which it trusts (the file CA)
 * has vouched for the server's certificate, and that the certificate is one for HOST. OpenSSL checks both in
 * the handshake, but only if it is asked to: by default a client accepts anybody.
 */
#include "frame.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int complain(const char *what, int status)
{
    fprintf(stderr, "tlsc: %s\n", what);
    ERR_print_errors_fp(stderr);
    return status;
}

/* ---- whom we talk to ------------------------------------------------------------------------------------
 */

/* A name may have several addresses, and not all of them need work. Returns a connected socket, or -1. */
static int connect_to(const char *host, const char *port)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found;
    int fd = -1;

    if (getaddrinfo(host, port, &hints, &found) != 0)
        return -1;
    for (struct addrinfo *a = found; a && fd < 0; a = a->ai_next) {
        fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol);
        if (fd >= 0 && connect(fd, a->ai_addr, a->ai_addrlen) < 0) {
            close(fd);
            fd = -1;
        }
    }
    freeaddrinfo(found);
    return fd;
}

static bool is_address(const char *host)
{
    unsigned char any[16];
    return inet_pton(AF_INET, host, any) == 1 || inet_pton(AF_INET6, host, any) == 1;
}

/* The certificate has to be one for HOST. Names and addresses stand in different places of it. */
static bool expect(SSL *ssl, const char *host)
{
    if (is_address(host))
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) == 1;
    /* The name goes into the first message as well: a machine that serves several names has to know which
     * certificate to show ("server name indication"). */
    return SSL_set_tlsext_host_name(ssl, host) == 1 && SSL_set1_host(ssl, host) == 1;
}

/* Trusts the authorities in the file, and nobody else. NULL: it is no such file. */
static SSL_CTX *trusting(const char *authorities)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

    if (!ctx)
        return NULL;
    SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL); /* a bad certificate ends the handshake */
    if (SSL_CTX_load_verify_locations(ctx, authorities, NULL) == 1)
        return ctx;
    SSL_CTX_free(ctx);
    return NULL;
}

/* ---- what we say ----------------------------------------------------------------------------------------
 */

/* What to tell the caller about a server that has not said what it should. */
static int fail(enum heard heard)
{
    switch (heard) {
    case HEARD_FRAME: return complain("the server said more than it should", EXIT_PROTOCOL);
    case HEARD_END: return complain("the server left, and an answer is missing", EXIT_PROTOCOL);
    case HEARD_CUT: return complain("the connection was cut off", EXIT_SECURITY);
    case HEARD_RESET: return complain("the connection broke", EXIT_NETWORK);
    case HEARD_WRONG: return complain("the server's bytes are not genuine", EXIT_SECURITY);
    }
    return EXIT_PROTOCOL;
}

/* Asks, and waits for the answer, which takes the frame's place. */
static enum heard ask(SSL *ssl, struct frame *f)
{
    return frame_write(ssl, f) ? frame_read(ssl, f) : HEARD_RESET;
}

/* Up to the end of stdin or an empty line, whose frame tells the server that we are done. */
static enum heard ask_all(SSL *ssl, struct frame *f)
{
    char *line = NULL;
    size_t size = 0;
    enum heard heard = HEARD_FRAME;

    while (heard == HEARD_FRAME) {
        ssize_t n = getline(&line, &size, stdin);
        if (n > 0 && line[n - 1] == '\n')
            n--;
        f->length = n < 0 ? 0 : n > MAX_PAYLOAD ? MAX_PAYLOAD : (size_t)n;
        memcpy(f->payload, line ? line : "", f->length);
        bool last = f->length == 0;
        heard = ask(ssl, f);
        if (last)
            break;
        if (heard == HEARD_FRAME) {
            fwrite(f->payload, 1, f->length, stdout); /* a zero byte is a byte like any other */
            putchar('\n');
            fflush(stdout); /* somebody may read our output through a pipe */
        }
    }
    free(line);
    return heard;
}

/* After the empty answer the server has to say that this was all. */
static int converse(SSL *ssl)
{
    struct frame *f = malloc(sizeof(*f));
    if (!f)
        return complain("no memory", EXIT_NETWORK);

    enum heard heard = ask_all(ssl, f);
    int status = heard == HEARD_FRAME ? EXIT_OK : fail(heard);
    if (status == EXIT_OK && (heard = frame_read(ssl, f)) != HEARD_END)
        status = fail(heard);
    if (heard == HEARD_END)
        SSL_shutdown(ssl); /* our close_notify: the server may need to know as well */
    free(f);
    return status;
}

static int visit(SSL_CTX *ctx, int fd, const char *host)
{
    SSL *ssl = SSL_new(ctx);
    int status;

    if (!ssl || !expect(ssl, host) || SSL_set_fd(ssl, fd) != 1)
        status = complain("cannot prepare the connection", EXIT_SECURITY);
    else if (SSL_connect(ssl) != 1)
        status = complain(X509_verify_cert_error_string(SSL_get_verify_result(ssl)), EXIT_SECURITY);
    else
        status = converse(ssl);
    SSL_free(ssl);
    return status;
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: tlsc HOST PORT CA\n");
        return EXIT_USAGE;
    }
    signal(SIGPIPE, SIG_IGN); /* OpenSSL writes with write(), to a server that may have gone */

    SSL_CTX *ctx = trusting(argv[3]);
    if (!ctx)
        return complain("cannot read the authorities", EXIT_SECURITY);
    int fd = connect_to(argv[1], argv[2]);
    if (fd < 0) {
        SSL_CTX_free(ctx);
        return complain("cannot connect", EXIT_NETWORK);
    }
    int status = visit(ctx, fd, argv[1]);
    close(fd);
    SSL_CTX_free(ctx);
    return status;
}
