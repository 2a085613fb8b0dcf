extension CPU {
    /// The machine of what the toolchain makes: `x86_64-nodeos-linux-musl`.
    package var targetTriple: String {
        "\(rawValue)-nodeos-linux-musl" + (self == .armv7 ? "eabihf" : "")
    }

    /// The machine of the seeds' own compiler, as GNU configure scripts write it.
    package var buildTriple: String {
        self == .armv7 ? "armv7-pc-linux-gnueabihf" : "\(rawValue)-pc-linux-gnu"
    }

    /// The file name of musl's dynamic loader.
    package var muslLoader: String {
        switch self {
        case .x8664: "ld-musl-x86_64.so.1"
        case .i686: "ld-musl-i386.so.1"
        case .aarch64: "ld-musl-aarch64.so.1"
        case .armv7: "ld-musl-armhf.so.1"
        }
    }

    /// The folder of the architecture below the kernel's `arch`.
    package var kernelSourceFolder: String {
        switch self {
        case .x8664, .i686: "x86"
        case .aarch64: "arm64"
        case .armv7: "arm"
        }
    }

    /// What Node.js calls the processor, in `process.arch` and when it is configured.
    package var nodeName: String {
        switch self {
        case .x8664: "x64"
        case .i686: "ia32"
        case .aarch64: "arm64"
        case .armv7: "arm"
        }
    }
}
