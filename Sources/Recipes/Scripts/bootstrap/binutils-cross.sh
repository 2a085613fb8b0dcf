# Assembler, linker and archiver that run on the seeds' C library and make files for $target.
. "$toolchain"
export CFLAGS="-O1 $pathFlags" CXXFLAGS="-O1 $pathFlags"

unpack "$src" binutils --exclude='*/testsuite/*/*' --exclude='*/ChangeLog*'
mkdir b
cd b
../binutils/configure --build="$build" --host="$build" --prefix="$out" "${binutilsOptions[@]}"
makeParallel
make install-strip
tidy "$out" "$out/bin/$target-strip"
