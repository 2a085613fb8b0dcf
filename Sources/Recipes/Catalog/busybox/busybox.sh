# busybox: the small tools of the system in one static program.
. "$toolchain"
useCross
# Its Makefile takes flags from the environment twice, and LDFLAGS for ld itself.
unset CFLAGS CXXFLAGS LDFLAGS LD AS
export KCONFIG_NOTIMESTAMP=1

unpack "$src" busybox
cd busybox
make defconfig HOSTCC="$CC -static"

# set_option OPTION VALUE: an option that does not exist is an error.
set_option() {
    grep -q -E "^(# )?CONFIG_$1[= ]" .config || fail "busybox has no option CONFIG_$1"
    sed -i -E "s|^(# )?CONFIG_$1[= ].*|CONFIG_$1=$2|" .config
}
set_option STATIC y
set_option EXTRA_CFLAGS "\"$pathFlags\""
set_option CROSS_COMPILER_PREFIX "\"$target-\""
set_option FEATURE_SH_STANDALONE n
set_option FEATURE_TAR_UNAME_GNAME n
make oldconfig HOSTCC="$CC -static" </dev/null

makeParallel HOSTCC="$CC -static" SKIP_STRIP=y busybox busybox.links
mkdir -p "$out/bin"
cp busybox "$out/bin/busybox"
"$STRIP" "$out/bin/busybox"
while IFS= read -r link; do
    [ -e "$out/bin/${link##*/}" ] || ln -s busybox "$out/bin/${link##*/}"
done <busybox.links
"$out/bin/sh" -c 'echo "busybox: $(echo works | sed s/works/runs/)"'
