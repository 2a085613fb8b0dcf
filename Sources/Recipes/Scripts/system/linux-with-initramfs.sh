# Linux with the initramfs inside its image: one file boots.
# $linux is the kernel's own script, $fragment what it configures; two lines more come from here.
cp "$initramfs/initramfs" /build/initramfs.cpio
{
    sed '/^CONFIG_INITRAMFS_SOURCE=/d' "$fragment"
    # A name that ends in .cpio is taken as it is. The image is compressed as a whole.
    echo 'CONFIG_INITRAMFS_SOURCE="/build/initramfs.cpio"'
    echo 'CONFIG_INITRAMFS_COMPRESSION_NONE=y'
} >/build/kernel.fragment
fragment=/build/kernel.fragment
. "$linux"
