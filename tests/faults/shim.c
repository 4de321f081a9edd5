/* Stands before the functions of libc by which Python reaches the disk, counts their calls, and at one of them ends the
 * process, fails, or does half of what was asked. Loaded with LD_PRELOAD; does nothing until faults_arm is called. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/types.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { COUNT, KILL, FAIL, FAIL_FROM_THERE, HALF };

#define MOST 20000
static int armed, action, error, at, calls;
static const char *names[MOST];
static char changes[MOST];

void faults_arm(int what, int which, int number) {
    action = what;
    error = number;
    at = which;
    calls = 0;
    armed = 1;
}

int faults_disarm(void) {
    armed = 0;
    return calls;
}

const char *faults_name(int call) { return names[call]; }
int faults_changes(int call) { return changes[call]; }

/* One call: whether it is to fail (1) or to do half (2). `changing`: whether it may change what is on the disk. */
static int met(const char *name, int changing) {
    if (!armed)
        return 0;
    int call = calls++;
    if (call < MOST) {
        names[call] = name;
        changes[call] = (char)changing;
    }
    if (action == KILL && call == at)
        kill(getpid(), SIGKILL);
    if ((action == FAIL && call == at) || (action == FAIL_FROM_THERE && call >= at && changing)) {
        errno = error;
        return 1;
    }
    return action == HALF && call == at ? 2 : 0;
}

#define REAL(name) ((__typeof__(&name))real(&held_##name, #name))
#define HELD(name) static void *held_##name

static void *real(void **held, const char *name) {
    if (!*held)
        *held = dlsym(RTLD_NEXT, name);
    if (!*held)
        abort();
    return *held;
}

