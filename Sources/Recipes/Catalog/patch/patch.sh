# GNU patch: busybox's takes the first place where a hunk fits, and not the one that its line number
# says; a patch for one of two similar functions changes the other.
. "$static"
unpack "$src" source
cd source
./configure --build="$target" --host="$target" --prefix="$out" --disable-xattr ac_cv_path_ED=ed
makeParallel
mkdir -p "$out/bin"
"$STRIP" -o "$out/bin/patch" src/patch

# Twice the same lines: the hunk is for the second.
printf '%s\n' a b c x a b c >two
printf '%s\n' '--- two' '+++ two' '@@ -5,3 +5,4 @@' ' a' ' b' '+new' ' c' >two.diff
"$out/bin/patch" two two.diff
[ "$(tr -d '\n' <two)" = abcxabnewc ] || fail "the hunk went to another place: $(tr '\n' ' ' <two)"
