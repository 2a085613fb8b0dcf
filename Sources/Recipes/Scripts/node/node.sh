# Node.js from Debian's source, for a system of musl: dynamic, stripped, with everything it needs at
# run time inside, but without npm, corepack, ICU, inspector, code cache and snapshot.
. "$toolchain"
export CC=gcc CXX=g++ AR=ar RANLIB=ranlib NM=nm STRIP=strip
# gyp's Makefiles put these last: its -O3 gives way to -O2.
export CFLAGS="-O2 $pathFlags" CXXFLAGS="-O2 $pathFlags"

# debianFile PACKAGE MEMBER: one file of a Debian package.
debianFile() { ar p "$1" data.tar.xz | xz -dc | tar -xOf - "./usr/share/nodejs/$2"; }

# brotliLibraries: three archives, as node's configure wants a library that it does not bring along.
brotliLibraries() {
    local part source
    unpack "$brotli" brotli --wildcards '*/c/*'
    for part in common dec enc; do
        for source in brotli/c/"$part"/*.c; do
            "$CC" -fPIC $CFLAGS -DOS_LINUX -Ibrotli/c/include -c "$source" \
                -o "brotli/$part-$(basename "$source" .c).o"
        done
        "$AR" crD "brotli/libbrotli$part.a" brotli/"$part"-*.o
    done
}

# applyPatches: Debian's, those that the list says, without what they change in tests and manuals,
# which are not unpacked; then the system's own.
applyPatches() {
    local patch
    sed -n -E 's/^(apply|skip) ([^ ]+) .*/\2/p' "$debianPatches" >../judged
    cmp ../judged ../debian/patches/series || fail "${debianPatches#*-} is not Debian's series"
    sed -n -E 's/^apply ([^ ]+) .*/\1/p' "$debianPatches" >../applied
    while read -r patch; do
        awk '
            /^diff --git / { keep = 0 }
            /^--- / { held = $0; next }
            held != "" && /^\+\+\+ / {
                path = $2; sub("^[^/]*/", "", path)
                keep = path !~ "^(test|doc)/"
                if (keep) print held
            }
            { if (keep && held != "" && !/^\+\+\+ /) print held; held = "" }
            keep
        ' "../debian/patches/$patch" >../one.patch
        [ -s ../one.patch ] || fail "the patch $patch changes nothing that is built"
        echo "$patch"
        patch -p1 <../one.patch || fail "the patch $patch does not apply"
    done <../applied
    patch -p1 <"$systemPatch" || fail "the patch ${systemPatch#*-} does not apply"
    echo "#define NODEOS_VERSION \"$nodeosVersion\"" >src/nodeos_version.h
}

# addModules: the JavaScript and C++ that Debian keeps apart from node, where node expects them.
# process.versions must tell their versions, not those that node's own release had.
addModules() {
    local name
    unpack "$ada" deps/ada --wildcards '*/src/*' '*/include/*'
    sed -i "s#'ada.cpp'#'src/ada.cpp'#; s#'include_dirs': \['\.'\]#'include_dirs': ['include']#" \
        deps/ada/ada.gyp
    mkdir -p deps/acorn/acorn/dist deps/acorn/acorn-walk/dist deps/cjs-module-lexer/dist deps/undici
    for name in acorn acorn-walk; do
        debianFile "$acorn" "$name/package.json" >"../$name.json"
    done
    debianFile "$acorn" acorn/dist/acorn.js >deps/acorn/acorn/dist/acorn.js
    debianFile "$acorn" acorn-walk/dist/walk.js >deps/acorn/acorn-walk/dist/walk.js
    debianFile "$lexer" cjs-module-lexer/lexer.js >deps/cjs-module-lexer/lexer.js
    debianFile "$lexer" cjs-module-lexer/dist/lexer.js >deps/cjs-module-lexer/dist/lexer.js
    debianFile "$undici" undici/undici-fetch.js >deps/undici/undici.js
    setVersion acorn "$acorn" acorn
    setVersion cjs_module_lexer "$lexer" cjs-module-lexer
    setVersion undici "$undici" undici
    # Debian leaves it out; nothing in lib reads it.
    sed -i "/deps\/minimatch\/index.js/d" node.gyp
}

