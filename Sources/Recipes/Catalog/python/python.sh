# Python for builds: one static program with its modules inside, and the library it reads. It has what
# node's gyp, meson, QEMU and SeaBIOS ask for: no ctypes (nothing is loaded into a static program), no
# openssl, no interfaces to terminals and windows.
. "$static"

unpack "$src" source --wildcards --exclude='*/Lib/test/*' --exclude='*/Lib/idlelib/*' \
    --exclude='*/Doc/*' --exclude='*/PCbuild/*' --exclude='*/Lib/ensurepip/_bundled/*'
cd source

# Python's own build makes modules as libraries; what this file names becomes part of the program.
cat >Modules/Setup.local <<'SETUP'
array arraymodule.c
_asyncio _asynciomodule.c
_bisect _bisectmodule.c
_contextvars _contextvarsmodule.c
_csv _csv.c
_datetime _datetimemodule.c
_heapq _heapqmodule.c
_json _json.c
_lsprof _lsprof.c rotatingtree.c
_opcode _opcode.c
_pickle _pickle.c
_queue _queuemodule.c
_random _randommodule.c
_statistics _statisticsmodule.c
_struct _struct.c
_typing _typingmodule.c
_zoneinfo _zoneinfo.c
cmath cmathmodule.c
math mathmodule.c
binascii binascii.c -DUSE_ZLIB_CRC32 $(ZLIB)
zlib zlibmodule.c $(ZLIB)
_md5 md5module.c
_sha1 sha1module.c
_sha256 sha256module.c
_sha512 sha512module.c
_sha3 _sha3/sha3module.c
_blake2 _blake2/blake2module.c _blake2/blake2b_impl.c _blake2/blake2s_impl.c
pyexpat pyexpat.c $(EXPAT)
_elementtree _elementtree.c $(EXPAT)
unicodedata unicodedata.c
fcntl fcntlmodule.c
grp grpmodule.c
mmap mmapmodule.c
_multiprocessing _multiprocessing/multiprocessing.c _multiprocessing/semaphore.c
_posixshmem _multiprocessing/posixshmem.c
_posixsubprocess _posixsubprocess.c
resource resource.c
select selectmodule.c
_socket socketmodule.c
syslog syslogmodule.c
termios termios.c
SETUP
sed -i -e "s#\$(ZLIB)#-I$zlib/include -L$zlib/lib -lz#" \
    -e 's#$(EXPAT)#-I$(srcdir)/Modules/expat $(LIBEXPAT_CFLAGS) $(LIBEXPAT_A)#' Modules/Setup.local

# The answers of configure end up in _sysconfigdata: programs by name, not by path.
export ac_cv_path_SED=sed ac_cv_path_EGREP='grep -E' ac_cv_path_GREP=grep
export ac_cv_path_mkdir=mkdir ac_cv_path_install='install -c' ac_cv_prog_PYTHON_FOR_REGEN=:
./configure --build="$target" --host="$target" --prefix="$out" --without-ensurepip \
    --disable-test-modules --disable-shared --without-doc-strings ac_cv_func_dlopen=no \
    INSTALL='install -c' MKDIR_P='mkdir -p'
makeParallel python LINKFORSHARED=
make pybuilddir.txt LINKFORSHARED=

# make install would build the modules that are left out.
library=$out/lib/python3.11
mkdir -p "$out/bin" "$library/lib-dynload"
strip -o "$out/bin/python3.11" python
ln -s python3.11 "$out/bin/python3"
ln -s python3.11 "$out/bin/python"
rm -rf Lib/{ctypes,curses,ensurepip,idlelib,msilib,pydoc_data,sqlite3,test,tkinter,turtledemo} \
    Lib/distutils/tests Lib/lib2to3/tests Lib/unittest/test Lib/turtle.py
cp -R Lib/. "$library/"
# How it was compiled, without the library that is inside now.
for file in "$(cat pybuilddir.txt)"/_sysconfigdata*.py; do
    sed "s#-[IL]$zlib/[a-z]*##g" "$file" >"$library/${file##*/}"
done
# Python looks for this folder to know where its platform's files are.
echo 'Every module is part of the program.' >"$library/lib-dynload/README"
find "$out" -name __pycache__ -type d -prune -exec rm -rf {} +

# Compiled once, here, checked against nothing: a time stamp would never match and a build cannot write
# into the store. One process, one order, no random hashes: equal bytes.
PYTHONHASHSEED=0 "$out/bin/python3" -m compileall -q -j 1 --invalidation-mode unchecked-hash "$library"

cat >check.py <<'PY'
import array, ast, asyncio, binascii, bisect, cProfile, collections, concurrent.futures, configparser
import csv, datetime, difflib, distutils.version, email, fnmatch, glob, hashlib, html, io, itertools
import json, lib2to3, math, multiprocessing, optparse, pathlib, pickle, platform, plistlib, random, re
import select, shlex, shutil, socket, string, struct, subprocess, sysconfig, tarfile, tempfile, textwrap
import threading, tomllib, unicodedata, urllib.request, uuid, xml.etree.ElementTree, zipfile, zlib

assert hashlib.sha256(b"").hexdigest().startswith("e3b0c442")
assert zlib.decompress(zlib.compress(b"nodeos")) == b"nodeos"
assert subprocess.check_output(["echo", "nodeos"]) == b"nodeos\n"
with multiprocessing.Pool(2) as pool:
    assert pool.map(math.sqrt, [4, 9]) == [2, 3]
print("python", platform.python_version(), "has what builds ask for")
PY
"$out/bin/python3" check.py
