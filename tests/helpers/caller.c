/* caller.c - makes socket calls for whoever traces them: caller ACT. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static int listener(struct sockaddr_in *at)
{
    socklen_t len = sizeof *at;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    *at = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (fd < 0 || bind(fd, (struct sockaddr *)at, sizeof *at) < 0 || listen(fd, 7) < 0 ||
        getsockname(fd, (struct sockaddr *)at, &len) < 0)
        exit(2);
    return fd;
}

static int connected(const struct sockaddr_in *to)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    if (fd < 0 || connect(fd, (const struct sockaddr *)to, sizeof *to) < 0)
        exit(2);
    return fd;
}

/* A conversation with itself: five bytes one way, in two reads, three in two parts the other. */
static int talk(void)
{
    struct sockaddr_in at;
    int l = listener(&at), c = connected(&at), s = accept(l, NULL, NULL);
    struct iovec parts[] = {{(char *)"a", 1}, {(char *)"bc", 2}};
    char room[16];

    if (send(c, "hello", 5, 0) != 5 || recv(s, room, 3, 0) != 3 || read(s, room, sizeof room) != 2)
        return 3;
    if (writev(s, parts, 2) != 3 || recv(c, room, sizeof room, 0) != 3)
        return 3;
    close(c);
    if (recv(s, room, sizeof room, 0) != 0)
        return 3;
    close(s);
    return 0;
}

/* What is closed is used once more. */
static int misuse(void)
{
    char byte;
    int r = talk(), fd = dup(0);

    close(fd);
    return recv(fd, &byte, 1, 0) < 0 && errno == EBADF ? r : 3;
}

/* Sends what one send does not take with the next; datagrams are whole. */
static int pieces(void)
{
    struct sockaddr_in at;
    int l = listener(&at), c = connected(&at), pair[2];
    size_t done = 0;
    ssize_t n;

    (void)l;
    while (done < 5 && (n = send(c, "hello" + done, 5 - done, 0)) > 0)
        done += (size_t)n;
    if (done != 5 || socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) < 0 || write(pair[0], "ab", 2) != 2)
        return 3;
    return 0;
}

/* The same in parts, as a message, and from a file: each of three bytes, of which the last part may be empty.
 */
static int pieces_in_parts(void)
{
    struct sockaddr_in at;
    int l = listener(&at), c = connected(&at), file;
    struct iovec parts[] = {{(char *)"a", 1}, {(char *)"bc", 2}, {(char *)"", 0}};
    struct msghdr m = {.msg_iov = parts, .msg_iovlen = 2};
    char path[] = "/tmp/caller-XXXXXX";

    (void)l;
    if (writev(c, parts, 3) != 2 || sendmsg(c, &m, 0) != 2 || parts[1].iov_len != 2)
        return 3;
    file = mkstemp(path);
    if (file < 0 || unlink(path) < 0 || write(file, "abc", 3) != 3)
        return 3;
    return sendfile(c, file, &(off_t){0}, 3) == 2 ? 0 : 3;
}

/* A child talks, and dies by SIGSEGV; the parent goes on. */
static int breed(void)
{
    pid_t pid = fork();
    int status;

    if (pid == 0) {
        talk();
        signal(SIGSEGV, SIG_DFL); /* a sanitizer has a handler of its own */
        raise(SIGSEGV);
    }
    waitpid(pid, &status, 0);
    close(socket(AF_INET, SOCK_DGRAM, 0));
    return WIFSIGNALED(status) ? 0 : 3;
}

static void *talk_apart(void *arg)
{
    (void)arg;
    return (void *)(long)talk();
}

static int threads(void)
{
    pthread_t many[4];
    void *r, *bad = NULL;

    for (int i = 0; i < 4; i++)
        pthread_create(&many[i], NULL, talk_apart, NULL);
    for (int i = 0; i < 4; i++) {
        pthread_join(many[i], &r);
        bad = r ? r : bad;
    }
    return bad ? 3 : 0;
}

static char *self;

/* Not from the first thread: the others are gone then, the first too. */
static void *execute(void *arg)
{
    (void)arg;
    execl(self, self, "talk", (char *)NULL);
    return NULL;
}

static int exec_in_thread(void)
{
    pthread_t t;

    pthread_create(&t, NULL, execute, NULL);
    pthread_join(t, NULL);
    return 3;
}

static void on_alarm(int sig)
{
    (void)sig;
}

/* Signals for the parent until it is gone, or has had enough of them. */
static int disturb(pid_t parent, int times)
{
    for (int i = 0; i < times && getppid() == parent; i++) {
        kill(parent, SIGUSR1);
        usleep(1000); /* lint: allow sleep: only the pace of the signals */
    }
    return 0;
}

/* A receive that is interrupted: by a handler that lets it go on, or not. */
static int interrupted(int flags)
{
    struct sigaction sa = {.sa_handler = on_alarm, .sa_flags = flags};
    pid_t parent = getpid();
    int pair[2];
    char byte;

    sigaction(SIGUSR1, &sa, NULL);
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
        return 3;
    if (fork() == 0) {
        disturb(parent, flags ? 20 : 20000);
        return write(pair[1], "x", 1) == 1 ? 0 : 3;
    }
    if (recv(pair[0], &byte, 1, 0) == 1)
        return 0;
    return errno == EINTR ? 4 : 3;
}

