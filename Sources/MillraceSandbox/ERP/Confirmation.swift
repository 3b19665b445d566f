#if Web
import MillraceValues

/// What a confirmation's body says.
struct Confirmation {
    let order: String
    let operation: String
    let shift: String
    let postingDate: String
    let workCenter: String
    let good: ExactDecimal
    let scrap: ExactDecimal
    let unit: String

    /// Reads the members by any of their usual names; texts that are missing are empty, amounts that are missing are 0.
    init(_ body: Value) throws(Refusal) {
        order = body.words("OrderID", "order")
        operation = body.words("Operation", "operation")
        shift = body.words("Shift", "shift")
        postingDate = body.words("PostingDate", "posting-date", "production-day")
        workCenter = body.words("WorkCenter", "work-center", "equipment")
        good = try body.amount("Yield", "good")
        scrap = try body.amount("Scrap", "scrap")
        unit = body["Yield"]?.words("unit") ?? body.words("Unit", "unit")
    }
}

extension Value {
    /// The first of these members that is there, as plain text; empty where none is.
    func words(_ names: String...) -> String {
        for name in names {
            if let text = self[name]?.plainText { return text }
        }
        return ""
    }

    /// The first of these members that is there as an amount: a number, a text that is one, or `{value, unit}`.
    func amount(_ names: String...) throws(Refusal) -> ExactDecimal {
        for name in names {
            guard let member = self[name], member != .null else { continue }
            let bare = member.object == nil ? member : member["value"] ?? .null
            guard let number = bare.decimal ?? bare.text.flatMap({ ExactDecimal($0) }) else {
                throw Refusal(422, "bad-amount", "\(name) is not a number that can be held exactly", field: name)
            }
            return number
        }
        return .zero
    }

    /// The member at a path with points, as plain text.
    func plainText(at path: String) -> String? {
        var value: Value? = self
        for name in path.split(separator: ".") { value = value?[String(name)] }
        return value?.plainText
    }
}
#endif
