#!/bin/sh
# `make documentation`: what the library NodeosStore is and how to call it, from its comments and its catalogue, as
# pages in .build/documentation. A link that leads nowhere is an error.
set -eu
configuration=${CONFIGURATION:-release}
swift build -c "$configuration" --target NodeosStore
products=$(swift build -c "$configuration" --show-bin-path)
graphs=.build/symbol-graphs
rm -rf "$graphs" .build/documentation
mkdir -p "$graphs"
# The module is read as it was built: nothing is compiled a second time.
set -- -module-name NodeosStore -I "$products/Modules" -I .build/checkouts/GRDB.swift/Sources/GRDBSQLite
for map in "$products"/*.build/module.modulemap Sources/C/*/module.modulemap .build/checkouts/swift-*/Sources/*/include/module.modulemap; do set -- "$@" -Xcc "-fmodule-map-file=$map"; done
swift symbolgraph-extract "$@" -target "$(uname -m)-unknown-linux-gnu" -minimum-access-level public \
    -emit-extension-block-symbols -skip-synthesized-members -output-dir "$graphs"
docc=$(command -v docc || echo "$(dirname "$(readlink -f "$(command -v swift)")")/docc")
"$docc" convert Sources/Store/NodeosStore/NodeosStore.docc --additional-symbol-graph-dir "$graphs" \
    --fallback-display-name NodeosStore --fallback-bundle-identifier nodeos-store.NodeosStore \
    --warnings-as-errors --output-path .build/documentation
echo "documentation: .build/documentation"
