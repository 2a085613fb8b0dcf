# Linux, configured by $fragment alone: allnoconfig plus what the fragment asks for.
. "$setup"

# The kernel writes who built it, where and when into its image.
export KBUILD_BUILD_TIMESTAMP='1970-01-01 00:00:00 UTC' KBUILD_BUILD_VERSION=1
export KBUILD_BUILD_USER=nodeos KBUILD_BUILD_HOST=nodeos

# Two thirds of the source are drivers for hardware this kernel does not have; their Kconfig files
# are all that the configuration reads of them.
tar -xf "$src" --no-same-owner --strip-components=1 \
    --exclude='*/Documentation/*.rst' --exclude='*/Documentation/*.yaml' \
    --exclude='*/Documentation/*.svg' --exclude='*/Documentation/*.txt' \
    --exclude='*/drivers/gpu/*.[ch]' --exclude='*/drivers/media/*.[ch]' \
    --exclude='*/drivers/net/ethernet/*.[ch]' --exclude='*/drivers/net/wireless/*.[ch]' \
    --exclude='*/drivers/staging/*.[ch]' --exclude='*/drivers/scsi/*.[ch]' \
    --exclude='*/drivers/infiniband/*.[ch]' --exclude='*/sound/*.[ch]' \
    --exclude='*/tools/testing/*' --exclude='*/tools/perf/*'

# objtool needs libelf, and x86 always selects it; the fragment switches off what depends on it.
grep -q 'select HAVE_OBJTOOL\b' arch/x86/Kconfig || fail 'arch/x86/Kconfig no longer selects HAVE_OBJTOOL'
sed -i '/select HAVE_OBJTOOL\b/d' arch/x86/Kconfig
# The entry code of x86 leaves a note for it by this macro, which only exists together with objtool.
sed -i '/^#else .* !CONFIG_OBJTOOL/,$ s/^\.macro REACHABLE$/.macro VALIDATE_UNRET_BEGIN\n.endm\n&/' \
    include/linux/objtool.h
[ "$(grep -c '^\.macro VALIDATE_UNRET_BEGIN' include/linux/objtool.h)" = 2 ] ||
    fail 'include/linux/objtool.h is not what was expected'

make ARCH="$kernelArch" KCONFIG_ALLCONFIG="$fragment" allnoconfig

# kconfig drops an option without a word when something it depends on is missing, and when it knows none
# of that name: then =n looks as if it had been obeyed.
find . -name 'Kconfig*' -exec sed -n -E 's/^[[:space:]]*(menu)?config[[:space:]]+//p' {} + |
    sort -u >/build/known
dropped=0
while IFS= read -r line; do
    case $line in '' | '#'*) continue ;; esac
    option=${line%%=*}
    grep -q -x "${option#CONFIG_}" /build/known || fail "Linux $version has no option $option"
    actual=$(grep -m 1 "^$option=" .config || true)
    [ -n "$actual" ] || actual=$option=n
    if [ "$actual" != "$line" ]; then
        echo "$name: asked for $line, but the configuration has $actual" >&2
        dropped=$((dropped + 1))
    fi
done <"$fragment"
[ "$dropped" = 0 ] || fail "$dropped options of $fragment were dropped: name what they depend on too"

make -j"$NIX_BUILD_CORES" ARCH="$kernelArch" "$kernelTarget"

mkdir "$out"
cp "arch/$kernelImage" "$out/kernel"
cp .config "$out/config"
cp System.map "$out/System.map"
