# OpenSSL's two libraries, static, with its assembler and without what it would load while it runs.
. "$static"
# Configure reads what the folders of tests and manuals say, but not what they hold.
unpack "$src" source --wildcards --exclude='*/test/recipes/*' --exclude='*/doc/*.pod' --exclude='*/corpora/*' \
    --exclude='*/cloudflare-quiche/*' --exclude='*/oqs-provider/*' --exclude='*/pkcs11-provider/*' \
    --exclude='*/python-ecdsa/*' --exclude='*/wycheproof/*'
cd source
# Its configuration and its certificates are where a system has them; engines and modules are nowhere.
perl Configure "$platform" --prefix=/usr --libdir=lib --openssldir=/etc/ssl \
    no-shared no-module no-engine no-apps no-tests no-docs no-autoload-config \
    $CFLAGS
makeParallel build_libs
mkdir -p "$out/lib" "$out/include"
cp libcrypto.a libssl.a "$out/lib/"
cp -R include/openssl "$out/include/"
find "$out/include" -name '*.in' -delete
pkgConfig libcrypto "$version" -lcrypto
pkgConfig libssl "$version" '-lssl -lcrypto'
