import MillraceCore
import MillraceSync
import MillraceValues

/// What a source holds, as a person and as a program read it.
struct SurveyText {
    let name: String
    let source: String
    let survey: SourceSurvey

    /// Prints it.
    func say(_ output: Output, zone: Zone) {
        for object in objects { output.object(object) }
        for line in lines(zone: zone) { output.line(line) }
    }

    /// The lines: one about the source, a table of its signals, and what else is worth knowing.
    func lines(zone: Zone) -> [String] {
        let span = survey.first.flatMap { first in
            survey.last.map { ", \(Words.time(first, zone: zone)) to \(Words.time($0, zone: zone))" }
        }
        let more = survey.isCutShort ? " (and more)" : ""
        var lines = ["\(name): \(source)", "\(Words.count(survey.readings, "reading"))\(more)\(span ?? "")"]
        if !survey.equipment.isEmpty {
            let shown = survey.equipment.prefix(8).joined(separator: ", ")
            // The list has an end; how many different values the signal had has none.
            let named = survey.signals.filter { $0.look == .equipment }.map(\.distinct).max() ?? 0
            let count = max(survey.equipment.count, named)
            let rest = count > 8 ? " and \(count - 8) more" : ""
            lines.append("equipment: \(shown)\(rest)")
        }
        lines +=
            [""]
            + TextTable.lines(
                ["signal", "looks like", "values", "different", "last value"],
                survey.signals.filter { $0.look != .empty }.map(row))
        for signal in survey.signals where !signal.note.isEmpty { lines.append("- \(signal.name): \(signal.note)") }
        let silent = survey.signals.filter { $0.look == .empty }.map(\.name)
        if !silent.isEmpty { lines.append("- never a value: \(silent.joined(separator: ", "))") }
        for signal in survey.signals where signal.look == .state {
            lines.append("- \(signal.name) has been \(signal.words.map { "'\($0)'" }.joined(separator: ", "))")
        }
        for row in survey.setAside {
            let isPlaced = row.sentence.hasPrefix(row.place.source)
            lines.append("- cannot be read, \(isPlaced ? "" : "\(row.place): ")\(row.sentence)")
        }
        for notice in survey.notices { lines.append("- \(notice)") }
        if survey.readings == 0 { lines.append("- nothing is there to read yet") }
        return lines + [""]
    }

    private func row(_ signal: SourceSurvey.Signal) -> [String] {
        [signal.name, looks(signal), "\(signal.values)", "\(signal.distinct)", String(signal.last.prefix(40))]
    }

    private func looks(_ signal: SourceSurvey.Signal) -> String {
        switch signal.look {
        case .counter: "counter (\(signal.quantity.rawValue))"
        case .amount: "amount (\(signal.quantity.rawValue))"
        case .time:
            (signal.timeOfDay.map { "time, with '\($0)'" } ?? "time") + (signal.pattern.map { " (\($0))" } ?? "")
        default: signal.look.rawValue
        }
    }

    /// An object for the source and one for each signal.
    var objects: [Value] {
        let source: Value = [
            "kind": "source", "connector": .string(name), "source": .string(source),
            "readings": .count(survey.readings), "cut-short": .bool(survey.isCutShort),
            "first": .optional(survey.first), "last": .optional(survey.last),
            "equipment": .array(survey.equipment.map { .string($0) }),
            "notices": .array((survey.setAside.map(\.sentence) + survey.notices).map { .string($0) }),
        ]
        return [source]
            + survey.signals.map { signal in
                [
                    "kind": "signal", "connector": .string(name), "signal": .string(signal.name),
                    "looks-like": .string(signal.look.rawValue), "quantity": .string(signal.quantity.rawValue),
                    "values": .count(signal.values), "different": .count(signal.distinct),
                    "first": .string(signal.first), "last": .string(signal.last),
                    "words": .array(signal.words.map { .string($0) }), "format": .optional(signal.pattern),
                    "decimal-comma": .bool(signal.usesComma), "note": .string(signal.note),
                ]
            }
    }
}
