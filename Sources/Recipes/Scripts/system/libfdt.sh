# libfdt, which QEMU describes machines with, as the kernel carries it.
. "$static"
unpack "$src" source --wildcards '*/scripts/dtc/libfdt/*'
cd source/scripts/dtc/libfdt
archive libfdt.a -I. -- fdt.c fdt_addresses.c fdt_empty_tree.c fdt_overlay.c fdt_ro.c fdt_rw.c \
    fdt_strerror.c fdt_sw.c fdt_wip.c
mkdir "$out/include"
cp fdt.h libfdt.h libfdt_env.h "$out/include/"
