# nghttp2's library, without its programs.
. "$static"
unpack "$src" source --wildcards '*/lib/*'
cd source/lib
number=$(printf '%02x%02x%02x' ${version//./ })
sed "s/@PACKAGE_VERSION@/$version/; s/@PACKAGE_VERSION_NUM@/0x$number/" \
    includes/nghttp2/nghttp2ver.h.in >includes/nghttp2/nghttp2ver.h
archive libnghttp2.a -DNGHTTP2_STATICLIB -DHAVE_ARPA_INET_H -DHAVE_NETINET_IN_H -DHAVE_CLOCK_GETTIME \
    -DHAVE_DECL_CLOCK_MONOTONIC=1 -Iincludes -- nghttp2_*.c sfparse.c
mkdir "$out/include"
cp -R includes/nghttp2 "$out/include/"
pkgConfig libnghttp2 "$version" -lnghttp2
