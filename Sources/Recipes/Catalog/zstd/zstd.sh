# Zstandard's library, without its old formats and its programs. The assembler is of no use to C alone.
. "$static"
unpack "$src" source --wildcards '*/lib/*'
cd source/lib
archive libzstd.a -DZSTD_DISABLE_ASM -DZSTD_LEGACY_SUPPORT=0 -DXXH_NAMESPACE=ZSTD_ -DZSTD_MULTITHREAD -I. -- \
    common/*.c compress/*.c decompress/*.c dictBuilder/*.c
mkdir "$out/include"
cp zstd.h zdict.h zstd_errors.h "$out/include/"
pkgConfig libzstd "$version" -lzstd
