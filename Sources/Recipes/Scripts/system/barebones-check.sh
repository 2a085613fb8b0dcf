# Boots barebones as a person would, in the memory it says it needs, and asks what only a working node of
# NodeOS answers. The transcript is the output: without times, so that machines that agree have the same bytes.
. "$setup"

cat "$questions" "$moreQuestions" >all.questions
python3 "$driver" "$barebones/bin/boot" all.questions transcript \
    "node=$nodeVersion" "linux=$linuxVersion" "musl=$muslVersion" "gcc=$gccVersion" "system=$systemVersion"
mkdir "$out"
cp transcript "$out/transcript"
