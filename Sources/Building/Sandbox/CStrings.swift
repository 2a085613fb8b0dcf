import Glibc

/// A NULL-terminated array of C strings, as `execve` takes it.
@safe
struct CStrings: ~Copyable {
    private let storage: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    private let count: Int

    /// Copies of `texts`, which hold no NUL bytes.
    init(_ texts: [[UInt8]]) {
        count = texts.count
        unsafe storage = .allocate(capacity: texts.count + 1)
        unsafe storage.initialize(repeating: nil, count: texts.count + 1)
        for (index, text) in texts.enumerated() {
            let copy = UnsafeMutablePointer<CChar>.allocate(capacity: text.count + 1)
            for (offset, byte) in text.enumerated() {
                unsafe (copy + offset).initialize(to: CChar(bitPattern: byte))
            }
            unsafe (copy + text.count).initialize(to: 0)
            unsafe storage[index] = unsafe copy
        }
    }

    deinit {
        for index in 0..<count { unsafe storage[index]?.deallocate() }
        unsafe storage.deallocate()
    }

    /// Calls `body` with the array, valid only during the call.
    borrowing func withPointer<Result>(
        _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        unsafe body(storage)
    }
}
