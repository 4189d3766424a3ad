// The kernel's packet sockets, which Swift's Glibc module lacks. Declarations only, no logic.
//
// The headers below provide the kernel's own names. Names that start with CFastDHCP_ exist because the importer skips
// the originals: they are macros that contain sizeof. shim.c asserts that the layouts are those that the Swift side
// expects.
#ifndef CFASTDHCP_H
#define CFASTDHCP_H

#include <linux/if_ether.h>   // ETH_P_IP
#include <linux/if_packet.h>  // struct sockaddr_ll, tpacket_req, tpacket2_hdr, TP_STATUS_*, PACKET_*
#include <net/if_arp.h>       // ARPHRD_ETHER; linux/if_arp.h would bring a second struct ifreq
#include <stddef.h>

// The offset of the packet in a V2 transmit frame: tpacket2_hdr rounded up to TPACKET_ALIGNMENT. Needed because
// TPACKET2_HDRLEN contains two sizeofs.
enum { CFastDHCP_TPACKET2_TX_DATA_OFFSET = TPACKET2_HDRLEN - sizeof(struct sockaddr_ll) };

// The offset of sockaddr_ll in a V2 receive frame. Needed for the same reason.
enum { CFastDHCP_TPACKET2_SOCKADDR_OFFSET = TPACKET_ALIGN(sizeof(struct tpacket2_hdr)) };

// The offset of the length in a V2 frame. Needed because offsetof is a macro too.
enum { CFastDHCP_TPACKET2_LEN_OFFSET = offsetof(struct tpacket2_hdr, tp_len) };

#endif
