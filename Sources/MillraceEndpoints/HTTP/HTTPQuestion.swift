public import MillraceCore
public import MillraceValues

/// A call that changes nothing: a GET, or a POST whose body asks.
public struct HTTPQuestion: Sendable {
    /// Calculates a value of a document's fields and what was calculated before, `key` among them; nothing where there is none.
    public typealias Calculation = @Sendable (ValueObject) throws(EndpointError) -> Value?

    /// A calculated value.
    public struct Named: Sendable {
        /// Its name, in braces in the address.
        public var name: String
        /// Its name among the inputs of what is calculated later.
        public var variable: String
        /// How it is calculated.
        public var value: Calculation

        /// A value of that name.
        public init(_ name: String, as variable: String, _ value: @escaping Calculation) {
            (self.name, self.variable, self.value) = (name, variable, value)
        }
    }

    /// Where it goes.
    public var address: AddressTemplate
    /// What its address and body are made of, in the order in which it is calculated.
    public var names: [Named]
    /// The body that is posted; nil for a GET.
    public var body: Calculation?
    /// The names in the address, and those that are calculated with: what of the request's `resolve` has to be asked for before.
    public var uses: Set<String>

    /// A question of these parts.
    public init(_ address: AddressTemplate, names: [Named] = [], body: Calculation? = nil) {
        (self.address, self.names, self.body) = (address, names, body)
        uses = Set(address.fields)
    }

    /// The address and body for these fields.
    ///
    /// - Throws: a field or value that is missing, or cannot be calculated.
    func filled(fields: ValueObject, key: String?) throws(EndpointError) -> (address: String, body: [UInt8]?) {
        var (braces, inputs) = (fields, fields)
        if let key { inputs["key"] = .string(key) }
        for named in names {
            guard let value = try named.value(inputs) else {
                throw EndpointError("'\(named.name)' of 'let' has no value for this document")
            }
            braces[named.name] = value
            inputs[named.variable] = value
        }
        let address = try self.address.filled(fields: braces, key: key)
        guard let body else { return (address, nil) }
        guard let json = try body(inputs) else { throw EndpointError("'body' has no value for this document") }
        return (address, JSONWriter.bytes(json))
    }
}

/// What an endpoint knows by a number of its own: asked for before a call whose address names it.
public struct HTTPResolving: Sendable {
    /// The name in braces.
    public var name: String
    /// Its name among the inputs of what questions calculate.
    public var variable: String
    /// What is asked.
    public var question: HTTPQuestion
    /// Where it stands in the answer.
    public var value: AnswerPath

    /// Something of that name.
    public init(_ name: String, as variable: String, _ question: HTTPQuestion, value: AnswerPath) {
        (self.name, self.variable, self.question, self.value) = (name, variable, question, value)
    }
}
