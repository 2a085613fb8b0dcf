#define _GNU_SOURCE
#include "view.h"
#include "mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

// Async-signal-safe calls only.

/// A directory of the host that inputs are taken from: mostly the same.
struct origin {
    int fd;
    const char *path;
    size_t length;
};

/// The entry of `source` in the directory that it is in, which is opened. Returns 0 or -errno.
static int open_origin(struct origin *origin, const char *source, const char **entry) {
    const char *last = strrchr(source, '/');
    if (last == NULL || last[1] == 0) return -EINVAL;
    size_t length = (size_t)(last - source) + (last == source);
    *entry = last + 1;
    if (origin->fd >= 0 && length == origin->length && memcmp(source, origin->path, length) == 0) return 0;
    char parent[4096];
    if (length >= sizeof parent) return -ENAMETOOLONG;
    memcpy(parent, source, length);
    parent[length] = 0;
    if (origin->fd >= 0) close(origin->fd);
    *origin = (struct origin){open(parent, O_PATH | O_DIRECTORY | O_CLOEXEC), source, length};
    return origin->fd < 0 ? -errno : 0;
}

/// What an input is now. Returns 0 or -errno.
static int look(struct origin *origin, struct nodeos_input *input, const char **entry) {
    struct stat status;
    int error = open_origin(origin, input->source, entry);
    if (error != 0) return error;
    if (fstatat(origin->fd, *entry, &status, AT_SYMLINK_NOFOLLOW) != 0) return -errno;
    input->device = status.st_dev;
    input->file = status.st_ino;
    input->kind = status.st_mode & S_IFMT;
    return 0;
}

/// A link cannot be mounted on: there is one with the same target instead. Returns 0 or -errno.
static int show_link(struct nodeos_view *view, int origin, const char *entry, const char *name) {
    char target[4096];
    ssize_t count = readlinkat(origin, entry, target, sizeof target);
    if (count < 0) return -errno;
    if (count == sizeof target) return -ENAMETOOLONG;
    target[count] = 0;
    return symlinkat(target, view->store, name) == 0 ? 0 : -errno;
}

static int show(struct nodeos_view *view, struct origin *origin, struct nodeos_input *input) {
    const char *entry, *name = input->name;
    int error = look(origin, input, &entry);
    if (error != 0) return error;
    if (input->kind == S_IFLNK) return show_link(view, origin->fd, entry, name);
    if (input->kind != S_IFDIR && input->kind != S_IFREG) return -EMEDIUMTYPE;
    int made = input->kind == S_IFDIR
        ? mkdirat(view->store, name, 0755) : mknodat(view->store, name, S_IFREG | 0644, 0);
    if (made != 0) return -errno;
    int tree = nodeos_copy_tree(
        origin->fd, entry, nodeos_no_set_user_id | nodeos_no_devices | nodeos_read_only, 0);
    if (tree < 0) return tree;
    error = nodeos_attach(tree, view->store, name);
    close(tree);
    return error;
}

static int hide(struct nodeos_view *view, const struct nodeos_input *input) {
    if (input->kind != S_IFLNK) {
        char path[sizeof nodeos_view_store + 256] = nodeos_view_store "/";
        if (strlen(input->name) > 255) return -ENAMETOOLONG;
        strcpy(path + sizeof nodeos_view_store, input->name);
        if (umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) != 0) return -errno;
    }
    return unlinkat(view->store, input->name, input->kind == S_IFDIR ? AT_REMOVEDIR : 0) == 0 ? 0 : -errno;
}

/// Whether what is mounted is what is there now: a repair puts another tree in the place of a damaged one. The
/// number of a file that is mounted is not given to another.
static int is_same(struct origin *origin, const struct nodeos_input *old, struct nodeos_input *new) {
    const char *entry;
    return old->kind != S_IFLNK && look(origin, new, &entry) == 0 && new->device == old->device
        && new->file == old->file && new->kind == old->kind;
}

int nodeos_show_inputs(
    struct nodeos_view *view, struct nodeos_contents *plan, struct nodeos_build_report *report) {
    struct origin origin = {.fd = -1};
    const struct nodeos_input *old = view->last.inputs, *end = old;
    if (view->last.head != NULL) end += view->last.head->input_count;
    uint32_t count = plan->head->input_count;
    int error = 0;
    report->stage = nodeos_stage_input;
    for (uint32_t i = 0; (i < count || old < end) && error == 0;) {
        struct nodeos_input *new = plan->inputs + i;
        report->item = (int32_t)i;
        if (i > 0 && i < count && strcmp(new[-1].name, new->name) >= 0) error = -EINVAL;
        // Both are sorted.
        int order = old == end ? 1 : i == count ? -1 : strcmp(old->name, new->name);
        if (order == 0 && is_same(&origin, old, new)) {
            old++, i++;
            continue;
        }
        if (error == 0 && order <= 0) error = hide(view, old++);
        if (error == 0 && order >= 0) error = show(view, &origin, plan->inputs + i++);
    }
    if (origin.fd >= 0) close(origin.fd);
    nodeos_forget_plan(&view->last);
    view->last = *plan;
    return error;
}

uint32_t nodeos_count_links(const struct nodeos_view *view) {
    uint32_t links = 0;
    if (view->last.head == NULL) return 0;
    for (uint32_t i = 0; i < view->last.head->input_count; i++) links += view->last.inputs[i].kind == S_IFLNK;
    return links;
}

int nodeos_make_view(struct nodeos_view *view, const char *over, struct nodeos_build_report *report) {
    const char *const options[][2] = {{"mode", "755"}, {NULL, NULL}};
    const uint64_t plain = nodeos_no_set_user_id | nodeos_no_devices;
    report->stage = nodeos_stage_root;
    umask(0);
    // What is mounted here from now on is nobody else's.
    if (mount("none", "/", NULL, MS_REC | MS_SLAVE, NULL) != 0) return -errno;
    int covered = nodeos_copy_tree(AT_FDCWD, over, plain, 0);
    if (covered < 0) return covered;
    int place = nodeos_new_filesystem("tmpfs", plain, options);
    if (place < 0) return place;
    int error = nodeos_attach(place, AT_FDCWD, over);
    if (error != 0) return error;
    if (fchdir(place) != 0 || mkdir(nodeos_view_store, 0755) != 0 || mkdir(nodeos_view_root, 0755) != 0) return -errno;
    error = nodeos_attach(covered, AT_FDCWD, nodeos_view_store);
    if (error != 0) return error;
    view->store = covered;
    close(place);
    report->stage = nodeos_stage_builder;
    return 0;
}

void nodeos_leave_view(struct nodeos_view *view, const char *over) {
    umount2(".", MNT_DETACH);
    if (view->last.head == NULL) view->last.inputs = NULL;
    for (uint32_t i = 0; view->last.inputs != NULL && i < view->last.head->input_count; i++)
        unlinkat(view->store, view->last.inputs[i].name, view->last.inputs[i].kind == S_IFDIR ? AT_REMOVEDIR : 0);
    char parent[4096];
    const char *last = strrchr(over, '/');
    if (last == NULL || (size_t)(last - over) >= sizeof parent) return;
    memcpy(parent, over, (size_t)(last - over));
    parent[last - over] = 0;
    // What a builder left there stays, for whoever cleans up after the dead.
    if (rmdir(over) == 0) rmdir(parent);
}
