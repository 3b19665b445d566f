import ArgumentParser
import MillraceCore
import MillraceSync
import MillraceValues

/// `millrace calendar`: what the site's calendar means.
struct CalendarCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "calendar", abstract: "Shows the shifts as the program understands them.",
        subcommands: [CalendarShowCommand.self], defaultSubcommand: CalendarShowCommand.self)
}

/// `millrace calendar show`.
struct CalendarShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Shows the shifts of a week, with breaks, time in no shift and clock changes.")

    @OptionGroup var options: GlobalOptions

    @Option(help: "The week, such as 2026-W13, or any date in it; this week where nothing is said.")
    var week: String?

    @Option(help: "Only this area; the plant and all areas where nothing is said.")
    var area: String?

    func validate() throws {
        if let week, CalendarText.monday(week) == nil {
            throw ValidationError("--week '\(week)' is no week; write it as 2026-W13, or a date in it as 2026-03-25")
        }
    }

    func run() async throws {
        try await Verb.run(options) { session in
            let calendar = session.plant.calendar
            let today = calendar.settings.zone.local(session.clock.now()).date
            let monday = week.flatMap(CalendarText.monday) ?? CalendarText.monday(of: today)
            var shown: [(name: String?, calendar: ShiftCalendar)] = [(nil, calendar)]
            for area in calendar.settings.areas {
                shown += calendar.area(named: area.name).map { [(area.name, $0)] } ?? []
            }
            if let area {
                shown.removeAll { $0.name != area }
                if shown.isEmpty {
                    let names = calendar.settings.areas.map(\.name).joined(separator: ", ")
                    throw CommandFailure(.usage, "there is no area '\(area)'; the areas are: \(names)")
                }
            }
            for (index, part) in shown.enumerated() {
                if index > 0 { session.output.line() }
                let text = CalendarText(calendar: part.calendar, area: part.name, monday: monday)
                for object in text.objects { session.output.object(object) }
                for line in text.lines { session.output.line(line) }
            }
            return .done
        }
    }
}

/// A week of a calendar as a person and as a program read it.
struct CalendarText {
    let calendar: ShiftCalendar
    let area: String?
    let monday: CivilDate

    /// The Monday of a week `2026-W13` or of the week of a date; nil where the text is neither.
    static func monday(_ text: String) -> CivilDate? {
        if let date = CivilDate(text) { return monday(of: date) }
        let parts = text.split(separator: "-")
        guard parts.count == 2, parts[1].first == "W", parts[1].count == 3, let year = Int(parts[0]),
            let week = Int(parts[1].dropFirst()), (1...53).contains(week),
            let fourth = CivilDate(year: year, month: 1, day: 4)
        else { return nil }
        let monday = monday(of: fourth).adding(days: (week - 1) * 7)
        return monday.adding(days: 3).year == year ? monday : nil
    }

    /// The Monday of the date's week.
    static func monday(of date: CivilDate) -> CivilDate {
        date.adding(days: -(Weekday.allCases.firstIndex(of: date.weekday) ?? 0))
    }

    /// The name of the week: that of its Thursday's year.
    var name: String {
        let thursday = monday.adding(days: 3)
        guard let fourth = CivilDate(year: thursday.year, month: 1, day: 4) else { return monday.description }
        let number = (monday.daysSince1970 - Self.monday(of: fourth).daysSince1970) / 7 + 1
        return "\(thursday.year)-W\(number < 10 ? "0" : "")\(number)"
    }

    private var days: [CivilDate] { (0..<7).map { monday.adding(days: $0) } }

    /// The spans of the week's production days, in order.
    private var spans: [ShiftSpan] {
        let (first, last) = (calendar.day(of: monday), calendar.day(of: monday.adding(days: 6)))
        let week = monday...monday.adding(days: 6)
        return calendar.spans(from: first.start - .seconds(86_400), to: last.end + .seconds(86_400)).filter {
            week.contains($0.productionDay)
        }
    }

    /// A head, a table, and what the clock does.
    var lines: [String] {
        var lines = ["\(name), \(area.map { "area \($0)" } ?? "plant"), \(calendar.settings.zone.name)"]
        lines += TextTable.lines(
            ["day", "shift", "from", "to", "hours", "breaks"],
            spans.map { span in
                let date = span.productionDay
                let breaks = calendar.breaks(in: span).map { "\(clock($0.start, date))-\(clock($0.end, date))" }
                return [
                    "\(date.weekday.rawValue) \(date)", span.name, clock(span.start, date), clock(span.end, date),
                    hours(span.start, span.end), breaks.joined(separator: " "),
                ]
            })
        for date in days {
            let day = calendar.day(of: date)
            let length = hours(day.start, day.end)
            if length != "24.00" { lines.append("the production day \(date) has \(length) hours") }
        }
        return lines
    }

    /// An object for each span.
    var objects: [Value] {
        spans.map { span in
            let breaks = calendar.breaks(in: span).map { pause -> Value in
                ["start": .string(pause.start.iso8601), "end": .string(pause.end.iso8601)]
            }
            return [
                "kind": "shift", "area": .optional(area), "production-day": .string(span.productionDay.description),
                "shift": .string(span.name), "start": .string(span.start.iso8601), "end": .string(span.end.iso8601),
                "seconds": .number(ExactDecimal((span.end - span.start).wholeMicroseconds / 1_000_000)),
                "breaks": .array(breaks),
            ]
        }
    }

    /// The wall time, with the days after `date` behind it.
    private func clock(_ instant: Instant, _ date: CivilDate) -> String {
        let local = calendar.settings.zone.local(instant)
        let minutes = local.microsecondsOfDay / 60_000_000
        func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let later = local.date.daysSince1970 - date.daysSince1970
        return "\(two(minutes / 60)):\(two(minutes % 60))" + (later == 0 ? "" : later > 0 ? "+\(later)" : "\(later)")
    }

    private func hours(_ start: Instant, _ end: Instant) -> String {
        let hundredths = ((end - start).wholeMicroseconds + 18_000_000) / 36_000_000
        let rest = hundredths % 100
        return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
    }
}
