# pixman, as a static library: QEMU wants it even without a display. No code for one processor's
# vector instructions, no tests.
. "$static"
unpack "$src" source
meson setup b source --prefix="$out" --libdir=lib --buildtype=plain --default-library=static \
    -Dmmx=disabled -Dsse2=disabled -Dssse3=disabled -Dvmx=disabled -Darm-simd=disabled \
    -Dneon=disabled -Da64-neon=disabled -Diwmmxt=disabled -Dmips-dspr2=disabled -Dgtk=disabled \
    -Dlibpng=disabled -Dopenmp=disabled -Dtests=disabled
ninja -C b -j "$NIX_BUILD_CORES" install
