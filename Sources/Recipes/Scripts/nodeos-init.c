// PID 1 of NodeOS barebones: mounts the kernel's file systems, runs one program with job control on
// the console, reaps every orphan, and powers off when that program ends.
//
// The environment comes from the kernel command line (words of the form NAME=VALUE that the kernel
// does not know). TERM is handed on; COLUMNS and LINES set the size of the terminal, which a serial
// line cannot tell.

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

// A link that the initramfs makes, so that this program names no other store path.
static const char program[] = "/bin/node";

static void say(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("nodeos-init: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
}

static void mount_at(const char *type, const char *path, unsigned long flags, const char *options) {
    mkdir(path, 0755);
    if (mount(type, path, type, flags, options) != 0)
        say("cannot mount %s at %s: %s", type, path, strerror(errno));
}

// Programs expect 127.0.0.1 to answer; the kernel makes the interface but leaves it down.
static void raise_loopback(void) {
    struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
    int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0 || ioctl(descriptor, SIOCSIFFLAGS, &request) != 0)
        say("cannot raise the loopback interface: %s", strerror(errno));
    if (descriptor >= 0) close(descriptor);
}

// Opens the terminal behind /dev/console: /dev/console itself can never be a controlling terminal,
// and without one Ctrl-C reaches nobody.
static int open_console(void) {
    char path[64] = "/dev/";
    FILE *active = fopen("/sys/class/tty/console/active", "re");
    char names[48] = "";
    if (active != NULL) {
        if (fgets(names, sizeof names, active) == NULL) names[0] = 0;
        fclose(active);
    }
    // The last name is the one that /dev/console means.
    names[strcspn(names, "\n")] = 0;
    const char *name = strrchr(names, ' ');
    name = name == NULL ? names : name + 1;
    strncat(path, *name == 0 ? "console" : name, sizeof path - strlen(path) - 1);
    int descriptor = open(path, O_RDWR | O_NOCTTY);
    if (descriptor < 0) say("cannot open %s: %s", path, strerror(errno));
    return descriptor;
}

static unsigned short size_from(const char *variable) {
    const char *text = getenv(variable);
    long value = text == NULL ? 0 : strtol(text, NULL, 10);
    return value > 0 && value < 10000 ? (unsigned short)value : 0;
}

static void run_program(void) {
    setsid();
    int terminal = open_console();
    if (terminal >= 0) {
        struct winsize size = {.ws_row = size_from("LINES"), .ws_col = size_from("COLUMNS")};
        if (size.ws_row != 0 && size.ws_col != 0) ioctl(terminal, TIOCSWINSZ, &size);
        if (ioctl(terminal, TIOCSCTTY, 0) != 0)
            say("no job control: %s", strerror(errno));
        for (int descriptor = 0; descriptor < 3; descriptor++) dup2(terminal, descriptor);
        if (terminal > 2) close(terminal);
    }
    // The size stays right after the terminal reports a change only if these are gone.
    unsetenv("LINES");
    unsetenv("COLUMNS");
    setenv("HOME", "/root", 1);
    setenv("PATH", "/bin", 1);
    setenv("USER", "root", 1);
    setenv("NODE_REPL_HISTORY", "", 0);
    if (chdir("/root") != 0) say("cannot enter /root: %s", strerror(errno));
    execl(program, "node", "--interactive", (char *)NULL);
    say("cannot run %s: %s", program, strerror(errno));
    _exit(127);
}

int main(void) {
    if (getpid() != 1) {
        say("meant to be process 1 of NodeOS, not to be run by hand");
        return 2;
    }
    umask(022);
    mount_at("devtmpfs", "/dev", MS_NOSUID, "mode=0755");
    mount_at("proc", "/proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
    mount_at("sysfs", "/sys", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
    mount_at("devpts", "/dev/pts", MS_NOSUID | MS_NOEXEC, "gid=5,mode=0620,ptmxmode=0666");
    mount_at("tmpfs", "/dev/shm", MS_NOSUID | MS_NODEV, "mode=1777");
    mount_at("tmpfs", "/run", MS_NOSUID | MS_NODEV, "mode=0755");
    mount_at("tmpfs", "/tmp", MS_NOSUID | MS_NODEV, "mode=1777");
    // devtmpfs has no links; programs open these names.
    symlink("/proc/self/fd", "/dev/fd");
    symlink("/proc/self/fd/0", "/dev/stdin");
    symlink("/proc/self/fd/1", "/dev/stdout");
    symlink("/proc/self/fd/2", "/dev/stderr");
    raise_loopback();

    pid_t child = fork();
    if (child == 0) run_program();
    if (child < 0) say("cannot fork: %s", strerror(errno));

    int status = 0;
    while (child > 0) {
        int ended = 0;
        pid_t process = wait(&ended);
        if (process == child) {
            status = ended;
            break;
        }
        if (process < 0 && errno == ECHILD) break;
    }
    if (WIFSIGNALED(status))
        say("node was ended by signal %d; powering off", WTERMSIG(status));
    else
        say("node ended with status %d; powering off", WEXITSTATUS(status));

    // Background processes get a moment to write what they hold.
    kill(-1, SIGTERM);
    for (int tenths = 0; tenths < 10; tenths++) {
        while (waitpid(-1, NULL, WNOHANG) > 0) {}
        if (kill(-1, 0) != 0) break;
        usleep(100000);
    }
    kill(-1, SIGKILL);
    sync();
    reboot(RB_POWER_OFF);
    say("cannot power off: %s", strerror(errno));
    for (;;) pause();
}
