import MillraceCore
import MillraceValues

/// The conditions of one data item that are active at one time.
///
/// Each Warning and Fault is active by itself, until one of the same code or id says otherwise; a Normal with a code ends that one, a Normal
/// without one ends all. What the signal says is the gravest of them.
/// Source: MTConnect Part 2, Condition; cppagent, `Condition` observations.
struct ActiveConditions: Hashable, Sendable {
    private struct Active: Hashable {
        var level: String
        var code: String
        var id: String
    }

    private var active: [Active] = []
    /// Whether the source may have lost what ended them: the next word about the item begins anew.
    private var isDoubtful = false

    static let normal = "Normal"
    /// From the gravest on; what else an agent may say comes behind them.
    private static let levels = ["Fault", "Warning"]

    init() {}

    /// Whether there is nothing to carry.
    var isEmpty: Bool { active.isEmpty }

    /// The source may have lost readings.
    mutating func doubt() { isDoubtful = true }

    /// Takes what a reading says; returns what the signal is from then on.
    mutating func take(_ report: ConditionReport) -> Value {
        if isDoubtful { (active, isDoubtful) = ([], false) }
        if report.level == Self.normal {
            if report.code.isEmpty, report.id.isEmpty { active = [] }
            // By its own id where it bears one; a code alone ends all activations of it.
            active.removeAll { report.id.isEmpty ? $0.code == report.code : $0.id == report.id }
        } else {
            let new = Active(level: report.level, code: report.code, id: report.id)
            let known = active.firstIndex { $0.id == new.id && (!new.id.isEmpty || $0.code == new.code) }
            if let known { active[known] = new } else { active.append(new) }
        }
        let gravest = Self.levels.first { level in active.contains { $0.level == level } }
        return .string(gravest ?? active.last?.level ?? Self.normal)
    }

    /// As it is kept.
    var value: Value {
        [
            .bool(isDoubtful), .array(active.map { [.string($0.level), .string($0.code), .string($0.id)] }),
        ]
    }

    /// What `value` wrote.
    init(_ value: Value) throws(StateError) {
        var reader = try StateReader(value, "conditions")
        isDoubtful = try reader.flag()
        for item in try reader.lists() {
            var item = item
            active.append(Active(level: try item.text(), code: try item.text(), id: try item.text()))
        }
    }
}

/// The conditions of all signals of a state that are conditions.
struct ConditionSignals: Hashable, Sendable {
    private var bySlot: [Int: ActiveConditions] = [:]

    init() {}

    /// Takes what a reading says of a signal; returns what that is from then on.
    mutating func take(_ report: ConditionReport, slot: Int) -> Value {
        let value = bySlot[slot, default: ActiveConditions()].take(report)
        if bySlot[slot]?.isEmpty == true { bySlot[slot] = nil }
        return value
    }

    /// Nothing is known of a signal any more.
    mutating func forget(_ slot: Int) { if !bySlot.isEmpty { bySlot[slot] = nil } }

    /// The source may have lost what ended them.
    mutating func doubt() { for slot in bySlot.keys { bySlot[slot]?.doubt() } }

    /// As they are kept, by the names of their signals; nil where there are none.
    func value(_ slots: [String]) -> Value? {
        if bySlot.isEmpty { return nil }
        var object = ValueObject()
        for (slot, conditions) in bySlot.sorted(by: { $0.key < $1.key }) { object[slots[slot]] = conditions.value }
        return .object(object)
    }

    /// What `value` wrote; signals that there are no more are left out.
    init(_ value: Value?, _ slots: [String]) throws(StateError) {
        for (name, item) in value?.object ?? ValueObject() {
            if let slot = slots.firstIndex(of: name) { bySlot[slot] = try ActiveConditions(item) }
        }
    }
}
