# The programs of a native toolchain under the names that a cross toolchain's have ($target-as), as
# links: so a recipe that is made for the one can be built by the other.
. "$setup"
mkdir -p "$out/bin"
for package in $packages; do
    for program in "$package"/bin/*; do
        case ${program##*/} in
            "$target"-*) name=${program##*/} ;;
            *) name=$target-${program##*/} ;;
        esac
        [ -e "$out/bin/$name" ] || ln -s "$program" "$out/bin/$name"
    done
done
for program in gcc g++ as ld ar nm ranlib strip objcopy objdump readelf; do
    [ -x "$out/bin/$target-$program" ] || fail "none of the packages has the program $program"
done
