import JSONata
import MillraceCore
import MillraceValues
import MillraceYAML

/// A value that an expression makes of signals, compiled.
///
/// It is a function of the frame alone, so that a repair or a resync, which makes the same frames again, finds the same (RULES R6, R28).
struct SignalValue: Sendable {
    let evaluated: @Sendable (SignalFrame) throws(MappingFault) -> Value?
    /// The slots that it reads.
    let slots: Set<Int>
    /// The timed look-ups that it reads.
    let lookups: [SignalLookup]

    /// The value; nil where it has none or fails.
    func value(_ frame: SignalFrame) -> Value? {
        do { return try evaluated(frame) } catch { return nil }
    }
}

extension SignalScope {
    /// The value of a `let`, or what stands under a path in it.
    func value(of parts: [String], at mark: SourceMark) -> (@Sendable (SignalFrame) -> Value?)? {
        let name = String(parts[0].dropFirst())
        guard let found = lets[name] else {
            if !brokenLets.contains(name) {
                faults.error(
                    .unknownName, at: mark,
                    "'$\(name)' is no value of 'let' that stands before"
                        + Suggestion.ending(for: name, among: lets.keys.sorted()))
            }
            return nil
        }
        used.formUnion(found.slots)
        usedLookups += found.lookups
        if parts.count == 1 { return { found.value($0) } }
        let rest = parts[1]
        return { frame in found.value(frame).flatMap { JSONPath.value(at: rest, in: $0) } }
    }
}

extension ReadingMappingCompiler {
    /// Millrace's own functions, with the tables of the mapping.
    var functions: MappingFunctions { MappingFunctions(context: context, tables: tables, units: unitNames) }

    /// A condition over signals, false where it fails; nil, and reported, where it cannot be read or names what is not there.
    ///
    /// - Shape: `failing` gives why it fails for a frame; nil where it only compares, which never does.
    func condition(
        _ node: MarkedNode, what: String
    ) -> (holds: SignalCondition, failing: (@Sendable (SignalFrame) -> MappingFault?)?)? {
        guard let (condition, getters) = readCondition(node, what: what) else { return nil }
        let use = ConditionUse(
            functions: functions.all, node: node, source: faults.source(of: node.mark), what: what)
        let bind: (Condition.Path) -> @Sendable (SignalFrame) -> Value? = { getters[$0] ?? { _ in nil } }
        let holds = condition.bound(use, at: { $0.instant }, bind)
        if condition.isSimple { return (holds, nil) }
        let checked = condition.checked(use, at: { $0.instant }, bind)
        return (
            holds,
            { frame in
                do throws(MappingFault) {
                    _ = try checked(frame)
                    return nil
                } catch {
                    return error
                }
            }
        )
    }

    private typealias Getters = [Condition.Path: @Sendable (SignalFrame) -> Value?]

    private func readCondition(_ node: MarkedNode, what: String) -> (Condition, Getters)? {
        guard let condition = faults.condition(node, what: what) else { return nil }
        for reference in condition.expression.references {
            faults.checkArguments(of: reference, in: node, among: tableNames, functions)
        }
        var getters: Getters = [:]
        for path in condition.paths {
            guard let getter = scope.getter(path.text, at: faults.mark(at: path.offset, in: node)) else { continue }
            getters[path] = getter
        }
        return (condition, getters)
    }

    /// An expression over signals; nil, and reported, where it cannot be read or names what is not there.
    func signalValue(_ node: MarkedNode, what: String) -> SignalValue? {
        guard let expression = faults.expression(node, what: what) else { return nil }
        let before = (scope.used, scope.usedLookups)
        (scope.used, scope.usedLookups) = ([], [])
        defer {
            scope.used.formUnion(before.0)
            scope.usedLookups = before.1 + scope.usedLookups
        }
        var getters: [(parts: [String], get: @Sendable (SignalFrame) -> Value?)] = []
        var isWhole = true
        for reference in expression.references {
            let mark = MappingExpression.mark(reference.span, in: node, faults.source(of: node.mark))
            var parts = reference.path
            switch reference.kind {
            case .input: break
            case .variable: parts = [MappingExpression.variableMark + reference.name]
            case .function, .call, .hyphen, .failing:
                if let fault = reference.fault { faults.error(.unknownName, at: mark, fault) }
                faults.checkArguments(of: reference, in: node, among: tableNames, functions)
                continue
            }
            guard let get = scope.getter(parts.joined(separator: "."), at: mark) else {
                isWhole = false
                continue
            }
            getters.append((parts, get))
        }
        guard isWhole else { return nil }
        let evaluation = MappingExpression(
            expression, functions: functions.all, node: node, source: faults.source(of: node.mark), readsNumerals: true,
            watch: context.watch)
        let known = getters
        return SignalValue(
            evaluated: { (frame) throws(MappingFault) -> Value? in
                var inputs = ExpressionInputs()
                for (parts, get) in known { inputs.add(get(frame), at: parts) }
                let value = try evaluation.value(inputs, at: frame.instant, of: what)
                return value == .null ? nil : value
            }, slots: scope.used, lookups: scope.usedLookups)
    }

    /// Reads `let`: values with a name, each of which look-ups, later values, fields and conditions can use as `$name`.
    func readLets() {
        for member in reader.members("let") ?? [] {
            if let value = signalValue(member.value, what: "'\(member.key)' of 'let'") {
                scope.lets[member.key] = value
            } else {
                scope.brokenLets.insert(member.key)
            }
        }
    }

    /// A field from an expression.
    func expressionAttribution(
        _ node: MarkedNode, _ name: String, rule: TextRule, missing: MissingPolicy
    ) -> FieldAttribution? {
        guard let value = signalValue(node, what: "field '\(name)'") else { return nil }
        scope.used.formUnion(value.slots)
        scope.usedLookups += value.lookups
        let shape = rule.isPlain ? nil : rule
        return FieldAttribution(
            closure: { frame in
                let found: Value?
                do throws(MappingFault) { found = try value.evaluated(frame) } catch {
                    return .waiting(error.description)
                }
                guard let found else { return missing.attributed("the expression of field '\(name)' has no value") }
                guard let text = found.plainText else {
                    return .waiting("the expression of field '\(name)' gives a list or an object, and no word")
                }
                return Self.shaped(.value(text), shape)
            }, everSet: true)
    }
}
