import ArgumentParser
import MillraceCore
import MillraceMapping
import MillraceSync
import MillraceValues

/// `millrace fact`: steps that no rule explains, and pieces that no source told.
struct FactCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fact", abstract: "Shows what no rule explains, and takes decisions on it.",
        subcommands: [
            FactListCommand.self, FactAcceptCommand.self, FactRejectCommand.self, FactCorrectCommand.self,
            FactReasonCommand.self,
        ], defaultSubcommand: FactListCommand.self)
}

extension Session {
    fileprivate var factVerbs: FactVerbs {
        FactVerbs(plant: plant, store: store, who: who, now: clock.now())
    }

    fileprivate func tell(_ results: [FactResult]) -> Exit {
        for result in results {
            output.object([
                "kind": "fact", "id": .number(ExactDecimal(result.id)), "done": .bool(result.isDone),
                "sentence": .string(result.sentence),
            ])
            if result.isDone { output.line(result.sentence) } else { output.message(result.sentence) }
        }
        return results.allSatisfy(\.isDone) ? .done : .failed
    }
}

/// `millrace fact list`.
struct FactListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists counters' steps and intervals that no rule explains, with a rule for next time.")

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        try await Verb.run(options) { session in
            let facts = try session.factVerbs.list()
            for fact in facts {
                var object = ValueObject(["kind": "fact", "id": .number(ExactDecimal(fact.id))])
                for (name, value) in fact.fact.value { object[name] = value }
                object["mapping"] = .string(fact.fact.mapping.text)
                object["first"] = .string(fact.fact.places.first.description)
                object["last"] = .string(fact.fact.places.last.description)
                object["suggestion"] = .optional(fact.suggestion)
                session.output.object(.object(object))
            }
            if facts.isEmpty { session.output.line("Every step is explained.") }
            for fact in facts {
                session.output.line("\(fact.id)  \(fact.fact.equipment)  \(Self.words(fact.fact))  \(fact.fact.rule)")
                if let suggestion = fact.suggestion { session.output.line("    for next time: \(suggestion)") }
            }
            if !facts.isEmpty {
                session.output.line("Book one with 'millrace fact accept NUMBER --reason …', else reject it.")
            }
            return .done
        }
    }

    private static func words(_ fact: Fact) -> String {
        switch fact {
        case .count(let count): amounts(count.amounts)
        case .downtime(let interval): interval.class.rawValue
        }
    }

    private static func amounts(_ amounts: Amounts) -> String {
        CountedQuantity.allCases.filter { !amounts[$0].isZero }.map { "\(amounts[$0]) \($0.rawValue)" }.joined(
            separator: ", ")
    }
}

/// A decision on what no rule explains: of which facts, and why.
struct FactDecisionOptions: ParsableArguments {
    @OptionGroup var options: GlobalOptions
    @Argument(help: "The facts' numbers, as 'fact list' shows them.") var numbers: [Int64]
    @Option(help: "Why; kept in the audit and with the fact.") var reason: String

    /// Takes it.
    fileprivate func take(_ verdict: FactDecision.Verdict) async throws {
        try await Verb.run(options) { session in
            session.tell(try session.factVerbs.decide(numbers, verdict, reason: reason))
        }
    }
}

/// `millrace fact accept`.
struct FactAcceptCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "accept", abstract: "Books what no rule explains: it was made, or stood so.")

    @OptionGroup var decision: FactDecisionOptions

    func run() async throws { try await decision.take(.accepted) }
}

/// `millrace fact reject`.
struct FactRejectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reject", abstract: "Says that what no rule explains was no pieces and no stop.")

    @OptionGroup var decision: FactDecisionOptions

    func run() async throws { try await decision.take(.rejected) }
}

/// `millrace fact reason`.
struct FactReasonCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reason",
        abstract: "Says why an equipment stood; a document that is booked already gets a revision.")

    @OptionGroup var options: GlobalOptions
    @Argument(help: "The equipment.") var equipment: String
    @Argument(help: "When the stop began, or any time in it, such as 2026-03-02T07:15.") var at: String
    @Argument(help: "The reason, as the mapping's tables know it.") var reason: String

    func run() async throws {
        try await Verb.run(options) { session in
            let instant = try session.instant(at)
            guard let stop = try session.factVerbs.say(reason: reason, equipment: equipment, at: instant) else {
                session.output.message("'\(equipment)' did not stand at \(instant.iso8601), as far as is told yet")
                return .failed
            }
            session.output.object(.object(Fact.downtime(stop).value))
            session.output.line(
                "\(equipment), \(stop.class.rawValue) from \(stop.start.iso8601): \(reason); the next run books it")
            return .done
        }
    }
}

/// `millrace fact correct`.
struct FactCorrectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "correct", abstract: "Books pieces that no source told, or takes some back, with who and why.",
        discussion: "Amounts may be negative: '--good=-3'. The next run books the difference.")

    @OptionGroup var options: GlobalOptions
    @Option(help: "The equipment.") var equipment: String
    @Option(help: "When they were made, such as 2026-03-02T07:15.") var at: String
    @Option(help: "The order.") var order: String?
    @Option(help: "Its operation.") var operation: String?
    @Option(help: "The material.") var material: String?
    @Option(help: "Good pieces.") var good = "0"
    @Option(help: "Scrap.") var scrap = "0"
    @Option(help: "Rework.") var rework = "0"
    @Option(help: "Why; kept in the audit and with the fact.") var reason: String

    func run() async throws {
        try await Verb.run(options) { session in
            func number(_ text: String, _ name: String) throws -> ExactDecimal {
                guard let number = ExactDecimal(text) else {
                    throw CommandFailure(.usage, "--\(name) '\(text)' is no number")
                }
                return number
            }
            let amounts = Amounts(
                good: try number(good, "good"), scrap: try number(scrap, "scrap"),
                rework: try number(rework, "rework"))
            if amounts.isZero { throw CommandFailure(.usage, "say how many: --good, --scrap or --rework") }
            let instant = try session.instant(at)
            if instant > session.clock.now() {
                throw CommandFailure(.usage, "--at '\(at)' lies ahead: pieces are made before they are corrected")
            }
            if instant < session.definition.liveSince {
                throw CommandFailure(
                    .usage, "--at '\(at)' lies before 'live-since' of millrace.yaml; nothing before it is booked")
            }
            let fact = try session.factVerbs.correct(
                equipment: equipment, at: instant, order: order, operation: operation,
                material: material, amounts: amounts, reason: reason)
            var object = ValueObject(["kind": "fact"])
            for (name, value) in Fact.count(fact).value { object[name] = value }
            object["rule"] = .string(fact.rule)
            session.output.object(.object(object))
            session.output.line(
                "\(fact.equipment), \(fact.shift) of \(fact.productionDay): good \(amounts.good), scrap \(amounts.scrap), "
                    + "rework \(amounts.rework); the next run books it")
            return .done
        }
    }
}
