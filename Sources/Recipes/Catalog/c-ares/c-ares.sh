# c-ares's library, without its programs.
. "$static"
unpack "$src" source --wildcards --exclude='*/test/*'
cd source
./configure --build="$target" --host="$target" --prefix="$out" --disable-shared --disable-tests \
    --disable-dependency-tracking --with-random=/dev/urandom
makeParallel -C src/lib install
make -C include install
pkgConfig libcares "$version" -lcares
find "$out" -name '*.la' -delete
