/// rtnetlink as the kernel declares it, for the Swift importer. Declarations and checks only, no logic.
#ifndef CNETLINK_H
#define CNETLINK_H

#include <assert.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/netconf.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>      // linux/if.h and linux/if_arp.h would declare struct ifreq a second time
#include <net/if_arp.h>
#include <stddef.h>

// The codec reads and writes these structs by byte offset, so their layout is checked against the kernel's header.
#define CNETLINK_LAYOUT(type, field, offset) \
    static_assert(offsetof(struct type, field) == (offset), #type "." #field)
#define CNETLINK_SIZE(type, size) static_assert(sizeof(struct type) == (size), #type)

CNETLINK_SIZE(nlmsghdr, 16);
CNETLINK_LAYOUT(nlmsghdr, nlmsg_type, 4);
CNETLINK_LAYOUT(nlmsghdr, nlmsg_flags, 6);
CNETLINK_LAYOUT(nlmsghdr, nlmsg_seq, 8);
CNETLINK_LAYOUT(nlmsghdr, nlmsg_pid, 12);
CNETLINK_SIZE(nlattr, 4);
CNETLINK_SIZE(nlmsgerr, 20);

CNETLINK_SIZE(ifinfomsg, 16);
CNETLINK_LAYOUT(ifinfomsg, ifi_type, 2);
CNETLINK_LAYOUT(ifinfomsg, ifi_index, 4);
CNETLINK_LAYOUT(ifinfomsg, ifi_flags, 8);
CNETLINK_LAYOUT(ifinfomsg, ifi_change, 12);

CNETLINK_SIZE(ifaddrmsg, 8);
CNETLINK_LAYOUT(ifaddrmsg, ifa_prefixlen, 1);
CNETLINK_LAYOUT(ifaddrmsg, ifa_scope, 3);
CNETLINK_LAYOUT(ifaddrmsg, ifa_index, 4);

CNETLINK_SIZE(rtmsg, 12);
CNETLINK_LAYOUT(rtmsg, rtm_dst_len, 1);
CNETLINK_LAYOUT(rtmsg, rtm_tos, 3);
CNETLINK_LAYOUT(rtmsg, rtm_table, 4);
CNETLINK_LAYOUT(rtmsg, rtm_protocol, 5);
CNETLINK_LAYOUT(rtmsg, rtm_scope, 6);
CNETLINK_LAYOUT(rtmsg, rtm_type, 7);
CNETLINK_LAYOUT(rtmsg, rtm_flags, 8);

CNETLINK_SIZE(ndmsg, 12);
CNETLINK_LAYOUT(ndmsg, ndm_ifindex, 4);
CNETLINK_LAYOUT(ndmsg, ndm_state, 8);
CNETLINK_LAYOUT(ndmsg, ndm_flags, 10);
CNETLINK_LAYOUT(ndmsg, ndm_type, 11);

// IFF_LOWER_UP of linux/if.h, which net/if.h does not declare.
#define CNETLINK_IFF_LOWER_UP 0x10000

#endif