/* RESULT NAME(ARGUMENTS), called with (NAMES). */
#define WRAP(result, name, changing, arguments, given)  \
    HELD(name);                                         \
    result name arguments {                             \
        if (met(#name, changing))                       \
            return -1;                                  \
        return REAL(name) given;                        \
    }

#define WRITES(flags) (((flags) & (O_CREAT | O_TRUNC | O_WRONLY | O_RDWR)) != 0)
#define MODE(flags, mode)              \
    mode_t mode = 0;                   \
    if ((flags) & (O_CREAT)) {         \
        va_list more;                  \
        va_start(more, flags);         \
        mode = va_arg(more, mode_t);   \
        va_end(more);                  \
    }
#define OPEN(name)                              \
    HELD(name);                                 \
    int name(const char *path, int flags, ...) { \
        MODE(flags, mode)                       \
        if (met(#name, WRITES(flags)))          \
            return -1;                          \
        return REAL(name)(path, flags, mode);   \
    }
#define OPENAT(name)                                           \
    HELD(name);                                                \
    int name(int directory, const char *path, int flags, ...) { \
        MODE(flags, mode)                                      \
        if (met(#name, WRITES(flags)))                         \
            return -1;                                         \
        return REAL(name)(directory, path, flags, mode);       \
    }

OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)

HELD(write);
ssize_t write(int handle, const void *data, size_t size) {
    int what = met("write", 1);
    if (what == 1)
        return -1;
    return REAL(write)(handle, data, what == 2 && size > 1 ? size / 2 : size);
}

HELD(pwrite64);
ssize_t pwrite64(int handle, const void *data, size_t size, off64_t place) {
    int what = met("pwrite", 1);
    if (what == 1)
        return -1;
    return REAL(pwrite64)(handle, data, what == 2 && size > 1 ? size / 2 : size, place);
}

HELD(read);
ssize_t read(int handle, void *data, size_t size) {
    int what = met("read", 0);
    if (what == 1)
        return -1;
    return REAL(read)(handle, data, what == 2 && size > 1 ? size / 2 : size);
}

/* Nothing is lost from the system's own memory when a process ends: flushing would only take time here. */
int fsync(int handle) {
    (void)handle;
    return met("fsync", 1) == 1 ? -1 : 0;
}

/* The descriptor is gone even when close fails, as on Linux. */
HELD(close);
int close(int handle) {
    int what = met("close", 0), number = errno;
    int done = REAL(close)(handle);
    if (what != 1)
        return done;
    errno = number;
    return -1;
}

HELD(fdopendir);
DIR *fdopendir(int handle) { return met("fdopendir", 0) == 1 ? NULL : REAL(fdopendir)(handle); }

HELD(opendir);
DIR *opendir(const char *path) { return met("opendir", 0) == 1 ? NULL : REAL(opendir)(path); }

HELD(readdir64);
struct dirent64 *readdir64(DIR *directory) {
    return met("readdir", 0) == 1 ? NULL : REAL(readdir64)(directory);
}

WRAP(ssize_t, pread64, 0, (int h, void *d, size_t s, off64_t o), (h, d, s, o))
WRAP(int, ftruncate64, 1, (int h, off64_t size), (h, size))
WRAP(int, rename, 1, (const char *a, const char *b), (a, b))
WRAP(int, renameat, 1, (int i, const char *a, int j, const char *b), (i, a, j, b))
WRAP(int, link, 1, (const char *a, const char *b), (a, b))
WRAP(int, linkat, 1, (int i, const char *a, int j, const char *b, int f), (i, a, j, b, f))
WRAP(int, unlink, 1, (const char *a), (a))
WRAP(int, unlinkat, 1, (int i, const char *a, int f), (i, a, f))
WRAP(int, mkdir, 1, (const char *a, mode_t m), (a, m))
WRAP(int, mkdirat, 1, (int i, const char *a, mode_t m), (i, a, m))
WRAP(int, rmdir, 1, (const char *a), (a))
WRAP(int, chmod, 1, (const char *a, mode_t m), (a, m))
WRAP(int, fchmod, 1, (int i, mode_t m), (i, m))
WRAP(int, fchmodat, 1, (int i, const char *a, mode_t m, int f), (i, a, m, f))
WRAP(int, chown, 1, (const char *a, uid_t u, gid_t g), (a, u, g))
WRAP(int, fchown, 1, (int i, uid_t u, gid_t g), (i, u, g))
WRAP(int, fchownat, 1, (int i, const char *a, uid_t u, gid_t g, int f), (i, a, u, g, f))
WRAP(int, fsetxattr, 1, (int i, const char *n, const void *v, size_t s, int f), (i, n, v, s, f))
WRAP(int, fremovexattr, 1, (int i, const char *n), (i, n))
WRAP(ssize_t, fgetxattr, 0, (int i, const char *n, void *v, size_t s), (i, n, v, s))
WRAP(ssize_t, flistxattr, 0, (int i, char *l, size_t s), (i, l, s))
WRAP(int, flock, 1, (int i, int o), (i, o))
WRAP(int, access, 0, (const char *a, int m), (a, m))
WRAP(int, faccessat, 0, (int i, const char *a, int m, int f), (i, a, m, f))
WRAP(ssize_t, readlink, 0, (const char *a, char *b, size_t s), (a, b, s))
WRAP(ssize_t, readlinkat, 0, (int i, const char *a, char *b, size_t s), (i, a, b, s))
WRAP(int, statvfs64, 0, (const char *a, struct statvfs64 *s), (a, s))
#if __GLIBC_PREREQ(2, 33)
WRAP(int, stat64, 0, (const char *a, struct stat64 *s), (a, s))
WRAP(int, lstat64, 0, (const char *a, struct stat64 *s), (a, s))
WRAP(int, fstat64, 0, (int i, struct stat64 *s), (i, s))
WRAP(int, fstatat64, 0, (int i, const char *a, struct stat64 *s, int f), (i, a, s, f))
#endif
/* What a Python that was built on an older system calls. */
#define NAMED(text, result, name, arguments, given)     \
    result name arguments;                              \
    HELD(name);                                         \
    result name arguments {                             \
        if (met(text, 0))                               \
            return -1;                                  \
        return REAL(name) given;                        \
    }
NAMED("stat64", int, __xstat64, (int v, const char *a, struct stat64 *s), (v, a, s))
NAMED("lstat64", int, __lxstat64, (int v, const char *a, struct stat64 *s), (v, a, s))
NAMED("fstat64", int, __fxstat64, (int v, int i, struct stat64 *s), (v, i, s))
NAMED("fstatat64", int, __fxstatat64, (int v, int i, const char *a, struct stat64 *s, int f), (v, i, a, s, f))
