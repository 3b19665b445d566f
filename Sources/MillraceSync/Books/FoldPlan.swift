// Hot path: every fact is put to its sum by one of these. Guarded by `script/bench`.

import MillraceCore
import MillraceFacts
import MillraceValues

/// The plans of one document mapping over time, as folding uses them.
struct FoldLine {
    let kind: FactKind
    /// The plans with the instant from which each holds, oldest first; nil from where the mapping was taken out.
    let plans: [(begins: Instant, plan: FoldPlan?)]

    /// The plan in force at the instant; nil before the first, and after the end.
    func plan(at instant: Instant) -> FoldPlan? {
        if let last = plans.last, last.begins <= instant { return last.plan }
        return plans.last { $0.begins <= instant }?.plan
    }
}

/// A plan with what folding finds out of it once.
///
/// Used by one folding alone.
final class FoldPlan {
    let sum: SumPlan
    let isAbsolute: Bool
    private var stems: DocumentStems
    /// The length of windows that are counted in UTC, in microseconds; nil for others.
    private let width: Int64?
    /// The fields that a sum of counts keeps, and their names: one list, which all sums share.
    private let fields: [PerField]
    private let names: [String]

    init(_ sum: SumPlan, site: SiteID, isAbsolute: Bool) {
        self.sum = sum
        self.isAbsolute = isAbsolute
        stems = DocumentStems(site: site, request: sum.request, kind: sum.kind)
        width = if case .every(let step) = sum.window { max(1, step.wholeMicroseconds) } else { nil }
        var fields: [PerField] = []
        for field in sum.per where !fields.contains(field) { fields.append(field) }
        if sum.window == .shift, !fields.contains(.shift) { fields.append(.shift) }
        if sum.window == .shift || sum.window == .day, !fields.contains(.productionDay) {
            fields.append(.productionDay)
        }
        self.fields = fields
        names = fields.map(\.rawValue)
    }

    /// The window in which the fact lies.
    func window(of fact: Fact, _ math: WindowMath) -> (start: Instant, end: Instant) {
        guard let width else { return math.window(of: fact, rule: sum.window) }
        let rest = fact.start.microseconds % width
        let start = fact.start.microseconds - (rest < 0 ? rest + width : rest)
        return (Instant(microseconds: start), Instant(microseconds: start + width))
    }

    /// The key of the sum's documents, without the revision.
    func stem(of identity: Sum.Identity) -> String {
        stems.stem(windowStart: identity.windowStart, perValues: identity.perValues)
    }

    /// The per-values by name, and the shift and production day of the fact that opens the sum.
    func fields(of fact: Fact, _ math: WindowMath) -> ValueObject {
        switch fact {
        case .count(let count):
            return ValueObject(
                uniqueKeys: names, values: fields.map { .string(math.text(of: count, $0) ?? "") })
        case .downtime:
            var object = ValueObject()
            for field in sum.per { object[field.rawValue] = .string(math.text(of: fact, field) ?? "") }
            object["equipment"] = .string(fact.equipment)
            return object
        }
    }
}
