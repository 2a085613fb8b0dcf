# Sourced first by the scripts of this folder: what the steps of the toolchain have in common.
#
# Every script gets from its recipe
#   setup    ../setup.sh          seeds   the relocated seed programs
#   target   x86_64-nodeos-linux-musl: the machine whose programs the toolchain makes
#   build    x86_64-pc-linux-gnu: the machine of the seeds' own compiler
. "$setup"

# Manuals need makeinfo, which is not among the seeds; nobody reads them here. On the command line
# it reaches every Makefile below, whatever its configure found.
make() { command make MAKEINFO=true "$@"; }

# No debug records: they hold the paths of the compiler's own headers, and so a store path. What
# still names the build directory (assert, __FILE__) names it the same way on every machine.
pathFlags='-g0 -ffile-prefix-map=/build=.'

makeParallel() { make "-j$NIX_BUILD_CORES" "$@"; }

# unpack ARCHIVE DIRECTORY [TAR OPTION...]: with the times of the archive, because generated files
# that look older than their sources would call autoconf, bison or makeinfo again.
unpack() {
    local archive=$1 directory=$2
    shift 2
    mkdir -p "$directory"
    tar -xf "$archive" -C "$directory" --no-same-owner --strip-components=1 "$@"
}

# unpackGcc ARCHIVE: into ./gcc, without the two thirds that only other languages, their libraries
# and the test suite use. Debian's archive holds the real one, freed of manuals.
unpackGcc() {
    tar -xf "$1" --no-same-owner --wildcards '*/gcc-*-dfsg.tar.xz'
    unpack gcc-*/gcc-*-dfsg.tar.xz gcc \
        --wildcards --exclude='*/gcc/ada/*' --exclude='*/gcc/testsuite/[!s]*/*' \
        --exclude='*/gcc/po/*' --exclude='*/libstdc++-v3/testsuite/*/*' --exclude='*/libgo/*' \
        --exclude='*/libphobos/*' --exclude='*/libsanitizer/*' --exclude='*/libgfortran/*' \
        --exclude='*/libgomp/testsuite/*' --exclude='*/libffi/testsuite/*' \
        --exclude='*/gotools/*' --exclude='*/gnattools/*' --exclude='*/ChangeLog*'
    rm -rf gcc-*

    # fixincludes copies "repaired" headers of the C library into the compiler, where they hide
    # the library's own. musl's need no repair.
    sed -i 's#\./fixinc\.sh#-c true#' gcc/gcc/Makefile.in
}

# unpackGmp ARCHIVE DIRECTORY: the archive lacks doc/, which the Makefile of its parent descends into.
unpackGmp() {
    unpack "$1" "$2"
    mkdir -p "$2/doc"
    printf 'all install install-strip check clean:\n' >"$2/doc/Makefile.in"
}

# bindGcc MUSL RUNTIME: what gcc links asks for the loader of MUSL by its store path, and finds
# libgcc_s and libstdc++ in RUNTIME by its run path. Linux has neither /lib nor a cache of libraries
# here. The loader of musl searches the run path of a program for its libraries' libraries too.
bindGcc() {
    local file changed=0 spec
    for file in $(grep -rl "\"/lib/$muslLoader\"" gcc/gcc/config); do
        sed -i "s#\"/lib/$muslLoader\"#\"$1/lib/$muslLoader\"#" "$file"
        changed=$((changed + 1))
    done
    [ "$changed" != 0 ] || fail "no file of gcc/config names the loader /lib/$muslLoader"

    spec='static-pie:-static -pie --no-dynamic-linker -z text}}'
    file=gcc/gcc/config/i386/gnu-user64.h
    sed -i "s#$spec\"#$spec %{!static:%{!static-pie:%{!nostdlib:-rpath $2/lib}}}\"#" "$file"
    grep -q -e "-rpath $2/lib" "$file" || fail "the link spec in $file has changed: no run path set"
}

