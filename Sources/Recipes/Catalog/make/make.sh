# GNU make, compiled by hand: Debian's archive has neither configure nor Makefile.in.
. "$toolchain"
useCross

unpack "$src" source
cd source

# The template holds definitions of its own between the lines that configure would fill in.
{ cat "$makeConfig"; sed '/^ *# *undef /d' src/config.h.in; } >src/config.h

# make matches with hooks of its own, which only GNU's glob has; musl's is another. The two headers
# are complete as they are.
for header in glob fnmatch; do cp "lib/$header.in.h" "lib/$header.h"; done

sources=()
for file in ar arscan commands default dir expand file function guile hash implicit job load \
    loadapi main misc output posixos read remake remote-stub rule signame strcache variable \
    version vpath; do
    sources+=("src/$file.c")
done
for file in glob fnmatch concat-filename xconcat-filename findprog-in dirname-lgpl basename-lgpl \
    stripslash; do
    sources+=("lib/$file.c")
done

# What the library calls when there is no memory; its own is in terms of GNU's error().
printf 'void out_of_memory(void);\nvoid xalloc_die(void) { out_of_memory(); }\n' >lib/die.c
sources+=(lib/die.c)
# shellcheck disable=SC2086 # lists of options
"$CC" $CFLAGS $LDFLAGS -DHAVE_CONFIG_H -Isrc -Ilib -DLIBDIR='"/usr/lib"' \
    -DINCLUDEDIR='"/usr/include"' -DLOCALEDIR='""' -DMAKE_HOST="\"$target\"" \
    -o make.new "${sources[@]}"
"$STRIP" make.new
mkdir -p "$out/bin"
cp make.new "$out/bin/make"
printf 'all: a b\na b:\n\t@echo $@ $(wildcard lib/glob.?)\n' | "$out/bin/make" -j2 -f -
