# glib and gthread, as static libraries: what QEMU uses. gobject, gmodule and gio are left out, and
# with them libffi.
. "$static"
unpack "$src" source
cd source
sed -i -E -e "/^subdir\('(gobject|gmodule|gio|fuzzing|tools|docs\/reference)'\)/d" \
    -e '/^(libffi_dep|libz_dep) = /d' meson.build
! grep -E "^subdir\('gio'\)|^libffi_dep" meson.build || fail 'meson.build is not what was expected'
cd ..
meson setup b source --prefix="$out" --libdir=lib --buildtype=plain --default-library=static \
    -Dtests=false -Dnls=disabled -Dselinux=disabled -Dlibmount=disabled -Dlibelf=disabled \
    -Dxattr=false -Dbsymbolic_functions=false
ninja -C b -j "$NIX_BUILD_CORES" install
rm -rf "$out/bin" "$out/share" "$out"/lib/*/gettext
