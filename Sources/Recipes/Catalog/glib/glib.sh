# glib and gthread, as static libraries: what QEMU uses. gobject, gmodule, gio and what describes them
# to other languages are left out, and with them libffi.
. "$static"
unpack "$src" source
cd source
sed -i -E -e "/^subdir\('(gobject|gmodule|gio|girepository|fuzzing|docs\/reference)'\)/d" \
    -e '/^(libffi_dep|libz_dep|gvdb_dep) = /d' -e "/^subproject\('gvdb'/d" meson.build
! grep -E "^subdir\('gio'\)|^libffi_dep" meson.build || fail 'meson.build is not what was expected'
# A build has no /usr/bin/env.
sed -i "1s|.*|#!$(command -v python3)|" tools/gen-visibility-macros.py
cd ..
meson setup b source --prefix="$out" --libdir=lib --buildtype=plain --default-library=static \
    -Dtests=false -Dnls=disabled -Dselinux=disabled -Dlibmount=disabled -Dlibelf=disabled \
    -Dxattr=false -Dbsymbolic_functions=false -Dintrospection=disabled -Dman-pages=disabled \
    -Ddtrace=disabled -Dsystemtap=disabled -Dsysprof=disabled
ninja -C b -j "$NIX_BUILD_CORES" install
rm -rf "$out/bin" "$out/share" "$out"/lib/*/gettext
