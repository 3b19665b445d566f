public import MillraceCore
public import MillraceValues

/// An expression of an endpoint: over a document's fields, or over an answer.
public struct EndpointExpression: Sendable {
    /// Its name among others; the key it stands under where it has none.
    public let name: String
    let expression: MappingExpression
    /// The fields of a document that it names.
    let inputs: [String]
    /// The values that it names, without their `$`.
    public let values: [String]

    /// The result for these members and `$name` values; nil where there is none.
    ///
    /// - Shape: `inputs` has names with dots as they stand in a path, and values of `let` as `$name`.
    /// - Throws: why it cannot be calculated, with its place in the file.
    public func value(_ inputs: ValueObject) throws(EndpointError) -> Value? {
        try evaluated { () throws(MappingFault) -> Value? in
            try expression.value(ExpressionInputs(inputs), at: nil, of: "'\(name)'")
        }
    }

    /// The result for an answer, which may be a list; nil where there is none.
    ///
    /// - Throws: why it cannot be calculated, with its place in the file.
    public func value(ofAnswer answer: Value) throws(EndpointError) -> Value? {
        try evaluated { () throws(MappingFault) -> Value? in
            try expression.value(over: answer, [], at: nil, of: "'\(name)'")
        }
    }

    private func evaluated(_ work: () throws(MappingFault) -> Value?) throws(EndpointError) -> Value? {
        do throws(MappingFault) {
            return try work()
        } catch {
            throw EndpointError("\(error)")
        }
    }

    /// The name as values of `let` bear it among the inputs: `$name`.
    public static func variable(_ name: String) -> String { MappingExpression.variableMark + name }
}
