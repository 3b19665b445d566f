import ArgumentParser
import MillraceCore
import MillraceMapping
import MillraceStore
import MillraceSync
import MillraceValues

/// `millrace explain KEY|ORDER`: the life of a number.
struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Walks from a document or an order back to the readings and forward to the receipt.",
        discussion: """
            Each fact names its readings by their places, and the mapping line that counted them. FILE@N begins at byte N of the file, \
            from an agent it is its sequence; 'millrace map explain MAPPING FILE@N' shows that reading rule by rule.
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(help: "A document's key or its end, or an order.")
    var subject: String

    @Option(help: "How many facts of a sum are shown with their readings; the rest is counted.")
    var facts = 10

    func run() async throws {
        try await Verb.run(options) { session in
            let context = session.definition.mappingContext(schemas: Assembly.schemas)
            let explain = try Explain(
                plant: session.plant, store: session.store, texts: session.texts,
                compileReading: { CompiledSite.reading($0, context) },
                compileDocument: { CompiledSite.document($0, context) })
            let found = try found(explain, session)
            for one in found {
                for object in ExplainText.objects(one) { session.output.object(object) }
                for line in ExplainText(zone: session.definition.zone, shown: facts).lines(one) {
                    session.output.line(line)
                }
            }
            if found.contains(where: { $0.facts.contains { !$0.readings.isEmpty } }) {
                session.output.line(
                    "(@: the byte or sequence; millrace map explain MAPPING FILE@N shows that reading)", .faint)
            }
            return .done
        }
    }

    private func found(_ explain: Explain, _ session: Session) throws -> [Explained] {
        let limit = options.json ? Int.max : facts
        let sums = try explain.sums(of: subject, readingsOf: limit)
        if !sums.isEmpty { return sums }
        let documents = try session.store.documents(matching: subject)
        guard let document = documents.first else {
            throw CommandFailure(
                .failed,
                "'\(subject)' is neither an order that was counted nor a document; 'millrace queue list --all' shows the keys"
            )
        }
        if documents.count > 1 {
            let keys = documents.prefix(5).map(\.key).joined(separator: ", ")
            throw CommandFailure(.usage, "several keys end in '\(subject)'; name one of them whole: \(keys)")
        }
        guard let sum = try explain.sum(of: document, readingsOf: limit) else {
            throw CommandFailure(.failed, "the sum of '\(document.key)' is not in the store any more")
        }
        return [sum]
    }
}

/// A sum's life as a person and as a program read it.
struct ExplainText {
    let zone: Zone
    /// So many facts are shown.
    let shown: Int

    func lines(_ one: Explained) -> [String] {
        var lines = [Words.sum(one.stem), ""]
        lines += back(one) + [""] + forward(one) + [""]
        return lines
    }

    /// From the total to the readings.
    private func back(_ one: Explained) -> [String] {
        let window = "\(Words.time(one.sum.windowStart, zone: zone)) to \(Words.time(one.sum.windowEnd, zone: zone))"
        var lines: [String] = []
        if one.sum.identity.kind == .downtime {
            lines.append("one stop, gathered by \(one.gatheredBy)")
        } else {
            let opening = one.opening.map { ", opening \($0)" } ?? ""
            lines.append(
                "counted \(Words.amounts(one.sum.total))\(opening), window \(window), gathered by \(one.gatheredBy)")
            if one.total != one.sum.total {
                lines.append(
                    "the facts add up to \(Words.amounts(one.total)): not all is folded yet, or the books are wrong")
            }
        }
        for fact in one.facts.prefix(shown) { lines += text(of: fact) }
        let rest = one.facts.dropFirst(shown)
        if !rest.isEmpty {
            lines.append("  … and \(Words.count(rest.count, "fact")) more; see them with --facts \(one.facts.count)")
        }
        if one.facts.isEmpty { lines.append("  no fact is left of it") }
        return lines
    }

    private func text(of explained: ExplainedFact) -> [String] {
        switch explained.fact {
        case .count(let fact):
            let marks = fact.marks.isEmpty ? "" : " (\(fact.marks.map(\.rawValue).sorted().joined(separator: ", ")))"
            let revision = explained.revision > 1 ? ", revision \(explained.revision)" : ""
            return [
                "  \(Words.time(fact.start, zone: zone)) \(fact.equipment): \(Words.amounts(fact.amounts))\(marks)\(revision), "
                    + readings(fact.first, fact.last)
            ] + made(explained, fact.rule, isByHand: fact.mapping == FactVerbs.byHand)
                + (arithmetic(explained.readings) + beside(explained.beside)).map { "    \($0)" }
        case .downtime(let fact):
            let end = fact.end.map { Words.time($0, zone: zone) } ?? "goes on"
            return [
                "  \(Words.time(fact.start, zone: zone)) to \(end) \(fact.equipment): \(fact.class.rawValue), "
                    + "\(fact.reason ?? "no reason"), \(readings(fact.first, fact.last))"
            ] + made(explained, fact.rule, isByHand: false)
        }
    }

    /// The mapping's line, and what a person decided or said.
    private func made(_ explained: ExplainedFact, _ decided: String, isByHand: Bool) -> [String] {
        let mapping = "    by \(explained.madeBy)\(explained.rule.isEmpty ? "" : "  \(explained.rule)")"
        return (isByHand ? [] : [mapping]) + (decided.isEmpty ? [] : ["    \(decided)"])
    }

    private func readings(_ first: Place, _ last: Place) -> String {
        first == last ? "reading \(first)" : "readings \(first) to \(last)"
    }

    /// `good: 1200 → 1203 → 1205`, each with its place.
    private func arithmetic(_ readings: [CountedReading]) -> [String] {
        Dictionary(grouping: readings, by: \.quantity).sorted { $0.key.rawValue < $1.key.rawValue }.map {
            quantity, readings in
            "\(quantity.rawValue) from \(readings.first?.signal ?? ""): "
                + readings.map { "\($0.value) (\($0.place))" }.joined(separator: " → ")
        }
    }

    /// What the readings counted besides, so that it adds up.
    private func beside(_ others: [ProductionCount]) -> [String] {
        if others.isEmpty { return [] }
        let words = others.map { other in
            let order = [other.order, other.operation].compactMap { $0 }.joined(separator: " ")
            return [
                Words.amounts(other.amounts), order.isEmpty ? "" : "for \(order)",
                other.standing == .counted ? "" : other.standing.rawValue,
            ].filter { !$0.isEmpty }.joined(separator: " ")
        }
        return ["besides, in this slice: " + words.joined(separator: ", ")]
    }

    /// From the documents to the receipts.
    private func forward(_ one: Explained) -> [String] {
        if one.documents.isEmpty { return ["no document is made of it yet"] }
        var lines: [String] = []
        for (document, attempts) in one.documents {
            let amounts = document.interval == nil ? " \(Words.amounts(document.amounts))" : ""
            let receipt = document.receipt.map { ", receipt \($0)" } ?? ""
            let cause = document.cause.isEmpty ? "" : ": \(document.cause)"
            lines.append(
                "r\(document.revision) \(document.purpose.rawValue)\(amounts), \(document.state.rawValue)\(receipt), by "
                    + "\(document.mapping) \(document.version.prefix(12))\(cause)")
            for attempt in attempts {
                lines.append(
                    "  \(Words.time(attempt.startedAt, zone: zone)) \(attempt.delivery.outcome.word): \(attempt.delivery.sentence)"
                )
            }
        }
        if one.sum.identity.kind == .productionCount {
            lines.append(
                "booked \(Words.amounts(one.figures.booked)), in doubt \(Words.amounts(one.figures.inDoubt)), waiting "
                    + "\(Words.amounts(one.figures.queued)), parked \(Words.amounts(one.figures.parked)), settled by hand "
                    + "\(Words.amounts(one.figures.settled))")
        }
        return lines
    }

    /// The sum, its facts and its documents as flat objects.
    static func objects(_ one: Explained) -> [Value] {
        var sum = ValueObject([
            "kind": "sum", "key": .string(one.stem), "good": .number(one.sum.total.good),
            "scrap": .number(one.sum.total.scrap), "rework": .number(one.sum.total.rework),
            "gathered-by": .string(one.gatheredBy), "facts": .count(one.facts.count),
            "opening": one.opening.map(Value.number) ?? .null,
        ])
        for (name, value) in one.sum.fields where sum[name] == nil { sum[name] = value }
        let facts = one.facts.map { explained -> Value in
            var object = explained.fact.value
            object["kind"] = "fact"
            object["of"] = .string(one.stem)
            object["revision"] = .count(explained.revision)
            object["made-by"] = .string(explained.madeBy)
            object["line"] = .string(explained.rule)
            let (first, last) = explained.fact.places
            object["first"] = .string(first.description)
            object["last"] = .string(last.description)
            object["readings"] = .array(
                explained.readings.map { .string("\($0.place) \($0.instant.iso8601) \($0.signal)=\($0.value)") })
            return .object(object)
        }
        return [.object(sum)] + facts
            + one.documents.flatMap { document, attempts in [document.object] + attempts.map { $0.object(of: document) }
            }
    }
}
