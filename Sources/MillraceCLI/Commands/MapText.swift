import MillraceCore
import MillraceMapping
import MillraceSync
import MillraceValues
import MillraceYAML

/// What mappings do, as a person reads it.
enum MapText {
    /// A failing test with its place, and what was expected and found; nothing for a passing one.
    static func failure(_ test: MappingTest, _ result: MappingTestResult) -> [String] {
        if result.passes { return [] }
        return ["\(test.file):\(test.mark.line): test '\(test.name)' fails"] + result.differences.map { "  " + $0 }
    }

    /// The facts as tables, counts and intervals apart, and what was set aside.
    static func facts(_ found: MapPreview.Facts, zone: Zone) -> [String] {
        var lines = table(found.facts, zone: zone)
        if lines.isEmpty { lines = ["No facts."] }
        lines += [
            "",
            "\(Words.count(found.readings, "reading")), \(Words.count(found.samples, "sample")), "
                + "\(Words.count(found.facts.count, "fact"))" + (found.isCutShort ? "; more waits, see --limit" : ""),
        ]
        for row in found.setAside.prefix(10) { lines.append("- set aside \(place(of: row)): \(row.sentence)") }
        if found.setAside.count > 10 { lines.append("- and \(found.setAside.count - 10) more rows set aside") }
        return lines
    }

    /// `file:line`, or `file@position` where the source has no lines.
    private static func place(of row: SetAside) -> String {
        row.line.map { "\(row.place.source):\($0)" } ?? row.place.description
    }

    /// The facts as tables, counts and intervals apart.
    static func table(_ facts: [Fact], zone: Zone) -> [String] {
        var counts: [[String]] = []
        var intervals: [[String]] = []
        for fact in facts {
            switch fact {
            case .count(let count): counts.append(row(count, zone: zone))
            case .downtime(let interval): intervals.append(row(interval, zone: zone))
            }
        }
        let lines = TextTable.lines(
            ["start", "equipment", "order", "operation", "material", "shift", "good", "scrap", "rework", "standing"],
            counts)
        return lines
            + TextTable.lines(
                ["start", "end", "equipment", "class", "reason", "order", "shift", "standing"], intervals)
    }

    private static func row(_ count: ProductionCount, zone: Zone) -> [String] {
        let standing =
            count.standing == .counted ? "" : count.standing.rawValue + (count.rule.isEmpty ? "" : ": \(count.rule)")
        return [
            Words.time(count.start, zone: zone), count.equipment, count.order ?? "", count.operation ?? "",
            count.material ?? "", count.shift, "\(count.amounts.good)", "\(count.amounts.scrap)",
            "\(count.amounts.rework)",
            standing,
        ]
    }

    private static func row(_ interval: Downtime, zone: Zone) -> [String] {
        [
            Words.time(interval.start, zone: zone), interval.end.map { Words.time($0, zone: zone) } ?? "goes on",
            interval.equipment, interval.class.rawValue, interval.reason ?? "", interval.order ?? "", interval.shift,
            interval.standing == .counted ? "" : "\(interval.standing.rawValue): \(interval.rule)",
        ]
    }

    /// The documents with their bodies, parked ones with their sentence.
    static func documents(_ documents: [Document], waiting: Int) -> [String] {
        var lines: [String] = []
        for document in documents {
            lines.append(document.key + (document.purpose == .post ? "" : " (\(document.purpose.rawValue))"))
            if document.state == .parked { lines.append("  parked (\(document.causeCode)): \(document.cause)") }
            if let body = document.body { lines += BodyText.lines(body).map { "  " + $0 } }
        }
        if documents.isEmpty { lines.append("No waiting sum would give a document.") }
        if waiting > 0 { lines.append("\(Words.count(waiting, "sum")) wait for an opening first.") }
        return lines
    }
}
