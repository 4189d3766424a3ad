#ifndef CROUTE_LIMIT_H
#define CROUTE_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

/// Opens a route netlink socket in the calling thread's network namespace.
/// Returns the descriptor, or -errno.
int CRouteLimit_open(void);

/// Opens one that is told of changes of routes and neighbours, and drops all of it before it is queued, as a watcher
/// does with the changes of its own process. Returns the descriptor, or -errno.
int CRouteLimit_watch(void);

/// Adds or removes `count` host routes on an interface, from `first` (in host byte order) on, each with its permanent
/// neighbour, 128 requests at a time, of which the kernel acknowledges the last. Returns 0, or the errno of the first
/// that failed.
int CRouteLimit_change(int socket, int interface_index, uint32_t first, uint32_t count, bool is_install);

#endif
