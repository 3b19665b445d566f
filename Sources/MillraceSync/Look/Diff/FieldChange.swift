public import MillraceValues

/// A field in which two bodies differ.
public struct FieldChange: Hashable, Sendable {
    /// The field, nested ones with dots: `Yield.value`.
    public let name: String
    /// What the one says; nil for nothing.
    public let old: Value?
    /// What the other says; nil for nothing.
    public let new: Value?

    /// A change of that field.
    public init(name: String, old: Value?, new: Value?) { (self.name, self.old, self.new) = (name, old, new) }

    /// In which fields two bodies differ, in the order of the new one; fields that are gone stand last.
    public static func between(_ old: Value?, _ new: Value?) -> [FieldChange] {
        if old == new { return [] }
        let (before, after) = (old.map { flat($0, "") } ?? [], new.map { flat($0, "") } ?? [])
        let was = Dictionary(before) { first, _ in first }
        let known = Set(after.map(\.0))
        return after.filter { was[$0.0] != $0.1 }.map { FieldChange(name: $0.0, old: was[$0.0], new: $0.1) }
            + before.filter { !known.contains($0.0) }.map { FieldChange(name: $0.0, old: $0.1, new: nil) }
    }

    private static func flat(_ value: Value, _ path: String) -> [(String, Value)] {
        guard let object = value.object, !object.isEmpty else { return [(path, value)] }
        return object.flatMap { name, member in flat(member, path.isEmpty ? name : "\(path).\(name)") }
    }

    /// As people read it: `Yield.value: 12.000 → 12`.
    public var text: String {
        "\(name): \(old.map(JSONWriter.text) ?? "none") → \(new.map(JSONWriter.text) ?? "none")"
    }
}
