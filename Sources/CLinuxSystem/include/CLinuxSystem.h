// C declarations of the kernel and glibc that Swift's Glibc module lacks. There is no logic except the reading of a
// clock.
//
// The headers below provide the kernel's own names. Names that start with CLinuxSystem_ exist because glibc declares
// the originals only for _GNU_SOURCE, which is not set when the importer reads its headers. shim.c asserts that the
// numbers are those of glibc.
#ifndef CLINUXSYSTEM_H
#define CLINUXSYSTEM_H

#include <linux/filter.h>  // struct sock_filter, sock_fprog, BPF_*, SKF_*
#include <malloc.h>        // mallopt, M_ARENA_MAX, M_MMAP_THRESHOLD
#include <pthread.h>
#include <stdint.h>
#include <sys/eventfd.h>   // eventfd, EFD_*
#include <sys/file.h>      // flock
#include <sys/uio.h>       // struct iovec
#include <time.h>

// pthread_setname_np(3): name has at most 15 bytes.
int CLinuxSystem_pthread_setname_np(pthread_t thread, const char *name);

// RWF_DSYNC of pwritev2(2): the write returns when its data is on the disk.
enum { CLinuxSystem_RWF_DSYNC = 2 };
ssize_t CLinuxSystem_pwritev2(int descriptor, const struct iovec *pieces, int count, off_t offset, int flags);

// The clocks of clock_gettime(2) that are used, and their reader in nanoseconds. The reader is inline, so it is part of
// every module that reads a clock on the packet path. It is not written in Swift: there, which of two modules struct
// timespec belongs to would depend on what the compiler has loaded first.
enum {
    CLinuxSystem_CLOCK_REALTIME = 0,
    CLinuxSystem_CLOCK_MONOTONIC = 1,
    CLinuxSystem_CLOCK_BOOTTIME = 7,
};
static inline uint64_t CLinuxSystem_nanoseconds(int clock) {
    struct timespec time;
    if (clock_gettime(clock, &time) != 0) __builtin_trap();  // These clocks always exist.
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

// strerrordesc_np(3), strerrorname_np(3): the description and the name of an error number. Null for a number that does
// not exist.
const char *CLinuxSystem_strerrordesc_np(int number);
const char *CLinuxSystem_strerrorname_np(int number);

// unshare(2), setns(2): namespaces of the calling thread.
enum {
    CLinuxSystem_CLONE_NEWNS = 0x00020000,
    CLinuxSystem_CLONE_NEWUSER = 0x10000000,
    CLinuxSystem_CLONE_NEWNET = 0x40000000,
};
int CLinuxSystem_unshare(int namespaces);
int CLinuxSystem_setns(int descriptor, int namespaces);

#endif
