# An archive ($src) with patches applied ($patches, in their order, each with -p1) → an archive that differs
# in nothing else: what a package with patches is built from.
. "$setup"
mkdir source
tar -xf "$src" -C source --no-same-owner
cd source
set -- *
[ "$#" = 1 ] && [ -d "$1" ] || fail 'the archive must hold everything in one folder'
folder=$1
cd "$folder"
# GNU patch keeps no copy of a file that it had to search a place in, when told to do as POSIX says.
export POSIXLY_CORRECT=1
for patch in $patches; do
    patch -p1 -i "$patch" || fail "the patch ${patch##*/} does not apply"
done
cd ..
# One time for all: what a patch changed would be newer than what was generated from it.
find . -exec touch -h -d @1 {} +
find "$folder" | sort >/build/names
tar -cf "$out" --no-recursion --numeric-owner -T /build/names
