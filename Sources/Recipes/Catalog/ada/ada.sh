# ada, the parser of addresses, out of its one file that includes all others.
. "$static"
unpack "$src" source
cd source
"$CXX" $CXXFLAGS -std=c++20 -Iinclude -c src/ada.cpp -o ada.o
mkdir -p "$out/lib" "$out/include"
"$AR" crD "$out/lib/libada.a" ada.o
cp -R include/. "$out/include/"
pkgConfig ada "$version" -lada
