import LocalStore
import Primitives
import StoreDatabase
import StoreModel

extension LocalStore {
    /// The content of a source that is a text of moderate size: less than a megabyte of UTF-8. `nil`
    /// for anything else, and for what is not valid.
    func smallText(_ path: StorePath) throws -> ByteString? {
        let file = layout.realPath(of: path)
        guard let info = try database.info(path), info.narSize < 1_000_000,
            SymbolicLink.target(of: file) == nil, let bytes = try? FileBytes.read(path: file),
            String(validating: bytes, as: UTF8.self) != nil
        else { return nil }
        return ByteString(bytes)
    }
}
