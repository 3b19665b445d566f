public import MillraceCore
public import MillraceValues
import MillraceYAML

/// A mapping from sums to the bodies of documents, compiled.
public struct DocumentMapping: Sendable {
    /// Its name.
    public let name: MappingName
    /// The SHA-256 of its text, what it extends and its schema, as hexadecimal digits; the answers of its tables belong to the
    /// version of each document (RULES R18, `version(using:)`).
    public let version: String
    /// How facts are gathered.
    public let plan: SumPlan
    /// Its tests.
    public let tests: [MappingTest]
    /// The file as the caller named it.
    public let file: String

    /// How its documents are written; nil where the endpoint decides.
    let form: DocumentBody?
    let fields: [(name: String, field: DocumentField)]
    /// Values with a name, each of which the later ones and the fields can use.
    let lets: [(name: String, expression: MappingExpression)]
    let skipWhen: (@Sendable (ValueObject) throws(MappingFault) -> Bool)?
    let checks: [Check]
    let site: SiteID
    let tables: [String: LookupTable]
    /// The text of `where`; nil where it takes every fact.
    let whereText: String?
    let nameMark: SourceMark
    let target: DocumentTarget
    let perMarks: [MarkedText]
    let windowMark: SourceMark
    let recompiled: @Sendable (TableOverrides) -> ParsedMapping

    /// A rule that parks where it holds.
    struct Check: Sendable {
        let holds: @Sendable (ValueObject) throws(MappingFault) -> Bool
        let sentence: String
        let place: String
    }

    /// Whether first documents may go unmade.
    public var maySkip: Bool { skipWhen != nil }

    /// Whether a first document goes unmade (RULES R11); from revision 2 on nothing is skipped.
    public func skips(_ inputs: ValueObject) -> Bool {
        if let revision = inputs["revision"]?.decimal, revision > .one { return false }
        guard let skipWhen else { return false }
        return (try? skipWhen(calculated(inputs))) ?? false  // try?: what fails skips nothing; `body` tells its fault
    }

    /// The body for these inputs (`DocumentInputs`).
    ///
    /// - Throws: `MappingFault`, with which the document is parked: a missing row, a number that does not fit, a check that holds.
    public func body(for inputs: ValueObject) throws(MappingFault) -> Value {
        let inputs = try calculated(inputs)
        _ = try skipWhen?(inputs)
        for check in checks where try check.holds(inputs) {
            throw MappingFault(field: "checks", code: "checks", sentence: check.sentence, place: check.place)
        }
        return .object(try Self.object(fields, inputs))
    }

    /// The inputs with the values of `let` among them.
    private func calculated(_ inputs: ValueObject) throws(MappingFault) -> ValueObject {
        var inputs = inputs
        for (name, expression) in lets {
            inputs[MappingExpression.variableMark + name] = try expression.value(inputs, of: "let.\(name)")
        }
        return inputs
    }

    /// The fields with their values, in their order.
    static func object(
        _ fields: [(name: String, field: DocumentField)], _ inputs: ValueObject
    ) throws(MappingFault) -> ValueObject {
        var object = ValueObject()
        for (name, field) in fields {
            switch field {
            case .literal(let value): object.append(name, value)
            case .object(let inner): object.append(name, .object(try Self.object(inner, inputs)))
            case .list(let items):
                var list: [Value] = []
                for item in items { list.append(.object(try Self.object(item, inputs))) }
                object.append(name, .array(list))
            case .input(let input): if let value = try input.value(inputs) { object.append(name, value) }
            case .each(let list): if let value = try list.value(inputs) { object.append(name, value) }
            }
        }
        return object
    }
}

/// Where a document mapping's documents go, as it is written.
struct DocumentTarget: Sendable {
    let endpoint: MarkedText?
    let request: MarkedText?
}
