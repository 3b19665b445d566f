public import MillraceCore
import MillraceValues

/// The name of a document's file, with fields in braces: `{key}.json` (RULES R25).
///
/// The same key gives the same name. Values are percent-encoded, so that none of them is a path.
public struct FileNameTemplate: Hashable, Sendable {
    /// File systems end at 255 bytes; the name in the making is longer by a few.
    private static let longest = 200

    private let template: FieldTemplate

    /// Reads a template.
    ///
    /// - Shape: names `{key}`; no slash, no control character, no dot at its beginning.
    /// - Throws: what is wrong with it, in one sentence.
    public init(_ text: String) throws(EndpointError) {
        template = try FieldTemplate(text)
        guard template.fields.contains("key") else {
            throw EndpointError("file name '\(text)' must hold {key}, or two documents would have one name")
        }
        guard !text.hasPrefix("."), template.texts.allSatisfy({ $0.unicodeScalars.allSatisfy(Self.isFit) }) else {
            throw EndpointError("file name '\(text)' must not begin with a dot nor hold a slash or a control character")
        }
        guard template.ending.utf8.count <= 40 else {
            throw EndpointError("file name '\(text)' has an ending of more than 40 bytes; shorten it")
        }
    }

    /// The document's file name.
    ///
    /// - Shape: at most 200 bytes; a longer one is its beginning, a dash, and base32 of the SHA-256 of the whole.
    /// - Throws: a field that is missing or empty.
    func name(of document: Document) throws(EndpointError) -> String {
        var whole = try template.filled(fields: document.namedFields, key: document.key)
        // A value may begin with a dot, and nobody would see such a file.
        if whole.hasPrefix(".") { whole = "%2E" + whole.dropFirst() }
        guard whole.utf8.count > Self.longest else { return whole }
        let hash = "-" + Base32.encode(SHA256.hash(whole)) + template.ending
        var head = Array(whole.utf8.prefix(Self.longest - hash.utf8.count))
        // Not within an escape or a character.
        if let percent = head.suffix(2).firstIndex(of: UInt8(ascii: "%")) { head.removeSubrange(percent...) }
        while !head.isEmpty, UTF8Check.firstInvalid(in: head.span) != nil { head.removeLast() }
        return String(decoding: head, as: UTF8.self) + hash
    }

    private static func isFit(_ scalar: Unicode.Scalar) -> Bool {
        scalar != "/" && scalar.properties.generalCategory != .control
    }
}
