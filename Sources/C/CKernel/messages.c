#define _GNU_SOURCE
#include "messages.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

// Async-signal-safe calls only.

union control {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(sizeof(int) * nodeos_most_descriptors)];
};

int nodeos_send(int socket, const void *bytes, size_t count, const int *fds, size_t fd_count) {
    union control control;
    memset(&control, 0, sizeof control);
    struct iovec part = {(void *)bytes, count};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (fd_count > 0) {
        message.msg_control = &control;
        message.msg_controllen = CMSG_SPACE(sizeof(int) * fd_count);
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int) * fd_count);
        memcpy(CMSG_DATA(header), fds, sizeof(int) * fd_count);
    }
    ssize_t done;
    while ((done = sendmsg(socket, &message, MSG_NOSIGNAL)) < 0 && errno == EINTR) {}
    if (done >= 0) return 0;
    return errno == ECONNRESET || errno == ENOTCONN ? -EPIPE : -errno;
}

ssize_t nodeos_receive(int socket, void *bytes, size_t capacity, int *fds, int *fd_count) {
    union control control;
    struct iovec part = {bytes, capacity};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    *fd_count = 0;
    ssize_t count;
    while ((count = recvmsg(socket, &message, MSG_CMSG_CLOEXEC)) < 0 && errno == EINTR) {}
    if (count < 0) return -errno;
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (header != NULL && header->cmsg_type == SCM_RIGHTS) {
        *fd_count = (int)((header->cmsg_len - CMSG_LEN(0)) / sizeof(int));
        memcpy(fds, CMSG_DATA(header), sizeof(int) * (size_t)*fd_count);
    }
    return count;
}
