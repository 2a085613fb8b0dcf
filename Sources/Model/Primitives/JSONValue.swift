/// A JSON text as a value. Objects print with their keys sorted by bytes, so that equal values
/// print equal texts; integers stay exact.
public enum JSONValue: Hashable, Sendable {
    /// `null`.
    case null
    /// `true` or `false`.
    case bool(Bool)
    /// A number without fraction or exponent that fits 64 bits.
    case integer(Int64)
    /// Any other number.
    case number(Double)
    /// A text.
    case string(String)
    /// A list.
    case array([JSONValue])
    /// A record.
    case object([String: JSONValue])
    /// A record to be printed, whose keys differ in their bytes, as file names do: Swift takes an `é` of one
    /// scalar and one of two for the same text.
    case entries([Member])

    /// A key and its value.
    public struct Member: Hashable, Sendable {
        let key: String
        let value: JSONValue

        /// A member.
        public init(key: String, value: JSONValue) {
            self.key = key
            self.value = value
        }
    }

    /// `text`, or `null`.
    public static func optional(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }

    /// A size or count; exact up to 2^63 - 1, beyond that the nearest number.
    public static func count(_ value: UInt64) -> JSONValue {
        Int64(exactly: value).map { .integer($0) } ?? .number(Double(value))
    }

    /// A count.
    public static func count(_ value: Int) -> JSONValue { .integer(Int64(value)) }

    /// A list of texts.
    public static func strings(_ texts: some Sequence<String>) -> JSONValue {
        .array(texts.map { .string($0) })
    }

    /// The value of `key`, when this is an object that has it.
    public subscript(key: String) -> JSONValue? {
        if case .object(let members) = self { members[key] } else { nil }
    }

    /// The text, when this is one.
    public var string: String? { if case .string(let text) = self { text } else { nil } }
    /// The elements, when this is a list.
    public var array: [JSONValue]? { if case .array(let items) = self { items } else { nil } }
    /// The members, when this is an object.
    public var object: [String: JSONValue]? {
        if case .object(let members) = self { members } else { nil }
    }
    /// The number, when this is an integer.
    public var integer: Int64? { if case .integer(let value) = self { value } else { nil } }
    /// The truth value, when this is one.
    public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
}
