/*
 * path.h - the address of a socket that is a file.
 */
#ifndef PATH_H
#define PATH_H

#include <stdbool.h>
#include <sys/un.h>

/*
 * Fills the address. Returns false for a path that does not fit. To cut it off would be worse than to refuse
 * it: the server would then be at another place than the one it was told, and so would somebody else's.
 */
bool path_address(struct sockaddr_un *address, const char *path);

#endif
