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
        let exceptions = (calendar.items("exceptions") ?? []).compactMap(exception) + holidays(calendar)
        let areas = (calendar.members("areas") ?? []).compactMap(area)
        guard let zone, faults.errorCount == before else { return nil }
        let settings = CalendarSettings(
            shifts: shifts, exceptions: exceptions, dayStart: dayStart ?? .midnight, zone: zone, areas: areas)
        do {
            _ = try ShiftCalendar(settings)
            return settings
        } catch {
            faults.error(.calendar, at: reader.mark(of: "calendar"), error.description)
            return nil
        }
    }

    private func shift(_ node: MarkedNode, needsDays: Bool) -> ShiftSettings? {
        let entry = NodeReader(node, what: "a shift", faults: faults, keys: CalendarKeys.shift)
        guard node.members != nil else { return nil }
        defer { entry.finish() }
        let name = entry.text("name", required: true)
        let rotation = entry.reader("rotation").flatMap(self.rotation)
        let days = entry.texts("days", required: needsDays && entry.optional("rotation") == nil).map(weekdays)
        let (from, to) = (time(entry, "from"), time(entry, "to"))
        let breaks = (entry.items("breaks") ?? []).compactMap(pause)
        guard let name, let from, let to else { return nil }
        return ShiftSettings(
            name: name, days: days ?? Set(Weekday.allCases), from: from, to: to, breaks: breaks,
            rotation: rotation)
    }

    /// `{pattern: 4-on-4-off, begins: 2026-01-05}`.
    private func rotation(_ entry: NodeReader) -> Rotation? {
        defer { entry.finish() }
        let begins = date(entry, "begins")
        guard let text = entry.text("pattern", required: true), let begins else { return nil }
        if let rotation = Rotation(begins: begins, pattern: text) { return rotation }
        faults.error(
            .badScalar, at: entry.mark(of: "pattern"),
            "'\(text)' is no pattern of days; write lengths of days on and off in turn, such as 4-on-4-off or 2-2-3")
        return nil
    }

    /// `holidays: [2026-12-25, 2026-12-28..2026-12-31]`: dates on which no shift begins.
    private func holidays(_ calendar: NodeReader) -> [CalendarException] {
        var exceptions: [CalendarException] = []
        for text in calendar.texts("holidays") ?? [] {
            let ends = text.text.components(parted: "..").map { CivilDate($0) }
            guard ends.count <= 2, let first = ends.first ?? nil, let last = ends.last ?? nil, first <= last,
                last.daysSince1970 - first.daysSince1970 <= 366
            else {
                faults.error(
                    .badScalar, at: text.mark,
                    "'\(text.text)' is no date; write 2026-12-25, or 2026-12-28..2026-12-31 for several")
                continue
            }
            for offset in 0...(last.daysSince1970 - first.daysSince1970) {
                exceptions.append(CalendarException(date: first.adding(days: offset), closed: true))
            }
        }
        return exceptions
    }

    private func area(_ member: MarkedMember) -> AreaSettings? {
        let entry = NodeReader(
            member.value, what: "area '\(member.key)'", faults: faults, keys: CalendarKeys.area)
        guard member.value.members != nil else { return nil }
        defer { entry.finish() }
        let equipment = entry.texts("equipment", required: true)?.map(\.text) ?? []
        let shifts = entry.items("shifts")?.compactMap { shift($0, needsDays: true) }
        let exceptions = (entry.items("exceptions") ?? []).compactMap(exception) + holidays(entry)
        return AreaSettings(name: member.key, equipment: Set(equipment), shifts: shifts, exceptions: exceptions)
    }

    private func time(_ entry: NodeReader, _ key: String) -> TimeOfDay? {
        entry.text(key, required: true).flatMap { time($0, entry.optional(key)?.mark) }
    }

    private func pause(_ node: MarkedNode) -> BreakSettings? {
        let entry = NodeReader(node, what: "a break", faults: faults, keys: CalendarKeys.pause)
        guard node.members != nil else { return nil }
        defer { entry.finish() }
        guard let from = time(entry, "from"), let to = time(entry, "to") else { return nil }
        return BreakSettings(from: from, to: to)
    }

    private func exception(_ node: MarkedNode) -> CalendarException? {
        let entry = NodeReader(node, what: "an exception", faults: faults, keys: CalendarKeys.exception)
        guard node.members != nil else { return nil }
        defer { entry.finish() }
        let date = date(entry, "date")
        let closed = entry.flag("closed") ?? false
        let shifts = entry.items("shifts")?.compactMap { shift($0, needsDays: false) }
        let overtime = entry.items("overtime")?.compactMap { shift($0, needsDays: false) }
        return date.map { CalendarException(date: $0, closed: closed, shifts: shifts, overtime: overtime ?? []) }
    }

    private func date(_ entry: NodeReader, _ key: String) -> CivilDate? {
        guard let text = entry.text(key, required: true) else { return nil }
        if let date = CivilDate(text) { return date }
        faults.error(
            .badScalar, at: entry.optional(key)?.mark ?? entry.node.mark, "'\(text)' is no date; write it as 2026-12-25"
        )
        return nil
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

extension String {
    /// Its parts between a separator of two bytes.
    fileprivate func components(parted separator: String) -> [Substring] {
        guard let found = firstRange(of: separator) else { return [self[...]] }
        return [self[..<found.lowerBound], self[found.upperBound...]]
    }
}
