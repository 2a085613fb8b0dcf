# simdjson out of its one file that includes all others. Which instructions it uses is decided when it runs.
. "$static"
unpack "$src" source --wildcards '*/include/*' '*/src/*'
cd source
"$CXX" $CXXFLAGS -std=c++17 -Iinclude -Isrc -c src/simdjson.cpp -o simdjson.o
mkdir -p "$out/lib" "$out/include"
"$AR" crD "$out/lib/libsimdjson.a" simdjson.o
cp -R include/. "$out/include/"
pkgConfig simdjson "$version" -lsimdjson
