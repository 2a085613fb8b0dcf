# PCRE2 for 8-bit characters, as a static library: glib's regular expressions.
. "$static"
unpack "$src" source
cd source/src
cp pcre2_chartables.c.dist pcre2_chartables.c
cp pcre2.h.generic pcre2.h
cp config.h.generic config.h
sources=()
for file in auto_possess chartables chkdint compile compile_class config context convert dfa_match \
    error extuni find_bracket jit_compile maketables match match_data newline ord2utf pattern_info \
    script_run serialize string_utils study substitute substring tables ucd valid_utf xclass; do
    sources+=("pcre2_$file.c")
done
archive libpcre2-8.a -DHAVE_CONFIG_H -DPCRE2_CODE_UNIT_WIDTH=8 -DPCRE2_STATIC -DSUPPORT_PCRE2_8 \
    -DSUPPORT_UNICODE -DHAVE_STDINT_H -DHAVE_INTTYPES_H -DHAVE_MEMMOVE -- "${sources[@]}"
mkdir "$out/include"
cp pcre2.h "$out/include/"
pkgConfig libpcre2-8 "$version" -lpcre2-8
