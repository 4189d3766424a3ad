// The kernel's packet sockets, which Swift's Glibc module does not carry. Declarations only, no logic.
//
// The headers below bring the kernel's own names. What starts with CFastDHCP_ is here because the importer
// skips it: macros made of sizeof. shim.c asserts that the layouts are what the Swift side counts on.
#ifndef CFASTDHCP_H
#define CFASTDHCP_H

#include <linux/if_ether.h>   // ETH_P_IP
#include <linux/if_packet.h>  // struct sockaddr_ll, tpacket_req, tpacket2_hdr, TP_STATUS_*, PACKET_*
#include <net/if_arp.h>       // ARPHRD_ETHER; linux/if_arp.h would bring a second struct ifreq
#include <stddef.h>

// From the start of a V2 transmit frame to its packet: tpacket2_hdr rounded up to TPACKET_ALIGNMENT.
// A shim because TPACKET2_HDRLEN holds two sizeofs.
enum { CFastDHCP_TPACKET2_TX_DATA_OFFSET = TPACKET2_HDRLEN - sizeof(struct sockaddr_ll) };

// From the start of a V2 receive frame to its sockaddr_ll. A shim for the same reason.
enum { CFastDHCP_TPACKET2_SOCKADDR_OFFSET = TPACKET_ALIGN(sizeof(struct tpacket2_hdr)) };

// From the start of a V2 frame to its length. A shim because offsetof is a macro too.
enum { CFastDHCP_TPACKET2_LEN_OFFSET = offsetof(struct tpacket2_hdr, tp_len) };

#endif
