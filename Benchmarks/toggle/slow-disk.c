// Wraps the write functions of the C library and makes each synced write take SLOW_DISK_MICROSECONDS longer, as on a slow disk.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <time.h>

typedef ssize_t write_function(int, const struct iovec *, int, off64_t, int);

static ssize_t delayed(const char *name, int descriptor, const struct iovec *pieces, int count, off64_t offset, int flags) {
    write_function *write = (write_function *)dlsym(RTLD_NEXT, name);
    ssize_t written = write(descriptor, pieces, count, offset, flags);
    int code = errno;
    const char *text = getenv("SLOW_DISK_MICROSECONDS");
    long microseconds = text ? atol(text) : 0;
    struct timespec pause = {microseconds / 1000000, microseconds % 1000000 * 1000};
    if (flags & RWF_DSYNC) nanosleep(&pause, NULL);
    errno = code;
    return written;
}

ssize_t pwritev2(int descriptor, const struct iovec *pieces, int count, off_t offset, int flags) {
    return delayed("pwritev2", descriptor, pieces, count, offset, flags);
}

ssize_t pwritev64v2(int descriptor, const struct iovec *pieces, int count, off64_t offset, int flags) {
    return delayed("pwritev64v2", descriptor, pieces, count, offset, flags);
}
