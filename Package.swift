// swift-tools-version: 6.3
import PackageDescription

// One strict settings array for every Swift target: what the compiler can check, it checks.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let argumentParser: Target.Dependency = .product(
    name: "ArgumentParser", package: "swift-argument-parser")
let heapModule: Target.Dependency = .product(name: "HeapModule", package: "swift-collections")
let subprocess: Target.Dependency = .product(name: "Subprocess", package: "swift-subprocess")
let systemPackage: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")

/// A library target in `Sources/<group>/<name>`.
func library(
    _ name: String, in group: String, _ dependencies: [Target.Dependency],
    resources: [Resource]? = nil
) -> Target {
    .target(
        name: name, dependencies: dependencies, path: "Sources/\(group)/\(name)",
        resources: resources, swiftSettings: strict)
}

/// A library of the system: `Sources/C/<name>` holds its module map, and a header with what Swift does not
/// import of it.
func systemLibrary(_ name: String) -> Target {
    .systemLibrary(name: name, path: "Sources/C/\(name)")
}

/// The tests of one target in `Tests/<name>`.
func tests(
    _ name: String, _ dependencies: [Target.Dependency], exclude: [String] = [],
    resources: [Resource]? = nil
) -> Target {
    .testTarget(
        name: name, dependencies: dependencies, exclude: exclude, resources: resources,
        swiftSettings: strict)
}

/// What `Recipes` carries: build scripts and what they read, and the seeds.
let recipeFiles =
    [
        "barebones-preview-check.sh",
        "barebones-preview.sh",
        "boot-check.py",
        "boot-check.questions",
        "boot.sh",
        "c-program.sh",
        "gen-init-cpio.sh",
        "group",
        "initramfs-preview.template",
        "initramfs.sh",
        "kernel-x86_64.fragment",
        "linux.sh",
        "nodeos-init.c",
        "os-release",
        "passwd",
        "seed-programs.sh",
        "seeds-relocate.sh",
        "setup.sh",
        "bootstrap/autotools-without-manual.sh",
        "bootstrap/autotools.sh",
        "bootstrap/binutils-cross.sh",
        "bootstrap/binutils.sh",
        "bootstrap/gcc-cross.sh",
        "bootstrap/gcc-static.sh",
        "bootstrap/gcc.sh",
        "bootstrap/linux-headers.sh",
        "bootstrap/multiprecision.sh",
        "bootstrap/musl.sh",
        "bootstrap/precompiled.h",
        "bootstrap/target-names.sh",
        "bootstrap/toolchain-check.sh",
        "bootstrap/toolchain-union.sh",
        "bootstrap/toolchain.sh",
        "node/debian-patches.txt",
        "node/node-check.questions",
        "node/node-check.sh",
        "node/node-headers.h",
        "node/node.sh",
        "node/nodeos-version.patch",
        "node/v8-headers.h",
        "system/barebones-check.sh",
        "system/barebones-initramfs.template",
        "system/barebones-os-release",
        "system/barebones.questions",
        "system/barebones.sh",
        "system/container-image.py",
        "system/container.sh",
        "system/libfdt.sh",
        "system/linux-with-initramfs.sh",
        "system/qemu-check.py",
        "system/qemu-check.sh",
        "system/qemu.sh",
        "system/static.sh",
        "own/package-autotools.sh",
        "own/package-copy.sh",
        "own/package-make.sh",
        "own/package-meson.sh",
        "own/patched-source.sh",
        "own/package-setup.sh",
    ].map { "Scripts/" + $0 } + ["Seeds/x86_64-linux.json", "Files/recipe.schema.json"]

/// The plain packages of NodeOS: each a recipe file, in a folder with what it names.
let catalogFiles = [
    "ada/ada.sh",
    "ada/ada.toml",
    "bash/bash.toml",
    "bison/bison.toml",
    "brotli/brotli.sh",
    "brotli/brotli.toml",
    "busybox/busybox.sh",
    "busybox/busybox.toml",
    "c-ares/c-ares.sh",
    "c-ares/c-ares.toml",
    "coreutils/coreutils.toml",
    "diffutils/diffutils.toml",
    "findutils/findutils.toml",
    "flex/flex.toml",
    "gawk/gawk.toml",
    "glib/glib.sh",
    "glib/glib.toml",
    "grep/grep.toml",
    "llhttp/llhttp.sh",
    "llhttp/llhttp.toml",
    "m4/m4.toml",
    "make/make-config.h",
    "make/make.sh",
    "make/make.toml",
    "meson/meson.sh",
    "meson/meson.toml",
    "nghttp2/nghttp2.sh",
    "nghttp2/nghttp2.toml",
    "ninja/ninja.sh",
    "ninja/ninja.toml",
    "openssl/openssl.sh",
    "openssl/openssl.toml",
    "patch/patch.sh",
    "patch/patch.toml",
    "pcre2/pcre2.sh",
    "pcre2/pcre2.toml",
    "perl/perl.sh",
    "perl/perl.toml",
    "pkgconf/pkgconf.sh",
    "pkgconf/pkgconf.toml",
    "python/python.sh",
    "python/python.toml",
    "seabios/seabios.sh",
    "seabios/seabios.toml",
    "sed/sed.toml",
    "simdjson/simdjson.sh",
    "simdjson/simdjson.toml",
    "simdutf/simdutf.sh",
    "simdutf/simdutf.toml",
    "tar/tar.toml",
    "zlib/zlib.sh",
    "zlib/zlib.toml",
    "zstd/zstd.sh",
    "zstd/zstd.toml",
]

