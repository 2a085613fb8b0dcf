# QEMU: for each of $processors an emulator of a whole machine and one of single programs, static, with
# the firmware that a PC starts with. No display, no sound, no network of the host; one board each.
. "$static"

unpack "$src" source
[ "$version" = "$(cat source/VERSION)" ] || fail "the archive holds $(cat source/VERSION)"

# meson and python come from their own packages: configure would make a Python environment of its own to
# look for them in, with programs that Python ships for installing others.
sed -i -e '/^python=.*mkvenv.py" create pyvenv/d' -e 's#^meson="$(cd pyvenv/bin; pwd)/meson"#meson=$(command -v meson)#' \
    -e '/^$mkvenv ensuregroup --dir /,/ meson || exit 1$/d' source/configure
grep -q '^meson=$(command -v meson)' source/configure || fail 'configure looks for meson in another way'
! grep -E 'create pyvenv|mkvenv ensuregroup --dir' source/configure || fail 'configure makes an environment of Python'

# meson looks for static libraries in the folders of the compiler only.
sed -i "s#cc.find_library('fdt', required#cc.find_library('fdt', dirs: '$libfdt/lib', required#" \
    source/meson.build
grep -q "dirs: '$libfdt/lib'" source/meson.build || fail 'meson.build looks for fdt in another way'
# These name gmodule for the lists and trees of glib.
sed -i 's/<gmodule\.h>/<glib.h>/' source/include/qemu/transactions.h source/plugins/plugin.h \
    source/include/hw/virtio/vhost-vdpa.h
# The kernel's headers of musl have none for sound; nothing here asks for its timers.
sed -i '/<sound\/asound\.h>/d' source/linux-user/syscall.c
sed -i '/IOCTL(SNDRV_TIMER/,/^$/d' source/linux-user/ioctls.h
# Shaders are for displays, and perl would prepare them.
sed -i "/^subdir('shader')/d" source/ui/meson.build
# Debian's archive has none of the firmware that is not built here.
sed -i 's/unpack_edk2_blobs = bzip2.found()/unpack_edk2_blobs = false/' source/meson.build

# What the machines have: --without-default-devices leaves out what a board can do without.
targets= programs= options=
for processor in $processors; do
    case $processor in
        x86_64 | i386) boards='CONFIG_I440FX=y CONFIG_ISA_DEBUG=y' ;;
        # The processor itself calls v7-M's interrupt controller and the debugger's calls, which their
        # own Kconfig leaves to the list of default devices.
        aarch64 | arm)
            boards='CONFIG_ARM_VIRT=y CONFIG_ARM_V7M=y CONFIG_SEMIHOSTING=y'
            boards+=' CONFIG_ARM_COMPATIBLE_SEMIHOSTING=y'
            ;;
        *) fail "no board is known for $processor" ;;
    esac
    # shellcheck disable=SC2086 # a list of options
    printf '%s\n' $boards CONFIG_VIRTIO_{PCI,BLK,NET,RNG,SERIAL}=y \
        >"source/configs/devices/$processor-softmmu/nodeos.mak"
    targets+=,$processor-softmmu,$processor-linux-user
    programs+=" qemu-system-$processor qemu-$processor"
    options+=" --with-devices-$processor=nodeos"
done

mkdir b
cd b
# shellcheck disable=SC2086 # lists of options and names, here and below
../source/configure --prefix="$out" --static --disable-pie --cc="$CC" --host-cc="$CC" \
    --extra-cflags="-I$libfdt/include -I$zlib/include" --extra-ldflags="-L$libfdt/lib" \
    --target-list="${targets#,}" $options --without-default-devices --without-default-features \
    --disable-download --enable-tcg --enable-kvm --enable-fdt=system \
    --enable-trace-backends=nop --disable-tools \
    --disable-install-blobs --disable-debug-info --disable-stack-protector --disable-werror ||
    { tail -n 50 config.log; fail 'configure failed'; }
ninja -j "$NIX_BUILD_CORES" $programs
# The boot ROMs that QEMU has the source of. configure leaves them out, for want of a 32-bit libgcc,
# which they do not use. gcc's own headers only: those of musl come before them otherwise, and say
# that uint64_t is long, which has 32 bits in a ROM.
mkdir -p roms
cp ../source/pc-bios/optionrom/Makefile roms/
printf '%s\n' TOPSRC_DIR=/build/source TARGET_DIR=roms/ CC="$CC" OBJCOPY=objcopy PYTHON=python3 \
    EXTRA_CFLAGS="-nostdinc -isystem $("$CC" -print-file-name=include)" >roms/config.mak
make -C roms V=1 all

mkdir -p "$out/bin" "$out/share/qemu"
for program in $programs; do "$STRIP" -o "$out/bin/$program" "$program"; done
cp roms/{kvmvapic,linuxboot,linuxboot_dma,multiboot_dma,pvh}.bin "$out/share/qemu/"
cp "$seabios/share/seabios/bios-256k.bin" "$out/share/qemu/"
for program in $programs; do "$out/bin/$program" --version; done
