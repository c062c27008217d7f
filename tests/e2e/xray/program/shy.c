/* shy.c - tries to trace itself and its child, and executes what would get it other rights. */
#include "echo.h"

#include <sys/ptrace.h>
#include <sys/wait.h>

int main(int argc, char **argv)
{
    int l;
    pid_t pid;

    ptrace(PTRACE_TRACEME, 0, 0, 0);
    pid = fork();
    if (pid == 0) {
        execl("/bin/mount", "mount", (char *)NULL);
        _exit(1);
    }
    ptrace(PTRACE_ATTACH, pid, 0, 0);
    waitpid(pid, NULL, 0);
    l = listen_on(argc > 1 ? argv[1] : "");
    for (;;)
        echo(accept(l, NULL, NULL));
}
