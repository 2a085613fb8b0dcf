# The system as a container image: what the initramfs holds, without devices; the kernel is the host's.
. "$setup"

python3 "$writer" "$initramfs/initramfs.list" "$architecture" "$out"