# setVersion HEADER PACKAGE MODULE
setVersion() {
    local version
    version=$(debianFile "$2" "$3/package.json" | sed -n 's/.*"version": *"\([^"]*\)".*/\1/p')
    [ -n "$version" ] || fail "the module $3 does not tell its version"
    sed -i "s/\"[0-9][0-9.]*\"/\"$version\"/" "src/$1_version.h"
}

# precompile HEADER TARGET...: $HEADER.h is compiled once, with the flags of the first of these targets of
# gyp, and included first in all their C++ files. A file of V8 costs more for its headers than for
# itself. The headers of the targets are generated: what their files wait for, this waits for.
precompile() {
    local header=$1 target makefile waits=
    shift
    cp "$(eval "echo \$$header")" "$header.h"
    for target; do
        makefile=$(find out -name "$target.target.mk")
        [ -f "$makefile" ] || fail "gyp made no target $target"
        if [ -z "$waits" ]; then
            waits=$(sed -n "s#^\$(OBJS): | #\$(obj)/$header.h.gch: | #p" "$makefile")
            cat >>"$makefile" <<MAKEFILE
$waits
\$(obj)/$header.h.gch: TOOLSET := \$(TOOLSET)
\$(obj)/$header.h.gch: GYP_CXXFLAGS := \$(DEFS_Release) \$(INCS_Release) \$(CFLAGS_Release) \$(CFLAGS_CC_Release)
\$(obj)/$header.h.gch: \$(srcdir)/$header.h
	@mkdir -p \$(@D)
	\$(CXX.\$(TOOLSET)) -x c++-header -o \$@ \$< \$(GYP_CXXFLAGS) \$(CXXFLAGS.\$(TOOLSET))
MAKEFILE
        fi
        cat >>"$makefile" <<MAKEFILE
\$(OBJS): | \$(obj)/$header.h.gch
\$(OBJS): GYP_CXXFLAGS := -Winvalid-pch -include \$(obj)/$header.h \$(DEFS_Release) \$(INCS_Release) \$(CFLAGS_Release) \$(CFLAGS_CC_Release)
MAKEFILE
    done
}

# forgetPaths: process.config repeats config.gypi; it need not tell where brotli was compiled. The
# file keeps its time, or gyp would run again.
forgetPaths() {
    touch -r config.gypi ../time
    sed -i "s#'-L/build/brotli', ##; s#'/build/brotli/c/include'##" config.gypi
    ! grep -q -e /build "$PWD/config.gypi" || fail "config.gypi names the build directory"
    touch -r ../time config.gypi
}

brotliLibraries
mkdir debian
tar -xf "$debian" --no-same-owner
unpack "$src" node --wildcards --exclude='*/test/parallel/*' --exclude='*/benchmark/*' --exclude='*/doc/*'
cd node
applyPatches
addModules
# OpenSSL would look for modules where it was compiled; like its engines, they are nowhere.
grep -q 'MODULESDIR="<(modules_dir)"' deps/openssl/openssl.gyp || fail "openssl.gyp sets MODULESDIR elsewhere"
sed -i 's#MODULESDIR="<(modules_dir)"#MODULESDIR="/dev/null"#' deps/openssl/openssl.gyp
# Only the download of ICU reads bzip2.
sed -i '/^import bz2$/d' configure.py
# PYTHONHASHSEED: gyp writes some lists in the order of a set.
export PYTHONHASHSEED=0
python3 configure.py --prefix="$out" --dest-os=linux --dest-cpu="$nodeCPU" \
    --without-npm --without-corepack --without-intl --without-inspector \
    --without-node-code-cache --without-node-snapshot --openssl-no-asm \
    --shared-brotli --shared-brotli-includes=/build/brotli/c/include \
    --shared-brotli-libpath=/build/brotli \
    --shared-brotli-libname=brotlidec,brotlienc,brotlicommon
forgetPaths
precompile v8Headers v8_base_without_compiler v8_compiler v8_initializers v8_init
precompile nodeHeaders libnode
makeParallel -C out BUILDTYPE=Release node

mkdir -p "$out/bin"
cp out/Release/node "$out/bin/node"
"$STRIP" "$out/bin/node"
names=$(tr '\0' '\n' <"$out/bin/node" | grep -F -e /build/ || true)
[ -z "$names" ] || fail "node names the build directory: $names"
"$out/bin/node" -p 'process.versions'
