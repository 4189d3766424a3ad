/// Linux calls that glibc declares only under _GNU_SOURCE, which the Swift importer does not define. No logic here.
#pragma once

int setns(int fd, int nstype);
int unshare(int flags);
int memfd_create(const char *name, unsigned int flags);
int pipe2(int pipefd[2], int flags);

enum {
    CTestSupport_CLONE_FS = 0x00000200,
    CTestSupport_CLONE_NEWNS = 0x00020000,
    CTestSupport_CLONE_NEWPID = 0x20000000,
    CTestSupport_CLONE_NEWNET = 0x40000000,
    CTestSupport_MFD_CLOEXEC = 0x0001,
};
