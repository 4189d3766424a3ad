#include "CRouteLimit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if_arp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { batch_capacity = 128, request_capacity = 128 };

/// Requests on their way to the kernel.
struct batch {
    char bytes[batch_capacity * request_capacity];
    unsigned length;
    unsigned count;
    struct nlmsghdr *last;
};

static int open_socket(void) {
    int descriptor = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    return descriptor < 0 ? -errno : descriptor;
}

int CRouteLimit_open(void) { return open_socket(); }

int CRouteLimit_watch(void) {
    struct sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0);
    struct sock_fprog program = {.len = 1, .filter = &nothing};
    struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = RTMGRP_IPV4_ROUTE | RTMGRP_NEIGH};
    int descriptor = open_socket();
    if (descriptor < 0) return descriptor;
    if (setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) < 0 ||
        bind(descriptor, (struct sockaddr *)&address, sizeof address) < 0) {
        int error = errno;
        close(descriptor);
        return -error;
    }
    return descriptor;
}

/// Begins a request with a fixed part of `size` zero bytes, and returns that part.
static void *begin(struct batch *batch, uint16_t type, uint16_t flags, size_t size) {
    struct nlmsghdr *header = (struct nlmsghdr *)(batch->bytes + batch->length);
    memset(header, 0, NLMSG_SPACE(size));
    header->nlmsg_len = (uint32_t)NLMSG_LENGTH(size);
    header->nlmsg_type = type;
    header->nlmsg_flags = NLM_F_REQUEST | flags;
    batch->last = header;
    batch->count++;
    return NLMSG_DATA(header);
}

static void put(struct batch *batch, uint16_t type, const void *value, size_t size) {
    struct rtattr *attribute = (struct rtattr *)((char *)batch->last + NLMSG_ALIGN(batch->last->nlmsg_len));
    attribute->rta_type = type;
    attribute->rta_len = (uint16_t)RTA_LENGTH(size);
    memcpy(RTA_DATA(attribute), value, size);
    batch->last->nlmsg_len = NLMSG_ALIGN(batch->last->nlmsg_len) + RTA_ALIGN(attribute->rta_len);
}

static void end(struct batch *batch) { batch->length += NLMSG_ALIGN(batch->last->nlmsg_len); }

static void put_route(struct batch *batch, int interface_index, uint32_t address, bool is_install) {
    uint16_t flags = is_install ? NLM_F_CREATE | NLM_F_EXCL : 0;
    struct rtmsg *route = begin(batch, is_install ? RTM_NEWROUTE : RTM_DELROUTE, flags, sizeof *route);
    route->rtm_family = AF_INET;
    route->rtm_dst_len = 32;
    route->rtm_table = RT_TABLE_MAIN;
    route->rtm_protocol = RTPROT_DHCP;
    route->rtm_scope = RT_SCOPE_LINK;
    route->rtm_type = RTN_UNICAST;
    put(batch, RTA_DST, &address, sizeof address);
    put(batch, RTA_OIF, &interface_index, sizeof interface_index);
    end(batch);
}

static void put_neighbour(struct batch *batch, int interface_index, uint32_t address, bool is_install) {
    uint16_t flags = is_install ? NLM_F_CREATE | NLM_F_REPLACE : 0;
    struct ndmsg *neighbour = begin(batch, is_install ? RTM_NEWNEIGH : RTM_DELNEIGH, flags, sizeof *neighbour);
    neighbour->ndm_family = AF_INET;
    neighbour->ndm_ifindex = interface_index;
    neighbour->ndm_state = is_install ? NUD_PERMANENT : 0;
    put(batch, NDA_DST, &address, sizeof address);
    if (is_install) {
        unsigned char hardware[6] = {0x52, 0x54};
        memcpy(hardware + 2, &address, sizeof address);
        put(batch, NDA_LLADDR, hardware, sizeof hardware);
    }
    end(batch);
}

/// Sends the batch and waits for the kernel's answer to its last request. An answer to any earlier request means that it failed.
static int perform(int socket, struct batch *batch) {
    char answer[8192];
    batch->last->nlmsg_flags |= NLM_F_ACK;
    if (send(socket, batch->bytes, batch->length, 0) < 0) return errno;
    ssize_t size = recv(socket, answer, sizeof answer, 0);
    if (size < (ssize_t)NLMSG_LENGTH(sizeof(struct nlmsgerr))) return size < 0 ? errno : EPROTO;
    batch->length = 0;
    batch->count = 0;
    return -((struct nlmsgerr *)NLMSG_DATA((struct nlmsghdr *)answer))->error;
}

int CRouteLimit_change(int socket, int interface_index, uint32_t first, uint32_t count, bool is_install) {
    struct batch batch = {.length = 0, .count = 0};
    for (uint32_t index = 0; index < count; index++) {
        uint32_t address = htonl(first + index);
        put_route(&batch, interface_index, address, is_install);
        put_neighbour(&batch, interface_index, address, is_install);
        if (batch.count == batch_capacity || index + 1 == count) {
            int error = perform(socket, &batch);
            if (error != 0) return error;
        }
    }
    return 0;
}