/// The pages that `Graphs` fills in.
let pageFiles = [
    "common.js", "drawing.js", "graph.html", "graph.js", "layout.js", "model.js", "page.css",
    "panel.js", "treemap.html", "treemap.js",
]

let package = Package(
    name: "nodeos-store",
    products: [
        .executable(name: "nodeos-store", targets: ["nodeos-store"]),
        // docs/decisions/0016: one library for programs that work with a store, and the pure part of it
        // for those that only read derivations.
        .library(name: "NodeosStore", targets: ["NodeosStore"]),
        .library(name: "StoreModel", targets: ["StoreModel", "Primitives"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        // Without traits it brings no Foundation.
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2", traits: []),
    ],
    targets: [
        // C
        systemLibrary("CGcrypt"),
        systemLibrary("CArchive"),
        systemLibrary("CZlib"),
        systemLibrary("CLZMA"),
        systemLibrary("CCurl"),
        systemLibrary("CSeccomp"),
        .target(name: "CKernel", path: "Sources/C/CKernel"),
        .target(name: "CTOML", path: "Sources/C/CTOML"),
        // Model: pure values
        library("Primitives", in: "Model", ["CGcrypt"]),
        library("StoreModel", in: "Model", ["Primitives"]),
        library("TOML", in: "Model", ["CTOML"]),
        // System: what the machine offers, without a thought of stores
        library("SystemSupport", in: "System", ["Primitives", subprocess, systemPackage]),
        // What to build
        .target(
            name: "Recipes", dependencies: ["TOML", "StoreModel", "Primitives"],
            path: "Sources/Recipes",
            // The scripts are files of their own; the program carries their bytes.
            resources: (recipeFiles + catalogFiles.map { "Catalog/" + $0 }).map {
                .embedInCode($0)
            },
            swiftSettings: strict),
        // Storage: bytes and rows
        library(
            "Archives", in: "Storage",
            [
                "SystemSupport", "StoreModel", "Primitives", "CKernel", "CArchive", "CZlib",
                "CLZMA",
            ]),
        library(
            "StoreDatabase", in: "Storage", ["SystemSupport", "StoreModel", "Primitives", grdb],
            resources: [.embedInCode("store-schema.sql")]),
        library(
            "LocalStore", in: "Storage",
            ["SystemSupport", "StoreModel", "Primitives", "Archives", "StoreDatabase"]),
        // Building
        library(
            "Sandbox", in: "Building", ["SystemSupport", "Primitives", "CKernel", "CSeccomp"]),
        library(
            "Substitutes", in: "Building",
            ["SystemSupport", "StoreModel", "Primitives", "Archives", "CCurl"]),
        library(
            "Realisation", in: "Building",
            [
                "LocalStore", "StoreDatabase", "Archives", "Sandbox", "Substitutes",
                "SystemSupport", "StoreModel", "Primitives", heapModule,
            ]),
        library(
            "Giving", in: "Building",
            [
                "LocalStore", "StoreDatabase", "Archives", "Substitutes", "SystemSupport",
                "StoreModel", "Primitives",
            ]),
        // Using
        library(
            "Graphs", in: "Using",
            [
                "LocalStore", "StoreDatabase", "Archives", "SystemSupport", "StoreModel",
                "Primitives",
            ],
            resources: pageFiles.map { .embedInCode("Page/" + $0) }),
        library(
            "Audits", in: "Using",
            [
                "Graphs", "LocalStore", "StoreDatabase", "Archives", "SystemSupport", "StoreModel",
                "Primitives",
            ],
            resources: [
                .embedInCode("known-mentions.json"), .embedInCode("Report/report.html"),
            ]),
        library(
            "Reproduction", in: "Using",
            [
                "Audits", "Realisation", "Sandbox", "Substitutes", "LocalStore", "StoreDatabase",
                "Archives", "SystemSupport", "StoreModel", "Primitives",
            ]),
        // The library
        library(
            "NodeosStore", in: "Store",
            [
                "Audits", "Realisation", "Giving", "LocalStore", "StoreDatabase", "Sandbox",
                "Substitutes", "SystemSupport", "TOML", "StoreModel", "Primitives",
            ]),
        // Tools
        library(
            "StoreCommands", in: "Tools",
            [
                "NodeosStore", "Recipes", "Graphs", "Audits", "Reproduction", "Realisation",
                "Giving", "LocalStore", "StoreDatabase", "Archives", "Sandbox", "Substitutes",
                "SystemSupport", "StoreModel", "Primitives", argumentParser,
            ]),
        .executableTarget(
            name: "nodeos-store", dependencies: ["StoreCommands"],
            path: "Sources/Tools/nodeos-store", swiftSettings: strict),
        // Tests
        .target(
            name: "TestSupport", path: "Tests/TestSupport", exclude: ["browser.py"],
            swiftSettings: strict),
        .target(
            name: "RealisationSupport", dependencies: ["Realisation", "StoreModel", "Primitives"],
            path: "Tests/RealisationSupport", swiftSettings: strict),
        tests("PrimitivesTests", ["Primitives", "TestSupport"]),
        tests("SystemSupportTests", ["SystemSupport", "Primitives", "TestSupport"]),
        tests("TOMLTests", ["TOML", "TestSupport"]),
        tests("StoreModelTests", ["StoreModel", "Primitives", "TestSupport"]),
        tests(
            "RecipesTests", ["Recipes", "TOML", "StoreModel", "Primitives", "TestSupport"],
            exclude: ["golden-paths.txt"]),
        tests(
            "ArchivesTests", ["Archives", "CKernel", "StoreModel", "Primitives", "TestSupport"]),
        tests("StoreDatabaseTests", ["StoreDatabase", "StoreModel", "Primitives", "TestSupport"]),
        tests(
            "LocalStoreTests",
            ["LocalStore", "StoreDatabase", "Archives", "StoreModel", "Primitives", "TestSupport"]),
        tests("SandboxTests", ["Sandbox", "Primitives", "TestSupport"]),
        tests("SubstitutesTests", ["Substitutes", "StoreModel", "Primitives", "TestSupport"]),
        tests(
            "RealisationTests",
            [
                "Realisation", "Sandbox", "LocalStore", "StoreDatabase", "SystemSupport",
                "StoreModel", "Primitives", "RealisationSupport", "TestSupport",
            ]),
        tests("GivingTests", ["Giving", "TestSupport"]),
        tests(
            "AuditsTests",
            ["Audits", "Graphs", "Archives", "StoreModel", "Primitives", "TestSupport"]),
        tests(
            "ReproductionTests",
            [
                "Reproduction", "Audits", "Realisation", "Substitutes", "LocalStore",
                "StoreDatabase", "Archives", "StoreModel", "Primitives", "TestSupport",
            ]),
        tests("NodeosStoreTests", ["NodeosStore", "TestSupport"]),
        tests(
            "GraphsTests",
            ["Graphs", "LocalStore", "StoreDatabase", "StoreModel", "Primitives", "TestSupport"]),
        tests(
            "StoreCommandsTests",
            [
                "StoreCommands", "Audits", "Realisation", "LocalStore", "StoreDatabase",
                "StoreModel", "Primitives", argumentParser, "RealisationSupport", "TestSupport",
            ], exclude: ["Help"]),
        tests("ArchitectureTests", ["TestSupport"]),
        .testTarget(
            name: "ConformanceTests",
            dependencies: [
                "TestSupport", "StoreCommands", "LocalStore", "StoreDatabase", "Sandbox",
                "Substitutes", "Archives", "StoreModel", "Primitives",
            ], exclude: ["Resources"], swiftSettings: strict),
        tests("EndToEndTests", ["StoreModel", "Primitives", "TestSupport"]),
    ],
    // Of CTOML alone.
    cxxLanguageStandard: .cxx17
)

// Programs for developers, built by Fuzz/run.sh and Benchmarks/run.sh and by nobody else: they are
// part of this package because they need what is `package` here.
if Context.environment["NODEOS_FUZZ"] != nil {
    package.targets += [
        .target(name: "CFuzzer", path: "Fuzz/CFuzzer"),
        .executableTarget(
            name: "nodeos-fuzz",
            dependencies: ["CFuzzer", "Archives", "Audits", "StoreModel", "Primitives"],
            path: "Fuzz/nodeos-fuzz", swiftSettings: strict),
    ]
}
if Context.environment["NODEOS_BENCHMARKS"] != nil {
    package.targets.append(
        .executableTarget(
            name: "nodeos-benchmark", dependencies: ["Archives", "StoreModel", "Primitives"],
            path: "Benchmarks/nodeos-benchmark", swiftSettings: strict))
}
