# A program with the usual configure script, static, on musl. The recipe gives what differs:
#   configureFlags  options and cached answers (name=value) for configure
#   makeFlags       for make and make install
#   m4              the store path of m4, for programs that call it
#   keep            what of $out/share the programs read when they run, else nothing is kept
. "$toolchain"
useCross
export CFLAGS="$CFLAGS ${extraCFlags-}"
# Any answer of configure that names a program of PATH ends up in scripts and binaries: these
# programs find what they call by PATH, as the user of the system has it.
export ac_cv_path_SED=sed ac_cv_path_EGREP='grep -E' ac_cv_path_FGREP='grep -F'
export ac_cv_path_GREP=grep ac_cv_path_PERL=perl PERL=perl gl_cv_posix_shell=/bin/sh
export ac_cv_path_ED_PROGRAM=ed ac_cv_path_PR_PROGRAM=pr
# bison and flex keep the path of m4 in themselves: it must be the one that stays.
[ -z "${m4-}" ] || export M4="$m4/bin/m4"

unpack "$src" source
cd source
# shellcheck disable=SC2086 # a list of options
./configure --build="$target" --host="$target" --prefix="$out" --disable-nls ${configureFlags-}
# shellcheck disable=SC2086
makeParallel ${makeFlags-}
# shellcheck disable=SC2086
make install ${makeFlags-}

for directory in "$out"/share/*; do
    case " ${keep-} " in *" ${directory##*/} "*) ;; *) rm -rf "$directory" ;; esac
done
tidy "$out" "$STRIP"
find "$out/bin" -type f | sort | while IFS= read -r program; do
    case $(head -c 4 "$program" | tr -d '\0') in
        $'\x7fELF') "$STRIP" "$program" ;;
    esac
done
"$out/bin/$program" --version
