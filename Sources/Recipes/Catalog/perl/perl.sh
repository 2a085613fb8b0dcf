# Perl for builds: one static program and the modules of its release, those that are C inside of it. Not there: character
# sets of East Asia, collation, threads, databases and compression, which take half the time and no build asks for.
. "$static"
unpack "$src" source
cd source
rm -r cpan/Encode/{CN,JP,KR,TW}
sed -i -E '/^cpan\/Encode\/(CN|JP|KR|TW)\//d' MANIFEST
without='Unicode/Collate Unicode/Normalize XS/APItest XS/Typemap threads threads/shared'
without+=' Compress/Raw/Zlib Compress/Raw/Bzip2 DB_File GDBM_File NDBM_File ODBM_File'
# Configure asks the machine for its name, its kernel, who builds and when; and it looks for programs,
# whose paths it would keep.
sh Configure -des -Dprefix="$out" -Dcc=gcc -Dld=gcc -Dar=ar -Dnm=nm -Uusedl -Uusenm -Uuseshrplib -Dusethreads=undef \
    -Doptimize=-O2 -Dccflags="$CFLAGS" -Dldflags=-static -Dlibs='-lm -lcrypt' \
    -Dprivlib="$out/lib/perl5" -Darchlib="$out/lib/perl5" -Dman1dir=none -Dman3dir=none \
    -Dosname=linux -Dosvers=1 -Dmyhostname=nodeos -Dmydomain=.invalid -Dmyuname=linux -Darchname="$target" \
    -Dcf_by=nodeos -Dcf_email=nodeos@nodeos.invalid -Dperladmin=nodeos@nodeos.invalid -Dcf_time=1970-01-01 \
    -Dsh=/bin/sh -Dstartsh='#!/bin/sh' -Dinc_version_list=none -Dnoextensions="$without"
makeParallel
make install
"$STRIP" "$out/bin/perl"
"$out/bin/perl" -MPOSIX -MList::Util=sum -MCwd -MFile::Spec -MIPC::Cmd -MData::Dumper -MTime::HiRes -MPod::Usage -e 'print sum(1, 2), " $^V\n"'
