/*
 * dockerish [-s] COMMAND [ARGUMENT...]: runs a command as root in a container of Docker's would: with its
 * default capabilities, and without namespaces, mounts and clone3.
 *
 * -s: also without filters of its own (seccomp(2)), as older containers' managers have it.
 *
 * That is what Docker's default seccomp profile and capability set leave of root (moby, profiles/seccomp and
 * oci/caps). A filter of our own does it, so that no Docker is needed.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef __aarch64__
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#define ARCHITECTURE AUDIT_ARCH_X86_64
#endif

#define NEW_NAMESPACES                                                                                       \
    (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |            \
     CLONE_NEWNET)

#define REFUSE(name, error)                                                                                  \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##name, 0, 1),                                                   \
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (error))

#define NO_CALL 0xffffffffu /* what is refused instead of seccomp(2) without -s */
#define REFUSES_SECCOMP 4   /* where that stands */

static struct sock_filter filter[] = {
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
    REFUSE(seccomp, EPERM),
    /* clone3 keeps its flags in memory, where no filter sees them: it "does not exist", and libc falls back.
     */
    REFUSE(clone3, ENOSYS),
    REFUSE(unshare, EPERM),
    REFUSE(setns, EPERM),
    REFUSE(mount, EPERM),
    REFUSE(umount2, EPERM),
    REFUSE(pivot_root, EPERM),
    REFUSE(open_tree, EPERM),
    REFUSE(move_mount, EPERM),
    REFUSE(fsopen, EPERM),
    REFUSE(fsmount, EPERM),
    REFUSE(mount_setattr, EPERM),
    REFUSE(pidfd_getfd, EPERM),
    REFUSE(bpf, EPERM),
    REFUSE(perf_event_open, EPERM),
    REFUSE(keyctl, EPERM),
    REFUSE(io_uring_setup, EPERM),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 1, 0),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
    BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, NEW_NAMESPACES, 0, 1),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
};

static const int kept[] = {CAP_CHOWN,   CAP_DAC_OVERRIDE,     CAP_FSETID,     CAP_FOWNER,     CAP_MKNOD,
                           CAP_NET_RAW, CAP_SETGID,           CAP_SETUID,     CAP_SETFCAP,    CAP_SETPCAP,
                           CAP_KILL,    CAP_NET_BIND_SERVICE, CAP_SYS_CHROOT, CAP_AUDIT_WRITE};

static int fail(const char *what)
{
    perror(what);
    return 126;
}

static int drop_capabilities(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {{0}};

    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        data[kept[i] / 32].permitted |= UINT32_C(1) << kept[i] % 32;
    for (int cap = 0; cap <= CAP_LAST_CAP; cap++)
        if (!(data[cap / 32].permitted >> cap % 32 & 1) && prctl(PR_CAPBSET_DROP, cap) < 0 && errno != EINVAL)
            return -1;
    for (int i = 0; i < 2; i++)
        data[i].effective = data[i].permitted;
    return (int)syscall(SYS_capset, &header, data);
}

int main(int argc, char **argv)
{
    struct sock_fprog program = {sizeof filter / sizeof *filter, filter};

    if (argc > 1 && strcmp(argv[1], "-s") == 0) {
        argc--;
        argv++;
    } else {
        filter[REFUSES_SECCOMP].k = NO_CALL;
    }
    if (argc < 2) {
        fprintf(stderr, "usage: dockerish [-s] COMMAND [ARGUMENT...]\n");
        return 126;
    }
    /* The filter first: without CAP_SYS_ADMIN it would need no_new_privs, which Docker does not set. */
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
        return fail("seccomp");
    if (drop_capabilities() < 0)
        return fail("capabilities");
    execvp(argv[1], argv + 1);
    return fail(argv[1]);
}
