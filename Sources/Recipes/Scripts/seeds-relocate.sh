# Turns the unpacked seed packages ($unpacked) into one store path whose programs, compiler and
# linker scripts name only $out. Whatever the seeds' compiler links then carries $out as loader and
# run path, so that the reference scanner sees every leak of a seed into a later stage.
#
# Runs before any usable shell exists: the builder is the unpacked dynamic loader with the unpacked
# bash, so nothing may be taken from /bin or /lib before the links below are made.
set -eu -o pipefail
export LC_ALL=C TZ=UTC
umask 022

unpackedLibraries=$unpacked/usr/lib/$triple
loader=$unpackedLibraries/$loaderName

# 1. Programs of the seeds ask for the loader in /lib64 and for libraries in /lib.
"$loader" --library-path "$unpackedLibraries" "$unpacked/usr/bin/mkdir" -p /lib64 /bin
"$loader" --library-path "$unpackedLibraries" "$unpacked/usr/bin/ln" -s "$loader" "/lib64/$loaderName"
"$loader" --library-path "$unpackedLibraries" "$unpacked/usr/bin/ln" -s "$unpacked/usr/bin/bash" /bin/sh
export PATH=$unpacked/usr/bin LD_LIBRARY_PATH=$unpackedLibraries

# 2. Copy what programs need. Documentation, translations, configuration, character set
#    converters and sanitizer run times are never used by a build.
mkdir -p "$out/usr/share"
ln -s usr/bin "$out/bin"
ln -s usr/lib "$out/lib"
ln -s usr/lib64 "$out/lib64"
ln -s usr/include "$out/include"
ln -s usr/share "$out/share"
cp -r "$unpacked"/usr/{bin,include,lib,lib64,libexec} "$out/usr/"
for directory in awk bison gcc perl perl5; do
    [ ! -e "$unpacked/usr/share/$directory" ] || cp -r "$unpacked/usr/share/$directory" "$out/usr/share/"
done
chmod -R u+w "$out"
rm -rf "$out/usr/lib/$triple/gconv" "$out/usr/lib/systemd"
rm -f "$out"/usr/lib/gcc/"$triple"/*/lib{asan,tsan,ubsan,lsan}*

cd "$out"
libraries=$out/usr/lib/$triple

# 3. Absolute links point into $out; links to what was dropped go away.
find . -type l | sort | while read -r link; do
    target=$(readlink "$link")
    case $target in
        /lib/* | /lib64/* | /bin/*) ln -sfn "$out/usr$target" "$link" ;;
        /usr/*) ln -sfn "$out$target" "$link" ;;
        /*) rm "$link" ;;
    esac
done
ln -sfn "$libraries/$loaderName" "usr/lib64/$loaderName"
find . -type l | sort | while read -r link; do
    [ -e "$link" ] || rm "$link"
done

# 4. The usual names of tools that Debian installs under a version or a triple.
link() {
    [ -e "usr/bin/$1" ] || { echo "seeds: no program $1 to name $2" >&2; exit 1; }
    ln -sfn "$1" "usr/bin/$2"
}
for tool in gcc g++ cpp gcc-ar gcc-nm gcc-ranlib; do link "$tool-12" "$tool"; done
for tool in ar as ld nm objcopy objdump ranlib readelf size strings strip; do
    link "$triple-$tool" "$tool"
done
link gcc-12 cc
link g++-12 c++
link bash sh
link gawk awk
link python3.11 python3
link flex lex

# 5. Loader and run path of every program; interpreter line of every script. DT_RPATH, not
#    DT_RUNPATH: only the former also serves the libraries of libraries and dlopen. Libraries and
#    the loader itself stay as they are.
patched=0
interpreted=0
while read -r file; do
    case $file in */"$loaderName" | *.o | *.a | *.h | *.py) continue ;; esac
    magic=
    IFS= read -r -n 4 -d '' magic <"$file" || true
    case $magic in
        $'\x7fELF')
            case $file in *.so | *.so.*) continue ;; esac
            patchelf --print-interpreter "$file" >/dev/null 2>&1 || continue
            patchelf --set-interpreter "$libraries/$loaderName" --force-rpath \
                --set-rpath "$libraries" --output "$file.new" "$file"
            ;;
        '#!'*)
            IFS= read -r line <"$file"
            line=${line#'#!'}
            line=${line# }
            line=${line#/usr}
            case $line in
                '/bin/env '*) line="/bin/${line#/bin/env }" ;;
                /bin/*) ;;
                *) continue ;;
            esac
            { echo "#!$out$line"; tail -n +2 "$file"; } >"$file.new"
            interpreted=$((interpreted + 1))
            ;;
        *) continue ;;
    esac
    patched=$((patched + 1))
    chmod --reference="$file" "$file.new"
    mv -f "$file.new" "$file"
done < <(find usr/bin usr/lib usr/libexec -type f | sort)
echo "relocated $((patched - interpreted)) programs and $interpreted scripts"

# 6. Linker scripts name the C library by absolute path.
sed -i -E \
    -e "s#( |^)(/usr)?/lib/$triple/#\\1$libraries/#g" \
    -e "s#/lib64/$loaderName#$libraries/$loaderName#g" \
    "$libraries"/libc.so "$libraries"/libm.so "$libraries"/libm.a

# 7. The compiler: headers and start files below $out, and in each program it links the loader and
#    run path of $out. The file must be complete: gcc drops its built-in specs when one exists.
export PATH=$out/bin
unset LD_LIBRARY_PATH
specs=$(dirname "$(gcc -print-libgcc-file-name)")/specs
gcc -dumpspecs >/tmp/specs
link="%{!nostdlib:%{!static:%{!static-pie:%{!r:%{!shared:-dynamic-linker $libraries/$loaderName}"
link="$link --disable-new-dtags -rpath $libraries}}}}"
awk -v sysroot="$out" -v link="$link" '
    previous == "*self_spec:" { $0 = "%{!-sysroot*:--sysroot=" sysroot "}"; changed++ }
    previous == "*link:" { $0 = $0 " " link; changed++ }
    { print; previous = $0 }
    END { exit changed != 2 }
' /tmp/specs >"$specs"

# 8. A program compiled here must run here; what fails now would fail in every later step.
cd /build
printf '#include <iostream>\nint main() { std::cout << "seeds work\\n"; }\n' >hello.cc
g++ -o hello hello.cc
./hello
