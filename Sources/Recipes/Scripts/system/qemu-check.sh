# Starts every emulator; the output is what each said.
. "$setup"
mkdir "$out"
python3 "$driver" "$qemu" "$out/transcript"
