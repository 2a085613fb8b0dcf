# The programs of several packages under one bin/, as links: what a build finds by name, and what
# stands in for the seeds in everything built afterwards. The first package that has a name wins.
. "$setup"
mkdir -p "$out/bin" "$out/share"
for package in $packages; do
    for program in "$package"/bin/*; do
        [ -e "$out/bin/${program##*/}" ] || ln -s "$program" "$out/bin/${program##*/}"
    done
    # Data that a program reads from where the seeds have it, as bison's skeletons (setup.sh).
    for directory in "$package"/share/*/; do
        [ ! -d "$directory" ] || ln -s "${directory%/}" "$out/share/"
    done
done
for program in gcc g++ as ld ar make bash sh sed awk grep tar xz gzip find m4 bison flex; do
    [ -x "$out/bin/$program" ] || fail "none of the packages has the program $program"
done
