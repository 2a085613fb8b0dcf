# The kernel's own initramfs writer, out of the kernel's own source.
. "$setup"

tar -xf "$src" --no-same-owner --strip-components=1 --wildcards '*/usr/gen_init_cpio.c'
gcc -O2 -g0 -ffile-prefix-map=/build=. -static -s -o gen_init_cpio usr/gen_init_cpio.c
mkdir -p "$out/bin"
cp gen_init_cpio "$out/bin/gen_init_cpio"
