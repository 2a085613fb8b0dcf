# ninja, compiled without itself: its own way would be to build it twice.
. "$static"
unpack "$src" source
cd source/src
sources=()
for file in build build_log clean clparser debug_flags depfile_parser deps_log disk_interface \
    dyndep dyndep_parser edit_distance eval_env graph graphviz json lexer line_printer \
    manifest_parser metrics missing_deps parser state status string_piece_util subprocess-posix \
    util version ninja; do
    sources+=("$file.cc")
done
# shellcheck disable=SC2086 # a list of options
{
    printf '%s\n' "${sources[@]}" | xargs -P "$NIX_BUILD_CORES" -n 1 \
        "$CXX" $CXXFLAGS -O1 -fno-rtti -fno-exceptions -DNDEBUG -DUSE_PPOLL -c
    "$CC" $CFLAGS -c getopt.c
}
"$CXX" $LDFLAGS -o ninja getopt.o "${sources[@]/%.cc/.o}"
mkdir -p "$out/bin"
"$STRIP" -o "$out/bin/ninja" ninja
"$out/bin/ninja" --version
