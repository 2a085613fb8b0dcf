# The system: the kernel with its initramfs inside, the same as a container image, and bin/boot.
. "$setup"

mkdir -p "$out/bin" "$out/nix-support"
ln -s "$linux/kernel" "$out/kernel"
ln -s "$initramfs/initramfs" "$out/initramfs"
ln -s "$container/barebones.tar" "$out/barebones.tar"
ln -s "$container/oci" "$out/oci"
{
    # The person's shell and not the toolchain's: nothing that boots may hold on to that.
    echo '#!/bin/sh'
    for variable in title out qemu qemuProgram qemuMachine console memory; do
        printf "%s='%s'\n" "$variable" "${!variable}"
    done
    # One image, and a static emulator: no initramfs beside it, no loader to call by name.
    printf "%s=''\n" initramfsName loaderName triple
    cat "$boot"
} >"$out/bin/boot"
chmod +x "$out/bin/boot"
/bin/sh -n "$out/bin/boot"

# What a person wants to know before copying it to a machine; `make barebones` prints it.
bytes() { stat -L -c %s "$1"; }
printf '{"version":"%s","kernelBytes":%d,"initramfsBytes":%d,"containerBytes":%d,"memoryNeeded":"%s"}\n' \
    "$version" "$(bytes "$out/kernel")" "$(bytes "$out/initramfs")" "$(bytes "$out/barebones.tar")" \
    "$memory" >"$out/nix-support/sizes.json"
