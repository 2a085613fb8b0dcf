// The bridge to toml++, which is C++ in headers only: no library of it is needed where the program runs.
#include "CTOML.h"

#include <new>
#include <string>
#include <vector>

#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

struct nodeos_toml_document {
    toml::parse_result result;
    std::string error;
    std::vector<nodeos_toml_node> nodes;
};

namespace {

// Whether what is below `node` is nested at most `depth` deep; else the document holds an error alone.
bool append(nodeos_toml_document &document, const toml::node &node, const toml::key *key, size_t depth) {
    const auto at = node.source().begin;
    nodeos_toml_node entry = {};
    entry.kind = NODEOS_TOML_OTHER;
    entry.line = at.line, entry.column = at.column;
    if (key) {
        entry.key = key->str().data(), entry.key_count = key->str().size();
        entry.key_line = key->source().begin.line, entry.key_column = key->source().begin.column;
    }
    if (depth == 0) {
        document.error = "this is nested too deeply";
        entry.kind = NODEOS_TOML_ERROR;
        document.nodes.assign(1, entry);
        return false;
    }
    const auto *table = node.as_table();
    const auto *array = node.as_array();
    if (table) {
        entry.kind = NODEOS_TOML_TABLE, entry.members = table->size();
    } else if (array) {
        entry.kind = NODEOS_TOML_ARRAY, entry.members = array->size();
    } else if (const auto *text = node.as_string()) {
        entry.kind = NODEOS_TOML_STRING, entry.text = (*text)->data(), entry.text_count = (*text)->size();
    } else if (const auto *integer = node.as_integer()) {
        entry.kind = NODEOS_TOML_INTEGER, entry.integer = integer->get();
    } else if (const auto *boolean = node.as_boolean()) {
        entry.kind = NODEOS_TOML_BOOLEAN, entry.integer = boolean->get();
    }
    document.nodes.push_back(entry);
    if (table) {
        for (const auto &[name, value] : *table)
            if (!append(document, value, &name, depth - 1)) return false;
    } else if (array) {
        for (const auto &value : *array)
            if (!append(document, value, nullptr, depth - 1)) return false;
    }
    return true;
}

}  // namespace

nodeos_toml_document *nodeos_toml_parse(const char *bytes, size_t count, size_t maximum_depth) {
    auto *document = new (std::nothrow) nodeos_toml_document{
        toml::parse(std::string_view(bytes, count)), {}, {}};
    if (!document) return nullptr;
    if (document->result) {
        append(*document, document->result.table(), nullptr, maximum_depth);
    } else {
        const auto &error = document->result.error();
        nodeos_toml_node entry = {};
        entry.kind = NODEOS_TOML_ERROR;
        entry.line = error.source().begin.line, entry.column = error.source().begin.column;
        document->error = error.description();
        document->nodes.push_back(entry);
    }
    return document;
}

size_t nodeos_toml_count(const nodeos_toml_document *document) { return document->nodes.size(); }

nodeos_toml_node nodeos_toml_at(const nodeos_toml_document *document, size_t index) {
    auto node = document->nodes[index];
    if (node.kind == NODEOS_TOML_ERROR) {
        node.text = document->error.data(), node.text_count = document->error.size();
    }
    return node;
}

void nodeos_toml_free(nodeos_toml_document *document) { delete document; }
