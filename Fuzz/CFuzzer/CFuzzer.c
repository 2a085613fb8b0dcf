#define _GNU_SOURCE
#include "CFuzzer.h"
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

int nodeos_fuzz_file(const uint8_t *data, size_t size) {
    int file = memfd_create("nodeos-fuzz", MFD_CLOEXEC);
    if (file < 0) return -errno;
    size_t done = 0;
    while (done < size) {
        ssize_t count = write(file, data + done, size - done);
        if (count < 0) {
            int error = errno;
            close(file);
            return -error;
        }
        done += (size_t)count;
    }
    lseek(file, 0, SEEK_SET);
    return file;
}
