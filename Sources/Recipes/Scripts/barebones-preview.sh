# The bootable preview: kernel and initramfs side by side, and bin/boot, which starts them in QEMU.
. "$setup"

mkdir -p "$out/bin"
ln -s "$linux/kernel" "$out/kernel"
ln -s "$initramfs/initramfs" "$out/initramfs"
{
    # The person's shell and not the seeds': nothing that boots may hold on to the toolchain.
    echo '#!/bin/sh'
    for variable in title out triple qemu loaderName qemuProgram qemuMachine console memory; do
        printf "%s='%s'\n" "$variable" "${!variable}"
    done
    echo "initramfsName='initramfs'"
    cat "$boot"
} >"$out/bin/boot"
chmod +x "$out/bin/boot"
/bin/sh -n "$out/bin/boot"
