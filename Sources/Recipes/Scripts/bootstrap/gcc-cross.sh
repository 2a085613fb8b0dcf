# C and C++ for $target, with libgcc_s and libstdc++ in an output of their own ($lib). Runs on the
# seeds' C library; what it makes runs on musl and names neither the seeds nor this compiler.
. "$toolchain"

# It compiles the whole native toolchain, a few thousand files: -O1 is where its own build time and
# the time it saves are balanced.
export CFLAGS="-O1 -g0" CXXFLAGS="-O1 -g0"
export CFLAGS_FOR_TARGET="-O2 $pathFlags" CXXFLAGS_FOR_TARGET="-O2 $pathFlags"

unpackGcc "$src"
bindGcc "$musl" "$lib"
mkdir b
cd b
../gcc/configure --build="$build" --host="$build" --prefix="$out" "${gccOptions[@]}" \
    "${gccHostedOptions[@]}" --with-sysroot="$musl" \
    --with-gmp="$multiprecision" --with-mpfr="$multiprecision" --with-mpc="$multiprecision" \
    --with-as="$binutils/bin/$target-as" --with-ld="$binutils/bin/$target-ld"
makeParallel all-gcc
makeParallel all-target-libgcc LIBGCC2_DEBUG_CFLAGS=-g0
makeParallel all-target-libstdc++-v3
installGcc install-strip-gcc install-strip-target-libgcc install-strip-target-libstdc++-v3
tidy "$out" "$binutils/bin/$target-strip"

# A C++ program needs musl and these two libraries, not the compiler.
mkdir -p "$lib/lib"
cp -d "$out/$target"/lib*/lib{gcc_s,stdc++}.so* "$lib/lib/"
