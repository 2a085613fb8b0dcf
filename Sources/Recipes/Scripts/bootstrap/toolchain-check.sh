# Compiles small programs with a toolchain, looks at what they ask for, and runs them. The output
# is the transcript.
. "$toolchain"
compiler=${compilerPrefix-}gcc
compilerPlus=${compilerPrefix-}g++

cat >c.c <<'C'
#include <math.h>
#include <pthread.h>
#include <stdio.h>
static void *twice(void *x) { *(int *)x *= 2; return 0; }
int main(void) {
    int x = 21;
    pthread_t t;
    if (pthread_create(&t, 0, twice, &x) || pthread_join(t, 0)) return 1;
    printf("C: %d, %.3f\n", x, sqrt(x));
    return 0;
}
C
cat >cxx.cc <<'C'
#include <algorithm>
#include <iostream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>
thread_local int local = 1;
int main() {
    std::vector<std::string> words{"store", "derivation", "closure"};
    std::sort(words.begin(), words.end());
    int sum = 0;
    std::thread thread([&] { local = 41; sum = local; });
    thread.join();
    try {
        throw std::runtime_error(words.at(0));
    } catch (const std::exception &error) {
        std::cout << "C++: caught " << error.what() << ", " << sum + local << std::endl;
    }
    try {
        words.at(3);
    } catch (const std::out_of_range &) {
        std::cout << "C++: a throw of the shared library arrives" << std::endl;
    }
}
C

check() {
    local program=$1
    shift
    "$@" -o "$program"
    {
        echo "## $program"
        "${compilerPrefix-}readelf" -lW "$program" | sed -n 's/.*interpreter: \(.*\)\]/interpreter \1/p'
        "${compilerPrefix-}readelf" -dW "$program" | sed -n 's/.*(\(NEEDED\|RUNPATH\|RPATH\)).*\[/\1 [/p'
        "./$program"
    } >transcript.part
    cat transcript.part | tee -a transcript
}
check c-dynamic "$compiler" -O2 -Wall -Werror c.c -lm
check c-static "$compiler" -O2 -static c.c -lm
check cxx-dynamic "$compilerPlus" -O2 -Wall -Werror cxx.cc
check cxx-static "$compilerPlus" -O2 -static cxx.cc
check cxx-static-runtime "$compilerPlus" -O2 -static-libgcc -static-libstdc++ cxx.cc

# What is linked must ask for musl's loader by store path, and libraries must be found by run path.
grep -q "^interpreter $musl/lib/$muslLoader\$" transcript || fail "no program asks for the loader of $musl"
grep -q "^RUNPATH \[$gccLib/lib\]" transcript || fail "no program has the run path $gccLib/lib"
! grep -q -e '^interpreter /lib' transcript || fail "a program asks for a loader in /lib"

mkdir "$out"
cp transcript "$out/transcript"
