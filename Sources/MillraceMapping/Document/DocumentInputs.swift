public import MillraceCore
public import MillraceValues

/// What a document mapping can name.
public enum DocumentInputs {
    /// Inputs of every document.
    static let common = ["key", "revision", "site", "start", "end", "replaces.key", "replaces.receipt"]
    /// Inputs of every document about downtime.
    static let downtime = ["equipment", "class", "reason", "order", "shift", "production-day", "duration"]
    /// Inputs that are numbers; a test's texts are turned into numbers for them.
    static let numbers: Set<String> = ["good", "scrap", "rework", "duration", "revision"]

    /// The inputs of a document: the sum's fields, the amounts or the interval, and what its number needs.
    ///
    /// - Shape: `amounts` is what this document carries (RULES R15c). `replaces` is the document that it corrects.
    public static func inputs(
        of sum: Sum, amounts: Amounts, key: String, revision: Int, site: SiteID,
        replaces: (key: String, receipt: String?)? = nil
    ) -> ValueObject {
        var inputs = sum.fields
        // What the facts of a sum do not have stands in its identity as an empty text; for a field it is missing.
        for name in inputs.keys where inputs[name] == .string("") { inputs[name] = nil }
        inputs["start"] = .string((sum.interval?.start ?? sum.windowStart).iso8601)
        if let interval = sum.interval {
            inputs["equipment"] = .string(interval.equipment)
            inputs["class"] = .string(interval.class.rawValue)
            inputs["reason"] = interval.reason.map(Value.string)
            inputs["order"] = interval.order.map(Value.string)
            inputs["shift"] = .string(interval.shift)
            inputs["production-day"] = .string(interval.productionDay.description)
            inputs["end"] = interval.end.map { .string($0.iso8601) }
            inputs["duration"] = interval.end.flatMap { seconds($0 - interval.start) }
        } else {
            inputs["end"] = .string(sum.windowEnd.iso8601)
            for quantity in CountedQuantity.allCases { inputs[quantity.rawValue] = .number(amounts[quantity]) }
        }
        inputs["key"] = .string(key)
        inputs["revision"] = .number(ExactDecimal(Int64(revision)))
        inputs["site"] = .string(site.text)
        if let replaces {
            inputs["replaces.key"] = .string(replaces.key)
            inputs["replaces.receipt"] = replaces.receipt.map(Value.string)
        }
        return inputs
    }

    /// The length in seconds, exactly.
    static func seconds(_ duration: Duration) -> Value? {
        ExactDecimal(coefficient: duration.wholeMicroseconds, exponent: -6).map(Value.number)
    }

    /// The value of an input; nil where it has none, or null.
    static func value(_ path: String, in inputs: ValueObject) -> Value? {
        let value = found(path, in: inputs)
        return value == .null ? nil : value
    }

    /// What stands under the path, null too.
    static func found(_ path: String, in inputs: ValueObject) -> Value? {
        inputs[path] ?? JSONPath.value(at: path, in: .object(inputs))
    }
}
