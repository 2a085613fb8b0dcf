# QEMU: static emulators of whole machines ($systems) and of single programs ($users), for every
# processor of NodeOS, with the firmware that a PC starts with. No display, no sound, no network card
# of the host; of the boards one for each processor.
. "$static"

unpack "$src" source
# meson looks for static libraries in the folders of the compiler only.
sed -i "s#cc.find_library('fdt', kwargs#cc.find_library('fdt', dirs: '$libfdt/lib', kwargs#" \
    source/meson.build
grep -q "dirs: '$libfdt/lib'" source/meson.build || fail 'meson.build looks for fdt in another way'
# These name gmodule for the lists and trees of glib.
sed -i 's/<gmodule\.h>/<glib.h>/' source/include/qemu/transactions.h source/plugins/plugin.h \
    source/include/hw/virtio/vhost-vdpa.h
# Shaders are for displays, and perl would prepare them.
sed -i "/^subdir('shader')/d" source/ui/meson.build
# Debian's archive has none of the firmware that is not built here.
sed -i 's/unpack_edk2_blobs = bzip2.found()/unpack_edk2_blobs = false/' source/meson.build

# What the machines have: --without-default-devices leaves everything out that a board can do without.
devices='CONFIG_VIRTIO_PCI=y
CONFIG_VIRTIO_BLK=y
CONFIG_VIRTIO_NET=y
CONFIG_VIRTIO_RNG=y
CONFIG_VIRTIO_SERIAL=y'
printf 'CONFIG_I440FX=y\nCONFIG_ISA_DEBUG=y\n%s\n' "$devices" \
    >source/configs/devices/x86_64-softmmu/nodeos.mak
printf 'CONFIG_ARM_VIRT=y\n%s\n' "$devices" >source/configs/devices/aarch64-softmmu/nodeos.mak

targets= programs=
for cpu in $systems; do targets+=,$cpu-softmmu programs+=" qemu-system-$cpu"; done
for cpu in $users; do targets+=,$cpu-linux-user programs+=" qemu-$cpu"; done

mkdir b
cd b
../source/configure --prefix="$out" --static --disable-pie --target-list="${targets#,}" \
    --cc="$CC" --host-cc="$CC" \
    --extra-cflags="-I$libfdt/include" --extra-ldflags="-L$libfdt/lib" --with-git-submodules=ignore --without-default-features \
    --without-default-devices --with-devices-x86_64=nodeos --with-devices-aarch64=nodeos \
    --enable-tcg --enable-kvm --enable-fdt=system --enable-trace-backends=nop --disable-tools \
    --disable-install-blobs --disable-debug-info --disable-stack-protector --disable-werror ||
    { tail -n 50 config.log; fail 'configure failed'; }
# shellcheck disable=SC2086 # a list of names
ninja -j "$NIX_BUILD_CORES" $programs
# The boot ROMs that QEMU has the source of. configure leaves them out, for want of a 32-bit libgcc,
# which they do not use.
mkdir -p roms
cp ../source/pc-bios/optionrom/Makefile roms/
printf '%s\n' TOPSRC_DIR=/build/source TARGET_DIR=roms/ CC="$CC" OBJCOPY=objcopy PYTHON=python3 \
    >roms/config.mak
make -C roms V=1 all

mkdir -p "$out/bin" "$out/share/qemu"
for program in $programs; do "$STRIP" -o "$out/bin/$program" "$program"; done
cp roms/{kvmvapic,linuxboot,linuxboot_dma,multiboot_dma,pvh}.bin "$out/share/qemu/"
cp "$seabios/share/seabios/bios-256k.bin" "$out/share/qemu/"
for program in $programs; do "$out/bin/$program" --version | head -n 1; done
