/*
 * tlsd PORT CERT KEY, one thread for each client.
 * The mistake: has no more than ten threads, and turns everybody else away.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_PAYLOAD 65535
#define MAX_CLIENTS 10

static SSL_CTX *ctx;
static int n_clients;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static int count(int change)
{
    int n;

    pthread_mutex_lock(&lock);
    n = n_clients += change;
    pthread_mutex_unlock(&lock);
    return n;
}

/* Reads exactly n bytes; -1: there are no more, and *clean says whether the client meant that. */
static int read_full(SSL *ssl, unsigned char *p, int n, int *clean)
{
    int got;

    while (n > 0) {
        got = SSL_read(ssl, p, n);
        if (got <= 0) {
            *clean = SSL_get_error(ssl, got) == SSL_ERROR_ZERO_RETURN;
            return -1;
        }
        p += got;
        n -= got;
    }
    return 0;
}

static void talk(SSL *ssl)
{
    unsigned char *in = malloc(2 + MAX_PAYLOAD), *out = malloc(2 + MAX_PAYLOAD);
    int length = -1, clean = 1, i;

    while (length != 0) {
        if (read_full(ssl, in, 2, &clean) < 0)
            break;
        length = in[0] << 8 | in[1];
        if (read_full(ssl, in + 2, length, &clean) < 0)
            break;
        out[0] = in[0];
        out[1] = in[1];
        for (i = 0; i < length; i++)
            out[2 + i] = in[2 + length - 1 - i];
        if (SSL_write(ssl, out, 2 + length) <= 0) {
            clean = 0;
            break;
        }
    }
    if (clean)
        SSL_shutdown(ssl);
    free(in);
    free(out);
}

static void *serve(void *arg)
{
    SSL *ssl = arg;
    int fd = SSL_get_fd(ssl);

    if (SSL_accept(ssl) == 1)
        talk(ssl);
    SSL_free(ssl);
    close(fd);
    count(-1);
    return NULL;
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
    if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 50) < 0) {
        perror("tlsd");
        exit(2);
    }
    return fd;
}

int main(int argc, char **argv)
{
    int listener, client;
    pthread_t thread;
    SSL *ssl;

    if (argc != 4) {
        fprintf(stderr, "usage: tlsd PORT CERT KEY\n");
        return 1;
    }
    signal(SIGPIPE, SIG_IGN);
    ctx = SSL_CTX_new(TLS_server_method());
    if (SSL_CTX_use_certificate_chain_file(ctx, argv[2]) != 1 ||
        SSL_CTX_use_PrivateKey_file(ctx, argv[3], SSL_FILETYPE_PEM) != 1) {
        ERR_print_errors_fp(stderr);
        return 4;
    }
    listener = listen_on(atoi(argv[1]));
    for (;;) {
        client = accept(listener, NULL, NULL);
        if (client < 0)
            continue;
        if (count(1) > MAX_CLIENTS) {
            count(-1);
            close(client);
            continue;
        }
        ssl = SSL_new(ctx);
        SSL_set_fd(ssl, client);
        pthread_create(&thread, NULL, serve, ssl);
        pthread_detach(thread);
    }
}
