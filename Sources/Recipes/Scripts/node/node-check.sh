# Runs node as process 1 of the system would find it, by musl's loader, and talks to its prompt through a
# pipe. The transcript is the output: without times and paths of the builder.
. "$setup"

{
    echo "## what the program asks for"
    readelf -lW "$node/bin/node" | sed -n 's/.*interpreter: \(.*\)\]/interpreter \1/p'
    readelf -dW "$node/bin/node" | sed -n 's/.*(\(NEEDED\|RUNPATH\|RPATH\)).*\[\(.*\)\]/\1 \2/p'
} >transcript
cat transcript
grep -q -x "interpreter $musl/lib/$muslLoader" transcript || fail "node asks for another loader than musl's"
grep -q -x "RUNPATH $gccLib/lib" transcript || fail "node finds its libraries by another run path"

# Warnings hold the number of the process.
export NODE_NO_WARNINGS=1
coproc NODE { exec "$musl/lib/$muslLoader" "$node/bin/node" --interactive 2>&1; }
nodePID=$NODE_PID

# untilPrompt: what node prints, up to the next prompt, in $text.
untilPrompt() {
    local character
    text=
    while IFS= read -r -t 60 -N 1 -u "${NODE[0]}" character; do
        text+=$character
        case $text in '> ' | *$'\n> ') return ;; esac
    done
    fail "no prompt after ${question:-the start}; node printed: $text"
}

question=
untilPrompt
printf '## at the prompt\n%s' "$text" >>transcript
answered=0
while IFS= read -r question; do
    case $question in '' | '#'*) continue ;; esac
    IFS= read -r expected || fail "no answer to $question in the list"
    expected=${expected//@nodeosVersion@/$nodeosVersion}
    expected=${expected//@nodeCPU@/$nodeCPU}
    printf '%s\n' "$question" >&"${NODE[1]}"
    untilPrompt
    answer=${text%> }
    answer=${answer%$'\n'}
    # The answer stands alone, as a pattern of the shell: node does not echo what comes by a pipe.
    # shellcheck disable=SC2053
    [[ $answer == $expected ]] || fail "$question should answer $expected, not $answer"
    printf '%s\n%s' "$question" "$text" >>transcript
    answered=$((answered + 1))
done <"$questions"
question=.exit
printf '.exit\n' >&"${NODE[1]}"
wait "$nodePID" || fail "node ended with status $?"
printf '.exit\n## node ended; %s questions answered\n' "$answered" >>transcript

cat transcript
mkdir "$out"
cp transcript "$out/transcript"
