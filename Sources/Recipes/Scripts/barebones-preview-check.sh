# Boots the preview as a person would, and asks what only a working node answers. The transcript is
# the output: without times, so that two machines that agree have the same bytes.
. "$setup"

python3 "$driver" "$preview/bin/boot" "$questions" transcript "node=$nodeVersion" "linux=$linuxVersion"
mkdir "$out"
cp transcript "$out/transcript"
