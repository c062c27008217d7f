/*
 * terminal.h - pseudo-terminals for a program's stdout and stdin, as plain as they can be: nothing is echoed,
 * nothing is rewritten, no byte is a signal.
 *
 * Source: pty(7), termios(3). Bytes reach the other end by a worker of the kernel's, of which neither epoll
 * nor a sleeping reader tells; poll() of the far end waits for it (n_tty_poll, drivers/tty/n_tty.c).
 */
#pragma once

enum terminal_use {
    TERMINAL_OUTPUT, /* raw */
    TERMINAL_INPUT,  /* line by line, so that it can end: TERMINAL_END at the beginning of a line */
};

#define TERMINAL_END 4 /* VEOF; in mid-line it only hands over what was typed so far */

/* Both ends are the caller's; *ours does not block. 0 or -errno. */
int terminal_open(enum terminal_use use, int *ours, int *theirs);
