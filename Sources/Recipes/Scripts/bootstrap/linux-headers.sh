# The kernel's interface for programs: the headers that musl, gcc and whatever is built later include.
. "$toolchain"

# Of 1.4 GB this needs the Makefiles, the headers and the tables of system calls.
unpack "$src" linux --wildcards '*/Makefile' '*/Kbuild' '*/Kbuild.include' '*/Makefile.*' \
    '*/scripts/*' '*/include/*' "*/arch/$kernelArch/*" '*/usr/*' \
    --exclude='*/Documentation/*' --exclude='*/drivers/*' \
    --exclude='*/tools/testing/*' --exclude='*/tools/perf/*' --exclude='*/scripts/dtc/*'
cd linux

# headers_install would want rsync; `headers` leaves the same files in usr/include.
makeParallel ARCH="$kernelArch" headers

mkdir -p "$out"
(cd usr && find include -name '*.h' | sort | tar -cf - -T -) | tar -xf - -C "$out" --no-same-owner
