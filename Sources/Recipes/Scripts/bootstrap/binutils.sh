# Assembler, linker and archiver that run on musl: compiled by the cross compiler, static.
. "$toolchain"
useCross

unpack "$src" binutils --exclude='*/testsuite/*/*' --exclude='*/ChangeLog*'
mkdir b
cd b
../binutils/configure --build="$target" --host="$target" --prefix="$out" "${binutilsOptions[@]}"

# libtool takes -static to mean "static libraries of this package" and links musl dynamically;
# -all-static is what it calls the rest. Plain links (configure's tests) only know -static.
makeParallel configure-host
makeParallel LDFLAGS=-all-static
make install-strip
tidy "$out" "$STRIP"
