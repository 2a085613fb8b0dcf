# gmp, mpfr and mpc as static libraries of the build machine: gcc calculates constants with them.
. "$toolchain"
export CFLAGS="-O2 $pathFlags"
options=(--build="$build" --host="$build" --prefix="$out" --disable-shared --enable-static)

unpackGmp "$gmp" gmp
unpack "$mpfr" mpfr
unpack "$mpc" mpc

(cd gmp && ./configure "${options[@]}" && makeParallel && make install)
(cd mpfr && ./configure "${options[@]}" --with-gmp="$out" && makeParallel -C src && make -C src install)
(cd mpc && ./configure "${options[@]}" --with-gmp="$out" --with-mpfr="$out" &&
    makeParallel -C src && make -C src install)
[ -e "$out/include/mpc.h" ] || cp mpc/src/mpc.h "$out/include/"

tidy "$out" strip
rm -rf "$out/share"
