#pragma once
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/xattr.h>

/// Reads directory records (struct linux_dirent64, see getdents64(2)) of `fd` into `buffer`.
/// Returns the number of bytes, 0 at the end, or -errno.
long nodeos_getdents(int fd, void *_Nonnull buffer, size_t capacity);

/// openat(2) with O_CLOEXEC, repeated when interrupted: Swift cannot call the variadic function.
/// Returns the descriptor or -errno.
int nodeos_openat(int directory, const char *_Nonnull name, int flags, mode_t mode);

/// ioctl(2) FIDEDUPERANGE over `size` bytes: the file `to` shares the bytes of `from`, if they are the
/// same. Returns 1 when it does, 2 when it did before, 0 when the bytes differ, or -errno.
int nodeos_share_bytes(int from, int to, uint64_t size);

/// Where the first bytes of a file lie on its device, as ioctl(2) FS_IOC_FIEMAP says; 0 when that is not
/// known. Clones have the same place; small files that lie in the file system's tables, and take no
/// place of their own, all have the largest number.
uint64_t nodeos_first_extent(int fd);

/// syncfs(2): everything written so far to the file system of `fd` is on disk afterwards. Swift's
/// Glibc module lacks it. Returns 0 or -errno.
int nodeos_syncfs(int fd);

/// renameat2(2) with RENAME_EXCHANGE: the two entries change places in one step. Returns 0 or -errno;
/// -EINVAL where the file system cannot.
int nodeos_exchange(int directory, const char *_Nonnull name, int other_directory,
                    const char *_Nonnull other_name);

/// Whether an open directory is where a file system is mounted: 1 or 0; 0, too, where the kernel does not
/// say (before Linux 5.8); -errno.
int nodeos_is_mount_root(int directory);

/// memfd_create(2): an anonymous file, closed on exec, numbered above 2. Returns the descriptor or -errno.
int nodeos_memory_file(const char *_Nonnull name);

/// pipe2(2): both ends closed on exec and numbered above 2. Returns 0 or -errno.
int nodeos_pipe(int *_Nonnull reading, int *_Nonnull writing);

/// socketpair(2) of SOCK_SEQPACKET, closed on exec and numbered above 2. Returns 0 or -errno.
int nodeos_socket_pair(int *_Nonnull first, int *_Nonnull second);

/// Removes what a default or access ACL would add to the modes of new files. Returns nothing: a file system
/// without ACLs has none.
void nodeos_remove_acl(int fd);

/// How many entries an open directory has, "." and ".." not counted, or -errno.
long nodeos_count_entries(int directory);

/// The flags that chattr(1) sets (FS_IOC_GETFLAGS), 0 where there are none, or -errno.
long nodeos_inode_flags(int fd);
