#include "CFastDHCP.h"

// The layouts that FastDHCP/Ring reads and writes in memory shared with the kernel.
_Static_assert(sizeof(struct tpacket2_hdr) == 32, "tpacket2_hdr");
_Static_assert(offsetof(struct tpacket2_hdr, tp_status) == 0, "tpacket2_hdr.tp_status");
_Static_assert(offsetof(struct tpacket2_hdr, tp_len) == 4, "tpacket2_hdr.tp_len");
_Static_assert(offsetof(struct tpacket2_hdr, tp_snaplen) == 8, "tpacket2_hdr.tp_snaplen");
_Static_assert(offsetof(struct tpacket2_hdr, tp_mac) == 12, "tpacket2_hdr.tp_mac");
_Static_assert(sizeof(struct sockaddr_ll) == 20, "sockaddr_ll");
_Static_assert(offsetof(struct sockaddr_ll, sll_pkttype) == 10, "sockaddr_ll.sll_pkttype");
_Static_assert(CFastDHCP_TPACKET2_TX_DATA_OFFSET == 32, "data offset of a transmit frame");
_Static_assert(CFastDHCP_TPACKET2_SOCKADDR_OFFSET == 32, "sockaddr_ll offset of a receive frame");
