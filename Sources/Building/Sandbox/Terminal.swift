import Glibc

/// The caller's terminal.
enum Terminal {
    /// Makes this process's group the foreground one again: a shell that was killed had no time to.
    static func takeBack() {
        var stop = sigset_t()
        var before = sigset_t()
        unsafe sigemptyset(&stop)
        unsafe sigaddset(&stop, SIGTTOU)
        unsafe pthread_sigmask(SIG_BLOCK, &stop, &before)
        tcsetpgrp(STDIN_FILENO, getpgrp())
        unsafe pthread_sigmask(SIG_SETMASK, &before, nil)
    }
}
