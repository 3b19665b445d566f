public import MillraceCore
public import MillraceValues

extension Fact {
    /// The fact as `tests:` and `--json` name its fields: only what it has.
    ///
    /// - Shape: a count that is not booked carries its standing: `dropped: RULE`, `unattributed: true` and so on, with `rule`.
    public var value: ValueObject {
        var members = ValueObject(["equipment": .string(equipment), "start": .string(start.iso8601)])
        switch self {
        case .count(let fact):
            members["end"] = .string(fact.end.iso8601)
            members["order"] = fact.order.map(Value.string)
            members["operation"] = fact.operation.map(Value.string)
            members["material"] = fact.material.map(Value.string)
            members["shift"] = .string(fact.shift)
            members["production-day"] = .string(fact.productionDay.description)
            for quantity in CountedQuantity.allCases where !fact.amounts[quantity].isZero {
                members[quantity.rawValue] = .number(fact.amounts[quantity])
            }
            switch fact.standing {
            case .counted: break
            case .dropped: members["dropped"] = .string(fact.rule)
            case .unattributed, .unconfirmed, .shadowed, .rejected:
                members[fact.standing.rawValue] = true
                members["rule"] = .string(fact.rule)
            }
            if !fact.marks.isEmpty {
                members["marks"] = .array(fact.marks.map(\.rawValue).sorted().map(Value.string))
            }
        case .downtime(let fact):
            members["end"] = fact.end.map { .string($0.iso8601) }
            members["class"] = .string(fact.class.rawValue)
            members["reason"] = fact.reason.map(Value.string)
            members["order"] = fact.order.map(Value.string)
            members["shift"] = .string(fact.shift)
            members["production-day"] = .string(fact.productionDay.description)
            if fact.standing != .counted {
                members[fact.standing.rawValue] = true
                members["rule"] = .string(fact.rule)
            }
            if !fact.marks.isEmpty {
                members["marks"] = .array(fact.marks.map(\.rawValue).sorted().map(Value.string))
            }
        }
        return members
    }
}