# precompileGcc: in the unpacked ./gcc, lets the middle end be compiled with the headers that all its
# files share compiled once. At -O0 and -O1 a file of gcc costs more for its headers than for itself.
# Files that are generated or belong to one processor read machmode.h in another mode: not they.
precompileGcc() {
    local file=gcc/gcc/Makefile.in
    cp "$precompiled" gcc/gcc/precompiled.h
    sed -i 's/^COMPILE\.base = .*$(ALL_CPPFLAGS)/& $(PRECOMPILED)/' "$file"
    grep -q '^COMPILE.base = .* $(PRECOMPILED) -o' "$file" || fail "$file compiles in another way now"
    cat >>"$file" <<'MAKEFILE'

PRECOMPILED_OBJS = $(filter-out insn-% i386% x86-% ggc-common.o $(out_object_file) $(extra_objs) \
    $(OBJS-libcommon) $(OBJS-libcommon-target) $(ALL_HOST_FRONTEND_OBJS), $(OBJS))
precompiled.h.gch: $(srcdir)/precompiled.h | $(generated_files)
	$(COMPILER) -x c++-header $(ALL_COMPILERFLAGS) $(ALL_CPPFLAGS) -o $@ $<
$(PRECOMPILED_OBJS): | precompiled.h.gch
$(PRECOMPILED_OBJS): private PRECOMPILED = -Winvalid-pch -include precompiled.h
MAKEFILE
}

# Installs gcc from the current directory. Debian's archive has an empty texinfo file that a rule
# wants to compare with one made from the source; touching the stamp says that this has been done.
installGcc() {
    touch gcc/s-tm-texi
    make "$@"
}

# tidy DIRECTORY STRIP: no manuals, no libtool archives, no helpers that print or repeat the
# configuration of the compiler that built this, and no debug records in the libraries.
tidy() {
    rm -rf "$1"/share/{info,man,doc,locale,gcc-*} "$1"/lib/pkgconfig
    rm -rf "$1"/libexec/gcc/*/*/install-tools "$1"/lib/gcc/*/*/install-tools
    find "$1" \( -name '*.la' -o -name '*-gdb.py' \) -type f -delete
    find "$1" -type f \( -name '*.a' -o -name '*.o' -o -name '*.so' -o -name '*.so.*' \) | sort |
        while IFS= read -r library; do
            # Some .so files are linker scripts.
            case $(head -c 4 "$library" | tr -d '\0') in
                $'\x7fELF' | '!<ar') "$2" --strip-debug --enable-deterministic-archives "$library" ;;
            esac
        done
    rmdir "$1/share" 2>/dev/null || true
}

# useCross: compile with the cross toolchain of PATH, for programs that run on musl and need no file
# beside themselves: static, so that they name neither a loader nor a library of an earlier stage.
useCross() {
    export CC="$target-gcc" CXX="$target-g++" AR="$target-ar" RANLIB="$target-ranlib"
    export NM="$target-nm" STRIP="$target-strip" LD="$target-ld" AS="$target-as"
    export OBJDUMP="$target-objdump" OBJCOPY="$target-objcopy" READELF="$target-readelf"
    export CC_FOR_BUILD="$CC" CXX_FOR_BUILD="$CXX"
    export CFLAGS="-O2 $pathFlags" CXXFLAGS="-O2 $pathFlags" LDFLAGS=-static
}

# Options of every binutils: two object formats less to choose from, no debugger, no plug-ins.
# A bare --with-sysroot makes ld accept --sysroot, which is how gcc tells it where musl is: binutils
# itself must not name musl, because musl is built with it.
binutilsOptions=(
    --target="$target" --with-sysroot --disable-nls --disable-multilib --disable-werror
    --disable-gdb --disable-gdbserver --disable-sim --disable-libdecnumber --disable-readline
    --disable-gprofng --disable-gprof --disable-gold --disable-plugins --disable-shared
    --without-zstd --without-debuginfod --enable-deterministic-archives --enable-new-dtags
)

# Options of every gcc: C (and C++) for one target without the libraries beside libgcc_s and
# libstdc++, no plug-ins, no link-time optimisation, no static analyser.
gccOptions=(
    --target="$target" --disable-bootstrap --disable-multilib --disable-nls --disable-libgomp
    --disable-libssp --disable-libatomic --disable-libitm --disable-libquadmath
    --disable-libsanitizer --disable-libvtv --disable-lto --disable-plugin --disable-gcov
    --disable-libcc1 --disable-analyzer --disable-werror
    --without-isl --without-zstd --enable-checking=release --enable-deterministic-archives
)

# Options of a gcc with a C library: threads, shared libraries, position-independent programs. No
# symbol versions, which musl's loader does not use; no precompiled headers, which are large and
# hold addresses.
gccHostedOptions=(
    --with-native-system-header-dir=/include --enable-languages=c,c++ --enable-shared
    --enable-threads=posix --enable-tls --enable-default-pie --disable-symvers
    --disable-libstdcxx-pch --enable-libstdcxx-time=yes
)
