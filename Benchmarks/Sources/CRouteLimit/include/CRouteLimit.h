#ifndef CROUTE_LIMIT_H
#define CROUTE_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

/// Opens a route netlink socket in the calling thread's network namespace.
/// Returns the descriptor, or -errno.
int CRouteLimit_open(void);

/// Opens a socket that subscribes to changes of routes and neighbours. A filter drops every message before it is queued, as a
/// watcher does with the changes of its own process. Returns the descriptor, or -errno.
int CRouteLimit_watch(void);

/// Adds or removes `count` host routes on an interface, starting at `first` (in host byte order), each with its permanent
/// neighbour entry. Sends 128 requests at a time; the kernel acknowledges the last of them. Returns 0, or the errno of the
/// first request that failed.
int CRouteLimit_change(int socket, int interface_index, uint32_t first, uint32_t count, bool is_install);

#endif
