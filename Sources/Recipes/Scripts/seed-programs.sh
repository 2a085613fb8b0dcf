# Takes a few programs out of unpacked seed packages ($unpacked), with exactly the libraries they
# load, into a store path of their own that needs neither the packages nor the seed toolchain.
#
#   programs  executables to keep, as paths below $unpacked
#   modules   libraries that the programs open by path while they run, kept where they are
#   files     other files they read, kept where they are
#
# The tree starts at usr/, so usr/bin/node becomes bin/node. Libraries all go to lib/.
. "$setup"

source=$unpacked/usr/lib/$triple
mkdir -p "$out/lib"
cp "$source/$loaderName" "$out/lib/$loaderName"

# Copies one path below $unpacked to the same place below $out, without the leading usr/.
keep() {
    [ -e "$unpacked/$1" ] || fail "the seed packages hold no $1"
    mkdir -p "$out/$(dirname "${1#usr/}")"
    cp -L "$unpacked/$1" "$out/${1#usr/}"
}

# Copies the libraries that an ELF file asks for, then those that they ask for.
keep_libraries() {
    local library
    for library in $(patchelf --print-needed "$1"); do
        [ ! -e "$out/lib/$library" ] || continue
        [ -e "$source/$library" ] || fail "$1 needs $library, which no seed package of this group has"
        cp -L "$source/$library" "$out/lib/$library"
        keep_libraries "$source/$library"
    done
}

for file in $programs $modules $files; do keep "$file"; done
for file in $programs $modules; do keep_libraries "$unpacked/$file"; done
chmod -R u+w "$out"

# DT_RPATH rather than DT_RUNPATH: it also serves the libraries of libraries and the modules.
for program in $programs; do
    patchelf --set-interpreter "$out/lib/$loaderName" --force-rpath --set-rpath "$out/lib" \
        "$out/${program#usr/}"
done

# Start each once: a library that is missing shows here and not in the middle of a boot.
for program in $programs; do "$out/${program#usr/}" --version; done
