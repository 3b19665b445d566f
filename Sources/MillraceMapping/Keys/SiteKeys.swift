import MillraceCore
import MillraceValues
public import MillraceYAML

/// The keys of `millrace.yaml`, but for those of the connectors' kinds, which their own settings declare.
public enum SiteKeys {
    /// The table of the whole file with these kinds of connectors.
    public static func file(connectors: [KeyTable]) -> KeyTable {
        let kind = KeyTable(
            "connector", "a connector: exactly one kind", rest: connectors.isEmpty ? .any : nil,
            oneOf: connectors.isEmpty ? [] : [connectors.map(\.name)],
            connectors.map { table in FileKey(table.name, .keys(table), table.text) })
        return KeyTable(
            "site-file", "one plant",
            [
                .required("site", .keys(site), "the plant"), .required("store", .keys(store), "where all is kept"),
                FileKey("readings", .keys(readings), "how long readings are kept; never drops what is not settled yet"),
                FileKey("limits", .keys(limits), "lengths and sizes, each with a default"),
                FileKey("calendar", .keys(CalendarKeys.calendar), "shifts, breaks, holidays, exceptions, areas"),
                FileKey("connectors", .named(.keys(kind)), "where readings come from, by name"),
                FileKey("endpoints", .named(.keys(EndpointKeys.endpoint)), "where documents go, by name"),
            ])
    }

    static let site = KeyTable(
        "site", "the plant",
        [
            .required("id", .text, "part of every document's key: changing it makes all keys new"),
            .required("zone", .text, "the plant's clock, an IANA name"),
            .required("live-since", .text, "nothing before this instant is ever booked"),
            FileKey("day-start", timeOfDay, "cuts time that lies in no shift; 00:00 where nothing is said"),
        ])

    static let store = KeyTable("store", "where all is kept", [.required("sqlite", .text, "the store's file")])

    static let readings = KeyTable(
        "retention", "how long readings are kept",
        [
            FileKey("keep", .duration, "readings that are settled are kept so long"),
            FileKey("at-most", size, "and no more of them than this"),
        ])

    static let limits = KeyTable(
        "limits", "lengths and sizes",
        [
            FileKey("lateness", .duration, "how late a reading may come and still be put in its place"),
            FileKey("ahead", .duration, "how far ahead of the clock a reading may be"),
            FileKey("silence", .duration, "without a reading for so long, a source's state is unknown"),
            FileKey("disk-reserve", size, "a run ends before the disk has less than this"),
            FileKey("remind", .duration, "after so long a trouble that goes on is said once more"),
            FileKey("ask-above", .integer(0...1_000_000_000), "a verb that makes more documents asks first"),
            FileKey("slice", .duration, "the grain in which counts are kept; divides the hour"),
        ])

    static let timeOfDay = KeyForm.pattern("^([01][0-9]|2[0-4]):[0-5][0-9](:[0-5][0-9])?$", like: "06:00")
    static let date = KeyForm.pattern("^[0-9]{4}-[0-9]{2}-[0-9]{2}$", like: "2026-12-25")
    private static let size = KeyForm.pattern("^[0-9.]+ ?(B|kB|KB|MB|GB|TB)$", like: "20 GB")
}

/// The keys of the calendar.
enum CalendarKeys {
    static let calendar = KeyTable(
        "calendar", "when the plant works",
        [FileKey("shifts", .list(.keys(shift)), "the shifts of a week")] + exceptions + [
            FileKey("areas", .named(.keys(area)), "equipment that works by other shifts")
        ])

    private static let exceptions: [FileKey] = [
        FileKey(
            "holidays",
            .some(.pattern("^[0-9]{4}-[0-9]{2}-[0-9]{2}(\\.\\.[0-9]{4}-[0-9]{2}-[0-9]{2})?$", like: "2026-12-25")),
            "dates, or spans of them, on which no shift begins"),
        FileKey("exceptions", .list(.keys(exception)), "dates that are otherwise"),
    ]

    static let shift = KeyTable(
        "shift", "a shift",
        [
            .required("name", .text, "its name; part of keys where documents go by shift"),
            FileKey(
                "days",
                .some(
                    .pattern("^(mon|tue|wed|thu|fri|sat|sun)([-, ]+(mon|tue|wed|thu|fri|sat|sun))*$", like: "mon-fri")),
                "the days on which it begins"),
            .required("from", SiteKeys.timeOfDay, "when it begins"),
            .required("to", SiteKeys.timeOfDay, "when it ends"),
            FileKey("breaks", .list(.keys(pause)), "its breaks"),
            FileKey("rotation", .keys(rotation), "days on and off in turn, instead of days of the week"),
        ])

    static let pause = KeyTable(
        "break", "a break",
        [.required("from", SiteKeys.timeOfDay, "when it begins"), .required("to", SiteKeys.timeOfDay, "when it ends")])

    static let rotation = KeyTable(
        "rotation", "days on and off in turn",
        [
            .required("pattern", .text, "lengths of days on and off, such as 4-on-4-off or 2-2-3"),
            .required("begins", SiteKeys.date, "a date on which a turn begins"),
        ])

    static let exception = KeyTable(
        "exception", "a date that is otherwise",
        [
            .required("date", SiteKeys.date, "the date"), FileKey("closed", .flag, "no shift begins on it"),
            FileKey("shifts", .list(.keys(shift)), "these instead of its own"),
            FileKey("overtime", .list(.keys(shift)), "these besides its own"),
        ])

    static let area = KeyTable(
        "area", "equipment that works by other shifts",
        [
            .required("equipment", .some(.text), "which"),
            FileKey("shifts", .list(.keys(shift)), "its shifts; the plant's where nothing is said"),
        ] + exceptions)
}
