/*
 * tlsd PORT CERT KEY, a thread for each client.
 * The mistake: CERT and KEY are only looked at. The server makes a certificate of its own, as its author had to do while
 * there was none to try it with.
 */
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static SSL_CTX *context;

static int take(SSL *tls, unsigned char *p, int n)
{
    for (int got; n > 0; p += got, n -= got)
        if ((got = SSL_read(tls, p, n)) <= 0)
            return 0;
    return 1;
}

static void reverse(unsigned char *p, int n)
{
    for (int i = 0; i < n / 2; i++) {
        unsigned char c = p[i];
        p[i] = p[n - 1 - i];
        p[n - 1 - i] = c;
    }
}

static void *serve(void *arg)
{
    unsigned char frame[2 + 65535];
    SSL *tls = SSL_new(context);
    int fd = (int)(long)arg, n = -1;

    SSL_set_fd(tls, fd);
    if (SSL_accept(tls) == 1) {
        while (n != 0 && take(tls, frame, 2) && take(tls, frame + 2, n = frame[0] << 8 | frame[1])) {
            reverse(frame + 2, n);
            SSL_write(tls, frame, 2 + n);
        }
        SSL_shutdown(tls);
    }
    SSL_free(tls);
    close(fd);
    return NULL;
}

/* A certificate for localhost, by nobody but itself. */
static void use_own_certificate(void)
{
    EVP_PKEY *key = EVP_RSA_gen(2048);
    X509 *cert = X509_new();
    X509_NAME *name = X509_get_subject_name(cert);

    X509_set_version(cert, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
    X509_gmtime_adj(X509_getm_notBefore(cert), 0);
    X509_gmtime_adj(X509_getm_notAfter(cert), 365 * 24 * 3600);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"localhost", -1, -1, 0);
    X509_set_issuer_name(cert, name);
    X509_set_pubkey(cert, key);
    X509_sign(cert, key, EVP_sha256());
    SSL_CTX_use_certificate(context, cert);
    SSL_CTX_use_PrivateKey(context, key);
}

static int listen_on(int port)
{
    struct sockaddr_in me = {.sin_family = AF_INET, .sin_port = htons(port)};
    int one = 1, fd = socket(AF_INET, SOCK_STREAM, 0);

    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, (struct sockaddr *)&me, sizeof me) || listen(fd, 100)) {
        perror("tlsd");
        exit(2);
    }
    return fd;
}

int main(int argc, char **argv)
{
    pthread_t thread;
    int door;

    if (argc != 4) {
        fprintf(stderr, "usage: tlsd PORT CERT KEY\n");
        return 1;
    }
    if (access(argv[2], R_OK) || access(argv[3], R_OK)) {
        perror("tlsd");
        return 4;
    }
    signal(SIGPIPE, SIG_IGN);
    context = SSL_CTX_new(TLS_server_method());
    use_own_certificate();
    door = listen_on(atoi(argv[1]));
    for (;;) {
        int fd = accept(door, NULL, NULL);

        if (fd < 0 || pthread_create(&thread, NULL, serve, (void *)(long)fd) != 0)
            continue;
        pthread_detach(thread);
    }
}
