import MillraceCore
public import MillraceValues

/// What came of a test.
public struct MappingTestResult: Hashable, Sendable {
    /// The test.
    public let name: String
    /// What differs from the expectation, one line each; empty where the test passes.
    public let differences: [String]

    /// Whether nothing differs.
    public var passes: Bool { differences.isEmpty }

    /// A result of these differences.
    public init(name: String, differences: [String]) {
        self.name = name
        self.differences = differences
    }
}

extension DocumentMapping {
    /// Runs one of the mapping's tests.
    ///
    /// - Shape: only the fields that the test expects are compared, numbers by amount. `parked: {field, code}` expects a fault,
    ///   `skipped: true` a document that goes unmade.
    public func run(_ test: MappingTest) -> MappingTestResult {
        do throws(TestTables) {
            return MappingTestResult(name: test.name, differences: try holding(test).differences(test))
        } catch {
            return MappingTestResult(name: test.name, differences: error.sentences)
        }
    }

    /// The mapping with the tables that a test gives; itself where it gives none.
    public func using(_ test: MappingTest) -> DocumentMapping {
        do throws(TestTables) { return try holding(test) } catch { return self }
    }

    private func holding(_ test: MappingTest) throws(TestTables) -> DocumentMapping {
        if test.tables.isEmpty { return self }
        let parsed = recompiled(test.tables)
        guard case .document(let mapping)? = parsed.mapping else { throw TestTables(parsed) }
        return mapping
    }

    private func differences(_ test: MappingTest) -> [String] {
        let inputs = inputs(given: test.given.first ?? ValueObject())
        let isSkipped = skips(inputs)
        if test.expect["skipped"]?.text == "true" {
            return isSkipped
                ? [] : ["expected: no document, for 'skip-when' holds", "found:    'skip-when' does not hold"]
        }
        if isSkipped { return ["expected: a document", "found:    none, for 'skip-when' holds"] }
        let parked = test.expect["parked"]
        do {
            let body = try body(for: inputs)
            _ = try written(body)
            if let parked {
                return ["expected: parked \(JSONWriter.text(parked))", "found:    \(JSONWriter.text(body))"]
            }
            return Expectation.differences(expected: test.expect, found: body)
        } catch {
            guard let parked else {
                return ["expected: a document", "found:    parked, \(error.code): \(error.description)"]
            }
            let found: Value = [
                "field": .string(error.field), "code": .string(error.code), "sentence": .string(error.sentence),
            ]
            return Expectation.differences(expected: parked, found: found, path: "parked")
        }
    }

    /// The inputs as the program would give them: numbers as numbers, and what a test need not say filled in.
    public func inputs(given: ValueObject) -> ValueObject {
        var inputs = ValueObject()
        // An empty text is missing, as it is in a run.
        for (name, value) in given where value != .string("") {
            let number = DocumentInputs.numbers.contains(name) ? value.text.flatMap { ExactDecimal($0) } : nil
            inputs[name] = number.map(Value.number) ?? value
        }
        if plan.kind == .productionCount {
            for name in ["good", "scrap", "rework"] where inputs[name] == nil { inputs[name] = 0 }
        }
        if inputs["duration"] == nil, let start = inputs["start"]?.text.flatMap({ Instant(iso8601: $0) }),
            let end = inputs["end"]?.text.flatMap({ Instant(iso8601: $0) })
        {
            inputs["duration"] = DocumentInputs.seconds(end - start)
        }
        if inputs["revision"] == nil { inputs["revision"] = 1 }
        if inputs["key"] == nil { inputs["key"] = "test/r1" }
        if inputs["site"] == nil { inputs["site"] = .string(site.text) }
        return inputs
    }
}

/// Compares what a test expects with what was found.
public enum Expectation {
    /// What differs, one line each, with the path of the field.
    ///
    /// - Shape: of an object only the expected members are compared, of a list every element; a text that is a number equals a number
    ///   of the same amount.
    public static func differences(expected: Value, found: Value?, path: String = "") -> [String] {
        let place = path.isEmpty ? "the result" : path
        switch (expected, found) {
        case (.object(let members), .object(let others)?):
            return members.flatMap { name, value in
                differences(expected: value, found: others[name], path: path.isEmpty ? name : "\(path).\(name)")
            }
        case (.array(let items), .array(let others)?) where items.count == others.count:
            return zip(items, others).enumerated().flatMap { index, pair in
                differences(expected: pair.0, found: pair.1, path: "\(path)[\(index)]")
            }
        default:
            if let found, equal(expected, found) { return [] }
            if expected == .null, found == nil { return [] }
            return ["\(place): expected \(JSONWriter.text(expected)), found \(found.map(JSONWriter.text) ?? "nothing")"]
        }
    }

    private static func equal(_ expected: Value, _ found: Value) -> Bool {
        if expected.means(found) { return true }
        guard let left = expected.plainText, let right = found.plainText else { return false }
        if let number = found.decimal { return ExactDecimal(left) == number }
        return left == right
    }
}
