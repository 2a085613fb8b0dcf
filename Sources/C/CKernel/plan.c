#define _GNU_SOURCE
#include "plan.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

// Async-signal-safe calls only.

/// The strings of a plan that are not read yet.
struct strings {
    char *next, *end;
};

/// The next string; NULL when there is none.
static char *take(struct strings *strings) {
    if (strings->next >= strings->end) return NULL;
    char *text = strings->next;
    strings->next += strlen(text) + 1;
    return text;
}

/// Takes `count` strings into a list, which is left ended by NULL. Returns the place after it.
static char **take_list(struct strings *strings, char **place, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) *place++ = take(strings);
    return place + 1;
}

static int find_strings(struct nodeos_contents *plan, struct strings *strings) {
    const struct nodeos_plan *head = plan->head;
    plan->host = take(strings);
    plan->directory = take(strings);
    plan->inputs = plan->lists;
    for (uint32_t i = 0; i < head->input_count; i++) {
        plan->inputs[i].name = take(strings);
        plan->inputs[i].source = take(strings);
    }
    plan->arguments = (char **)(plan->inputs + head->input_count);
    plan->environment = take_list(strings, plan->arguments, head->argument_count);
    plan->steps = take_list(strings, plan->environment, head->environment_count);
    take_list(strings, plan->steps, 2 * head->step_count);
    // As many as were announced, and nothing behind them.
    return strings->next == strings->end && head->argument_count > 0 ? 0 : -EINVAL;
}

int nodeos_read_plan(int fd, struct nodeos_contents *plan) {
    struct stat status;
    *plan = (struct nodeos_contents){.head = NULL};
    if (fstat(fd, &status) != 0) return -errno;
    size_t size = (size_t)status.st_size;
    if (size < sizeof(struct nodeos_plan)) return -EINVAL;
    char *bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (bytes == MAP_FAILED) return -errno;
    plan->bytes = bytes;
    plan->bytes_size = size;
    const struct nodeos_plan *head = plan->head = (const void *)bytes;
    plan->lists_size = head->input_count * sizeof *plan->inputs
        + (head->argument_count + head->environment_count + 2 * (size_t)head->step_count + 3) * sizeof(char *);
    void *lists = mmap(NULL, plan->lists_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int error = lists == MAP_FAILED ? -errno : 0;
    if (error == 0) plan->lists = lists;
    struct strings strings = {bytes + sizeof *head, bytes + size};
    plan->rules.filter = (void *)strings.next;
    plan->rules.len = (unsigned short)(head->rules_bytes / sizeof(struct sock_filter));
    strings.next += head->rules_bytes;
    plan->ceiling.filter = (void *)strings.next;
    plan->ceiling.len = (unsigned short)(head->ceiling_bytes / sizeof(struct sock_filter));
    strings.next += head->ceiling_bytes;
    if (error == 0 && (strings.next >= strings.end || strings.end[-1] != 0)) error = -EINVAL;
    if (error == 0) error = find_strings(plan, &strings);
    if (error != 0) nodeos_forget_plan(plan);
    return error;
}

void nodeos_forget_plan(struct nodeos_contents *plan) {
    if (plan->bytes != NULL) munmap(plan->bytes, plan->bytes_size);
    if (plan->lists != NULL) munmap(plan->lists, plan->lists_size);
    *plan = (struct nodeos_contents){.head = NULL};
}
