# SeaBIOS: the firmware of QEMU's PCs.
. "$static"
unset CFLAGS CXXFLAGS LDFLAGS LD
unpack "$src" source
cd source
cat >.config <<'CONFIG'
CONFIG_QEMU=y
CONFIG_ROM_SIZE=256
# QEMU hands over its own tables.
CONFIG_ACPI_DSDT=n
CONFIG
make PYTHON=python3 HOSTCC="$CC -static" olddefconfig
# An extra version says that the archive is unchanged; without one the time becomes the version.
makeParallel PYTHON=python3 HOSTCC="$CC -static" EXTRAVERSION=-nodeos out/bios.bin
mkdir -p "$out/share/seabios"
cp out/bios.bin "$out/share/seabios/bios-256k.bin"
