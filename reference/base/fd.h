/* fd.h - descriptors: closed on scope exit, handed over by fd_steal, close-on-exec always. */
#pragma once
#include "base/buf.h"
#include "base/err.h"

void fd_close(int fd);                    /* accepts -1; keeps errno; never retried */
void fd_closep(int *fd);                  /* closes *fd and sets it to -1 */
int fd_steal(int *fd);                    /* returns *fd and sets it to -1 */
int fd_nonblock(int fd);                  /* sets O_NONBLOCK; 0 or -errno */
int fd_pipe(int ends[2]);                 /* CLOEXEC; ends[0] reads; 0 or -errno */
int fd_write_all(int fd, struct bytes b); /* blocking; 0 or -errno */
/* Appends what can be read up to the end. 0, -EFBIG when it is more than max (that much was appended, at
 * least), or -errno. */
int fd_read_all(int fd, size_t max, struct buf *out);
/* Appends the file's content. 0, -EFBIG when it is larger than max, or -errno. */
int fd_read_file(int dirfd, const char *path, size_t max, struct buf *out);
int fd_send(int sock, struct bytes message, const int *fds, size_t n); /* SCM_RIGHTS; 0 or -errno */
/* Reads one message of at most size bytes and up to max descriptors (CLOEXEC, owned by the caller).
 * Returns its length, 0 at the end, -errno; -EMSGSIZE when it is longer, or brought more descriptors than a
 * message of ours can. *n is the number of descriptors that came. */
ptrdiff_t fd_receive(int sock, void *message, size_t size, int *fds, size_t max, size_t *n);

/* Claims a name on this machine (more exactly: in this network namespace) until the descriptor is closed or
 * its process ends: an abstract Unix socket. The descriptor, owned by the caller, -EADDRINUSE while another
 * has it, or -errno. */
int fd_claim(const char *name);

#define _cleanup_fd_ __attribute__((cleanup(fd_closep)))
