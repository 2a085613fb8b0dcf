# simdutf out of its one file that includes all others. Which instructions it uses is decided when it runs.
. "$static"
unpack "$src" source
cd source
"$CXX" $CXXFLAGS -std=c++17 -Iinclude -Isrc -c src/simdutf.cpp -o simdutf.o
mkdir -p "$out/lib" "$out/include"
"$AR" crD "$out/lib/libsimdutf.a" simdutf.o
cp -R include/. "$out/include/"
pkgConfig simdutf "$version" -lsimdutf
