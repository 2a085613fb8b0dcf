# Compiles one C file of ours ($src) into one program, bin/$program, that needs nothing at run time.
. "$setup"

# -static: the program starts where no library exists. -s and -g0: debug records would name the
# compiler's own store path.
cp "$src" "$program.c"
gcc -std=gnu17 -O2 -g0 -Wall -Wextra -Werror -Wno-unused-result -ffile-prefix-map=/build=. \
    -static -s -o "$program" "$program.c"
mkdir -p "$out/bin"
cp "$program" "$out/bin/$program"
