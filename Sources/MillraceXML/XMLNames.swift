/// The names a reader is interested in, each with a small number: its place in the list.
///
/// Elements, attributes and namespaces share one list. Every other name has the number ``unknown``.
public struct XMLNames: Sendable {
    /// The number of a name that is not in the list, and of no namespace.
    public static let unknown = -1

    /// The names, by number.
    public let all: [String]

    /// Numbers the names from 0; of a repeated name the first number counts.
    public init(_ names: [String]) { all = names }

    /// The number of a name, or ``unknown``. Meant for setting up, not for each element.
    public func code(of name: String) -> Int { all.firstIndex(of: name) ?? Self.unknown }
}
