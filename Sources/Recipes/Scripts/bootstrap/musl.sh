# The C library, shared and static, with the kernel's headers beside its own: together they are what
# gcc calls the system root.
. "$toolchain"

unpack "$src" musl
cd musl
./configure --target="$target" --prefix="$out" --syslibdir="$out/lib" CROSS_COMPILE="$target-" \
    CC="$target-gcc" CFLAGS="-O2 $pathFlags"
makeParallel
make install

# The loader is the library itself under another name; a relative link keeps the tree movable.
ln -sfn libc.so "$out/lib/$muslLoader"
cp -r "$linuxHeaders/include/." "$out/include/"
tidy "$out" "$target-strip"
