/// A value of a TOML text, which knows where it stands.
package struct TOMLValue: Sendable, Hashable {
    /// What a value can be.
    package enum Content: Sendable, Hashable {
        /// Values by key, sorted by key: the order in the text means nothing.
        case table([TOMLEntry])
        /// Values in their order.
        case array([TOMLValue])
        /// A text.
        case string(String)
        /// A whole number.
        case integer(Int64)
        /// Yes or no.
        case boolean(Bool)
        /// A number with a fraction, a date or a time: TOML has them, nothing here needs them.
        case other
    }

    /// What it is.
    package let content: Content
    /// Where it begins.
    package let place: TOMLPlace

    /// A value.
    package init(_ content: Content, at place: TOMLPlace) {
        self.content = content
        self.place = place
    }

    /// What it is, as messages say it.
    package var kind: String {
        switch content {
        case .table: "a table"
        case .array: "a list"
        case .string: "a text"
        case .integer: "a whole number"
        case .boolean: "true or false"
        case .other: "a number with a fraction, a date or a time"
        }
    }
}

/// A key and what it is given.
package struct TOMLEntry: Sendable, Hashable {
    /// The key.
    package let key: String
    /// Where the key stands.
    package let place: TOMLPlace
    /// The value.
    package let value: TOMLValue

    /// An entry.
    package init(_ key: String, at place: TOMLPlace, _ value: TOMLValue) {
        self.key = key
        self.place = place
        self.value = value
    }
}

/// Why a text is no TOML, or not one to read.
package struct TOMLError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Where.
    package let place: TOMLPlace
    /// Why, without the place.
    package let reason: String

    /// Place and reason.
    package var description: String { "\(place.line):\(place.column): \(reason)" }
}
