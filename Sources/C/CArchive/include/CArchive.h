#pragma once
#include <archive.h>
#include <archive_entry.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/xattr.h>

/* Reads directory records (struct linux_dirent64, see getdents64(2)) of `fd` into `buffer`.
   Returns the number of bytes, 0 at the end, or -errno. */
long nodeos_getdents(int fd, void *_Nonnull buffer, size_t capacity);

/* openat(2) with O_CLOEXEC, repeated when interrupted: Swift cannot call the variadic function.
   Returns the descriptor or -1 with errno set. */
int nodeos_openat(int directory, const char *_Nonnull name, int flags, mode_t mode);

/* memfd_create(2): an anonymous file, closed on exec. Returns the descriptor or -1 with errno set. */
int nodeos_anonymous_file(const char *_Nonnull name);

/* Makes C.UTF-8 the locale of the calling thread, so that names with UTF-8 in archive headers read
   the same whatever the environment says. Returns what to give to `nodeos_locale_leave`. */
void *_Nullable nodeos_locale_enter(void);
void nodeos_locale_leave(void *_Nullable previous);

/* ioctl(2) FIDEDUPERANGE over `size` bytes: the file `to` shares the bytes of `from`, if they are the
   same. Returns 1 when it does, 2 when it did before, 0 when the bytes differ, or -errno. */
int nodeos_share_bytes(int from, int to, uint64_t size);

/* Where the first bytes of a file lie on its device, as ioctl(2) FS_IOC_FIEMAP says; 0 when that is not
   known. Clones have the same place; small files that lie in the file system's tables, and take no
   place of their own, all have the largest number. */
uint64_t nodeos_first_extent(int fd);

/* syncfs(2): everything written so far to the file system of `fd` is on disk afterwards. Swift's
   Glibc module lacks it. Returns 0 or -errno. */
int nodeos_syncfs(int fd);

/* renameat2(2) with RENAME_EXCHANGE: the two entries change places in one step. Returns 0 or -errno;
   -EINVAL where the file system cannot. */
int nodeos_exchange(int directory, const char *_Nonnull name, int other_directory,
                    const char *_Nonnull other_name);

/* Whether an open directory is where a file system is mounted: 1 or 0; 0, too, where the kernel does not
   say (before Linux 5.8); -errno. */
int nodeos_is_mount_root(int directory);

/* Decoders of single streams, for what libarchive's do not do: that of gzip compares no checksum, those
   of xz and lzma take as much memory as a header states. */
typedef struct nodeos_decoder nodeos_decoder;
enum nodeos_stream { NODEOS_GZIP, NODEOS_XZ, NODEOS_LZMA };
enum nodeos_decoded { NODEOS_GOES_ON, NODEOS_STREAM_ENDED, NODEOS_DAMAGED, NODEOS_TOO_MUCH_MEMORY };

/* A decoder before the first byte of a stream, which takes at most `memory` bytes; NULL when there is no
   memory at all. */
nodeos_decoder *_Nullable nodeos_decoder_new(enum nodeos_stream kind, uint64_t memory);
void nodeos_decoder_free(nodeos_decoder *_Nonnull decoder);

/* Makes it ready for another stream behind the one that ended. Returns 0 when it cannot. */
int nodeos_decoder_restart(nodeos_decoder *_Nonnull decoder);

/* Decodes from `input` to `output`. `taken` and `made` are the numbers of bytes there are and room for
   before, and those taken and made afterwards. */
enum nodeos_decoded nodeos_decoder_run(
    nodeos_decoder *_Nonnull decoder, const uint8_t *_Nonnull input, size_t *_Nonnull taken,
    uint8_t *_Nonnull output, size_t *_Nonnull made);

/* How many bytes of memory the stream asks for. */
uint64_t nodeos_decoder_memory(const nodeos_decoder *_Nonnull decoder);

/* What the library says is wrong, where it does. */
const char *_Nullable nodeos_decoder_message(const nodeos_decoder *_Nonnull decoder);
