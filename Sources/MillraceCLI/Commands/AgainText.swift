import MillraceCore
import MillraceSync
import MillraceValues

/// Documents that are made once more, as a person reads them.
enum AgainText {
    /// A row for each sum: what is done, with old and new figures.
    ///
    /// On a terminal each sum has lines of its own, for no table of this holds its key and its reason.
    static func lines(_ rows: [MadeAgain], zone: Zone) -> [String] {
        let cells = rows.map { row in
            let (old, new) =
                row.isInterval
                ? (words(row.oldInterval), words(row.newInterval)) : (Words.amounts(row.old), Words.amounts(row.new))
            return [
                row.action.rawValue, old, new, row.documents.map(text).joined(separator: ", "), Words.sum(row.stem),
                row.sentence,
            ]
        }
        if Terminal.current.width == nil {
            return TextTable.lines(
                ["", "booked", "counted", "documents", "key", "why"], cells, width: TextTable.keyWidth)
        }
        return cells.flatMap { cell in
            let action = cell[0] + String(repeating: " ", count: max(1, 9 - cell[0].count))
            let change = cell[1] == cell[2] ? cell[1] : "\(cell[1]) → \(cell[2])"
            return [action + change + (cell[3].isEmpty ? "" : ": \(cell[3])"), "  \(cell[4])"]
                + (cell[5].isEmpty ? [] : ["  \(cell[5])"])
        }
    }

    /// `r2 post -2 good`.
    private static func text(_ document: Document) -> String {
        var parts = ["r\(document.revision)", document.purpose.rawValue]
        if document.interval == nil { parts.append(Words.amounts(document.amounts)) }
        if document.state != .queued { parts.append("(\(document.state.rawValue))") }
        return parts.joined(separator: " ")
    }

    private static func words(_ interval: Downtime?) -> String {
        guard let interval, !interval.isWithdrawn else { return "nothing" }
        let length = interval.end.map { Words.age($0 - interval.start) } ?? "open"
        return "\(interval.class.rawValue) \(length)" + (interval.reason.map { " \($0)" } ?? "")
    }

    /// What was done, or would be.
    static func sentence(_ report: ResyncReport, isPreview: Bool) -> String {
        if report.changesNothing {
            if report.rows.isEmpty {
                return "Nothing of what was asked for lies in the window; look at --from, --to and what was chosen."
            }
            let waiting = report.rows.count(.wait)
            let right = report.rows.count - waiting
            var parts: [String] = []
            if right > 0 {
                parts.append(
                    "\(Words.count(right, "sum")) of the window \(right == 1 ? "is as it" : "are as they") should be")
            }
            if waiting > 0 { parts.append("\(Words.count(waiting, "sum")) \(waiting == 1 ? "waits" : "wait")") }
            return (waiting == 0 ? "Nothing differs: " : "Nothing is made: ") + parts.joined(separator: ", ")
                + ", nothing is sent."
        }
        let would = isPreview ? "would be" : report.rows.documentCount == 1 ? "is" : "are"
        var parts = ["\(Words.count(report.rows.documentCount, "document")) \(would) queued"]
        for action in MadeAgain.Action.allCases where report.rows.count(action) > 0 {
            parts.append("\(Words.count(report.rows.count(action), "sum")) to \(action.rawValue)")
        }
        parts.append("\(Words.count(report.facts, "fact")) \(isPreview ? "would be " : "")recorded anew")
        if report.corrected + report.found > 0 {
            parts.append(
                "\(Words.count(report.corrected, "reading")) corrected and \(report.found) found at the source")
        }
        return parts.joined(separator: ", ") + "."
    }
}

extension MadeAgain {
    /// The row as one flat object.
    func object(isPreview: Bool) -> Value {
        var object = ValueObject([
            "kind": "sum", "key": .string(stem), "endpoint": .string(request.endpoint.text),
            "request": .string(request.request.text), "action": .string(action.rawValue), "preview": .bool(isPreview),
        ])
        for name in ["order", "operation", "equipment", "shift", "production-day"] { object[name] = fields[name] }
        if isInterval {
            object["old-end"] = .optional(oldInterval?.end)
            object["new-end"] = .optional(newInterval?.end)
            object["old-reason"] = .optional(oldInterval?.reason)
            object["new-reason"] = .optional(newInterval?.reason)
        } else {
            for quantity in CountedQuantity.allCases {
                object["old-\(quantity.rawValue)"] = .number(old[quantity])
                object["new-\(quantity.rawValue)"] = .number(new[quantity])
            }
        }
        object["documents"] = .array(
            documents.map {
                .string("\($0.key) \($0.purpose.rawValue) \($0.amounts.good)/\($0.amounts.scrap)/\($0.amounts.rework)")
            })
        object["supersedes"] = .array(superseded.map { .string($0.key) })
        object["sentence"] = .string(sentence)
        return .object(object)
    }
}

extension ResyncReport {
    /// The report's figures as an object.
    func object(isPreview: Bool) -> Value {
        var object = ValueObject([
            "kind": "resync", "preview": .bool(isPreview), "documents": .count(rows.documentCount),
            "facts": .count(facts),
            "corrected": .count(corrected), "found": .count(found), "changes-nothing": .bool(changesNothing),
        ])
        for action in MadeAgain.Action.allCases { object[action.rawValue] = .count(rows.count(action)) }
        return .object(object)
    }
}
