#include "launch/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static int set_mode(enum terminal_use use, int fd)
{
    struct termios mode;

    if (tcgetattr(fd, &mode) < 0)
        return -errno;
    cfmakeraw(&mode);
    if (use == TERMINAL_INPUT) {
        mode.c_lflag |= ICANON;
        mode.c_cc[VEOF] = TERMINAL_END;
        mode.c_cc[VERASE] = mode.c_cc[VKILL] = mode.c_cc[VEOL] = mode.c_cc[VEOL2] = _POSIX_VDISABLE;
        mode.c_cc[VWERASE] = mode.c_cc[VLNEXT] = mode.c_cc[VREPRINT] = _POSIX_VDISABLE;
    }
    return tcsetattr(fd, TCSANOW, &mode) < 0 ? -errno : 0;
}

int terminal_open(enum terminal_use use, int *ours, int *theirs)
{
    int number, unlock = 0;
    char path[32];

    *ours = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if (*ours < 0 || ioctl(*ours, TIOCSPTLCK, &unlock) < 0 || ioctl(*ours, TIOCGPTN, &number) < 0)
        return -errno;
    snprintf(path, sizeof path, "/dev/pts/%d", number);
    *theirs = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
    return *theirs < 0 ? -errno : set_mode(use, *theirs);
}
