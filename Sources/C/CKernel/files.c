#define _GNU_SOURCE
#include "CKernel.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

long nodeos_getdents(int fd, void *buffer, size_t capacity) {
    long count = syscall(SYS_getdents64, fd, buffer, capacity);
    return count < 0 ? -errno : count;
}

int nodeos_openat(int directory, const char *name, int flags, mode_t mode) {
    int opened;
    do {
        opened = openat(directory, name, flags | O_CLOEXEC, mode);
    } while (opened < 0 && errno == EINTR);
    return opened < 0 ? -errno : opened;
}

int nodeos_exchange(int directory, const char *name, int other_directory, const char *other_name) {
    int result = renameat2(directory, name, other_directory, other_name, RENAME_EXCHANGE);
    return result == 0 ? 0 : -errno;
}

int nodeos_is_mount_root(int directory) {
    struct statx status;
    if (statx(directory, "", AT_EMPTY_PATH, 0, &status) != 0) return -errno;
    return (status.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

static const uint64_t inline_extent = UINT64_MAX;

uint64_t nodeos_first_extent(int fd) {
    union {
        struct fiemap map;
        char bytes[sizeof(struct fiemap) + sizeof(struct fiemap_extent)];
    } query = {.map = {.fm_length = 1, .fm_extent_count = 1}};
    if (ioctl(fd, FS_IOC_FIEMAP, &query.map) != 0 || query.map.fm_mapped_extents == 0) return 0;
    const struct fiemap_extent *extent = &query.map.fm_extents[0];
    if (extent->fe_flags & FIEMAP_EXTENT_DATA_INLINE) return inline_extent;
    uint32_t unknown = FIEMAP_EXTENT_UNKNOWN | FIEMAP_EXTENT_DELALLOC;
    return extent->fe_flags & unknown ? 0 : extent->fe_physical;
}

int nodeos_share_bytes(int from, int to, uint64_t size) {
    /* The kernel shortens a longer range to this on most file systems. */
    const uint64_t piece = 16 << 20;
    union {
        struct file_dedupe_range range;
        char bytes[sizeof(struct file_dedupe_range) + sizeof(struct file_dedupe_range_info)];
    } request;
    uint64_t place = nodeos_first_extent(from);
    if (place == inline_extent) return 2;
    int shared_before = place != 0 && place == nodeos_first_extent(to);
    for (uint64_t offset = 0; offset < size;) {
        memset(&request, 0, sizeof request);
        request.range.src_offset = offset;
        request.range.src_length = size - offset < piece ? size - offset : piece;
        request.range.dest_count = 1;
        struct file_dedupe_range_info *info = &request.range.info[0];
        info->dest_fd = to;
        info->dest_offset = offset;
        if (ioctl(from, FIDEDUPERANGE, &request.range) != 0) return -errno;
        if (info->status == FILE_DEDUPE_RANGE_DIFFERS) return 0;
        if (info->status < 0) return info->status;
        if (info->bytes_deduped == 0) return -EINVAL;
        offset += info->bytes_deduped;
    }
    return shared_before ? 2 : 1;
}

int nodeos_syncfs(int fd) { return syncfs(fd) == 0 ? 0 : -errno; }

/// The processes of a build rearrange 0 to 2: no descriptor of ours may be one of them.
static int above_standard(int fd) {
    if (fd < 0 || fd > 2) return fd < 0 ? -errno : fd;
    int moved = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    int error = errno;
    close(fd);
    return moved < 0 ? -error : moved;
}

int nodeos_memory_file(const char *name) { return above_standard(memfd_create(name, MFD_CLOEXEC)); }

/// Two new descriptors, both above 2. Returns 0 or -errno.
static int both_above_standard(const int ends[2], int *first, int *second) {
    *first = above_standard(ends[0]);
    *second = above_standard(ends[1]);
    if (*first >= 0 && *second >= 0) return 0;
    int error = *first < 0 ? *first : *second;
    if (*first >= 0) close(*first);
    if (*second >= 0) close(*second);
    return error;
}

int nodeos_pipe(int *reading, int *writing) {
    int ends[2];
    return pipe2(ends, O_CLOEXEC) == 0 ? both_above_standard(ends, reading, writing) : -errno;
}

int nodeos_socket_pair(int *first, int *second) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return -errno;
    return both_above_standard(ends, first, second);
}

void nodeos_remove_acl(int fd) {
    fremovexattr(fd, "system.posix_acl_default");
    fremovexattr(fd, "system.posix_acl_access");
}

long nodeos_count_entries(int directory) {
    long entries = -2, count;
    char buffer[16384];
    if (lseek(directory, 0, SEEK_SET) != 0) return -errno;
    while ((count = nodeos_getdents(directory, buffer, sizeof buffer)) > 0)
        for (long at = 0; at < count; entries++) at += ((const struct dirent64 *)(const void *)(buffer + at))->d_reclen;
    return count < 0 ? count : entries;
}

long nodeos_inode_flags(int fd) {
    // The kernel writes an int, whatever the name of the call says.
    int flags = 0;
    if (ioctl(fd, FS_IOC_GETFLAGS, &flags) == 0) return flags;
    return errno == ENOTTY || errno == EOPNOTSUPP || errno == ENOSYS ? 0 : -errno;
}
