# The initramfs: $template with its variables filled in from the environment, written by the
# kernel's gen_init_cpio with one fixed time for every file.
. "$setup"

# Fills in ${variable}s. A variable that nobody set is an error and never an empty string.
fill() {
    local line=$1 variable
    while [[ $line =~ \$\{([^}]*)\} ]]; do
        variable=${BASH_REMATCH[1]}
        [[ $variable =~ ^[a-zA-Z]+$ && -n ${!variable-} ]] ||
            fail "$template, line $number: unknown variable \${$variable}"
        line=${line//"\${$variable}"/"${!variable}"}
    done
    printf '%s\n' "$line"
}

# Lists a store path: its parent directories, then itself and all below, sorted.
tree() {
    local parent='' part path mode
    IFS=/ read -r -a parts <<<"${1#/}"
    for part in "${parts[@]::${#parts[@]}-1}"; do
        parent=$parent/$part
        printf 'dir %s 0755 0 0\n' "$parent"
    done
    find "$1" | sort | while IFS= read -r path; do
        case $path in *[[:space:]]*) fail "gen_init_cpio cannot take a name with a space: $path" ;; esac
        mode=0444
        [ ! -x "$path" ] || mode=0555
        if [ -L "$path" ]; then
            printf 'slink %s %s 0777 0 0\n' "$path" "$(readlink "$path")"
        elif [ -d "$path" ]; then
            printf 'dir %s 0555 0 0\n' "$path"
        else
            printf 'file %s %s %s 0 0\n' "$path" "$path" "$mode"
        fi
    done
}

number=0
while IFS= read -r line; do
    number=$((number + 1))
    case $line in '' | '#'*) continue ;; esac
    line=$(fill "$line")
    case $line in
        'tree '*) tree "${line#tree }" ;;
        'dir '* | 'file '* | 'slink '* | 'nod '*) printf '%s\n' "$line" ;;
        *) fail "$template, line $number: unknown entry: $line" ;;
    esac
done <"$template" >initramfs.list

mkdir "$out"
gen_init_cpio -t 1 initramfs.list >initramfs.cpio
cp initramfs.cpio "$out/initramfs"

# What is inside and where it came from, in plain text: a scanner cannot see into an archive that is
# compressed, and a person does not want to.
cp initramfs.list "$out/initramfs.list"
