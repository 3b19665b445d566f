public import MillraceCore
import MillraceValues

/// The part of an address behind the endpoint's own, with fields in braces: `/stoppages/{replaces.receipt}`,
/// `/stoppages?external={key}`.
public struct AddressTemplate: Hashable, Sendable {
    private let template: FieldTemplate

    /// Reads a template.
    ///
    /// - Shape: begins with `/` or `?`; no blanks, no control characters, no `#`.
    /// - Throws: what is wrong with it, in one sentence.
    public init(_ text: String) throws(EndpointError) {
        template = try FieldTemplate(text)
        guard text.hasPrefix("/") || text.hasPrefix("?") else {
            throw EndpointError("'\(text)' must begin with '/' or '?'; the rest of the address stands under 'url'")
        }
        guard text.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value < 0x7F && $0 != "#" }) else {
            throw EndpointError("'\(text)' holds a blank, a '#' or a character beyond ASCII; percent-encode it")
        }
    }

    /// The names in braces.
    var fields: [String] { template.fields }

    /// The template as it was written.
    public var text: String { template.source }

    /// The text with every field in its place, percent-encoded.
    ///
    /// - Throws: a field that is missing or empty.
    func filled(fields: ValueObject, key: String?) throws(EndpointError) -> String {
        try template.filled(fields: fields, key: key)
    }
}
