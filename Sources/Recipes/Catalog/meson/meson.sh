# meson: Python alone, and the interpreter it is started with.
. "$static"
ar x "$src" data.tar.xz
unpack data.tar.xz source --wildcards '*/mesonbuild/*'
mkdir -p "$out/bin" "$out/lib/meson"
cp -R source/usr/lib/python3/dist-packages/mesonbuild "$out/lib/meson/"
printf '#!%s/bin/python3\nimport sys\nsys.path.insert(0, "%s")\n' "$python" "$out/lib/meson" \
    >"$out/bin/meson"
printf 'from mesonbuild import mesonmain\nsys.exit(mesonmain.main())\n' >>"$out/bin/meson"
chmod 755 "$out/bin/meson"
PYTHONHASHSEED=0 "$python/bin/python3" -m compileall -q -j 1 --invalidation-mode unchecked-hash \
    "$out/lib/meson"
"$out/bin/meson" --version
