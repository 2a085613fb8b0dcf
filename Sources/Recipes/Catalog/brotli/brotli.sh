# brotli: what both sides have in common, reading and writing, a static library each.
. "$static"
unpack "$src" source --wildcards '*/c/*'
cd source/c
for part in common dec enc; do
    archive "libbrotli$part.a" -DOS_LINUX -Iinclude -- "$part"/*.c
    pkgConfig "libbrotli$part" "$version" "-lbrotli$part"
done
cp -R include "$out/include"
