#define _GNU_SOURCE
#include "CFastDHCP.h"

// Layouts that FastDHCP/Ring reads and writes in memory shared with the kernel.
_Static_assert(sizeof(struct tpacket2_hdr) == 32, "tpacket2_hdr");
_Static_assert(offsetof(struct tpacket2_hdr, tp_status) == 0, "tpacket2_hdr.tp_status");
_Static_assert(offsetof(struct tpacket2_hdr, tp_len) == 4, "tpacket2_hdr.tp_len");
_Static_assert(offsetof(struct tpacket2_hdr, tp_snaplen) == 8, "tpacket2_hdr.tp_snaplen");
_Static_assert(offsetof(struct tpacket2_hdr, tp_mac) == 12, "tpacket2_hdr.tp_mac");
_Static_assert(sizeof(struct sockaddr_ll) == 20, "sockaddr_ll");
_Static_assert(offsetof(struct sockaddr_ll, sll_pkttype) == 10, "sockaddr_ll.sll_pkttype");
_Static_assert(CFastDHCP_TPACKET2_TX_DATA_OFFSET == 32, "data offset of a transmit frame");
_Static_assert(CFastDHCP_TPACKET2_SOCKADDR_OFFSET == 32, "sockaddr_ll offset of a receive frame");

// A filter instruction is eight bytes, in libpcap's bpf_insn as in the kernel's sock_filter.
_Static_assert(sizeof(struct sock_filter) == 8, "sock_filter");

int CFastDHCP_pthread_setname_np(pthread_t thread, const char *name) {
    return pthread_setname_np(thread, name);
}

_Static_assert(CFastDHCP_RWF_DSYNC == RWF_DSYNC, "RWF_DSYNC");

ssize_t CFastDHCP_pwritev2(int descriptor, const struct iovec *pieces, int count, off_t offset, int flags) {
    return pwritev2(descriptor, pieces, count, offset, flags);
}