static int written_to;
static volatile sig_atomic_t told;

static void on_value(int sig, siginfo_t *info, void *context)
{
    (void)sig;
    (void)context;
    told = info->si_value.sival_int;
    if (write(written_to, "y", 1) != 1)
        told = -1;
}

static void handle_value(int flags)
{
    struct sigaction sa = {.sa_sigaction = on_value, .sa_flags = SA_SIGINFO | flags};

    sigaction(SIGUSR1, &sa, NULL);
}

/* A signal whose handler makes the byte that is waited for next: it comes before the wait, or within. */
static int early_signal(int flags)
{
    int pair[2];
    char byte = 0;
    ssize_t n;

    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
        return 3;
    written_to = pair[1];
    handle_value(flags);
    sigqueue(getpid(), SIGUSR1, (union sigval){.sival_int = 42});
    n = recv(pair[0], &byte, 1, 0);
    if (told != 42)
        return 3;
    return n == 1 && byte == 'y' ? 0 : errno == EINTR ? 4 : 3;
}

/* A program that sleeps until the signal, as it should be done; and one that does not wait in any call. */
static int awaited_signal(void)
{
    sigset_t one, none;
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
        return 3;
    written_to = pair[1];
    sigemptyset(&none);
    sigemptyset(&one);
    sigaddset(&one, SIGUSR1);
    sigprocmask(SIG_BLOCK, &one, NULL);
    handle_value(0);
    sigqueue(getpid(), SIGUSR1, (union sigval){.sival_int = 43});
    while (!told)
        sigsuspend(&none);
    return told == 43 ? 0 : 3;
}

/* Signals that come while it breeds: each child would be born again and again. */
static int breed_disturbed(void)
{
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
        return 3;
    written_to = pair[1];
    handle_value(SA_RESTART);
    for (int i = 0; i < 20; i++) {
        pid_t pid;

        sigqueue(getpid(), SIGUSR1, (union sigval){.sival_int = i + 1});
        pid = fork();
        if (pid == 0)
            _exit(0);
        waitpid(pid, NULL, 0);
    }
    return told > 0 ? 0 : 3;
}

/* Waits for input without end. */
static int rest(void)
{
    struct sockaddr_in at;
    struct pollfd p = {.fd = listener(&at), .events = POLLIN};

    poll(&p, 1, -1);
    return 0;
}

static int receive(void)
{
    struct sockaddr_in at;
    int l = listener(&at), c = connected(&at);
    char byte;

    (void)l;
    return recv(c, &byte, 1, 0) == 1 ? 0 : 3;
}

/* Calls beyond counting; somewhere among them a signal, if at all. */
static int spam(int signal_at)
{
    int pair[2];
    char byte;

    signal(SIGUSR1, SIG_IGN);
    if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) < 0)
        return 3;
    for (int i = 0; i < 5000; i++) {
        if (i == signal_at)
            raise(SIGUSR1);
        if (send(pair[0], "x", 1, 0) != 1 || recv(pair[1], &byte, 1, 0) != 1)
            return 3;
    }
    return 0;
}

/* What a program that does not like to be looked at does. */
static int shy(void)
{
    pid_t pid;
    int status;

    if (ptrace(PTRACE_TRACEME, 0, 0, 0) == 0)
        return 3;
    pid = fork();
    if (pid == 0) {
        pause();
        _exit(0);
    }
    ptrace(PTRACE_ATTACH, pid, 0, 0);
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    return talk();
}

static int bomb(void)
{
    for (int i = 0; i < 200; i++) {
        pid_t pid = fork();

        if (pid == 0) {
            close(socket(AF_INET, SOCK_DGRAM, 0));
            _exit(0);
        }
        if (pid > 0 && i % 2)
            waitpid(pid, NULL, 0);
    }
    while (wait(NULL) > 0)
        ;
    return 0;
}

int main(int argc, char **argv)
{
    const char *act = argc > 1 ? argv[1] : "";

    self = argv[0];
    if (strcmp(act, "talk") == 0)
        return misuse();
    if (strcmp(act, "pieces") == 0)
        return pieces();
    if (strcmp(act, "parts") == 0)
        return pieces_in_parts();
    if (strcmp(act, "early") == 0)
        return early_signal(0);
    if (strcmp(act, "early-restart") == 0)
        return early_signal(SA_RESTART);
    if (strcmp(act, "awaited") == 0)
        return awaited_signal();
    if (strcmp(act, "breed-disturbed") == 0)
        return breed_disturbed();
    if (strcmp(act, "breed") == 0)
        return breed();
    if (strcmp(act, "threads") == 0)
        return threads();
    if (strcmp(act, "exec") == 0)
        return exec_in_thread();
    if (strcmp(act, "restart") == 0)
        return interrupted(SA_RESTART);
    if (strcmp(act, "eintr") == 0)
        return interrupted(0);
    if (strcmp(act, "rest") == 0)
        return rest();
    if (strcmp(act, "receive") == 0)
        return receive();
    if (strcmp(act, "spam") == 0)
        return spam(-1);
    if (strcmp(act, "drown") == 0)
        return spam(1000);
    if (strcmp(act, "shy") == 0)
        return shy();
    if (strcmp(act, "bomb") == 0)
        return bomb();
    return 1;
}
