public import MillraceCore
public import MillraceValues

/// Where something stands in an answer: `items.id`.
///
/// - Shape: names between dots; a list on the way stands for its first element.
public struct AnswerPath: Hashable, Sendable {
    private let names: [String]

    /// Reads a path.
    ///
    /// - Throws: an empty name.
    public init(_ text: String) throws(EndpointError) {
        names = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard !names.contains(where: \.isEmpty) else {
            throw EndpointError("'\(text)' is no path into an answer; write names with dots between them, as items.id")
        }
    }

    /// What stands there; nil where nothing does.
    public func value(in answer: Value) -> Value? {
        var found = Self.first(answer)
        for name in names {
            guard let next = found?[name] else { return nil }
            found = Self.first(next)
        }
        return found
    }

    /// The number or text that stands there, as text; nil for anything else and for an empty text.
    public func text(in answer: Value) -> String? {
        switch value(in: answer) {
        case .string(let text): text.isEmpty ? nil : text
        case .number(let number): number.description
        case .numeral(let text): text
        default: nil
        }
    }

    /// The different numbers and texts that stand there, through every element of every list on the way.
    func all(in answer: Value) -> [String] {
        var found = Self.elements(answer)
        for name in names { found = found.flatMap { $0[name].map(Self.elements) ?? [] } }
        var texts: [String] = []
        for text in found.compactMap(\.plainText) where !text.isEmpty && !texts.contains(text) { texts.append(text) }
        return texts
    }

    private static func elements(_ value: Value) -> [Value] {
        if case .array(let items) = value { return items.flatMap(elements) }
        return [value]
    }

    private static func first(_ value: Value) -> Value? {
        if case .array(let items) = value { return items.first.flatMap(first) }
        return value
    }
}
