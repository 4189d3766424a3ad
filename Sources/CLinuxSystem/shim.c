#define _GNU_SOURCE
#include "CLinuxSystem.h"

#include <sched.h>
#include <string.h>

// A filter instruction has eight bytes, both in libpcap's bpf_insn and in the kernel's sock_filter.
_Static_assert(sizeof(struct sock_filter) == 8, "sock_filter");

_Static_assert(CLinuxSystem_RWF_DSYNC == RWF_DSYNC, "RWF_DSYNC");
_Static_assert(CLinuxSystem_CLOCK_REALTIME == CLOCK_REALTIME, "CLOCK_REALTIME");
_Static_assert(CLinuxSystem_CLOCK_MONOTONIC == CLOCK_MONOTONIC, "CLOCK_MONOTONIC");
_Static_assert(CLinuxSystem_CLOCK_BOOTTIME == CLOCK_BOOTTIME, "CLOCK_BOOTTIME");
_Static_assert(CLinuxSystem_CLONE_NEWNS == CLONE_NEWNS, "CLONE_NEWNS");
_Static_assert(CLinuxSystem_CLONE_NEWUSER == CLONE_NEWUSER, "CLONE_NEWUSER");
_Static_assert(CLinuxSystem_CLONE_NEWNET == CLONE_NEWNET, "CLONE_NEWNET");

int CLinuxSystem_pthread_setname_np(pthread_t thread, const char *name) {
    return pthread_setname_np(thread, name);
}

ssize_t CLinuxSystem_pwritev2(int descriptor, const struct iovec *pieces, int count, off_t offset, int flags) {
    return pwritev2(descriptor, pieces, count, offset, flags);
}

const char *CLinuxSystem_strerrordesc_np(int number) { return strerrordesc_np(number); }
const char *CLinuxSystem_strerrorname_np(int number) { return strerrorname_np(number); }

int CLinuxSystem_unshare(int namespaces) { return unshare(namespaces); }
int CLinuxSystem_setns(int descriptor, int namespaces) { return setns(descriptor, namespaces); }
