import MillraceCore
import MillraceValues
public import MillraceYAML

/// The keys of mapping files: what `check` knows, what `map schema` prints, and what `mappings/README.md` lists.
public enum MappingKeys {
    /// The kinds of mapping files with the table of each file's own keys.
    public static let kinds: [KeyTable] = [
        countReading, sharedReading, downtimeReading, timelineReading, countDocument, downtimeDocument,
    ]

    /// Those, and that of files which extend another.
    public static let all = kinds + [overlay]

    /// The table of the mapping file that this is, by its 'to' and 'from'.
    static func table(of root: MarkedNode) -> KeyTable {
        let isDocument = root["to"]?["endpoint"] != nil || root["to"]?["request"] != nil
        let fact = (isDocument ? root["from"] : root["to"])?["fact"]?.text
        let isDowntime = fact == FactKind.downtime.rawValue
        if !isDocument, root["to"]?["timeline"] != nil { return timelineReading }
        if isDocument { return isDowntime ? downtimeDocument : countDocument }
        return isDowntime ? downtimeReading : root["share"] == nil ? countReading : sharedReading
    }

    // MARK: The files

    static let countReading = KeyTable(
        "count-reading", "a mapping from readings to production counts",
        head(.keys(ReadingKeys.from), .keys(ReadingKeys.toCount)) + readings + [
            whereKey, .required("fields", .keys(ReadingKeys.countFields), "what a count is made of, field by field"),
            tests,
        ] + counting + [
            FileKey(
                "same-when", .some(path),
                "the columns by which a row is known again; one that comes twice counts once (increments only)")
        ])

    static let sharedReading = KeyTable(
        "shared-count-reading", "a mapping from readings to production counts of several orders at one time",
        head(.keys(ReadingKeys.from), .keys(ReadingKeys.toCount)) + readings + [
            .required("share", .list(.keys(ReadingKeys.share)), "which part of the pieces is whose"),
            .required("fields", .keys(ReadingKeys.sharedFields), "what a count is made of, field by field"), tests,
        ] + counting)

    private static let counting: [FileKey] = [
        FileKey(
            "count-when", condition,
            "asked after a counter's difference; pieces for which it does not hold are dropped by this rule, with their amount"
        ),
        FileKey(
            "at-change", .words(AtChange.self),
            "whom a difference over a change of order goes to: the later order, the earlier, or both by time"),
    ]

    static let downtimeReading = KeyTable(
        "downtime-reading", "a mapping from readings to downtime",
        head(.keys(ReadingKeys.from), .keys(ReadingKeys.toDowntime)) + readings + [
            whereKey, .required("fields", .keys(ReadingKeys.downtimeFields), "what an interval says, field by field"),
            FileKey("states", .list(.keys(ReadingKeys.state)), "from the top, the first that holds is the state"),
            FileKey("same-when", .some(path), "whole intervals: the columns by which a row is known again"),
            FileKey("withdraw-when", condition, "whole intervals: a row for which it holds takes the interval back"),
            FileKey("shape", .keys(ReadingKeys.shape), "what becomes of short intervals, in the order of these keys"),
            FileKey(
                "split-at", .some(.words(["shift", "day", "order"])), "where an interval ends and the next begins"),
            FileKey(
                "by-calendar", .some(.words(["off-shift", "breaks"])),
                "standing in no shift is off-shift, standing in a break planned-down"),
            tests,
        ])

    static let timelineReading = KeyTable(
        "timeline-reading", "a mapping from rows to the orders that run on equipment",
        head(.keys(ReadingKeys.from), .keys(ReadingKeys.toTimeline)) + readings + [
            whereKey, .required("fields", .keys(ReadingKeys.timelineFields), "what a row says, field by field"),
            FileKey("same-when", .some(path), "the columns by which a row is known again; else equipment and start"),
            FileKey("withdraw-when", condition, "a row for which it holds takes its earlier one back"),
            tests,
        ])

    static let countDocument = document(
        "count-document", "a mapping from counts to documents", .keys(DocumentKeys.fromCounts))
    static let downtimeDocument = document(
        "downtime-document", "a mapping from downtime to documents", .keys(DocumentKeys.fromDowntime))

