# llhttp, as C: its own archive holds the TypeScript that a node would turn into this. The source is the copy that
# aiohttp's release carries.
. "$static"
unpack "$src" source --wildcards '*/vendor/llhttp/*'
cd source/vendor/llhttp
grep -q "\"version\": \"$version\"" package.json || fail "this is not llhttp $version"
archive libllhttp.a -Ibuild -- build/c/llhttp.c src/native/api.c src/native/http.c
mkdir "$out/include"
cp build/llhttp.h "$out/include/"
pkgConfig libllhttp "$version" -lllhttp
