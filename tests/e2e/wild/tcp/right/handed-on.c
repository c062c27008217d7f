/* One process accepts, and hands the connections to workers through Unix sockets; they answer through a writer thread. */
#include "reverse.h"
#include <pthread.h>

#define WORKERS 3

struct job {
    struct client *client;
    struct job *next;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wanted = PTHREAD_COND_INITIALIZER;
static struct job *jobs;

static void *thread(void *arg)
{
    (void)arg;
    for (;;) {
        struct job *j;

        pthread_mutex_lock(&lock);
        while (!jobs)
            pthread_cond_wait(&wanted, &lock);
        j = jobs;
        jobs = j->next;
        pthread_mutex_unlock(&lock);
        client_serve(j->client->fd);
        free(j->client);
        free(j);
    }
    return NULL;
}

static void work(int from)
{
    pthread_t t;

    for (int i = 0; i < 4; i++)
        pthread_create(&t, NULL, thread, NULL);
    for (;;) {
        char byte, space[CMSG_SPACE(sizeof(int))];
        struct iovec v = {&byte, 1};
        struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = space, .msg_controllen = sizeof space};
        struct job *j = calloc(1, sizeof *j);

        if (!j || recvmsg(from, &m, 0) <= 0)
            _exit(0);
        j->client = client_new(*(int *)CMSG_DATA(CMSG_FIRSTHDR(&m)));
        pthread_mutex_lock(&lock);
        j->next = jobs;
        jobs = j;
        pthread_cond_signal(&wanted);
        pthread_mutex_unlock(&lock);
    }
}

static void hand_on(int to, int fd)
{
    union {
        char space[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } u = {0};
    struct iovec v = {"x", 1};
    struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = u.space, .msg_controllen = sizeof u.space};
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);

    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof(int));
    *(int *)CMSG_DATA(c) = fd;
    sendmsg(to, &m, 0);
    close(fd);
}

int main(int argc, char **argv)
{
    int server = listen_on(argc > 1 ? argv[1] : "0"), pairs[WORKERS][2];

    for (int i = 0; i < WORKERS; i++) {
        socketpair(AF_UNIX, SOCK_STREAM, 0, pairs[i]);
        if (fork() == 0) {
            close(server);
            close(pairs[i][0]);
            work(pairs[i][1]);
        }
        close(pairs[i][1]);
    }
    for (int i = 0;; i = (i + 1) % WORKERS) {
        int fd = accept(server, NULL, NULL);
        if (fd >= 0)
            hand_on(pairs[i][0], fd);
    }
}
