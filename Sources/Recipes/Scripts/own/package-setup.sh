
# What follows is for packages of recipe files: docs/manual/recipes.md describes it.
# set -eu -o pipefail is in force, from setup.sh above.

# A toolchain of one's own may have no bash.
[ -x "$seeds/bin/bash" ] || ln -sfn "$seeds/bin/sh" /bin/sh

# Words of the recipe stand on a line each, so that they may hold spaces.
newline='
'

# In words, @out@ stands for the path of the output out, and so on.
for _output in ${outputs-}; do
    eval "_path=\$$_output"
    [ -z "${configureFlags-}" ] || configureFlags=${configureFlags//@$_output@/$_path}
    [ -z "${makeFlags-}" ] || makeFlags=${makeFlags//@$_output@/$_path}
done

# What the package's inputs have for compilers, linkers and pkg-config. Programs find their libraries again
# by the run path.
for _input in ${inputs-}; do
    [ ! -d "$_input/include" ] || export CPATH="${CPATH:+$CPATH:}$_input/include"
    if [ -d "$_input/lib" ]; then
        export LIBRARY_PATH="${LIBRARY_PATH:+$LIBRARY_PATH:}$_input/lib"
        export LDFLAGS="${LDFLAGS:+$LDFLAGS }-Wl,-rpath,$_input/lib"
    fi
    for _folder in "$_input/lib/pkgconfig" "$_input/share/pkgconfig"; do
        [ ! -d "$_folder" ] || export PKG_CONFIG_PATH="${PKG_CONFIG_PATH:+$PKG_CONFIG_PATH:}$_folder"
    done
done

export CC="${CC:-gcc}" CXX="${CXX:-g++}"
# No debug records: they hold the paths of the compiler's own headers.
export CFLAGS="${CFLAGS:--O2 -g0 -ffile-prefix-map=/build=.}"
export CXXFLAGS="${CXXFLAGS:--O2 -g0 -ffile-prefix-map=/build=.}"

# unpack ARCHIVE FOLDER: without the folder that the archive holds everything in; with the times of the
# archive, because generated files that look older than their sources would be made again.
unpack() {
    mkdir -p "$2"
    tar -xf "$1" -C "$2" -o --strip-components=1 2>/build/.unpack ||
        { cat /build/.unpack >&2; fail "cannot unpack $1"; }
}

# enterSource: unpacks the only source and goes there.
enterSource() {
    [ -n "${src-}" ] || fail 'the recipe names no source, or several: unpack them in a script of your own'
    unpack "$src" /build/source
    cd "/build/source/${sourceFolder-}"
}

# tidy: what differs between machines or would lead back to the builder, and what nobody uses.
tidy() {
    for output in $outputs; do
        eval "output=\$$output"
        [ -d "$output" ] || continue
        find "$output" -name '*.la' -type f -exec rm -f {} +
        rm -f "$output/share/info/dir"
        interpreters "$output"
    done
}

# interpreters FOLDER: scripts in its bin name what runs them by /usr/bin/env or /usr/bin, which is not there
# while something is built; where an input has that program, they name it.
interpreters() {
    for file in "$1"/bin/*; do
        if [ ! -f "$file" ] || [ -L "$file" ]; then continue; fi
        [ "$(head -c 2 "$file" | tr -d '\0')" = '#!' ] || continue
        line=$(head -n 1 "$file")
        line=${line#'#!'} line=${line# } line=${line#/usr/bin/env }
        program=${line%% *} rest=
        [ "$program" = "$line" ] || rest=" ${line#* }"
        for _input in ${inputs-}; do
            [ -x "$_input/bin/${program##*/}" ] || continue
            { printf '#!%s%s\n' "$_input/bin/${program##*/}" "$rest"; tail -n +2 "$file"; } >/build/.script
            cat /build/.script >"$file"
            break
        done
    done
}
