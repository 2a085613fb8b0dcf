#pragma once
#include "plan.h"

/// The names of what is in the working directory of a view, where the mounts of a build are taken from.
#define nodeos_view_store "store"
#define nodeos_view_root "root"

/// A store directory in which the inputs of builds are mounted.
struct nodeos_view {
    /// Takes requests.
    int socket;
    /// The store directory.
    int store;
    /// The plan of the last build: its inputs are mounted.
    struct nodeos_contents last;
};

/// Makes the view over a directory of the host, in namespaces of this process's own. Returns 0, or -errno and the stage.
int nodeos_make_view(struct nodeos_view *view, const char *over, struct nodeos_build_report *report);

/// Mounts the inputs of a plan, as read-only, and no others: those that are there stay. Takes over the plan.
/// Returns 0, or -errno and, in `report`, at which input; then the view is of no use any more.
int nodeos_show_inputs(
    struct nodeos_view *view, struct nodeos_contents *plan, struct nodeos_build_report *report);

/// How many of the inputs are symbolic links.
uint32_t nodeos_count_links(const struct nodeos_view *view);

/// Removes the entries that were made for inputs, and, when there is nothing else, the directory that the view was made
/// over, and the one above it.
void nodeos_leave_view(struct nodeos_view *view, const char *over);
