import MillraceCore
import MillraceValues
import MillraceYAML

/// The keys of reading mappings.
enum ReadingKeys {
    static let from = KeyTable(
        "readings", "which readings a mapping takes", oneOf: [["connector", "connectors"]],
        [
            FileKey("connector", .some(.text), "the connector whose readings it takes, or several"),
            FileKey("connectors", .some(.text), "several connectors"),
            FileKey(
                "signals", .named(.keys(signal)),
                "of an agent, or a file with one reading a row: which rows each takes; without it columns are signals"),
            FileKey(
                "value", .text, "with 'signals': the column that holds a signal's value; 'value' where nothing is said"),
        ])

    static let signal = KeyTable(
        "signal", "a data item, chosen by what it is called", rest: .text,
        [
            FileKey("type", .text, "the item's type, such as PART_COUNT"),
            FileKey("subType", .text, "the item's sub-type, such as GOOD"),
            FileKey("name", .text, "the item's name"),
            FileKey("dataItem", .text, "the item's id"),
            FileKey("unavailable", .words(["value"]), "UNAVAILABLE is a value of it and not the lack of one"),
        ])

    static let toCount = to("count-target", .productionCount)
    static let toDowntime = to("downtime-target", .downtime)

    static let toTimeline = KeyTable(
        "timeline-target", "which orders run on which equipment",
        [.required("timeline", .words(["order"]), "orders, each from an instant on, that other mappings look up")])

    private static func to(_ name: String, _ kind: FactKind) -> KeyTable {
        KeyTable(
            name, "where facts go", [.required("fact", .words([kind.rawValue]), "the kind of fact that is made")])
    }

    static let lookup = KeyTable(
        "look-up", "a row of a table by the values of signals, or the order that a timeline says",
        oneOf: [["table", "timeline"]],
        [
            FileKey("table", .text, "the table's name"),
            FileKey(
                "timeline", .text,
                "the mapping to {timeline: order} that says order, operation and material of the equipment at the reading's time"
            ),
            FileKey(
                "by", .some(MappingKeys.path),
                "of a table: the signals whose values are its keys, in their order"),
            FileKey("at", .words(["time"]), "the row that is valid at the reading's time is taken"),
            MappingKeys.missing(
                ["hold"], "what a missing row does: the fact waits for it, or has nothing, or a stand-in"),
        ])

    // MARK: Fields

    static let countFields = KeyTable(
        "count-fields", "the fields of a count",
        places + [
            .required(
                "order", .either([MappingKeys.path, .keys(attribution)]),
                "the order; openly {value: none} where there is none"),
            .required(
                "operation", .either([MappingKeys.path, .keys(attribution)]),
                "the operation; openly {value: none} where there is none"),
            FileKey("material", .either([MappingKeys.path, .keys(attribution)]), "what is made"),
            FileKey("good", .keys(quantity), "good pieces"), FileKey("scrap", .keys(quantity), "scrapped pieces"),
            FileKey("rework", .keys(quantity), "pieces to be worked on again"),
            FileKey("total", .keys(quantity), "beside one of good and scrap: all pieces, which gives the other"),
        ])

    static let sharedFields = KeyTable(
        "shared-count-fields", "the fields of a count of several orders",
        countFields.keys.filter { !["order", "operation", "material"].contains($0.name) })

    static let share = KeyTable(
        "share", "the part of one order",
        [.required("parts", .integer(1...1_000), "how many of each round of pieces are its own")]
            + countFields.keys.filter { ["order", "operation", "material"].contains($0.name) })

    static let downtimeFields = KeyTable(
        "downtime-fields", "the fields of an interval",
        places + [
            FileKey(
                "start", .either([MappingKeys.path, .keys(time)]), "whole intervals: when it began, instead of 'time'"),
            FileKey("end", .either([MappingKeys.path, .keys(time)]), "whole intervals: when it ended"),
            FileKey(
                "class", .either([MappingKeys.path, .keys(attribution)]),
                "whole intervals: its class, instead of 'states'"),
            FileKey("order", .either([MappingKeys.path, .keys(attribution)]), "the order that stood there"),
            FileKey(
                "reason", .either([MappingKeys.path, .keys(attribution)]), "why it stood, where a state does not say it"
            ),
        ])

    static let timelineFields = KeyTable(
        "timeline-fields", "what a row says of an equipment",
        [
            places[0],
            .required("start", .either([MappingKeys.path, .keys(time)]), "when the order begins to run"),
            FileKey(
                "end", .either([MappingKeys.path, .keys(time)]),
                "when it ends; without one it runs until the next row begins"),
            .required(
                "order", .either([MappingKeys.path, .keys(attribution)]),
                "the order; nothing where none runs from then on"),
            FileKey("operation", .either([MappingKeys.path, .keys(attribution)]), "its operation"),
            FileKey("material", .either([MappingKeys.path, .keys(attribution)]), "what it makes"),
        ])