    private static func document(_ name: String, _ text: String, _ from: KeyForm) -> KeyTable {
        KeyTable(
            name, text,
            head(from, .keys(DocumentKeys.to)) + [
                FileKey("tables", .named(.keys(lookupTable)), "look-up tables, by the names that fields use"),
                FileKey(
                    "let", .named(.text),
                    "values with a name, in order, each an expression; later ones, fields and checks know them as $name"
                ),
                FileKey("body", .keys(DocumentKeys.body), "how it is written; without it as its endpoint does"),
                .required(
                    "fields", .named(DocumentKeys.fieldForm), "the document's body, field by field, in this order"),
                FileKey(
                    "skip-when", condition,
                    "a first document for which it holds is not made; a correction is never skipped"),
                FileKey(
                    "checks", .list(.keys(DocumentKeys.check)), "a document for which one holds waits for a person"),
                tests,
            ])
    }

    // MARK: What all have

    private static func head(_ from: KeyForm, _ to: KeyForm) -> [FileKey] {
        [
            FileKey("units", .named(.text), "units of the site's own, by name: what one of them is, such as 12 EA"),
            .required("mapping", .text, "its name, once over all files of the site; part of no document's key"),
            FileKey("version", .text, "a label for people; the version that counts is the hash of the text"),
            .required("from", from, "what it takes"), .required("to", to, "what it makes"),
        ]
    }

    private static let readings: [FileKey] = [
        FileKey(
            "let", .named(.text),
            "values with a name, each an expression; later ones, fields and conditions know them as $name"),
        FileKey("tables", .named(.keys(lookupTable)), "look-up tables, by the names that fields and look-ups use"),
        FileKey(
            "lookup", .named(.keys(ReadingKeys.lookup)), "rows of tables by signals; their columns are 'name.column'"),
    ]

    private static let whereKey = FileKey(
        "where", condition,
        "asked of a row before anything; one for which it does not hold is none of this mapping's business (no counters)"
    )

    private static let tests = FileKey("tests", .list(.keys(test)), "run by 'millrace map test'")

    static let test = KeyTable(
        "test", "a test of a mapping",
        [
            .required("name", .text, "what it shows, in words"),
            .required(
                "given", .either([.named(.any), .list(.named(.any))]),
                "readings, one after the other, each with the signals that change; for a document one sum's fields"),
            FileKey(
                "tables", .named(.either([.list(.named(.text)), .named(.text)])),
                "rows in the place of the tables' own, or of timelines; tables not named keep theirs"),
            .required(
                "expect", .any,
                "what must be there, and only that is compared: a list of facts, a body, {parked: …} or {skipped: true}"
            ),
        ])

    static let lookupTable = KeyTable(
        "table", "a look-up table", oneOf: [["file", "rows"]],
        [
            FileKey("file", .text, "a CSV file with a header, relative to this file"),
            FileKey(
                "rows", .either([.named(.text), .list(.named(.text))]),
                "the rows themselves: keys to values, or a list of rows"),
            FileKey("key", .some(.text), "the column or columns a row is found by"),
            FileKey("value", .text, "the column that a plain look-up gives"),
            FileKey("many", .flag, "several rows of one key, given as a list"),
            FileKey("valid-from", .text, "the column with the instant from which a row holds"),
        ])

    // MARK: Forms

    static let unit = KeyForm.either([.text, .keys(conversion)])

    static let conversion = KeyTable(
        "unit-conversion", "from one unit to another of its dimension",
        [.required("from", .text, "the unit of the amount"), .required("to", .text, "the unit that is asked for")])

    /// A path; what looks like a literal is none.
    static let path = KeyForm.pattern("^(?!(true|false)$)[^-+0-9].*$", like: "path")
    static let condition = KeyForm.pattern("\\S", like: "condition")
    static let zone = FileKey("zone", .text, "the clock that is meant: site, UTC or an IANA name")
    static let format = FileKey("format", .text, "how the time is written: the usual letters, text in single quotes")

    static func missing(_ words: [String], _ text: String) -> FileKey {
        FileKey("missing", .either([.words(words + ["none"]), .keys(standIn)]), text)
    }

    static let standIn = KeyTable(
        "stand-in", "what stands for a missing value", [.required("value", .text, "the text that stands there")])

    /// How a text is brought into shape.
    static let textShape: [FileKey] = [
        FileKey("trim", .flag, "blanks at both ends are taken away"),
        FileKey("case", .words(TextRule.Case.self), "letters become upper or lower case"),
        FileKey("pad", .keys(pad), "filled up to a length"),
        FileKey("at-most", .integer(1...100_000), "the most characters it may have"),
    ]

    static let pad = KeyTable(
        "pad", "how a text is filled up", oneOf: [["left", "right"]],
        [
            FileKey("left", .text, "the character that is put before it"),
            FileKey("right", .text, "the character that is put behind it"),
            .required("length", .integer(1...1_000), "the length it is filled up to"),
        ])
}
