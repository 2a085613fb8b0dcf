#define _GNU_SOURCE
#include "CLoader.h"
#include <link.h>
#include <string.h>

struct list {
    char *buffer;
    size_t size, used;
};

static int append(struct dl_phdr_info *info, size_t size, void *data) {
    struct list *list = data;
    (void)size;
    // The program itself has an empty name; the vDSO has one without a slash.
    if (!info->dlpi_name || !strchr(info->dlpi_name, '/')) return 0;
    size_t length = strlen(info->dlpi_name) + 1;
    if (list->buffer && list->used + length <= list->size)
        memcpy(list->buffer + list->used, info->dlpi_name, length);
    list->used += length;
    return 0;
}

size_t nodeos_shared_objects(char *buffer, size_t size) {
    struct list list = {buffer, size, 0};
    dl_iterate_phdr(append, &list);
    return list.used;
}

static int argument_count;
static char **argument_values;

// glibc gives the arguments of main to constructors, too.
__attribute__((constructor)) static void keep_arguments(int count, char **values) {
    argument_count = count;
    argument_values = values;
}

char **nodeos_arguments(int *count) {
    *count = argument_count;
    return argument_values;
}
