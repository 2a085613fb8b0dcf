# Files as they are. The recipe may give
#   copies    on a line each: where a file is, a space, and where it goes below $out
#   src       an archive that is unpacked into $out
. "$setup"
mkdir -p "$out"
[ -z "${src-}" ] || unpack "$src" "$out"
printf '%s\n' "${copies-}" | while read -r file target; do
    [ -n "$file" ] || continue
    [ ! -e "$out/$target" ] || fail "the source has a file '$target' too"
    case "$target" in */*) mkdir -p "$out/${target%/*}" ;; esac
    cp "$file" "$out/$target"
    case "$target" in
        bin/* | sbin/* | libexec/*) chmod 755 "$out/$target" ;;
        *) chmod 644 "$out/$target" ;;
    esac
done
tidy
