#pragma once
#include <archive.h>
#include <archive_entry.h>
#include <locale.h>

/// Makes C.UTF-8 the locale of the calling thread, so that names with UTF-8 in archive headers read the same
/// whatever the environment says. Returns what to give to `nodeos_locale_leave`.
static inline void *_Nullable nodeos_locale_enter(void) {
    locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    if (utf8 == (locale_t)0) return NULL;
    return (void *)uselocale(utf8);
}

/// Goes back to the locale from before.
static inline void nodeos_locale_leave(void *_Nullable previous) {
    if (previous == NULL) return;
    locale_t entered = uselocale((locale_t)previous);
    if (entered != (locale_t)previous && entered != LC_GLOBAL_LOCALE) freelocale(entered);
}
