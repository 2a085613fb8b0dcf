# Derivations to compare with the real Nix. `graph` can be built with nothing but a static busybox;
# `odd` is only instantiated: its members stress the text of a .drv.
{ busybox ? "/bin/busybox" }:
let
  inherit (builtins) genList elemAt concatStringsSep toString length map readFile toFile listToAttrs;

  # A busybox that is a store path is an input, as a path or as a mere text it would not be.
  program =
    if builtins.substring 0 11 busybox == "/nix/store/"
    then "${builtins.storePath (dirOf (dirOf busybox))}/bin/busybox"
    else busybox;

  make = name: attributes: script:
    derivation ({
      inherit name;
      system = "x86_64-linux";
      builder = program;
      args = [ "sh" "-eu" "-c" script ];
      b = program;
    } // attributes);

  simple = name: attributes: make name attributes ''printf '%s\n' "$name" > $out'';

  base = simple "base" { };

  # A chain of 16: each repeats the one before.
  chain = genList
    (i: make "chain-${toString i}"
      { previous = if i == 0 then base else elemAt chain (i - 1); }
      ''$b cat "$previous" > $out; printf '%s %s\n' "$name" "$previous" >> $out'')
    16;

  # Layers of 4, each member using all of the layer below: many diamonds.
  layer = level:
    genList
      (i: make "diamond-${toString level}-${toString i}"
        { parts = if level == 0 then [ base ] else layer (level - 1); }
        ''$b mkdir $out; for p in $parts; do printf '%s\n' "$p" >> $out/parts; done; $b ln -s "$p" $out/last'')
      4;

  several = make "several"
    { outputs = [ "out" "lib" "dev" ]; previous = elemAt chain 3; }
    ''
      $b mkdir -p $out/bin $lib/lib $dev/include
      printf 'use %s\n' "$lib" > $out/bin/tool
      $b chmod 755 $out/bin/tool
      printf 'library\n' > $lib/lib/a
      printf 'include %s\n' "$lib" > $dev/include/a.h
    '';

  notOutFirst = make "not-out-first"
    { outputs = [ "bin" "man" "out" ]; library = several.lib; header = several.dev; }
    ''$b mkdir $bin $man; printf '%s\n' "$library" > $bin/x; printf 'page\n' > $man/p; $b ln -s $bin $out'';

  noOut = make "no-out"
    { outputs = [ "doc" "data" ]; tool = several; }
    ''printf '%s\n' "$tool" > $doc; $b cp $doc $data; $b chmod 755 $data'';

  selfReference = make "self-reference" { }
    ''$b mkdir -p $out/bin; printf '%s/bin\n' "$out" > $out/bin/where; $b ln -s $out/bin/where $out/link'';

  fixed = name: mode: algorithm: hash: attributes: script:
    make name
      ({ outputHashMode = mode; outputHashAlgo = algorithm; outputHash = hash; } // attributes)
      script;
  flat = algorithm: hash: attributes:
    fixed "flat-${algorithm}" "flat" algorithm hash attributes "printf hola > $out";
  tree = algorithm: hash: attributes:
    fixed "tree-${algorithm}" "recursive" algorithm hash attributes
      "$b mkdir -p $out/a; printf hola > $out/a/b; $b chmod 755 $out/a/b; $b ln -s a/b $out/c";

  # The digests of "hola", and of the NAR of a/b (executable, "hola") with c -> a/b, by nix-hash.
  flats = {
    md5 = "4d186321c1a7f0f354b297e8914ab240";
    sha1 = "99800b85d3383e3a2fb45eb7d0066a4879a9dad0";
    sha256 = "b221d9dbb083a7f33428d7c2a3c3198ae925614d70210e28716ccaa7cd4ddb79";
    sha512 = "e83e8535d6f689493e5819bd60aa3e5fdcba940e6d111ab6fb5c34f24f86496bf3726e2bf4ec59d6d2f5a2aeb1e4f103283e7d64e4f49c03b4c4725cb361e773";
  };
  trees = {
    md5 = "f5fc1e8b9799b8247cac0d8f21dc7253";
    sha1 = "ff61f2f0d95542dd41830553f7f87b37beaac695";
    sha256 = "8d55e18d3f88385339db42e8cf9771fc53d14de35f072225f52ec73029477968";
    sha512 = "005c0bf0c02c6219529f07aaa75ece148e598946ed5b59e48a17faa37193b4acfa3ff33805dc8395e0a4f2134481131b4af33f42603dc4ec5260cf1b61e9eda3";
  };
  fixedOutputs =
    map (a: flat a flats.${a} { }) (builtins.attrNames flats)
    ++ map (a: tree a trees.${a} { }) (builtins.attrNames trees);

  # The same content from two places: two derivations, one output, and one path downstream.
  mirrored = place: make "mirrored"
    { source = flat "sha256" flats.sha256 { url = "https://${place}.example/hola"; }; }
    ''$b cat "$source" > $out'';
  merged = make "merged"
    { one = mirrored "one"; two = mirrored "two"; three = flat "sha256" flats.sha256 { url = "3"; }; }
    ''printf '%s\n' "$one" "$two" "$three" > $out'';

  text = toFile "text.txt" "one\n";
  textWithReferences = toFile "text-with-references.txt" "see ${text}\n";
  sources = make "sources"
    {
      inherit text textWithReferences;
      tree = builtins.path { path = ./tree; name = "a-tree"; };
      file = ./tree/file;
      filtered = builtins.path {
        path = ./tree;
        name = "filtered";
        filter = path: type: baseNameOf path != "file";
      };
    }
    ''
      $b mkdir $out
      $b cat "$text" "$textWithReferences" "$file" > $out/all
      $b cp -r "$tree" $out/tree
      (cd "$filtered"; $b find . | $b sort) > $out/names
    '';

  asFile = make "as-file"
    { passAsFile = [ "large" "small" ]; small = "small\n"; large = concatStringsSep "\n" (genList toString 9000); }
    ''$b cat "$smallPath" "$largePath" > $out'';

  escapes = make "escapes"
    {
      quotes = "a\"b\\c\nd\re\tf\${g}'";
      unicode = "ünïcødé 漢字 🙂 \u0301";
      empty = "";
      trailing = "back\\";
    }
    ''printf '%s|%s|%s|%s\n' "$quotes" "$unicode" "$empty" "$trailing" > $out'';

  values = make "values"
    { int = -17; yes = true; no = false; nothing = null; list = [ 1 "two" [ 3 ] ]; float = 1.5; }
    ''printf '%s,%s,%s,%s,%s,%s\n' "$int" "$yes" "$no" "$nothing" "$list" "$float" > $out'';

  # Nothing of it is in the environment: the builder copies the two files that hold it. (In a sandbox,
  # Nix 2.8 gives the names that they have outside: `NIX_BUILD_TOP` instead of `NIX_ATTRS_JSON_FILE`.)
  structured = derivation {
    name = "structured-build";
    system = "x86_64-linux";
    builder = program;
    __structuredAttrs = true;
    outputs = [ "out" "dev" ];
    requiredSystemFeatures = [ "big-parallel" ];
    passAsFile = [ "text" ];
    text = "it's \"here\": ${placeholder "out"}\n\ttwo\\";
    numbers = [ 1 (-2) 1.5 ];
    whole = [ 1 (-2) ];
    float = 2.25;
    yes = true;
    no = false;
    nothing = null;
    empty = [ ];
    none = { };
    words = { a = "b c"; "d'e" = 1; no = false; };
    nested = { list = [ 1 "zwei" { three = [ ]; } ]; path = base; };
    "no-name" = "x";
    unicode = "ünïcødé 漢字 🙂";
    exportReferencesGraph = { closure = [ several.lib selfReference ]; one = [ base ]; };
    outputChecks.out = {
      allowedReferences = [ "out" "dev" several.lib several.out selfReference base (elemAt chain 3) (dirOf (dirOf program)) ];
      maxSize = 1000000;
    };
    args = [
      "sh"
      "-eu"
      "-c"
      ''
        out=$(${program} sed 's/.*"outputs":{[^}]*"out":"\([^"]*\)".*/\1/' "$NIX_BUILD_TOP/.attrs.json")
        dev=$(${program} sed 's/.*"outputs":{[^}]*"dev":"\([^"]*\)".*/\1/' "$NIX_BUILD_TOP/.attrs.json")
        ${program} mkdir $out
        ${program} cp "$NIX_BUILD_TOP/.attrs.json" $out/attrs.json
        ${program} cp "$NIX_BUILD_TOP/.attrs.sh" $out/attrs.sh
        ${program} env | ${program} sed 's/=.*//' | ${program} sort > $dev
      ''
    ];
  };

  names = map (name: simple name { }) [
    "a+b-c._?=1"
    "0"
    "_"
    "-dash"
    "UPPER"
    (concatStringsSep "" (genList (_: "x") 207))
  ];

  graph =
    [ base several notOutFirst noOut selfReference merged sources asFile escapes values structured ]
    ++ [ several.dev several.lib notOutFirst.man noOut.data structured.dev ]
    ++ chain ++ layer 2 ++ fixedOutputs ++ names;

  odd = [
    (derivation { name = "bare"; system = "s"; builder = "b"; })
    (derivation { name = "no-arguments"; system = "x"; builder = "b"; args = [ ]; })
    (derivation { name = "empty-arguments"; system = "x"; builder = "/b"; args = [ "" "\"" "\\" "\n" "" ]; })
    (derivation {
      name = "keys";
      system = "x";
      builder = "/b";
      "" = "empty key";
      "with space" = "1";
      "with\"quote" = "2";
      "with\\backslash" = "3";
      "with=equals" = "4";
      "with\nnewline" = "5";
      "ä" = "6";
      "A" = "7";
      "a" = "8";
      "a-" = "9";
      "a." = "10";
    })
    (derivation {
      name = "bytes";
      system = "x";
      builder = "/b";
      args = [ (readFile ./latin1.txt) ];
      value = readFile ./latin1.txt;
    })
    (derivation {
      name = "large";
      system = "x";
      builder = "/b";
      value = concatStringsSep "\"\\\n" (genList toString 60000);
    })
    (derivation {
      name = "structured";
      system = "x";
      builder = "/b";
      __structuredAttrs = true;
      nested = { list = [ 1 2 { three = "drei"; } ]; text = "q\"b\\n\n"; path = base; };
      outputs = [ "out" "zweiter" ];
    })
    (derivation { name = "ignored-nulls"; system = "x"; builder = "/b"; __ignoreNulls = true; a = null; })
    (derivation { name = "graphs"; system = "x"; builder = "/b"; exportReferencesGraph = [ "g" base "h" several.lib ]; })
    (derivation { name = "drv-path"; system = "x"; builder = "/b"; drv = base.drvPath; })
    (derivation { name = "drv-text"; system = "x"; builder = "/b"; drv = builtins.unsafeDiscardOutputDependency several.drvPath; })
    (derivation {
      name = "many-outputs";
      system = "x";
      builder = "/b";
      outputs = genList (i: "o${toString i}") 40 ++ [ "out" "O" "_" "a-b" ];
    })
    (derivation {
      name = "many-inputs";
      system = "x";
      builder = "/b";
      inputs = genList (i: (simple "input-${toString i}" { }).outPath) 300;
    })
    (derivation {
      name = "sri";
      system = "x";
      builder = "/b";
      outputHash = "sha256-siHZ27CDp/M0KNfCo8MZiukhYU1wIQ4ocWzKp81N23k=";
    })
    (derivation {
      name = "base32";
      system = "x";
      builder = "/b";
      outputHashAlgo = "sha512";
      outputHashMode = "recursive";
      outputHash = "2iyvsb13g7n0lpcqhyn0hizyd51n4w18h9z5970jn1xq19qyczzmb5ljdqs7yhpibj5jnzd8s4mk3hlrrgagah7kx91jqicq3q0np00";
    })
    (derivation { name = "builtin-fetchurl"; system = "builtin"; builder = "builtin:fetchurl"; url = "https://example.org/"; outputHash = flats.sha256; outputHashAlgo = "sha256"; outputHashMode = "flat"; })
  ];
in
{
  inherit graph odd;
}
