/*
 * holder MODE - a reader whose reads can be held in mid-copy, and that reports each of them. Descriptor 0 is
 * a TCP socket, 1 one end of a pair of Unix sockets.
 *
 * hold: the first read goes to memory that is not there yet. Its fault is reported by a byte 'F', and mended
 * when a byte comes back; meanwhile the read owns the socket. Then, as with "report", every read's size is
 * reported as a 32-bit number. 'U' instead of 'F': this kernel does not let us hold faults.
 */
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SIZE 4096

static void put(const void *data, size_t len)
{
    if (send(1, data, len, MSG_NOSIGNAL) != (ssize_t)len)
        _exit(1);
}

/* Memory whose first touch blocks until mend_fault; NULL where that is not allowed. */
static void *make_hole(int *faults)
{
    struct uffdio_api api = {.api = UFFD_API};
    struct uffdio_register range = {.mode = UFFDIO_REGISTER_MODE_MISSING};
    void *hole = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    *faults = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
    range.range.start = (uintptr_t)hole;
    range.range.len = SIZE;
    if (hole == MAP_FAILED || *faults < 0 || ioctl(*faults, UFFDIO_API, &api) < 0 ||
        ioctl(*faults, UFFDIO_REGISTER, &range) < 0)
        return NULL;
    return hole;
}

static void *mend_fault(void *arg)
{
    int faults = *(int *)arg;
    struct uffd_msg message;
    struct uffdio_zeropage mend = {0};
    char go;

    if (read(faults, &message, sizeof message) != sizeof message)
        _exit(1);
    put("F", 1);
    if (recv(1, &go, 1, 0) != 1)
        _exit(1);
    mend.range.start = message.arg.pagefault.address & ~(uint64_t)(SIZE - 1);
    mend.range.len = SIZE;
    ioctl(faults, UFFDIO_ZEROPAGE, &mend);
    return NULL;
}

int main(int argc, char **argv)
{
    static char room[SIZE];
    char *to = room;
    pthread_t thread;
    int faults;
    int32_t n;

    if (argc > 1 && !strcmp(argv[1], "hold")) {
        to = make_hole(&faults);
        if (!to) {
            put("U", 1);
            return 0;
        }
        pthread_create(&thread, NULL, mend_fault, &faults);
    }
    while ((n = (int32_t)recv(0, to, SIZE, 0)) > 0)
        put(&n, sizeof n);
    return 0;
}
