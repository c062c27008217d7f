/* path.c - the address of a socket that is a file. */
#include "path.h"

#include <string.h>
#include <sys/socket.h>

bool path_address(struct sockaddr_un *address, const char *path)
{
    size_t n = strlen(path);
    /* sun_path has 108 bytes, and the zero byte at the end is one of them. An empty path has no file. */
    if (n == 0 || n >= sizeof(address->sun_path))
        return false;
    memset(address, 0, sizeof(*address));
    address->sun_family = AF_UNIX;
    memcpy(address->sun_path, path, n + 1);
    return true;
}
