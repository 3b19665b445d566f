import MillraceCore
public import MillraceValues

/// What is carried of one equipment under one mapping over ready intervals, from row to row and from run to run.
///
/// - Shape: converts to and from `Value` without loss.
public struct IntervalState: Sendable {
    /// The equipment.
    public let equipment: String
    /// The intervals that a row may still correct or lie over, by their names.
    var rows: [String: IntervalRow] = [:]
    /// The latest end, or start where there is none, of all rows so far.
    var newest = Instant.distantPast
    /// The names of the intervals that a row changed since all was told.
    var changed: Set<String> = []

    /// An equipment of which nothing is known yet.
    public init(equipment: String) { self.equipment = equipment }
}

/// An interval as the newest row of it says it.
struct IntervalRow: Hashable, Sendable {
    /// A fact that was told of it.
    struct Told: Hashable, Sendable {
        var start: Instant
        /// Why it is unconfirmed; empty for one that is booked.
        var doubt: String
    }

    var start: Instant
    /// Nil while it goes on.
    var end: Instant?
    var `class`: DowntimeClass
    var reason: String?
    var order: String?
    /// Whether a row took it back.
    var isWithdrawn: Bool
    /// For one that came beyond `lateness`: when it was pulled.
    var pulledAt: Instant?
    /// Where the row stands that said so first.
    var place: Place
    var told: [Told] = []

    /// Whether both rows say the same of it, wherever they stand.
    func saysTheSame(as other: IntervalRow) -> Bool {
        start == other.start && end == other.end && `class` == other.class && reason == other.reason
            && order == other.order && isWithdrawn == other.isWithdrawn
    }
}

extension IntervalState {
    private static let version: Int64 = 1

    /// The state as a JSON value, without loss; equal states give equal values. All has to be told before.
    public var value: Value {
        var object = ValueObject()
        object["v"] = StateCoding.write(Self.version)
        object["e"] = .string(equipment)
        object["n"] = StateCoding.write(newest)
        object["r"] = .array(
            rows.sorted { ($0.value.start, $0.key) < ($1.value.start, $1.key) }.map { name, row in
                [
                    .string(name), StateCoding.write(row.start), row.end.map { StateCoding.write($0) } ?? .null,
                    .string(row.class.rawValue), StateCoding.write(row.reason), StateCoding.write(row.order),
                    .bool(row.isWithdrawn), row.pulledAt.map { StateCoding.write($0) } ?? .null,
                    .string(row.place.description),
                    .array(row.told.map { [StateCoding.write($0.start), .string($0.doubt)] }),
                ]
            })
        return .object(object)
    }

    /// The state that `value` wrote.
    ///
    /// - Throws: `StateError` where a part is missing or foreign.
    public init(_ value: Value) throws(StateError) {
        guard value["v"]?.decimal?.integer == Self.version else { throw .unknownVersion }
        guard let equipment = value["e"]?.text else { throw .malformed(part: "e") }
        self.init(equipment: equipment)
        guard let newest = value["n"]?.decimal?.integer else { throw .malformed(part: "n") }
        self.newest = Instant(microseconds: newest)
        var list = try StateReader([value["r"] ?? .null], "r")
        for item in try list.lists() {
            var item = item
            let name = try item.text()
            let (start, end) = (try item.instant(), try item.optional()?.decimal?.integer)
            guard let kind = DowntimeClass(rawValue: try item.text()) else { throw .malformed(part: "r") }
            let (reason, order, isWithdrawn) = (try item.optionalText(), try item.optionalText(), try item.flag())
            let pulled = try item.optional()?.decimal?.integer
            guard let place = Place(try item.text()) else { throw .malformed(part: "r") }
            var row = IntervalRow(
                start: start, end: end.map { Instant(microseconds: $0) }, class: kind, reason: reason, order: order,
                isWithdrawn: isWithdrawn, pulledAt: pulled.map { Instant(microseconds: $0) }, place: place)
            for told in try item.lists() {
                var told = told
                row.told.append(IntervalRow.Told(start: try told.instant(), doubt: try told.text()))
            }
            rows[name] = row
        }
    }
}
