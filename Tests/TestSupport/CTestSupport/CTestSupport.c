// The values of the header are the kernel's own.
#define _GNU_SOURCE
#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

#include "CTestSupport.h"

_Static_assert(CTestSupport_CLONE_FS == CLONE_FS, "CLONE_FS");
_Static_assert(CTestSupport_CLONE_NEWNS == CLONE_NEWNS, "CLONE_NEWNS");
_Static_assert(CTestSupport_CLONE_NEWPID == CLONE_NEWPID, "CLONE_NEWPID");
_Static_assert(CTestSupport_CLONE_NEWNET == CLONE_NEWNET, "CLONE_NEWNET");
_Static_assert(CTestSupport_MFD_CLOEXEC == MFD_CLOEXEC, "MFD_CLOEXEC");
