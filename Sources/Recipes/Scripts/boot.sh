
# Boots NodeOS in QEMU on this terminal; made by barebones.sh or barebones-preview.sh, which set the
# variables above. Plain POSIX shell, for it runs on a person's machine.
set -eu

usage() {
    cat <<TEXT
usage: boot [--tcg | --kvm] [QEMU OPTION...]

Boots NodeOS barebones into its Node.js prompt, on this terminal and without a network.
  --tcg   emulate the processor: works everywhere
  --kvm   use the machine's own processor, without trying first whether a guest starts
With neither, KVM is used when a guest is seen to start with it. What follows is given to QEMU:
  boot -m 1G
TEXT
}

accelerator=auto
case ${1-} in
    --help | -h) usage; exit 0 ;;
    --tcg) accelerator=tcg; shift ;;
    --kvm) accelerator=kvm; shift ;;
esac

# In a store that lies below another root (nodeos-store --root DIR) every path starts with DIR.
self=$0
while [ -L "$self" ]; do
    target=$(readlink "$self")
    case $target in /*) self=$target ;; *) self=${self%/*}/$target ;; esac
done
case $self in */*) ;; *) self=./$self ;; esac
self=$(CDPATH='' cd -P "${self%/*}" && pwd -P)
root=${self%"$out/bin"}
if [ "$root" = "$self" ]; then
    echo "boot: $self/boot is not at its place in a store; expected it to end in $out/bin" >&2
    exit 1
fi

# Links in the store name absolute paths, which a store below another root must not follow.
item() {
    path=$root$1
    while [ -L "$path" ]; do
        target=$(readlink "$path")
        case $target in /*) path=$root$target ;; *) path=${path%/*}/$target ;; esac
    done
    printf '%s\n' "$path"
}
kernel=$(item "$out/kernel")

# An emulator with libraries is started through their loader, called by name, because the path written
# into the program may have no root in it. A static one needs neither.
run_qemu() {
    if [ -n "$loaderName" ]; then
        set -- "$root$qemu/lib/$loaderName" --library-path "$root$qemu/lib" \
            "$root$qemu/bin/$qemuProgram" -L "$root$qemu/share/seabios" "$@"
    else
        set -- "$root$qemu/bin/$qemuProgram" "$@"
    fi
    QEMU_MODULE_DIR=$root$qemu/lib/$triple/qemu "$@" -L "$root$qemu/share/qemu" \
        -nodefaults -no-reboot -display none -machine "$qemuMachine" -cpu max
}

# Where /dev/kvm exists a guest may still hang in the firmware (nested virtualisation). Whether one
# starts shows at once: a kernel without a root file system panics and, told so, ends QEMU.
kvm_works() {
    [ -r /dev/kvm ] && [ -w /dev/kvm ] || return 1
    probe=$(mktemp) || return 1
    run_qemu -accel kvm -m 128M -kernel "$kernel" -append "console=$console panic=-1" \
        -serial "file:$probe" </dev/null >/dev/null 2>&1 &
    guest=$!
    tries=0
    started=1
    while [ "$tries" -lt 30 ]; do
        if grep -q 'Linux version' "$probe"; then started=0; break; fi
        kill -0 "$guest" 2>/dev/null || break
        sleep 0.1
        tries=$((tries + 1))
    done
    kill -9 "$guest" 2>/dev/null || true
    wait "$guest" 2>/dev/null || true
    rm -f "$probe"
    return "$started"
}
if [ "$accelerator" = auto ]; then
    accelerator=tcg
    if kvm_works; then accelerator=kvm; fi
fi

# Words the kernel does not know become the environment of process 1. A serial line cannot tell the
# size of the terminal at its other end.
words="console=$console panic=-1 quiet"
if [ -t 0 ] && [ -t 1 ]; then
    words="$words TERM=${TERM:-vt100}"
    size=$(stty size 2>/dev/null || true)
    case $size in
        [1-9]*' '[1-9]*) words="$words LINES=${size% *} COLUMNS=${size#* }" ;;
    esac
    echo "$title starts with $accelerator."
    echo "To leave: .exit, or Ctrl-D at an empty prompt. If it hangs: Ctrl-A, then X."
else
    # Nobody looks: what the kernel says depends on how busy the machine is. A panic still shows.
    words="$words TERM=dumb loglevel=1"
fi

# Without a name the initramfs is inside the kernel.
if [ -n "$initramfsName" ]; then
    set -- -initrd "$(item "$out/$initramfsName")" "$@"
fi

# signal=off hands Ctrl-C to the guest; the monitor behind Ctrl-A is the way out of a guest that
# hangs.
run_qemu -accel "$accelerator" -m "$memory" \
    -chardev stdio,id=terminal,mux=on,signal=off -serial chardev:terminal \
    -mon chardev=terminal \
    -kernel "$kernel" -append "$words" "$@"
