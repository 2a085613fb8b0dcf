// TOML by toml++, as a flat list in the order of the text's tree: each table and array is followed by its members.
#ifndef NODEOS_CTOML_H
#define NODEOS_CTOML_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum nodeos_toml_kind {
    NODEOS_TOML_TABLE,
    NODEOS_TOML_ARRAY,
    NODEOS_TOML_STRING,
    NODEOS_TOML_INTEGER,
    NODEOS_TOML_BOOLEAN,
    /// A number with a fraction, a date or a time: nothing here has a use for them.
    NODEOS_TOML_OTHER,
    /// The text is no TOML: `text` says why, `line` and `column` where.
    NODEOS_TOML_ERROR,
};

struct nodeos_toml_node {
    int kind;
    /// Where the value stands, from 1.
    uint32_t line, column;
    /// Where its key stands; 0 for members of arrays.
    uint32_t key_line, key_column;
    const char *key;
    size_t key_count;
    /// The bytes of a string or of an error's message.
    const char *text;
    size_t text_count;
    int64_t integer;
    /// How many members follow, each with its own.
    size_t members;
};

struct nodeos_toml_document;

/// Parses a text; never NULL but where memory is short. A faulty text gives a single error.
struct nodeos_toml_document *nodeos_toml_parse(const char *bytes, size_t count, size_t maximum_depth);
size_t nodeos_toml_count(const struct nodeos_toml_document *);
/// A node, whose texts live as long as the document.
struct nodeos_toml_node nodeos_toml_at(const struct nodeos_toml_document *, size_t index);
void nodeos_toml_free(struct nodeos_toml_document *);

#ifdef __cplusplus
}
#endif
#endif
