// Hot path: every counted step is added to a cell. Guarded by `script/bench`.

public import MillraceCore
import MillraceValues

/// A place as the state keeps it: the source by its index.
struct PlaceMark: Hashable, Sendable {
    var source: Int32
    var position: Int64
}

/// What a cell is known by (RULES R12): the identity of the fact that it becomes.
struct CellKey: Hashable, Sendable {
    /// When the fact begins: the slice's start, or that of a shift within the slice.
    var start: Instant
    var order: String?
    var operation: String?
    var material: String?
    var shift: String
    var standing: Standing
    var rule: String
}

/// A fact in the making.
struct CountCell: Hashable, Sendable {
    var key: CellKey
    /// When the fact ends.
    var end: Instant
    /// When the slice ends, in which it lies; from then on the fact is told.
    var due: Instant
    var productionDay: CivilDate
    var amounts = Amounts.zero
    var marks: MarkSet = []
    var first: PlaceMark
    var last: PlaceMark
    var pieces: [WaitingPiece] = []
    /// Whether the fact was told before.
    var isTold = false
    /// Whether its step proved to be none: not told where it never was.
    var isWithdrawn = false
    /// Whether there is something to tell.
    var isChanged = true

    /// As it is told.
    func fact(_ plan: CountPlan, equipment: String, sources: [String]) -> ProductionCount {
        ProductionCount(
            mapping: plan.mapping, version: plan.version, equipment: equipment, start: key.start, end: end,
            order: key.order,
            operation: key.operation, material: key.material, shift: key.shift, productionDay: productionDay,
            standing: key.standing, rule: key.rule, amounts: amounts, marks: marks.marks,
            first: Place(source: sources[Int(first.source)], position: first.position),
            last: Place(source: sources[Int(last.source)], position: last.position), pieces: pieces)
    }
}

/// The facts that an engine tells.
public struct CountedFacts: Sendable {
    /// Facts told for the first time (of an additive plan: amounts to add to what is stored under the same identity).
    public var fresh: [ProductionCount] = []
    /// Facts told before that come again with their whole amounts: a value held after a fall to zero, or one that was off,
    /// was decided later.
    public var revised: [ProductionCount] = []

    /// None yet.
    public init() {}

    /// All of them, those told again behind.
    public var all: [ProductionCount] { fresh + revised }
}
