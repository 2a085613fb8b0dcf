/// The processor that a graph of packages is for. A parameter of every recipe, never read from the
/// machine: a graph means the same wherever it is lowered.
package enum CPU: String, Sendable, Hashable, CaseIterable {
    /// 64-bit PC.
    case x8664 = "x86_64"
    /// 32-bit PC.
    case i686
    /// 64-bit ARM.
    case aarch64
    /// 32-bit ARM with hardware floating point.
    case armv7

    /// The system of derivations, as Nix and Guix name it: `x86_64-linux`.
    package var system: String { (self == .armv7 ? "armv7l" : rawValue) + "-linux" }

    /// The folder of Debian's libraries below `usr/lib`.
    package var debianTriple: String {
        switch self {
        case .x8664: "x86_64-linux-gnu"
        case .i686: "i386-linux-gnu"
        case .aarch64: "aarch64-linux-gnu"
        case .armv7: "arm-linux-gnueabihf"
        }
    }

    /// The file name of the GNU C library's dynamic loader.
    package var loaderName: String {
        switch self {
        case .x8664: "ld-linux-x86-64.so.2"
        case .i686: "ld-linux.so.2"
        case .aarch64: "ld-linux-aarch64.so.1"
        case .armv7: "ld-linux-armhf.so.3"
        }
    }

    /// What the kernel's makefiles call the architecture.
    package var kernelArchitecture: String {
        switch self {
        case .x8664: "x86_64"
        case .i686: "i386"
        case .aarch64: "arm64"
        case .armv7: "arm"
        }
    }

    /// The kernel's make target for an image that boots.
    package var kernelTarget: String {
        switch self {
        case .x8664, .i686: "bzImage"
        case .aarch64: "Image.gz"
        case .armv7: "zImage"
        }
    }

    /// Where the kernel's build leaves that image, below its `arch` folder.
    package var kernelImage: String {
        switch self {
        case .x8664, .i686: "x86/boot/bzImage"
        case .aarch64: "arm64/boot/Image.gz"
        case .armv7: "arm/boot/zImage"
        }
    }

    /// QEMU's program that emulates a whole machine with this processor.
    package var qemuProgram: String { "qemu-system-" + qemuName }

    /// What QEMU calls the processor: its program `qemu-NAME` runs single programs.
    package var qemuName: String {
        switch self {
        case .x8664, .aarch64: rawValue
        case .i686: "i386"
        case .armv7: "arm"
        }
    }

    /// The machine that QEMU emulates.
    package var qemuMachine: String {
        switch self {
        case .x8664, .i686: "pc"
        case .aarch64, .armv7: "virt"
        }
    }

    /// The kernel's name for that machine's first serial port.
    package var console: String {
        switch self {
        case .x8664, .i686: "ttyS0"
        case .aarch64, .armv7: "ttyAMA0"
        }
    }

    /// The name of the architecture in container images, with its variant: Go's names.
    package var containerArchitecture: String {
        switch self {
        case .x8664: "amd64"
        case .i686: "386"
        case .aarch64: "arm64"
        case .armv7: "arm/v7"
        }
    }
}
