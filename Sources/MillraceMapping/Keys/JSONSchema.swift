public import MillraceValues
public import MillraceYAML

/// Prints tables of keys as JSON Schema, draft-07: the newest that editors' YAML support reads.
///
/// Source: json-schema.org/draft-07; redhat-developer/yaml-language-server, "supports JSON Schema 7 and below".
public struct JSONSchema {
    private var definitions = ValueObject()

    /// Of mapping files, of all kinds.
    public static func mappings() -> Value {
        var schema = JSONSchema()
        let (counts, shared) = (schema.reference(MappingKeys.countReading), schema.reference(MappingKeys.sharedReading))
        let (stops, stop) = (
            schema.reference(MappingKeys.downtimeReading), schema.reference(MappingKeys.downtimeDocument)
        )
        let count = schema.reference(MappingKeys.countDocument)
        // Told apart as the program does it: by 'to' first, then by the kind of fact.
        let isDocument: Value = [
            "anyOf": [holds("to", ["required": ["endpoint"]]), holds("to", ["required": ["request"]])]
        ]
        let isDowntime: Value = ["properties": ["fact": ["const": "downtime"]], "required": ["fact"]]
        let document: Value = ["if": holds("from", isDowntime), "then": stop, "else": count]
        let counting: Value = ["if": ["required": ["share"]], "then": shared, "else": counts]
        let facts: Value = ["if": holds("to", isDowntime), "then": stops, "else": counting]
        let reading: Value = [
            "if": holds("to", ["required": ["timeline"]]),
            "then": schema.reference(MappingKeys.timelineReading), "else": facts,
        ]
        let overlay = schema.reference(MappingKeys.overlay)
        let whole: Value = ["if": isDocument, "then": document, "else": reading]
        return schema.whole(
            "Millrace mapping file",
            [
                ("type", "object"), ("if", ["required": ["extends"]]), ("then", overlay),
                ("else", whole),
            ])
    }

    /// Of a site's file, with these kinds of connectors.
    public static func site(connectors: [KeyTable]) -> Value {
        var schema = JSONSchema()
        let file = schema.reference(SiteKeys.file(connectors: connectors))
        return schema.whole("Millrace site file, millrace.yaml", [("allOf", [file])])
    }

    private func whole(_ title: String, _ rules: [(String, Value)]) -> Value {
        var root = ValueObject(["$schema": "http://json-schema.org/draft-07/schema#", "title": .string(title)])
        for (name, rule) in rules { root.append(name, rule) }
        var sorted = ValueObject()
        for name in definitions.keys.sorted() { sorted[name] = definitions[name] }
        root["definitions"] = .object(sorted)
        return .object(root)
    }

    /// Whether the member is an object of that kind.
    private static func holds(_ key: String, _ rule: Value) -> Value {
        ["required": [.string(key)], "properties": [key: ["allOf": [["type": "object"], rule]]]]
    }

    private mutating func reference(_ table: KeyTable) -> Value {
        if definitions[table.name] == nil {
            definitions[table.name] = true  // Tables may hold themselves.
            definitions[table.name] = object(table)
        }
        return ["$ref": .string("#/definitions/\(table.name)")]
    }

    private mutating func object(_ table: KeyTable) -> Value {
        var schema = ValueObject(["type": "object", "description": .string(table.text)])
        var properties = ValueObject()
        for key in table.keys {
            var rule = ValueObject(["description": .string(key.text)])
            // Beside a reference nothing else is read, so it stands one deeper.
            switch form(key.form) {
            case .object(let members) where members["$ref"] == nil: for (name, part) in members { rule[name] = part }
            case let other: rule["allOf"] = [other]
            }
            properties[key.name] = .object(rule)
        }
        schema["properties"] = .object(properties)
        schema["additionalProperties"] = table.rest.map { form($0) } ?? false
        let required = table.keys.filter(\.isRequired).map { Value.string($0.name) }
        if !required.isEmpty { schema["required"] = .array(required) }
        let choices = table.oneOf.map { names in
            Value.object(ValueObject(["oneOf": .array(names.map { ["required": [.string($0)]] })]))
        }
        if !choices.isEmpty { schema["allOf"] = .array(choices) }
        return .object(schema)
    }

    /// YAML's own types are not ours: a number, a date and `true` are texts too.
    private mutating func form(_ form: KeyForm) -> Value {
        switch form {
        case .text: ["type": ["string", "number", "boolean"]]
        case .pattern(let pattern, let like):
            ["type": "string", "pattern": .string(pattern), "examples": [.string(like)]]
        case .words(let words): ["enum": .array(words.flatMap(Self.spellings))]
        case .flag: ["enum": [true, false, "on", "off", "yes", "no"]]
        case .integer(let range):
            [
                "type": ["integer", "string"], "minimum": .number(ExactDecimal(Int64(range.lowerBound))),
                "maximum": .number(ExactDecimal(Int64(range.upperBound))), "pattern": "^[0-9]+$",
            ]
        case .decimal: ["type": ["number", "string"], "pattern": "^[0-9.]+$"]
        case .table(let table): reference(table())
        case .named(let inner): ["type": "object", "additionalProperties": self.form(inner)]
        case .list(let inner): ["type": "array", "items": self.form(inner)]
        case .either(let forms): ["anyOf": .array(forms.map { self.form($0) })]
        case .any: [:]
        }
    }

    /// A word that YAML takes for a number stands there as both.
    private static func spellings(_ word: String) -> [Value] {
        ExactDecimal(word).map { [.string(word), .number($0)] } ?? [.string(word)]
    }
}
