# pkg-config: it only looks where PKG_CONFIG_PATH says.
. "$static"
unpack "$src" source
cd source
./configure --build="$target" --host="$target" --prefix="$out" --disable-shared \
    --with-pkg-config-dir=/nowhere --with-system-includedir=/nowhere --with-system-libdir=/nowhere
makeParallel pkgconf
mkdir -p "$out/bin"
"$STRIP" -o "$out/bin/pkgconf" pkgconf
ln -s pkgconf "$out/bin/pkg-config"
"$out/bin/pkg-config" --version