    private static let places: [FileKey] = [
        .required("equipment", .either([.text, .keys(equipment)]), "what counts by itself: a path, or {value: …}"),
        FileKey(
            "time", .either([MappingKeys.path, .keys(time)]),
            "when it was; with 'signals' the agent's own time where nothing is said"),
    ]

    static let equipment = KeyTable(
        "equipment-field", "whose readings they are", oneOf: [["from", "value"]],
        [
            FileKey("from", .text, "the column that names it"), FileKey("value", .text, "the one that all rows are of"),
            FileKey("table", .text, "a table from the column's text to the equipment's name"),
            MappingKeys.missing([], "the name where the table has no row; without it such a row is set aside"),
        ])

    static let time = KeyTable(
        "time-field", "when a reading was",
        [
            .required("from", .some(.text), "the column, or date and time in two"),
            FileKey("type", .words(["time"]), "can only be time"), MappingKeys.format, MappingKeys.zone,
            FileKey(
                "doubled-hour", .words(DoubledHour.self),
                "how the hour that comes twice in autumn is told apart; needed for local times"),
        ])

    static let attribution = KeyTable(
        "attribution-field", "a text that a fact bears", oneOf: [["from", "value", "expr"]],
        [
            FileKey("expr", .text, "an expression (JSONata) over the signals"),
            FileKey("from", .text, "the signal, column, or column of a looked-up row ('job.order')"),
            FileKey("value", .text, "a text for all; none says openly that there is nothing"),
            FileKey("type", .words(["string"]), "can only be string"),
            FileKey("table", .text, "a table from the value to the text"),
            MappingKeys.missing(
                ["hold"], "what a missing value does: the fact waits for it, or has nothing, or a stand-in"),
        ] + MappingKeys.textShape)

    static let quantity = KeyTable(
        "quantity-field", "pieces", oneOf: [["counter", "increment", "expr"]],
        [
            FileKey("expr", .text, "an expression (JSONata) over the row, whose result is the row's own pieces"),
            FileKey("counter", .text, "the signal that is a running total: its rise is counted"),
            FileKey("increment", .text, "the column with the row's own pieces"),
            FileKey("decimal-comma", .flag, "numbers are written 1234,5; one with a dot is refused"),
            FileKey(
                "unit", MappingKeys.unit, "the unit of the amount, or {from: …, to: …}; pieces where nothing is said"),
            FileKey("modulus", number, "where the counter begins again: 65536 for 16 bits, 10000 for four digits"),
            FileKey("width", .words(RegisterWidth.self), "instead of 'modulus': the register it is kept in"),
            FileKey(
                "max-rate", .pattern("^[0-9.]+ ?/ ?(s|min|h|d)$", like: "40/min"),
                "the most it can make: it tells a rollover from a reset, and a spike from work"),
            FileKey(
                "reset", .words(CounterRule.Reset.self),
                "evidence: a fall is a reset where something proves it; zero: every fall is one, and the new value counts"
            ),
            FileKey(
                "reset-at", .either([.some(resetTime), .keys(resetAt)]),
                "the machine sets it back by itself: each shift, each day, or at times; needs 'max-rate'"),
            FileKey("first", .words(CounterRule.First.self), "baseline: the very first value only begins the count"),
        ])

    private static let number = KeyForm.decimal
    private static let resetTime = KeyForm.pattern(
        "^(shift|day|([01][0-9]|2[0-4]):[0-5][0-9](:[0-5][0-9])?)$", like: "shift, day or 06:00")

    static let resetAt = KeyTable(
        "reset-times", "when a machine sets its counter back by itself",
        [
            .required("times", .some(resetTime), "shift, day, or times of the day"),
            FileKey("within", .duration, "how far the machine's clock may be off; 2 min where nothing is said"),
        ])

    // MARK: States

    static let state = KeyTable(
        "state", "a state, and what it means", oneOf: [["when", "otherwise"]],
        [
            FileKey("when", MappingKeys.condition, "what holds in it"),
            FileKey("otherwise", .flag, "the last one: true, for all else"),
            .required("class", .words(DowntimeClass.self), "the class of its intervals"),
            FileKey("reason", .text, "why, where the state says it"),
        ])

    static let shape = KeyTable(
        "shape", "what becomes of short intervals",
        [
            FileKey("join-gap", .duration, "stops of one class and reason less than this apart become one"),
            FileKey("ignore-shorter", .duration, "what is still shorter takes the class before it"),
            FileKey(
                "micro-stop", .either([.duration, .named(.duration)]),
                "shorter stops are micro-stops; by equipment: {P1: 5 min, otherwise: 2 min}"),
        ])
}
