/// Why a mapping cannot make a document of a sum: the document is parked with it.
public struct MappingFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// The field, nested ones with dots: `Yield.value`; `checks` for a check of the mapping.
    public let field: String
    /// The word to group by: `missing-row`, `missing-value`, `too-long`, `too-large`, `needs-rounding`, `wrong-type`, `checks`.
    public let code: String
    /// One sentence.
    public let sentence: String
    /// The rule's place: `file:line:column`.
    public let place: String

    /// The sentence and the place.
    public var description: String { "\(sentence) (\(place))" }
}
