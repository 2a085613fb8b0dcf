#pragma once
#include <stddef.h>
#include <sys/types.h>

enum { nodeos_most_descriptors = 5 };

/// Sends a message with descriptors. Returns 0 or -errno; -EPIPE when the other end is gone.
int nodeos_send(int socket, const void *bytes, size_t count, const int *fds, size_t fd_count);

/// Waits for a message. Returns its size, 0 when the other end is gone, or -errno. The descriptors are the
/// caller's, numbered as they come; there are fewer than were sent when this process may not have so many open.
ssize_t nodeos_receive(int socket, void *bytes, size_t capacity, int *fds, int *fd_count);
