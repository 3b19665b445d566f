import MillraceCore
import MillraceValues
import MillraceYAML

extension SiteCompiler {
    /// The calendar; nil where the zone is missing or the calendar has faults.
    func readCalendar(zone: Zone?, dayStart: TimeOfDay?) -> CalendarSettings? {
        guard let calendar = reader.reader("calendar") else {
            return zone.map { CalendarSettings(dayStart: dayStart ?? .midnight, zone: $0) }
        }
        defer { calendar.finish() }
        let before = faults.errorCount
        let shifts = (calendar.items("shifts") ?? []).compactMap { shift($0, needsDays: true) }
        let exceptions = (calendar.items("exceptions") ?? []).compactMap(exception)
        guard let zone, faults.errorCount == before else { return nil }
        let settings = CalendarSettings(
            shifts: shifts, exceptions: exceptions, dayStart: dayStart ?? .midnight, zone: zone)
        do {
            _ = try ShiftCalendar(settings)
            return settings
        } catch {
            faults.error(.calendar, at: reader.mark(of: "calendar"), error.description)
            return nil
        }
    }

    private func shift(_ node: MarkedNode, needsDays: Bool) -> ShiftSettings? {
        let entry = NodeReader(node, what: "a shift", faults: faults)
        guard node.members != nil else { return nil }
        defer { entry.finish() }
        let name = entry.text("name", required: true)
        let days = entry.texts("days", required: needsDays).map(weekdays)
        let (from, to) = (time(entry, "from"), time(entry, "to"))
        let breaks = (entry.items("breaks") ?? []).compactMap(pause)
        guard let name, let from, let to else { return nil }
        return ShiftSettings(name: name, days: days ?? Set(Weekday.allCases), from: from, to: to, breaks: breaks)
    }

    private func time(_ entry: NodeReader, _ key: String) -> TimeOfDay? {
        entry.text(key, required: true).flatMap { time($0, entry.optional(key)?.mark) }
    }

    private func pause(_ node: MarkedNode) -> BreakSettings? {
        let entry = NodeReader(node, what: "a break", faults: faults)
        guard node.members != nil else { return nil }
        defer { entry.finish() }
        guard let from = time(entry, "from"), let to = time(entry, "to") else { return nil }
        return BreakSettings(from: from, to: to)
    }

    private func exception(_ node: MarkedNode) -> CalendarException? {
        let entry = NodeReader(node, what: "an exception", faults: faults)
        guard node.members != nil else { return nil }
        defer { entry.finish() }
        let text = entry.text("date", required: true)
        let closed = entry.flag("closed") ?? false
        let shifts = entry.items("shifts")?.compactMap { shift($0, needsDays: false) }
        guard let text else { return nil }
        guard let date = CivilDate(text) else {
            faults.error(
                .badScalar, at: entry.optional("date")?.mark ?? node.mark,
                "'\(text)' is no date; write it as 2026-12-25")
            return nil
        }
        return CalendarException(date: date, closed: closed, shifts: shifts)
    }

    /// `mon-fri`, `sun-thu`, `sat`, or a list of them.
    private func weekdays(_ texts: [MarkedText]) -> Set<Weekday> {
        var days = Set<Weekday>()
        let all = Weekday.allCases
        for text in texts {
            for part in text.text.split(separator: ",").map({ $0.filter { $0 != " " } }) {
                let ends = part.split(separator: "-").map { Weekday(rawValue: String($0)).flatMap(all.firstIndex) }
                guard ends.count <= 2, let first = ends.first ?? nil, let last = ends.last ?? nil else {
                    faults.error(
                        .badScalar, at: text.mark,
                        "'\(part)' is no day; write mon, tue, wed, thu, fri, sat, sun, or mon-fri")
                    continue
                }
                var index = first
                days.insert(all[index])
                while index != last {
                    index = (index + 1) % all.count
                    days.insert(all[index])
                }
            }
        }
        return days
    }
}
